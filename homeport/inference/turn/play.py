"""The loop: ask the model, call its tools, ask again, until it has answered or needs its caller."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

import msgspec

from homeport.core.answers import CompletionTokensDetails, PromptTokensDetails, Usage
from homeport.core.chat import FunctionTool
from homeport.core.items import Item
from homeport.core.schemas import validate_arguments
from homeport.errors import ApiError, BadRequestError, ContextLengthExceeded, EngineError, UnsupportedParameter
from homeport.ids import new_id
from homeport.inference.turn.events import (
    CallRefused,
    Cited,
    Ended,
    IncompleteReason,
    ItemEnded,
    NeedsOutputs,
    RoundEnded,
    RoundStarted,
    ToolEnded,
    ToolStarted,
    TurnEvent,
)
from homeport.inference.turn.links import container_of, links
from homeport.inference.turn.memory import estimated_tokens, remembered
from homeport.inference.turn.messages import (
    CODE_INTERPRETER,
    TOOL_NAMES,
    citable,
    last_messages,
    messages,
    without_oldest,
)
from homeport.inference.turn.round import Round
from homeport.inference.turn.turn import Body, Count, Generate, Linkable, ServerTool, Stream, Turn

_REFUSED = ("incomplete", "failed")  # statuses of calls
MAX_REFUSALS = 3  # rounds with calls that can't be made
_SHARE, _MIN_SHARE = 0.25, 0.05  # of the turns, left out at a time where there are too many
# OpenAI's words, which most engines use: how many there may be, and how many there are.
_TOO_LONG = re.compile(r"context length is (\d+) tokens.*?(\d+) tokens", re.DOTALL)


async def play(
    turn: Turn, generate: Generate, tools: Mapping[str, ServerTool], count: Count | None = None
) -> AsyncGenerator[TurnEvent, None]:
    """Everything that happens in the turn, from where it stands. Ends with NeedsOutputs or Ended, and never raises
    an ApiError: that is how a turn fails.

    `turn` is changed as it goes on: its `made`, `rounds` and `spent` are what was reported with RoundEnded,
    CallRefused and ToolEnded. `count` is needed for `max_prompt_tokens`.
    """
    try:
        async with aclosing(_play(turn, generate, tools, count)) as events:
            async for event in events:
                yield event
    except ApiError as error:
        yield Ended("failed", error=error)


async def _play(
    turn: Turn, generate: Generate, tools: Mapping[str, ServerTool], count: Count | None
) -> AsyncGenerator[TurnEvent, None]:
    # What was said after a call is no answer to it: one that is still to be made comes last.
    # A first round's calls all do, made or not; of later rounds nobody knows what was said when.
    turn.made = sorted(turn.made, key=_is_no_text if turn.rounds == 1 else _is_to_be_made)
    before = len(turn.made)  # what was made before this round
    while True:
        async for event in _settle_calls(turn, tools):
            yield event
        turn.refusals += any(_is_call(item) and item["status"] in _REFUSED for item in turn.made[before:])
        if calls := _unanswered(turn.made):
            yield NeedsOutputs(calls)
            return
        if (end := _end(turn)) is not None:
            yield end
            return
        turn.rounds += 1
        before = len(turn.made)
        yield RoundStarted(turn.rounds)
        stream = await _ask(turn, generate, tools, count)
        if stream is None:
            yield Ended("incomplete", "max_prompt_tokens")
            return
        try:
            async for event in Round(citable(turn.made), tools).play(stream):
                if isinstance(event, ItemEnded) and event.item["type"] == "message":
                    async for cited in _linked(turn, tools, event.item):
                        yield cited
                if isinstance(event, RoundEnded):
                    turn.made = [*turn.made, *event.items]
                    turn.spent = added(turn.spent, event.usage)
                yield event
        finally:
            await stream.aclose()
        assert isinstance(event, RoundEnded)
        if event.finish_reason == "length":
            yield Ended("incomplete", "max_completion_tokens")
            return
        if event.finish_reason == "content_filter":
            yield Ended("incomplete", "content_filter")
            return


def _end(turn: Turn) -> Ended | None:
    """Whether the turn is over, when every call in it has its output."""
    last = next((item for item in reversed(turn.made) if item["type"] != "reasoning"), None)
    if last is not None and last["type"] == "message":
        if last["status"] == "completed":
            return Ended("completed")
        return Ended("incomplete", "max_completion_tokens")
    if turn.refusals > MAX_REFUSALS:
        reason = f"The model made calls that can't be made in {MAX_REFUSALS + 1} rounds."
        return Ended("failed", error=EngineError(reason, code="invalid_tool_calls"))
    if turn.rounds >= turn.max_rounds:
        return Ended("failed", error=EngineError(f"The turn took more than {turn.max_rounds} rounds of tools."))
    for limit, spent, reason in _budgets(turn):
        if limit is not None and spent >= limit:
            return Ended("incomplete", reason)
    return None


def _budgets(turn: Turn) -> Sequence[tuple[int | None, int, IncompleteReason]]:
    return (
        (turn.max_completion_tokens, turn.spent.completion_tokens, "max_completion_tokens"),
        (turn.max_prompt_tokens, turn.spent.prompt_tokens, "max_prompt_tokens"),
    )


# --- the model ---------------------------------------------------------------------------------


async def _ask(turn: Turn, generate: Generate, tools: Mapping[str, ServerTool], count: Count | None) -> Stream | None:
    """Open the round's generation. None where the prompt can't be made as small as it has to be."""
    history: Sequence[Item] | None = turn.history
    if turn.last_messages is not None:
        history = last_messages(turn.history, turn.last_messages)
    elif turn.working_memory_tokens is not None:
        history = await remembered(turn.model, turn.history, turn.working_memory_tokens, count)
    room = None if turn.max_prompt_tokens is None else turn.max_prompt_tokens - turn.spent.prompt_tokens
    while history is not None:
        body = request(turn, tools, history)
        if room is None or count is None or await _tokens(body, count) <= room:
            try:
                return await generate(body | {"stream": True, "stream_options": {"include_usage": True}})
            except ContextLengthExceeded as error:
                tight = error
                if turn.truncation != "auto":
                    raise
        else:
            tight = None
        history = without_oldest(history, _SHARE if tight is None else _share_of(tight))
    if tight is not None:
        raise tight
    return None


async def _tokens(body: Body, count: Count) -> int:
    try:
        return await count(body)
    except UnsupportedParameter:  # this engine counts nothing; what it says that it has used is what counts
        return estimated_tokens(body["messages"])


def _share_of(error: ContextLengthExceeded) -> float:
    """Of the turns, that are probably too many."""
    told = _TOO_LONG.search(error.message)
    return _SHARE if told is None else max(1 - int(told[1]) / int(told[2]), _MIN_SHARE)


def request(turn: Turn, tools: Mapping[str, ServerTool], history: Sequence[Item] | None = None) -> Body:
    """The chat request of the turn's next round, canonical but for its parts, which keep Responses' types."""
    given = turn.history if history is None else history
    body: Body = {"model": turn.model, "messages": messages(turn.instructions, given, turn.made), **turn.sampling}
    offered = list(turn.functions)
    if not _calls_are_used_up(turn):
        offered += ({"type": "function", "function": tool.function} for tool in tools.values())
    if offered:
        body["tools"] = offered
        first = not any(_is_call(item) for item in turn.made)
        if turn.tool_choice == "none" or (first and turn.tool_choice not in (None, "auto")):
            body["tool_choice"] = turn.tool_choice
        if turn.parallel_tool_calls is not None:
            body["parallel_tool_calls"] = turn.parallel_tool_calls
    if turn.response_format is not None:
        body["response_format"] = turn.response_format
    if turn.max_completion_tokens is not None:
        body["max_completion_tokens"] = turn.max_completion_tokens - turn.spent.completion_tokens
    return body


def _calls_are_used_up(turn: Turn) -> bool:
    made = sum(item["type"] in TOOL_NAMES and item["status"] in ("completed", "failed") for item in turn.made)
    return turn.max_tool_calls is not None and made >= turn.max_tool_calls


def added(spent: Usage, more: Usage) -> Usage:
    """Both together, details included."""
    return Usage(
        spent.prompt_tokens + more.prompt_tokens,
        spent.completion_tokens + more.completion_tokens,
        spent.total_tokens + more.total_tokens,
        PromptTokensDetails(spent.cached_tokens + more.cached_tokens),
        CompletionTokensDetails(reasoning_tokens(spent) + reasoning_tokens(more)),
    )


def reasoning_tokens(usage: Usage) -> int:
    details = usage.completion_tokens_details
    return details.reasoning_tokens or 0 if isinstance(details, CompletionTokensDetails) else 0


async def _linked(turn: Turn, tools: Mapping[str, ServerTool], message: Item) -> AsyncIterator[Cited]:
    """Annotates what a message links to. A file that can't be had is no reason to lose the message."""
    tool, container_id = tools.get(CODE_INTERPRETER), container_of([*turn.history, *turn.made])
    if not isinstance(tool, Linkable) or container_id is None:
        return
    for part in message["content"]:
        for link in links(part.get("text", "")):
            try:
                found = await tool.linked(container_id, link)
            except ApiError:
                continue
            if found is not None:
                part["annotations"].append(found[0])
                yield Cited(message["id"], *found)


