"""Files: upload, list, retrieve, content, delete."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from homeport.core.jsonl import Check, check_for
from homeport.errors import BadRequestError
from homeport.storage.blobs import Blobs
from homeport.storage.files import FileStatus, FileStore, StoredFile, files, new_file, new_file_id, table
from homeport.storage.objects import Page
from homeport.web.downloads import Download
from homeport.web.multipart import Field, Form, typed
from homeport.web.routes import Call, Route

# --- shapes --------------------------------------------------------------------

Purpose = Literal["assistants", "batch", "fine-tune", "vision", "user_data", "evals"]

MAX_FILE_BYTES = 512 * 1024 * 1024
MAX_PAGE = 10_000
BATCH_EXPIRY_S = 30 * 86_400  # of a file for a batch that doesn't say


class ExpiresAfter(Struct, forbid_unknown_fields=True):
    """When a file goes by itself: seconds from its creation, an hour to 30 days."""

    anchor: Literal["created_at"]
    seconds: Annotated[int, Meta(ge=3600, le=2_592_000)]


class CreateFileRequest(Struct):
    """A form: `file` with its name; `expires_after[anchor]` and `expires_after[seconds]` are fields of their own."""

    file: bytes
    purpose: Purpose
    expires_after: ExpiresAfter | None = None


class ListFilesParams(Struct, forbid_unknown_fields=True):
    purpose: str | None = None
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE)] = MAX_PAGE
    order: Literal["asc", "desc"] = "desc"
    after: str | None = None


class OpenAIFile(Struct):
    """A file; times in seconds since 1970."""

    id: str
    bytes: int
    created_at: int
    filename: str
    purpose: str
    status: FileStatus
    expires_at: int | UnsetType = UNSET
    status_details: str | UnsetType = UNSET
    object: Literal["file"] = "file"


class FileList(Struct):
    data: list[OpenAIFile]
    first_id: str | None
    last_id: str | None
    has_more: bool
    object: Literal["list"] = "list"


class FileDeleted(Struct):
    id: str
    object: Literal["file"] = "file"
    deleted: bool = True


# --- rules ---------------------------------------------------------------------


def shown(file: StoredFile) -> OpenAIFile:
    return OpenAIFile(
        file.id,
        file.bytes,
        file.created_at,
        file.filename,
        file.purpose,
        file.status,
        UNSET if file.expires_at is None else file.expires_at,
        file.status_details or UNSET,
    )


def check_name(filename: str, purpose: str, param: str) -> None:
    """Raises BadRequestError for no name, and for that of what a batch or a fine-tuning job could not read."""
    if not filename:
        raise BadRequestError("The file has no name.", param=param)
    if check_for(purpose) is not None and not filename.lower().endswith(".jsonl"):
        uses = {"batch": "Batch", "fine-tune": "Fine-Tuning"}
        raise BadRequestError(f"Invalid file format for {uses[purpose]} API. Must be .jsonl", param=param)


def expiry_s(purpose: str, expires_after: ExpiresAfter | None) -> int | None:
    if expires_after is not None:
        return expires_after.seconds
    return BATCH_EXPIRY_S if purpose == "batch" else None


class _Received:
    """A form of `createFile` as it is read: what its fields said, and its file, which becomes the blob `id`."""

    def __init__(self, blobs: Blobs) -> None:
        self.id = new_file_id()
        self.filename: str | None = None
        self.check: Check | None = None  # the purpose's, where that came before the file
        self._blobs = blobs
        self._fields: dict[str, str] = {}

    async def read(self, form: Form) -> StoredFile:
        """Store the file's bytes, and return its row. Raises ApiError, and leaves no bytes then."""
        form.at_most("file", MAX_FILE_BYTES)
        async with self._blobs.writer(self.id) as writer:
            async for field in form:
                if field.name in self._fields:
                    raise BadRequestError(f"`{field.name}` comes twice.", param=field.name)
                if field.name != "file":
                    self._fields[field.name] = await field.text()
                    continue
                if self.filename is not None:
                    raise BadRequestError("A form has one file.", param="file")
                self._file_begins(field)
                if self.check is not None:
                    writer.observers.append(self.check.feed)
                async for piece in field.pieces(MAX_FILE_BYTES):
                    await writer.write(piece)
            asked = self._asked()
            if not writer.size_bytes:
                raise BadRequestError("The file is empty.", param="file", code="empty_file")
            await writer.flush()
            if self.check is not None:
                self.check.finish()
        if self.check is None:
            await self._check_late(asked.purpose)
        assert self.filename is not None
        return new_file(self.id, self.filename, asked.purpose, writer, expiry_s(asked.purpose, asked.expires_after))

    def _file_begins(self, field: Field) -> None:
        self.filename = field.filename or "upload"
        if "purpose" in self._fields:
            purpose = self._asked().purpose
            self.check = check_for(purpose)

    def _asked(self) -> CreateFileRequest:
        """What the fields say, those that have come."""
        asked = typed(self._fields, CreateFileRequest, file="file")
        if self.filename is None:
            raise BadRequestError(
                "Missing required parameter: 'file'.", param="file", code="missing_required_parameter"
            )
        check_name(self.filename, asked.purpose, "file")
        return asked

    async def _check_late(self, purpose: str) -> None:
        """The purpose came after the file, which is read again for its check."""
        check = check_for(purpose)
        if check is None:
            return
        try:
            async for block in self._blobs.stream(self.id):
                await asyncio.to_thread(check.feed, block)
            check.finish()
        except Exception:
            await self._blobs.delete(self.id)
            raise


