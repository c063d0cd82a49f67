"""Blobs: whole and durable or not there at all, in a folder and in a bucket behind a real S3 server."""

from __future__ import annotations

import asyncio
import hashlib
import os
import resource
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from homeport.config import ConfigError
from homeport.errors import StorageUnavailable
from homeport.storage.blobs import BLOCK_BYTES, BlobMissing, Blobs
from tests.s3 import S3Server, s3_server

pytestmark = pytest.mark.anyio

MB = 1024 * 1024
CONTENT = os.urandom(7 * MB + 12_345)  # more than one part of S3's


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    with s3_server() as running:
        yield running


@pytest.fixture(params=["folder", "bucket"])
async def blobs(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Blobs]:
    where: str | Path = tmp_path / "files"
    if request.param == "bucket":
        s3: S3Server = request.getfixturevalue("s3")
        for name, value in s3.env.items():
            monkeypatch.setenv(name, value)
        where = f"s3://{s3.new_bucket()}/some/prefix"
    opened = Blobs(where)
    yield opened
    await opened.close()


async def put(blobs: Blobs, key: str, content: bytes = CONTENT, step: int = 100_000) -> str:
    async with blobs.writer(key) as writer:
        for start in range(0, len(content), step):
            await writer.write(content[start : start + step])
    assert writer.size_bytes == len(content)
    return writer.sha256


async def keys(blobs: Blobs) -> set[str]:
    return {blob.key async for blob in blobs.list()}


@pytest.mark.parametrize("size_bytes", [0, 1, BLOCK_BYTES, 5 * MB, len(CONTENT)])
async def test_what_is_written_is_read(blobs: Blobs, tmp_path: Path, size_bytes: int) -> None:
    content = CONTENT[:size_bytes]
    assert await put(blobs, "file-a", content) == hashlib.sha256(content).hexdigest()
    assert await blobs.read("file-a") == content
    path = await blobs.fetch("file-a", tmp_path / "copy")
    assert path.read_bytes() == content


async def test_parts_of_a_blob(blobs: Blobs) -> None:
    await put(blobs, "file-a")
    for start, end in ((0, 1), (5, 5), (7, BLOCK_BYTES + 9), (len(CONTENT) - 3, None), (len(CONTENT), None)):
        assert b"".join([block async for block in blobs.stream("file-a", start, end)]) == CONTENT[start:end]
    assert await blobs.read("file-a", 10, 20) == CONTENT[10:30]


async def test_list_and_delete(blobs: Blobs) -> None:
    before = time.time()
    for key in ("part_1", "part_2", "file-1"):
        await put(blobs, key, key.encode())
    found = [blob async for blob in blobs.list("part_")]
    assert {(blob.key, blob.size_bytes) for blob in found} == {("part_1", 6), ("part_2", 6)}
    assert all(before - 2 < blob.modified_at < time.time() + 2 for blob in found)
    await blobs.delete("part_1")
    await blobs.delete("part_1")
    assert await keys(blobs) == {"part_2", "file-1"}
    for read in (blobs.read("part_1"), blobs.read("part_1", 0, 3)):
        with pytest.raises(BlobMissing):
            await read


@pytest.mark.parametrize("written_bytes", [0, 10, BLOCK_BYTES, len(CONTENT)])
async def test_who_gives_up_leaves_nothing(blobs: Blobs, tmp_path: Path, written_bytes: int) -> None:
    with pytest.raises(ZeroDivisionError):
        async with blobs.writer("file-a") as writer:
            await writer.write(CONTENT[:written_bytes])
            raise ZeroDivisionError
    assert await keys(blobs) == set()
    assert list(tmp_path.rglob("*file-a*")) == []


async def test_who_is_cancelled_leaves_nothing(blobs: Blobs, tmp_path: Path) -> None:
    written = asyncio.Event()

    async def write() -> None:
        async with blobs.writer("file-a") as writer:
            while True:
                await writer.write(CONTENT[:BLOCK_BYTES])
                written.set()

    for _ in range(10):
        written.clear()
        writing = asyncio.create_task(write())
        await written.wait()
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        assert await keys(blobs) == set()
        assert list(tmp_path.rglob("*file-a*")) == []


