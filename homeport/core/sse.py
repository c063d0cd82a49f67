"""Server-Sent Events as OpenAI writes them: one `data:` line of JSON, a blank line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

_encode = msgspec.json.encode

DONE = b"data: [DONE]\n\n"


def event(payload: Any) -> bytes:
    """One event in canonical form."""
    return b"data: " + _encode(payload) + b"\n\n"


def error_event(envelope: dict[str, Any]) -> bytes:
    """How a failure after the first byte arrives: a named event, its data OpenAI's error envelope."""
    return b"event: error\ndata: " + _encode(envelope) + b"\n\n"


def payloads(block: bytes) -> Iterator[bytes]:
    """The JSON texts in a block of canonical events."""
    for part in block.split(b"\n\n"):
        if part.startswith(b"data: "):
            yield part[6:]
