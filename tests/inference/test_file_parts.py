"""Documents in messages: how many are copied at once, how large they may be, and a disk that is full."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from homeport.errors import BadRequestError, StorageUnavailable
from homeport.inference import file_parts
from homeport.inference.file_parts import FileParts
from homeport.storage.blobs import Blobs, save
from homeport.storage.database import Database
from homeport.storage.files import FileStore, StoredFile

pytestmark = pytest.mark.anyio

P = "proj_test"


async def pieces(data: bytes) -> AsyncIterator[bytes]:
    yield data


@pytest.fixture
async def store(database: Database, tmp_path: Path) -> AsyncIterator[FileStore]:
    made = FileStore(database, Blobs(tmp_path / "files"))
    yield made
    await made.blobs.close()


async def shown(parts: FileParts, file: StoredFile) -> str:
    message = {"role": "user", "content": [{"type": "input_file", "file_id": file.id}]}
    (told,) = await parts.inlined(P, [message])
    text: str = told["content"][0]["text"]
    return text


async def test_documents_are_copied_in_turn(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch = store.fetch
    at_once = most = fetched = 0
    all_in = asyncio.Event()

    async def slow(file: StoredFile, path: Path) -> Path:
        nonlocal at_once, most, fetched
        at_once, fetched = at_once + 1, fetched + 1
        most = max(most, at_once)
        if at_once == 4:
            all_in.set()
        await all_in.wait()
        await asyncio.sleep(0.01)
        at_once -= 1
        return await fetch(file, path)

    monkeypatch.setattr(store, "fetch", slow)
    files = [await store.add(P, f"{number}.txt", "user_data", pieces(b"Text %d" % number)) for number in range(6)]
    parts = FileParts(store)
    async with asyncio.timeout(60):
        texts = await asyncio.gather(*(shown(parts, file) for file in files * 2))
    assert texts == [f"{number}.txt:\n\nText {number}" for number in range(6)] * 2
    assert most == 4
    assert 6 <= fetched < 12, "who waited for its turn reads what another has read"


async def test_a_document_that_is_too_large(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_parts, "MAX_DOCUMENT_BYTES", 3)
    monkeypatch.setattr(store, "fetch", None)
    file = await store.add(P, "a.txt", "user_data", pieces(b"Text"))
    with pytest.raises(BadRequestError, match="larger than") as refused:
        await shown(FileParts(store), file)
    assert refused.value.param == "input"


async def test_a_full_disk_is_told_as_one() -> None:
    with pytest.raises(StorageUnavailable) as full:
        await save(pieces(b"x" * 100_000), Path("/dev/full"))
    assert (full.value.status, full.value.code) == (507, "storage_full")
