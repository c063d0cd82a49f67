"""Vector stores below HTTP, on both databases: projects, expiry, what happens to files that go, many chunks."""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from homeport.errors import BadRequestError, NotFoundError
from homeport.jobs import events
from homeport.jobs.queue import find as find_job
from homeport.jobs.worker import Context, PermanentError, Worker
from homeport.media.chunking import Chunk, Chunking
from homeport.retrieval import attachments, index, ingest, stores
from homeport.retrieval.attachments import Attachment, Order, Overtaken
from homeport.retrieval.embed import Embedder
from homeport.retrieval.ingest import Ingestion
from homeport.retrieval.records import ExpiresAfter, LastError, VectorStoreFile, vector_store_files, vector_stores
from homeport.retrieval.stores import Changes, Stores
from homeport.retrieval.tables import chunk_blocks
from homeport.storage.blobs import Blobs
from homeport.storage.database import Database
from homeport.storage.files import FileStore
from homeport.storage.objects import Page
from tests.retrieval.conftest import MODEL

pytestmark = pytest.mark.anyio

DAY_S = 86_400
VECTOR = array("f", [1.0] + [0.0] * 383).tobytes()


async def the_model() -> str:
    return MODEL


@pytest.fixture
def made(database: Database) -> Stores:
    return Stores(database, the_model)


@pytest.fixture
async def file_store(database: Database, tmp_path: Path) -> AsyncIterator[FileStore]:
    store = FileStore(database, Blobs(tmp_path / "files"))
    await store.open()
    store.on_delete.append(attachments.detach_everywhere)
    yield store
    await store.blobs.close()


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def add(file_store: FileStore, project: str = "p", name: str = "a.txt") -> str:
    return (await file_store.add(project, name, "assistants", pieces(b"A note."))).id


async def new_store(made: Stores, *file_ids: str, project: str = "p", days: int | None = None) -> str:
    policy = None if days is None else ExpiresAfter(days)
    files = [Attachment(file_id) for file_id in file_ids]
    store, _ = await made.create(project, name="", description=None, metadata={}, expires_after=policy, files=files)
    return store.id


async def age(made: Stores, store_id: str, days: int) -> None:
    """Let the store be as if it had last been used so many days ago."""

    def work(connection: Any) -> None:
        store = vector_stores.retrieve(connection, "p", store_id)
        expires_at = None if store.expires_at is None else store.expires_at - days * DAY_S
        aged = replace(store, last_active_at=store.last_active_at - days * DAY_S, expires_at=expires_at)
        vector_stores.update(connection, "p", aged)

    await made.database.write(work)


def chunk(number: int) -> Chunk:
    return Chunk(f"word{number} ", number, number * 10, number * 10 + 10, 3)


async def fill(made: Stores, store_id: str, file_id: str, count: int) -> None:
    """Put chunks into the index as the file's job would, in one go."""

    def work(connection: Any) -> None:
        row = vector_store_files.retrieve(connection, "p", f"{store_id}/{file_id}")
        index.add_chunks(connection, store_id, file_id, {}, [(chunk(n), [VECTOR]) for n in range(count)])
        filled = replace(row, chunks_by=row.job_id, chunk_count=count, end=count * 10, usage_bytes=count)
        vector_store_files.update(connection, "p", filled)

    await made.database.write(work)


async def complete(made: Stores, store_id: str, file_id: str) -> None:
    def work(connection: Any) -> None:
        row = vector_store_files.retrieve(connection, "p", f"{store_id}/{file_id}")
        attachments.end(connection, "p", row, "completed")

    await made.database.write(work)


async def chunks_left(made: Stores, store_id: str) -> int:
    return await made.database.read(lambda c: index.count(c, store_id))


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(30):
        while not await condition():
            await asyncio.sleep(0.01)


# --- projects ---------------------------------------------------------------------


