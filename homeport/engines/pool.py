"""The pool: requests by model name in, the right engine's answer out; with fallback to other engines.

Finding the engine is one dictionary look-up, and a model with no fallback costs no coroutine of the pool's own. What
engines serve is asked at start, every minute, and, at most every few seconds, when someone asks for an unknown name.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Collection, Coroutine, Mapping
from typing import Any, TypeVar

from msgspec import Struct

from homeport.config import Config, ConfigError
from homeport.core.chat import ChatRequest, CompletionRequest, EmbeddingRequest, GenerationRequest
from homeport.core.models import ModelInfo
from homeport.engines.base import Answer, Blocks, Engine
from homeport.engines.names import KINDS, Kind, Names, Target
from homeport.errors import ApiError, BadRequestError, EngineError, EngineTimeout, ModelNotFound, Overloaded

logger = logging.getLogger(__name__)

REFRESH_S = 60.0
RETRY_S = 5.0  # until an engine that has never listed its models is asked again, and between two unknown names
START_S = 0.5  # how long start waits for the lists of slow peers

_KIND: dict[type, Kind] = {ChatRequest: "chat", CompletionRequest: "completion", EmbeddingRequest: "embeddings"}
_CANNOT: dict[Kind, str] = {
    "chat": "is not a chat model and can't be used with `/chat/completions`.",
    "completion": "can't be used with `/completions`.",
    "embeddings": "is not an embedding model and can't be used with `/embeddings`.",
}

Result = TypeVar("Result")


class EngineStatus(Struct):
    """One engine, for `/readyz` and `homeport doctor`."""

    healthy: bool
    models: int | None  # how many it serves; None: it has never said
    problem: str | None = None  # why the last list of models failed


class Pool:
    """All engines behind one door. `answer` and `stream` are what `inference.complete` calls."""

    def __init__(
        self,
        config: Config,
        engines: Mapping[str, Engine],
        arrivals: Callable[[Collection[str]], Mapping[str, Engine]] = lambda known: {},
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`arrivals`: given the names of the engines that are known, those that have come since."""
        self._config = config
        self._engines = dict(engines)
        self._arrivals = arrivals
        self._arriving = asyncio.Lock()
        self._clock = clock
        self._listings: dict[str, list[ModelInfo] | None] = dict.fromkeys(self._engines)
        self._problems: dict[str, str] = {}
        self._refreshing: asyncio.Task[None] | None = None
        self._refreshed_at_s = 0.0
        self._watching: asyncio.Task[None] | None = None
        self._learn(Names(config, self._engines, self._listings))

    async def start(self) -> None:
        """Start the engines, all at once, and learn what they serve. Raises ConfigError for what can never work."""
        results = await asyncio.gather(*(engine.start() for engine in self._engines.values()), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                await self.close()
                raise result
        await asyncio.wait({self._refresh()}, timeout=START_S)
        self._watching = asyncio.create_task(self._watch(), name="pool: refresh model lists")

    async def close(self) -> None:
        """Stop asking for lists, then close all engines. Idempotent."""
        for task in (self._watching, self._refreshing):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        self._watching = self._refreshing = None
        results = await asyncio.gather(*(engine.close() for engine in self._engines.values()), return_exceptions=True)
        for name, result in zip(self._engines, results, strict=True):
            if isinstance(result, BaseException):
                logger.error("engine %s did not close cleanly", name, exc_info=result)

    # --- generation ------------------------------------------------------------

    def answer(self, request: GenerationRequest) -> Coroutine[Any, Any, Answer]:
        """A whole answer. Raises what the engine raises, and ModelNotFound."""
        target = self._targets[type(request)].get(request.model)
        if target is None:
            return self._look_further(request.model, _KIND[type(request)], lambda found: self._answer(found, request))
        return self._answer(target, request)

    def stream(self, request: GenerationRequest) -> Coroutine[Any, Any, Blocks]:
        """An open stream that has produced its first block. Raises what the engine raises, and ModelNotFound."""
        target = self._targets[type(request)].get(request.model)
        if target is None:
            return self._look_further(request.model, _KIND[type(request)], lambda found: self._stream(found, request))
        return self._stream(target, request)

    def _answer(self, target: Target, request: GenerationRequest) -> Coroutine[Any, Any, Answer]:
        if target.fallback:
            return _first_that_works(target, lambda candidate: candidate.engine.answer(request, candidate.model))
        return target.engine.answer(request, target.model)

    def _stream(self, target: Target, request: GenerationRequest) -> Coroutine[Any, Any, Blocks]:
        if target.fallback:
            return _first_that_works(target, lambda candidate: candidate.engine.stream(request, candidate.model))
        return target.engine.stream(request, target.model)

    # --- tokens ------------------------------------------------------------------

    async def tokenize(self, text: str, model: str, *, special: bool = False) -> list[int]:
        """Token ids of plain text, by the model's own tokenizer; `special` as in `Engine.tokenize`."""
        target = await self.target(model, "chat", "completion", "embeddings")
        return await target.engine.tokenize(text, target.model, special=special)

    async def detokenize(self, tokens: list[int], model: str) -> str:
        target = await self.target(model, "chat", "completion", "embeddings")
        return await target.engine.detokenize(tokens, target.model)

    async def count_chat(self, request: ChatRequest) -> int:
        """Exact prompt tokens of a chat request, template and tools included."""
        target = await self.target(request.model, "chat")
        return await target.engine.count_chat(request, target.model)

    # --- names -------------------------------------------------------------------

    async def models(self) -> list[ModelInfo]:
        """Every name that can be asked for: models in the order of the configuration, then aliases."""
        await self._take_arrivals()
        return list(self._names.infos.values())

    async def model(self, name: str) -> ModelInfo:
        """One model by its name, alias or pin."""
        info = self._names.infos.get(name)
        if info is not None:
            return info
        try:
            target = await self.target(name, *KINDS)
        except ModelNotFound:
            raise ModelNotFound(f"The model '{name}' does not exist", param="model") from None
        return self._names.infos[target.name]

    def serves(self, name: str) -> bool:
        """Whether this is, as far as is known now, a model's name, or the empty one of the default."""
        return any(self._names.find(name, kind) is not None for kind in KINDS)

    async def target(self, name: str, *kinds: Kind) -> Target:
        """Where a name leads, for the first of `kinds` that it can do. Asks the engines again if nobody knows it.

        Raises ModelNotFound; BadRequestError when the model can't do what was asked; EngineError when an engine
        that could not be reached so far might know the name.
        """
        for attempt in range(2):
            for kind in kinds:
                if (target := self._names.find(name, kind)) is not None:
                    return target
            if attempt == 0 and not await self._refreshed():
                break
        others = [kind for kind in KINDS if self._names.find(name, kind) is not None]
        if others and name:
            raise BadRequestError(f"The model `{name}` {_CANNOT[kinds[0]]}", param="model")
        if self._names.unlisted:
            silent = self._names.unlisted[0]
            problem = self._problems.get(silent, "it has not answered yet")
            raise EngineError(f"The models of the engine `{silent}` are not known: {problem}", retryable=False)
        if not name:
            raise BadRequestError("There is no default model: name one in `model`.", param="model")
        raise ModelNotFound(f"The model `{name}` does not exist or you do not have access to it.")

    async def _look_further(
        self, name: str, kind: Kind, go_on: Callable[[Target], Coroutine[Any, Any, Result]]
    ) -> Result:
        return await go_on(await self.target(name, kind))

    # --- health ------------------------------------------------------------------

    def healthy(self) -> bool:
        """Whether a request for the default chat model would find an engine; without a default, any engine."""
        default = self._names.find("", "chat")
        candidates = [default, *default.fallback] if default is not None else []
        engines = [candidate.engine for candidate in candidates] or self._engines.values()
        return any(engine.healthy() for engine in engines)

    def status(self) -> dict[str, EngineStatus]:
        return {
            name: EngineStatus(
                healthy=engine.healthy(),
                models=None if (listed := self._listings[name]) is None else len(listed),
                problem=self._problems.get(name),
            )
            for name, engine in self._engines.items()
        }

    # --- what engines serve --------------------------------------------------------

    def _learn(self, names: Names) -> None:
        self._names = names
        self._targets = {request: names.by_kind[kind] for request, kind in _KIND.items()}

    def _refresh(self) -> asyncio.Task[None]:
        """The refresh under way, or a new one: many may wait for it, and it outlives those who hang up."""
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self._ask_all(), name="pool: ask engines for their models")
        return self._refreshing

    async def _refreshed(self) -> bool:
        """Look for new engines; ask the others again, unless that has just been done. Whether anything was."""
        if await self._take_arrivals():
            return True
        under_way = self._refreshing is not None and not self._refreshing.done()
        if not under_way and self._clock() - self._refreshed_at_s < RETRY_S:
            return False
        await asyncio.shield(self._refresh())
        return True

    async def _ask_all(self) -> None:
        await asyncio.gather(*(self._ask(name, engine) for name, engine in self._engines.items()))
        self._refreshed_at_s = self._clock()

    async def _take_arrivals(self) -> bool:
        """Start the engines that have come since, and learn what they serve. Whether there were any."""
        async with self._arriving:
            arrived = self._arrivals(self._engines.keys())
            for name, engine in arrived.items():
                try:
                    await engine.start()
                    self._listings[name] = await engine.models()
                except (ApiError, ConfigError) as error:
                    logger.warning("not served: %s: %s", name, error)
                    await engine.close()
                    continue
                self._engines[name] = engine
                self._learn(Names(self._config, self._engines, self._listings))
                logger.info("engine %s has come", name)
        return bool(arrived)

    async def _ask(self, name: str, engine: Engine) -> None:
        """Learn one engine's list. A failed one changes nothing: the last list stays good."""
        try:
            listing = await engine.models()
        except Exception as error:
            problem = error.message if isinstance(error, ApiError) else f"{type(error).__name__}: {error}"
            if self._problems.get(name) != problem:
                logger.warning("engine %s does not say which models it has: %s", name, problem)
            self._problems[name] = problem
            return
        self._problems.pop(name, None)
        if listing != self._listings[name]:
            self._listings[name] = listing
            self._learn(Names(self._config, self._engines, self._listings))
            logger.info("engine %s serves %s", name, ", ".join(info.id for info in listing) or "no models")

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(RETRY_S if self._names.unlisted else REFRESH_S)
            await asyncio.shield(self._refresh())


async def _first_that_works(target: Target, ask: Callable[[Target], Coroutine[Any, Any, Result]]) -> Result:
    """Ask the model's own engine, then those that stand in for it, while nothing has been generated.

    When all fail, the error is the first one's: it is about the model that was asked for.
    """
    try:
        return await ask(target)
    except (EngineError, Overloaded, EngineTimeout) as error:
        if isinstance(error, EngineError) and not error.retryable:
            raise
        first = error
    logger.warning("engine %s failed for %s: %s", target.engine.name, target.name, first.message)
    for candidate in target.fallback:
        try:
            return await ask(candidate)
        except ApiError as error:
            logger.warning("engine %s failed for %s: %s", candidate.engine.name, candidate.name, error.message)
    raise first
