"""The messages of a run as events: `thread.message.*`, each with its step."""

from __future__ import annotations

import time
from typing import Any

from homeport.core.answers import Usage
from homeport.core.items import Item, Part, cited, thread_content
from homeport.resources.runs.events import Events, Rows, message_delta, message_event, step_event
from homeport.storage.conversations import ConversationItem
from homeport.storage.runs import RunStep, StepStatus


class MessageSteps:
    """The message that is being written. `images`: what code has drawn since the last one, shown ahead of the text."""

    def __init__(self, rows: Rows) -> None:
        self.images: list[Part] = []
        self._rows = rows
        self._open: list[tuple[ConversationItem, RunStep]] = []  # of this round; the last one may grow
        self._index = 0  # of the content that grows
        self._text = ""  # of it, without marks
        self._annotations: list[dict[str, Any]] = []

    def start(self, item: Item) -> Events:
        message = self._rows.item(item)
        step = self._rows.step(type="message_creation", message_id=item["id"])
        self._open.append((message, step))
        self._index, self._text, self._annotations = len(self.images), "", []
        events = [
            step_event("created", step),
            step_event("in_progress", step),
            message_event("created", message),
            message_event("in_progress", message),
        ]
        shown = enumerate(thread_content(self.images))
        return [*events, *(message_delta(item["id"], {"index": index, **part}) for index, part in shown)]

    def text(self, item_id: str, text: str) -> Events:
        delta: dict[str, Any] = {"value": text}
        if not self._text and not self._annotations:
            delta["annotations"] = []
        self._text += text
        return [message_delta(item_id, {"index": self._index, "type": "text", "text": delta})]

    def refusal(self, item_id: str, text: str) -> Events:
        return [message_delta(item_id, {"index": self._index, "type": "refusal", "refusal": text})]

    def cite(self, item_id: str, annotation: dict[str, Any], file_id: str | None) -> Events:
        """An annotation as the whole message will have it, with its mark where that is not in the text yet."""
        self._annotations.append(annotation)
        message, _step = self._open[-1]
        if file_id is not None:
            message.exported[annotation["file_id"]] = file_id
        note = cited(self._text, self._annotations, message.exported)["annotations"][-1]
        is_link = annotation["type"] == "container_file_citation"
        numbered = {"index": len(self._annotations) - 1, **note}
        text = {"value": "" if is_link else note["text"], "annotations": [numbered]}
        return [message_delta(item_id, {"index": self._index, "type": "text", "text": text})]

    def end(self, item: Item) -> None:
        """The message is whole; it counts when its round does."""
        message, _step = self._open[-1]
        message.item = item | {"content": [*self.images, *item["content"]]}
        self.images = []

    def commit(self, usage: Usage, *, is_last: bool, is_filtered: bool) -> Events:
        """The round has ended. `usage` is its cost, which its last step has."""
        events: Events = []
        cut = "content_filter" if is_filtered else "max_tokens"
        for place, (message, step) in enumerate(self._open):
            counts = is_last and place == len(self._open) - 1
            is_whole = message.item["status"] == "completed"
            events.append(self._write(message, None if is_whole else cut))
            status: StepStatus = "failed" if is_filtered and not is_whole else "completed"
            events.append(self._rows.end(step, status, usage if counts else Usage()))
        self._open = []
        return events

    def interrupt(self, status: StepStatus, reason: str) -> Events:
        """The run ends before its round does: what there is of the message stays, as an incomplete one."""
        events: Events = []
        for message, step in self._open:
            item = message.item
            if item["status"] == "in_progress":
                part = {"type": "output_text", "text": self._text, "annotations": self._annotations, "logprobs": []}
                item = item | {"content": [*self.images, *([part] if self._text else [])]}
            message.item = item | {"status": "incomplete"}
            events.append(self._write(message, reason))
            events.append(self._rows.end(step, status))
        self._open = []
        return events

    def _write(self, message: ConversationItem, incomplete_reason: str | None) -> Any:
        now = int(time.time())
        self._rows.items[message.id] = message
        if incomplete_reason is None:
            message.completed_at = now
            return message_event("completed", message)
        message.incomplete_at, message.incomplete_reason = now, incomplete_reason
        return message_event("incomplete", message)
