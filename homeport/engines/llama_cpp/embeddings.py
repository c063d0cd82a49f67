"""Embeddings, from a model that runs in embedding mode."""

from __future__ import annotations

import base64
import math
import sys
from array import array
from collections.abc import Sequence

import msgspec

from homeport.core.answers import Embedding, EmbeddingList, EmbeddingUsage
from homeport.core.chat import EmbeddingRequest, Usage
from homeport.core.decode import refuse_unknown
from homeport.engines.base import Answer
from homeport.engines.llama_cpp.generation import Runtime
from homeport.engines.llama_cpp.sampling import check_tokens
from homeport.engines.llama_cpp.server import Embeddings, LlamaServer, Properties
from homeport.errors import ApiError, BadRequestError, ContextLengthExceeded

_INPUTS_A_CALL = 64  # llama.cpp spreads them over its slots; other requests get their turn between two calls

Input = str | list[int]


async def embed(runtime: Runtime, request: EmbeddingRequest, model: str) -> Answer:
    """A unit vector for each input. Raises ContextLengthExceeded; BadRequestError for tokens or sizes there are not."""
    refuse_unknown(request)
    inputs = _inputs(request)
    calls = [inputs[start : start + _INPUTS_A_CALL] for start in range(0, len(inputs), _INPUTS_A_CALL)]
    texts: list[str] = []
    tokens = 0
    with runtime.admission.admitted(len(calls)):
        async with runtime.use() as (server, properties):
            for number, call in enumerate(calls):
                prepared = await _prepare(server, properties, call, number * _INPUTS_A_CALL)
                async with runtime.admission.slot():
                    found = await _call(
                        server, properties, prepared, number * _INPUTS_A_CALL, runtime.timeouts.answer_s
                    )
                tokens += found.usage.prompt_tokens
                texts += [item.embedding for item in sorted(found.data, key=lambda item: item.index)]
    data = [Embedding(index, _encoded(text, request)) for index, text in enumerate(texts)]
    body = EmbeddingList(data, request.model or model, EmbeddingUsage(tokens, tokens))
    return Answer(msgspec.json.encode(body), Usage(prompt_tokens=tokens, total_tokens=tokens))


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
    special = await server.tokenize("", special=True)
    prepared: list[str | list[int]] = []
    for index, item in enumerate(inputs, offset):
        if isinstance(item, str):
            prepared.append(item)
            continue
        check_tokens(item, properties, f"input[{index}]")
        prepared.append(special[:1] + item + special[1:])
    return prepared


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
        if request.dimensions > len(vector):
            raise BadRequestError(
                f"Invalid 'dimensions': this model's vectors have {len(vector)}.",
                param="dimensions",
                code="invalid_value",
            )
        short = vector[: request.dimensions]
        length = math.sqrt(sum(x * x for x in short)) or 1.0
        vector = array("f", (x / length for x in short))
    if request.encoding_format != "base64":
        return vector.tolist()
    if sys.byteorder == "big":
        vector.byteswap()
    return base64.b64encode(vector.tobytes()).decode()
