"""Vector stores through the official SDK on both databases, with the real embedding model: every body as specified."""

from __future__ import annotations

from collections.abc import Iterator

import openai
import pytest

from tests.live.test_conformance import Judged
from tests.openai_spec import httpx
from tests.retrieval_server import retrieval_server
from tests.support import LiveServer

POLL_MS = 50
GIRAFFE = b"The giraffe is the tallest animal on land: an adult stands up to six metres tall."
BREAD = b"To bake sourdough bread, feed the starter, mix flour, water and salt, and let the dough rise overnight."
ENGINE = (
    b"A two-stroke engine fires once in every turn of its crankshaft, so it needs oil in its fuel. Error code E4017."
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest) -> Iterator[LiveServer]:
    url = None if request.param == "sqlite" else request.getfixturevalue("postgres").new_database()
    with retrieval_server(url) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: LiveServer) -> Iterator[Judged]:
    with Judged(server) as sdk:
        yield sdk


@pytest.fixture
def sdk(client: Judged) -> Iterator[Judged]:
    """Says at the end that all that went by was as specified."""
    yield client
    client.passed()


@pytest.fixture(scope="module")
def library(client: Judged) -> str:
    """A store with three files, to search in."""
    store = client.vector_stores.create(name="library")
    for name, text, attributes in (
        ("giraffe.txt", GIRAFFE, {"topic": "animals", "year": 2020, "draft": False}),
        ("bread.md", BREAD, {"topic": "food", "year": 2024, "draft": True}),
        ("engine.txt", ENGINE, {"topic": "machines", "year": 2022, "draft": False}),
    ):
        file = client.files.create(file=(name, text), purpose="assistants")
        done = client.vector_stores.files.create_and_poll(
            file.id, vector_store_id=store.id, attributes=attributes, poll_interval_ms=POLL_MS
        )
        assert done.status == "completed", done.last_error
    return store.id


def test_a_store_s_life(sdk: Judged) -> None:
    policy = {"anchor": "last_active_at", "days": 7}
    made = sdk.vector_stores.create(
        name="notes",
        description="of mine",
        metadata={"team": "a"},
        expires_after=policy,  # type: ignore[arg-type]
    )
    assert (made.name, made.metadata, made.status, made.usage_bytes) == ("notes", {"team": "a"}, "completed", 0)
    assert made.file_counts.total == 0
    assert made.last_active_at is not None
    assert made.expires_at == made.last_active_at + 7 * 86_400
    assert sdk.vector_stores.retrieve(made.id) == made
    changed = sdk.vector_stores.update(made.id, name="renamed", expires_after=None, metadata={"team": "b"})
    assert (changed.name, changed.metadata, changed.expires_at) == ("renamed", {"team": "b"}, None)
    assert sdk.vector_stores.update(made.id, metadata={}).name == "renamed"
    assert sdk.vector_stores.delete(made.id).deleted
    for gone in (
        lambda: sdk.vector_stores.retrieve(made.id),
        lambda: sdk.vector_stores.delete(made.id),
        lambda: sdk.vector_stores.search(made.id, query="x"),
        lambda: sdk.vector_stores.files.list(made.id),
    ):
        with pytest.raises(openai.NotFoundError, match="No such vector store"):
            gone()


def test_lists(sdk: Judged) -> None:
    made = [sdk.vector_stores.create(name=f"store {n}").id for n in range(3)]
    first = sdk.vector_stores.list(limit=2)
    assert [store.id for store in first.data] == [made[2], made[1]]
    assert first.has_more
    assert first.get_next_page().data[0].id == made[0]
    assert [store.id for store in sdk.vector_stores.list(order="asc", after=made[0], limit=2)] == made[1:]
    assert [store.id for store in sdk.vector_stores.list(before=made[1], limit=1).data] == [made[2]]
    for store_id in made:
        sdk.vector_stores.delete(store_id)


