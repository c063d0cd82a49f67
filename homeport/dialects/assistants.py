"""Assistants, threads, messages and runs in the third document's shapes, as OpenAI's.

A `from_…` rewrites a parsed body in place and leaves what it doesn't recognise for the resource to judge.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from homeport.dialects.parts import from_image
from homeport.dialects.tools import from_function_tool, from_response_format

Body = dict[str, Any]


def from_assistant(body: Body) -> None:
    """A `persona` goes ahead of the instructions; stores named by a tool become the assistant's tool resources."""
    persona = body.get("persona")
    if isinstance(persona, str) and isinstance(body.get("instructions") or "", str):
        del body["persona"]
        body["instructions"] = "\n\n".join(filter(None, (persona, body.get("instructions"))))
    _from_settings(body)


def from_thread(body: Body) -> None:
    _from_messages(body.get("messages"))


def from_message(body: Body) -> None:
    """A document among the parts becomes an attachment to be searched; images may be flat."""
    parts = body.get("content")
    if type(parts) is not list:
        return
    files = [part["file_id"] for part in parts if _is_file(part)]
    body["content"] = parts = [part for part in parts if not _is_file(part)]
    for index, part in enumerate(parts):
        if type(part) is dict and part.get("type") == "image_url" and type(part.get("image_url")) is not dict:
            parts[index] = from_image(part)
    if files and type(given := body.get("attachments") or []) is list:
        body["attachments"] = given + [{"file_id": id, "tools": [{"type": "file_search"}]} for id in files]


def from_run(body: Body) -> None:
    _from_settings(body)
    _from_messages(body.get("additional_messages"))
    if type(thread := body.get("thread")) is dict:
        from_thread(thread)


# By the operation whose body it is.
NORMALISERS: dict[str, Callable[[Body], None]] = {
    "createAssistant": from_assistant,
    "modifyAssistant": from_assistant,
    "createThread": from_thread,
    "createMessage": from_message,
    "createRun": from_run,
    "createThreadAndRun": from_run,
}


def _from_messages(messages: Any) -> None:
    for message in messages if type(messages) is list else ():
        if type(message) is dict:
            from_message(message)


def _is_file(part: Any) -> bool:
    return type(part) is dict and part.keys() == {"type", "file_id"} and part["type"] == "file"


def _from_settings(body: Body) -> None:
    if type(body.get("response_format")) is dict:
        body["response_format"] = from_response_format(body["response_format"])
    if type(tools := body.get("tools")) is not list:
        return
    body["tools"] = [_tool(tool, body) for tool in tools if not _is_off(tool)]


def _is_off(tool: Any) -> bool:
    return type(tool) is dict and tool.get("type") == "code_interpreter" and tool.get("enabled") is False


def _tool(tool: Any, body: Body) -> Any:
    """`{"type": "file_search", "vector_store_ids": […]}` names the stores in `body`, where OpenAI's shape has them."""
    if type(tool) is not dict:
        return tool
    match tool.get("type"):
        case "function":
            return from_function_tool(tool)
        case "code_interpreter" if tool.get("enabled") is True:
            return {name: value for name, value in tool.items() if name != "enabled"}
        case "file_search":
            settings = {name: tool[name] for name in ("max_num_results", "ranking_options") if name in tool}
            rest = {name: value for name, value in tool.items() if name not in settings}
            if settings and "file_search" not in rest:
                rest["file_search"] = settings
            if type(ids := rest.get("vector_store_ids")) is list and _took_stores(body, ids):
                del rest["vector_store_ids"]
            return rest
        case _:
            return tool


def _took_stores(body: Body, ids: list[Any]) -> bool:
    resources = body.get("tool_resources") or {}
    search = resources.get("file_search") or {} if type(resources) is dict else None
    if type(search) is not dict or search.get("vector_store_ids", ids) != ids:
        return False
    body["tool_resources"] = resources | {"file_search": search | {"vector_store_ids": ids}}
    return True
