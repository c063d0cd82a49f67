"""Blocks of a store read into memory: small stores, and what a large store's file does not cover yet."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from homeport.retrieval.index.part import Integers, Part
from homeport.retrieval.tables import chunk_blocks

_ROWS = 500  # blocks read in one query
_PACKED = [chunk_blocks.c[name] for name in ("number", "mark", "file", "chunk_count", "vectors", "windows", "words")]


class Slab(Part):
    """`numbers`, `chunks` and `times` have an element for each word of each chunk."""

    def __init__(
        self,
        blocks: Integers,
        window_starts: Integers,
        lengths: Integers,
        vectors: NDArray[np.float16],
        words: tuple[Integers, Integers, Integers],
    ) -> None:
        super().__init__(blocks, window_starts, lengths, vectors)
        self.words, self.word_chunks, self.word_times = words

    @property
    def size_bytes(self) -> int:
        return self.vectors.nbytes + self.words.nbytes + self.word_chunks.nbytes + self.word_times.nbytes

    def having(self, word: int) -> tuple[Integers, Integers]:
        at = np.flatnonzero(self.words == word)
        return self.word_chunks[at], self.word_times[at]


class Scanned(Part):
    """What is kept of a slab for one search that reads more of them than may stay in memory."""

    def __init__(self, slab: Slab, vector: NDArray[np.float16], words: Iterable[int]) -> None:
        blocks = np.stack((slab.numbers, slab.marks, slab.files, slab.chunk_counts))
        nothing = np.empty((0, slab.vectors.shape[1]), np.float16)  # a slice would keep the vectors
        super().__init__(blocks, slab.window_starts, slab.lengths, nothing)
        self._cosines = slab.cosines(vector, np.arange(slab.chunk_count), is_all=True)
        self._having = {word: slab.having(word) for word in words}

    def having(self, word: int) -> tuple[Integers, Integers]:
        return self._having[word]

    def cosines(self, vector: NDArray[np.float16], chunks: Integers, *, is_all: bool = False) -> Any:
        return self._cosines[chunks]


def read(connection: Connection, numbers: Collection[int], dimensions: int) -> Slab | None:
    """These blocks, without those that are gone meanwhile; None if all are."""
    wanted = list(numbers)
    rows: list[Any] = []
    for start in range(0, len(wanted), _ROWS):
        query = select(*_PACKED).where(chunk_blocks.c.number.in_(wanted[start : start + _ROWS]))
        rows += connection.execute(query.order_by(chunk_blocks.c.number)).all()
    return _unpack(rows, dimensions) if rows else None


def joined(slabs: Sequence[Slab]) -> Slab:
    """Slabs as one."""
    if len(slabs) == 1:
        return slabs[0]
    chunk_offsets = np.cumsum([0, *(slab.chunk_count for slab in slabs[:-1])])
    window_offsets = np.cumsum([0, *(slab.window_count for slab in slabs[:-1])])
    starts = [slab.window_starts[:-1] + offset for slab, offset in zip(slabs, window_offsets, strict=True)]
    return Slab(
        np.concatenate([np.stack((one.numbers, one.marks, one.files, one.chunk_counts)) for one in slabs], axis=1),
        np.concatenate([*starts, [sum(slab.window_count for slab in slabs)]]),
        np.concatenate([slab.lengths for slab in slabs]),
        np.concatenate([slab.vectors for slab in slabs]),
        (
            np.concatenate([slab.words for slab in slabs]),
            np.concatenate(
                [slab.word_chunks + np.int32(offset) for slab, offset in zip(slabs, chunk_offsets, strict=True)]
            ),
            np.concatenate([slab.word_times for slab in slabs]),
        ),
    )


def _unpack(rows: Sequence[Any], dimensions: int) -> Slab:
    """The inverse of `rows._pack`."""
    lengths, counts, words, chunks, times = [], [], [], [], []
    first = 0  # of the block's chunks
    for row in rows:
        count = row.chunk_count
        total = (len(row.words) - 4 * count) // 7
        lengths.append(np.frombuffer(row.words, "<u4", count))
        words.append(np.frombuffer(row.words, "<u4", total, 4 * count))
        chunks.append(np.frombuffer(row.words, "<u2", total, 4 * count + 4 * total).astype(np.int32) + np.int32(first))
        times.append(np.frombuffer(row.words, "<u1", total, 4 * count + 6 * total))
        counts.append(np.bincount(np.frombuffer(row.windows, "<u2"), minlength=count))
        first += count
    return Slab(
        np.array([(row.number, row.mark, row.file, row.chunk_count) for row in rows], np.int64).T,
        np.concatenate(([0], np.cumsum(np.concatenate(counts)))),
        np.concatenate(lengths),
        np.frombuffer(b"".join(row.vectors for row in rows), "<f2").reshape(-1, dimensions),
        (np.concatenate(words), np.concatenate(chunks), np.concatenate(times)),
    )
