"""The server's tools as a run has them: what its assistant and its thread let them use."""

from __future__ import annotations

from collections.abc import Mapping

from homeport.inference.containers import Containers
from homeport.inference.tools import CodeInterpreterTool, FileSearchTool
from homeport.inference.turn import ServerTool
from homeport.resources.run_commits import Begun
from homeport.resources.run_jobs import ToolsOf
from homeport.retrieval.file_search import FileSearch
from homeport.retrieval.ranking import Ranking

_MAX_RESULTS = 20  # that a model reads, unless the tool says


def run_tools(search: FileSearch, containers: Containers) -> ToolsOf:
    """One container per thread: what code has left there, the thread's next run finds."""

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
            )
        if "code_interpreter" in given:
            file_ids = [*run.tool_resources.get("code_interpreter", {}).get("file_ids", []), *begun.code_files]

            async def container() -> str:
                return (await containers.owned(project_id, run.conversation_id, file_ids=file_ids)).id

            tools["code_interpreter"] = CodeInterpreterTool(containers, project_id, container)
        return tools

    return tools_of
