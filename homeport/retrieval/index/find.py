"""The best chunks for a question, computed: candidates by vectors and by keywords, then one order of both."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from sqlalchemy import Connection

from homeport.errors import ConflictError
from homeport.retrieval.filters import Filter
from homeport.retrieval.index.part import Floats, Integers, Mask, Part, best
from homeport.retrieval.index.slab import Scanned
from homeport.retrieval.index.view import View
from homeport.retrieval.ranking import DEPTH, Candidate, Ranking, fuse
from homeport.retrieval.words import number, words

MOST_WORDS = 64  # of a question that are looked up
# BM25, with the values that everybody starts from.
_SATURATION, _LENGTH = 1.2, 0.75
# Words in more chunks than this share of a large store tell little and cost much: they are looked up only when no other
# word of the question is there.
_COMMON_SHARE, _COMMON = 0.2, 1_000


class Question(Struct, frozen=True):
    vector: NDArray[np.float16]
    words: tuple[int, ...]  # numbers, each once


class Place(Struct, frozen=True):
    """Where a result's chunk is, and its score."""

    block: int
    position: int
    score: float


def question(text: str, vector: bytes) -> Question:
    """`vector`: float32 little-endian, of length 1."""
    known = dict.fromkeys(map(number, words(text)))
    return Question(np.frombuffer(vector, "<f4").astype(np.float16), tuple(known)[:MOST_WORDS])


def find(
    connection: Connection,
    view: View,
    vector_store_id: str,
    asked: Question,
    limit: int,
    filter: Filter | None,
    ranking: Ranking,
) -> list[Place]:
    """Where the results are, best first. Raises ConflictError for a vector of another model."""
    if len(asked.vector) != view.dimensions:
        raise ConflictError(
            f"The vector store `{vector_store_id}` has vectors of {view.dimensions} dimensions, and the embedding model"
            f" gave {len(asked.vector)} for the query."
        )
    files = None if filter is None else view.files(connection, vector_store_id, filter)
    by_vector, by_words = ranking.weights
    parts = list(_parts(connection, view, asked, files))
    nearest = [part.nearest(asked, DEPTH) for part in parts if by_vector]
    coverage = _score_words(parts, asked.words) if by_words else 0.0
    lists = [*nearest, *(part.wordiest(DEPTH) for part in parts if by_words)]
    candidates: list[Candidate] = []
    for part in parts:
        of_part = [chunks for owner, chunks in lists if owner is part]
        chunks = np.unique(np.concatenate(of_part)) if of_part else np.zeros(0, np.int64)
        cosines = part.part.cosines(asked.vector, chunks)
        scores = part.scores[chunks] if by_words else np.zeros(len(chunks))
        keys = part.part.keys(chunks)
        candidates += map(Candidate, keys, cosines.tolist(), scores.tolist())
    return [Place(*key, score) for key, score in fuse(candidates, coverage, ranking)[:limit]]


def _parts(connection: Connection, view: View, asked: Question, files: Integers | None) -> Iterator[_Part]:
    if view.file is not None:
        yield _Part(view.file, view.alive, files)
    for slab in view.slabs(connection):
        yield _Part(Scanned(slab, asked.vector, asked.words) if view.streams else slab, None, files)


class _Part:
    """A part in the course of one search, with masks of its chunks. `scores`: BM25 of all its chunks.

    `alive`: those that are not removed; `allowed`: those of them that may be found. None: all.
    """

    def __init__(self, part: Part, alive: Mask | None, files: Integers | None) -> None:
        self.part = part
        self.alive = alive
        self.allowed = alive
        if files is not None:
            let_through = part.of_blocks(np.isin(part.files, files))
            self.allowed = let_through if alive is None else alive & let_through
        self.chunk_count, self.word_count = part.chunk_count, part.word_count
        if alive is not None:
            self.chunk_count, self.word_count = int(alive.sum()), int(part.lengths[alive].sum(dtype=np.int64))
        self.scores: Floats = np.zeros(0, np.float32)

    def having(self, word: int) -> tuple[Integers, Integers]:
        chunks, times = self.part.having(word)
        if self.alive is None:
            return chunks, times
        alive = self.alive[chunks]
        return chunks[alive], times[alive]

    def nearest(self, asked: Question, limit: int) -> tuple[_Part, Integers]:
        return self, self.part.nearest(asked.vector, limit, self.allowed)[0]

    def wordiest(self, limit: int) -> tuple[_Part, Integers]:
        found = self.scores > 0 if self.allowed is None else (self.scores > 0) & self.allowed
        chunks = np.flatnonzero(found)
        return self, best(chunks, self.scores[chunks], limit)[0]


def _score_words(parts: Sequence[_Part], wanted: Sequence[int]) -> float:
    """Give all chunks their BM25. Returns what a chunk has that has each word once, at average length.

    How rare a word is counts within this store, whatever else is in the database.
    """
    for part in parts:
        part.scores = np.zeros(part.part.chunk_count, np.float32)
    chunk_count = sum(part.chunk_count for part in parts)
    word_count = sum(part.word_count for part in parts)
    having = {word: [part.having(word) for part in parts] for word in wanted}
    counts = {word: sum(len(chunks) for chunks, _ in found) for word, found in having.items()}
    common = max(_COMMON_SHARE * chunk_count, _COMMON)
    telling = [word for word in wanted if counts[word] <= common]
    if not any(counts[word] for word in telling):
        telling = list(wanted)
    whole = 0.0
    damping = [_damping(part.part.lengths, word_count / max(chunk_count, 1)) for part in parts]
    for word in telling:
        rarity = math.log1p((chunk_count - counts[word] + 0.5) / (counts[word] + 0.5))
        whole += rarity
        for part, damped, (chunks, times) in zip(parts, damping, having[word], strict=True):
            part.scores[chunks] += np.float32(rarity * (_SATURATION + 1)) * (times / (times + damped[chunks]))
    return whole


def _damping(lengths: Integers, mean_length: float) -> Floats:
    """How far a word must be repeated to count: more in a long chunk."""
    share = lengths.astype(np.float32) * np.float32(_SATURATION * _LENGTH / max(mean_length, 1.0))
    return share + np.float32(_SATURATION * (1 - _LENGTH))
