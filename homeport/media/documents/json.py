"""JSON: `name: value`, one a line, indented; the topmost names are headings. What is not quite JSON stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from homeport.media.documents import plain
from homeport.media.documents.block import Block, Headings
from homeport.media.documents.encoding import open_text

_MAX_WHOLE_BYTES = 32 * 1024 * 1024  # decoded it takes ten times as much memory; a longer one is read as plain text
_MAX_INDENT = 16


def read(path: Path) -> Iterator[Block]:
    if path.stat().st_size > _MAX_WHOLE_BYTES:
        yield from plain.read(path)
        return
    with open_text(path) as file:
        text = file.read()
    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError:  # with comments, say
        yield from plain.read(path)
        return
    if not isinstance(value, dict):
        yield Block("".join(lines(value)))
        return
    for name, part in value.items():
        headings = Headings()
        headings.enter(1, name)
        yield Block("".join(lines({name: part})), heading=headings.path)


def lines(value: Any) -> Iterator[str]:
    """A JSON value, in any depth, as lines of text."""
    waiting: list[tuple[int, str, Any]] = [(0, "", value)]  # depth, what stands before the value, the value
    while waiting:
        depth, label, value = waiting.pop()
        indent = "  " * min(depth, _MAX_INDENT)
        if isinstance(value, dict | list) and value:
            if label:
                yield f"{indent}{label.rstrip()}\n"
                depth += 1
            items = value.items() if isinstance(value, dict) else (("-", item) for item in value)
            named = [(depth, "- " if name == "-" else f"{name}: ", item) for name, item in items]
            waiting.extend(reversed(named))
        else:
            yield f"{indent}{label}{_scalar(value)}\n"


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()
