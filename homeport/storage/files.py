"""Files: their rows, and what creates, reads and deletes a row and its bytes together.

A file's bytes are one blob under the file's own id or, where it was uploaded in parts, the parts' blobs in order:
completing an upload copies nothing. A blob's key is the id of the row that owns it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct
from sqlalchemy import BigInteger, Column, ColumnElement, Connection, Index, String, Table, or_, select

from homeport.errors import ApiError
from homeport.ids import new_id
from homeport.storage.blobs import Blobs, Writer, save
from homeport.storage.database import Database
from homeport.storage.objects import Listing, Objects, Page, Stored, object_table
from homeport.storage.schema import metadata

_SWEEP_ROWS = 100  # deleted in one transaction

log = logging.getLogger(__name__)

FileStatus = Literal["uploaded", "processed", "error"]


class Blob(Struct, frozen=True):
    key: str
    size_bytes: int


class StoredFile(Stored):
    """A file; its `bytes` is their number. `expires_at`: seconds since 1970, None for one that stays."""

    filename: str
    bytes: int
    purpose: str
    sha256: str  # hex
    blobs: tuple[Blob, ...]  # in order
    status: FileStatus = "processed"
    status_details: str | None = None
    expires_at: int | None = None


table = object_table(
    "files",
    Column("purpose", String, nullable=False),
    Column("expires_at", BigInteger),
    Index("ix_files_project_id_purpose_seq", "project_id", "purpose", "seq"),
    Index("ix_files_expires_at", "expires_at"),
)


# One row, written by the migration: by it a store of blobs knows its database.
store_owner = Table("file_store_owner", metadata, Column("id", String, primary_key=True))


class FileObjects(Objects[StoredFile]):
    """The rows of files. One that has expired is not there, even before it is swept."""

    def find(self, connection: Connection, project_id: str, id: str, *where: ColumnElement[bool]) -> StoredFile | None:
        return super().find(connection, project_id, id, _alive(), *where)

    def list(self, connection: Connection, project_id: str, page: Page, *where: ColumnElement[bool]) -> Listing:
        return super().list(connection, project_id, page, _alive(), *where)

    def find_many(self, connection: Connection, project_id: str, ids: Collection[str]) -> Sequence[StoredFile]:
        """Those that are there, in no order."""
        c = self.table.c
        query = select(c.data).where(c.project_id == project_id, c.id.in_(ids), _alive())
        return [msgspec.json.decode(data, type=StoredFile) for data in connection.execute(query).scalars()]


def _alive() -> ColumnElement[bool]:
    expires_at = table.c.expires_at
    return or_(expires_at.is_(None), expires_at > int(time.time()))


files = FileObjects(table, StoredFile, "file")

# Called in the transaction that deletes a file, with (connection, project_id, file_id): others drop their links to it.
OnDelete = Callable[[Connection, str, str], None]


class FileStore:
    """Files with their bytes. Append to `on_delete` whoever has rows that name files."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self.database = database
        self.blobs = blobs
        self.on_delete: list[OnDelete] = []

    async def owns_blobs(self) -> bool:
        """Do the blobs belong to this database? Only then may those without a row be removed."""
        owner = await self.database.read(lambda c: c.execute(select(store_owner.c.id)).scalar_one())
        return await self.blobs.claim(owner)

    async def open(self) -> None:
        """Mark the store of blobs as this database's while it is empty, and say so where it is another's."""
        try:
            if not await self.owns_blobs():
                log.warning("the file store is not this database's: bytes of deleted files may stay in it")
        except ApiError as error:
            log.warning("the file store can't be reached yet: %s", error)

    async def add(
        self,
        project_id: str,
        filename: str,
        purpose: str,
        pieces: AsyncIterable[bytes],
        *,
        expires_after_s: int | None = None,
    ) -> StoredFile:
        """Store a stream as a new file; returned means durable. What `pieces` raises leaves nothing behind."""
        file_id = new_file_id()
        async with self.blobs.writer(file_id) as writer:
            async for piece in pieces:
                await writer.write(piece)
        file = new_file(file_id, filename, purpose, writer, expires_after_s)
        await self.insert(project_id, file)
        return file

    async def insert(self, project_id: str, file: StoredFile) -> None:
        """The row of a file whose bytes are durable. Where it could not be written, `sweep` finds the bytes."""
        await self.database.write(lambda c: files.insert(c, project_id, file))

    async def find(self, project_id: str, file_id: str) -> StoredFile:
        """Raises NotFoundError, also for an expired file and another project's."""
        return await self.database.read(lambda c: files.retrieve(c, project_id, file_id))

    async def stream(self, file: StoredFile, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The file's bytes from `start` up to `end`, in blocks."""
        end = file.bytes if end is None else end
        for blob in file.blobs:
            if start < blob.size_bytes and end > 0:
                async for block in self.blobs.stream(blob.key, max(start, 0), min(end, blob.size_bytes)):
                    yield block
            start, end = start - blob.size_bytes, end - blob.size_bytes

    async def fetch(self, file: StoredFile, path: Path) -> Path:
        """A local file with the bytes: the blob itself where it is one (only read it!), else `path`, written."""
        if len(file.blobs) == 1:
            return await self.blobs.fetch(file.blobs[0].key, path)
        await save(self.stream(file), path)
        return path

    async def delete(self, project_id: str, file_id: str) -> None:
        """The row and every link to it in one transaction, then the bytes. Raises NotFoundError."""

        def work(connection: Connection) -> StoredFile:
            file = files.retrieve(connection, project_id, file_id)
            self._delete_row(connection, project_id, file_id)
            return file

        file = await self.database.write(work)
        await self.remove_blobs([blob.key for blob in file.blobs])

    async def delete_expired(self) -> None:
        """Files past their `expires_at`, which nobody can see any more."""
        expired = table.c.expires_at <= int(time.time())
        query = select(table.c.project_id, table.c.data).where(expired).order_by(table.c.seq).limit(_SWEEP_ROWS)

        def work(connection: Connection) -> list[str]:
            keys = []
            for project_id, data in connection.execute(query).all():
                file = msgspec.json.decode(data, type=StoredFile)
                self._delete_row(connection, project_id, file.id)
                keys += [blob.key for blob in file.blobs]
            return keys

        while keys := await self.database.write(work):
            await self.remove_blobs(keys)

    async def remove_blobs(self, keys: Iterable[str]) -> None:
        """Bytes that no row names any more. What can't be removed now is swept later."""
        for key in keys:
            try:
                await self.blobs.delete(key)
            except ApiError as error:
                log.warning("blob %s could not be removed yet: %s", key, error)

    def _delete_row(self, connection: Connection, project_id: str, file_id: str) -> None:
        for drop_links in self.on_delete:
            drop_links(connection, project_id, file_id)
        files.delete(connection, project_id, file_id)


def new_file_id() -> str:
    """``file-…``: files alone are written with a hyphen, as OpenAI's."""
    return "file-" + new_id("file").removeprefix("file_")


def new_file(
    file_id: str, filename: str, purpose: str, written: Writer, expires_after_s: int | None = None
) -> StoredFile:
    """The row of a file whose bytes are the blob `file_id`, as `written`."""
    now = int(time.time())
    return StoredFile(
        id=file_id,
        created_at=now,
        filename=filename,
        bytes=written.size_bytes,
        purpose=purpose,
        sha256=written.sha256,
        blobs=(Blob(file_id, written.size_bytes),),
        expires_at=None if expires_after_s is None else now + expires_after_s,
    )
