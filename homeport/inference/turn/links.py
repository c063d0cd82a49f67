"""Links in a message to files that code has made, as models write them: `[the table](sandbox:/mnt/data/table.csv)`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote

from msgspec import Struct

from homeport.core.items import Item

_LINK = re.compile(
    r"(?<=<)sandbox:/mnt/data/[^<>\n]+(?=>)"  # in Markdown, where a name may have blanks
    r"|(?<=\()sandbox:/mnt/data/(?:[^()\n]|\([^()\n]*\))+(?=\))"  # and parentheses in pairs
    r"|sandbox:/mnt/data/[^\s()\[\]{}<>\"'`]*[^\s()\[\]{}<>\"'`.,;:!?]"
)


class Link(Struct, frozen=True):
    """From `start` up to `end` in the text. `path` is relative to /mnt/data."""

    start: int
    end: int
    path: str


def links(text: str) -> list[Link]:
    found = []
    for match in _LINK.finditer(text):
        path = unquote(match[0]).removeprefix("sandbox:/mnt/data/")
        found.append(Link(match.start(), match.end(), path.strip()))
    return found


def container_of(items: Sequence[Item]) -> str | None:
    """The container of the newest call among them."""
    calls = (item for item in reversed(items) if item["type"] == "code_interpreter_call")
    return next((str(call["container_id"]) for call in calls if call.get("container_id")), None)
