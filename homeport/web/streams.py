"""Event streams: what a handler returns for one, and ids, so that a caller can say where it was cut off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

from msgspec import Struct
from starlette.responses import Response, StreamingResponse

from homeport.core.idle import IdleTimer

KEEP_ALIVE_S = 15.0  # proxies close connections on which nothing comes
# A line of the next event, and no event: at a blank line, the Python SDK takes an id that it has seen for a new event.
_KEEP_ALIVE = b": keep-alive\n"
_TOGETHER = 32  # blocks at most
_HEADERS = {
    "cache-control": "no-cache",
    "x-accel-buffering": "no",  # a proxy in front must not hold events back
}


class EventStream(Struct, frozen=True):
    """What a handler returns for Server-Sent Events. `blocks`: bytes of whole events, its last one included.

    When the caller hangs up, what `blocks` waits for is cancelled. What fails there has no status to say so any more:
    `blocks` tells its caller by an event of its own.
    """

    blocks: AsyncIterator[bytes]

    def response(self) -> Response:
        return StreamingResponse(
            _kept_alive(self.blocks), headers=_HEADERS, media_type="text/event-stream; charset=utf-8"
        )


async def _kept_alive(blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """`blocks`, those together that come together, with comments where nothing comes for long."""
    come: list[bytes] = []
    changed, room = asyncio.Event(), asyncio.Event()

    async def take() -> None:
        async with aclosing(blocks):  # type: ignore[type-var]
            async for block in blocks:
                come.append(block)
                changed.set()
                if len(come) >= _TOGETHER:  # the caller is slow
                    room.clear()
                    await room.wait()

    taking = asyncio.create_task(take())
    taking.add_done_callback(lambda _: changed.set())
    timer = IdleTimer(KEEP_ALIVE_S, changed.set)
    try:
        while True:
            await changed.wait()
            changed.clear()
            timer.touch()
            if not come and not taking.done():
                yield _KEEP_ALIVE
            if come:
                together = b"".join(come)
                come.clear()
                room.set()
                yield together
            if taking.done() and not come:
                taking.result()
                return
    finally:
        timer.close()
        taking.cancel()
        await asyncio.wait([taking])


class EventIds:
    """Puts an `id:` line before every event: `<stream id>:<number>`. `number`: that of the next one."""

    def __init__(self, stream_id: str) -> None:
        self._prefix = b"id: " + stream_id.encode() + b":"
        self.number = 0

    def __call__(self, block: bytes) -> bytes:
        """The block with its events numbered on."""
        prefix, number = self._prefix, self.number
        if block.find(b"\n\n") == len(block) - 2:  # most blocks are one event
            self.number = number + 1
            return b"%b%d\n%b" % (prefix, number, block)
        events = block.split(b"\n\n")
        events.pop()
        self.number = number + len(events)
        return b"".join([b"%b%d\n%b\n\n" % (prefix, n, event) for n, event in enumerate(events, number)])
