"""Plain text and source code: as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from homeport.media.documents.block import Block
from homeport.media.documents.encoding import open_text

_PIECE_CHARS = 64 * 1024


def read(path: Path) -> Iterator[Block]:
    with open_text(path) as file:
        while piece := file.read(_PIECE_CHARS):
            yield Block(piece)
