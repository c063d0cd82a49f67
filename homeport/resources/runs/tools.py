"""The server's tools as a run has them: what its assistant and its thread let them use."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from homeport.inference.containers import Containers
from homeport.inference.tools import CodeInterpreterTool, FileSearchTool
from homeport.inference.turn import ServerTool
from homeport.resources.runs.commits import Begun
from homeport.resources.runs.jobs import ToolsOf
from homeport.retrieval.file_search import FileSearch
from homeport.retrieval.ranking import Ranking
from homeport.retrieval.stores import Stores
from homeport.storage.files import files
from homeport.storage.runs import Run

_INGESTED_WITHIN_S = 60.0  # files of a thread, before it is searched all the same
_MAX_RESULTS = 20  # that a model reads, unless the tool says


def run_tools(stores: Stores, search: FileSearch, containers: Containers) -> ToolsOf:
    """One container per thread: what code has left there, the thread's next run finds."""

    async def files_read(run: Run, project_id: str) -> None:
        """The thread's files were attached a moment ago, maybe. Those of its assistant are its maker's business."""
        for store_id in run.thread_store_ids:
            await stores.ingested(project_id, store_id, _INGESTED_WITHIN_S)

    async def container(run: Run, project_id: str) -> str:
        wanted = run.tool_resources.get("code_interpreter", {}).get("file_ids", [])
        there = await stores.database.read(lambda c: {file.id for file in files.find_many(c, project_id, wanted)})
        file_ids = [file_id for file_id in wanted if file_id in there]  # some may have been deleted since
        return (await containers.owned(project_id, run.conversation_id, file_ids=file_ids)).id

    def tools_of(project_id: str, begun: Begun) -> Mapping[str, ServerTool]:
        run = begun.run
        given = {tool["type"]: tool for tool in run.tools if tool["type"] != "function"}
        tools: dict[str, ServerTool] = {}
        if "file_search" in given:
            settings = given["file_search"].get("file_search") or {}
            threshold = (settings.get("ranking_options") or {}).get("score_threshold", 0.0)
            tools["file_search"] = FileSearchTool(
                search,
                project_id,
                run.tool_resources.get("file_search", {}).get("vector_store_ids", []),
                max_num_results=settings.get("max_num_results") or _MAX_RESULTS,
                ranking=Ranking(score_threshold=threshold),
                ready=partial(files_read, run, project_id),
            )
        if "code_interpreter" in given:
            tools["code_interpreter"] = CodeInterpreterTool(
                containers, project_id, partial(container, run, project_id), exports=True
            )
        return tools

    return tools_of
