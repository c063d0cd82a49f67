"""What an assistant's or a thread's tools may use: files for the code interpreter, a vector store for the search.

Shapes: `tool_resources` of `CreateAssistantRequest` and `CreateThreadRequest` of OpenAI's specification.
"""

from __future__ import annotations

from typing import Annotated, Any, Protocol, TypeAlias

from msgspec import Meta, Struct

from homeport.core.chat import Metadata
from homeport.errors import BadRequestError
from homeport.resources.vector_store_files import ChunkingStrategy, chunking
from homeport.retrieval.attachments import Attachment
from homeport.retrieval.records import ExpiresAfter
from homeport.retrieval.stores import Stores
from homeport.storage.database import Database
from homeport.storage.files import files

# --- shapes --------------------------------------------------------------------

FileIds = Annotated[list[str], Meta(max_length=20)]


class NewVectorStore(Struct, forbid_unknown_fields=True):
    """A vector store to be made along with its owner."""

    file_ids: Annotated[list[str], Meta(max_length=10_000)] = []
    chunking_strategy: ChunkingStrategy | None = None
    metadata: Metadata | None = None


class CodeInterpreterResources(Struct, forbid_unknown_fields=True):
    file_ids: FileIds = []


class FileSearchResources(Struct, forbid_unknown_fields=True):
    vector_store_ids: Annotated[list[str], Meta(max_length=1)] | None = None


class NewFileSearchResources(FileSearchResources, forbid_unknown_fields=True):
    vector_stores: Annotated[list[NewVectorStore], Meta(max_length=1)] | None = None


class ToolResources(Struct, forbid_unknown_fields=True):
    """Of what is there already."""

    code_interpreter: CodeInterpreterResources | None = None
    file_search: FileSearchResources | None = None


class NewToolResources(Struct, forbid_unknown_fields=True):
    """Of an owner that is being made: its vector store may be made along with it."""

    code_interpreter: CodeInterpreterResources | None = None
    file_search: NewFileSearchResources | None = None


# --- rules ---------------------------------------------------------------------


Given: TypeAlias = ToolResources | NewToolResources


class Resolver(Protocol):
    async def __call__(
        self, project_id: str, given: Given | None, stores_expire: ExpiresAfter | None = None
    ) -> dict[str, Any] | None: ...


def resolver(database: Database, stores: Stores) -> Resolver:
    """Makes of what a caller gives what is kept: every file and store is there, new stores are made."""

    async def resolve(
        project_id: str, given: Given | None, stores_expire: ExpiresAfter | None = None
    ) -> dict[str, Any] | None:
        """`stores_expire`: of those made here. Raises NotFoundError for what another project owns, or nobody."""
        if given is None:
            return None
        kept: dict[str, Any] = {}
        if given.code_interpreter is not None:
            ids = given.code_interpreter.file_ids
            await database.read(lambda c: [files.retrieve(c, project_id, file_id) for file_id in ids])
            kept["code_interpreter"] = {"file_ids": ids}
        if given.file_search is not None:
            kept["file_search"] = {"vector_store_ids": await _stores(project_id, given.file_search, stores_expire)}
        return kept

    async def _stores(project_id: str, given: FileSearchResources, expire: ExpiresAfter | None) -> list[str]:
        new = given.vector_stores if isinstance(given, NewFileSearchResources) else None
        if given.vector_store_ids is not None and new is not None:
            raise BadRequestError(
                "Only one of vector_store_ids and vector_stores can be given.", param="tool_resources.file_search"
            )
        for store_id in given.vector_store_ids or ():
            await stores.store(project_id, store_id)
        made = [await _make(project_id, asked, expire) for asked in new or ()]
        return [*(given.vector_store_ids or ()), *made]

    async def _make(project_id: str, asked: NewVectorStore, expire: ExpiresAfter | None) -> str:
        sizes = chunking(asked.chunking_strategy)
        store, _tally = await stores.create(
            project_id,
            name="",
            description=None,
            metadata=asked.metadata or {},
            expires_after=expire,
            files=[Attachment(file_id, chunking=sizes) for file_id in asked.file_ids],
        )
        return store.id

    return resolve
