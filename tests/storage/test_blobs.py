"""Blobs: whole and durable or not there at all, in a folder and in a bucket behind a real S3 server."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from homeport.storage.blobs import BLOCK_BYTES, BlobMissing, Blobs

pytestmark = pytest.mark.anyio

CONTENT = os.urandom(3 * BLOCK_BYTES + 12_345)


@pytest.fixture
async def blobs(tmp_path: Path):
    opened = Blobs(tmp_path / "files")
    yield opened
    await opened.close()


async def put(blobs: Blobs, key: str, content: bytes = CONTENT, step: int = 100_000) -> str:
    async with blobs.writer(key) as writer:
        for start in range(0, len(content), step):
            await writer.write(content[start : start + step])
    assert writer.size_bytes == len(content)
    return writer.sha256


async def test_what_is_written_is_read(blobs: Blobs, tmp_path: Path) -> None:
    assert await put(blobs, "file-a") == hashlib.sha256(CONTENT).hexdigest()
    assert await blobs.read("file-a") == CONTENT
    for start, end in ((0, 1), (5, 5), (7, BLOCK_BYTES + 9), (len(CONTENT) - 3, None), (len(CONTENT), None)):
        assert b"".join([block async for block in blobs.stream("file-a", start, end)]) == CONTENT[start:end]
    assert await blobs.read("file-a", 10, 20) == CONTENT[10:30]
    path = await blobs.fetch("file-a", tmp_path / "copy")
    assert path.read_bytes() == CONTENT
    assert await put(blobs, "file-empty", b"") == hashlib.sha256().hexdigest()
    assert await blobs.read("file-empty") == b""


async def test_list_and_delete(blobs: Blobs) -> None:
    for key in ("part_1", "part_2", "file-1"):
        await put(blobs, key, key.encode())
    assert {(blob.key, blob.size_bytes) async for blob in blobs.list("part_")} == {("part_1", 6), ("part_2", 6)}
    await blobs.delete("part_1")
    await blobs.delete("part_1")
    assert {blob.key async for blob in blobs.list()} == {"part_2", "file-1"}
    with pytest.raises(BlobMissing):
        await blobs.read("part_1")