def test_a_file_s_life_in_a_store(sdk: Judged) -> None:
    file = sdk.files.create(file=("giraffe.txt", GIRAFFE), purpose="assistants")
    store = sdk.vector_stores.create(name="zoo", file_ids=[file.id])
    assert store.status == "in_progress"
    assert store.file_counts.in_progress == 1
    done = sdk.vector_stores.files.poll(file.id, vector_store_id=store.id, poll_interval_ms=POLL_MS)
    assert (done.id, done.status, done.last_error, done.vector_store_id) == (file.id, "completed", None, store.id)
    assert done.chunking_strategy is not None
    assert done.chunking_strategy.to_dict() == {
        "type": "static",
        "static": {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400},
    }
    assert done.usage_bytes == len(GIRAFFE) + 4 * 384
    whole = sdk.vector_stores.retrieve(store.id)
    assert (whole.status, whole.usage_bytes, whole.file_counts.completed) == ("completed", done.usage_bytes, 1)
    [text] = sdk.vector_stores.files.content(file.id, vector_store_id=store.id).data
    assert text.text == GIRAFFE.decode()
    changed = sdk.vector_stores.files.update(
        file.id, vector_store_id=store.id, attributes={"a": 1, "b": True, "c": "d"}
    )
    assert changed.attributes == {"a": 1, "b": True, "c": "d"}
    assert sdk.vector_stores.files.retrieve(file.id, vector_store_id=store.id) == changed
    assert sdk.vector_stores.files.list(store.id, filter="completed").data == [changed]
    assert sdk.vector_stores.files.list(store.id, filter="failed").data == []
    assert sdk.vector_stores.files.delete(file.id, vector_store_id=store.id).deleted
    assert sdk.vector_stores.retrieve(store.id).file_counts.total == 0
    assert sdk.vector_stores.search(store.id, query="tallest animal").data == []
    assert sdk.files.retrieve(file.id).id == file.id
    with pytest.raises(openai.NotFoundError, match=file.id):
        sdk.vector_stores.files.retrieve(file.id, vector_store_id=store.id)


def test_what_is_embedded_is_metered(sdk: Judged, server: LiveServer, library: str) -> None:
    sdk.vector_stores.search(library, query="anything")
    labels = 'gen_ai_operation_name="embeddings",gen_ai_request_model="all-minilm-l6-v2",gen_ai_token_type="input"'
    assert f"homeport_tokens_total{{{labels}}}" in httpx.get(f"{server.url}/metrics").text


def test_upload_and_poll_with_sizes(sdk: Judged) -> None:
    text = " ".join(f"word{n}" for n in range(600)).encode()
    store = sdk.vector_stores.create()
    sizes = {"type": "static", "static": {"max_chunk_size_tokens": 200, "chunk_overlap_tokens": 50}}
    file = sdk.vector_stores.files.upload_and_poll(
        vector_store_id=store.id,
        file=("words.txt", text),
        chunking_strategy=sizes,
        poll_interval_ms=POLL_MS,  # type: ignore[arg-type]
    )
    assert file.status == "completed", file.last_error
    assert file.chunking_strategy is not None
    assert file.chunking_strategy.to_dict() == sizes
    content = sdk.vector_stores.files.content(file.id, vector_store_id=store.id)
    assert "".join(part.text or "" for part in content.data).encode() == text


