"""Event ids: every event of a stream is numbered, so that a caller can say where it was cut off."""

from __future__ import annotations


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
