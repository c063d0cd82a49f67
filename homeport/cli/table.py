"""Columns for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The rows under their head, columns aligned, as wide as they need to be."""
    lines = [tuple(name.upper() for name in head), *map(tuple, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def day(timestamp_s: float | None) -> str:
    """A time in seconds since 1970 as a local date and time."""
    return datetime.fromtimestamp(timestamp_s).strftime("%Y-%m-%d %H:%M") if timestamp_s else "-"


def size(size_bytes: float) -> str:
    """A size for people: 4.7 GB."""
    for unit in ("B", "kB", "MB", "GB"):
        if size_bytes < 1000:
            return f"{size_bytes:.0f} {unit}" if unit == "B" else f"{size_bytes:.1f} {unit}"
        size_bytes /= 1000
    return f"{size_bytes:.1f} TB"