# --- routes --------------------------------------------------------------------


def routes(store: FileStore) -> list[Route]:
    async def create_file(call: Call) -> OpenAIFile:
        file = await _Received(store.blobs).read(call.body)
        await store.insert(call.principal.project_id, file)
        return shown(file)

    async def list_files(call: Call) -> FileList:
        asked: ListFilesParams = call.query
        where = [] if asked.purpose is None else [table.c.purpose == asked.purpose]
        page = Page(asked.limit, asked.order, asked.after)
        found = await store.database.read(lambda c: files.list(c, call.principal.project_id, page, *where))
        return FileList([shown(file) for file in found.data], found.first_id, found.last_id, found.has_more)

    async def retrieve_file(call: Call) -> OpenAIFile:
        return shown(await store.find(call.principal.project_id, call.path["file_id"]))

    async def download_file(call: Call) -> Download:
        file = await store.find(call.principal.project_id, call.path["file_id"])
        return Download(file.filename, file.bytes, file.sha256, partial(_stream, store, file))

    async def delete_file(call: Call) -> FileDeleted:
        await store.delete(call.principal.project_id, call.path["file_id"])
        return FileDeleted(call.path["file_id"])

    return [
        Route(
            method="POST",
            path="/files",
            operation_id="createFile",
            summary="Upload a file of up to 512 MB. Files for batches and fine-tuning are JSONL, checked as they come.",
            tag="Files",
            form=CreateFileRequest,
            result=OpenAIFile,
            handler=create_file,
        ),
        Route(
            method="GET",
            path="/files",
            operation_id="listFiles",
            summary="List the files.",
            tag="Files",
            params=ListFilesParams,
            result=FileList,
            handler=list_files,
        ),
        Route(
            method="GET",
            path="/files/{file_id}",
            operation_id="retrieveFile",
            summary="Retrieve what is known of a file.",
            tag="Files",
            result=OpenAIFile,
            handler=retrieve_file,
        ),
        Route(
            method="GET",
            path="/files/{file_id}/content",
            operation_id="downloadFile",
            summary="Download a file's content, or a range of it.",
            tag="Files",
            result=bytes,
            handler=download_file,
        ),
        Route(
            method="DELETE",
            path="/files/{file_id}",
            operation_id="deleteFile",
            summary="Delete a file, also from all vector stores.",
            tag="Files",
            result=FileDeleted,
            handler=delete_file,
        ),
    ]


def _stream(store: FileStore, file: StoredFile, start: int, end: int) -> AsyncIterator[bytes]:
    return store.stream(file, start, end)
