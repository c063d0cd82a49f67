"""PDF: the text that is written on each page, under the headings of the document's outline."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pypdfium2 import PdfDocument, PdfiumError, PdfPage, raw

from homeport.media.documents.block import Block, Headings
from homeport.media.documents.refusal import Refusal

_HYPHEN_AT_LINE_END = re.compile("[\x02\ufffe](\r\n)?")  # what PDFium puts for one that only breaks the word
_LEADERS = re.compile(r"(?: ?\.){4,}")  # from a title to its page, in a table of contents
_MAX_OUTLINE_ENTRIES = 10_000
_TEXT_FIELDS = (raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX)

_Outline = dict[int, list[tuple[int, str]]]  # page, from 0 → the headings that begin there: level, title


def read(path: Path) -> Iterator[Block]:
    try:
        document = PdfDocument(path)
    except PdfiumError as error:
        if error.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise Refusal("unreadable", "it is encrypted: save it without a password") from error
        raise Refusal("unreadable", f"it is damaged, or not a PDF ({error})") from error
    if document.get_formtype() != raw.FORMTYPE_NONE:
        document.init_forms()
    outline = _outline(document)
    headings = Headings()
    blank = True
    for number in range(len(document)):
        text = _text(document, number)
        blank = blank and not text.strip()
        for part in _parted(text, outline.get(number, []), headings):
            yield Block(part, page=number + 1, heading=headings.path)
    if blank:
        raise Refusal("empty", f"there is no text on its {len(document)} pages: they may be scanned images")


def _text(document: PdfDocument, number: int) -> str:
    page = document[number]
    try:
        text_page = page.get_textpage()
        try:
            text = text_page.get_text_range()
        finally:
            text_page.close()
        filled_in = list(_filled_in(document, page))
    finally:
        page.close()
    return _LEADERS.sub(" …", "\n".join([_HYPHEN_AT_LINE_END.sub("", text), *filled_in])) + "\n\n"


def _filled_in(document: PdfDocument, page: PdfPage) -> Iterator[str]:
    """What stands in the page's form fields, with what they say they are for."""
    if document.formenv is None:
        return
    for number in range(raw.FPDFPage_GetAnnotCount(page)):
        field = raw.FPDFPage_GetAnnot(page, number)
        if not field:
            continue
        try:
            if raw.FPDFAnnot_GetFormFieldType(document.formenv, field) not in _TEXT_FIELDS:
                continue
            if raw.FPDFAnnot_GetFlags(field) & raw.FPDF_ANNOT_FLAG_HIDDEN:
                continue
            told = _told(raw.FPDFAnnot_GetFormFieldValue, document, field)
            what = _told(raw.FPDFAnnot_GetFormFieldAlternateName, document, field)
        finally:
            raw.FPDFPage_CloseAnnot(field)
        if told:
            yield f"{what}: {told}" if what else told


def _told(get: Callable[..., int], document: PdfDocument, field: Any) -> str:
    """A text of a field's, from one of PDFium's functions that say first how long it is."""
    size_bytes = get(document.formenv, field, None, 0)
    buffer = ctypes.create_string_buffer(size_bytes)
    get(document.formenv, field, ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), size_bytes)
    return buffer.raw.decode("utf-16-le", errors="replace").rstrip("\0").strip()


def _outline(document: PdfDocument) -> _Outline:
    found: _Outline = {}
    for count, entry in enumerate(document.get_toc()):
        if count == _MAX_OUTLINE_ENTRIES:
            break
        target = entry.get_dest()
        index = target.get_index() if target is not None else None
        if index is not None:
            found.setdefault(index, []).append((entry.level + 1, entry.get_title()))
    return found


def _parted(text: str, begun: list[tuple[int, str]], headings: Headings) -> Iterator[str]:
    """A page's text, a new part where a heading stands in it. One that is not found there begins with the page."""
    start = 0
    for level, title in begun:
        words = title.split()
        found = re.compile(r"\s+".join(map(re.escape, words))).search(text, start) if words else None
        if found is not None and found.start() > start:
            yield text[start : found.start()]
            start = found.start()
        headings.enter(level, title)
    yield text[start:]
