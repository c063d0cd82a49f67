"""What is asked for: checked, as the turn that it starts and as the response that shows it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from homeport.core.answers import Usage
from homeport.core.chat import FunctionDefinition
from homeport.core.chat import JsonSchema as ChatJsonSchema
from homeport.core.chat import JsonSchemaFormat as ChatJsonSchemaFormat
from homeport.core.items import Item
from homeport.core.schemas import check_function, check_response_format
from homeport.errors import ApiError, BadRequestError, UnsupportedParameter
from homeport.inference.turn import Turn
from homeport.resources.responses.shapes import (
    AllowedTools,
    CodeInterpreterChoice,
    ConversationRef,
    CreateResponse,
    FileSearchChoice,
    FunctionChoice,
    FunctionTool,
    InputTokensRequest,
    JsonObjectFormat,
    JsonSchemaFormat,
    NamedChoice,
    ResponseObject,
    Tool,
)

_REFUSED = {
    "prompt": "Stored prompts are not supported: send the prompt's text as 'instructions' and 'input'.",
    "moderation": "Moderation of responses is not supported.",
    "context_management": "Compaction is not supported; 'truncation' may be 'auto'.",
    "prompt_cache_options": "The cache of prompts is the engine's own: there is nothing to set.",
}


def check(asked: CreateResponse) -> None:
    """Raises BadRequestError for what no response can be, UnsupportedParameter for what this server doesn't have."""
    for name, reason in _REFUSED.items():
        if getattr(asked, name) is not None:
            raise UnsupportedParameter(reason, param=name)
    if asked.background and asked.store is False:
        raise BadRequestError("A background response must be stored: 'store' can't be false.", param="store")
    if asked.previous_response_id is not None and asked.conversation is not None:
        raise BadRequestError(
            "Mutually exclusive parameters: send 'previous_response_id' or 'conversation', not both.",
            param="conversation",
            code="mutually_exclusive_parameters",
        )
    if asked.input is None and asked.previous_response_id is None and asked.conversation is None:
        raise BadRequestError("Missing required parameter: 'input'.", param="input", code="missing_required_parameter")
    _check_tools(asked)
    if asked.text is not None and isinstance(asked.text.format, JsonSchemaFormat):
        try:
            check_response_format(msgspec.convert(_response_format(asked), ChatJsonSchemaFormat))
        except BadRequestError as error:
            raise told(error) from None


def request_of(asked: InputTokensRequest) -> CreateResponse:
    """The response whose prompt is to be counted. Raises UnsupportedParameter for what no count can respect."""
    if asked.personality is not None:
        raise UnsupportedParameter("Models have no personalities here: say it in 'instructions'.", param="personality")
    if asked.truncation == "auto":
        raise UnsupportedParameter(
            "The count is of everything, before any of it is left out: 'truncation' must be 'disabled'.",
            param="truncation",
        )
    names = set(InputTokensRequest.__struct_fields__) - {"model", "personality", "truncation"}
    return CreateResponse(model=asked.model or "", store=False, **{name: getattr(asked, name) for name in names})


def allowed_tools(asked: CreateResponse) -> list[Tool]:
    """The tools that the model is shown: all of them, unless `tool_choice` says which."""
    tools = asked.tools or []
    if not isinstance(asked.tool_choice, AllowedTools):
        return tools
    names = [_tool_name(choice) for choice in asked.tool_choice.tools]
    return [tool for tool in tools if _tool_name(tool) in names]


def _check_tools(asked: CreateResponse) -> None:
    names: set[str] = set()
    for index, tool in enumerate(asked.tools or ()):
        name = _tool_name(tool)
        if name in names:
            raise BadRequestError(f"There are two tools named '{name}'.", param=f"tools[{index}]", code="invalid_value")
        names.add(name)
        if isinstance(tool, FunctionTool):
            check_function(_definition(tool), f"tools[{index}].parameters")
    match asked.tool_choice:
        case "required" if not names:
            raise BadRequestError("Tool choice 'required' must be specified with 'tools'.", param="tool_choice")
        case AllowedTools(tools=allowed):
            _check_chosen(allowed, names)
        case FunctionChoice() | FileSearchChoice() | CodeInterpreterChoice() as choice:
            _check_chosen([choice], names)


def _check_chosen(chosen: Sequence[NamedChoice], names: set[str]) -> None:
    for choice in chosen:
        if (name := _tool_name(choice)) not in names:
            raise BadRequestError(
                f"Tool choice '{name}' not found in 'tools'.", param="tool_choice", code="invalid_value"
            )


def _tool_name(tool: Tool | NamedChoice) -> str:
    """What the model calls it; those of the server are called as their types are."""
    return tool.name if isinstance(tool, FunctionTool | FunctionChoice) else str(tool.__struct_config__.tag)


def _definition(tool: FunctionTool) -> FunctionDefinition:
    return FunctionDefinition(tool.name, tool.description, tool.parameters, tool.strict)


# --- the turn ----------------------------------------------------------------------


