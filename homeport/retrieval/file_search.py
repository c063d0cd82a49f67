"""File search: the chunks that fit a question, of one vector store or several. For the API, assistants, responses."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection

from homeport.retrieval.attachments import rows_where
from homeport.retrieval.embed import Embedder
from homeport.retrieval.filters import parse
from homeport.retrieval.index import Hit, Search
from homeport.retrieval.ranking import Ranking
from homeport.retrieval.records import Attributes, file_row_id, files_table, vector_stores
from homeport.retrieval.rewriting import Rewriter
from homeport.retrieval.stores import Stores, refuse_expired, touched

MAX_RESULTS = 50


class Found(Struct, frozen=True):
    """A chunk and where it is from. `score`: 0 to 1. `page` (from 1) and `heading` where the document has them."""

    vector_store_id: str
    file_id: str
    filename: str
    score: float
    attributes: Attributes
    text: str
    chunk_index: int  # its place among the file's chunks
    page: int | None
    heading: str | None


class Findings(Struct, frozen=True):
    """`queries`: those that were searched for, rewritten where that was asked. `found`: the best first."""

    queries: list[str]
    found: list[Found]


class FileSearch:
    """`search` finds chunks, `rewriter` puts questions in better words where that is asked for."""

    def __init__(self, stores: Stores, search: Search, embedder: Embedder, rewriter: Rewriter) -> None:
        self._stores = stores
        self._search = search
        self._embedder = embedder
        self._rewriter = rewriter

    async def file_search(
        self,
        project_id: str,
        vector_store_ids: Sequence[str],
        queries: Sequence[str],
        *,
        filters: Any = None,
        max_num_results: int = 10,
        ranking: Ranking | None = None,
        rewrite: bool = False,
    ) -> Findings:
        """The chunks of these stores that fit any of the queries best: each once, with the best of its scores.

        `filters` is OpenAI's JSON. Raises NotFoundError for a store that is not the project's; BadRequestError for one
        that has expired, or for filters that can't be; what an engine raises that can't embed the queries.
        """
        filter = None if filters is None else parse(filters)
        stores = await self._stores.database.read(
            lambda c: [vector_stores.retrieve(c, project_id, store_id) for store_id in dict.fromkeys(vector_store_ids)]
        )
        for store in stores:
            refuse_expired(store)
        if stale := [store.id for store in stores if touched(store) is not None]:
            await self._stores.touch(project_id, stale)
        if rewrite:
            queries = await asyncio.gather(*(self._rewriter.rewrite(query, project_id) for query in queries))
        models = {store.embedding_model for store in stores} - {None}  # None: nothing was ever attached
        vectors = {
            model: await self._embedder.questions(queries, model, project_id) for model in models if model is not None
        }
        results = await asyncio.gather(
            *(
                self._search.search(store.id, query, vector, max_num_results, filter, ranking or Ranking())
                for store in stores
                if store.embedding_model is not None
                for query, vector in zip(queries, vectors[store.embedding_model], strict=True)
            )
        )
        best: dict[tuple[str, str, int], Hit] = {}
        for hit in sorted((hit for hits in results for hit in hits), key=lambda hit: -hit.score):
            best.setdefault((hit.vector_store_id, hit.file_id, hit.chunk.index), hit)
        hits = list(best.values())[:max_num_results]
        return Findings(list(queries), await self._stores.database.read(lambda c: _found(c, project_id, hits)))


def _found(connection: Connection, project_id: str, hits: Sequence[Hit]) -> list[Found]:
    """The chunks with the names and attributes of their files. Those of a file that was detached just now are gone."""
    ids = {file_row_id(hit.vector_store_id, hit.file_id) for hit in hits}
    files = {row.id: row for row in rows_where(connection, project_id, files_table.c.id.in_(ids))}
    return [
        Found(
            hit.vector_store_id,
            hit.file_id,
            file.filename,
            hit.score,
            file.attributes,
            hit.chunk.text,
            hit.chunk.index,
            hit.chunk.page,
            hit.chunk.heading,
        )
        for hit in hits
        if (file := files.get(file_row_id(hit.vector_store_id, hit.file_id))) is not None
    ]
