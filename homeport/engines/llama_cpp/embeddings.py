"""Embeddings, from a model that runs in embedding mode."""

from __future__ import annotations

import base64
import math
import sys
from array import array
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Literal

import msgspec
from msgspec import Struct

from homeport.core.answers import Embedding, EmbeddingUsage
from homeport.core.chat import EmbeddingRequest, Usage
from homeport.core.decode import refuse_unknown
from homeport.engines.base import Answer
from homeport.engines.llama_cpp.generation import Runtime
from homeport.engines.llama_cpp.sampling import check_tokens
from homeport.engines.llama_cpp.server import Embeddings, LlamaServer, Properties
from homeport.errors import ApiError, BadRequestError, ContextLengthExceeded

# What llama.cpp is given at once and spreads over its slots. Others get their turn between two calls: a query must not
# wait for a whole library to be embedded.
_INPUTS_A_CALL = 64
_TOKENS_A_CALL = 2048

Input = str | list[int]


class _EmbeddingList(Struct):
    """`EmbeddingList` with its items encoded already."""

    data: list[msgspec.Raw]
    model: str
    usage: EmbeddingUsage
    object: Literal["list"] = "list"


async def embed(runtime: Runtime, request: EmbeddingRequest, model: str) -> Answer:
    """A unit vector for each input. Raises ContextLengthExceeded; BadRequestError for tokens or sizes there are not.

    The limit of time for an answer is for each call: thousands of texts take minutes on a small machine.
    """
    refuse_unknown(request)
    items: list[msgspec.Raw] = []
    tokens = 0
    with runtime.admission.admitted():
        for call in _calls(_inputs(request)):
            work = partial(_embedded, runtime, request, call, len(items))
            found = await runtime.within(runtime.timeouts.answer_s, runtime.once_more(work))
            tokens += found.usage.prompt_tokens
            # Encoded here and not at the end, where a million numbers would stop everything else for too long.
            for item in sorted(found.data, key=lambda item: item.index):
                embedding = Embedding(len(items), _encoded(item.embedding, request))
                items.append(msgspec.Raw(msgspec.json.encode(embedding)))
    body = _EmbeddingList(items, request.model or model, EmbeddingUsage(tokens, tokens))
    return Answer(msgspec.json.encode(body), Usage(prompt_tokens=tokens, total_tokens=tokens))


async def _embedded(runtime: Runtime, request: EmbeddingRequest, inputs: Sequence[Input], offset: int) -> Embeddings:
    """Vectors for some of the inputs; `offset` is the index of the first."""
    async with runtime.use() as (server, properties):
        if request.dimensions is not None and request.dimensions > properties.dimensions:
            raise BadRequestError(
                f"Invalid 'dimensions': this model's vectors have {properties.dimensions}.",
                param="dimensions",
                code="invalid_value",
            )
        prepared = await _prepare(server, properties, inputs, offset)
        async with runtime.admission.slot():
            return await _call(server, properties, prepared, offset, runtime.timeouts.answer_s)


def _calls(inputs: Sequence[Input]) -> Iterator[list[Input]]:
    """The inputs in order, as many at a time as one call takes."""
    call: list[Input] = []
    size = 0
    for item in inputs:
        tokens = len(item) if isinstance(item, list) else len(item) // 4  # near enough, and known at once
        if call and (len(call) == _INPUTS_A_CALL or size + tokens > _TOKENS_A_CALL):
            yield call
            call, size = [], 0
        call.append(item)
        size += tokens
    yield call


def _inputs(request: EmbeddingRequest) -> list[Input]:
    given = request.input
    if isinstance(given, str):
        return [given]
    if isinstance(given[0], int):
        return [[token for token in given if isinstance(token, int)]]
    return [item for item in given if not isinstance(item, int)]


async def _prepare(
    server: LlamaServer, properties: Properties, inputs: Sequence[Input], offset: int
) -> list[str | list[int]]:
    """Token arrays with the special tokens that texts get from llama.cpp, so that both give the same vector."""
    if all(isinstance(item, str) for item in inputs):
        return list(inputs)
    before, after = await _special(server)
    prepared: list[str | list[int]] = []
    for index, item in enumerate(inputs, offset):
        if isinstance(item, str):
            prepared.append(item)
            continue
        check_tokens(item, properties, f"input[{index}]")
        if item[: len(before)] == before and item[len(item) - len(after) :] == after:  # as `/tokenize` gives them
            prepared.append(item)
        else:
            prepared.append(before + item + after)
    return prepared


async def _special(server: LlamaServer) -> tuple[list[int], list[int]]:
    """What llama.cpp puts before a text and after it: a model has both tokens, either, or none."""
    plain, whole = await server.tokenize("a", special=False), await server.tokenize("a", special=True)
    at = next((at for at in range(len(whole)) if whole[at : at + len(plain)] == plain), 0)
    return whole[:at], whole[at + len(plain) :]


async def _call(
    server: LlamaServer, properties: Properties, inputs: Sequence[Input], offset: int, timeout_s: float
) -> Embeddings:
    try:
        return await server.embed(inputs, timeout_s)
    except ApiError:
        for index, item in enumerate(inputs, offset):
            tokens = len(await server.tokenize(item, special=True) if isinstance(item, str) else item)
            if tokens > properties.context_length:
                raise ContextLengthExceeded(
                    f"This model's maximum context length is {properties.context_length} tokens. However, your input "
                    f"{index} resulted in {tokens} tokens. Please reduce the length of the input.",
                    param="input",
                ) from None
        raise


def _encoded(text: str, request: EmbeddingRequest) -> list[float] | str:
    """The vector as the caller wants it: shortened (and a unit vector again), as numbers or as base64."""
    if request.dimensions is None and request.encoding_format == "base64":
        return text
    vector = array("f", base64.b64decode(text))
    if sys.byteorder == "big":
        vector.byteswap()
    if request.dimensions is not None:
        short = vector[: request.dimensions]
        length = math.sqrt(sum(x * x for x in short)) or 1.0
        vector = array("f", (x / length for x in short))
    if request.encoding_format != "base64":
        return vector.tolist()
    if sys.byteorder == "big":
        vector.byteswap()
    return base64.b64encode(vector.tobytes()).decode()
