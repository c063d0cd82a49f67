"""The embedded engine on the built-in embedding model, whose file is made when it is first needed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from pathlib import Path
from unicodedata import normalize

from msgspec import structs

from homeport.config import ConfigError, EngineConfig, TimeoutsConfig
from homeport.core.chat import EmbeddingRequest, GenerationRequest
from homeport.core.models import ModelInfo
from homeport.engines.base import Answer
from homeport.engines.llama_cpp.engine import LlamaCppEngine
from homeport.engines.minilm.weights import CONTEXT_LENGTH, WeightsError, ensure_gguf, gguf_path
from homeport.errors import EngineError

logger = logging.getLogger(__name__)

_IDLE_UNLOAD_S = 900.0


class MiniLMEngine(LlamaCppEngine):
    """With `prewarm` the file is made and the model loaded from the start on, in the background: the server is ready
    before, and early requests wait. Without, that happens when the first request comes, and an idle model is put away.
    """

    def __init__(self, name: str, data_dir: Path, timeouts: TimeoutsConfig, *, prewarm: bool) -> None:
        path = gguf_path(data_dir)
        config = EngineConfig(
            type="llama_cpp",
            path=str(path),
            embedding=True,
            prewarm=prewarm,
            idle_unload_s=None if prewarm else _IDLE_UNLOAD_S,
        )
        super().__init__(name, config, timeouts)
        self._data_dir = data_dir
        self._created = int(path.stat().st_mtime if path.exists() else time.time())
        self._preparing: asyncio.Task[None] | None = None
        self._problem: str | None = None

    async def start(self) -> None:
        if self._config.prewarm:
            self._prepare()

    async def close(self) -> None:
        if self._preparing is not None:
            self._preparing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._preparing
        await super().close()

    def healthy(self) -> bool:
        return self._problem is None and (self._opened is None or super().healthy())

    async def models(self) -> list[ModelInfo]:
        return [
            ModelInfo(id=self.name, created=self._created, context_length=CONTEXT_LENGTH, capabilities=("embeddings",))
        ]

    async def answer(self, request: GenerationRequest, model: str) -> Answer:
        await self._prepared()
        if isinstance(request, EmbeddingRequest):
            request = _decomposed(request)
        return await super().answer(request, model)

    async def tokenize(self, text: str, model: str, *, special: bool = False) -> list[int]:
        await self._prepared()
        return await super().tokenize(normalize("NFD", text), model, special=special)

    async def detokenize(self, tokens: list[int], model: str) -> str:
        await self._prepared()
        return await super().detokenize(tokens, model)

    # --- the file ---------------------------------------------------------------------

    async def _prepared(self) -> None:
        """Wait until the file is there; what failed before is tried again. Raises EngineError."""
        if self._preparing is None or (self._preparing.done() and self._problem is not None):
            self._prepare()
        assert self._preparing is not None
        await asyncio.shield(self._preparing)  # a caller who gives up must not stop what others wait for
        if self._problem is not None:
            raise EngineError(self._problem, retryable=False)

    def _prepare(self) -> None:
        self._preparing = asyncio.create_task(self._make_ready(), name=f"engine {self.name}: make the model's file")

    async def _make_ready(self) -> None:
        try:
            await ensure_gguf(self._data_dir)
            await super().start()
        except (WeightsError, ConfigError) as error:
            self._problem = str(error)
            logger.error("engine %s: %s", self.name, error)
        else:
            self._problem = None


def _decomposed(request: EmbeddingRequest) -> EmbeddingRequest:
    """Texts with their characters in parts, which the model's vocabulary is made of.

    llama.cpp's WordPiece does that too, but keeps only the first part of a Hangul syllable: 가, 거, 고 were all one.
    """
    given = request.input
    if isinstance(given, str):
        return structs.replace(request, input=normalize("NFD", given))
    texts = [normalize("NFD", item) for item in given if isinstance(item, str)]
    return structs.replace(request, input=texts) if texts else request
