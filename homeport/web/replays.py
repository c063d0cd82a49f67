"""Streams that outlive their connection: `stream_options: {"resumable": true}`.

Such a generation runs on when its caller is cut off, into a log of numbered events. The caller sends the request again
with `Last-Event-ID: <the id of the last event it got>` and is served the rest, then what is still to come. Without the
option a caller that hangs up stops the generation, as it should: nobody else will read it.

The logs live in this process, bounded in bytes and time; a restart loses them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from time import monotonic

from homeport.core.sse import DONE, error_event
from homeport.errors import NotFoundError, Overloaded
from homeport.web.errors import as_api_error
from homeport.web.streams import EventIds

KEPT_S = 120.0  # after its end
_MAX_DIGITS = 15  # of an event's number
MAX_BYTES = 32 * 1024 * 1024  # of all logs together


class StreamNotFound(NotFoundError):
    default_code = "stream_not_found"


class Replay:
    """One stream's log. Event `n` is the n-th, counted from 0; a block holds one or more of them."""

    def __init__(self, key_id: str) -> None:
        self.key_id = key_id
        self.size_bytes = 0
        self.ended_at_s: float | None = None
        self.task: asyncio.Task[None] | None = None
        self._events: list[bytes] = []
        self._changed = asyncio.Event()

    def append(self, block: bytes) -> None:
        """Add a block of numbered events."""
        events = block.split(b"\n\n")
        self._events += [event + b"\n\n" for event in events[:-1]]
        self.size_bytes += len(block)
        self._wake()

    def end(self) -> None:
        self.ended_at_s = monotonic()
        self._wake()

    async def follow(self, after: int) -> AsyncIterator[bytes]:
        """The events after number `after` (-1: all), those to come too."""
        position = after + 1
        while True:
            if position < len(self._events):
                events = self._events[position:]
                position += len(events)
                yield b"".join(events)
            elif self.ended_at_s is not None:
                return
            else:
                await self._changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


class Replays:
    """The logs of this process by stream id."""

    def __init__(self) -> None:
        self._by_id: dict[str, Replay] = {}
        self._size_bytes = 0  # of all of them

    def start(
        self,
        stream_id: str,
        key_id: str,
        numbered: EventIds,
        blocks: AsyncIterator[bytes],
        ended: Callable[[int], Awaitable[None]],
    ) -> Replay:
        """Read `blocks` into a new log, whoever listens. `ended` is awaited with the status when there is no more."""
        self._forget()
        replay = Replay(key_id)
        self._by_id[stream_id] = replay
        replay.task = asyncio.create_task(self._pump(stream_id, replay, numbered, blocks, ended))
        return replay

    def resume(self, last_event_id: str, key_id: str) -> AsyncIterator[bytes]:
        """What comes after that event. Raises StreamNotFound; another key's stream is not found either."""
        self._forget()
        stream_id, _, number = last_event_id.rpartition(":")
        replay = self._by_id.get(stream_id)
        is_number = number.isdecimal() and len(number) <= _MAX_DIGITS
        if replay is None or replay.key_id != key_id or not is_number:
            raise StreamNotFound(
                f"There is no stream to resume after event `{last_event_id}`. Only streams that were asked for with"
                ' `stream_options: {"resumable": true}` can be resumed, until two minutes after their end.'
            )
        return replay.follow(int(number))

    async def close(self) -> None:
        """Stop every generation that goes on."""
        tasks = [replay.task for replay in self._by_id.values() if replay.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _pump(
        self,
        stream_id: str,
        replay: Replay,
        numbered: EventIds,
        blocks: AsyncIterator[bytes],
        ended: Callable[[int], Awaitable[None]],
    ) -> None:
        status = 200
        try:
            async for block in blocks:
                self._append(replay, numbered(block))
                if replay.size_bytes > MAX_BYTES:
                    raise Overloaded("The stream is too long to be kept for resuming.")
                if self._size_bytes > MAX_BYTES:
                    self._forget()
                if self._size_bytes > MAX_BYTES:
                    raise Overloaded("There is no room to keep more streams for resuming.")
        except asyncio.CancelledError:
            status = 503
            self._append(replay, numbered(error_event(Overloaded("The server is shutting down.").envelope())))
        except Exception as error:
            problem = as_api_error(error, stream_id)
            status = problem.status
            self._append(replay, numbered(error_event(problem.envelope())))
        finally:
            self._append(replay, DONE)
            replay.end()
            await ended(status)

    def _append(self, replay: Replay, block: bytes) -> None:
        replay.append(block)
        self._size_bytes += len(block)

    def _forget(self) -> None:
        """Drop logs that ended long ago, and the oldest while all are too large together."""
        oldest_allowed_s = monotonic() - KEPT_S
        for stream_id, replay in list(self._by_id.items()):
            if replay.ended_at_s is None:
                continue
            if replay.ended_at_s > oldest_allowed_s and self._size_bytes <= MAX_BYTES:
                continue
            del self._by_id[stream_id]
            self._size_bytes -= replay.size_bytes