# --- calls -------------------------------------------------------------------------------------


def _is_call(item: Item) -> bool:
    return item["type"] == "function_call" or item["type"] in TOOL_NAMES


def _is_no_text(item: Item) -> bool:
    return item["type"] not in ("message", "reasoning")


def _is_to_be_made(item: Item) -> bool:
    """A server tool's call that nobody has made, or not to its end."""
    return item["type"] in TOOL_NAMES and item["status"] == "in_progress"


def _unanswered(made: Sequence[Item]) -> list[Item]:
    answered = {item["call_id"] for item in made if item["type"] == "function_call_output"}
    return [item for item in made if item["type"] == "function_call" and item["call_id"] not in answered]


async def _settle_calls(turn: Turn, tools: Mapping[str, ServerTool]) -> AsyncIterator[TurnEvent]:
    """Refuse the function calls that can't be made, and make those of server tools that are not made yet."""
    functions = {tool["function"]["name"]: tool for tool in turn.functions}
    for item in _unanswered(turn.made):
        reasons = _reasons(functions.get(item["name"]), item)
        if reasons:
            refused = item | {"status": "incomplete"}
            output = {
                "id": new_id("fco"),
                "type": "function_call_output",
                "call_id": item["call_id"],
                "output": "This call was not made. " + "; ".join(reasons),
                "status": "completed",
            }
            turn.made = [*_replaced(turn.made, refused), output]
            yield CallRefused(refused, output)
    for item in filter(_is_to_be_made, turn.made):
        if _calls_are_used_up(turn):
            unmade = item | {"status": "incomplete"}
            turn.made = _replaced(turn.made, unmade)
            yield ToolEnded(unmade)
            continue
        tool = tools.get(TOOL_NAMES[item["type"]])
        if tool is None:
            raise BadRequestError(f"The tool `{TOOL_NAMES[item['type']]}` is not there any more.")
        yield ToolStarted(item)
        async for event in tool.call(item, f"{turn.id}:{item['id']}"):
            if isinstance(event, ToolEnded):
                turn.made = _replaced(turn.made, event.item)
            yield event


def _reasons(tool: Any, item: Item) -> list[str]:
    if tool is None:
        return [f"There is no function `{item['name']}`."]
    return validate_arguments(msgspec.convert(tool, FunctionTool), item["arguments"])


def _replaced(made: Sequence[Item], changed: Item) -> list[Item]:
    return [changed if item["id"] == changed["id"] else item for item in made]
