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


class EventLog:
    """Appends to one stream. Use it as a context manager; what isn't written at its end was not to be.

    A write that fails ends the job with its error, at the latest with the next `write`: no event is ever missing
    before one that is there.
    """

    def __init__(self, context: Context, stream_id: str) -> None:
        self._context = context
        self._stream_id = stream_id
        self._new: list[NewEvent] = []
        self._soon: asyncio.Handle | None = None
        self._sent: asyncio.Future[int] | None = None  # those before, which are being written
        self._error: BaseException | None = None

    def add(self, new: Sequence[NewEvent]) -> None:
        """To be written with the worker's next batch."""
        self._new += new
        if self._soon is None:  # what happens at once goes together
            self._soon = asyncio.get_running_loop().call_soon(self._send)

    async def write(self, work: Callable[[Connection], T], also: Sequence[NewEvent] = (), *, last: bool = False) -> T:
        """Write all events until now, then run `work` in a transaction of the job's with the events `also`, which
        nobody sees before what `work` does. `last`: the job is done then.

        Raises what the job's `Context.write` does, and StreamEnded.
        """
        self._send()
        while self._sent is not None:  # what is seen at once must not wait for what is written to last
            await asyncio.wait([self._sent])
        if self._error is not None:
            raise self._error

        def together(connection: Connection) -> T:
            result = work(connection)
            if also:
                events.append_many(connection, self._stream_id, also)
            return result

        return await (self._context.finish(together) if last else self._context.write(together))

    def _send(self) -> None:
        self._soon = None
        if self._new and self._sent is None and self._error is None:
            new, self._new = self._new, []
            self._sent = self._context.post(self._stream_id, new)
            self._sent.add_done_callback(self._written)

    def _written(self, sent: asyncio.Future[int]) -> None:
        self._sent = None
        self._error = asyncio.CancelledError() if sent.cancelled() else sent.exception()
        self._send()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._new = []
        if self._sent is not None:
            await asyncio.wait([self._sent])
