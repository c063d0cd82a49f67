"""Tables as text: Markdown for those inside documents, `name: value` for the rows of long ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_NUMBER = re.compile(r"[-+]?[\d.,\s]*\d[\d.,\s]*%?")


def markdown_table(rows: Iterable[Sequence[str]]) -> str:
    """A whole table, the first row as its head; empty if all cells are."""
    lines = [[" ".join(cell.split()).replace("|", "\\|") for cell in row] for row in rows]
    lines = [line for line in lines if any(line)]
    if not lines:
        return ""
    width = max(map(len, lines))
    written = ["| " + " | ".join(line + [""] * (width - len(line))) + " |" for line in lines]
    written.insert(1, "|" + " --- |" * width)
    return "\n".join(written) + "\n\n"


def names_of(row: Sequence[str]) -> list[str] | None:
    """The names of the columns, if that is what a table's first row is: all different, none empty, none a number."""
    names = [" ".join(cell.split()) for cell in row]
    if len(names) < 2 or not all(names) or len(set(names)) < len(names):
        return None
    return None if any(_NUMBER.fullmatch(name) for name in names) else names


def row_line(names: Sequence[str] | None, row: Sequence[str]) -> str:
    """One row as a line that can be understood alone: a chunk may begin with any. Empty cells are left out."""
    cells = [" ".join(cell.split()) for cell in row]
    if names is None:
        named = [cell for cell in cells if cell]
    else:
        columns = [*names, *[""] * (len(cells) - len(names))]
        named = [f"{name}: {cell}" if name else cell for name, cell in zip(columns, cells, strict=False) if cell]
    return " | ".join(named) + "\n" if named else ""
