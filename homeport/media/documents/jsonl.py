"""JSON lines: each value as lines of text, an empty line between. A line that is not JSON stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from homeport.media.documents.block import Block
from homeport.media.documents.encoding import open_text
from homeport.media.documents.json import lines

_MAX_LINE_CHARS = 1024 * 1024  # longer ones are read in pieces, as plain text


def read(path: Path) -> Iterator[Block]:
    with open_text(path) as file:
        while line := file.readline(_MAX_LINE_CHARS):
            if not line.isspace():
                yield Block(_text(line))


def _text(line: str) -> str:
    try:
        return "".join(lines(msgspec.json.decode(line))) + "\n"
    except msgspec.DecodeError:
        return line
