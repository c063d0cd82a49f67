"""Tables as text: Markdown for those inside documents, `name: value` for the rows of long ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

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
    """The names of the columns, if that is what a table's first row is: all different, and none a number.

    The first may be empty, as that of an index is, and so may the last ones. After a word, years and the like count as
    names: whole numbers of which each is the one before and one.
    """
    names = _cells(row)
    given = names[1:] if names and not names[0] else names
    if len(given) < 2 or not all(given) or len(set(given)) < len(given):
        return None
    numbers = [name for name in given if _NUMBER.fullmatch(name)]
    if numbers and not (names[0] not in numbers and len(numbers) > 1 and _count_up(numbers)):
        return None
    return names


def _count_up(numbers: Sequence[str]) -> bool:
    return all(number.isdecimal() for number in numbers) and all(
        int(after) == int(before) + 1 for before, after in pairwise(numbers)
    )


def _cells(row: Sequence[str]) -> list[str]:
    """Without the empty ones at the end."""
    cells = [" ".join(cell.split()) for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def row_line(names: Sequence[str] | None, row: Sequence[str]) -> str:
    """One row as a line that can be understood alone: a chunk may begin with any. Empty cells of columns that have
    names are left out."""
    cells = _cells(row)
    if names is None:
        named = cells
    else:
        columns = [*names, *[""] * (len(cells) - len(names))]
        named = [f"{name}: {cell}" if name else cell for name, cell in zip(columns, cells, strict=False) if cell]
    return " | ".join(named) + "\n" if named else ""
