"""What OpenAI refuses although every type fits: parameters that contradict each other or the conversation."""

from __future__ import annotations

from typing import Any

from homeport.core.chat import (
    AllowedToolsChoice,
    AssistantMessage,
    ChatRequest,
    CompletionRequest,
    EmbeddingRequest,
    JsonObjectFormat,
    JsonSchemaFormat,
    Message,
    NamedToolChoice,
    ToolMessage,
    text_of,
)
from homeport.errors import BadRequestError

MAX_EMBEDDING_INPUTS = 2048
MAX_COMPLETIONS = 128  # of one request: prompts times `n`; each is a task of its own


def check_chat(request: ChatRequest) -> None:
    _check_tool_results(request.messages)
    if request.max_tokens is not None and request.max_completion_tokens is not None:
        raise BadRequestError(
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
            param="max_tokens",
            code="invalid_parameter_combination",
        )
    if request.top_logprobs is not None and not request.logprobs:
        raise _only_with("top_logprobs", "logprobs", "enabled")
    if request.stream_options is not None and not request.stream:
        raise _only_with("stream_options", "stream", "enabled")
    if request.logit_bias:
        _check_logit_bias(request.logit_bias)
    if request.tools is not None or request.tool_choice is not None or request.parallel_tool_calls is not None:
        _check_tools(request)
    if request.response_format is not None:
        _check_response_format(request)


def check_completion(request: CompletionRequest) -> None:
    if isinstance(request.prompt, list):
        _check_not_mixed(request.prompt, "prompt")
    if request.stream_options is not None and not request.stream:
        raise _only_with("stream_options", "stream", "enabled")
    if request.logit_bias:
        _check_logit_bias(request.logit_bias)
    if request.best_of is not None and request.best_of < (request.n or 1):
        raise BadRequestError(
            "You requested that the server return more choices than it will generate (HINT: best_of must be >= n).",
            param="best_of",
            code="invalid_value",
        )


def number_of_completions(request: CompletionRequest) -> int:
    """Prompts times `n`. For engines that make a task of each. Raises BadRequestError for more than OpenAI takes."""
    prompt, n = request.prompt, request.n or 1
    prompts = len(prompt) if isinstance(prompt, list) and not isinstance(prompt[0], int) else 1
    if prompts * n > MAX_COMPLETIONS:
        raise BadRequestError(
            f"Too many completions requested: 'prompt' ({prompts}) times 'n' ({n}) may be at most {MAX_COMPLETIONS}.",
            param="prompt",
            code="invalid_value",
        )
    return prompts * n


def check_embedding(request: EmbeddingRequest) -> None:
    if not isinstance(request.input, list):
        if not request.input:
            raise _empty_input("input")
        return
    _check_not_mixed(request.input, "input")
    if isinstance(request.input[0], int):
        return
    if len(request.input) > MAX_EMBEDDING_INPUTS:
        raise BadRequestError(
            f"Invalid 'input': array too long. Expected an array with maximum length {MAX_EMBEDDING_INPUTS}, "
            f"but got an array with length {len(request.input)} instead.",
            param="input",
            code="array_above_max_length",
        )
    for index, text in enumerate(request.input):
        if not text:
            raise _empty_input(f"input[{index}]")


def _check_tool_results(messages: list[Message]) -> None:
    """Every tool result answers a call of the assistant message before it, and every call is answered.

    A conversation in which no call was ever recorded may carry results all the same: seed 0 sends them so.
    """
    asked: set[str] = set()  # by the newest assistant message, while its results may come
    unanswered: set[str] = set()
    asked_at = 0
    recorded = False
    for index, message in enumerate(messages):
        if isinstance(message, ToolMessage):
            if message.tool_call_id in asked:
                unanswered.discard(message.tool_call_id)
            elif recorded:
                raise BadRequestError(
                    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message "
                    "with 'tool_calls'.",
                    param=f"messages[{index}].role",
                    code="invalid_value",
                )
            continue
        if unanswered:
            raise _unanswered(asked_at, unanswered)
        if isinstance(message, AssistantMessage) and message.tool_calls:
            asked = {call.id for call in message.tool_calls}
            unanswered = set(asked)
            asked_at = index
            recorded = True
        elif asked:
            asked = set()
    if unanswered:
        raise _unanswered(asked_at, unanswered)


