"""The code interpreter as a model calls it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, ClassVar

from homeport.core.items import Item
from homeport.errors import BadRequestError, SandboxUnavailable
from homeport.inference.containers import Containers, Plot, Ran
from homeport.inference.turn import Body, Link, ToolEnded, ToolProgress


class CodeInterpreterTool:
    """Runs Python in a container. `container`: its id, asked for with the first call, so that it is made only then.

    `exports`: files that messages link to become files of the project, too.
    """

    function: ClassVar[Body] = {
        "name": "code_interpreter",
        "description": (
            "Run Python code and read its output. Variables stay from call to call; files are in /mnt/data; numpy, "
            "pandas, matplotlib and sympy are installed; there is no network. Figures are shown to the user."
        ),
        "parameters": {
            "type": "object",
            "properties": {"code": {"type": "string", "description": "Python source code"}},
            "required": ["code"],
            "additionalProperties": False,
        },
    }

    def __init__(
        self,
        containers: Containers,
        project_id: str,
        container: Callable[[], Awaitable[str]],
        *,
        exports: bool = False,
    ) -> None:
        self._containers = containers
        self._project_id = project_id
        self._container = container
        self._container_id: str | None = None  # once there was a call: what it has done to files is not undone
        self._exports = exports

    def begun(self, item_id: str, arguments: Body) -> Item:
        """`arguments`: those of the function; none yet of a call that has just begun."""
        return {
            "id": item_id,
            "type": "code_interpreter_call",
            "status": "in_progress",
            "code": arguments.get("code"),
            "container_id": "",
            "outputs": None,
        }

    async def call(self, item: Item, key: str) -> AsyncIterator[ToolProgress | ToolEnded]:
        """Logs come as they are written. What can't be run is told to the model; a server that can't is an error."""
        container_id = self._container_id = self._container_id or await self._container()
        item = item | {"container_id": container_id}
        outputs: list[dict[str, Any]] = []
        run = self._containers.run(self._project_id, container_id, item["code"], key=key)
        try:
            async with aclosing(run) as events:
                async for event in events:
                    if isinstance(event, Ran):
                        yield ToolEnded(item | {"status": "completed", "outputs": _outputs(event)})
                        return
                    outputs.append(_output(event))
                    yield ToolProgress(item | {"outputs": list(outputs)}, outputs[-1:])
        except SandboxUnavailable:
            raise
        except BadRequestError as error:
            yield ToolEnded(item | {"status": "failed", "outputs": [{"type": "logs", "logs": error.message}]})

    async def linked(self, container_id: str, link: Link) -> tuple[dict[str, Any], str | None] | None:
        """Raises as `Containers.export` does."""
        file = await self._containers.file_at(self._project_id, container_id, link.path)
        if file is None:
            return None
        annotation = {
            "type": "container_file_citation",
            "container_id": container_id,
            "file_id": file.id,
            "filename": file.path.rpartition("/")[2],
            "start_index": link.start,
            "end_index": link.end,
        }
        if not self._exports:
            return annotation, None
        return annotation, (await self._containers.export(self._project_id, container_id, file.id)).id


def _outputs(ran: Ran) -> list[dict[str, Any]]:
    outputs = [_output(output) for output in ran.outputs]
    shown = next((output["logs"].rstrip() for output in reversed(outputs) if output["type"] == "logs"), "")
    told = [ran.error] if ran.error and not shown.endswith(ran.error) else []  # a traceback ends with it
    if ran.truncated:
        told.append("Some of the output was left out: there was too much of it.")
    if told:
        outputs.append({"type": "logs", "logs": "\n".join(told)})
    return outputs


def _output(output: Any) -> dict[str, Any]:
    if isinstance(output, Plot):
        return {"type": "image", "url": f"/v1/files/{output.file_id}/content"}
    return {"type": "logs", "logs": output.text}
