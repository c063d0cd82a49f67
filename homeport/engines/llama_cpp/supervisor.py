"""Keeps one model's child running: loads on demand, restarts with back-off when it dies, unloads when idle."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator

from homeport.engines.llama_cpp.process import ChildSpec, LoadFailed, ModelProcess
from homeport.engines.llama_cpp.server import LlamaServer, Properties
from homeport.errors import EngineError

logger = logging.getLogger(__name__)

_FIRST_BACKOFF_S = 0.5
_LONGEST_BACKOFF_S = 30.0
_STABLE_S = 60.0  # a child that lived so long died of something new
_WORTH_WAITING_S = 1.0  # a caller waits for a restart that is so near, and is told to go elsewhere otherwise
_HEALTH_TIMEOUT_S = 5.0
_DYING_S = 0.5  # how long a process may take to end after its connections have


class Supervisor:
    """One model file, at most one child.

    The first restart comes at once, so that a single death costs callers only the loading time; each further one within
    a minute waits twice as long as the one before.
    """

    def __init__(self, name: str, spec: ChildSpec, *, idle_unload_s: float | None) -> None:
        self.properties: Properties | None = None  # known once the model has been loaded for the first time
        self._name = name
        self._spec = spec
        self._idle_unload_s = idle_unload_s
        self._child: ModelProcess | None = None
        self._loading: asyncio.Task[ModelProcess] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._checking: asyncio.Task[None] | None = None
        self._idle_timer: asyncio.TimerHandle | None = None
        self._users = 0
        self._failures = 0
        self._last_failure = ""
        self._retry_at = 0.0
        self._loaded_at = 0.0
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The child's process id while one is running."""
        return self._child.pid if self._child is not None else None

    def healthy(self) -> bool:
        """Whether a request sent now is likely to work: loaded, or loadable when asked."""
        return not self._closed and (self._child is not None or not self._failures or self._retry_in_s() == 0)

    async def load(self) -> None:
        """Load the model if it is not. Raises LoadFailed."""
        await self._running()

    @contextlib.asynccontextmanager
    async def use(self) -> AsyncIterator[LlamaServer]:
        """The server of a loaded model, which stays loaded inside. Raises EngineError when there is none to be had."""
        self._users += 1
        self._cancel_idle_timer()
        try:
            wait_s = self._retry_in_s()
            if self._closed or wait_s > _WORTH_WAITING_S:
                raise EngineError(f"The model of the engine `{self._name}` is down: {self._last_failure or 'closed'}.")
            if wait_s and self._child is None:
                await asyncio.sleep(wait_s)
            try:
                child = await self._running()
            except LoadFailed as error:
                raise EngineError(f"The model of the engine `{self._name}` could not be loaded: {error}.") from None
            yield child.server
        finally:
            self._users -= 1
            if not self._users:
                self._start_idle_timer()

    async def settle(self) -> None:
        """A caller's connection broke: return when it is clear whether the child lives, so that the next request goes
        to a living one. A child that is neither dead nor answers is ended."""
        child = self._child
        if child is None:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(child.exited.wait(), _DYING_S)
        if not child.exited.is_set() and not await child.server.alive(_HEALTH_TIMEOUT_S):
            child.kill()
            await child.exited.wait()
        await asyncio.sleep(0)  # `_watch` was woken by the same event

    def suspect(self) -> None:
        """A caller waited in vain: see whether the child still answers at all, and end it if not."""
        if self._child is not None and self._checking is None:
            self._checking = asyncio.create_task(self._check(self._child))

    async def close(self) -> None:
        """End the child, loading or loaded. Idempotent."""
        self._closed = True
        self._cancel_idle_timer()
        for task in (self._checking, self._watching, self._loading):
            if task is not None:
                task.cancel()
                await asyncio.wait([task])
        child, self._child = self._child, None
        if child is not None:
            await child.stop()

    # --- the child's life -----------------------------------------------------------

    async def _running(self) -> ModelProcess:
        if self._child is not None:
            return self._child
        if self._loading is None:
            self._loading = asyncio.create_task(self._load())
        # Shielded: a caller who gives up must not take the model away from those who wait with him.
        try:
            return await asyncio.shield(self._loading)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self._closed and task is not None and not task.cancelling():
                raise LoadFailed("the engine was closed") from None
            raise

    async def _load(self) -> ModelProcess:
        began = time.monotonic()
        try:
            child = await ModelProcess.spawn(self._spec)
            try:
                self.properties = await child.server.properties()
            except BaseException:
                await child.stop()
                raise
        except Exception as error:
            failure = error if isinstance(error, LoadFailed) else LoadFailed(f"{type(error).__name__}: {error}")
            self._failed(str(failure))
            raise failure from None
        finally:
            self._loading = None
        self._loaded_at = time.monotonic()
        logger.info("engine %s: loaded %s in %.2f s", self._name, self._spec.path, self._loaded_at - began)
        self._child = child
        self._watching = asyncio.create_task(self._watch(child))
        if not self._users:
            self._start_idle_timer()
        return child

    async def _watch(self, child: ModelProcess) -> None:
        """Wait until the child dies of itself, then load it again until that works or nobody may want it any more."""
        await child.exited.wait()
        self._child = None
        await child.stop()
        if time.monotonic() - self._loaded_at > _STABLE_S:
            self._failures = 0
        self._failed(child.ending())
        while self._child is None:
            await asyncio.sleep(self._retry_in_s())
            with contextlib.suppress(LoadFailed):
                await self._running()

    def _failed(self, reason: str) -> None:
        delay_s = min(_FIRST_BACKOFF_S * 2.0 ** (self._failures - 1), _LONGEST_BACKOFF_S) if self._failures else 0.0
        self._failures += 1
        self._last_failure = reason
        self._retry_at = time.monotonic() + delay_s
        logger.error("engine %s: %s; trying again in %.1f s", self._name, reason, delay_s)

    def _retry_in_s(self) -> float:
        return max(0.0, self._retry_at - time.monotonic())

    async def _check(self, child: ModelProcess) -> None:
        if not await child.server.alive(_HEALTH_TIMEOUT_S):
            logger.error("engine %s: the model's process does not answer, ending it", self._name)
            child.kill()
        self._checking = None

    # --- idle -----------------------------------------------------------------------

    def _start_idle_timer(self) -> None:
        self._cancel_idle_timer()  # that of a child that has died
        if self._idle_unload_s is not None and self._child is not None and not self._closed:
            self._idle_timer = asyncio.get_running_loop().call_later(self._idle_unload_s, self._unload)

    def _cancel_idle_timer(self) -> None:
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None

    def _unload(self) -> None:
        if self._users:
            return
        child, self._child = self._child, None
        if child is None:
            return
        logger.info("engine %s: idle for %g s, unloading", self._name, self._idle_unload_s)
        if self._watching is not None:
            self._watching.cancel()
        self._watching = asyncio.create_task(child.stop())
