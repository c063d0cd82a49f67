"""The events of what a job does, written soon after they happen, but not one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import Connection

from homeport.jobs import events
from homeport.jobs.events import NewEvent
from homeport.jobs.worker import Context

T = TypeVar("T")

BATCH_S = 0.025  # between two writes; the first of a pause is written at once


class EventLog:
    """Appends to one stream. Use it as a context manager; what isn't written at its end was not to be.

    A write that fails ends the job with its error, at the latest with the next `write`: no event is ever missing
    before one that is there.
    """

    def __init__(self, context: Context, stream_id: str) -> None:
        self._context = context
        self._stream_id = stream_id
        self._new: list[NewEvent] = []
        self._writing = asyncio.Lock()
        self._flusher: asyncio.Task[None] | None = None

    def add(self, new: Sequence[NewEvent]) -> None:
        """To be written within some `BATCH_S`."""
        if not new:
            return
        self._new += new
        if self._flusher is None:
            self._flusher = asyncio.create_task(self._flush())

    def take(self) -> list[NewEvent]:
        """What is not written yet, for a `write` that appends it itself, with more behind it."""
        new, self._new = self._new, []
        return new

    async def write(self, work: Callable[[Connection], T], also: Sequence[NewEvent] = (), *, last: bool = False) -> T:
        """Run `work` in a transaction of the job's, which writes all events until now and `also`: nobody sees those
        before what `work` does. `last`: the job is done then.

        Raises what the job's `Context.write` does, and StreamEnded.
        """
        async with self._writing:
            if self._flusher is not None and self._flusher.done():
                self._flusher.result()  # what went wrong
                self._flusher = None
            new, self._new = [*self._new, *also], []

            def together(connection: Connection) -> T:
                result = work(connection)
                if new:
                    events.append_many(connection, self._stream_id, new)
                return result

            return await (self._context.finish(together) if last else self._context.write(together))

    async def _flush(self) -> None:
        while True:
            async with self._writing:
                new, self._new = self._new, []
                if new:
                    await self._context.append(self._stream_id, new)
            await asyncio.sleep(BATCH_S)
            if not self._new:
                self._flusher = None
                return

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._flusher is not None:
            self._flusher.cancel()
            await asyncio.gather(self._flusher, return_exceptions=True)
