"""Search against a search of everything: whatever was added, removed, hidden, changed, and indexed in between."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeport.errors import ConflictError
from homeport.retrieval import index
from homeport.retrieval.filters import Comparison, Compound
from homeport.retrieval.index import view
from homeport.retrieval.index.build import build
from homeport.retrieval.ranking import Ranking
from homeport.storage.database import Database
from tests.retrieval.passages import Kept, best, chunk, packed

pytestmark = pytest.mark.anyio

WORDS = ["alpha", "beta", "gamma", "delta", "omega"]
NEVER = 10**9
_store = itertools.count(1)

# Numbers that float16 has, so that what is nearer is never a matter of rounding.
VECTORS = st.tuples(*[st.integers(-8, 8).map(lambda number: number / 16)] * 4)
CHUNKS = st.tuples(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join), st.lists(VECTORS, min_size=1, max_size=3)
)
ATTRIBUTES = st.fixed_dictionaries(
    {}, optional={"n": st.integers(0, 3).map(float), "s": st.sampled_from(["a", "b"]), "b": st.booleans()}
)
COMPARISONS = st.builds(
    Comparison,
    st.sampled_from(["eq", "ne", "gt", "gte", "lt", "lte"]),
    st.sampled_from(["n", "s"]),
    st.integers(0, 3).map(float) | st.sampled_from(["a", "b"]),
) | st.builds(Comparison, st.sampled_from(["eq", "ne"]), st.sampled_from(["b", "n"]), st.booleans())
FILTERS = (
    st.none()
    | COMPARISONS
    | st.builds(Compound, st.sampled_from(["and", "or"]), st.lists(COMPARISONS, min_size=1, max_size=3).map(tuple))
)
FILES = st.integers(0, 3).map(lambda number: f"file-{number}")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), FILES, st.lists(CHUNKS, min_size=1, max_size=5), ATTRIBUTES),
        st.tuples(st.sampled_from(["remove", "hide"]), FILES),
        st.tuples(st.just("set_attributes"), FILES, ATTRIBUTES),
        st.tuples(st.just("index")),
        st.tuples(
            st.just("compare"),
            st.lists(st.sampled_from(WORDS), max_size=2).map(" ".join),
            VECTORS,
            FILTERS,
            st.sampled_from([Ranking(), Ranking(ranker="none"), Ranking(embedding_weight=0), Ranking(text_weight=3)]),
        ),
    ),
    min_size=2,
    max_size=14,
)


class Life:
    """A store and the list that it should be like."""

    def __init__(self, search: index.Search, database: Database) -> None:
        self.search, self.database = search, database
        self.store = f"vs_{next(_store)}"
        self.kept: list[Kept] = []
        self.hidden: set[str] = set()
        self.attributes: dict[str, dict[str, Any]] = {}
        self.numbers = itertools.count()

    async def add(self, file_id: str, chunks: list[Any], attributes: dict[str, Any]) -> None:
        if file_id in self.hidden:
            await self.remove(file_id)
        self.attributes.setdefault(file_id, attributes)
        first = sum(one.file_id == file_id for one in self.kept)
        made = [(chunk(text, first + at), vectors) for at, (text, vectors) in enumerate(chunks)]
        embedded = [(one, [packed(vector) for vector in vectors]) for one, vectors in made]
        await self.database.write(
            lambda c: index.add_chunks(c, self.store, file_id, self.attributes[file_id], embedded)
        )
        self.kept += [Kept(next(self.numbers), file_id, one, tuple(vectors)) for one, vectors in made]

    async def remove(self, file_id: str) -> None:
        removed = await self.database.write(lambda c: index.remove(c, self.store, file_id))
        assert file_id in self.hidden or removed == sum(one.file_id == file_id for one in self.kept)
        self.hidden.discard(file_id)
        self.attributes.pop(file_id, None)
        self.kept = [one for one in self.kept if one.file_id != file_id]

    async def hide(self, file_id: str) -> None:
        await self.database.write(lambda c: index.hide(c, self.store, file_id))
        if file_id in self.attributes:
            self.hidden.add(file_id)
        self.kept = [one for one in self.kept if one.file_id != file_id]

    async def set_attributes(self, file_id: str, attributes: dict[str, Any]) -> None:
        await self.database.write(lambda c: index.set_attributes(c, self.store, file_id, attributes))
        if file_id in self.attributes:
            self.attributes[file_id] = attributes

    async def compare(self, text: str, vector: tuple[float, ...], filter: Any, ranking: Ranking) -> None:
        hits = await self.search.search(self.store, text, packed(vector), 50, filter, ranking)
        expected = best(self.kept, self.attributes, text, vector, filter, ranking.weights)[:50]
        assert [(hit.file_id, hit.chunk) for hit in hits] == [(one.file_id, one.chunk) for one in expected]
        assert all(hit.attributes == self.attributes[hit.file_id] for hit in hits)
        scores = [hit.score for hit in hits]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 1 for score in scores)


@pytest.fixture
async def search(database: Database, tmp_path: Path) -> AsyncIterator[index.Search]:
    made = index.Search(database, tmp_path / "indexes", build_windows=NEVER)
    yield made
    await made.close()


@pytest.mark.parametrize("in_memory", [view.SLAB_WINDOWS, 5])
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
async def test_any_life_of_a_store(
    search: index.Search, database: Database, tmp_path: Path, in_memory: int, steps: list[Any]
) -> None:
    life = Life(search, database)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(view, "SLAB_WINDOWS", in_memory)
        for what, *details in [*steps, ("compare", "alpha omega", (0.5, -0.25, 0.0, 0.125), None, Ranking())]:
            if what == "index":  # in this process: to start one takes half a second
                (tmp_path / "indexes").mkdir(exist_ok=True)
                build(database.url.render_as_string(hide_password=False), tmp_path / "indexes", life.store)
            else:
                await getattr(life, what)(*details)


async def test_words_that_are_everywhere(
    search: index.Search, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from homeport.retrieval.index import find

    monkeypatch.setattr(find, "_COMMON", 2)
    life = Life(search, database)
    vector = (0.0, 0.0, 0.0, 1.0)
    texts = ["alpha", "alpha", "alpha alpha", "alpha beta gamma delta omega", "alpha"]
    await life.add("file-1", [(text, [vector]) for text in texts], {})

    async def wordy(question: str) -> list[int]:
        hits = await search.search(life.store, question, packed(vector), ranking=Ranking(embedding_weight=0))
        return [hit.chunk.index for hit in hits]

    assert await wordy("alpha beta") == [3]
    assert (await wordy("alpha"))[0] == 2
    assert len(await wordy("alpha nothing")) == 5


async def test_what_each_result_tells(search: index.Search, database: Database) -> None:
    life = Life(search, database)
    await life.add("file-1", [("alpha beta", [(1.0, 0.0, 0.0, 0.0)]), ("gamma", [(0.0, 1.0, 0.0, 0.0)])], {"b": True})
    (hit,) = await search.search(life.store, "alpha", packed((1.0, 0.0, 0.0, 0.0)), limit=1)
    assert (hit.chunk, hit.file_id, hit.vector_store_id) == (life.kept[0].chunk, "file-1", life.store)
    assert hit.attributes == {"b": True}
    assert hit.score > 0.9


async def test_a_threshold_leaves_what_fits(search: index.Search, database: Database) -> None:
    life = Life(search, database)
    chunks = [("alpha", [(1.0, 0.0, 0.0, 0.0)]), ("beta", [(0.25, 0.75, 0.0, 0.0)]), ("gamma", [(0.0, 0.0, 1.0, 0.0)])]
    await life.add("file-1", chunks, {})
    everything = await search.search(life.store, "alpha", packed((1.0, 0.0, 0.0, 0.0)))
    assert len(everything) == 3
    for threshold in (0.0, 0.1, 0.5, 1.0):
        hits = await search.search(
            life.store, "alpha", packed((1.0, 0.0, 0.0, 0.0)), ranking=Ranking(score_threshold=threshold)
        )
        assert hits == [hit for hit in everything if hit.score >= threshold]
    assert len(hits) < 3


async def test_stores_do_not_see_each_other(search: index.Search, database: Database) -> None:
    one, other = Life(search, database), Life(search, database)
    await one.add("file-1", [("alpha", [(1.0, 0.0, 0.0, 0.0)])], {})
    await other.add("file-1", [("beta", [(0.0, 1.0, 0.0, 0.0)])], {})
    await one.remove("file-1")
    assert await search.search(one.store, "beta", packed((0.0, 1.0, 0.0, 0.0))) == []
    (hit,) = await search.search(other.store, "alpha", packed((1.0, 0.0, 0.0, 0.0)))
    assert hit.chunk.text == "beta"


async def test_removal_bit_by_bit(search: index.Search, database: Database) -> None:
    life = Life(search, database)
    for file_id in ("file-1", "file-2"):
        for _ in range(5):
            await life.add(file_id, [("alpha", [(1.0, 0.0, 0.0, 0.0)])] * 2, {})
    assert await database.read(lambda c: index.count(c, life.store)) == 20
    assert await database.read(lambda c: index.count(c, life.store, at_most=3)) == 3

    def remove(file_id: str | None, limit: int) -> Any:
        return database.write(lambda c: index.remove(c, life.store, file_id, limit=limit))

    assert [await remove("file-1", 4) for _ in range(4)] == [4, 4, 2, 0]
    assert await database.read(lambda c: index.count(c, life.store)) == 10
    assert await remove(None, 3) == 4
    assert await search.search(life.store, "alpha", packed((1.0, 0.0, 0.0, 0.0))) == []
    assert [await remove(None, 6) for _ in range(2)] == [6, 0]
    await life.add("file-2", [("alpha", [(1.0, 0.0, 0.0, 0.0)])], {})
    assert len(await search.search(life.store, "alpha", packed((1.0, 0.0, 0.0, 0.0)))) == 1


async def test_the_chunks_of_a_file_in_order(search: index.Search, database: Database) -> None:
    life = Life(search, database)
    vectors = [(1.0, 0.0, 0.0, 0.0)]
    for file_id in ("file-1", "file-2", "file-1"):
        await life.add(file_id, [(word, vectors) for word in WORDS[:3]], {})
    content = await database.read(lambda c: index.content(c, life.store, "file-1"))
    assert content == [one.chunk for one in life.kept if one.file_id == "file-1"]
    assert await database.read(lambda c: index.content(c, life.store, "file-1", 2, 3)) == content[2:5]
    assert await database.read(lambda c: index.content(c, life.store, "file-3")) == []


async def test_vectors_of_another_model(search: index.Search, database: Database) -> None:
    life = Life(search, database)
    await life.add("file-1", [("alpha", [(1.0, 0.0, 0.0, 0.0)])], {})
    with pytest.raises(ConflictError, match="4 dimensions, and the embedding model gave 2"):
        await search.search(life.store, "alpha", packed((1.0, 0.0)))
    with pytest.raises(ConflictError, match="4 dimensions, and the embedding model now gives 2"):
        await life.add("file-1", [("alpha", [(1.0, 0.0)])], {})


async def test_a_store_that_changes_while_it_is_searched(search: index.Search, database: Database) -> None:
    """Every search sees one state of the store: all chunks of a file, or none."""
    life = Life(search, database)
    vector = (1.0, 0.0, 0.0, 0.0)
    await life.add("file-0", [("alpha", [vector])] * 3, {})

    async def change() -> None:
        for n in range(1, 15):
            await life.add(f"file-{n}", [("alpha", [vector])] * 3, {})
            await life.hide(f"file-{n - 1}")

    changing = asyncio.create_task(change())
    while not changing.done():
        hits = await search.search(life.store, "alpha", packed(vector), 50)
        assert len(hits) in (3, 6)
        assert len({hit.file_id for hit in hits}) * 3 == len(hits)
    await changing
