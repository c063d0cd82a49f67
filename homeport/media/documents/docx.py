"""DOCX: paragraphs, lists and tables in their order, headings by their style; then the notes.

Text that was deleted with changes tracked is left out, text that was inserted is in.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from homeport.media.documents.block import Block, Headings
from homeport.media.documents.table import markdown_table

_PARAGRAPH, _TABLE, _ROW, _CELL = qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc")
_TEXTS = (qn("w:t"), "{http://schemas.openxmlformats.org/officeDocument/2006/math}t")  # the other: of an equation
_BREAKS = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"  # the same again, for old readers
_TABS = qn("w:tabs")  # definitions of tab stops, not tabs
_UNREAD = (_FALLBACK, _TABS, qn("w:moveFrom"))  # the last: where a tracked change has moved text away
_NOTES = ("/footnotes", "/endnotes")
_MAX_HEADING_LEVEL = 9


def read(path: Path) -> Iterator[Block]:
    document = docx.Document(str(path))
    levels = _levels(document)
    headings = Headings()
    for element in _topmost(document.element.body, _PARAGRAPH, _TABLE):
        if element.tag == _TABLE:
            text = markdown_table(_rows(element))
        else:
            text = _text(element).strip("\n")
            style = element.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
            level = levels.get(style.get(qn("w:val"))) if style is not None else None
            if level is not None and text.strip():
                headings.enter(level, text)
                text = f"{'#' * min(level, 6)} {' '.join(text.split())}"
            elif element.find(f"{qn('w:pPr')}/{qn('w:numPr')}") is not None:
                text = f"- {text}"
            text = f"{text}\n\n" if text.strip() else ""
        yield Block(text, heading=headings.path)
    for related in document.part.rels.values():
        if not related.is_external and related.reltype.endswith(_NOTES):
            for note in parse_xml(related.target_part.blob):
                yield Block(_text(note).strip() + "\n\n")


def _levels(document: Any) -> dict[str, int]:
    """Which styles are headings, by their id: Word's own "heading 1", and those that have an outline level."""
    levels: dict[str, int] = {}
    for style in document.styles.element.style_lst:
        name = (style.name_val or "").lower()
        outline = style.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
        if name == "title":
            levels[style.styleId] = 1
        elif name.startswith("heading ") and name[8:].isdigit():
            levels[style.styleId] = int(name[8:]) + 1  # the document's title is above them all
        elif outline is not None and (level := int(outline.get(qn("w:val"), "9"))) < _MAX_HEADING_LEVEL:
            levels[style.styleId] = level + 2
    return levels


def _topmost(element: Any, *tags: str) -> Iterator[Any]:
    """The elements of these kinds below one, also those inside content controls and the like, but not in each other."""
    waiting = list(reversed(element))
    while waiting:
        current = waiting.pop()
        if current.tag in tags:
            yield current
        elif current.tag not in _UNREAD:
            waiting.extend(reversed(current))


def _rows(table: Any) -> Iterator[list[str]]:
    for row in _topmost(table, _ROW):
        yield [_text(cell) for cell in _topmost(row, _CELL)]


def _text(element: Any) -> str:
    """The text below an element, in its order, without recursion."""
    parts: list[str] = []
    waiting = [element]
    while waiting:
        current = waiting.pop()
        if current is None or (current.tag == _PARAGRAPH and parts):  # a paragraph ends, or begins within the element
            if parts and not parts[-1].endswith("\n"):
                parts.append("\n")
            if current is None:
                continue
        if current.tag in _TEXTS:
            parts.append(current.text or "")
        elif current.tag in _BREAKS:
            parts.append(_BREAKS[current.tag])
        elif current.tag not in _UNREAD:
            if current.tag == _PARAGRAPH and current is not element:
                waiting.append(None)  # its end
            waiting.extend(reversed(current))
    return "".join(parts)