async def test_another_project_finds_nothing(made: Stores, file_store: FileStore) -> None:
    file_id = await add(file_store)
    store_id = await new_store(made, file_id)
    batch, _ = await made.attach_batch("p", store_id, [Attachment(file_id)])
    for call in (
        lambda: made.store("q", store_id),
        lambda: made.change("q", store_id, Changes(name="mine")),
        lambda: made.delete("q", store_id),
        lambda: made.attach("q", store_id, [Attachment(file_id)]),
        lambda: made.files("q", store_id, Page()),
        lambda: made.file("q", store_id, file_id),
        lambda: made.set_attributes("q", store_id, file_id, {}),
        lambda: made.content("q", store_id, file_id, None),
        lambda: made.detach("q", store_id, file_id),
        lambda: made.batch("q", store_id, batch.id),
        lambda: made.cancel_batch("q", store_id, batch.id),
        lambda: new_store(made, file_id, project="q"),
    ):
        with pytest.raises(NotFoundError):
            await call()
    found, _ = await made.page("q", Page())
    assert found.data == []
    assert (await made.store("p", store_id))[1].counts.total == 1


# --- expiry -----------------------------------------------------------------------


async def test_use_puts_off_expiry(made: Stores, file_store: FileStore) -> None:
    store_id, file_id = await new_store(made, days=3), await add(file_store)
    fresh, _ = await made.store("p", store_id)
    for use in (
        lambda: made.touch("p", [store_id]),
        lambda: made.attach("p", store_id, [Attachment(file_id)]),
    ):
        await age(made, store_id, days=2)
        await use()
        store, _ = await made.store("p", store_id)
        assert store.expires_at is not None
        assert fresh.expires_at is not None
        assert store.expires_at >= fresh.expires_at
        assert store.last_active_at >= fresh.last_active_at


async def test_an_expired_store(made: Stores, file_store: FileStore) -> None:
    file_id = await add(file_store)
    store_id, other = await new_store(made, file_id, days=3), await new_store(made, days=30)
    await fill(made, store_id, file_id, 5)
    await complete(made, store_id, file_id)
    for each in (store_id, other):
        await age(made, each, days=4)
    for call in (
        lambda: made.attach("p", store_id, [Attachment(file_id)]),
        lambda: made.attach_batch("p", store_id, [Attachment(file_id)]),
        lambda: made.change("p", store_id, Changes(expires_after=ExpiresAfter(365))),
    ):
        with pytest.raises(BadRequestError, match="has expired") as caught:
            await call()
        assert caught.value.code == "vector_store_expired"
    await made.touch("p", [store_id])
    assert (await made.change("p", store_id, Changes(name="late")))[0].name == "late"
    worker = Worker(made.database, {stores.SWEEP: made.sweep}, periodic={stores.SWEEP: 0.2})
    worker.start()

    async def swept() -> bool:
        return (await made.store("p", store_id))[0].emptied

    await until(swept)
    await worker.close()
    store, tally = await made.store("p", store_id)
    assert (store.name, tally.counts.total, tally.usage_bytes) == ("late", 0, 0)
    assert await chunks_left(made, store_id) == 0
    assert not (await made.store("p", other))[0].emptied
    assert (await file_store.find("p", file_id)).id == file_id


# --- files that go ------------------------------------------------------------------


async def test_a_deleted_file_leaves_all_stores(made: Stores, file_store: FileStore) -> None:
    file_id, kept = await add(file_store), await add(file_store)
    ids = [await new_store(made, file_id, kept) for _ in range(2)]
    for store_id in ids:
        await fill(made, store_id, file_id, 3)
    jobs = [(await made.file("p", store_id, file_id)).job_id for store_id in ids]
    await file_store.delete("p", file_id)
    for store_id, job_id in zip(ids, jobs, strict=True):
        assert [row.file_id for row in (await made.files("p", store_id, Page())).data] == [kept]
        assert await chunks_left(made, store_id) == 0
        job = await made.database.read(lambda c, job_id=job_id: find_job(c, "p", job_id))
        assert job is not None
        assert job.status == "cancelled"


async def test_a_job_that_was_overtaken_adds_nothing(made: Stores, file_store: FileStore) -> None:
    file_id = await add(file_store)
    store_id = await new_store(made, file_id)
    first = await made.file("p", store_id, file_id)
    await made.detach("p", store_id, file_id)
    [second] = await made.attach("p", store_id, [Attachment(file_id)])
    assert second.job_id != first.job_id
    order = Order(store_id, file_id)
    with pytest.raises(Overtaken):
        await made.database.write(lambda c: attachments.held(c, "p", order, first.job_id))
    held = await made.database.write(lambda c: attachments.held(c, "p", order, second.job_id))
    assert isinstance(held, VectorStoreFile)


