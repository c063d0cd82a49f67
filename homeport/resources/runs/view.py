"""A run as its caller sees it happen: what `inference.turn` reports becomes `thread.*` events, in OpenAI's order.

Pure: it makes events, and notes in `rows` what has to be written with them. `resources.runs.jobs` writes both in one
transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

from homeport.core.items import Item
from homeport.inference.turn import (
    ArgumentsDelta,
    CallRefused,
    Cited,
    ItemEnded,
    ItemStarted,
    ReasoningDelta,
    RefusalDelta,
    RoundEnded,
    TextDelta,
    ToolEnded,
    ToolProgress,
    TurnEvent,
)
from homeport.inference.turn.messages import CODE_INTERPRETER, PREFIXES
from homeport.resources.runs.events import Events, Rows
from homeport.resources.runs.messages import MessageSteps
from homeport.resources.runs.thoughts import ThoughtSteps
from homeport.resources.runs.tool_calls import CALL_TYPES, ToolCallSteps, call_id, file_of
from homeport.storage.runs import Run, RunStep, StepStatus


class RunView:
    """Follows a turn from where it stands: `open_step` and `made` are what an earlier part of the run has left."""

    def __init__(self, run: Run, open_step: RunStep | None = None, made: Sequence[Item] = ()) -> None:
        self.rows = Rows(run)
        self._messages = MessageSteps(self.rows)
        self._calls = ToolCallSteps(self.rows, open_step, made)
        self._thoughts = ThoughtSteps(self.rows)
        self._call_ids: dict[str, str] = {}  # of this round's functions, by their items
        for item in made:
            self._note_images(item)
            if item["type"] == "message":
                self._messages.images = []  # it shows those before it

    def take(self, event: TurnEvent) -> Events:
        """The events for one of the turn's."""
        match event:
            case ItemStarted(item):
                return self._start(item)
            case TextDelta(item_id, text):
                return self._messages.text(item_id, text)
            case RefusalDelta(item_id, text):
                return self._messages.refusal(item_id, text)
            case Cited(item_id, annotation, file_id):
                return self._messages.cite(item_id, annotation, file_id)
            case ReasoningDelta(item_id, text):
                return self._thoughts.text(item_id, text)
            case ArgumentsDelta(item_id, text):
                if item_id.startswith(PREFIXES[CODE_INTERPRETER] + "_"):
                    return self._calls.code(item_id, text)
                place = self._calls.place(self._call_ids.get(item_id, ""))
                return [] if place is None else self._calls.arguments(place, text)
            case ItemEnded(item):
                return self._end(item)
            case RoundEnded(items, usage, finish_reason):
                has_calls = any(item["type"] in CALL_TYPES for item in items)
                is_filtered = finish_reason == "content_filter"
                self.rows.keep(*items)  # in this order; messages are completed in their places by what follows
                return [
                    *self._thoughts.end("completed"),
                    *self._messages.commit(usage, is_last=not has_calls, is_filtered=is_filtered),
                    *self._calls.commit(items, usage),
                ]
            case CallRefused(item, output):
                self.rows.keep(item, output)
                return self._calls.refused(item, output["output"])
            case ToolProgress(item, new):
                return self._calls.progress(item, new)
            case ToolEnded(item):
                self.rows.keep(item)
                self._note_images(item)
                return self._calls.done(item)
        return []

    def interrupt(self, status: StepStatus, reason: str) -> Events:
        """The run ends before its turn does. `reason`: a message's, why it is incomplete."""
        return [*self._thoughts.end(status), *self._messages.interrupt(status, reason), *self._calls.interrupt(status)]

    def _start(self, item: Item) -> Events:
        if item["type"] == "message":
            return self._messages.start(item)
        if item["type"] == "reasoning":
            return self._thoughts.start(item)
        if item["type"] not in CALL_TYPES:
            return []
        if item["type"] == "function_call":
            self._call_ids[item["id"]] = call_id(item)
        return self._calls.start(item)

    def _end(self, item: Item) -> Events:
        if item["type"] == "message":
            self._messages.end(item)
            return []
        return self._calls.whole(item) if item["type"] in CALL_TYPES else []

    def _note_images(self, item: Item) -> None:
        for output in item.get("outputs") or () if item["type"] == "code_interpreter_call" else ():
            if output["type"] == "image":
                self._messages.images.append(
                    {"type": "input_image", "image_url": None, "file_id": file_of(output), "detail": "auto"}
                )
