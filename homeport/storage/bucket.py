"""Blobs in a bucket: S3 and whatever speaks its protocol, by obstore.

Endpoint and credentials come from the environment, as for every S3 client: `AWS_ENDPOINT_URL`, `AWS_ACCESS_KEY_ID`,
`AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, or the machine's role. An object appears when its upload is completed, so nothing
half-written is visible; give the bucket a lifecycle rule that aborts incomplete multipart uploads, for those of
servers that were killed.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from homeport.config import ConfigError
from homeport.errors import StorageUnavailable
from homeport.storage.blobs import BLOCK_BYTES, OWNER, BlobInfo, BlobMissing, Writer

_PART_BYTES = 5 * 1024 * 1024  # of S3's multipart uploads, which can't have smaller ones; under it an object is one PUT
_PARTS_AT_A_TIME = 3
_READ_BYTES = 4 * 1024 * 1024  # a request each, so that a slow reader holds no connection
_REQUEST_TIMEOUT = timedelta(seconds=60)
_RETRY_TIMEOUT = timedelta(seconds=30)


class Bucket:
    """A store of blobs (see `storage.blobs`). Raises ConfigError for a URL that is not S3's."""

    def __init__(self, url: str) -> None:
        if not url.startswith("s3://"):
            raise ConfigError(f"storage.files_url: `{url}` is neither a folder nor s3://bucket/prefix")
        try:
            self._store = S3Store.from_url(
                url,
                client_options={
                    "allow_http": True,
                    "connect_timeout": timedelta(seconds=5),
                    "timeout": _REQUEST_TIMEOUT,
                },
                retry_config={"max_retries": 3, "retry_timeout": _RETRY_TIMEOUT},
            )
        except (BaseError, ValueError) as error:
            raise ConfigError(f"storage.files_url: {_first_line(error)}") from None

    @asynccontextmanager
    async def writer(self, key: str) -> AsyncIterator[Writer]:
        upload = _Upload(self._store, key)
        writer = Writer(upload.store)
        try:
            yield writer
            await writer.flush()
            await upload.finish()
        except BaseException:
            await writer.abandon()
            await upload.abort()
            raise

    async def stream(self, key: str, start: int, end: int | None) -> AsyncIterator[bytes]:
        with _told(missing_is_gone=True):
            if end is None:
                end = (await obstore.head_async(self._store, key))["size"]
            while start < end:
                stop = min(start + _READ_BYTES, end)
                piece = memoryview(await obstore.get_range_async(self._store, key, start=start, end=stop))
                for at in range(0, len(piece), BLOCK_BYTES):
                    yield bytes(piece[at : at + BLOCK_BYTES])
                start = stop

    async def delete(self, key: str) -> None:
        with _told(), contextlib.suppress(FileNotFoundError):
            await obstore.delete_async(self._store, key)

    async def list(self) -> AsyncIterator[BlobInfo]:
        with _told():
            async for page in obstore.list(self._store, chunk_size=1000):
                for found in page:
                    yield BlobInfo(found["path"], found["size"], found["last_modified"].timestamp())

    def path(self, key: str) -> Path | None:
        return None

    async def sweep(self, older_than: float) -> None:
        """Incomplete uploads are not visible here: the bucket's lifecycle rule removes them."""

    async def owner(self) -> str | None:
        try:
            with _told(missing_is_gone=True):
                answer = await obstore.get_async(self._store, OWNER)
                return bytes(await answer.bytes_async()).decode()
        except BlobMissing:
            return None

    async def set_owner(self, owner: str) -> None:
        with _told():
            await obstore.put_async(self._store, OWNER, owner.encode(), use_multipart=False)

    async def close(self) -> None:
        pass


class _Upload:
    """An object on its way: one PUT while it is small, else a multipart upload that is fed block by block."""

    def __init__(self, store: S3Store, key: str) -> None:
        self._store = store
        self._key = key
        self._head: list[bytes] = []
        self._head_bytes = 0
        self._blocks: asyncio.Queue[bytes | None] = asyncio.Queue(1)
        self._put: asyncio.Task[Any] | None = None
        self._aborted = False

    async def store(self, block: bytes) -> None:
        if self._put is not None:
            await self._feed(block)
            return
        self._head.append(block)
        self._head_bytes += len(block)
        if self._head_bytes >= _PART_BYTES:
            self._put = asyncio.create_task(self._put_parts())
            head, self._head = self._head, []
            for block in head:
                await self._feed(block)

    async def finish(self) -> None:
        with _told():
            if self._put is None:
                await obstore.put_async(self._store, self._key, b"".join(self._head), use_multipart=False)
                return
            await self._feed(None)
            await self._put

    async def abort(self) -> None:
        """Fail the upload from within: obstore then aborts it. (Cancelled, it would leave its parts in the bucket.)"""
        if self._put is not None:
            self._aborted = True
            with contextlib.suppress(asyncio.QueueEmpty):
                self._blocks.get_nowait()
            self._blocks.put_nowait(None)
            await asyncio.gather(self._put, return_exceptions=True)

    async def _put_parts(self) -> None:
        await obstore.put_async(
            self._store, self._key, self._arriving(), chunk_size=_PART_BYTES, max_concurrency=_PARTS_AT_A_TIME
        )

    async def _arriving(self) -> AsyncIterator[bytes]:
        while (block := await self._blocks.get()) is not None:
            yield block
        if self._aborted:
            raise StorageUnavailable("The upload was aborted.")

    async def _feed(self, block: bytes | None) -> None:
        """Hand a block on. Raises what the upload failed with."""
        assert self._put is not None
        feeding = asyncio.ensure_future(self._blocks.put(block))
        await asyncio.wait([feeding, self._put], return_when=asyncio.FIRST_COMPLETED)
        if not feeding.done():
            feeding.cancel()
            with _told():
                await self._put
            raise StorageUnavailable("The file store ended an upload by itself.")


@contextlib.contextmanager
def _told(*, missing_is_gone: bool = False) -> Any:
    """Errors of the store as what a caller may hear of them."""
    try:
        yield
    except FileNotFoundError:
        if missing_is_gone:
            raise BlobMissing from None
        raise StorageUnavailable("The file store can't be used at this moment: it has no such bucket.") from None
    except (BaseError, OSError) as error:
        raise StorageUnavailable(f"The file store can't be used at this moment: {_first_line(error)}.") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".:")
