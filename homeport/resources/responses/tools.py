"""The server's tools as a response has them: what its request lets them use, checked when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from homeport.core.items import Item
from homeport.errors import ApiError, BadRequestError, NotFoundError
from homeport.inference.containers import Containers
from homeport.inference.tools import CodeInterpreterTool as RunsCode
from homeport.inference.tools import FileSearchTool as SearchesFiles
from homeport.inference.turn import ServerTool
from homeport.inference.turn.messages import CODE_INTERPRETER, FILE_SEARCH
from homeport.resources.responses.request import allowed_tools
from homeport.resources.responses.shapes import CodeInterpreterTool, CreateResponse, FileSearchTool
from homeport.resources.vector_stores import ranking_of
from homeport.retrieval import filters
from homeport.retrieval.file_search import FileSearch
from homeport.retrieval.stores import Stores

_MAX_RESULTS = 20  # that a model reads, unless the tool says


class Toolbox:
    def __init__(self, stores: Stores, search: FileSearch, containers: Containers) -> None:
        self._stores = stores
        self._search = search
        self._containers = containers

    async def __call__(
        self, project_id: str, owner: str, asked: CreateResponse, history: Sequence[Item]
    ) -> Mapping[str, ServerTool]:
        """By name. `owner`: the conversation or response whose a container is that is made.

        Raises NotFoundError for what is not there, and BadRequestError for what can't be used.
        """
        tools: dict[str, ServerTool] = {}
        allowed = allowed_tools(asked)
        for index, tool in enumerate(asked.tools or ()):
            if tool not in allowed:
                continue
            try:
                if isinstance(tool, FileSearchTool):
                    tools[FILE_SEARCH] = await self._file_search(project_id, tool)
                elif isinstance(tool, CodeInterpreterTool):
                    tools[CODE_INTERPRETER] = await self._code_interpreter(project_id, owner, tool, history)
            except ApiError as error:
                error.param = f"tools[{index}].{error.param}" if error.param else f"tools[{index}]"
                raise
        return tools

    async def _file_search(self, project_id: str, tool: FileSearchTool) -> ServerTool:
        for store_id in tool.vector_store_ids:
            await self._stores.store(project_id, store_id)
        if tool.filters is not None:
            filters.parse(tool.filters)
        return SearchesFiles(
            self._search,
            project_id,
            tool.vector_store_ids,
            filters=tool.filters,
            max_num_results=tool.max_num_results or _MAX_RESULTS,
            ranking=ranking_of(tool.ranking_options),
        )

    async def _code_interpreter(
        self, project_id: str, owner: str, tool: CodeInterpreterTool, history: Sequence[Item]
    ) -> ServerTool:
        """A container that is named, or the one of the call before, or the owner's, made with the first call."""
        wanted = tool.container
        if isinstance(wanted, str):
            named = (await self._containers.use(project_id, wanted)).id

            async def container() -> str:
                return named

            return RunsCode(self._containers, project_id, container)
        limit = wanted.memory_limit or "1g"
        if (last := await self._last_used(project_id, history)) is not None:
            await self._containers.add_files(project_id, last, wanted.file_ids)
        else:
            await self._containers.check(project_id, limit, wanted.file_ids)

        async def newest() -> str:
            if last is not None:
                return last
            owned = await self._containers.owned(project_id, owner, file_ids=wanted.file_ids, memory_limit=limit)
            return owned.id

        return RunsCode(self._containers, project_id, newest)

    async def _last_used(self, project_id: str, history: Sequence[Item]) -> str | None:
        calls = (item for item in reversed(history) if item["type"] == "code_interpreter_call")
        for call in calls:
            if call.get("container_id"):
                try:
                    return (await self._containers.use(project_id, call["container_id"])).id
                except (NotFoundError, BadRequestError):  # it has expired, or is gone
                    return None
        return None
