"""One round: what the model streams, as items that start, grow and end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from homeport.core import sse
from homeport.core.answers import ChatChunk, ChoiceLogprobs, Delta, TokenLogprob, ToolCallDelta, TopLogprob, Usage
from homeport.core.chat import FunctionDefinition, FunctionTool
from homeport.core.items import ID_PREFIXES, Item, text_part
from homeport.core.schemas import validate_arguments
from homeport.ids import new_id
from homeport.inference.turn.citations import Citations
from homeport.inference.turn.events import (
    ArgumentsDelta,
    Cited,
    ItemEnded,
    ItemStarted,
    ReasoningDelta,
    RefusalDelta,
    RoundEnded,
    TextDelta,
    TurnEvent,
)
from homeport.inference.turn.messages import PREFIXES
from homeport.inference.turn.turn import ServerTool, Stream

_decode = msgspec.json.Decoder(ChatChunk).decode


class _Call:
    """A call as it grows. `tool`: the server's, if it is one of those."""

    def __init__(self, item: Item, tool: ServerTool | None) -> None:
        self.item = item
        self.tool = tool
        self.arguments: list[str] = []

    def whole(self) -> Item:
        """The call with its arguments. Those that no tool of the server can take make it a failed one."""
        arguments = "".join(self.arguments)
        if self.tool is None:
            return self.item | {"arguments": arguments, "status": "completed"}
        function = FunctionTool(msgspec.convert(self.tool.function, FunctionDefinition))
        if validate_arguments(function, arguments):
            return self.item | {"status": "failed"}
        return self.tool.begun(self.item["id"], msgspec.json.decode(arguments))


