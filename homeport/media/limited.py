"""Reads a document in a child process of its own, so that a hostile file costs one job and nothing else.

The child has limits set by the kernel (memory, processor time, files), the lowest priority, an empty environment, and
dies with this process however that ends. It starts afresh for every document: nothing of one tenant's is there when the
next one's is read. What it writes is read as fast as it is used: neither side holds a whole document.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import msgspec

import homeport
from homeport.media.chunking import Chunk, Chunking
from homeport.media.documents.block import Block
from homeport.media.documents.refusal import FailureKind
from homeport.media.errors import (
    DocumentError,
    DocumentTooLarge,
    EmptyDocument,
    ParserFailed,
    ParserTimeout,
    UnreadableFile,
    UnsupportedFile,
)
from homeport.media.records import MAX_RECORD_BYTES, End, Failure, Limits, Order, decode_record

_ERRORS: dict[FailureKind, type[DocumentError]] = {
    "unsupported": UnsupportedFile,
    "unreadable": UnreadableFile,
    "empty": EmptyDocument,
    "too_large": DocumentTooLarge,
    "failed": ParserFailed,
}
_CPU_TIME_IS_UP = {-signal.SIGXCPU}
_CRASHES = {-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS, -signal.SIGFPE, -signal.SIGILL, -signal.SIGTRAP}
_ENVIRONMENT = {
    "PYTHONPATH": str(Path(homeport.__file__).parent.parent),
    "LC_ALL": "C.UTF-8",
    "TOKENIZERS_PARALLELISM": "false",
}


@asynccontextmanager
async def open_blocks(
    path: Path, filename: str, *, limits: Limits | None = None
) -> AsyncGenerator[AsyncIterator[Block]]:
    """The text of the document in the file `path`, block by block. `filename` is what its owner calls it.

    Iterating raises DocumentError. Leaving the context ends the child, wherever it was.
    """
    order = _order(path, filename, limits)
    async with _child(order) as process:
        yield _blocks(process, filename, order.limits)


@asynccontextmanager
async def open_chunks(
    path: Path, filename: str, chunking: Chunking, *, tokenizer_file: Path | None, limits: Limits | None = None
) -> AsyncGenerator[AsyncIterator[Chunk]]:
    """The text of the document in the file `path`, chunk by chunk: the same ones each time it is read.

    `tokenizer_file` is a `tokenizer.json`, whose tokens are counted; without one, words and parts of words are.
    Iterating raises DocumentError. Leaving the context ends the child, wherever it was.
    """
    order = _order(path, filename, limits, chunking, tokenizer_file)
    async with _child(order) as process:
        yield _chunks(process, filename, order.limits)


def _order(
    path: Path,
    filename: str,
    limits: Limits | None,
    chunking: Chunking | None = None,
    tokenizer_file: Path | None = None,
) -> Order:
    limits = limits or Limits()
    return Order(
        path=str(path),
        suffix=Path(filename).suffix.lower(),
        parent_pid=os.getpid(),
        cpu_s=limits.cpu_s + int(limits.cpu_s_per_mb * path.stat().st_size / 1e6),
        limits=limits,
        chunking=chunking,
        tokenizer_file=str(tokenizer_file) if tokenizer_file else None,
    )


@asynccontextmanager
async def _child(order: Order) -> AsyncGenerator[Process]:
    starting = asyncio.ensure_future(_start(order))
    try:
        process = await asyncio.shield(starting)
    except asyncio.CancelledError:
        await _kill(await starting)  # a start that is broken off may leave a process that nobody knows
        raise
    try:
        yield process
    finally:
        await _kill(process)


async def _start(order: Order) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-P", "-s", "-m", "homeport.media.child", msgspec.json.encode(order).decode()),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=DEVNULL,  # a hostile file must not write the log
        env=_ENVIRONMENT,
        limit=MAX_RECORD_BYTES,
    )


async def _kill(process: Process) -> None:
    """End the child and whatever it started, and release its pipe."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # its own group, once it has made one
    assert process.stdout is not None
    while await process.stdout.read(65536):  # what the pipe still holds, else its transport stays open
        pass
    await process.wait()


async def _blocks(process: Process, filename: str, limits: Limits) -> AsyncIterator[Block]:
    length = 0
    async for record in _records(process, filename, limits):
        assert isinstance(record, Block)
        length += len(record.text)
        _check_length(length, filename, limits)
        yield record


async def _chunks(process: Process, filename: str, limits: Limits) -> AsyncIterator[Chunk]:
    async for record in _records(process, filename, limits):
        assert isinstance(record, Chunk)
        _check_length(record.end, filename, limits)
        yield record


def _check_length(length: int, filename: str, limits: Limits) -> None:
    if length > limits.max_text_chars:
        raise DocumentTooLarge(filename, f"it has more than {limits.max_text_chars:,} characters of text")


async def _records(process: Process, filename: str, limits: Limits) -> AsyncIterator[Block | Chunk]:
    assert process.stdout is not None
    remaining_s = limits.timeout_s  # only waits count: while a caller embeds, the child stands still
    while True:
        asked = monotonic()
        try:
            async with asyncio.timeout(remaining_s):
                line = await process.stdout.readline()
        except TimeoutError:
            raise ParserTimeout(filename, f"reading it took longer than {limits.timeout_s:g} seconds") from None
        except ValueError:
            raise ParserFailed(filename, "its parser wrote what is not a record") from None
        remaining_s -= monotonic() - asked
        if not line:
            raise await _died(process, filename)
        record = decode_record(line)
        if isinstance(record, End):
            return
        if isinstance(record, Failure):
            raise _ERRORS[record.kind](filename, record.reason)
        yield record


async def _died(process: Process, filename: str) -> DocumentError:
    """Why the child's words end in the middle."""
    status = await process.wait()
    if status in _CPU_TIME_IS_UP:
        return ParserTimeout(filename, "reading it took more processor time than a file of its size may")
    if status in _CRASHES:
        return UnreadableFile(filename, f"its parser crashed, or ran out of memory ({signal.Signals(-status).name})")
    if status < 0:
        return ParserFailed(filename, f"its parser was killed ({signal.Signals(-status).name})")
    return ParserFailed(filename, f"its parser could not start (status {status})")
