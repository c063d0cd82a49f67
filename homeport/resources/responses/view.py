"""A turn as the Responses API shows it: `TurnEvent`s in, `response.*` events out, without any I/O.

Events have no `sequence_number` here: it is their place in what the caller is sent, see `block`.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from homeport.core.answers import Usage
from homeport.core.items import Item, text_part
from homeport.core.response_items import sealed
from homeport.errors import ApiError, BadRequestError, RateLimitError
from homeport.inference.turn import (
    ArgumentsDelta,
    CallRefused,
    Cited,
    Ended,
    ItemEnded,
    ItemStarted,
    NeedsOutputs,
    ReasoningDelta,
    RefusalDelta,
    RoundEnded,
    TextDelta,
    ToolEnded,
    ToolStarted,
    TurnEvent,
    added,
    reasoning_tokens,
)
from homeport.inference.turn.code import CodeReader
from homeport.resources.responses.shapes import (
    IncompleteDetails,
    InputTokensDetails,
    OutputTokensDetails,
    ResponseError,
    ResponseObject,
    ResponseUsage,
    Status,
)

Event = dict[str, Any]

FINAL_EVENTS = {
    "completed": "response.completed",
    "incomplete": "response.incomplete",
    "failed": "response.failed",
    "cancelled": "response.incomplete",  # OpenAI has no event for it; the response in it says what it is
}
_OBFUSCATED_BYTES = 64  # a delta's size is a multiple of so many
_CALLS = {"file_search_call": "searching", "code_interpreter_call": "interpreting"}


def shown_item(item: Item, include: Iterable[str]) -> Item:
    """An item as a caller sees it: what is large, or there twice, is shown only where it was asked for."""
    kind = item["type"]
    if kind == "file_search_call":
        return item | {"results": item.get("results") if "file_search_call.results" in include else None}
    if kind == "code_interpreter_call":
        return item | {"outputs": item.get("outputs") if "code_interpreter_call.outputs" in include else None}
    if kind == "reasoning" and "reasoning.encrypted_content" in include and item["status"] != "in_progress":
        return item | {"encrypted_content": sealed(item)}
    return item


def shown_usage(spent: Usage) -> ResponseUsage:
    return ResponseUsage(
        spent.prompt_tokens,
        InputTokensDetails(spent.cached_tokens),
        spent.completion_tokens,
        OutputTokensDetails(reasoning_tokens(spent)),
        spent.prompt_tokens + spent.completion_tokens,
    )


def shown_error(error: ApiError) -> ResponseError:
    """OpenAI has few codes for what went wrong in a response."""
    if isinstance(error, RateLimitError):
        return ResponseError("rate_limit_exceeded", error.message)
    return ResponseError("invalid_prompt" if isinstance(error, BadRequestError) else "server_error", error.message)


class ResponseView:
    """Of one response. `response` is changed as the turn goes on; `output` are its items as they are to be kept.

    `output` given: what was committed before a crash, from where the turn is played on. `summarise`: reasoning is shown
    as a summary, which the caller asked for.
    """

    def __init__(
        self,
        response: ResponseObject,
        include: Iterable[str] = (),
        *,
        summarise: bool = False,
        output: Iterable[Item] = (),
        spent: Usage | None = None,
    ) -> None:
        self.response = response
        self.output: list[Item] = list(output)
        self.is_over = False
        self._include = frozenset(include)
        self._summarise = summarise
        self._spent = spent or Usage()
        self._spoken: set[str] = set()  # messages whose part has begun
        self._growing: dict[str, list[str]] = {}  # items that have not ended: what the pieces of their text are
        self._notes: dict[str, int] = {}  # message → number of its annotations
        self._code: dict[str, CodeReader] = {}
        self._unchecked: list[Item] = []  # function calls that ended, and may yet be refused

    def begin(self) -> list[Event]:
        """The first events: those of a response in the background, which has to wait, include that it is queued."""
        created = self._whole("response.created")
        if self.response.status == "queued":
            return [created, self._whole("response.queued")]
        return [created, self._whole("response.in_progress")]

    def go_on(self) -> list[Event]:
        """Work on it begins, or does again after a crash: all that counts from here on is in the response's output."""
        self.response.status = "in_progress"
        return [self._whole("response.in_progress")]

    def take(self, event: TurnEvent) -> list[Event]:
        """The events to send for what happens in the turn."""
        return list(self._take(event))

    def end(self, status: Status, error: ApiError | None = None, reason: str | None = None) -> list[Event]:
        """Nothing follows. What has not come to its end is left out."""
        self.is_over = True
        response = self.response
        self.output = [_settled(item) for item in self.output if item["id"] not in self._growing]
        response.status = status
        response.usage = shown_usage(self._spent)
        if status == "completed":
            response.completed_at = int(time.time())
        if reason is not None:
            response.incomplete_details = IncompleteDetails(
                "content_filter" if reason == "content_filter" else "max_output_tokens"
            )
        if error is not None:
            response.error = shown_error(error)
        return [self._whole(FINAL_EVENTS[status])]

    def shown_output(self) -> list[Item]:
        ended = [item for item in self.output if item["id"] not in self._growing]
        return [shown_item(item, self._include) for item in ended]

    # --- the turn ------------------------------------------------------------------

    def _take(self, event: TurnEvent) -> Iterator[Event]:
        if not isinstance(event, ItemEnded | RoundEnded | CallRefused):
            yield from self._checked()
        match event:
            case ItemStarted(item):
                yield from self._started(item)
            case TextDelta(item_id, text, logprobs):
                yield from self._text(item_id, text, "output_text", logprobs)
            case RefusalDelta(item_id, text):
                yield from self._text(item_id, text, "refusal")
            case ReasoningDelta(item_id, text):
                yield from self._reasoning(item_id, text)
            case ArgumentsDelta(item_id, text):
                yield from self._arguments(item_id, text)
            case Cited(item_id, annotation):
                yield from self._cited(item_id, annotation)
            case ItemEnded(item):
                yield from self._ended(item)
            case RoundEnded(usage=usage):
                self._spent = added(self._spent, usage)
            case CallRefused(item, output):
                yield from self._refused(item, output)
            case ToolStarted(item):
                yield self._of(f"response.{item['type']}.{_CALLS[item['type']]}", item["id"])
            case ToolEnded(item):
                self._replace(item)
                if item["status"] == "completed":
                    yield self._of(f"response.{item['type']}.completed", item["id"])
                yield self._done(item)
            case NeedsOutputs():
                yield from self.end("completed")
            case Ended(status, reason, error):
                yield from self.end(status, error, reason)

    def _started(self, item: Item) -> Iterator[Event]:
        self._growing[item["id"]] = []
        self.output.append(item)
        yield {
            "type": "response.output_item.added",
            "output_index": len(self.output) - 1,
            "item": shown_item(item, self._include),
        }
        if item["type"] in _CALLS:
            yield self._of(f"response.{item['type']}.in_progress", item["id"])

    def _text(self, item_id: str, text: str, kind: str, logprobs: Sequence[dict[str, Any]] = ()) -> Iterator[Event]:
        name = "text" if kind == "output_text" else "refusal"
        yield from self._part_begun(item_id, name)
        self._growing[item_id].append(text)
        delta = self._of(f"response.{kind}.delta", item_id, content_index=0, delta=text)
        yield delta | {"logprobs": _event_logprobs(logprobs)} if name == "text" else delta

    def _part_begun(self, item_id: str, name: str) -> Iterator[Event]:
        """Once for a message: with its first text, or a citation that comes before it."""
        if item_id not in self._spoken:
            self._spoken.add(item_id)
            part = text_part("assistant", "") if name == "text" else {"type": "refusal", "refusal": ""}
            yield self._of("response.content_part.added", item_id, content_index=0, part=part)

    def _reasoning(self, item_id: str, text: str) -> Iterator[Event]:
        first = not self._growing[item_id]
        self._growing[item_id].append(text)
        if self._summarise:
            if first:
                part = {"type": "summary_text", "text": ""}
                yield self._of("response.reasoning_summary_part.added", item_id, summary_index=0, part=part)
            yield self._of("response.reasoning_summary_text.delta", item_id, summary_index=0, delta=text)
            return
        if first:
            part = {"type": "reasoning_text", "text": ""}
            yield self._of("response.content_part.added", item_id, content_index=0, part=part)
        yield self._of("response.reasoning_text.delta", item_id, content_index=0, delta=text)

    def _arguments(self, item_id: str, text: str) -> Iterator[Event]:
        kind = self._item(item_id)["type"]
        if kind == "function_call":
            yield self._of("response.function_call_arguments.delta", item_id, delta=text)
        elif kind == "code_interpreter_call":
            code = self._code.setdefault(item_id, CodeReader()).take(text)
            if code:
                yield self._of("response.code_interpreter_call_code.delta", item_id, delta=code)

    def _cited(self, item_id: str, annotation: dict[str, Any]) -> Iterator[Event]:
        yield from self._part_begun(item_id, "text")
        number = self._notes.get(item_id, 0)
        self._notes[item_id] = number + 1
        yield self._of(
            "response.output_text.annotation.added",
            item_id,
            content_index=0,
            annotation_index=number,
            annotation=annotation,
        )

    def _ended(self, item: Item) -> Iterator[Event]:
        item_id, kind = item["id"], item["type"]
        if kind == "reasoning" and self._summarise:
            texts = [{"type": "summary_text", "text": part["text"]} for part in item["content"]]
            item = {name: value for name, value in item.items() if name != "content"} | {"summary": texts}
        self._replace(item)
        del self._growing[item_id]
        if kind == "message":
            yield from self._message_done(item)
        elif kind == "reasoning":
            yield from self._reasoning_done(item)
        elif kind == "function_call":
            self._unchecked.append(item)
            return
        elif kind == "code_interpreter_call":
            yield self._of("response.code_interpreter_call_code.done", item_id, code=item.get("code") or "")
        if item["status"] != "in_progress":  # a server tool's call that is in progress has yet to be made
            yield self._done(item)

    def _message_done(self, item: Item) -> Iterator[Event]:
        for place, part in enumerate(item["content"]):
            if part["type"] == "output_text":
                end = {"text": part["text"], "logprobs": _event_logprobs(part["logprobs"])}
                yield self._of("response.output_text.done", item["id"], content_index=place, **end)
            else:
                yield self._of("response.refusal.done", item["id"], content_index=place, refusal=part["refusal"])
            yield self._of("response.content_part.done", item["id"], content_index=place, part=part)

    def _reasoning_done(self, item: Item) -> Iterator[Event]:
        for place, part in enumerate(item["summary"]):
            text = part["text"]
            yield self._of("response.reasoning_summary_text.done", item["id"], summary_index=place, text=text)
            yield self._of("response.reasoning_summary_part.done", item["id"], summary_index=place, part=part)
        for place, part in enumerate(item.get("content") or ()):
            text = part["text"]
            yield self._of("response.reasoning_text.done", item["id"], content_index=place, text=text)
            yield self._of("response.content_part.done", item["id"], content_index=place, part=part)

    def _checked(self) -> Iterator[Event]:
        """Calls that nobody refused."""
        for item in self._unchecked:
            yield from self._call_done(item)
        self._unchecked = []

    def _refused(self, item: Item, output: Item) -> Iterator[Event]:
        self._unchecked = [call for call in self._unchecked if call["id"] != item["id"]]
        self._replace(item)
        yield from self._call_done(item)
        self.output.append(output)
        index = len(self.output) - 1
        yield {"type": "response.output_item.added", "output_index": index, "item": output}
        yield self._done(output)

    def _call_done(self, item: Item) -> Iterator[Event]:
        end = {"name": item["name"], "arguments": item["arguments"]}
        yield self._of("response.function_call_arguments.done", item["id"], **end)
        yield self._done(item)

    # --- what events are made of -----------------------------------------------------

    def _whole(self, type: str) -> Event:
        self.response.output = self.shown_output()
        return {"type": type, "response": msgspec.to_builtins(self.response)}

    def _of(self, type: str, item_id: str, **members: Any) -> Event:
        return {"type": type, "item_id": item_id, "output_index": self._place(item_id), **members}

    def _done(self, item: Item) -> Event:
        shown = shown_item(item, self._include)
        return {"type": "response.output_item.done", "output_index": self._place(item["id"]), "item": shown}

    def _place(self, item_id: str) -> int:
        """Counted from the end, where what is spoken of mostly is."""
        for place in range(len(self.output) - 1, -1, -1):
            if self.output[place]["id"] == item_id:
                return place
        raise LookupError(item_id)

    def _item(self, item_id: str) -> Item:
        return self.output[self._place(item_id)]

    def _replace(self, item: Item) -> None:
        self.output[self._place(item["id"])] = item


