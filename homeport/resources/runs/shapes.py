"""Runs and run steps as OpenAI writes them: what is asked, what is answered.

Shapes: `CreateRunRequest`, `CreateThreadAndRunRequest`, `SubmitToolOutputsRunRequest`, `RunObject` and `RunStepObject`
of OpenAI's specification.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType, field

from homeport.core.answers import Usage
from homeport.core.chat import FunctionName, Metadata, Temperature, TopP
from homeport.resources.assistants import Effort, Format, Instructions, Tools
from homeport.resources.messages import CreateMessage
from homeport.resources.threads import CreateThread
from homeport.resources.tool_resources import ToolResources
from homeport.storage.conversations import thread_id
from homeport.storage.objects import Page
from homeport.storage.runs import Run, RunStep

# --- requests ------------------------------------------------------------------


class TruncationStrategy(Struct, forbid_unknown_fields=True):
    type: Literal["auto", "last_messages"]
    last_messages: Annotated[int, Meta(ge=1)] | None = None


class NamedTool(Struct, omit_defaults=True):
    type: Literal["function", "code_interpreter", "file_search"]
    function: FunctionName | None = None


ToolChoice: TypeAlias = Literal["none", "auto", "required"] | NamedTool
Budget: TypeAlias = Annotated[int, Meta(ge=256)]


class RunRequest(Struct, forbid_unknown_fields=True, kw_only=True):
    """What both ways to create a run take. What is left out, or null, is as the assistant has it."""

    assistant_id: str | None = None
    model: str | None = None
    reasoning_effort: Effort | None = None
    instructions: Instructions | None = None
    tools: Tools | None = None
    metadata: Metadata | None = None
    temperature: Temperature | None = None
    top_p: TopP | None = None
    stream: bool | None = None
    max_prompt_tokens: Budget | None = None
    max_completion_tokens: Budget | None = None
    truncation_strategy: TruncationStrategy | None = None
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool = True
    response_format: Format | None = None


class CreateRun(RunRequest, forbid_unknown_fields=True, kw_only=True):
    additional_instructions: Instructions | None = None
    additional_messages: list[CreateMessage] | None = None


class CreateThreadAndRun(RunRequest, forbid_unknown_fields=True, kw_only=True):
    thread: CreateThread | None = None
    tool_resources: ToolResources | None = None


class ModifyRun(Struct, forbid_unknown_fields=True):
    metadata: Metadata | UnsetType | None = UNSET


class ToolOutput(Struct, forbid_unknown_fields=True):
    tool_call_id: str
    output: str = ""


class SubmitToolOutputs(Struct, forbid_unknown_fields=True):
    tool_outputs: list[ToolOutput]
    stream: bool | None = None


Include: TypeAlias = Literal["step_details.tool_calls[*].file_search.results[*].content", "step_details.reasoning"]
RESULTS: Include = "step_details.tool_calls[*].file_search.results[*].content"
REASONING: Include = "step_details.reasoning"  # Homeport's own: see `runs.thoughts`


class IncludeParams(Struct, forbid_unknown_fields=True):
    include: list[Include] = field(default=[], name="include[]")


class CreateRunParams(IncludeParams, forbid_unknown_fields=True):
    """`answer_only`: the streams of the run hold its final answer, and nothing of the way to it."""

    answer_only: bool = False


class StepListParams(Page, frozen=True, forbid_unknown_fields=True):
    include: list[Include] = field(default=[], name="include[]")


class StreamParams(Struct, forbid_unknown_fields=True):
    after: Annotated[int, Meta(ge=0, le=10**15 - 1)] = 0
    answer_only: bool = False
    include: list[Include] = field(default=[], name="include[]")


class MessageStreamParams(Struct, forbid_unknown_fields=True):
    """`steps`: with the steps that led to the message, its run's tool calls and thoughts since the message before."""

    after: Annotated[int, Meta(ge=0, le=10**15 - 1)] = 0
    steps: bool = False


# --- answers -------------------------------------------------------------------


