"""Uploads: large files that come in parts, in any order, before they are files.

    pending ──complete──▸ completed      the parts named become the file's blobs: nothing is copied
       ├─────cancel─────▸ cancelled
       └────an hour─────▸ expired        what parts there are is swept

A part is a row and a blob under the same id. A part that a file was made of stays, as the owner of that blob.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterable, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import BigInteger, Column, Connection, Index, String, Table, delete, func, insert, or_, select, update

from homeport.core.jsonl import check_for
from homeport.errors import ApiError, BadRequestError, NotFoundError, RequestTooLarge
from homeport.ids import new_id
from homeport.storage.files import Blob, FileStore, StoredFile, files, new_file_id
from homeport.storage.objects import Objects, Stored, object_table
from homeport.storage.schema import metadata

LIFE_S = 3600  # of a pending upload
_KEPT_S = 86_400  # how long one that ended can still be asked for
_SWEEP_ROWS = 1000

UploadStatus = Literal["pending", "completed", "cancelled", "expired"]


class StoredUpload(Stored):
    """An upload; its `bytes` is the number that its parts must have together."""

    filename: str
    bytes: int
    purpose: str
    mime_type: str
    expires_at: int  # this upload, seconds since 1970
    file_expires_after_s: int | None = None
    status: UploadStatus = "pending"
    file_id: str | None = None  # of the file it became


class Part(Struct, frozen=True):
    id: str
    upload_id: str
    created_at: int


table = object_table(
    "uploads",
    Column("status", String, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index("ix_uploads_status_expires_at", "status", "expires_at"),
)
uploads = Objects(table, StoredUpload, "upload")

parts = Table(
    "upload_parts",
    metadata,
    Column("id", String, primary_key=True),
    Column("upload_id", String, nullable=False, index=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("file_id", String, index=True),  # of the file it became a blob of
)


class UploadEnded(BadRequestError):
    """Nothing can be added to an upload that is no longer pending."""

    def __init__(self, status: UploadStatus) -> None:
        super().__init__(f"The upload is {status}.", code=f"upload_{status}")


class UploadStore:
    """Uploads, on top of files."""

    def __init__(self, file_store: FileStore) -> None:
        self._files = file_store
        self._database = file_store.database
        file_store.on_delete.append(_forget_parts)

    async def create(self, project_id: str, upload: StoredUpload) -> None:
        await self._database.write(lambda c: uploads.insert(c, project_id, upload))

    async def add_part(
        self, project_id: str, upload_id: str, pieces: AsyncIterable[bytes], *, limit_bytes: int
    ) -> Part:
        """Store a part; returned means durable. `limit_bytes`: for all parts of an upload together.

        Raises NotFoundError, UploadEnded, RequestTooLarge, BadRequestError for an empty part.
        """
        await self._database.read(lambda c: _pending(c, project_id, upload_id))  # before its bytes are taken
        part = Part(new_id("part"), upload_id, int(time.time()))
        async with self._files.blobs.writer(part.id) as writer:
            async for piece in pieces:
                await writer.write(piece)
            if not writer.size_bytes:
                raise BadRequestError("The part is empty.", param="data", code="empty_file")

        def work(connection: Connection) -> None:
            _pending(connection, project_id, upload_id)
            sizes = select(func.coalesce(func.sum(parts.c.size_bytes), 0)).where(parts.c.upload_id == upload_id)
            if connection.execute(sizes).scalar_one() + writer.size_bytes > limit_bytes:
                raise RequestTooLarge(f"The upload's parts are larger than {limit_bytes} bytes.", param="data")
            row = {"id": part.id, "upload_id": upload_id, "created_at": part.created_at}
            connection.execute(insert(parts).values(row | {"size_bytes": writer.size_bytes}))

        try:
            await self._database.write(work)
        except ApiError as error:
            if error.status < 500:  # else the row may be there all the same
                await self._files.remove_blobs([part.id])
            raise
        return part

    async def complete(
        self, project_id: str, upload_id: str, part_ids: Sequence[str], md5: str | None
    ) -> tuple[StoredUpload, StoredFile]:
        """Make a file of the parts, in this order. Completing again with the same parts has the same answer.

        Reads all bytes once, for the checksums. Raises NotFoundError, UploadEnded, BadRequestError; the upload stays
        pending then.
        """
        upload, chosen = await self._database.read(lambda c: _completable(c, project_id, upload_id, part_ids))
        file = StoredFile(
            id=new_file_id(),
            created_at=int(time.time()),
            filename=upload.filename,
            bytes=upload.bytes,
            purpose=upload.purpose,
            sha256="",
            blobs=tuple(chosen),
        )
        if upload.status == "pending":
            file.sha256 = await self._checked(file, md5)

        def work(connection: Connection) -> tuple[StoredUpload, StoredFile, list[str]]:
            upload, _ = _completable(connection, project_id, upload_id, part_ids)
            if upload.status == "completed":
                assert upload.file_id is not None
                return upload, files.retrieve(connection, project_id, upload.file_id), []
            file.created_at = int(time.time())
            if upload.file_expires_after_s is not None:
                file.expires_at = file.created_at + upload.file_expires_after_s
            completed = uploads.update(connection, project_id, replace(upload, status="completed", file_id=file.id))
            files.insert(connection, project_id, file)
            taken = connection.execute(update(parts).where(parts.c.id.in_(part_ids)).values(file_id=file.id))
            if taken.rowcount < len(part_ids):  # swept a moment ago
                raise UploadEnded("expired")
            return completed, file, _drop_parts(connection, upload_id)

        completed, made, unused = await self._database.write(work)
        await self._files.remove_blobs(unused)
        return completed, made

    async def cancel(self, project_id: str, upload_id: str) -> StoredUpload:
        """Raises NotFoundError, UploadEnded."""

        def work(connection: Connection) -> tuple[StoredUpload, list[str]]:
            upload = _retrieve(connection, project_id, upload_id)
            if upload.status == "cancelled":
                return upload, []
            if upload.status != "pending":
                raise UploadEnded(upload.status)
            cancelled = uploads.update(connection, project_id, replace(upload, status="cancelled"))
            return cancelled, _drop_parts(connection, upload_id)

        upload, unused = await self._database.write(work)
        await self._files.remove_blobs(unused)
        return upload

    async def delete_ended(self) -> None:
        """Parts of uploads that are not pending any more, and uploads that ended a day ago."""
        now = int(time.time())
        over = (table.c.expires_at <= now) | (table.c.status != "pending")
        query = (
            select(parts.c.id)
            .outerjoin(table, table.c.id == parts.c.upload_id)
            .where(parts.c.file_id.is_(None), or_(table.c.id.is_(None), over))
            .limit(_SWEEP_ROWS)
        )

        def work(connection: Connection) -> tuple[bool, list[str]]:
            found = connection.execute(query).scalars().all()
            still_unused = parts.c.id.in_(found) & parts.c.file_id.is_(None)  # a file may just have been made of some
            keys = connection.execute(delete(parts).where(still_unused).returning(parts.c.id)).scalars()
            return bool(found), list(keys)

        more = True
        while more:
            more, keys = await self._database.write(work)
            await self._files.remove_blobs(keys)
        await self._database.write(lambda c: c.execute(delete(table).where(table.c.expires_at <= now - _KEPT_S)))

    async def _checked(self, file: StoredFile, md5: str | None) -> str:
        """Read the file through. Returns its sha256; raises BadRequestError if it isn't what it should be."""
        check = check_for(file.purpose, "part_ids")
        sha256_hash, md5_hash = hashlib.sha256(), hashlib.md5(usedforsecurity=False)

        def see(block: bytes) -> None:
            sha256_hash.update(block)
            if md5 is not None:
                md5_hash.update(block)
            if check is not None:
                check.feed(block)

        async for block in self._files.stream(file):
            await asyncio.to_thread(see, block)
        if check is not None:
            check.finish()
        if md5 is not None and md5_hash.hexdigest() != md5.lower():
            raise BadRequestError(
                f"The md5 of the uploaded bytes is {md5_hash.hexdigest()}, not `{md5}`.",
                param="md5",
                code="md5_mismatch",
            )
        return sha256_hash.hexdigest()


