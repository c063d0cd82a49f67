"""Documents read for tests, each by a real child."""

from __future__ import annotations

import os
from pathlib import Path

from homeport.media.documents.block import Block
from homeport.media.limited import open_blocks
from homeport.media.records import Limits


async def blocks_of(path: Path, filename: str | None = None, *, limits: Limits | None = None) -> list[Block]:
    async with open_blocks(path, filename or path.name, limits=limits) as blocks:
        return [block async for block in blocks]


async def text_of(path: Path, filename: str | None = None, *, limits: Limits | None = None) -> str:
    return "".join(block.text for block in await blocks_of(path, filename, limits=limits))


def children(pid: int) -> list[int]:
    """The processes that process `pid` has started and not yet buried."""
    try:
        return [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except FileNotFoundError:
        return []


def parsers() -> list[int]:
    """The limited children of this process."""
    return [pid for pid in children(os.getpid()) if b"homeport.media.child" in command_of(pid)]


def command_of(pid: int) -> bytes:
    """Empty if there is no such process, or it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
