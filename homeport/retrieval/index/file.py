"""The file that a large store's searches read: a graph of its vectors (usearch) and its words in order.

    magic · arrays, each at a multiple of 64 bytes · a table of them as JSON · the table's length and checksum · magic

Everything in it comes from rows and can be made again. It is mapped into memory, not read: processes share what the
system keeps of it. Checksums are looked at when it is opened: who walks a broken graph walks out of it.
"""

from __future__ import annotations

import mmap
import os
import struct
import threading
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from usearch.index import Index

from homeport.retrieval.index.part import Floats, Integers, Mask, Part, best

_MAGIC = b"homeport chunks\1"  # the last byte is the format's number
_TAIL = struct.Struct("<QI")  # the table's length and checksum
_ALIGNMENT = 64

CONNECTIVITY = 16  # edges of a vector in the graph
EXPANSION_ADD = 96  # candidates looked at when a vector is added, and when one is looked for
_EXACT_WINDOWS = 16_384  # no more than this may match a filter for them all to be compared
_MOST_ASKED = 2_048  # neighbours that the graph is asked for


class InvalidFile(Exception):
    """It was cut short, damaged, or made by another version."""


class _Array(Struct, frozen=True):
    offset: int
    size_bytes: int
    dtype: str
    shape: tuple[int, ...]
    checksum: int


class _Table(Struct, frozen=True):
    vector_store_id: str
    arrays: dict[str, _Array]


_decode_table = msgspec.json.Decoder(_Table).decode


class IndexFile(Part):
    """`identity` tells one file from another at the same path. Raises InvalidFile, and OSError if there is none."""

    def __init__(self, path: Path, vector_store_id: str) -> None:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if status.st_size < len(_MAGIC):
                raise InvalidFile("it is empty")
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.identity = (status.st_ino, status.st_mtime_ns, status.st_size)
        arrays = _arrays(memoryview(self._map), vector_store_id)
        super().__init__(arrays["blocks"], arrays["window_starts"], arrays["lengths"], arrays["vectors"])
        self.words, self.word_starts = arrays["words"], arrays["word_starts"]
        self.word_chunks, self.word_times = arrays["word_chunks"], arrays["word_times"]
        self.graph = arrays["graph"].data
        index = Index.restore(self.graph, view=True)
        if index is None or len(index) != self.window_count:
            raise InvalidFile("its graph is of other vectors")
        self._index = index
        self._turn = threading.Lock()  # usearch lends one searcher to all callers

    @property
    def size_bytes(self) -> int:
        return 0  # the system's memory, not ours

    def having(self, word: int) -> tuple[Integers, Integers]:
        at = int(np.searchsorted(self.words, np.uint32(word)))
        if at == len(self.words) or self.words[at] != word:
            return self.word_chunks[:0], self.word_times[:0]
        here = slice(self.word_starts[at], self.word_starts[at + 1])
        return self.word_chunks[here], self.word_times[here]

    def nearest(self, vector: NDArray[np.float16], limit: int, allowed: Mask | None) -> tuple[Integers, Floats]:
        windows = self.window_count
        if allowed is not None:
            windows = int(np.diff(self.window_starts)[allowed].sum())
        limit = min(limit, self.chunk_count)
        # So many that `limit` chunks are among them, though chunks have several windows and some are not asked for.
        asked = limit * self.window_count * self.window_count // max(self.chunk_count * max(windows, 1), 1)
        asked += asked // 4 + 16
        while asked <= _MOST_ASKED and windows > _EXACT_WINDOWS:
            with self._turn:
                found = self._index.search(vector, asked, threads=1)
            # In the order of the neighbours, so that a chunk is there with its best window.
            chunks = np.searchsorted(self.window_starts, found.keys.astype(np.int64), "right") - 1
            cosines = (1.0 - found.distances).astype(np.float32)
            if allowed is not None:
                kept = allowed[chunks]
                chunks, cosines = chunks[kept], cosines[kept]
            chunks, first = np.unique(chunks, return_index=True)
            if len(chunks) >= limit:
                return best(chunks, cosines[first], limit)
            asked *= 4  # a filter that leaves few of the neighbours
        return super().nearest(vector, limit, allowed)


def write(path: Path, vector_store_id: str, arrays: dict[str, NDArray[Any]]) -> None:
    """Write the file: all of it is there or nothing, whenever the power goes. Texts can be guessed from it, so that
    nobody else may read it.
    """
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        with open(partial, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(_MAGIC)
            entries = {name: _append(file, array) for name, array in arrays.items()}
            table = msgspec.json.encode(_Table(vector_store_id, entries))
            file.write(table + _TAIL.pack(len(table), zlib.crc32(table)) + _MAGIC)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
        _sync(path.parent)
    finally:
        partial.unlink(missing_ok=True)


def _append(file: BinaryIO, array: NDArray[Any]) -> _Array:
    file.write(bytes(-file.tell() % _ALIGNMENT))
    data = np.ascontiguousarray(array).data.cast("B")
    offset = file.tell()
    file.write(data)
    return _Array(offset, data.nbytes, array.dtype.str, array.shape, zlib.crc32(data))


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _arrays(data: memoryview, vector_store_id: str) -> dict[str, NDArray[Any]]:
    tail_start = len(data) - len(_MAGIC) - _TAIL.size
    _check(tail_start >= len(_MAGIC), "it is too short")
    _check(data[: len(_MAGIC)] == _MAGIC and data[-len(_MAGIC) :] == _MAGIC, "it is cut, or of another version")
    length, checksum = _TAIL.unpack(data[tail_start : tail_start + _TAIL.size])
    _check(length <= tail_start, "its table is damaged")
    encoded = data[tail_start - length : tail_start]
    _check(zlib.crc32(encoded) == checksum, "its table is damaged")
    table = _decode_table(encoded)
    _check(table.vector_store_id == vector_store_id, "it is of another store")
    arrays = {}
    for name, entry in table.arrays.items():
        content = data[entry.offset : entry.offset + entry.size_bytes]
        _check(zlib.crc32(content) == entry.checksum, f"its {name} are damaged")
        arrays[name] = np.frombuffer(content, entry.dtype).reshape(entry.shape)
    return arrays


def _check(holds: bool, otherwise: str) -> None:
    if not holds:
        raise InvalidFile(otherwise)
