"""A block: a stretch of a document's text, and where in the document it stands."""

from __future__ import annotations

from msgspec import Struct

_MAX_TITLE_CHARS = 200


class Block(Struct, frozen=True, tag=True, omit_defaults=True):
    """A document's text is the texts of its blocks, one after the other, with nothing between.

    A block that ends a paragraph ends in line breaks. `page` counts from 1: a PDF's page, a presentation's slide.
    `heading` is the path of headings above the text ("Part one > Chapter 2"), or the name of a sheet.
    """

    text: str
    page: int | None = None
    heading: str | None = None


class Headings:
    """The headings that a reader is under, while reading down a document."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str]] = []

    def enter(self, level: int, title: str) -> None:
        """A heading; it ends those of its own level and below. `level` counts from 1."""
        title = " ".join(title.split())[:_MAX_TITLE_CHARS]
        while self._open and self._open[-1][0] >= level:
            self._open.pop()
        if title:
            self._open.append((level, title))

    @property
    def path(self) -> str | None:
        return " > ".join(title for _, title in self._open) or None
