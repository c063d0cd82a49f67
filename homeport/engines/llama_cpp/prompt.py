"""A chat request as prompt tokens: messages → the model's template → tokens, checked against the context length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from homeport.core.chat import (
    AllowedToolsChoice,
    AssistantMessage,
    ChatRequest,
    DeveloperMessage,
    FunctionMessage,
    FunctionTool,
    JsonSchemaFormat,
    Message,
    RefusalPart,
    ResponseFormat,
    SystemMessage,
    ToolCall,
    ToolMessage,
    UserMessage,
    text_of,
)
from homeport.core.grammar import Constraint, for_tool_calls
from homeport.engines.llama_cpp.server import LlamaServer, Properties
from homeport.errors import ApiError, BadRequestError, ContextLengthExceeded


class Prompt(Struct, frozen=True):
    """What a generation starts from."""

    tokens: list[int]
    tools: tuple[str, ...] = ()  # names the output parser listens for
    in_reasoning: bool = False  # the prompt ends inside an opened reasoning block
    constraint: Constraint | None = None


class PromptBuilder:
    """Prompts for one loaded model."""

    def __init__(self, server: LlamaServer, properties: Properties) -> None:
        self._server = server
        self._format = properties.format
        self._context_length = properties.context_length

    async def build(self, request: ChatRequest) -> Prompt:
        """Raises ContextLengthExceeded, and BadRequestError for what template or grammar refuse."""
        prompt = await self._render(request, request.messages)
        if len(prompt.tokens) >= self._context_length or request.truncation == "auto":
            prompt = await self._fit(request, prompt)
        return prompt

    async def count(self, request: ChatRequest) -> int:
        """Prompt tokens, whether or not they fit."""
        return len((await self._render(request, request.messages)).tokens)

    async def _render(self, request: ChatRequest, messages: Sequence[Message]) -> Prompt:
        tools = offered_tools(request)
        body: dict[str, Any] = {"messages": [_template_message(message) for message in messages]}
        if tools:
            body["tools"] = tools
        known: dict[str, Any] = {}
        if self._format.reasoning_tags is not None:
            # Models reason unless told not to; llama.cpp's own default is the other way round.
            known["enable_thinking"] = request.reasoning_effort != "none"
            if request.reasoning_effort is not None:
                known["reasoning_effort"] = request.reasoning_effort
        if self._shows(request.response_format):
            known["response_format"] = request.response_format
        if known:
            body["chat_template_kwargs"] = known
        try:
            text = await self._server.apply_template(body)
        except ApiError as error:
            raise BadRequestError(
                f"The model's chat template refuses these messages: {error.message}", param="messages"
            ) from None
        in_reasoning = self._format.opens_reasoning(text)
        constraint = self._constraint(request, tools, in_reasoning)
        if constraint is not None:
            text += constraint.prefill
        tokens = await self._server.tokenize(text, special=True)
        return Prompt(tokens, tuple(tool.function.name for tool in tools), in_reasoning, constraint)

    def _shows(self, wanted: ResponseFormat | None) -> bool:
        """Whether the model sees the schema, which is enforced in any case: not where it would fill the context."""
        if not self._format.shows_schema or not isinstance(wanted, JsonSchemaFormat):
            return False
        return len(msgspec.json.encode(wanted)) <= self._context_length  # some four bytes are a token

    def _constraint(self, request: ChatRequest, tools: Sequence[FunctionTool], in_reasoning: bool) -> Constraint | None:
        choice = request.tool_choice
        return for_tool_calls(
            tools,
            choice.allowed_tools.mode if isinstance(choice, AllowedToolsChoice) else choice,
            self._format,
            parallel=request.parallel_tool_calls is not False,
            in_reasoning=in_reasoning,
            response_format=request.response_format,
        )

    # --- truncation -----------------------------------------------------------------

    async def _fit(self, request: ChatRequest, whole: Prompt) -> Prompt:
        limit = self._context_length
        if request.truncation == "auto":
            # Room to answer: what the caller wants, but an early turn is not given up for more than half the context.
            limit -= min(request.token_limit or self._context_length // 4, self._context_length // 2)
            if len(whole.tokens) <= limit:
                return whole
            whole = await self._shortened(request, limit) or whole
        if len(whole.tokens) >= self._context_length:
            raise ContextLengthExceeded(
                f"This model's maximum context length is {self._context_length} tokens. However, your messages "
                f"resulted in {len(whole.tokens)} tokens. Please reduce the length of the messages.",
                param="messages",
            )
        return whole

    async def _shortened(self, request: ChatRequest, limit: int) -> Prompt | None:
        """With the fewest units dropped that bring it to `limit` tokens, or all; None where nothing can be dropped."""
        units = droppable(request.messages)
        if not units:
            return None

        async def without(count: int) -> Prompt:
            dropped = {index for unit in units[:count] for index in unit}
            return await self._render(request, [m for i, m in enumerate(request.messages) if i not in dropped])

        least, most = 1, len(units)
        while least < most:
            middle = (least + most) // 2
            if len((await without(middle)).tokens) <= limit:
                most = middle
            else:
                least = middle + 1
        return await without(least)


def offered_tools(request: ChatRequest) -> list[FunctionTool]:
    """The tools the model is told of: none under "none", and only the allowed ones where the caller allows some."""
    if not request.tools or request.tool_choice == "none":
        return []
    if not isinstance(request.tool_choice, AllowedToolsChoice):
        return request.tools
    allowed = {tool.get("function", {}).get("name") for tool in request.tool_choice.allowed_tools.tools}
    return [tool for tool in request.tools if tool.function.name in allowed]


def droppable(messages: Sequence[Message]) -> list[list[int]]:
    """What truncation may drop, oldest first: indexes of messages that can only go together.

    First whole turns (what a user said and all that followed), then, inside the newest turn, calls with their results.
    Instructions, the newest user message and what followed the newest call stay.
    """
    turns: list[list[int]] = []
    for index, message in enumerate(messages):
        if isinstance(message, SystemMessage | DeveloperMessage):
            continue
        if not turns or isinstance(message, UserMessage):
            turns.append([])
        turns[-1].append(index)
    if not turns:
        return []
    *old, newest = turns
    steps: list[list[int]] = []
    for index in newest:
        if isinstance(messages[index], AssistantMessage):
            steps.append([])
        if steps:
            steps[-1].append(index)
    return old + steps[:-1]


# --- messages as templates know them ---------------------------------------------


def _template_message(message: Message) -> dict[str, Any]:
    if isinstance(message, AssistantMessage):
        return _assistant_message(message)
    if isinstance(message, ToolMessage):
        return {"role": "tool", "tool_call_id": message.tool_call_id, "content": text_of(message.content)}
    if isinstance(message, FunctionMessage):
        return {"role": "tool", "tool_call_id": message.name, "name": message.name, "content": message.content or ""}
    role = "user" if isinstance(message, UserMessage) else "system"  # few templates know developers
    return {"role": role, "content": text_of(message.content)}


def _assistant_message(message: AssistantMessage) -> dict[str, Any]:
    content = text_of(message.content)
    if not isinstance(message.content, str):
        content += "".join(part.refusal for part in message.content or () if isinstance(part, RefusalPart))
    result: dict[str, Any] = {"role": "assistant", "content": content or message.refusal or ""}
    if message.reasoning_content:
        result["reasoning_content"] = message.reasoning_content
    calls = list(message.tool_calls or ())
    if message.function_call is not None:
        calls.append(ToolCall(id=message.function_call.name, function=message.function_call))
    if calls:
        result["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.function.name, "arguments": _arguments(call.function.arguments)},
            }
            for call in calls
        ]
    return result


def _arguments(text: str) -> str:
    """Arguments as llama.cpp takes them: JSON. A model's broken ones must not make its own history unreadable."""
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return msgspec.json.encode(text).decode()
    return text
