"""Files, uploads and the sweep, below HTTP, on both databases."""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest
from sqlalchemy import Connection, Executable, delete, select, update

from homeport.errors import BadRequestError, ConflictError, NotFoundError, RequestTooLarge
from homeport.ids import new_id
from homeport.storage import files as files_module
from homeport.storage import uploads as uploads_module
from homeport.storage.blobs import BLOCK_BYTES, Blobs
from homeport.storage.database import Database
from homeport.storage.files import FileStore, StoredFile, files
from homeport.storage.objects import Page
from homeport.storage.sweep import sweep
from homeport.storage.uploads import StoredUpload, UploadEnded, UploadStore

pytestmark = pytest.mark.anyio

LIMIT_BYTES = 64 * BLOCK_BYTES


@pytest.fixture
async def store(database: Database, tmp_path: Path) -> AsyncIterator[FileStore]:
    opened = FileStore(database, Blobs(tmp_path / "blobs"))
    await opened.open()
    yield opened
    await opened.blobs.close()


@pytest.fixture
def uploads(store: FileStore) -> UploadStore:
    return UploadStore(store)


async def pieces(content: bytes, step: int = 70_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), step):
        yield content[start : start + step]


async def add(store: FileStore, content: bytes = b"content", project: str = "p", **options: int) -> StoredFile:
    return await store.add(project, "a.txt", "assistants", pieces(content), **options)


