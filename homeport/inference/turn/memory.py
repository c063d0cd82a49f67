"""Working memory: the newest turns of a conversation, as far as a number of tokens goes."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from homeport.core.items import Item
from homeport.errors import ApiError
from homeport.inference.turn.messages import messages, turn_starts
from homeport.inference.turn.turn import Count

_BYTES_PER_TOKEN = 4.0  # of English, where the model's own tokens can't be counted


async def remembered(model: str, history: Sequence[Item], limit_tokens: int, count: Count | None) -> list[Item]:
    """The newest whole turns of about this many tokens, and the last one in any case.

    Nothing is counted where nothing need be: a text has no more tokens than bytes. Otherwise the newest turns tell how
    many bytes a token has, so that a model's tokenizer reads a little of a long conversation, once.
    """
    newest = _within(history, limit_tokens)
    if len(newest) == len(history):
        return newest
    return _within(history, int(limit_tokens * await _bytes_per_token(model, newest, count)))


def _within(history: Sequence[Item], limit_bytes: int) -> list[Item]:
    """The newest whole turns that have no more bytes, and the last one in any case."""
    starts = [0, *turn_starts(history)]
    first = end = len(history)
    for start in reversed(starts):
        limit_bytes -= _size_bytes(history[start:end])
        if limit_bytes < 0 and first < len(history):
            break
        first = end = start
    return list(history[first:])


async def _bytes_per_token(model: str, history: Sequence[Item], count: Count | None) -> float:
    if count is not None:
        try:
            tokens = await count({"model": model, "messages": messages(None, history, [])})
            return _size_bytes(history) / max(1, tokens)
        except ApiError:  # this engine counts nothing, or not what is in there
            pass
    return _BYTES_PER_TOKEN


def _size_bytes(history: Sequence[Item]) -> int:
    return len(msgspec.json.encode(history))
