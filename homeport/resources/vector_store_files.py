"""Files of a vector store: attach, list, retrieve, change attributes, detach, and their content as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from homeport.media.chunking import Chunking
from homeport.retrieval.attachments import Attachment
from homeport.retrieval.records import Attributes, LastError, VectorStoreFile
from homeport.retrieval.stores import Stores
from homeport.storage.objects import Page
from homeport.web.routes import Call, Route

# --- shapes --------------------------------------------------------------------

Status = Literal["in_progress", "completed", "failed", "cancelled"]
_NO_NUL = r"^[^\x00]*\Z"  # PostgreSQL's JSON has none
GivenAttributes: TypeAlias = Annotated[
    dict[
        Annotated[str, Meta(max_length=64, pattern=_NO_NUL)],
        Annotated[str, Meta(max_length=512, pattern=_NO_NUL)] | float | bool,
    ],
    Meta(max_length=16),
]


class ChunkSizes(Struct, forbid_unknown_fields=True):
    max_chunk_size_tokens: int
    chunk_overlap_tokens: int


class AutoChunking(Struct, tag_field="type", tag="auto", forbid_unknown_fields=True):
    """Chunks of 800 tokens, each sharing 400 with the one before."""


class StaticChunking(Struct, tag_field="type", tag="static", forbid_unknown_fields=True):
    """Chunks of 100 to 4096 tokens, which overlap by half of that at most."""

    static: ChunkSizes


ChunkingStrategy: TypeAlias = AutoChunking | StaticChunking


class CreateVectorStoreFile(Struct, forbid_unknown_fields=True):
    file_id: str
    attributes: GivenAttributes | None = None
    chunking_strategy: ChunkingStrategy | None = None


class UpdateAttributes(Struct, forbid_unknown_fields=True):
    """The attributes as they are to be; null removes them all."""

    attributes: GivenAttributes | None


class ListFiles(Struct, forbid_unknown_fields=True):
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    order: Literal["asc", "desc"] = "desc"
    after: str | None = None
    before: str | None = None
    filter: Status | None = None

    @property
    def page(self) -> Page:
        return Page(self.limit, self.order, self.after, self.before)


class FileObject(Struct):
    """A file in a vector store. `id` is the file's own; `last_error` says why it could not be read."""

    id: str
    vector_store_id: str
    created_at: int
    status: Status
    usage_bytes: int
    last_error: LastError | None
    attributes: Attributes
    chunking_strategy: ChunkingStrategy
    object: Literal["vector_store.file"] = "vector_store.file"


class FileList(Struct):
    data: Sequence[FileObject]
    first_id: str | None
    last_id: str | None
    has_more: bool
    object: Literal["list"] = "list"


class FileDeleted(Struct):
    id: str
    deleted: bool = True
    object: Literal["vector_store.file.deleted"] = "vector_store.file.deleted"


class ContentQuery(Struct, forbid_unknown_fields=True):
    """`page`: the `next_page` of the page before."""

    page: str | None = None


class Text(Struct):
    text: str
    type: Literal["text"] = "text"


class FileContent(Struct):
    """The text that was found in a file; long ones come in several pages."""

    data: list[Text]
    has_more: bool
    next_page: str | None
    object: Literal["vector_store.file_content.page"] = "vector_store.file_content.page"


# --- rules ---------------------------------------------------------------------


def chunking(strategy: ChunkingStrategy | None) -> Chunking:
    """Raises BadRequestError for sizes that can't be."""
    if isinstance(strategy, StaticChunking):
        sizes = strategy.static
        return Chunking(sizes.max_chunk_size_tokens, sizes.chunk_overlap_tokens)
    return Chunking()


def attachment(asked: CreateVectorStoreFile) -> Attachment:
    return Attachment(asked.file_id, asked.attributes, chunking(asked.chunking_strategy))


