"""Identifiers: OpenAI's prefixes, time-ordered, so that ids sort as their objects were made."""

from __future__ import annotations

import itertools
import os
import time

_ALPHABET = (
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"  # in ASCII order: text order is value order
)


def _base62(value: int, width: int) -> str:
    digits = []
    for _ in range(width):
        value, digit = divmod(value, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def new_id(prefix: str) -> str:
    """``{prefix}_`` + 24 base-62 characters: 8 of milliseconds since 1970, 16 (95 bits) of randomness."""
    return f"{prefix}_{_base62(time.time_ns() // 1_000_000, 8)}{_base62(int.from_bytes(os.urandom(12)), 16)}"


# The hot path needs an id in well under a microsecond: a random prefix of this process and a counter.
_process = os.urandom(8).hex()
_next = itertools.count(1).__next__


def new_request_id() -> str:
    """``req_`` + 24 hex digits, unique across processes; cheap enough for every request."""
    return f"req_{_process}{_next():08x}"


def new_completion_id() -> str:
    """``chatcmpl-`` + 24 hex digits."""
    return f"chatcmpl-{_process}{_next():08x}"
