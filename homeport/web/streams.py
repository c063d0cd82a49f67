"""Event ids: every event of a stream is numbered, so that a caller can say where it was cut off."""

from __future__ import annotations

from typing import Any, Self


class Numbered:
    """Blocks with an `id:` line before every event: `<request id>:<number>`."""

    def __init__(self, blocks: Any, stream_id: str) -> None:
        self._blocks = blocks
        self._prefix = b"id: " + stream_id.encode() + b":"
        self._number = 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        block: bytes = await self._blocks.__anext__()
        prefix, number = self._prefix, self._number
        if block.find(b"\n\n") == len(block) - 2:  # most blocks are one event
            self._number = number + 1
            return b"%b%d\n%b" % (prefix, number, block)
        events = block.split(b"\n\n")
        events.pop()
        self._number = number + len(events)
        return b"".join([b"%b%d\n%b\n\n" % (prefix, n, e) for n, e in enumerate(events, number)])
