"""XLSX: sheet by sheet (`heading`), one line a row, each value with its column's name. Formulas as last computed."""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl

from homeport.media.documents.block import Block, Headings
from homeport.media.documents.table import names_of, row_line

_BLOCK_CHARS = 16 * 1024


def read(path: Path) -> Iterator[Block]:
    warnings.simplefilter("ignore")  # on features of Excel that are not text
    workbook = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    for sheet in workbook.worksheets:
        headings = Headings()
        headings.enter(1, sheet.title)
        sheet.reset_dimensions()  # what the file says of them is often wrong
        yield from _sheet(sheet, headings)


def _sheet(sheet: Any, headings: Headings) -> Iterator[Block]:
    text, names, first = "", None, True
    for values in sheet.iter_rows(values_only=True):
        row = [_cell(value) for value in values]
        if not any(row):
            continue
        if first:
            first = False
            text = f"# {headings.path}\n\n"
            names = names_of(row)
            text += row_line(None, row)
            continue
        text += row_line(names, row)
        if len(text) >= _BLOCK_CHARS:
            yield Block(text, heading=headings.path)
            text = ""
    yield Block(text + "\n" if text else "", heading=headings.path)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return str(value)