def shown(file: VectorStoreFile) -> FileObject:
    sizes = ChunkSizes(file.chunking.max_chunk_size_tokens, file.chunking.chunk_overlap_tokens)
    return FileObject(
        file.file_id,
        file.vector_store_id,
        file.created_at,
        file.status,
        file.usage_bytes,
        file.last_error,
        file.attributes,
        StaticChunking(sizes),
    )


def listed(files: Sequence[VectorStoreFile], has_more: bool) -> FileList:
    data = [shown(file) for file in files]
    return FileList(data, data[0].id if data else None, data[-1].id if data else None, has_more)


# --- routes --------------------------------------------------------------------

_FILES = "/vector_stores/{vector_store_id}/files"


def routes(stores: Stores) -> list[Route]:
    async def create_vector_store_file(call: Call) -> FileObject:
        asked = attachment(call.body)
        [file] = await stores.attach(call.principal.project_id, call.path["vector_store_id"], [asked])
        return shown(file)

    async def list_vector_store_files(call: Call) -> FileList:
        query: ListFiles = call.query
        found = await stores.files(
            call.principal.project_id, call.path["vector_store_id"], query.page, status=query.filter
        )
        return listed(found.data, found.has_more)

    async def get_vector_store_file(call: Call) -> FileObject:
        file = await stores.file(call.principal.project_id, call.path["vector_store_id"], call.path["file_id"])
        if file.status == "in_progress":
            call.ask_again_soon()
        return shown(file)

    async def update_vector_store_file_attributes(call: Call) -> FileObject:
        asked: UpdateAttributes = call.body
        return shown(
            await stores.set_attributes(
                call.principal.project_id, call.path["vector_store_id"], call.path["file_id"], asked.attributes or {}
            )
        )

    async def delete_vector_store_file(call: Call) -> FileDeleted:
        await stores.detach(call.principal.project_id, call.path["vector_store_id"], call.path["file_id"])
        return FileDeleted(call.path["file_id"])

    async def retrieve_vector_store_file_content(call: Call) -> FileContent:
        query: ContentQuery = call.query
        texts, next_page = await stores.content(
            call.principal.project_id, call.path["vector_store_id"], call.path["file_id"], query.page
        )
        return FileContent([Text(text) for text in texts], next_page is not None, next_page)

    return [
        Route(
            method="POST",
            path=_FILES,
            operation_id="createVectorStoreFile",
            summary="Attach a file: it is read, cut into chunks and made searchable in the background.",
            tag="Vector stores",
            body=CreateVectorStoreFile,
            result=FileObject,
            handler=create_vector_store_file,
        ),
        Route(
            method="GET",
            path=_FILES,
            operation_id="listVectorStoreFiles",
            summary="List the files of a vector store, all or those of one status.",
            tag="Vector stores",
            params=ListFiles,
            result=FileList,
            handler=list_vector_store_files,
        ),
        Route(
            method="GET",
            path=_FILES + "/{file_id}",
            operation_id="getVectorStoreFile",
            summary="Retrieve a file of a vector store, with its status.",
            tag="Vector stores",
            result=FileObject,
            handler=get_vector_store_file,
        ),
        Route(
            method="POST",
            path=_FILES + "/{file_id}",
            operation_id="updateVectorStoreFileAttributes",
            summary="Replace the attributes of a file, which searches can filter by.",
            tag="Vector stores",
            body=UpdateAttributes,
            result=FileObject,
            handler=update_vector_store_file_attributes,
        ),
        Route(
            method="DELETE",
            path=_FILES + "/{file_id}",
            operation_id="deleteVectorStoreFile",
            summary="Detach a file from a vector store. The file itself stays.",
            tag="Vector stores",
            result=FileDeleted,
            handler=delete_vector_store_file,
        ),
        Route(
            method="GET",
            path=_FILES + "/{file_id}/content",
            operation_id="retrieveVectorStoreFileContent",
            summary="The text of a file, as it was read.",
            tag="Vector stores",
            params=ContentQuery,
            result=FileContent,
            handler=retrieve_vector_store_file_content,
        ),
    ]