def test_a_file_attached_again(sdk: Judged) -> None:
    file = sdk.files.create(file=("giraffe.txt", GIRAFFE), purpose="assistants")
    store = sdk.vector_stores.create()
    first = sdk.vector_stores.files.create_and_poll(file.id, vector_store_id=store.id, poll_interval_ms=POLL_MS)
    again = sdk.vector_stores.files.create(store.id, file_id=file.id)
    assert again == first
    tagged = sdk.vector_stores.files.create(store.id, file_id=file.id, attributes={"a": "b"})
    assert (tagged.status, tagged.attributes) == ("completed", {"a": "b"})
    sizes = {"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 0}}
    other = sdk.vector_stores.files.create(store.id, file_id=file.id, chunking_strategy=sizes)  # type: ignore[arg-type]
    assert other.status == "in_progress"
    done = sdk.vector_stores.files.poll(file.id, vector_store_id=store.id, poll_interval_ms=POLL_MS)
    assert (done.status, done.usage_bytes) == ("completed", first.usage_bytes)
    assert len(sdk.vector_stores.search(store.id, query="giraffe").data) == 1


# --- search --------------------------------------------------------------------------


def names(found: openai.pagination.SyncPage) -> list[str]:  # type: ignore[type-arg]
    return [result.filename for result in found.data]


def test_search_by_meaning_and_by_word(sdk: Judged, library: str) -> None:
    found = sdk.vector_stores.search(library, query="Which creature has the longest neck and is highest?")
    best = found.data[0]
    assert (best.filename, best.content[0].text, best.attributes) == (
        "giraffe.txt",
        GIRAFFE.decode(),
        {"topic": "animals", "year": 2020, "draft": False},
    )
    assert [result.score for result in found.data] == sorted((result.score for result in found.data), reverse=True)
    assert names(sdk.vector_stores.search(library, query="E4017", max_num_results=1)) == ["engine.txt"]
    several = sdk.vector_stores.search(library, query=["sourdough bread", "tall giraffe"], max_num_results=2)
    assert set(names(several)) == {"bread.md", "giraffe.txt"}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"type": "eq", "key": "topic", "value": "food"}, {"bread.md"}),
        ({"type": "gte", "key": "year", "value": 2022}, {"bread.md", "engine.txt"}),
        ({"type": "in", "key": "topic", "value": ["animals", "food"]}, {"giraffe.txt", "bread.md"}),
        (
            {
                "type": "and",
                "filters": [
                    {"type": "eq", "key": "draft", "value": False},
                    {"type": "or", "filters": [{"type": "lt", "key": "year", "value": 2021}]},
                ],
            },
            {"giraffe.txt"},
        ),
    ],
)
def test_filters(sdk: Judged, library: str, filters: dict[str, object], expected: set[str]) -> None:
    found = sdk.vector_stores.search(library, query="anything at all", filters=filters)  # type: ignore[arg-type]
    assert set(names(found)) == expected


def test_threshold(sdk: Judged, library: str) -> None:
    all_of_them = sdk.vector_stores.search(library, query="How tall is a giraffe?")
    best = all_of_them.data[0].score
    found = sdk.vector_stores.search(
        library, query="How tall is a giraffe?", ranking_options={"ranker": "auto", "score_threshold": best}
    )
    assert names(found) == ["giraffe.txt"]


def test_new_attributes_are_searched_by(sdk: Judged, library: str) -> None:
    [bread] = [file for file in sdk.vector_stores.files.list(library) if (file.attributes or {}).get("topic") == "food"]
    sdk.vector_stores.files.update(
        bread.id, vector_store_id=library, attributes=dict(bread.attributes or {}, new="yes")
    )
    filters = {"type": "eq", "key": "new", "value": "yes"}
    found = sdk.vector_stores.search(library, query="bread", filters=filters)  # type: ignore[arg-type]
    assert names(found) == ["bread.md"]
    assert found.data[0].attributes == dict(bread.attributes or {}, new="yes")


@pytest.mark.parametrize(
    ("query", "used"),
    [
        ("Could you please tell me how tall the giraffe is?", "giraffe height"),
        ("ramble about the giraffe", "ramble about the giraffe"),  # two lines are no query
        ("what do you know of engines?", "what do you know of engines?"),  # nor is what shares no word with it
        ("fail", "fail"),
    ],
)
def test_rewritten_query(sdk: Judged, server: LiveServer, library: str, query: str, used: str) -> None:
    with httpx.Client(headers={"Authorization": f"Bearer {server.key}"}) as http:
        body = {"query": query, "rewrite_query": True, "max_num_results": 1}
        answer = http.post(f"{server.base_url}/vector_stores/{library}/search", json=body).json()
    assert answer["search_query"] == [used]
    sdk.vector_stores.search(library, query=query, rewrite_query=True)


