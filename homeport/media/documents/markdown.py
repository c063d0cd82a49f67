"""Markdown: as it stands, with its headings known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from homeport.media.documents.block import Block, Headings
from homeport.media.documents.encoding import open_text

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")  # below a line, makes it a heading of level 1 or 2
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_MAX_LINE_CHARS = 64 * 1024
_BLOCK_CHARS = 16 * 1024


def read(path: Path) -> Iterator[Block]:
    headings = Headings()
    text, previous = "", ""  # what is read of this block, and after it the line that may prove to be a heading
    fence: str | None = None  # what opened the code that we are in
    with open_text(path) as file:
        if (first := file.readline(_MAX_LINE_CHARS)).rstrip() == "---":
            fence = "---"  # what stands before the text proper, up to such a line
        else:
            file.seek(0)
            first = ""
        text = first
        while line := file.readline(_MAX_LINE_CHARS):
            title = None
            if fence is not None:
                if line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                    fence = None
            elif opened := _FENCE.match(line):
                fence = opened[1]
            elif found := _HEADING.match(line):
                text, previous = text + previous, ""
                title = (len(found[1]), found[2])
            elif (under := _UNDERLINE.match(line)) and previous.strip() and not _HEADING.match(previous):
                title = (1 if under[1][0] == "=" else 2, previous)
            if title is not None or len(text) >= _BLOCK_CHARS:
                yield Block(text, heading=headings.path)
                text = ""
            if title is not None:
                headings.enter(*title)
            text, previous = text + previous, line
    yield Block(text + previous, heading=headings.path)