def turn_of(
    id: str,
    asked: CreateResponse,
    history: list[Item],
    made: list[Item] | None = None,
    rounds: int = 0,
    spent: Usage | None = None,
) -> Turn:
    """`made`, `rounds` and `spent`: what was committed of it before a crash."""
    functions = [
        {"type": "function", "function": msgspec.to_builtins(_definition(tool))}
        for tool in allowed_tools(asked)
        if isinstance(tool, FunctionTool)
    ]
    return Turn(
        id=id,
        model=asked.model,
        instructions=asked.instructions,
        history=history,
        made=made or [],
        rounds=rounds,
        spent=spent or Usage(),
        functions=functions,
        tool_choice=_tool_choice(asked),
        parallel_tool_calls=asked.parallel_tool_calls if asked.tools else None,
        response_format=_response_format(asked),
        sampling=_sampling(asked),
        max_tool_calls=asked.max_tool_calls,
        max_completion_tokens=asked.max_output_tokens,
        truncation=asked.truncation or "disabled",
    )


def _sampling(asked: CreateResponse) -> dict[str, Any]:
    names = ("temperature", "top_p", "presence_penalty", "frequency_penalty", "user", "safety_identifier")
    given = {name: getattr(asked, name) for name in (*names, "prompt_cache_key", "prompt_cache_retention")}
    if asked.reasoning is not None:
        given["reasoning_effort"] = asked.reasoning.effort
    if asked.text is not None:
        given["verbosity"] = asked.text.verbosity
    if asked.top_logprobs or "message.output_text.logprobs" in (asked.include or ()):
        given |= {"logprobs": True, "top_logprobs": asked.top_logprobs or 0}
    return {name: value for name, value in given.items() if value is not None}


def _tool_choice(asked: CreateResponse) -> Any:
    match asked.tool_choice:
        case AllowedTools(mode):
            return mode
        case FunctionChoice() | FileSearchChoice() | CodeInterpreterChoice() as choice:
            return {"type": "function", "function": {"name": _tool_name(choice)}}
        case choice:
            return choice or "auto"


def _response_format(asked: CreateResponse) -> dict[str, Any] | None:
    match asked.text.format if asked.text is not None else None:
        case JsonObjectFormat():
            return {"type": "json_object"}
        case JsonSchemaFormat() as given:
            schema = ChatJsonSchema(given.name, given.schema_, given.description or None, given.strict)
            return {"type": "json_schema", "json_schema": msgspec.to_builtins(schema)}
        case _:
            return None


# --- the response --------------------------------------------------------------------


def response_of(
    id: str, created_at: int, asked: CreateResponse, model: str, conversation_id: str | None
) -> ResponseObject:
    """The response before anything has happened."""
    background = bool(asked.background)
    reasoning = asked.reasoning
    text = msgspec.to_builtins(asked.text) if asked.text is not None else {}
    given = {name: value for name, value in text.items() if value is not None}
    return ResponseObject(
        id=id,
        created_at=created_at,
        status="queued" if background else "in_progress",
        background=background,
        instructions=asked.instructions,
        max_output_tokens=asked.max_output_tokens,
        max_tool_calls=asked.max_tool_calls,
        model=model,
        parallel_tool_calls=asked.parallel_tool_calls is not False,
        previous_response_id=asked.previous_response_id,
        conversation=None if conversation_id is None else ConversationRef(conversation_id),
        reasoning={
            "effort": reasoning.effort if reasoning is not None else None,
            "summary": summary_of(asked),
        },
        service_tier="default",
        store=asked.store is not False,
        temperature=1.0 if asked.temperature is None else asked.temperature,
        text={"format": {"type": "text"}} | given,
        tool_choice=msgspec.to_builtins(asked.tool_choice) or "auto",
        tools=[_shown_tool(tool) for tool in asked.tools or ()],
        top_logprobs=asked.top_logprobs or 0,
        top_p=1.0 if asked.top_p is None else asked.top_p,
        presence_penalty=asked.presence_penalty or 0.0,
        frequency_penalty=asked.frequency_penalty or 0.0,
        truncation=asked.truncation or "disabled",
        user=UNSET if asked.user is None else asked.user,
        safety_identifier=asked.safety_identifier,
        prompt_cache_key=asked.prompt_cache_key,
        metadata=asked.metadata or {},
    )


def summary_of(asked: CreateResponse) -> str | None:
    """How reasoning is to be summed up, if it is: then it is shown as the summary, whole."""
    return None if asked.reasoning is None else asked.reasoning.summary or asked.reasoning.generate_summary


def _shown_tool(tool: Any) -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.to_builtins(tool)
    if isinstance(tool, FunctionTool):
        return shown
    return {name: value for name, value in shown.items() if value is not None}


# --- errors --------------------------------------------------------------------------

_PARAMS = [
    (re.compile(r"messages\b.*"), "input"),  # an item's index is not its message's
    (re.compile(r"response_format\.json_schema\b"), "text.format"),
    (re.compile(r"response_format\b"), "text.format"),
    (re.compile(r"max_(completion_)?tokens\b"), "max_output_tokens"),
    (re.compile(r"reasoning_effort\b"), "reasoning.effort"),
    (re.compile(r"verbosity\b"), "text.verbosity"),
    (re.compile(r"logprobs\b"), "top_logprobs"),
    (re.compile(r"(tools\[\d+\])\.function\b"), r"\1"),
]


def told(error: ApiError) -> ApiError:
    """An error of the chat completion's, `param` being what the caller knows it as."""
    for pattern, ours in _PARAMS:
        if error.param is not None and pattern.match(error.param):
            error.param = pattern.sub(ours, error.param, count=1)
            break
    return error
