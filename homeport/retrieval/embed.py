"""Texts as vectors, through the engines that serve everybody.

Documents are many and patient, questions few and not. So documents' texts go in calls that are short, one after
another, and step back when the engine is busy.
"""

from __future__ import annotations

import asyncio
import base64
import random
import time
from array import array
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

import msgspec
from msgspec import Struct

from homeport.core.chat import EmbeddingRequest
from homeport.core.metering import UsageRecord
from homeport.core.models import ModelInfo
from homeport.engines.base import Answer
from homeport.engines.build import BUILT_IN_EMBEDDINGS
from homeport.errors import (
    BadRequestError,
    ContextLengthExceeded,
    EngineError,
    EngineTimeout,
    ModelNotFound,
    Overloaded,
)
from homeport.ids import new_request_id
from homeport.retrieval.windows import halves

Vector: TypeAlias = bytes  # float32, little-endian, of length 1

_MAX_TEXTS = 64  # of documents in one call
_SHORT_S, _LONG_S = 0.1, 0.4  # a call of documents takes more texts after a short one, and fewer after a long one
_SHARE = 0.8  # of a model's context that a window may fill by our count of tokens, which may not be the model's
_CONTEXT_TOKENS = 512  # of a model that doesn't say
_PAUSE_S, _MAX_PAUSE_S = 0.2, 2.0  # before a busy engine is asked again
_PATIENCE_S = 600.0  # that a document waits for a busy engine, before its job steps back

AnswerEmbedding = Callable[[EmbeddingRequest], Awaitable[Answer]]
Describe = Callable[[str], Awaitable[ModelInfo]]


class _Item(Struct):
    index: int
    embedding: str  # base64


class _Items(Struct):
    data: list[_Item]


_decode = msgspec.json.Decoder(_Items).decode


class Embedder:
    """`model`: for stores that have none yet; "" is the built-in one or, without it, the default one. `answer` asks
    an engine, `describe` tells of an embedding model by its name, `record` notes what was used.

    `texts_a_call`: how many texts of a document are best embedded at once, by the engine's speed so far.
    """

    def __init__(
        self, model: str, answer: AnswerEmbedding, describe: Describe, record: Callable[[UsageRecord], None]
    ) -> None:
        self._model = model
        self._answer = answer
        self._describe = describe
        self._record = record
        self._turn = asyncio.Lock()
        self.texts_a_call = 4

    async def model(self) -> str:
        """The name of the model for stores that have none yet. Raises BadRequestError where there is none."""
        for name in (self._model,) if self._model else (BUILT_IN_EMBEDDINGS, ""):
            try:
                return (await self._describe(name)).id
            except (BadRequestError, ModelNotFound) as error:
                problem = error.message
        raise BadRequestError(
            f"This server has no model to embed files with (its setting search.embedding_model): {problem}",
            code="no_embedding_model",
        )

    async def window_tokens(self, model: str) -> int:
        """How many tokens a text to embed may have."""
        info = await self._describe(model)
        return int((info.context_length or _CONTEXT_TOKENS) * _SHARE)

    async def questions(self, texts: Sequence[str], model: str, project_id: str) -> list[Vector]:
        """A vector for each text, as soon as the engine can."""
        return await self._embed(list(texts), model, project_id)

    async def documents(self, texts: Sequence[str], model: str, project_id: str) -> list[Vector]:
        """A vector for each text, when the engine has time for one call of them."""
        waited_s, pause_s = 0.0, _PAUSE_S
        while True:
            try:
                async with self._turn:
                    return await self._timed(list(texts), model, project_id)
            except (Overloaded, EngineTimeout, EngineError) as error:
                if (isinstance(error, EngineError) and not error.retryable) or waited_s >= _PATIENCE_S:
                    raise
            pause = pause_s * random.uniform(0.5, 1.0)
            await asyncio.sleep(pause)
            waited_s, pause_s = waited_s + pause, min(pause_s * 2, _MAX_PAUSE_S)

    async def _timed(self, texts: list[str], model: str, project_id: str) -> list[Vector]:
        started_s = time.perf_counter()
        vectors = await self._embed(texts, model, project_id)
        duration_s = time.perf_counter() - started_s
        if duration_s > _LONG_S:
            self.texts_a_call = max(1, self.texts_a_call // 2)
        elif duration_s < _SHORT_S and len(texts) >= self.texts_a_call:
            self.texts_a_call = min(_MAX_TEXTS, self.texts_a_call * 2)
        return vectors

    async def _embed(self, texts: list[str], model: str, project_id: str) -> list[Vector]:
        try:
            return await self._call(texts, model, project_id)
        except ContextLengthExceeded:
            if len(texts) > 1:
                return [vector for text in texts for vector in await self._embed([text], model, project_id)]
            if len(texts[0]) < 2:
                raise
            # Our count of tokens was not the model's. Both halves together say what the whole does, near enough.
            return [_middle(await self._embed(list(halves(texts[0])), model, project_id))]

    async def _call(self, texts: list[str], model: str, project_id: str) -> list[Vector]:
        request = EmbeddingRequest(input=list(texts), model=model, encoding_format="base64")
        request.wire = {"input": request.input, "model": model, "encoding_format": "base64"}
        started_at, started_s = time.time(), time.perf_counter()
        answer = await self._answer(request)
        try:
            items = _decode(answer.body).data
            vectors = [_unit(base64.b64decode(item.embedding)) for item in sorted(items, key=lambda item: item.index)]
        except (msgspec.MsgspecError, ValueError) as error:
            raise EngineError(f"The model `{model}` did not answer with embeddings: {error}", retryable=False) from None
        if len(vectors) != len(texts):
            raise EngineError(f"The model `{model}` answered {len(texts)} texts with {len(vectors)} embeddings.")
        tokens = answer.usage.prompt_tokens if answer.usage is not None else 0
        duration_s = time.perf_counter() - started_s
        self._record(
            UsageRecord(
                started_at, new_request_id(), project_id, "", "embeddings", model, 200, tokens, 0, 0, duration_s, None
            )
        )
        return vectors


def _unit(vector: Vector) -> Vector:
    """The vector with length 1, which search by inner product takes for granted. Some models' have others."""
    numbers = array("f", vector)
    length = sum(number * number for number in numbers) ** 0.5
    if abs(length - 1.0) < 1e-3:
        return vector
    if not length:
        raise ValueError("a vector of zeros")
    return array("f", (number / length for number in numbers)).tobytes()


def _middle(vectors: Sequence[Vector]) -> Vector:
    sums = [sum(numbers) for numbers in zip(*(array("f", vector) for vector in vectors), strict=True)]
    return _unit(array("f", sums).tobytes())
