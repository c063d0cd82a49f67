"""Vector stores: create, list, retrieve, modify, delete, search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import replace

from homeport.errors import BadRequestError
from homeport.resources.vector_store_files import ChunkingStrategy, Text, chunking
from homeport.retrieval.attachments import Attachment
from homeport.retrieval.file_search import MAX_RESULTS, FileSearch, Found
from homeport.retrieval.ranking import Ranking
from homeport.retrieval.records import Attributes, ExpiresAfter, FileCounts, Tally, VectorStore, is_expired
from homeport.retrieval.stores import Changes, Stores
from homeport.storage.objects import Page
from homeport.web.routes import Call, Route

# --- shapes --------------------------------------------------------------------

MAX_FILES = 500
MAX_QUERIES = 16

Metadata: TypeAlias = Annotated[
    dict[Annotated[str, Meta(max_length=64)], Annotated[str, Meta(max_length=512)]], Meta(max_length=16)
]
Name: TypeAlias = Annotated[str, Meta(max_length=256)]


class ExpirationPolicy(Struct, forbid_unknown_fields=True):
    """The store expires so many days after it was last searched, or a file attached."""

    anchor: Literal["last_active_at"]
    days: Annotated[int, Meta(ge=1, le=365)]


class CreateVectorStore(Struct, forbid_unknown_fields=True):
    name: Name | None = None
    description: Annotated[str, Meta(max_length=512)] | None = None
    file_ids: Annotated[list[str], Meta(max_length=MAX_FILES)] | None = None
    chunking_strategy: ChunkingStrategy | None = None
    expires_after: ExpirationPolicy | None = None
    metadata: Metadata | None = None


class UpdateVectorStore(Struct, forbid_unknown_fields=True):
    """What is left out stays as it is; null removes it."""

    name: Name | UnsetType | None = UNSET
    expires_after: ExpirationPolicy | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET


class VectorStoreObject(Struct):
    """Times in seconds since 1970. `in_progress` while a file is being ingested."""

    id: str
    created_at: int
    name: str
    description: str | None
    usage_bytes: int
    file_counts: FileCounts
    status: Literal["expired", "in_progress", "completed"]
    expires_after: ExpiresAfter | UnsetType
    expires_at: int | None
    last_active_at: int
    metadata: dict[str, str]
    object: Literal["vector_store"] = "vector_store"


class VectorStoreList(Struct):
    data: Sequence[VectorStoreObject]
    first_id: str | None
    last_id: str | None
    has_more: bool
    object: Literal["list"] = "list"


class VectorStoreDeleted(Struct):
    id: str
    deleted: bool = True
    object: Literal["vector_store.deleted"] = "vector_store.deleted"


class HybridSearch(Struct, forbid_unknown_fields=True):
    """How much meaning (embedding) and words (text) weigh against each other."""

    embedding_weight: Annotated[float, Meta(ge=0)]
    text_weight: Annotated[float, Meta(ge=0)]


class RankingOptions(Struct, forbid_unknown_fields=True):
    ranker: Literal["none", "auto", "default-2024-11-15"] = "auto"
    score_threshold: Annotated[float, Meta(ge=0, le=1)] = 0.0
    hybrid_search: HybridSearch | None = None


Query: TypeAlias = Annotated[str, Meta(min_length=1, max_length=4096)]


class SearchVectorStore(Struct, forbid_unknown_fields=True):
    """`filters`: OpenAI's comparison and compound filters, on the attributes of files."""

    query: Query | Annotated[list[Query], Meta(min_length=1, max_length=MAX_QUERIES)]
    filters: dict[str, Any] | None = None
    max_num_results: Annotated[int, Meta(ge=1, le=MAX_RESULTS)] = 10
    ranking_options: RankingOptions | None = None
    rewrite_query: bool = False


class SearchResult(Struct):
    file_id: str
    filename: str
    score: float
    attributes: Attributes
    content: list[Text]


class SearchResults(Struct):
    """`search_query`: what was searched for, which differs from what was asked where it was rewritten."""

    search_query: list[str]
    data: list[SearchResult]
    has_more: bool = False
    next_page: str | None = None
    object: Literal["vector_store.search_results.page"] = "vector_store.search_results.page"


# --- rules ---------------------------------------------------------------------


def _policy(given: ExpirationPolicy | None) -> ExpiresAfter | None:
    return None if given is None else ExpiresAfter(given.days)


def _shown(store: VectorStore, tally: Tally) -> VectorStoreObject:
    status: Literal["expired", "in_progress", "completed"]
    status = "expired" if is_expired(store) else "in_progress" if tally.counts.in_progress else "completed"
    return VectorStoreObject(
        store.id,
        store.created_at,
        store.name,
        store.description,
        tally.usage_bytes,
        tally.counts,
        status,
        store.expires_after or UNSET,
        store.expires_at,
        store.last_active_at,
        store.metadata,
    )


