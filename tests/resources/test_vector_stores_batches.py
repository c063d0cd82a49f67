"""File batches through the official SDK on both databases; documents that can't be read fail alone, with the reason."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from functools import cache

import openai
import pytest

from tests.live.test_conformance import Judged
from tests.retrieval_server import retrieval_server
from tests.support import LiveServer

POLL_MS = 50
GERMAN = (
    "Über den Flüssen hängen Brücken. Die Käserei öffnet früh, und für Gäste gibt es süße Äpfel, größer als üblich."
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
    yield client
    client.passed()


def upload(sdk: Judged, *texts: bytes) -> list[str]:
    return [sdk.files.create(file=(f"note{n}.txt", text), purpose="assistants").id for n, text in enumerate(texts)]


def test_a_batch_s_life(sdk: Judged) -> None:
    store = sdk.vector_stores.create()
    ids = upload(sdk, b"The first note.", b"The second note.", b"The third note.")
    made = sdk.vector_stores.file_batches.create(store.id, file_ids=ids, attributes={"from": "batch"})
    assert (made.vector_store_id, made.file_counts.total) == (store.id, 3)
    done = sdk.vector_stores.file_batches.poll(made.id, vector_store_id=store.id, poll_interval_ms=POLL_MS)
    assert (done.status, done.file_counts.completed, done.file_counts.total) == ("completed", 3, 3)
    listed = sdk.vector_stores.file_batches.list_files(made.id, vector_store_id=store.id, limit=2)
    assert [file.id for file in listed] == ids[::-1]
    assert all(file.attributes == {"from": "batch"} for file in listed)
    assert sdk.vector_stores.retrieve(store.id).file_counts.completed == 3
    late = sdk.vector_stores.file_batches.cancel(made.id, vector_store_id=store.id)
    assert (late.status, late.file_counts.completed) == ("completed", 3)
    other = sdk.vector_stores.create()
    for lost in (
        lambda: sdk.vector_stores.file_batches.retrieve(made.id, vector_store_id=other.id),
        lambda: sdk.vector_stores.file_batches.list_files("vsfb_nothing", vector_store_id=store.id),
        lambda: sdk.vector_stores.file_batches.create("vs_nothing", file_ids=ids),
    ):
        with pytest.raises(openai.NotFoundError):
            lost()


def test_files_with_settings_of_their_own(sdk: Judged) -> None:
    store = sdk.vector_stores.create()
    ids = upload(sdk, b"One.", b"Two.")
    sizes = {"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 20}}
    batch = sdk.vector_stores.file_batches.create_and_poll(
        store.id,
        files=[{"file_id": ids[0], "attributes": {"n": 1}, "chunking_strategy": sizes}, {"file_id": ids[1]}],  # type: ignore[typeddict-item]
        poll_interval_ms=POLL_MS,
    )
    assert batch.status == "completed"
    one, two = (sdk.vector_stores.files.retrieve(id, vector_store_id=store.id) for id in ids)
    assert one.attributes == {"n": 1}
    assert one.chunking_strategy is not None
    assert one.chunking_strategy.to_dict() == sizes
    assert two.attributes == {}


def test_upload_and_poll(sdk: Judged) -> None:
    store = sdk.vector_stores.create()
    batch = sdk.vector_stores.file_batches.upload_and_poll(
        store.id,
        files=[("a.md", b"# Alpha\n\nFirst letter."), ("b.md", b"# Beta\n\nSecond.")],
        poll_interval_ms=POLL_MS,
    )
    assert (batch.status, batch.file_counts.completed) == ("completed", 2)
    found = sdk.vector_stores.search(store.id, query="Which is the second letter?", max_num_results=2)
    assert {result.filename for result in found} == {"a.md", "b.md"}


@cache
def bomb() -> bytes:
    """A DOCX whose text is 600 MB of one letter, packed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("word/document.xml", "w", force_zip64=True) as document:
            for _ in range(600):
                document.write(b"a" * (1 << 20))
    return packed.getvalue()


HOSTILE = {
    "blank.txt": (b" \n\n \t", "invalid_file"),
    "broken.pdf": (b"%PDF-1.7\nnothing else", "invalid_file"),
    "liar.docx": (b"PK\x03\x04 is how an archive begins, but this is none", "invalid_file"),
    "bomb.docx": (None, "invalid_file"),
    "picture.png": (b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "unsupported_file"),
}


def test_documents_that_cannot_be_read_fail_alone(sdk: Judged) -> None:
    store = sdk.vector_stores.create()
    names = {}
    for name, (content, _) in HOSTILE.items():
        content = bomb() if content is None else content
        names[sdk.files.create(file=(name, content), purpose="assistants").id] = name
    good = upload(sdk, b"A good document among bad ones.", GERMAN.encode("latin-1"))
    batch = sdk.vector_stores.file_batches.create_and_poll(store.id, file_ids=[*names, *good], poll_interval_ms=POLL_MS)
    assert (batch.status, batch.file_counts.completed, batch.file_counts.failed) == ("completed", 2, len(HOSTILE))
    failed = {names[file.id]: file for file in sdk.vector_stores.files.list(store.id, filter="failed", limit=100)}
    for name, (_, code) in HOSTILE.items():
        error = failed[name].last_error
        assert error is not None, name
        assert error.message.startswith(f"{name}: "), error.message
        assert (name, error.code) == (name, code), error.message
        assert failed[name].usage_bytes == 0
    with pytest.raises(openai.BadRequestError, match="failed"):
        sdk.vector_stores.files.content(next(iter(names)), vector_store_id=store.id)
    assert {result.file_id for result in sdk.vector_stores.search(store.id, query="document")} == set(good)
    assert GERMAN in (sdk.vector_stores.files.content(good[1], vector_store_id=store.id).data[0].text or "")
    all_bad = sdk.vector_stores.file_batches.create_and_poll(
        store.id, file_ids=[next(iter(names))], poll_interval_ms=POLL_MS
    )
    assert all_bad.status == "failed"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "file_ids"),
        ({"file_ids": []}, "file_ids"),
        ({"file_ids": ["file-a"] * 2001}, "file_ids"),
        ({"file_ids": ["file-a"], "files": [{"file_id": "file-a"}]}, "file_ids"),
        ({"files": [{"file_id": "file-a"}, {"attributes": {}}]}, "files[1].file_id"),
        ({"files": [{"file_id": "file-a", "attributes": {"k": "v" * 513}}]}, "files[0].attributes.k"),
    ],
)
def test_batches_refused(sdk: Judged, body: dict[str, object], param: str) -> None:
    store = sdk.vector_stores.create()
    with pytest.raises(openai.BadRequestError) as caught:
        sdk.post(f"/vector_stores/{store.id}/file_batches", body=body, cast_to=object)
    assert caught.value.param == param