def _unanswered(asked_at: int, unanswered: set[str]) -> BadRequestError:
    return BadRequestError(
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
        f"The following tool_call_ids did not have response messages: {', '.join(sorted(unanswered))}",
        param=f"messages[{asked_at}].tool_calls",
        code="invalid_value",
    )


def _check_tools(request: ChatRequest) -> None:
    if not request.tools:
        if request.tool_choice is not None and request.tool_choice != "none":
            raise _only_with_tools("tool_choice")
        if request.parallel_tool_calls is not None:
            raise _only_with_tools("parallel_tool_calls")
        return
    names: set[str] = set()
    for index, tool in enumerate(request.tools):
        name = tool.function.name
        if name in names:
            raise BadRequestError(
                f"Invalid 'tools': names must be unique, but '{name}' is used more than once.",
                param=f"tools[{index}].function.name",
                code="invalid_value",
            )
        names.add(name)
    choice = request.tool_choice
    if isinstance(choice, NamedToolChoice):
        if choice.function.name not in names:
            raise _not_among_tools(choice.function.name)
    elif isinstance(choice, AllowedToolsChoice):
        for allowed in choice.allowed_tools.tools:
            function = allowed.get("function")
            allowed_name = function.get("name") if isinstance(function, dict) else None
            if not isinstance(allowed_name, str) or allowed_name not in names:
                raise _not_among_tools(str(allowed_name))


def _check_response_format(request: ChatRequest) -> None:
    if isinstance(request.response_format, JsonSchemaFormat):
        if request.response_format.json_schema.schema_ is None:
            raise BadRequestError(
                "Missing required parameter: 'response_format.json_schema.schema'.",
                param="response_format.json_schema.schema",
                code="missing_required_parameter",
            )
    elif isinstance(request.response_format, JsonObjectFormat) and not any(
        "json" in text_of(message.content).lower() for message in request.messages
    ):
        # Without it a model may well write white space until the token limit; OpenAI refuses too.
        raise BadRequestError(
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
            param="messages",
            code="invalid_value",
        )


def _check_logit_bias(logit_bias: dict[str, float]) -> None:
    for token in logit_bias:
        if not (token.isascii() and token.isdecimal() and len(token) < 10):
            raise BadRequestError(
                f"Invalid key in 'logit_bias': {token[:100]}. You should only be submitting non-negative integers.",
                param="logit_bias",
                code="invalid_value",
            )


def _check_not_mixed(items: list[Any], param: str) -> None:
    kind = type(items[0])
    for index, item in enumerate(items):
        if type(item) is not kind:
            words = {str: "a string", int: "an integer", list: "an array"}
            raise BadRequestError(
                f"Invalid type for '{param}[{index}]': expected {words[kind]} like the items before it, "
                f"but got {words[type(item)]} instead.",
                param=f"{param}[{index}]",
                code="invalid_type",
            )


def _empty_input(param: str) -> BadRequestError:
    return BadRequestError(f"Invalid '{param}': input cannot be an empty string.", param=param, code="empty_string")


def _only_with(param: str, other: str, state: str) -> BadRequestError:
    return BadRequestError(
        f"The '{param}' parameter is only allowed when '{other}' is {state}.", param=param, code="invalid_value"
    )


def _only_with_tools(param: str) -> BadRequestError:
    return BadRequestError(
        f"Invalid value for '{param}': '{param}' is only allowed when 'tools' are specified.",
        param=param,
        code="invalid_value",
    )


def _not_among_tools(name: str) -> BadRequestError:
    return BadRequestError(
        f"Tool choice '{name}' not found in 'tools' parameter.", param="tool_choice", code="invalid_value"
    )