async def read(store: FileStore, file: StoredFile, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([block async for block in store.stream(file, start, end)])


async def blob_keys(store: FileStore) -> set[str]:
    return {blob.key async for blob in store.blobs.list()}


async def age(store: FileStore, table: object, id: str, **values: int) -> None:
    """Change a row's columns, as time would."""
    await store.database.write(lambda c: c.execute(update(table).where(table.c.id == id).values(values)))  # type: ignore[attr-defined, arg-type]


async def test_a_file_and_its_bytes(store: FileStore, tmp_path: Path) -> None:
    content = os.urandom(2 * BLOCK_BYTES + 5)
    file = await add(store, content)
    assert file.id.startswith("file-")
    assert (file.bytes, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert await store.find("p", file.id) == file
    assert await read(store, file) == content
    assert await read(store, file, 5, BLOCK_BYTES + 1) == content[5 : BLOCK_BYTES + 1]
    assert (await store.fetch(file, tmp_path / "copy")).read_bytes() == content


async def test_another_project_sees_nothing(store: FileStore) -> None:
    file = await add(store)
    with pytest.raises(NotFoundError):
        await store.find("q", file.id)
    with pytest.raises(NotFoundError):
        await store.delete("q", file.id)
    assert (await store.database.read(lambda c: files.list(c, "q", Page()))).data == []
    assert await read(store, file) == b"content"


async def test_deleting_drops_links_and_bytes_together(store: FileStore) -> None:
    dropped: list[tuple[str, str]] = []
    store.on_delete.append(lambda _c, project, file_id: dropped.append((project, file_id)))
    file, other = await add(store), await add(store)
    await store.delete("p", file.id)
    assert dropped == [("p", file.id)]
    assert await blob_keys(store) == {other.id}
    with pytest.raises(NotFoundError):
        await store.delete("p", file.id)


async def test_a_link_that_can_t_be_dropped_keeps_the_file(store: FileStore) -> None:
    def refuse(_connection: Connection, _project: str, _file_id: str) -> None:
        raise ConflictError("in use")

    store.on_delete.append(refuse)
    file = await add(store)
    with pytest.raises(ConflictError):
        await store.delete("p", file.id)
    assert await read(store, await store.find("p", file.id)) == b"content"


async def test_an_expired_file_is_gone_at_once_and_swept_later(store: FileStore, uploads: UploadStore) -> None:
    dropped: list[str] = []
    store.on_delete.append(lambda _c, _project, file_id: dropped.append(file_id))
    kept, expiring = await add(store, expires_after_s=3600), await add(store, expires_after_s=3600)
    await age(store, files_module.table, expiring.id, expires_at=int(time.time()) - 1)
    with pytest.raises(NotFoundError):
        await store.find("p", expiring.id)
    listed = await store.database.read(lambda c: files.list(c, "p", Page()))
    assert [file.id for file in listed.data] == [kept.id]
    assert await blob_keys(store) == {kept.id, expiring.id}
    assert await sweep(store, uploads) == []
    assert await blob_keys(store) == {kept.id}
    assert dropped == [expiring.id]


async def test_orphans_are_swept_and_nothing_else(store: FileStore, uploads: UploadStore) -> None:
    file = await add(store)
    upload = await begin(uploads, b"ab")
    part = await part_of(uploads, upload, b"ab")
    for key in ("file-orphan", "part_orphan"):
        async with store.blobs.writer(key) as writer:
            await writer.write(b"nobody's")
    assert await sweep(store, uploads) == []  # they may be somebody's in a moment
    await asyncio.sleep(0.01)
    assert set(await sweep(store, uploads, orphaned_s=0)) == {"file-orphan", "part_orphan"}
    assert await blob_keys(store) == {file.id, part}


async def test_what_is_not_ours_is_not_swept(database: Database, tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "thesis.tex").write_text("years of work")
    store = FileStore(database, Blobs(documents))
    await store.open()
    file = await add(store)
    await asyncio.sleep(0.01)
    assert await sweep(store, UploadStore(store), orphaned_s=0) == []
    await store.delete("p", file.id)
    assert {path.name for path in documents.iterdir()} == {"thesis.tex", ".partial"}
    await store.blobs.close()


async def test_pieces_that_fail_leave_nothing(store: FileStore) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * BLOCK_BYTES * 2
        raise BadRequestError("no more")

    with pytest.raises(BadRequestError):
        await store.add("p", "a", "assistants", broken())
    assert await blob_keys(store) == set()
    assert (await store.database.read(lambda c: files.list(c, "p", Page()))).data == []


# --- uploads -----------------------------------------------------------------------


async def begin(uploads: UploadStore, content: bytes, purpose: str = "user_data") -> StoredUpload:
    now = int(time.time())
    upload = StoredUpload(
        id=new_id("upload"),
        created_at=now,
        filename="a.jsonl",
        bytes=len(content),
        purpose=purpose,
        mime_type="text/plain",
        expires_at=now + 3600,
    )
    await uploads.create("p", upload)
    return upload


async def part_of(uploads: UploadStore, upload: StoredUpload, content: bytes, project: str = "p") -> str:
    return (await uploads.add_part(project, upload.id, pieces(content), limit_bytes=LIMIT_BYTES)).id


async def test_parts_in_any_order_are_a_file(store: FileStore, uploads: UploadStore, tmp_path: Path) -> None:
    contents = [os.urandom(size) for size in (3, BLOCK_BYTES + 1, 70_000)]
    whole = b"".join(contents)
    upload = await begin(uploads, whole)
    unused = await part_of(uploads, upload, b"sent twice")
    reverse = await asyncio.gather(*(part_of(uploads, upload, content) for content in reversed(contents)))
    part_ids = list(reversed(reverse))
    md5 = hashlib.md5(whole).hexdigest().upper()
    completed, file = await uploads.complete("p", upload.id, part_ids, md5)
    assert (completed.status, completed.file_id) == ("completed", file.id)
    assert (file.bytes, file.sha256) == (len(whole), hashlib.sha256(whole).hexdigest())
    assert await read(store, file) == whole
    for start, end in ((0, 3), (2, 5), (3, 3), (BLOCK_BYTES, None), (len(whole) - 1, len(whole))):
        assert await read(store, file, start, end) == whole[start:end]
    assert (await store.fetch(file, tmp_path / "copy")).read_bytes() == whole
    assert unused not in await blob_keys(store)
    await asyncio.sleep(0.01)
    assert await sweep(store, uploads, orphaned_s=0) == []
    assert await read(store, file) == whole
    await store.delete("p", file.id)
    assert await blob_keys(store) == set()


async def test_completing_again_has_the_same_answer(uploads: UploadStore) -> None:
    upload = await begin(uploads, b"ab")
    part_ids = [await part_of(uploads, upload, b"a"), await part_of(uploads, upload, b"b")]
    first = await uploads.complete("p", upload.id, part_ids, None)
    assert await uploads.complete("p", upload.id, part_ids, None) == first
    with pytest.raises(UploadEnded):
        await uploads.complete("p", upload.id, part_ids[::-1], None)


async def test_completing_twice_at_once_makes_one_file(store: FileStore, uploads: UploadStore) -> None:
    upload = await begin(uploads, b"ab")
    part_ids = [await part_of(uploads, upload, b"ab")]
    outcomes = await asyncio.gather(
        *(uploads.complete("p", upload.id, part_ids, None) for _ in range(5)), return_exceptions=True
    )
    made = {outcome[1].id for outcome in outcomes if isinstance(outcome, tuple)}
    assert len(made) == 1
    assert all(isinstance(outcome, tuple | ConflictError) for outcome in outcomes)
    assert len((await store.database.read(lambda c: files.list(c, "p", Page()))).data) == 1


async def test_cancelling_and_completing_at_once_does_one(store: FileStore, uploads: UploadStore) -> None:
    for _ in range(5):
        upload = await begin(uploads, b"ab")
        part_ids = [await part_of(uploads, upload, b"ab")]
        done, _ = await asyncio.gather(
            uploads.complete("p", upload.id, part_ids, None), uploads.cancel("p", upload.id), return_exceptions=True
        )
        if isinstance(done, tuple):
            assert await read(store, done[1]) == b"ab"
        else:
            assert part_ids[0] not in await blob_keys(store)


@pytest.mark.parametrize("wrong", ["unknown part", "part twice", "too few bytes", "md5"])
async def test_what_can_t_be_completed_stays_pending(uploads: UploadStore, wrong: str) -> None:
    upload = await begin(uploads, b"abab")
    one, other = await part_of(uploads, upload, b"ab"), await part_of(uploads, upload, b"ab")
    part_ids: Sequence[str] = {
        "unknown part": [one, "part_x"],
        "part twice": [one, one],
        "too few bytes": [one],
        "md5": [one, other],
    }[wrong]
    with pytest.raises((BadRequestError, NotFoundError)) as refused:
        await uploads.complete("p", upload.id, part_ids, "0" * 32)
    assert refused.value.param == ("md5" if wrong == "md5" else "part_ids")
    assert (await uploads.complete("p", upload.id, [other, one], None))[0].status == "completed"


async def test_lines_are_checked_when_completed(uploads: UploadStore) -> None:
    line = b'{"custom_id": "a", "method": "POST", "url": "/v1/embeddings", "body": {}}\n'
    upload = await begin(uploads, line + line, purpose="batch")
    parts = [await part_of(uploads, upload, piece) for piece in (line[:10], line[10:] + line)]
    with pytest.raises(BadRequestError, match=r"Line 2: .*custom_id `a`"):
        await uploads.complete("p", upload.id, parts, None)


async def test_parts_of_another_project_s_upload(uploads: UploadStore) -> None:
    upload = await begin(uploads, b"ab")
    part = await part_of(uploads, upload, b"ab")
    with pytest.raises(NotFoundError):
        await part_of(uploads, upload, b"ab", project="q")
    with pytest.raises(NotFoundError):
        await uploads.complete("q", upload.id, [part], None)
    with pytest.raises(NotFoundError):
        await uploads.cancel("q", upload.id)
    theirs = await begin(uploads, b"ab")
    with pytest.raises(NotFoundError):
        await uploads.complete("p", theirs.id, [part], None)


async def test_a_cancelled_upload_forgets_its_parts(store: FileStore, uploads: UploadStore) -> None:
    upload = await begin(uploads, b"ab")
    part = await part_of(uploads, upload, b"ab")
    assert (await uploads.cancel("p", upload.id)).status == "cancelled"
    assert (await uploads.cancel("p", upload.id)).status == "cancelled"
    assert await blob_keys(store) == set()
    for work in (part_of(uploads, upload, b"x"), uploads.complete("p", upload.id, [part], None)):
        with pytest.raises(UploadEnded, match="cancelled"):
            await work


def held(statement: Executable) -> tuple[Callable[[Connection], None], threading.Event, threading.Event]:
    """The work of another replica: told when it is done, it is committed when the second event is set."""
    done, go_on = threading.Event(), threading.Event()

    def work(connection: Connection) -> None:
        connection.execute(statement)
        done.set()
        assert go_on.wait(30)

    return work, done, go_on


async def test_the_sweep_spares_a_part_that_just_became_a_files(store: FileStore, uploads: UploadStore) -> None:
    upload = await begin(uploads, b"ab")
    part = await part_of(uploads, upload, b"ab")
    await age(store, uploads_module.table, upload.id, expires_at=int(time.time()) - 1)
    own = uploads_module.parts.c.id == part
    work, done, go_on = held(update(uploads_module.parts).where(own).values(file_id="file-1"))
    claiming = asyncio.create_task(store.database.write(work))
    assert await asyncio.to_thread(done.wait, 10)
    sweeping = asyncio.create_task(uploads.delete_ended())
    await asyncio.sleep(0.2)  # it has found the part
    go_on.set()
    await asyncio.gather(claiming, sweeping)
    kept = select(uploads_module.parts.c.id)
    assert await store.database.read(lambda c: c.execute(kept).scalars().all()) == [part]
    assert await blob_keys(store) == {part}


async def test_no_file_is_made_of_a_part_that_was_just_swept(store: FileStore, uploads: UploadStore) -> None:
    upload = await begin(uploads, b"ab")
    part = await part_of(uploads, upload, b"ab")
    work, done, go_on = held(delete(uploads_module.parts).where(uploads_module.parts.c.id == part))
    sweeping = asyncio.create_task(store.database.write(work))
    assert await asyncio.to_thread(done.wait, 10)
    completing = asyncio.create_task(uploads.complete("p", upload.id, [part], None))
    await asyncio.sleep(0.2)  # it has found the part
    go_on.set()
    await sweeping
    with pytest.raises((UploadEnded, NotFoundError)):
        await completing
    assert (await store.database.read(lambda c: files.list(c, "p", Page()))).data == []


async def test_an_expired_upload_takes_nothing_and_is_swept(store: FileStore, uploads: UploadStore) -> None:
    upload, pending = await begin(uploads, b"ab"), await begin(uploads, b"ab")
    part, kept = await part_of(uploads, upload, b"ab"), await part_of(uploads, pending, b"ab")

    def expire(connection: Connection) -> None:
        stored = uploads_module.uploads.retrieve(connection, "p", upload.id)
        stored.expires_at = int(time.time()) - 1
        uploads_module.uploads.update(connection, "p", stored)

    await store.database.write(expire)
    for work in (part_of(uploads, upload, b"x"), uploads.complete("p", upload.id, [part], None)):
        with pytest.raises(UploadEnded, match="expired"):
            await work
    await sweep(store, uploads)
    assert await blob_keys(store) == {kept}


async def test_all_parts_together_have_a_limit(store: FileStore, uploads: UploadStore) -> None:
    upload = await begin(uploads, b"ab")
    await uploads.add_part("p", upload.id, pieces(b"12345"), limit_bytes=8)
    with pytest.raises(RequestTooLarge):
        await uploads.add_part("p", upload.id, pieces(b"12345"), limit_bytes=8)
    assert len(await blob_keys(store)) == 1
