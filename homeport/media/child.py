"""The limited child: reads one document, writes its blocks or chunks. Run by `limited`; holds no secret.

Its order is its only argument, in JSON. Limits are set before the file is opened; libraries are loaded when the format
is known.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import msgspec

from homeport.media.chunking import Chunk, chunks
from homeport.media.documents import read
from homeport.media.documents.block import Block
from homeport.media.documents.refusal import Refusal
from homeport.media.records import End, Failure, Order
from homeport.media.tokens import load_tokenizer

_PR_SET_PDEATHSIG = 1
_MAX_OPEN_FILES = 64
_MAX_WRITTEN_BYTES = 1024 * 1024  # Python keeps the compiled form of a module that it loads for the first time
_MAX_REASON_CHARS = 300
_SHORT = 0.75  # of the memory allowed: a library that failed above may well have asked for more than was left
_MAX_BLOCK_CHARS = 32 * 1024


def main(argument: str) -> NoReturn:
    order = msgspec.json.decode(argument, type=Order)
    limit(order)
    out = os.fdopen(os.dup(1), "wb", buffering=64 * 1024)
    os.dup2(2, 1)  # whatever else prints, the pipe carries records only
    encode = msgspec.json.Encoder().encode
    last: End | Failure = End()
    try:
        for record in _records(order):
            out.write(encode(record) + b"\n")
    except (Refusal, MemoryError) as error:
        if isinstance(error, MemoryError) or (error.__cause__ is not None and _memory_was_short(order)):
            last = Failure("too_large", f"reading it takes more than {order.limits.memory_bytes >> 20} MiB of memory")
        else:
            last = Failure(error.kind, error.reason[:_MAX_REASON_CHARS])
    except OSError as error:  # the file is gone, or the parent is
        last = Failure("failed", f"it could not be opened ({error.strerror})")
    except Exception as error:
        last = Failure("failed", f"{type(error).__name__}: {error}"[:_MAX_REASON_CHARS])
    with contextlib.suppress(BrokenPipeError):
        out.write(encode(last) + b"\n")
        out.flush()
    os._exit(0)  # what a library left open is nothing to wait for


def limit(order: Order) -> None:
    """Take from this process what reading a document does not need."""
    limits = order.limits
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != order.parent_pid:
        os._exit(1)  # it died before we asked
    # A group of its own, not a session: a session's processes share processor time with others as one (autogroup), and
    # the lowest priority would be the lowest of this process's only.
    os.setpgid(0, 0)
    os.nice(19)
    for kind, soft, hard in (
        (resource.RLIMIT_AS, limits.memory_bytes, limits.memory_bytes),
        (resource.RLIMIT_CPU, order.cpu_s, order.cpu_s + 1),  # SIGXCPU, which says why
        (resource.RLIMIT_FSIZE, _MAX_WRITTEN_BYTES, _MAX_WRITTEN_BYTES),
        (resource.RLIMIT_NOFILE, _MAX_OPEN_FILES, _MAX_OPEN_FILES),
        (resource.RLIMIT_NPROC, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # a container's own limits may be lower, or macOS may have none
            resource.setrlimit(kind, (soft, hard))


def _memory_was_short(order: Order) -> bool:
    """Whether that may be what a library failed of: some say only that something went wrong."""
    with contextlib.suppress(OSError), open("/proc/self/status") as status:
        [peak] = [int(line.split()[1]) * 1024 for line in status if line.startswith("VmPeak")]
        return peak > _SHORT * order.limits.memory_bytes
    return False


def _records(order: Order) -> Iterator[Block | Chunk]:
    blocks = read(Path(order.path), order.suffix, order.limits.max_inflated_bytes)
    if order.chunking is None:
        return _pieces(blocks)
    tokenize = load_tokenizer(Path(order.tokenizer_file) if order.tokenizer_file else None)
    return iter(chunks(blocks, tokenize, order.chunking))


def _pieces(blocks: Iterator[Block]) -> Iterator[Block]:
    """The blocks, none of them too long for a record."""
    for block in blocks:
        for start in range(0, len(block.text), _MAX_BLOCK_CHARS):
            yield Block(block.text[start : start + _MAX_BLOCK_CHARS], block.page, block.heading)


if __name__ == "__main__":
    main(sys.argv[1])