def _retrieve(connection: Connection, project_id: str, upload_id: str) -> StoredUpload:
    upload = uploads.retrieve(connection, project_id, upload_id)
    if upload.status == "pending" and upload.expires_at <= time.time():
        upload.status = "expired"
    return upload


def _pending(connection: Connection, project_id: str, upload_id: str) -> StoredUpload:
    upload = _retrieve(connection, project_id, upload_id)
    if upload.status != "pending":
        raise UploadEnded(upload.status)
    return upload


def _completable(
    connection: Connection, project_id: str, upload_id: str, part_ids: Sequence[str]
) -> tuple[StoredUpload, list[Blob]]:
    """The upload, pending or completed with just these parts, and their blobs."""
    upload = _retrieve(connection, project_id, upload_id)
    if upload.status == "completed" and upload.file_id is not None:
        file = files.find(connection, project_id, upload.file_id)
        if file is not None and [blob.key for blob in file.blobs] == list(part_ids):
            return upload, list(file.blobs)
    if upload.status != "pending":
        raise UploadEnded(upload.status)
    if len(set(part_ids)) != len(part_ids):
        raise BadRequestError("A part can be in a file once.", param="part_ids", code="invalid_value")
    rows = connection.execute(select(parts.c.id, parts.c.size_bytes).where(parts.c.upload_id == upload_id)).all()
    sizes: dict[str, int] = {row.id: row.size_bytes for row in rows}
    for part_id in part_ids:
        if part_id not in sizes:
            raise NotFoundError(f"No such part of this upload: `{part_id}`.", param="part_ids")
    total = sum(sizes[part_id] for part_id in part_ids)
    if total != upload.bytes:
        raise BadRequestError(
            f"The parts have {total} bytes together, and the upload was to have {upload.bytes}.",
            param="part_ids",
            code="size_mismatch",
        )
    return upload, [Blob(part_id, sizes[part_id]) for part_id in part_ids]


def _drop_parts(connection: Connection, upload_id: str) -> list[str]:
    """Delete the rows of the parts that no file is made of. Returns the keys of their blobs."""
    unused = (parts.c.upload_id == upload_id) & parts.c.file_id.is_(None)
    keys = list(connection.execute(select(parts.c.id).where(unused)).scalars())
    connection.execute(delete(parts).where(unused))
    return keys


def _forget_parts(connection: Connection, _project_id: str, file_id: str) -> None:
    connection.execute(delete(parts).where(parts.c.file_id == file_id))
