"""All sandboxes of a server: how many interpreters there may be, which are ended, and one that is kept ready."""

from __future__ import annotations

import asyncio
import logging
import math
import re
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from weakref import WeakValueDictionary

import msgspec

from homeport.errors import ApiError, BadRequestError, Overloaded
from homeport.sandbox.cage import Cage, find_cage, sandbox_user
from homeport.sandbox.cgroups import remove_leftovers
from homeport.sandbox.events import Limits
from homeport.sandbox.files import DataFolder
from homeport.sandbox.interpreter import Interpreter
from homeport.sandbox.runtime import PACKAGES
from homeport.sandbox.sandbox import Sandbox
from homeport.sandbox.syscalls import seccomp_filter

PRELOAD = ("numpy", "pandas", "matplotlib.pyplot")
_PRELOAD_TIMEOUT_S = 60.0
_LOOK_EVERY_S = 1.0

log = logging.getLogger(__name__)


class Sandboxes:
    """The owner of all sandboxes; one per server. Takes nothing until the first call, then keeps an interpreter ready.

    folder            holds the files, one folder per key
    limits            of each sandbox
    capacity          interpreters at once. For one more, the one that is idle for longest is ended; where none is
                      idle, a call waits up to `queue_timeout_s` and then raises Overloaded
    idle_timeout_s    after which an interpreter is ended, and its variables lost
    spares            interpreters kept ready with `preload` imported, once sandboxes are in use
    packages          what code may import, besides the standard library
    """

    def __init__(
        self,
        folder: Path,
        *,
        limits: Limits | None = None,
        capacity: int = 8,
        idle_timeout_s: float = 1200.0,
        queue_timeout_s: float = 30.0,
        spares: int = 1,
        preload: Sequence[str] = PRELOAD,
        packages: Sequence[str] = PACKAGES,
    ) -> None:
        self.limits = limits or Limits()
        self._folder = folder
        self._incoming = folder / ".incoming"
        self._capacity = capacity
        self._idle_timeout_s = idle_timeout_s
        self._queue_timeout_s = queue_timeout_s
        self._wanted_spares = spares
        self._preload = preload
        self._packages = packages
        self._known: WeakValueDictionary[str, Sandbox] = WeakValueDictionary()
        self._running: set[Sandbox] = set()  # those that have an interpreter, or wait for theirs to start
        self._spares: list[Interpreter] = []
        self._changed = asyncio.Condition()  # an interpreter has ended or become idle
        self._cage: Cage | None = None
        self._preparing = asyncio.Lock()
        self._housekeeping: asyncio.Task[None] | None = None
        self._last_used = -math.inf  # no spare is kept ready before the first call
        self._closed = False

    def sandbox(self, key: str, *, memory_bytes: int | None = None) -> Sandbox:
        """The sandbox of a key, the same one as long as somebody holds it. `key` becomes the name of a folder.

        `memory_bytes` overrides that of `limits`, from the next start of its interpreter on.
        """
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,128}", key):
            raise BadRequestError(f"{key!r} can't be the name of a container.")
        limits = (
            self.limits if memory_bytes is None else msgspec.structs.replace(self.limits, memory_bytes=memory_bytes)
        )
        sandbox = self._known.get(key)
        if sandbox is None:
            self._incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
            data = DataFolder(self._folder / key, limits, sandbox_user())
            sandbox = Sandbox(key, limits, data, self._incoming, self._start, self._released)
            self._known[key] = sandbox
        elif memory_bytes is not None:
            sandbox.limits = limits
        return sandbox

    async def prepare(self) -> None:
        """Find out ahead of the first call what it needs, which takes 100 ms. Raises SandboxUnavailable."""
        await self._prepared()

    async def delete(self, key: str) -> None:
        """End a sandbox and delete its files; nothing happens where there is none."""
        await self.sandbox(key).delete()

    async def close(self) -> None:
        """End all interpreters. The files stay."""
        self._closed = True
        if self._housekeeping is not None:
            self._housekeeping.cancel()
            await asyncio.gather(self._housekeeping, return_exceptions=True)
        await asyncio.gather(*(sandbox.stop() for sandbox in list(self._running)))
        await asyncio.gather(*(_discard(spare) for spare in self._spares))
        self._spares.clear()
        shutil.rmtree(self._incoming, ignore_errors=True)

    async def __aenter__(self) -> Sandboxes:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _start(self, sandbox: Sandbox) -> Interpreter:
        """An interpreter for a sandbox that has none: a spare one, or a new one."""
        cage = await self._prepared()
        await self._take_place(sandbox)
        self._last_used = time.monotonic()
        while self._spares and sandbox.limits == self.limits:
            spare = self._spares.pop()
            if spare.alive:
                return spare
            await _discard(spare)
        return await Interpreter.start(cage, sandbox.limits)

    async def _released(self, sandbox: Sandbox) -> None:
        """A sandbox has finished a call, or ended its interpreter."""
        self._last_used = time.monotonic()
        if sandbox.interpreter is None:
            self._running.discard(sandbox)
        async with self._changed:
            self._changed.notify_all()

    async def _prepared(self) -> Cage:
        async with self._preparing:
            if self._closed:
                raise Overloaded("The server is shutting down.")
            if self._cage is None:
                self._cage = await asyncio.to_thread(_find_out, self._packages)
                self._housekeeping = asyncio.create_task(self._keep_house())
            return self._cage

    async def _take_place(self, sandbox: Sandbox) -> None:
        """Wait until there may be one interpreter more; where one is idle, it has to go."""
        try:
            async with asyncio.timeout(self._queue_timeout_s):
                while len(self._running) >= self._capacity:
                    idle = [other for other in self._running if not other.turn.locked()]
                    if idle:
                        await self._end(min(idle, key=lambda other: other.last_used))
                        continue
                    async with self._changed:
                        if all(other.turn.locked() for other in self._running):
                            await self._changed.wait()
        except TimeoutError:
            raise Overloaded(f"All {self._capacity} code interpreters are busy.") from None
        self._running.add(sandbox)

    async def _end(self, sandbox: Sandbox) -> None:
        async with sandbox.turn:
            await sandbox.end_interpreter()
        await self._released(sandbox)

    async def _keep_house(self) -> None:
        """End interpreters that are idle for long or break a limit while no call is made; keep spares ready."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            now = time.monotonic()
            for sandbox in [sandbox for sandbox in self._running if not sandbox.turn.locked()]:
                interpreter = sandbox.interpreter
                if (
                    interpreter is None
                    or not interpreter.alive
                    or now - sandbox.last_used > self._idle_timeout_s
                    or interpreter.restless()
                ):
                    await self._end(sandbox)
            if now - self._last_used > self._idle_timeout_s:
                while self._spares:
                    await _discard(self._spares.pop())
            elif len(self._spares) < self._wanted_spares:
                await self._add_spare()

    async def _add_spare(self) -> None:
        try:
            spare = await Interpreter.start(await self._prepared(), self.limits)
        except ApiError as error:
            log.warning("no spare interpreter: %s", error.message)
            return
        try:
            await spare.preload(self._preload, _PRELOAD_TIMEOUT_S)
        except BaseException:
            await _discard(spare)
            raise
        self._spares.append(spare)


def _find_out(packages: Sequence[str]) -> Cage:
    cage = find_cage(packages)
    seccomp_filter().close()  # made once
    remove_leftovers()
    return cage


async def _discard(interpreter: Interpreter) -> None:
    await interpreter.kill()
    interpreter.close()