def _event_logprobs(logprobs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """As events have them: without the bytes."""
    return [_without_bytes(one) | {"top_logprobs": list(map(_without_bytes, one["top_logprobs"]))} for one in logprobs]


def _without_bytes(logprob: dict[str, Any]) -> dict[str, Any]:
    return {"token": logprob["token"], "logprob": logprob["logprob"]}


def _settled(item: Item) -> Item:
    """A call that was never made to its end is incomplete."""
    return item | {"status": "incomplete"} if item.get("status") == "in_progress" else item


def block(type: str, data: bytes, number: int, *, obfuscated: bool = False, resumable: bool = False) -> bytes:
    """An event as it is sent, its number counted from 0.

    `obfuscated`: a delta's size doesn't tell its text's. `resumable`: the number is its id, too, from which a browser
    goes on by itself.
    """
    data = b'%b,"sequence_number":%d}' % (data[:-1], number)
    if obfuscated and type.endswith(".delta"):
        padding = secrets.token_urlsafe(_OBFUSCATED_BYTES)[: _OBFUSCATED_BYTES - len(data) % _OBFUSCATED_BYTES]
        data = b'%b,"obfuscation":"%b"}' % (data[:-1], padding.encode())
    event = b"event: %b\ndata: %b\n" % (type.encode(), data)
    return b"%bid: %d\n\n" % (event, number) if resumable else event + b"\n"
