"""A part of a store as arrays: what a search computes with. In memory it is a `Slab`, in a file an `IndexFile`.

Blocks, chunks and windows are counted from 0 within their part, each in the order of the one before: the chunks of a
block are neighbours, and so are the windows of a chunk.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numkong import dot
from numpy.typing import NDArray

Integers: TypeAlias = NDArray[np.integer[Any]]
Floats: TypeAlias = NDArray[np.float32]
Mask: TypeAlias = NDArray[np.bool_]

_ROWS = 32_768  # vectors copied together at a time


class Part:
    """`blocks`: a row each of number, mark, file, chunks; `window_starts`: of each chunk, and the end of the last."""

    def __init__(
        self, blocks: Integers, window_starts: Integers, lengths: Integers, vectors: NDArray[np.float16]
    ) -> None:
        self.numbers, self.marks, self.files, self.chunk_counts = blocks
        self.starts = np.concatenate(([0], np.cumsum(self.chunk_counts)))  # of the blocks' chunks
        self.window_starts = window_starts
        self.lengths = lengths  # of the chunks, in words
        self.word_count = int(lengths.sum(dtype=np.int64))
        self.vectors = vectors  # of the windows

    @property
    def chunk_count(self) -> int:
        return len(self.lengths)

    @property
    def window_count(self) -> int:
        return int(self.window_starts[-1])

    @property
    def size_bytes(self) -> int:
        raise NotImplementedError

    def having(self, word: int) -> tuple[Integers, Integers]:
        """The chunks that have a word, in order, and how often each has it."""
        raise NotImplementedError

    def of_blocks(self, mask: Mask) -> Mask:
        """A mask of blocks as one of their chunks."""
        return np.repeat(mask, self.chunk_counts)

    def keys(self, chunks: Integers) -> list[tuple[int, int]]:
        """Block number and position of each chunk."""
        blocks = np.searchsorted(self.starts, chunks, "right") - 1
        positions = chunks - self.starts[blocks]
        return list(zip(self.numbers[blocks].tolist(), positions.tolist(), strict=True))

    def nearest(self, vector: NDArray[np.float16], limit: int, allowed: Mask | None) -> tuple[Integers, Floats]:
        """The chunks whose best window is nearest, best first, and the cosines. `allowed` is a mask of chunks."""
        chunks = np.arange(self.chunk_count) if allowed is None else np.flatnonzero(allowed)
        return best(chunks, self.cosines(vector, chunks, is_all=allowed is None), limit)

    def cosines(self, vector: NDArray[np.float16], chunks: Integers, *, is_all: bool = False) -> Floats:
        """The cosine of each chunk's best window."""
        if not len(chunks):
            return np.zeros(0, np.float32)
        if is_all:
            return np.maximum.reduceat(_dots(self.vectors, vector), self.window_starts[:-1])
        counts = self.window_starts[chunks + 1] - self.window_starts[chunks]
        ends = np.cumsum(counts)
        starts = ends - counts
        windows = np.arange(ends[-1]) + np.repeat(self.window_starts[chunks] - starts, counts)
        pieces = (windows[at : at + _ROWS] for at in range(0, len(windows), _ROWS))
        found = np.concatenate([_dots(self.vectors[piece], vector) for piece in pieces])
        return np.maximum.reduceat(found, starts)


def best(chunks: Integers, scores: Floats, limit: int) -> tuple[Integers, Floats]:
    """The chunks with the highest scores, best first; those that came first go first among equals."""
    if len(scores) > limit:
        worst = np.sort(scores)[len(scores) - limit]  # many times faster than np.partition, where there is AVX-512
        kept = np.flatnonzero(scores >= worst)
        chunks, scores = chunks[kept], scores[kept]
    order = np.argsort(-scores, kind="stable")[:limit]
    return chunks[order], scores[order]


def _dots(vectors: NDArray[np.float16], vector: NDArray[np.float16]) -> Floats:
    return np.asarray(dot(vectors, vector[None, :])).astype(np.float32)