async def test_files_attached_again_while_a_worker_goes_on(made: Stores, file_store: FileStore) -> None:
    one, other = await add(file_store), await add(file_store)
    store_id = await new_store(made, one)
    row = await made.file("p", store_id, one)

    def slowly(connection: Any) -> None:
        held = attachments.held(connection, "p", Order(store_id, one), row.job_id)
        vector_store_files.update(connection, "p", replace(held, chunks_by=row.job_id, usage_bytes=7))
        time.sleep(0.4)

    working = asyncio.create_task(made.database.write(slowly))
    await asyncio.sleep(0.1)
    _, tally = await made.attach_batch("p", store_id, [Attachment(one, {"year": 1}), Attachment(other)])
    await working
    assert (tally.counts.total, tally.usage_bytes) == (2, 7)
    assert (await made.file("p", store_id, one)).attributes == {"year": 1}


async def test_a_file_that_fails_while_it_is_attached_again_is_ingested(made: Stores, file_store: FileStore) -> None:
    file_id = await add(file_store)
    store_id = await new_store(made, file_id)
    row = await made.file("p", store_id, file_id)

    def slowly(connection: Any) -> None:
        held = attachments.held(connection, "p", Order(store_id, file_id), row.job_id)
        attachments.end(connection, "p", held, "failed")
        time.sleep(0.4)

    working = asyncio.create_task(made.database.write(slowly))
    await asyncio.sleep(0.1)
    [again] = await made.attach("p", store_id, [Attachment(file_id)])
    await working
    assert again.status == "in_progress"
    assert again.job_id != row.job_id


async def test_many_chunks_are_removed_by_a_job(
    made: Stores, file_store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attachments, "CHUNKS_AT_ONCE", 10)
    file_id, small = await add(file_store), await add(file_store)
    store_id, doomed = await new_store(made, file_id, small), await new_store(made, file_id)
    for store, file, count in ((store_id, file_id, 50), (store_id, small, 5), (doomed, file_id, 50)):
        await fill(made, store, file, count)
        await complete(made, store, file)
    await made.detach("p", store_id, file_id)
    await made.delete("p", doomed)
    assert await chunks_left(made, store_id) + await chunks_left(made, doomed) > 5
    embedder = Embedder("", None, None, lambda record: None)  # type: ignore[arg-type]  # nothing is embedded
    ingestion = Ingestion(file_store, embedder, None)
    worker = Worker(made.database, {attachments.REMOVE: ingestion.remove})
    worker.start()

    async def removed() -> bool:
        return (await chunks_left(made, store_id), await chunks_left(made, doomed)) == (5, 0)

    await until(removed)
    await worker.close()
    assert (await made.content("p", store_id, small, None))[0] == [f"word{n} " for n in range(5)]


async def test_a_job_that_fails_for_good(made: Stores, file_store: FileStore) -> None:
    file_id = await add(file_store)
    store_id = await new_store(made, file_id)
    await fill(made, store_id, file_id, 3)

    async def fail(_ctx: Context) -> None:
        raise PermanentError("the disk is on fire")

    worker = Worker(made.database, {attachments.INGEST: fail}, on_dead={attachments.INGEST: ingest.on_dead})
    worker.start()

    async def failed() -> bool:
        return (await made.file("p", store_id, file_id)).status == "failed"

    await until(failed)
    await worker.close()
    row = await made.file("p", store_id, file_id)
    assert row.last_error == LastError("server_error", "a.txt: the disk is on fire")
    assert (row.usage_bytes, await chunks_left(made, store_id)) == (0, 0)


async def test_a_file_that_is_too_large_is_not_even_fetched(
    made: Stores, file_store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "MAX_DOCUMENT_BYTES", 3)
    monkeypatch.setattr(file_store, "fetch", None)
    file_id = await add(file_store)
    store_id = await new_store(made, file_id)
    worker = Worker(made.database, {attachments.INGEST: Ingestion(file_store, None, None).ingest})  # type: ignore[arg-type]
    worker.start()

    async def failed() -> bool:
        return (await made.file("p", store_id, file_id)).status == "failed"

    await until(failed)
    await worker.close()
    row = await made.file("p", store_id, file_id)
    assert row.last_error == LastError("invalid_file", "a.txt: it is larger than 0 MB")


