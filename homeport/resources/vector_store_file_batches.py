"""File batches: many files attached to a vector store at once, followed and cancelled together."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from homeport.errors import BadRequestError
from homeport.resources.vector_store_files import (
    ChunkingStrategy,
    CreateVectorStoreFile,
    FileList,
    GivenAttributes,
    ListFiles,
    attachment,
    chunking,
    listed,
)
from homeport.retrieval.attachments import Attachment
from homeport.retrieval.records import FileBatch, FileCounts, Tally
from homeport.retrieval.stores import Stores
from homeport.web.routes import Call, Route

# --- shapes --------------------------------------------------------------------

MAX_FILES = 2000
BatchStatus = Literal["in_progress", "completed", "cancelled", "failed"]


class CreateFileBatch(Struct, forbid_unknown_fields=True):
    """Either `file_ids`, which share attributes and chunking, or `files`, each with its own: then these don't count."""

    file_ids: Annotated[list[str], Meta(min_length=1, max_length=MAX_FILES)] | None = None
    files: Annotated[list[CreateVectorStoreFile], Meta(min_length=1, max_length=MAX_FILES)] | None = None
    attributes: GivenAttributes | None = None
    chunking_strategy: ChunkingStrategy | None = None


class FileBatchObject(Struct):
    """`failed` is a batch none of whose files could be read."""

    id: str
    vector_store_id: str
    created_at: int
    status: BatchStatus
    file_counts: FileCounts
    object: Literal["vector_store.files_batch"] = "vector_store.files_batch"


# --- rules ---------------------------------------------------------------------


def _attachments(asked: CreateFileBatch) -> list[Attachment]:
    if (asked.file_ids is None) == (asked.files is None):
        raise BadRequestError(
            "Exactly one of 'file_ids' and 'files' must be given.", param="file_ids", code="invalid_value"
        )
    if asked.file_ids is not None:
        sizes = chunking(asked.chunking_strategy)
        return [Attachment(file_id, asked.attributes, sizes) for file_id in asked.file_ids]
    return [attachment(file) for file in asked.files or ()]


def _shown(batch: FileBatch, tally: Tally) -> FileBatchObject:
    counts = tally.counts
    status: BatchStatus
    if counts.in_progress:
        status = "in_progress"
    elif batch.cancelled:
        status = "cancelled"
    else:
        status = "failed" if counts.failed and counts.failed == counts.total else "completed"
    return FileBatchObject(batch.id, batch.vector_store_id, batch.created_at, status, counts)


# --- routes --------------------------------------------------------------------

_BATCHES = "/vector_stores/{vector_store_id}/file_batches"


def routes(stores: Stores) -> list[Route]:
    async def create_vector_store_file_batch(call: Call) -> FileBatchObject:
        batch = await stores.attach_batch(
            call.principal.project_id, call.path["vector_store_id"], _attachments(call.body)
        )
        return _shown(*batch)

    async def get_vector_store_file_batch(call: Call) -> FileBatchObject:
        batch = await stores.batch(call.principal.project_id, call.path["vector_store_id"], call.path["batch_id"])
        shown = _shown(*batch)
        if shown.status == "in_progress":
            call.ask_again_soon()
        return shown

    async def cancel_vector_store_file_batch(call: Call) -> FileBatchObject:
        return _shown(
            *await stores.cancel_batch(call.principal.project_id, call.path["vector_store_id"], call.path["batch_id"])
        )

    async def list_files_in_vector_store_batch(call: Call) -> FileList:
        query: ListFiles = call.query
        found = await stores.files(
            call.principal.project_id,
            call.path["vector_store_id"],
            query.page,
            status=query.filter,
            batch_id=call.path["batch_id"],
        )
        return listed(found.data, found.has_more)

    return [
        Route(
            method="POST",
            path=_BATCHES,
            operation_id="createVectorStoreFileBatch",
            summary="Attach many files at once.",
            tag="Vector stores",
            body=CreateFileBatch,
            result=FileBatchObject,
            handler=create_vector_store_file_batch,
        ),
        Route(
            method="GET",
            path=_BATCHES + "/{batch_id}",
            operation_id="getVectorStoreFileBatch",
            summary="Retrieve a batch, with how many of its files are done.",
            tag="Vector stores",
            result=FileBatchObject,
            handler=get_vector_store_file_batch,
        ),
        Route(
            method="POST",
            path=_BATCHES + "/{batch_id}/cancel",
            operation_id="cancelVectorStoreFileBatch",
            summary="Cancel the files of a batch that are not done yet.",
            tag="Vector stores",
            result=FileBatchObject,
            handler=cancel_vector_store_file_batch,
        ),
        Route(
            method="GET",
            path=_BATCHES + "/{batch_id}/files",
            operation_id="listFilesInVectorStoreBatch",
            summary="List the files of a batch, all or those of one status.",
            tag="Vector stores",
            params=ListFiles,
            result=FileList,
            handler=list_files_in_vector_store_batch,
        ),
    ]
