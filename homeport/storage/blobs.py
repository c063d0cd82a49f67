"""Where the bytes of files are kept: a folder (`<data-dir>/files`) or a bucket (`s3://bucket/prefix`).

A blob is written once, in pieces, and is there as a whole or not at all: who reads never sees a part of it, and what
was committed survives a power cut. Keys are made by the server (ids), never by a caller. Metadata is committed after
the bytes, so a crash between the two leaves a blob that no row names; `FileStore.sweep` finds those.

Nothing here blocks the event loop, and nothing holds more than a few blocks of a blob in memory.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import re
import secrets
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from io import FileIO
from pathlib import Path
from typing import Any, Protocol, TypeVar

from msgspec import Struct

from homeport.config import ConfigError
from homeport.errors import NotFoundError, StorageUnavailable

BLOCK_BYTES = 256 * 1024  # what is read, hashed and written at a time
OWNER = ".owner"  # no key: where a store says whose it is
THREADS = 4  # for folders: disks are waited for here

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,199}")
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

T = TypeVar("T")


class BlobInfo(Struct, frozen=True):
    key: str
    size_bytes: int
    modified_at: float  # seconds since 1970


class Writer:
    """A blob in the making. When its `async with` ends well, `size_bytes` and `sha256` (hex) are those of the blob.

    Append to `observers` whoever wants to see the bytes go by: each is called with every block, in order, on a thread;
    what one raises ends the writing.
    """

    def __init__(self, store: Callable[[bytes], Any]) -> None:
        hash = hashlib.sha256()
        self.size_bytes = 0
        self.sha256 = ""
        self.observers: list[Callable[[bytes], None]] = [hash.update]
        self._hash = hash
        self._store = store  # an async function that keeps a block
        self._pieces: list[bytes] = []
        self._held_bytes = 0
        self._storing: asyncio.Task[None] | None = None

    async def write(self, data: bytes) -> None:
        """Add to the blob. One block is stored while the next comes in; a faster caller waits.

        Raises StorageUnavailable, its code `storage_full` where there is no space left.
        """
        self._pieces.append(data)
        self._held_bytes += len(data)
        self.size_bytes += len(data)
        if self._held_bytes >= BLOCK_BYTES:
            await self._next_block()

    async def flush(self) -> None:
        """Store what is still held: after this the observers have seen everything."""
        await self._next_block()
        await self._settle()
        self.sha256 = self._hash.hexdigest()

    async def abandon(self) -> None:
        """Let go of the block on its way. For stores only."""
        if self._storing is not None:
            self._storing.cancel()
            await asyncio.gather(self._storing, return_exceptions=True)

    async def _settle(self) -> None:
        if self._storing is not None:
            await self._storing
            self._storing = None

    async def _next_block(self) -> None:
        await self._settle()
        block = b"".join(self._pieces)
        self._pieces, self._held_bytes = [], 0
        if block:
            self._storing = asyncio.create_task(self._keep(block))

    async def _keep(self, block: bytes) -> None:
        await asyncio.gather(asyncio.to_thread(self._show, block), self._store(block))

    def _show(self, block: bytes) -> None:
        for observe in self.observers:
            observe(block)


class Store(Protocol):
    """A place for blobs: `Folder` below, `storage.bucket.Bucket`."""

    def writer(self, key: str) -> AbstractAsyncContextManager[Writer]: ...
    def stream(self, key: str, start: int, end: int | None) -> AsyncIterator[bytes]: ...
    async def delete(self, key: str) -> None: ...
    def list(self) -> AsyncIterator[BlobInfo]: ...
    def path(self, key: str) -> Path | None: ...
    async def sweep(self, older_than: float) -> None: ...
    async def owner(self) -> str | None: ...
    async def set_owner(self, owner: str) -> None: ...
    async def close(self) -> None: ...


class Blobs:
    """All blobs of a server, in a folder or, for a URL, in a bucket. Raises ConfigError for a URL that can't be one."""

    def __init__(self, where: str | Path) -> None:
        if isinstance(where, str) and "://" in where:
            from homeport.storage.bucket import Bucket  # loads obstore

            self._store: Store = Bucket(where)
        else:
            self._store = Folder(Path(where))

    def writer(self, key: str) -> AbstractAsyncContextManager[Writer]:
        """`async with blobs.writer(key) as w: await w.write(…)`: durable when it ends well, without a trace if not."""
        return self._store.writer(_checked(key))

    def stream(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `end`, in blocks. Raises BlobMissing."""
        return self._store.stream(_checked(key), start, end)

    async def read(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """Up to `length` bytes from `offset`. For small pieces: `stream` is for whole blobs. Raises BlobMissing."""
        end = None if length is None else offset + length
        return b"".join([block async for block in self.stream(key, offset, end)])

    async def fetch(self, key: str, path: Path) -> Path:
        """A local file with the bytes: the blob's own where there is one (only read it!), else `path`, written."""
        own = self._store.path(_checked(key))
        if own is not None:
            return own
        await save(self.stream(key), path)
        return path

    async def delete(self, key: str) -> None:
        """Gone after this, whether it was there or not."""
        await self._store.delete(_checked(key))

    async def list(self, prefix: str = "") -> AsyncIterator[BlobInfo]:
        """Every blob whose key begins so, in no order."""
        async for blob in self._store.list():
            if blob.key.startswith(prefix) and _KEY.fullmatch(blob.key):
                yield blob

    async def claim(self, owner: str) -> bool:
        """Is this store `owner`'s? An empty one that is nobody's becomes its.

        The mark stays in the store. It keeps a server with another database, or a folder of somebody's own documents,
        from being taken for one full of orphans.
        """
        found = await self._store.owner()
        if found is None and await anext(self.list(), None) is None:
            await self._store.set_owner(owner)
            return True
        return found == owner

    async def sweep(self, older_than: float) -> None:
        """Remove what writers left behind that died before `older_than` (seconds since 1970)."""
        await self._store.sweep(older_than)

    async def close(self) -> None:
        await self._store.close()


class BlobMissing(NotFoundError):
    """A file's bytes are gone: it was deleted a moment ago."""

    def __init__(self) -> None:
        super().__init__("The file's content is not there any more.")


async def save(pieces: AsyncIterator[bytes], path: Path) -> None:
    """Write a stream to a local file. Raises StorageUnavailable, as where there is no space for it."""
    try:
        with await asyncio.to_thread(open, path, "wb") as file:
            async for piece in pieces:
                await asyncio.to_thread(file.write, piece)
    except OSError as error:
        raise _unavailable(error) from error


class Folder:
    """Blobs as files. They are written beside it, in `.partial`, and renamed when they are whole and synced."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._partial = folder / ".partial"
        try:
            self._partial.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"storage.files_url: {folder}: {error.strerror}") from None
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="homeport-files")

    @asynccontextmanager
    async def writer(self, key: str) -> AsyncIterator[Writer]:
        partial = _Partial(self._partial / f"{key}.{secrets.token_hex(4)}")
        await self._run(partial.create)
        writer = Writer(lambda block: self._run(partial.write, block))
        try:
            yield writer
            await writer.flush()
            await self._run(partial.publish, self._folder / key)
        except BaseException:
            await writer.abandon()
            await asyncio.shield(self._run(partial.discard))
            raise

    async def stream(self, key: str, start: int, end: int | None) -> AsyncIterator[bytes]:
        file = await self._run(_open, self._folder / key)
        with file:
            while end is None or start < end:
                wanted = BLOCK_BYTES if end is None else min(BLOCK_BYTES, end - start)
                block = await self._run(os.pread, file.fileno(), wanted, start)
                if not block:
                    break
                start += len(block)
                yield block

    async def delete(self, key: str) -> None:
        await self._run(lambda: (self._folder / key).unlink(missing_ok=True))

    async def list(self) -> AsyncIterator[BlobInfo]:
        for blob in await self._run(_files, self._folder):
            yield blob

    def path(self, key: str) -> Path | None:
        return self._folder / key

    async def sweep(self, older_than: float) -> None:
        for partial in await self._run(_files, self._partial):
            if partial.modified_at < older_than:
                (self._partial / partial.key).unlink(missing_ok=True)

    async def owner(self) -> str | None:
        try:
            return await self._run((self._folder / OWNER).read_text)
        except BlobMissing:
            return None

    async def set_owner(self, owner: str) -> None:
        await self._run((self._folder / OWNER).write_text, owner)

    async def close(self) -> None:
        await asyncio.to_thread(self._threads.shutdown)

    async def _run(self, work: Callable[..., T], *arguments: Any) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        except FileNotFoundError:
            raise BlobMissing from None
        except OSError as error:
            raise _unavailable(error) from error


class _Partial:
    """A file on its way. Its lock makes one step follow another, also where who waited for a step was cancelled."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._file: FileIO | None = None

    def create(self) -> None:
        self._file = FileIO(self._path, "xb", opener=lambda path, flags: os.open(path, flags, 0o600))

    def write(self, block: bytes) -> None:
        with self._lock:
            rest = memoryview(block)
            while rest and self._file is not None:
                rest = rest[self._file.write(rest) :]

    def publish(self, path: Path) -> None:
        """Give it its name, when what was written is durable; then the name is made durable too."""
        with self._lock:
            assert self._file is not None
            os.fsync(self._file.fileno())
            self._close()
            os.rename(self._path, path)
            folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def discard(self) -> None:
        with self._lock:
            self._close()
            self._path.unlink(missing_ok=True)

    def _close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()


def _open(path: Path) -> FileIO:
    return FileIO(path, "rb")


def _files(folder: Path) -> list[BlobInfo]:
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue  # deleted a moment ago
                found.append(BlobInfo(entry.name, status.st_size, status.st_mtime))
    return found


def _unavailable(error: OSError) -> StorageUnavailable:
    if error.errno in _FULL:
        return StorageUnavailable("There is no space left to store the file.", status=507, code="storage_full")
    return StorageUnavailable(f"The file store can't be used at this moment: {error.strerror}.")


def _checked(key: str) -> str:
    assert _KEY.fullmatch(key), f"no key of a blob: {key!r}"
    return key
