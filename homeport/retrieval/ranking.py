"""How results are ordered and scored: two rankings, by vectors and by keywords, made into one.

The order is that of reciprocal rank fusion: a candidate's place in each of the two rankings counts, and the two kinds
of scores, which don't compare, are left aside. But places say nothing about how good the best is. So a result's score
is its relevance, from 0 to 1: the weighted mean of the cosine and of the share of the question's words that the chunk
has, the rare ones counting more. Where the order says otherwise than the relevance, neighbours share the mean of
theirs: the scores fall with the order, and a threshold means the same for every question.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

DEPTH = 100  # places of each ranking that count
_RANK_CONSTANT = 10  # of reciprocal rank fusion; docs/search.md says why
_DIGITS = 5  # of a score; what is beyond is rounding


class Ranking(Struct, frozen=True):
    """`ranking_options`. The ranker `none` orders by vectors alone; the others fuse the two with the weights."""

    ranker: Literal["auto", "none", "default-2024-11-15"] = "auto"
    score_threshold: float = 0.0
    embedding_weight: float = 1.0
    text_weight: float = 1.0

    @property
    def weights(self) -> tuple[float, float]:
        return (1.0, 0.0) if self.ranker == "none" else (self.embedding_weight, self.text_weight)


class Candidate(Struct, frozen=True):
    """`key` says which chunk it is; `bm25` is 0 for one that has no word of the question."""

    key: tuple[int, int]
    cosine: float
    bm25: float


def fuse(candidates: Sequence[Candidate], whole: float, ranking: Ranking) -> list[tuple[tuple[int, int], float]]:
    """The candidates in order with their scores, down to the threshold. `whole`: BM25 of a chunk with every word."""
    by_vector, by_words = ranking.weights
    total = by_vector + by_words
    if total <= 0:
        return []
    fused: dict[tuple[int, int], float] = {}
    by_cosine = sorted(candidates, key=lambda one: (-one.cosine, one.key))
    by_bm25 = sorted((one for one in candidates if one.bm25 > 0), key=lambda one: (-one.bm25, one.key))
    for weight, ranked in ((by_vector, by_cosine), (by_words, by_bm25)):
        if weight > 0:
            for rank, one in enumerate(ranked[:DEPTH], 1):
                fused[one.key] = fused.get(one.key, 0.0) + weight / (_RANK_CONSTANT + rank)
    relevance: dict[tuple[int, int], float] = {}
    for one in candidates:
        share = min(one.bm25 / whole, 1.0) if whole else 0.0
        mean = (by_vector * min(max(one.cosine, 0.0), 1.0) + by_words * share) / total
        relevance[one.key] = round(mean, _DIGITS)
    order = sorted(fused, key=lambda key: (-fused[key], -relevance[key], key))
    scores = falling([relevance[key] for key in order])
    return [(key, score) for key, score in zip(order, scores, strict=True) if score >= ranking.score_threshold]


def falling(values: Sequence[float]) -> list[float]:
    """The falling sequence that is nearest to the values (isotonic regression, by pooling neighbours)."""
    pools: list[tuple[float, int]] = []  # sum and count
    for value in values:
        total, count = value, 1
        while pools and pools[-1][0] * count <= total * pools[-1][1]:
            before, many = pools.pop()
            total, count = total + before, count + many
        pools.append((total, count))
    return [total / count for total, count in pools for _ in range(count)]