async def test_a_store_is_one_database_s(blobs: Blobs) -> None:
    assert await blobs.claim("one")
    await put(blobs, "file-a", b"a")
    assert await blobs.claim("one")
    assert not await blobs.claim("other")
    assert await keys(blobs) == {"file-a"}


async def test_a_store_with_content_of_nobody_is_not_claimed(blobs: Blobs) -> None:
    await put(blobs, "file-a", b"a")
    assert not await blobs.claim("one")
    await blobs.delete("file-a")
    assert await blobs.claim("one")


async def test_many_at_a_time(blobs: Blobs) -> None:
    contents = {f"file-{n}": os.urandom(BLOCK_BYTES + n) for n in range(20)}
    await asyncio.gather(*(put(blobs, key, content) for key, content in contents.items()))
    for key, content in contents.items():
        assert await blobs.read(key) == content


# --- folders -------------------------------------------------------------------------


@pytest.fixture
def small_disk() -> Iterator[Callable[[int], None]]:
    """Call it with a number of bytes beyond which no file of this process can grow: a full disk, on every machine."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size_bytes: resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size_bytes", [BLOCK_BYTES // 2, 3 * BLOCK_BYTES])
async def test_a_full_disk(tmp_path: Path, small_disk: Callable[[int], None], size_bytes: int) -> None:
    blobs = Blobs(tmp_path)
    await put(blobs, "file-before", b"before")
    small_disk(BLOCK_BYTES // 4)
    with pytest.raises(StorageUnavailable) as refused:
        await put(blobs, "file-a", CONTENT[:size_bytes])
    assert (refused.value.status, refused.value.code) == (507, "storage_full")
    assert await keys(blobs) == {"file-before"}
    assert list(tmp_path.rglob("*file-a*")) == []
    await put(blobs, "file-small", b"small")
    await blobs.close()


async def test_what_a_crash_left_is_swept(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    async with blobs.writer("file-slow") as writer:
        await writer.write(CONTENT)
        dead = tmp_path / ".partial" / "file-dead.0123"
        dead.write_bytes(b"half")
        os.utime(dead, (1, 1))
        await blobs.sweep(time.time() - 3600)
        assert not dead.exists()
    assert await blobs.read("file-slow") == CONTENT
    await blobs.close()


async def test_others_on_this_machine_see_nothing(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "files")
    await put(blobs, "file-a", b"secret")
    assert (tmp_path / "files" / "file-a").stat().st_mode & 0o077 == 0
    await blobs.close()


# --- buckets -------------------------------------------------------------------------


async def test_an_upload_that_fails_is_aborted(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in s3.env.items():
        monkeypatch.setenv(name, value)
    bucket = s3.new_bucket()
    blobs = Blobs(f"s3://{bucket}")
    with pytest.raises(ZeroDivisionError):
        async with blobs.writer("file-a") as writer:
            for _ in range(3):
                await writer.write(CONTENT)
            raise ZeroDivisionError
    assert s3.unfinished(bucket) == 0
    assert await keys(blobs) == set()


async def test_a_bucket_that_is_not_there(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in s3.env.items():
        monkeypatch.setenv(name, value)
    blobs = Blobs("s3://no-such-bucket")
    for content in (b"small", CONTENT):
        with pytest.raises(StorageUnavailable, match="file store"):
            await put(blobs, "file-a", content)


async def test_a_store_that_is_not_there(monkeypatch: pytest.MonkeyPatch, s3: S3Server) -> None:
    for name, value in s3.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    blobs = Blobs("s3://bucket")
    with pytest.raises(StorageUnavailable, match="file store"):
        await blobs.read("file-a")


async def test_memory_does_not_grow_with_a_blob(blobs: Blobs) -> None:
    block = os.urandom(MB)

    async def through(blocks: int) -> None:
        async with blobs.writer("file-big") as writer:
            for _ in range(blocks):
                await writer.write(block)
        async for _ in blobs.stream("file-big"):
            pass

    await through(16)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    await through(128)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024  # KiB


def test_places_that_can_t_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for where in ("ftp://host/folder", tmp_path / "file"):
        with pytest.raises(ConfigError, match="files_url"):
            Blobs(where)