class RunUsage(Struct):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class RunObject(Struct, kw_only=True):
    id: str
    object: Literal["thread.run"] = "thread.run"
    created_at: int
    assistant_id: str
    thread_id: str
    status: str
    started_at: int | None
    expires_at: int | None
    cancelled_at: int | None
    failed_at: int | None
    completed_at: int | None
    required_action: dict[str, Any] | None
    last_error: dict[str, Any] | None
    model: str
    instructions: str
    tools: list[dict[str, Any]]
    metadata: dict[str, str]
    temperature: float
    top_p: float
    reasoning_effort: str | None
    max_completion_tokens: int | None
    max_prompt_tokens: int | None
    truncation_strategy: dict[str, Any]
    incomplete_details: dict[str, str] | None
    usage: RunUsage | None
    response_format: Any
    tool_choice: Any
    parallel_tool_calls: bool


class RunStepObject(Struct, kw_only=True):
    id: str
    object: Literal["thread.run.step"] = "thread.run.step"
    created_at: int
    run_id: str
    assistant_id: str
    thread_id: str
    type: str
    status: str
    cancelled_at: int | None
    completed_at: int | None
    expired_at: int | None
    failed_at: int | None
    last_error: dict[str, Any] | None
    step_details: dict[str, Any]
    usage: RunUsage | None
    metadata: dict[str, str]


def shown_run(run: Run) -> RunObject:
    error = run.last_error
    return RunObject(
        id=run.id,
        created_at=run.created_at,
        assistant_id=run.assistant_id,
        thread_id=thread_id(run.conversation_id),
        status=run.status,
        started_at=run.started_at,
        expires_at=run.expires_at,
        cancelled_at=run.cancelled_at,
        failed_at=run.failed_at,
        completed_at=run.completed_at,
        required_action=_required_action(run.required_calls),
        last_error=None if error is None else {"code": error.code, "message": error.message},
        model=run.model,
        instructions=run.instructions,
        tools=run.tools,
        metadata=run.metadata,
        temperature=1.0 if run.temperature is None else run.temperature,
        top_p=1.0 if run.top_p is None else run.top_p,
        reasoning_effort=run.reasoning_effort,
        max_completion_tokens=run.max_completion_tokens,
        max_prompt_tokens=run.max_prompt_tokens,
        truncation_strategy=run.truncation_strategy,
        incomplete_details=None if run.incomplete_reason is None else {"reason": run.incomplete_reason},
        usage=_usage(run.spent) if run.is_terminal else None,
        response_format=run.response_format,
        tool_choice=run.tool_choice,
        parallel_tool_calls=run.parallel_tool_calls,
    )


def _required_action(calls: list[dict[str, Any]]) -> dict[str, Any] | None:
    if not calls:
        return None
    shown = [
        {
            "id": call["call_id"],
            "type": "function",
            "function": {"name": call["name"], "arguments": call["arguments"]},
        }
        for call in calls
    ]
    return {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": shown}}


def shown_step(step: RunStep, *, results: bool) -> RunStepObject:
    """`results`: with the texts that file searches found."""
    error = step.last_error
    return RunStepObject(
        id=step.id,
        created_at=step.created_at,
        run_id=step.run_id,
        assistant_id=step.assistant_id,
        thread_id=thread_id(step.conversation_id),
        type=step.type,
        status=step.status,
        cancelled_at=step.cancelled_at,
        completed_at=step.completed_at,
        expired_at=step.expired_at,
        failed_at=step.failed_at,
        last_error=None if error is None else {"code": error.code, "message": error.message},
        step_details=_details(step, results),
        usage=None if step.usage is None else _usage(step.usage),
        metadata={},
    )


def _details(step: RunStep, results: bool) -> dict[str, Any]:
    if step.type == "message_creation":
        return {"type": "message_creation", "message_creation": {"message_id": step.message_id}}
    if step.type == "reasoning":
        return {"type": "reasoning", "reasoning": {"text": step.reasoning}}
    return {"type": "tool_calls", "tool_calls": [shown_call(call, results=results) for call in step.tool_calls]}


def shown_call(call: dict[str, Any], *, results: bool) -> dict[str, Any]:
    if results or "results" not in call.get("file_search", {}):
        return call
    found = [
        {name: value for name, value in each.items() if name != "content"} for each in call["file_search"]["results"]
    ]
    return call | {"file_search": call["file_search"] | {"results": found}}


def _usage(usage: Usage) -> RunUsage:
    return RunUsage(usage.prompt_tokens, usage.completion_tokens, usage.total_tokens)
