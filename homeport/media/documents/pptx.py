"""PPTX: slide by slide (`page`), under its title: text, tables, then the speaker's notes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pptx

from homeport.media.documents.block import Block, Headings
from homeport.media.documents.table import markdown_table

_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"


def read(path: Path) -> Iterator[Block]:
    for number, slide in enumerate(pptx.Presentation(str(path)).slides, start=1):
        title = slide.shapes.title
        headings = Headings()
        headings.enter(1, title.text_frame.text if title is not None else "")
        if headings.path:
            yield Block(f"# {headings.path}\n\n", page=number, heading=headings.path)
        for shape in _shapes(slide):
            if title is not None and shape._element is title._element:  # ids may come twice
                continue
            if shape.has_text_frame:
                text = f"{shape.text_frame.text.strip()}\n\n"
            elif shape.has_table:
                text = markdown_table([cell.text for cell in row.cells] for row in shape.table.rows)
            else:
                continue
            yield Block(text, page=number, heading=headings.path)
        if slide.has_notes_slide and (notes := slide.notes_slide.notes_text_frame) is not None:
            yield Block(f"{notes.text.strip()}\n\n", page=number, heading=headings.path)


def _shapes(slide: Any) -> Iterator[Any]:
    """All shapes, those in groups too, in reading order as far as the file has one."""
    tree = slide.shapes._spTree
    for either in list(
        tree.iter(f"{_COMPATIBILITY}AlternateContent")
    ):  # what new readers see, and others see otherwise
        choice = either.find(f"{_COMPATIBILITY}Choice")
        for shape in list(choice) if choice is not None else []:
            either.addprevious(shape)
        either.getparent().remove(either)
    waiting = list(reversed(list(slide.shapes)))
    while waiting:
        shape = waiting.pop()
        if hasattr(shape, "shapes"):  # a group
            waiting.extend(reversed(list(shape.shapes)))
        else:
            yield shape
