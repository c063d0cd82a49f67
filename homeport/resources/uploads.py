"""Uploads: a file of up to 8 GB in parts, which come in any order and at the same time."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from homeport.errors import BadRequestError
from homeport.ids import new_id
from homeport.resources.files import ExpiresAfter, OpenAIFile, Purpose, check_name, expiry_s, shown
from homeport.storage.files import StoredFile
from homeport.storage.uploads import LIFE_S, StoredUpload, UploadStatus, UploadStore
from homeport.web.multipart import Form, typed
from homeport.web.routes import Call, Route

# --- shapes --------------------------------------------------------------------

MAX_UPLOAD_BYTES = 8 * 1024**3
MAX_PART_BYTES = 64 * 1024 * 1024
MAX_PARTS = 10_000


class CreateUploadRequest(Struct):
    """`bytes`: how many the parts will have together."""

    filename: Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f/\\]+\Z")]
    purpose: Purpose
    bytes: Annotated[int, Meta(ge=1, le=MAX_UPLOAD_BYTES)]
    mime_type: Annotated[str, Meta(max_length=255, pattern=r"^[^\x00-\x1f\x7f]+\Z")]
    expires_after: ExpiresAfter | None = None


class AddUploadPartRequest(Struct):
    """A form: `data`, at most 64 MB."""

    data: bytes


class CompleteUploadRequest(Struct):
    """The parts in their order, and the md5 (hex) of the whole, to be checked."""

    part_ids: Annotated[list[str], Meta(min_length=1, max_length=MAX_PARTS)]
    md5: Annotated[str, Meta(pattern="^[0-9a-fA-F]{32}$")] | None = None


class Upload(Struct):
    """An upload; times in seconds since 1970. `file` is there once it is completed."""

    id: str
    bytes: int
    created_at: int
    expires_at: int
    filename: str
    purpose: str
    status: UploadStatus
    file: OpenAIFile | UnsetType = UNSET
    object: Literal["upload"] = "upload"


class UploadPart(Struct):
    id: str
    created_at: int
    upload_id: str
    object: Literal["upload.part"] = "upload.part"


# --- rules ---------------------------------------------------------------------


def _shown(upload: StoredUpload, file: StoredFile | None = None) -> Upload:
    return Upload(
        upload.id,
        upload.bytes,
        upload.created_at,
        upload.expires_at,
        upload.filename,
        upload.purpose,
        upload.status,
        UNSET if file is None else shown(file),
    )


async def _data(form: Form) -> AsyncIterator[bytes]:
    """The bytes of a part's form, whose only field is `data`."""
    form.at_most("data", MAX_PART_BYTES)
    seen = False
    async for field in form:
        if seen or field.name != "data":
            typed({field.name: ""}, AddUploadPartRequest, file="data")
            raise BadRequestError("A form has one part.", param="data")
        seen = True
        async for piece in field.pieces(MAX_PART_BYTES):
            yield piece
    if not seen:
        raise BadRequestError("Missing required parameter: 'data'.", param="data", code="missing_required_parameter")


# --- routes --------------------------------------------------------------------


def routes(store: UploadStore) -> list[Route]:
    async def create_upload(call: Call) -> Upload:
        asked: CreateUploadRequest = call.body
        check_name(asked.filename, asked.purpose, "filename")
        now = int(time.time())
        upload = StoredUpload(
            id=new_id("upload"),
            created_at=now,
            filename=asked.filename,
            bytes=asked.bytes,
            purpose=asked.purpose,
            mime_type=asked.mime_type,
            expires_at=now + LIFE_S,
            file_expires_after_s=expiry_s(asked.purpose, asked.expires_after),
        )
        await store.create(call.principal.project_id, upload)
        return _shown(upload)

    async def add_upload_part(call: Call) -> UploadPart:
        part = await store.add_part(
            call.principal.project_id, call.path["upload_id"], _data(call.body), limit_bytes=MAX_UPLOAD_BYTES
        )
        return UploadPart(part.id, part.created_at, part.upload_id)

    async def complete_upload(call: Call) -> Upload:
        asked: CompleteUploadRequest = call.body
        upload, file = await store.complete(
            call.principal.project_id, call.path["upload_id"], asked.part_ids, asked.md5
        )
        return _shown(upload, file)

    async def cancel_upload(call: Call) -> Upload:
        return _shown(await store.cancel(call.principal.project_id, call.path["upload_id"]))

    return [
        Route(
            method="POST",
            path="/uploads",
            operation_id="createUpload",
            summary="Begin an upload in parts. It has an hour to be completed.",
            tag="Uploads",
            body=CreateUploadRequest,
            result=Upload,
            handler=create_upload,
        ),
        Route(
            method="POST",
            path="/uploads/{upload_id}/parts",
            operation_id="addUploadPart",
            summary="Add a part of up to 64 MB.",
            tag="Uploads",
            form=AddUploadPartRequest,
            result=UploadPart,
            handler=add_upload_part,
        ),
        Route(
            method="POST",
            path="/uploads/{upload_id}/complete",
            operation_id="completeUpload",
            summary="Make a file of the parts.",
            tag="Uploads",
            body=CompleteUploadRequest,
            result=Upload,
            handler=complete_upload,
        ),
        Route(
            method="POST",
            path="/uploads/{upload_id}/cancel",
            operation_id="cancelUpload",
            summary="Cancel an upload and forget its parts.",
            tag="Uploads",
            result=Upload,
            handler=cancel_upload,
        ),
    ]
