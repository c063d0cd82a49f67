"""A store's chunks as a plain list, and what a search of it should find: computed chunk by chunk."""

from __future__ import annotations

import math
from array import array
from typing import Any

from msgspec import Struct

from homeport.media.chunking import Chunk
from homeport.retrieval.filters import Comparison, Filter
from homeport.retrieval.words import words


class Kept(Struct, frozen=True):
    """`number` is the order of insertion."""

    number: int
    file_id: str
    chunk: Chunk
    vectors: tuple[tuple[float, ...], ...]


def packed(vector: tuple[float, ...]) -> bytes:
    return array("f", vector).tobytes()


def chunk(text: str, index: int = 0) -> Chunk:
    return Chunk(text, index, 100 * index, 100 * index + len(text), len(text.split()), page=index + 1)


def holds(filter: Filter | None, attributes: dict[str, Any]) -> bool:
    """What a filter means, said once more."""
    if filter is None:
        return True
    if not isinstance(filter, Comparison):
        outcomes = [holds(part, attributes) for part in filter.filters]
        return all(outcomes) if filter.type == "and" else any(outcomes)
    if filter.type in ("in", "nin"):
        assert isinstance(filter.value, tuple)
        found = any(_compares("eq", attributes.get(filter.key), value) for value in filter.value)
        return found == (filter.type == "in")
    if filter.type == "ne":
        return not _compares("eq", attributes.get(filter.key), filter.value)
    return _compares(filter.type, attributes.get(filter.key), filter.value)


def _compares(operator: str, attribute: Any, value: Any) -> bool:
    if type(attribute) is not type(value):
        return False
    if operator == "eq":
        return bool(attribute == value)
    return {
        "gt": attribute > value,
        "gte": attribute >= value,
        "lt": attribute < value,
        "lte": attribute <= value,
    }[operator]


def best(
    kept: list[Kept],
    attributes: dict[str, dict[str, Any]],
    text: str,
    vector: tuple[float, ...],
    filter: Filter | None = None,
    weights: tuple[float, float] = (1.0, 1.0),
) -> list[Kept]:
    """The chunks in their order, by the formulas of the textbooks."""
    cosine = {one.number: max(sum(a * b for a, b in zip(v, vector, strict=True)) for v in one.vectors) for one in kept}
    bm25, whole = _bm25(kept, list(dict.fromkeys(words(text))))
    found = [one for one in kept if holds(filter, attributes[one.file_id])]
    by_cosine = sorted(found, key=lambda one: (-cosine[one.number], one.number))
    by_bm25 = sorted((one for one in found if bm25[one.number] > 0), key=lambda one: (-bm25[one.number], one.number))
    fused: dict[int, float] = {}
    for weight, ranked in zip(weights, (by_cosine, by_bm25), strict=True):
        for rank, one in enumerate(ranked, 1) if weight else ():
            fused[one.number] = fused.get(one.number, 0.0) + weight / (10 + rank)
    relevance = {}
    for number in fused:
        share = min(bm25[number] / whole, 1.0) if whole else 0.0
        mean = (weights[0] * min(max(cosine[number], 0.0), 1.0) + weights[1] * share) / sum(weights)
        relevance[number] = round(mean, 5)
    in_order = (one for one in found if one.number in fused)
    return sorted(in_order, key=lambda one: (-fused[one.number], -relevance[one.number], one.number))


def _bm25(kept: list[Kept], wanted: list[str]) -> tuple[dict[int, float], float]:
    """The scores, and that of a chunk of average length with every word once."""
    whole = 0.0
    scores = {one.number: 0.0 for one in kept}
    split = {one.number: words(one.chunk.text) for one in kept}
    mean = sum(map(len, split.values())) / max(len(kept), 1)
    having = {word: [number for number, those in split.items() if word in those] for word in wanted}
    for word in wanted:
        rarity = math.log(1 + (len(kept) - len(having[word]) + 0.5) / (len(having[word]) + 0.5))
        whole += rarity
        for number in having[word]:
            times = split[number].count(word)
            scores[number] += rarity * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * len(split[number]) / mean))
    return scores, whole
