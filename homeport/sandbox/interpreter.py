"""One sandboxed interpreter, from start to end: a process, a socket to its worker, and a pipe of what it writes."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import time
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing, suppress
from typing import Any

import msgspec

from homeport.errors import Overloaded, SandboxUnavailable
from homeport.sandbox.cage import Cage
from homeport.sandbox.call import READ_BYTES, Call, Ended, read_available
from homeport.sandbox.cgroups import Cgroup, create_cgroup
from homeport.sandbox.events import Image, Limits, Logs, Status
from homeport.sandbox.syscalls import seccomp_filter
from homeport.sandbox.watch import Watch

ALLOW_NAMESPACES = "allow user namespaces to users that are not root; docs/code-interpreter.md says how"
START_TIMEOUT_S = 20.0
_END_TIMEOUT_S = 10.0
_LAST_WORDS_S = 0.5  # for a process that has closed its socket to end by itself, which tells how
_WATCH_EVERY_S = 0.1
_TRANSIENT = ("Resource temporarily unavailable", "Cannot allocate memory", "No space left on device")


class Interpreter:
    """Made by `Interpreter.start`; takes calls, one at a time, until one of them ends it or `kill` does."""

    def __init__(
        self,
        limits: Limits,
        process: subprocess.Popen[bytes],
        control: socket.socket,
        output: int,
        group: Cgroup | None,
    ) -> None:
        self.limits = limits
        self.calls = 0
        self._cpu_s_at_rest = 0.0  # CPU time when the last call ended
        self.watch: Watch | None = None
        self._process = process
        self._control = control
        self._output = output
        self._group = group
        self._first: int | None = None  # a pidfd of process 1 inside
        self._call: Call | None = None  # the last one
        self._burial: asyncio.Task[None] | None = None
        self._out_of_memory = False

    @classmethod
    async def start(cls, cage: Cage, limits: Limits) -> Interpreter:
        """Start an interpreter; takes some 100 ms. Call it from the thread that stays: the sandbox dies with it.

        Raises SandboxUnavailable where the machine doesn't let it, Overloaded where it has no room now.
        """
        control, inside = socket.socketpair()
        output, output_inside = os.pipe()
        info, info_inside = os.pipe()
        group = create_cgroup(limits)
        try:
            with seccomp_filter() as program:
                join = group.joined_by if group else None
                process = subprocess.Popen(  # noqa: ASYNC220 (2 ms, and bound to live as long as this thread)
                    cage.command(limits, join=join, seccomp=program.fileno(), info=info_inside),
                    stdin=inside.fileno(),
                    stdout=output_inside,
                    stderr=output_inside,
                    pass_fds=(program.fileno(), info_inside),
                    env={},
                )
        except BaseException as error:
            control.close()
            os.close(output)
            os.close(info)
            if isinstance(error, OSError):
                raise Overloaded(f"The code interpreter could not be started: {error.strerror}.") from error
            raise
        finally:
            inside.close()
            os.close(output_inside)
            os.close(info_inside)
        control.setblocking(False)
        os.set_blocking(output, False)
        interpreter = cls(limits, process, control, output, group)
        try:
            await interpreter._wait_until_ready(info)
        finally:
            os.close(info)
        return interpreter

    async def _wait_until_ready(self, info: int) -> None:
        """Wait for the worker's first line, with its descriptors. No foreign code has run yet: it is to be believed."""
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                await _readable(self._control)
                _, descriptors, _, _ = socket.recv_fds(self._control, READ_BYTES, 4)
            for descriptor in descriptors:
                os.set_inheritable(descriptor, False)
            if len(descriptors) == 4:
                data, tmp, shm, proc = descriptors
                self.watch = Watch(self.limits, data=data, tmp=tmp, shm=shm, proc=proc, memory=self._group is None)
                self._first = os.pidfd_open(msgspec.json.decode(os.read(info, READ_BYTES))["child-pid"])
                return
        except TimeoutError:
            await self.kill()
            raise Overloaded("The code interpreter took too long to start.") from None
        except OSError:
            pass  # it has ended: below
        except BaseException:
            await self.kill()
            raise
        said = (read_available(self._output) or b"").decode(errors="replace").strip() or "it ended without a word"
        await self.kill()
        self.close()
        if any(reason in said for reason in _TRANSIENT):
            raise Overloaded(f"The code interpreter could not be started: {said}.")
        raise SandboxUnavailable(said, ALLOW_NAMESPACES)

    @property
    def alive(self) -> bool:
        return self._burial is None and self._process.poll() is None

    async def preload(self, modules: Iterable[str], timeout_s: float) -> None:
        """Import modules ahead of the first call."""
        async with aclosing(self._exchange(timeout_s, preload=list(modules))) as events:
            async for _ in events:
                pass

    async def run(self, code: str, timeout_s: float) -> AsyncGenerator[Logs | Image | Ended, None]:
        """Run code. The last event is the only `Ended`.

        When the code does not end by itself, or this iteration is given up, the interpreter is ended.
        """
        self.calls += 1
        async with aclosing(self._exchange(timeout_s, code=code)) as events:
            async for event in events:
                yield event

    async def _exchange(self, timeout_s: float, **request: Any) -> AsyncGenerator[Logs | Image | Ended, None]:
        self._call = call = Call(self._control, self._output, self.limits, self.calls)
        deadline = time.monotonic() + timeout_s
        next_look = time.monotonic() + _WATCH_EVERY_S
        event: Logs | Image | Ended | None = None
        try:
            call.begin(**request)
            while not isinstance(event, Ended):
                event = await _next_event(call, min(next_look, deadline))
                if event is not None and not isinstance(event, Ended):
                    yield event
                if not isinstance(event, Ended) and (now := time.monotonic()) >= min(next_look, deadline):
                    next_look = now + _WATCH_EVERY_S
                    if (broken := self._broken_limit()) is not None:
                        event = Ended(broken)
                    elif now >= deadline:
                        event = Ended("timed_out", f"The code ran for more than {timeout_s:g} s and was stopped.")
            call.close()
            event = await self._ended(event)
            event.truncated = call.truncated
            yield event
        finally:
            call.close()
            if not isinstance(event, Ended):
                await self.kill()

    def restless(self) -> bool:
        """Between calls: whether what the last one has left running takes too much."""
        if self.watch is None or self.watch.broken_limit() is not None:
            return True
        return self.watch.cpu_s() - self._cpu_s_at_rest > self.limits.idle_cpu_s

    def _broken_limit(self) -> Status | None:
        return self.watch.broken_limit() if self.watch else None

    async def _ended(self, event: Ended) -> Ended:
        """The end of a call as the caller sees it. Where it wasn't the code's own, the interpreter is ended."""
        if event.status in ("completed", "failed"):
            if (broken := self._broken_limit()) is None:
                self._cpu_s_at_rest = self.watch.cpu_s() if self.watch else 0.0
                return event
            event = Ended(broken)
        if event.status == "crashed" and event.error is None:
            with suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(self._process.wait, _LAST_WORDS_S)
            event.error = f"The interpreter ended unexpectedly: {_how_it_ended(self._process.returncode)}."
        await self.kill()
        if self._out_of_memory and event.status == "crashed":
            event.status = "out_of_memory"
        if event.status == "out_of_memory":
            event.error = f"The code used more than {self.limits.memory_bytes >> 20:,} MiB of memory and was stopped."
        elif event.status == "out_of_space":
            event.error = "The code made too many files and was stopped."
        return event

    async def kill(self) -> None:
        """End everything inside; returns when it is gone. The files stay readable until `close`."""
        if self._burial is None:
            if self._call is not None:  # it must not use descriptors that are about to be closed
                self._call.end(Ended("crashed", "The interpreter was stopped."))
            if self._first is None:
                self._process.kill()
            else:
                with suppress(ProcessLookupError):  # the kernel ends all processes inside with the first
                    signal.pidfd_send_signal(self._first, signal.SIGKILL)
            self._burial = asyncio.create_task(asyncio.to_thread(self._bury))
        await asyncio.shield(self._burial)

    def _bury(self) -> None:
        try:
            self._process.wait(_END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._control.close()
        os.close(self._output)
        if self._first is not None:
            os.close(self._first)
        if self._group is not None:
            self._out_of_memory = self._group.killed_for_memory()
            self._group.remove()

    def close(self) -> None:
        """Let go of the files, after `kill`."""
        if self.watch is not None:
            self.watch.close()
            self.watch = None


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


async def _next_event(call: Call, until: float) -> Logs | Image | Ended | None:
    """The next event; None when it has become `until`, of the monotonic clock."""
    with suppress(TimeoutError):
        async with asyncio.timeout(max(0.0, until - time.monotonic())):
            return await call.events.get()
    return None


async def _readable(connection: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_reader(connection, _resolve, ready)
    try:
        await ready
    finally:
        loop.remove_reader(connection)


def _how_it_ended(status: int | None) -> str:
    if status is None:
        return "it closed its connection"
    if status > 128:
        with suppress(ValueError):
            return signal.Signals(status - 128).name
    return f"exit status {status}"
