"""Tables as text: Markdown for those inside documents, `name: value` for the rows of long ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

_YEAR = re.compile(r"(?:19|20)\d\d")
_GAPS = 3  # empty cells in a row
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

    The first may be empty, as that of an index is, and the last after three others. After a word, years count as names
    that follow one another.
    """
    names = _cells(row)
    given = names[1:] if names and not names[0] else names
    if len(given) < 2 or not all(given) or len(set(given)) < len(given):
        return None
    if len(row) - len(names) > int(len(given) > 2):
        return None
    numbers = [name for name in given if _NUMBER.fullmatch(name)]
    if numbers and not (names[0] not in numbers and len(numbers) > 1 and _are_years(numbers)):
        return None
    return names


def _are_years(numbers: Sequence[str]) -> bool:
    return all(_YEAR.fullmatch(number) for number in numbers) and all(
        int(after) == int(before) + 1 for before, after in pairwise(numbers)
    )


def _cells(row: Sequence[str]) -> list[str]:
    """Without the empty ones at the end."""
    cells = [" ".join(cell.split()) for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _some_gaps(cells: Sequence[str]) -> list[str]:
    """Empty cells show which column a value is in. Of many in a row a few are kept: a sheet may have thousands."""
    kept: list[str] = []
    for cell in cells:
        if cell or any(kept[-_GAPS:]) or len(kept) < _GAPS:
            kept.append(cell)
    return kept


def row_line(names: Sequence[str] | None, row: Sequence[str]) -> str:
    """One row as a line that can be understood alone: a chunk may begin with any. Empty cells of columns that have
    names are left out."""
    cells = _cells(row)
    if names is None:
        named = _some_gaps(cells)
    else:
        columns = [*names, *[""] * (len(cells) - len(names))]
        named = [f"{name}: {cell}" if name else cell for name, cell in zip(columns, cells, strict=False) if cell]
    return " | ".join(named) + "\n" if named else ""