async def test_a_document_that_is_read_otherwise_than_before(
    made: Stores, file_store: FileStore, embedder: Embedder
) -> None:
    """The first chunk is in the index already, but it ends elsewhere: all is read and indexed anew."""
    file_id = await add(file_store)
    store_id = await new_store(made, file_id)
    await fill(made, store_id, file_id, 1)
    ingestion = Ingestion(file_store, embedder, None)
    worker = Worker(made.database, {attachments.INGEST: ingestion.ingest})
    worker.start()

    async def ended() -> bool:
        return (await made.file("p", store_id, file_id)).status != "in_progress"

    await until(ended)
    await worker.close()
    row = await made.file("p", store_id, file_id)
    assert (row.status, row.chunk_count, row.usage_bytes) == ("completed", 1, len("A note.") + 4 * 384)
    assert (await made.content("p", store_id, file_id, None))[0] == ["A note."]


async def test_repeated_text_is_written_bit_by_bit(made: Stores, file_store: FileStore, embedder: Embedder) -> None:
    """Though it has too few different texts to fill a call of the embedding model."""
    file_id = (await file_store.add("p", "a.log", "assistants", pieces(b"again " * 10_000))).id
    store_id = await new_store(made)
    await made.attach("p", store_id, [Attachment(file_id, chunking=Chunking(100, 20))])
    worker = Worker(made.database, {attachments.INGEST: Ingestion(file_store, embedder, None).ingest})
    worker.start()

    async def ended() -> bool:
        return (await made.file("p", store_id, file_id)).status != "in_progress"

    await until(ended)
    await worker.close()
    assert (await made.file("p", store_id, file_id)).status == "completed"
    counts = await made.database.read(lambda c: c.execute(select(chunk_blocks.c.chunk_count)).scalars().all())
    assert max(counts) < 40 < 100 < sum(counts)


async def test_content_in_pages(made: Stores, file_store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "_CHUNKS_A_PAGE", 4)
    file_id = await add(file_store)
    store_id = await new_store(made, file_id)
    await fill(made, store_id, file_id, 10)
    with pytest.raises(BadRequestError, match="in progress"):
        await made.content("p", store_id, file_id, None)
    await complete(made, store_id, file_id)
    texts: list[str] = []
    page: str | None = None
    pages = 0
    while pages == 0 or page is not None:
        more, page = await made.content("p", store_id, file_id, page)
        texts += more
        pages += 1
    assert texts == [f"word{n} " for n in range(10)]
    assert pages == 3
    with pytest.raises(BadRequestError):
        await made.content("p", store_id, file_id, "x")


async def test_a_large_batch(made: Stores, file_store: FileStore) -> None:
    ids = [await add(file_store, name=f"{n}.txt") for n in range(20)]
    store_id = await new_store(made)
    many = [Attachment(file_id) for file_id in ids * 3]  # what is named twice is attached once
    batch, tally = await made.attach_batch("p", store_id, many)
    assert tally.counts.in_progress == tally.counts.total == 20
    again, tally = await made.attach_batch("p", store_id, many[:5])  # it takes these five over
    assert tally.counts.total == 5
    assert (await made.batch("p", store_id, batch.id))[1].counts.total == 15
    cancelled, tally = await made.cancel_batch("p", store_id, again.id)
    assert cancelled.cancelled
    assert (tally.counts.cancelled, tally.counts.in_progress) == (5, 0)
    assert (await made.store("p", store_id))[1].counts.in_progress == 15


@pytest.mark.parametrize("way", ["completed", "cancelled", "deleted"])
async def test_who_waits_for_the_files_of_a_batch_is_woken(
    made: Stores, file_store: FileStore, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(stores, "LOOK_AGAIN_S", 1000.0)  # only a signal wakes it
    file_id = await add(file_store)
    store_id = await new_store(made)
    batch, _ = await made.attach_batch("p", store_id, [Attachment(file_id)])
    waiting = asyncio.create_task(made.ingested("p", store_id, 1000.0))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    if way == "completed":
        await complete(made, store_id, file_id)
    elif way == "cancelled":
        await made.cancel_batch("p", store_id, batch.id)
    else:
        await made.delete("p", store_id)
    async with asyncio.timeout(10):
        await waiting
    assert await made.database.read(lambda c: c.execute(select(events.event_streams)).all()) == []