class Round:
    """`citable`: results of searches in this turn. `tools`: those that run here, by their functions' names."""

    def __init__(self, citable: Sequence[dict[str, Any]], tools: Mapping[str, ServerTool]) -> None:
        self._citable = citable
        self._tools = tools
        self._said: list[Item] = []  # reasoning and messages that have ended
        self._item: Item | None = None  # the one that grows
        self._part = ""  # of it: the type of a message's only part
        self._text: list[str] = []  # of it
        self._citations = Citations(citable)
        self._logprobs: list[dict[str, Any]] = []  # of it: of a message's tokens, where they were asked for
        self._unsent_logprobs = 0  # of them, the last so many
        self._calls: dict[int, _Call] = {}
        self._finish_reason: str | None = None

    async def play(self, stream: Stream) -> AsyncIterator[TurnEvent]:
        """All of the round from its first item on; the last event is the only RoundEnded."""
        async for block in stream:
            for payload in sse.payloads(block):
                for choice in _decode(payload).choices[:1]:
                    for event in self._take(choice.delta, choice.logprobs):
                        yield event
                    self._finish_reason = choice.finish_reason or self._finish_reason
        for event in self._end(stream.usage or Usage()):
            yield event

    def _take(self, delta: Delta, logprobs: ChoiceLogprobs | None) -> Iterator[TurnEvent]:
        if delta.reasoning_content:
            yield from self._within("reasoning")
            assert self._item is not None
            self._text.append(delta.reasoning_content)
            yield ReasoningDelta(self._item["id"], delta.reasoning_content)
        if isinstance(delta.content, str) and delta.content:
            yield from self._within("message", "output_text")
            self._take_logprobs(logprobs)
            yield from self._texts(self._citations.take(delta.content))
        if delta.refusal:
            yield from self._within("message", "refusal")
            assert self._item is not None
            self._text.append(delta.refusal)
            yield RefusalDelta(self._item["id"], delta.refusal)
        for call in delta.tool_calls or ():
            yield from self._take_call(call)

    def _take_logprobs(self, logprobs: ChoiceLogprobs | None) -> None:
        if logprobs is not None and logprobs.content:
            new = [_logprob(token) for token in logprobs.content]
            self._logprobs += new
            self._unsent_logprobs += len(new)

    def _texts(self, pieces: Iterator[str | dict[str, Any]]) -> Iterator[TurnEvent]:
        """Tokens of a mark, which is no text any more, go with the text after it."""
        assert self._item is not None
        for piece in pieces:
            if isinstance(piece, str):
                new = self._logprobs[len(self._logprobs) - self._unsent_logprobs :]
                self._unsent_logprobs = 0
                yield TextDelta(self._item["id"], piece, new)
            else:
                yield Cited(self._item["id"], piece)

    def _within(self, kind: str, part: str = "") -> Iterator[TurnEvent]:
        """The item that grows is of this kind from here on."""
        if self._item is not None and (self._item["type"], self._part) == (kind, part):
            return
        yield from self._end_item()
        self._item = {"id": new_id(ID_PREFIXES[kind]), "type": kind, "status": "in_progress"}
        self._item |= {"summary": [], "content": []} if kind == "reasoning" else {"role": "assistant", "content": []}
        self._part = part
        yield ItemStarted(dict(self._item))

    def _end_item(self, status: str = "completed") -> Iterator[TurnEvent]:
        item = self._item
        if item is None:
            return
        if self._part == "output_text":
            yield from self._texts(self._citations.end())
            part = text_part("assistant", self._citations.text)
            part["annotations"] = self._citations.annotations
            part["logprobs"] = self._logprobs
            item["content"] = [part]
            self._citations = Citations(self._citable)
            self._logprobs, self._unsent_logprobs = [], 0
        elif self._part == "refusal":
            item["content"] = [{"type": "refusal", "refusal": "".join(self._text)}]
        elif item["type"] == "reasoning":
            item["content"] = [{"type": "reasoning_text", "text": "".join(self._text)}]
        item["status"] = status
        self._said.append(item)
        self._item, self._text = None, []
        yield ItemEnded(item)

    def _take_call(self, delta: ToolCallDelta) -> Iterator[TurnEvent]:
        function = delta.function
        call = self._calls.get(delta.index)
        if call is None:
            yield from self._end_item()
            name = (function.name if function is not None else None) or ""
            tool = self._tools.get(name)
            call = self._calls[delta.index] = _Call(_begun(name, tool), tool)
            yield ItemStarted(dict(call.item))
        if function is not None and function.arguments:
            call.arguments.append(function.arguments)
            yield ArgumentsDelta(call.item["id"], function.arguments)

    def _end(self, usage: Usage) -> Iterator[TurnEvent]:
        cut = self._finish_reason in ("length", "content_filter")
        grows = [] if self._item is None else [self._item]
        speaks = any(item["type"] == "message" for item in [*self._said, *grows])
        if not speaks and not self._calls and not (cut and grows):
            yield from self._within("message")  # an answer that says nothing is an answer all the same
        yield from self._end_item("incomplete" if cut else "completed")
        calls = []
        for call in self._calls.values():
            if cut:  # arguments that were cut off are those of no call
                yield ItemEnded(call.item | {"status": "incomplete"})
                continue
            calls.append(call.whole())
            yield ItemEnded(calls[-1])
        yield RoundEnded([*self._said, *calls], usage, self._finish_reason)


def _logprob(token: TokenLogprob | TopLogprob) -> dict[str, Any]:
    """As Responses have it: the bytes are always there."""
    shown = {"token": token.token, "logprob": token.logprob, "bytes": token.bytes}
    if token.bytes is None:
        shown["bytes"] = list(token.token.encode())
    if isinstance(token, TokenLogprob):
        shown["top_logprobs"] = [_logprob(top) for top in token.top_logprobs]
    return shown


def _begun(name: str, tool: ServerTool | None) -> Item:
    """A call of which no more than the name is known. Its id is ours: engines give the same ones again and again."""
    if tool is not None:
        return tool.begun(new_id(PREFIXES[name]), {})
    item = {"id": new_id("fc"), "type": "function_call", "call_id": new_id("call"), "name": name}
    return item | {"arguments": "", "status": "in_progress"}
