"""File search as a model calls it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, ClassVar

from homeport.core.items import Item
from homeport.errors import BadRequestError, NotFoundError
from homeport.inference.turn import Body, ToolEnded, ToolProgress
from homeport.retrieval.file_search import FileSearch
from homeport.retrieval.ranking import Ranking

MAX_QUERIES = 8


class FileSearchTool:
    """Searches these stores. `filters`, `max_num_results` and `ranking`: as `FileSearch.file_search` takes them.

    `ready`: awaited before each search, for what is still on its way into the stores.
    """

    function: ClassVar[Body] = {
        "name": "file_search",
        "description": "Search the files that belong to this conversation. Answers with the passages that fit best.",
        "parameters": {
            "type": "object",
            "properties": {
                "queries": {
                    "type": "array",
                    "items": {"type": "string"},
                    "minItems": 1,
                    "maxItems": MAX_QUERIES,
                    "description": "What to look for, in one or several wordings",
                }
            },
            "required": ["queries"],
            "additionalProperties": False,
        },
    }

    def __init__(
        self,
        search: FileSearch,
        project_id: str,
        store_ids: Sequence[str],
        *,
        filters: Any = None,
        max_num_results: int = 20,
        ranking: Ranking | None = None,
        ready: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._search = search
        self._project_id = project_id
        self._store_ids = store_ids
        self._filters = filters
        self._max_num_results = max_num_results
        self._ranking = ranking
        self._ready = ready

    def begun(self, item_id: str, arguments: Body) -> Item:
        """`arguments`: those of the function; none yet of a call that has just begun."""
        return {
            "id": item_id,
            "type": "file_search_call",
            "status": "in_progress",
            "queries": arguments.get("queries", []),
            "results": None,
        }

    async def call(self, item: Item, key: str) -> AsyncIterator[ToolProgress | ToolEnded]:
        """To search twice does no harm, so the key is of no use. A store that is gone has nothing to find.

        Raises BadRequestError for one that has expired: OpenAI's runs fail then.
        """
        if self._ready is not None:
            await self._ready()
        try:
            findings = await self._search.file_search(
                self._project_id,
                self._store_ids,
                item["queries"],
                filters=self._filters,
                max_num_results=self._max_num_results,
                ranking=self._ranking,
            )
        except (NotFoundError, BadRequestError) as error:
            if error.code == "vector_store_expired":
                raise
            yield ToolEnded(item | {"status": "failed", "results": []})
            return
        results = [
            {
                "file_id": found.file_id,
                "filename": found.filename,
                "score": found.score,
                "text": found.text,
                "attributes": found.attributes,
                "vector_store_id": found.vector_store_id,
            }
            for found in findings.found
        ]
        yield ToolEnded(item | {"status": "completed", "results": results})
