"""One sandbox: files that stay, and an interpreter that is there while it is needed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
from contextlib import aclosing, suppress
from pathlib import Path
from typing import BinaryIO

from homeport.errors import BadRequestError, RequestTooLarge
from homeport.ids import new_id
from homeport.sandbox.call import Ended
from homeport.sandbox.events import Event, File, Finished, Image, Limits, Logs, Result
from homeport.sandbox.files import DataFolder, OutOfSpace, checked_name
from homeport.sandbox.interpreter import Interpreter

TIMEOUT_S = 60.0


class Sandbox:
    """What belongs to one key. Made by `Sandboxes.sandbox`; costs nothing until it is used.

    Calls are taken one at a time, in order. Variables, imports and the working directory are kept from one to the next
    as long as the interpreter lives; files of /mnt/data are kept until the sandbox is deleted.
    """

    def __init__(
        self,
        key: str,
        limits: Limits,
        data: DataFolder,
        incoming: Path,
        start: Callable[[Sandbox], Awaitable[Interpreter]],
        released: Callable[[Sandbox], Awaitable[None]],
    ) -> None:
        self.key = key
        self.limits = limits
        self.interpreter: Interpreter | None = None
        self.last_used = time.monotonic()
        self.turn = asyncio.Lock()  # held during a call, and while an interpreter is started or ended
        self._data = data
        self._incoming = incoming
        self._start = start
        self._released = released

    async def run(self, code: str, *, timeout_s: float = TIMEOUT_S) -> Result:
        """Run code to its end. What goes wrong inside is told by the result; see `stream` for what is raised."""
        outputs: list[Logs | Image] = []
        async with aclosing(self.stream(code, timeout_s=timeout_s)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    return Result(
                        status=event.status,
                        error=event.error,
                        truncated=event.truncated,
                        fresh=event.fresh,
                        changed=event.changed,
                        duration_s=event.duration_s,
                        outputs=outputs,
                    )
                if isinstance(event, Logs) and outputs and isinstance(last := outputs[-1], Logs):
                    last.text += event.text
                else:
                    outputs.append(event)
        raise AssertionError("a call ends with Finished")

    async def stream(self, code: str, *, timeout_s: float = TIMEOUT_S) -> AsyncGenerator[Event, None]:
        """Run code: logs and images as they come, and `Finished` at the end.

        `timeout_s` is for the code alone. Giving up the iteration stops the code, and its interpreter. Raises
        BadRequestError for code that is too long, Overloaded when no interpreter gets free, and SandboxUnavailable.
        """
        if len(code.encode(errors="surrogatepass")) > self.limits.code_bytes:
            raise BadRequestError(f"The code is longer than {self.limits.code_bytes >> 10:,} KiB.")
        code = code.encode(errors="replace").decode()  # half of a surrogate pair is no text that could be sent
        try:
            async with self.turn:
                interpreter = await self._running()
                fresh = interpreter.calls == 0
                started_at = time.monotonic()
                try:
                    async with aclosing(interpreter.run(code, timeout_s)) as events:
                        async for event in events:
                            if isinstance(event, Ended):
                                finished = await self._finished(event, interpreter)
                            else:
                                yield event
                finally:
                    self.last_used = time.monotonic()
                    if not interpreter.alive:
                        await self.end_interpreter()
        finally:
            await self._released(self)
        finished.fresh = fresh
        finished.duration_s = self.last_used - started_at
        yield finished

    async def put(self, name: str, data: bytes | AsyncIterable[bytes]) -> File:
        """Write a file, in place of one of that name. Code can use it at once.

        `name`: its path in /mnt/data. Raises BadRequestError for an impossible one and RequestTooLarge.
        """
        name = checked_name(name)
        room = await asyncio.to_thread(self._data.remaining_bytes, without=name)
        incoming = self._new_incoming()
        try:
            with incoming.open("wb") as file:
                async for chunk in _chunks(data):
                    room -= len(chunk)
                    if room < 0:
                        raise RequestTooLarge(f"A container holds at most {self.limits.data_bytes >> 20:,} MiB.")
                    await asyncio.to_thread(file.write, chunk)
            return await asyncio.to_thread(self._data.place, incoming, name)
        finally:
            incoming.unlink(missing_ok=True)

    async def files(self) -> list[File]:
        """The files of /mnt/data as they were at the end of the last call, by name."""
        return await asyncio.to_thread(self._data.files)

    async def open(self, name: str) -> BinaryIO:
        """One of `files`, for reading; the caller closes it. Raises NotFoundError."""
        return await asyncio.to_thread(self._data.open, name)

    async def remove(self, name: str) -> None:
        """Delete a file. Raises NotFoundError."""
        await asyncio.to_thread(self._data.remove, name)

    async def stop(self) -> None:
        """End the interpreter, and a call that it may be at. The files stay."""
        if self.interpreter is not None:
            await self.interpreter.kill()
        async with self.turn:
            await self.end_interpreter()
        await self._released(self)

    async def delete(self) -> None:
        """End the interpreter and delete the files."""
        await self.stop()
        await asyncio.to_thread(self._data.delete)

    async def _finished(self, ended: Ended, interpreter: Interpreter) -> Finished:
        finished = Finished(status=ended.status, error=ended.error, truncated=ended.truncated)
        try:
            finished.changed = await asyncio.to_thread(self._data.collect, self._new_incoming())
        except OutOfSpace:
            if finished.status != "out_of_space":
                finished.status = "out_of_space"
                finished.error = (
                    "The code left more in /mnt/data than fits; nothing that this call left there was kept."
                )
            await interpreter.kill()
        return finished

    async def _running(self) -> Interpreter:
        if self.interpreter is not None and not self.interpreter.alive:  # it died between two calls
            await self.end_interpreter()
        if self.interpreter is None:
            interpreter = await self._start(self)
            self.interpreter = interpreter
            try:
                assert interpreter.watch is not None
                await asyncio.to_thread(self._data.attach, interpreter.watch.data)
            except BaseException:
                await self.end_interpreter()
                raise
        return self.interpreter

    async def end_interpreter(self) -> None:
        """For who holds `turn`. Files that were changed since the last call ended are kept too."""
        if (interpreter := self.interpreter) is None:
            return
        try:
            await interpreter.kill()
            with suppress(OutOfSpace, OSError):
                await asyncio.to_thread(self._data.collect, self._new_incoming())
        finally:
            self.interpreter = None
            self._data.detach()
            interpreter.close()

    def _new_incoming(self) -> Path:
        return self._incoming / new_id("part")


async def _chunks(data: bytes | AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
    if isinstance(data, bytes):
        yield data
        return
    async for chunk in data:
        yield chunk
