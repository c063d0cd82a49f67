"""The embedded engine: one model file behind the protocol of `engines.base`."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from homeport.config import ConfigError, EngineConfig, TimeoutsConfig
from homeport.core.chat import ChatRequest, CompletionRequest, EmbeddingRequest, GenerationRequest
from homeport.core.models import ModelInfo
from homeport.engines.base import Answer, Blocks
from homeport.engines.folder import GgufHeader, read_header
from homeport.engines.llama_cpp.admission import Admission
from homeport.engines.llama_cpp.chat import ChatGeneration
from homeport.engines.llama_cpp.completions import TextGeneration
from homeport.engines.llama_cpp.embeddings import embed
from homeport.engines.llama_cpp.generation import OpenStream, Runtime
from homeport.engines.llama_cpp.process import ChildSpec, LoadFailed
from homeport.engines.llama_cpp.prompt import PromptBuilder
from homeport.engines.llama_cpp.sampling import check_tokens, refuse_unsupported_chat
from homeport.engines.llama_cpp.supervisor import Supervisor
from homeport.errors import BadRequestError

Result = TypeVar("Result")

_LONGEST_DEFAULT_CONTEXT = 8192
_FURTHER_CONNECTIONS = 8  # beside one for each slot: templates, tokens, health
_PROMPT_CACHE_MIB = 256  # prompts of past generations that llama.cpp keeps in memory


class _Loaded(Struct):
    header: GgufHeader
    runtime: Runtime
    created: int


class LlamaCppEngine:
    """Serves one GGUF file under the engine's own name; whatever name it is asked for means that model.

    Each slot has `context_length` tokens: what is configured, else what the model was trained for, at most 8192. Memory
    for all slots is taken when the model loads, so a model made for 128k tokens would need tens of gigabytes unasked.
    """

    def __init__(self, name: str, config: EngineConfig, timeouts: TimeoutsConfig) -> None:
        self.name = name
        self._config = config
        self._timeouts = timeouts
        self._opened: _Loaded | None = None

    async def start(self) -> None:
        """Check the file and load it, unless that is left to the first request. Raises ConfigError."""
        loaded = self._loaded
        if self._config.prewarm:
            try:
                await loaded.runtime.supervisor.load()
            except LoadFailed as error:
                raise ConfigError(f"engines.{self.name}: {self._config.path}: {error}") from None

    async def close(self) -> None:
        if self._opened is not None:
            await self._opened.runtime.supervisor.close()

    def healthy(self) -> bool:
        return self._opened is not None and self._opened.runtime.supervisor.healthy()

    async def models(self) -> list[ModelInfo]:
        loaded = self._loaded
        properties = loaded.runtime.supervisor.properties
        known = properties.context_length if properties is not None else self._context_length(loaded.header)
        return [
            ModelInfo(
                id=self.name,
                created=loaded.created,
                context_length=known,
                capabilities=("embeddings",) if self._config.embedding else ("chat", "completion"),
            )
        ]

    # --- generation -----------------------------------------------------------------

    async def answer(self, request: GenerationRequest, model: str) -> Answer:
        runtime = self._loaded.runtime

        self._needs(embedding=isinstance(request, EmbeddingRequest))
        if isinstance(request, EmbeddingRequest):
            return await embed(runtime, request, model)

        async def answered() -> Answer:
            return await self._generation(request, model).answer()

        return await runtime.within(self._timeouts.answer_s, runtime.once_more(answered))

    async def stream(self, request: GenerationRequest, model: str) -> Blocks:
        self._needs(embedding=False)
        if isinstance(request, EmbeddingRequest):
            raise BadRequestError("Embeddings cannot be streamed.", param="stream")
        return await OpenStream.open(self._loaded.runtime, lambda: self._generation(request, model).stream())

    def _generation(self, request: ChatRequest | CompletionRequest, model: str) -> ChatGeneration | TextGeneration:
        if isinstance(request, ChatRequest):
            return ChatGeneration(self._loaded.runtime, request, model)
        return TextGeneration(self._loaded.runtime, request, model)

    def _needs(self, *, embedding: bool) -> None:
        if self._config.embedding != embedding:
            what = "generates no text, only embeddings" if self._config.embedding else "makes no embeddings"
            raise BadRequestError(f"The model of the engine `{self.name}` {what}.", param="model")

    # --- tokens -----------------------------------------------------------------------

    async def tokenize(self, text: str, model: str, *, special: bool = False) -> list[int]:
        async def tokenized() -> list[int]:
            async with self._loaded.runtime.use() as (server, _):
                return await server.tokenize(text, special=special)

        return await self._briefly(tokenized)

    async def detokenize(self, tokens: list[int], model: str) -> str:
        async def detokenized() -> str:
            async with self._loaded.runtime.use() as (server, properties):
                check_tokens(tokens, properties, "tokens")
                return await server.detokenize(tokens)

        return await self._briefly(detokenized)

    async def count_chat(self, request: ChatRequest, model: str) -> int:
        self._needs(embedding=False)
        runtime = self._loaded.runtime

        async def counted() -> int:
            async with runtime.use() as (server, properties):
                refuse_unsupported_chat(request, properties.format)
                return await PromptBuilder(server, properties).count(request)

        return await self._briefly(counted)

    async def _briefly(self, work: Callable[[], Awaitable[Result]]) -> Result:
        """What takes no slot and next to no time, unless the model has to be loaded."""
        runtime = self._loaded.runtime
        return await runtime.within(self._timeouts.answer_s, runtime.once_more(work))

    # --- the model ----------------------------------------------------------------------

    @property
    def supervisor(self) -> Supervisor:
        """What keeps the model's process running."""
        return self._loaded.runtime.supervisor

    @property
    def _loaded(self) -> _Loaded:
        """The file's header read and everything built on it. Raises ConfigError when the file can't be a model."""
        if self._opened is None:
            path = Path(self._config.path or "")
            header = read_header(path)
            if header.unserved:
                raise ConfigError(f"engines.{self.name}: {path} is {header.unserved}")
            stat = path.stat()
            identity = f"{path.name} {stat.st_size} {stat.st_mtime_ns}".encode()
            spec = self._child_spec(path, header)
            runtime = Runtime(
                name=self.name,
                supervisor=Supervisor(self.name, spec, idle_unload_s=self._config.idle_unload_s),
                admission=Admission(self._config.slots, self._config.queue),
                timeouts=self._timeouts,
                fingerprint=f"fp_{hashlib.sha256(identity).hexdigest()[:10]}",
            )
            self._opened = _Loaded(header, runtime, int(stat.st_mtime))
        return self._opened

    def _child_spec(self, path: Path, header: GgufHeader) -> ChildSpec:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return ChildSpec(
            path=str(path.absolute()),
            slots=self._config.slots,
            context_length=self._context_length(header),
            threads=self._config.threads or max(1, cores - 1),
            gpu_layers=self._config.gpu_layers,
            embedding=self._config.embedding,
            mean_pooling=self._config.embedding and header.pooling is None,
            connections=self._config.slots + _FURTHER_CONNECTIONS,
            prompt_cache_mib=_PROMPT_CACHE_MIB,
        )

    def _context_length(self, header: GgufHeader) -> int:
        return self._config.context_length or min(header.context_length or 4096, _LONGEST_DEFAULT_CONTEXT)
