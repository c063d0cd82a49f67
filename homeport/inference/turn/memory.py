"""Working memory: the newest turns of a conversation, as far as a number of tokens goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from homeport.core.items import Item
from homeport.errors import ApiError
from homeport.inference.turn.messages import messages, turn_starts
from homeport.inference.turn.turn import Count

_BYTES_PER_TOKEN = 4.0  # of English, where the model's own tokens can't be counted
_SAMPLE = 16_384  # characters whose tokens are counted
_MESSAGE_BYTES = 16  # that a message counts for beside its texts: templates add about four tokens
_FILE_BYTES = 4096  # that a picture or a document counts for: its own bytes are not what the model reads
_FILES = ("input_image", "input_file")
_UNREAD = ("role", "type", "id", "tool_call_id")  # members that are no texts


async def remembered(model: str, history: Sequence[Item], limit_tokens: int, count: Count | None) -> list[Item]:
    """The newest whole turns of about this many tokens, and the last one in any case.

    Nothing is counted where nothing need be: a text has no more tokens than bytes. Otherwise the newest texts tell how
    many bytes a token has, so that a model's tokenizer reads a little of a long conversation, once.
    """
    newest = _within(history, limit_tokens)
    if len(newest) == len(history):
        return newest
    return _within(history, int(limit_tokens * await _bytes_per_token(model, history, count)))


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
    """Of the newest texts together: a short one by itself would tell of the template's tokens."""
    if count is not None:
        try:
            sample = "\n".join(_texts(messages(None, history, [])))[-_SAMPLE:]
            if sample:
                tokens = await count({"model": model, "messages": [{"role": "user", "content": sample}]})
                return len(sample.encode()) / max(1, tokens)
        except ApiError:  # this engine counts nothing, or not what is in there
            pass
    return _BYTES_PER_TOKEN


def estimated_tokens(read: Any) -> int:
    """Of messages, where the model's own tokens can't be counted."""
    return int(sum(len(text.encode()) for text in _texts(read)) / _BYTES_PER_TOKEN)


def _size_bytes(history: Sequence[Item]) -> int:
    """Of what the model reads."""
    try:
        read = messages(None, history, [])
    except ApiError:  # an item that no model can be sent: who sends it will say so
        return len(msgspec.json.encode(history))
    parts = [part for message in read if isinstance(message["content"], list) for part in message["content"]]
    files = sum(part["type"] in _FILES for part in parts)
    return sum(len(text.encode()) for text in _texts(read)) + files * _FILE_BYTES + len(read) * _MESSAGE_BYTES


def _texts(read: Any) -> Iterator[str]:
    """All texts in messages: what is said, thought and called."""
    if isinstance(read, str):
        yield read
    elif isinstance(read, list):
        for each in read:
            yield from _texts(each)
    elif isinstance(read, dict) and read.get("type") not in _FILES:
        for name, value in read.items():
            if name not in _UNREAD:
                yield from _texts(value)
