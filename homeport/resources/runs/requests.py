"""A run as it is asked for: what the types don't say, and what it takes from its assistant."""

from __future__ import annotations

import math
import time
from typing import Any

import msgspec
from sqlalchemy import Connection

from homeport.core.chat import JsonSchemaFormat
from homeport.errors import BadRequestError, NotFoundError
from homeport.ids import new_id
from homeport.resources.assistants import Assistant, assistants, check_tools
from homeport.resources.runs.shapes import CreateRun, CreateThreadAndRun, RunRequest
from homeport.storage.conversations import Conversation, retrieve, thread_id
from homeport.storage.runs import Run, lock, runs


def find_run(connection: Connection, project_id: str, thread: str, run_id: str, *, locked: bool = False) -> Run:
    """Raises NotFoundError, also for another thread's run."""
    retrieve(connection, project_id, thread, "thread")
    run = lock(connection, project_id, run_id) if locked else runs.find(connection, project_id, run_id)
    if run is None or run.conversation_id != thread:
        raise NotFoundError(f"No run found with id '{run_id}'.")
    return run


def assistant_of(connection: Connection, project_id: str, asked: RunRequest, thread: str | None) -> Assistant:
    """Whose run it is: the thread's, if the request doesn't say. Raises BadRequestError where neither does, and
    NotFoundError, also for the assistant of a thread that is to be made.
    """
    id = asked.assistant_id
    if isinstance(asked, CreateThreadAndRun) and asked.thread is not None and asked.thread.assistant_id is not None:
        of_thread = assistants.retrieve(connection, project_id, asked.thread.assistant_id)
        id = of_thread.id if id is None else id
    if id is None and thread is not None:
        id = retrieve(connection, project_id, thread, "thread").assistant_id
    if id is None:
        raise BadRequestError(
            "Missing required parameter: 'assistant_id'.", param="assistant_id", code="missing_required_parameter"
        )
    return assistants.retrieve(connection, project_id, id)


def refuse_second_run(thread: Conversation) -> None:
    if thread.active_run_id is not None:
        raise BadRequestError(f"Thread {thread_id(thread.id)} already has an active run {thread.active_run_id}.")


def new_run(thread: str, assistant: Assistant, asked: RunRequest, key_id: str, expires_s: float) -> Run:
    """The run as it is asked for; what isn't said is as the assistant has it."""
    now = int(time.time())
    instructions = assistant.instructions if asked.instructions is None else asked.instructions
    if isinstance(asked, CreateRun) and asked.additional_instructions:
        instructions = " ".join(filter(None, (instructions, asked.additional_instructions)))
    tools = assistant.tools if asked.tools is None else asked.tools
    strategy = asked.truncation_strategy
    run = Run(
        id=new_id("run"),
        created_at=now,
        conversation_id=thread,
        assistant_id=assistant.id,
        model=asked.model or assistant.model,
        instructions=instructions or "",
        tools=msgspec.to_builtins(tools),
        metadata=asked.metadata or {},
        temperature=assistant.temperature if asked.temperature is None else asked.temperature,
        top_p=assistant.top_p if asked.top_p is None else asked.top_p,
        reasoning_effort=asked.reasoning_effort or assistant.reasoning_effort,
        max_prompt_tokens=asked.max_prompt_tokens,
        max_completion_tokens=asked.max_completion_tokens,
        tool_choice=msgspec.to_builtins(asked.tool_choice or "auto"),
        parallel_tool_calls=asked.parallel_tool_calls,
        response_format=msgspec.to_builtins(asked.response_format or assistant.response_format),
        expires_at=math.ceil(time.time() + expires_s),
        key_id=key_id,
    )
    if strategy is not None:
        run.truncation_strategy = {"type": strategy.type, "last_messages": strategy.last_messages}
    return run


def with_resources(run: Run, assistants: dict[str, Any] | None, thread: Conversation) -> Run:
    """The run with the files and stores of its assistant and of its thread, together."""
    merged: dict[str, dict[str, list[str]]] = {}
    for resources in (assistants, thread.tool_resources):
        for tool, ids in (resources or {}).items():
            for name, values in ids.items():
                kept = merged.setdefault(tool, {}).setdefault(name, [])
                kept += [value for value in values if value not in kept]
    of_thread = (thread.tool_resources or {}).get("file_search", {}).get("vector_store_ids", [])
    return msgspec.structs.replace(run, tool_resources=merged, thread_store_ids=of_thread)


def check_run(asked: RunRequest, assistant: Assistant) -> None:
    """What the types don't say. Raises BadRequestError."""
    check_tools(asked.tools, asked.response_format if isinstance(asked.response_format, JsonSchemaFormat) else None)
    strategy = asked.truncation_strategy
    if strategy is not None and (strategy.type == "last_messages") != (strategy.last_messages is not None):
        raise BadRequestError(
            "'last_messages' is given with a truncation strategy of type 'last_messages', and only with that.",
            param="truncation_strategy.last_messages",
        )
    choice = asked.tool_choice
    if choice is None or choice in ("auto", "none"):
        return
    tools = msgspec.to_builtins(assistant.tools if asked.tools is None else asked.tools)
    names = {tool["function"]["name"] if tool["type"] == "function" else tool["type"] for tool in tools}
    if choice == "required" and not names:
        raise BadRequestError("A tool can't be required where there is none.", param="tool_choice")
    if not isinstance(choice, str):
        if choice.type == "function" and choice.function is None:
            raise BadRequestError(
                "Missing required parameter: 'tool_choice.function'.",
                param="tool_choice.function",
                code="missing_required_parameter",
            )
        wanted = choice.type if choice.function is None else choice.function.name
        if wanted not in names:
            raise BadRequestError(f"The tool {wanted!r} of 'tool_choice' is none of the run's.", param="tool_choice")
