"""CSV and its kin: one line a row, each value with its column's name."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from homeport.media.documents.block import Block
from homeport.media.documents.encoding import open_text
from homeport.media.documents.refusal import Refusal
from homeport.media.documents.table import names_of, row_line

_DELIMITERS = ",;\t|"
_SAMPLE_CHARS = 16 * 1024
_MAX_LINE_CHARS = 1024 * 1024
_BLOCK_CHARS = 16 * 1024


def read(path: Path) -> Iterator[Block]:
    with open_text(path, newline="") as file:
        delimiter = _delimiter(file.read(_SAMPLE_CHARS))
        file.seek(0)
        csv.field_size_limit(_MAX_LINE_CHARS)
        rows = csv.reader(_lines(file), delimiter=delimiter)
        text, names, first = "", None, True
        try:
            for row in rows:
                if first and any(row):
                    first = False
                    names = names_of(row)
                    text = delimiter.join(row) + "\n" if names else row_line(None, row)
                    continue
                text += row_line(names, row)
                if len(text) >= _BLOCK_CHARS:
                    yield Block(text)
                    text = ""
        except csv.Error as error:
            raise Refusal(
                "unreadable", f"row {rows.line_num} can't be read ({error}): is a quote not closed?"
            ) from error
        yield Block(text)


def _lines(file: TextIO) -> Iterator[str]:
    number = 0
    while line := file.readline(_MAX_LINE_CHARS + 1):
        number += 1
        if len(line) > _MAX_LINE_CHARS:
            raise Refusal("too_large", f"line {number} is longer than {_MAX_LINE_CHARS:,} characters")
        yield line


def _delimiter(sample: str) -> str:
    """The one that parts the sample's lines into the most columns; best into as many as the first of them."""
    lines = sample.splitlines()
    lines = lines[:-1][:50] or lines  # the last may be cut off

    def columns(delimiter: str) -> tuple[bool, float]:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        usual = max(set(widths), key=widths.count, default=1)
        if usual == 1:
            return False, 0
        return len(set(widths)) == 1 or widths[0] == usual, usual * widths.count(usual) / len(widths)

    return max(_DELIMITERS, key=columns)