# --- refusals --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"metadata": {str(n): "" for n in range(17)}}, "metadata"),
        ({"metadata": {"k" * 65: ""}}, "metadata"),
        ({"metadata": {"k": "v" * 513}}, "metadata.k"),
        ({"metadata": {"k": 1}}, "metadata.k"),
        ({"expires_after": {"anchor": "created_at", "days": 1}}, "expires_after.anchor"),
        ({"expires_after": {"anchor": "last_active_at", "days": 366}}, "expires_after.days"),
        ({"file_ids": ["file-x"] * 501}, "file_ids"),
        ({"chunking_strategy": {"type": "sentences"}}, "chunking_strategy.type"),
        (
            {
                "chunking_strategy": {
                    "type": "static",
                    "static": {"max_chunk_size_tokens": 99, "chunk_overlap_tokens": 0},
                }
            },
            "chunking_strategy.static.max_chunk_size_tokens",
        ),
        (
            {
                "chunking_strategy": {
                    "type": "static",
                    "static": {"max_chunk_size_tokens": 200, "chunk_overlap_tokens": 101},
                }
            },
            "chunking_strategy.static.chunk_overlap_tokens",
        ),
        (
            {"chunking_strategy": {"type": "static", "static": {"max_chunk_size_tokens": 200}}},
            "chunking_strategy.static.chunk_overlap_tokens",
        ),
        ({"embedding_model": "x"}, "embedding_model"),
    ],
)
def test_stores_refused(sdk: Judged, body: dict[str, object], param: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        sdk.post("/vector_stores", body=body, cast_to=object)
    assert caught.value.param is not None
    assert caught.value.param.startswith(param)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "query"),
        ({"query": ""}, "query"),
        ({"query": []}, "query"),
        ({"query": "x", "max_num_results": 0}, "max_num_results"),
        ({"query": "x", "max_num_results": 51}, "max_num_results"),
        ({"query": "x", "ranking_options": {"score_threshold": 1.1}}, "ranking_options.score_threshold"),
        ({"query": "x", "ranking_options": {"ranker": "mine"}}, "ranking_options.ranker"),
        ({"query": "x", "filters": {"type": "like", "key": "a", "value": "b"}}, "filters"),
        ({"query": "x", "top_k": 3}, "top_k"),
    ],
)
def test_searches_refused(sdk: Judged, library: str, body: dict[str, object], param: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        sdk.post(f"/vector_stores/{library}/search", body=body, cast_to=object)
    assert caught.value.param is not None
    assert caught.value.param.startswith(param)


@pytest.mark.parametrize(
    "attributes",
    [
        {str(n): 1 for n in range(17)},
        {"k" * 65: 1},
        {"k": "v" * 513},
        {"k": None},
        {"k": ["a"]},
        {"k": "a\0b"},
        {"a\0b": "v"},
    ],
)
def test_attributes_refused(sdk: Judged, library: str, attributes: dict[str, object]) -> None:
    file = sdk.files.create(file=("giraffe.txt", GIRAFFE), purpose="assistants")
    body = {"file_id": file.id, "attributes": attributes}
    with pytest.raises(openai.BadRequestError) as caught:
        sdk.post(f"/vector_stores/{library}/files", body=body, cast_to=object)
    assert (caught.value.param or "").startswith("attributes")


def test_files_that_are_not_there(sdk: Judged) -> None:
    before = len(sdk.vector_stores.list().data)
    with pytest.raises(openai.NotFoundError, match="file-nothing"):
        sdk.vector_stores.create(file_ids=["file-nothing"])
    assert len(sdk.vector_stores.list().data) == before
    store = sdk.vector_stores.create()
    with pytest.raises(openai.NotFoundError, match="file-nothing"):
        sdk.vector_stores.files.create(store.id, file_id="file-nothing")
    with pytest.raises(openai.BadRequestError) as caught:
        sdk.vector_stores.files.list(store.id, after="file-nothing")
    assert caught.value.param == "after"