def _changes(asked: UpdateVectorStore) -> Changes:
    return Changes(
        name=UNSET if asked.name is UNSET else asked.name or "",
        metadata=UNSET if asked.metadata is UNSET else asked.metadata or {},
        expires_after=UNSET if asked.expires_after is UNSET else _policy(asked.expires_after),
    )


def ranking_of(asked: RankingOptions | None) -> Ranking:
    if asked is None:
        return Ranking()
    ranking = Ranking(asked.ranker, asked.score_threshold)
    if (weights := asked.hybrid_search) is not None:
        if not weights.embedding_weight and not weights.text_weight:
            raise BadRequestError("One of the weights must be more than 0.", param="ranking_options.hybrid_search")
        ranking = replace(ranking, embedding_weight=weights.embedding_weight, text_weight=weights.text_weight)
    return ranking


def _result(found: Found) -> SearchResult:
    return SearchResult(found.file_id, found.filename, found.score, found.attributes, [Text(found.text)])


# --- routes --------------------------------------------------------------------

_STORE = "/vector_stores/{vector_store_id}"


def routes(stores: Stores, search: FileSearch) -> list[Route]:
    async def create_vector_store(call: Call) -> VectorStoreObject:
        asked: CreateVectorStore = call.body
        sizes = chunking(asked.chunking_strategy)
        made = await stores.create(
            call.principal.project_id,
            name=asked.name or "",
            description=asked.description,
            metadata=asked.metadata or {},
            expires_after=_policy(asked.expires_after),
            files=[Attachment(file_id, chunking=sizes) for file_id in asked.file_ids or ()],
        )
        return _shown(*made)

    async def list_vector_stores(call: Call) -> VectorStoreList:
        found, tallies = await stores.page(call.principal.project_id, call.query)
        data = [_shown(store, tallies[store.id]) for store in found.data]
        return VectorStoreList(data, found.first_id, found.last_id, found.has_more)

    async def get_vector_store(call: Call) -> VectorStoreObject:
        return _shown(*await stores.store(call.principal.project_id, call.path["vector_store_id"]))

    async def modify_vector_store(call: Call) -> VectorStoreObject:
        changes = _changes(call.body)
        return _shown(*await stores.change(call.principal.project_id, call.path["vector_store_id"], changes))

    async def delete_vector_store(call: Call) -> VectorStoreDeleted:
        await stores.delete(call.principal.project_id, call.path["vector_store_id"])
        return VectorStoreDeleted(call.path["vector_store_id"])

    async def search_vector_store(call: Call) -> SearchResults:
        asked: SearchVectorStore = call.body
        findings = await search.file_search(
            call.principal.project_id,
            [call.path["vector_store_id"]],
            [asked.query] if isinstance(asked.query, str) else asked.query,
            filters=asked.filters,
            max_num_results=asked.max_num_results,
            ranking=ranking_of(asked.ranking_options),
            rewrite=asked.rewrite_query,
        )
        return SearchResults(findings.queries, [_result(found) for found in findings.found])

    return [
        Route(
            method="POST",
            path="/vector_stores",
            operation_id="createVectorStore",
            summary="Create a vector store, with files or without.",
            tag="Vector stores",
            body=CreateVectorStore,
            result=VectorStoreObject,
            handler=create_vector_store,
        ),
        Route(
            method="GET",
            path="/vector_stores",
            operation_id="listVectorStores",
            summary="List the vector stores.",
            tag="Vector stores",
            params=Page,
            result=VectorStoreList,
            handler=list_vector_stores,
        ),
        Route(
            method="GET",
            path=_STORE,
            operation_id="getVectorStore",
            summary="Retrieve a vector store, with the counts of its files.",
            tag="Vector stores",
            result=VectorStoreObject,
            handler=get_vector_store,
        ),
        Route(
            method="POST",
            path=_STORE,
            operation_id="modifyVectorStore",
            summary="Change name, metadata or expiry.",
            tag="Vector stores",
            body=UpdateVectorStore,
            result=VectorStoreObject,
            handler=modify_vector_store,
        ),
        Route(
            method="DELETE",
            path=_STORE,
            operation_id="deleteVectorStore",
            summary="Delete a vector store. The files themselves stay.",
            tag="Vector stores",
            result=VectorStoreDeleted,
            handler=delete_vector_store,
        ),
        Route(
            method="POST",
            path=_STORE + "/search",
            operation_id="searchVectorStore",
            summary="Find the chunks that fit a question, by meaning and by words.",
            tag="Vector stores",
            body=SearchVectorStore,
            result=SearchResults,
            handler=search_vector_store,
        ),
    ]
