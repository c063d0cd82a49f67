"""The events of runs, `thread.*`, and the rows that are written with them."""

from __future__ import annotations

import time
from typing import Any

from msgspec import Struct, field

from homeport.core.answers import Usage
from homeport.core.items import Item
from homeport.ids import new_id
from homeport.jobs.events import NewEvent
from homeport.resources.messages import shown_message
from homeport.resources.runs.shapes import shown_run, shown_step
from homeport.storage.conversations import ConversationItem
from homeport.storage.runs import LastError, Run, RunStep, StepStatus, ended

Events = list[NewEvent]


def run_event(run: Run, name: str | None = None) -> NewEvent:
    """The event of the status that the run has, or of its creation."""
    return NewEvent(f"thread.run.{name or run.status}", shown_run(run), final=run.is_terminal)


def step_event(name: str, step: RunStep, *, results: bool = False) -> NewEvent:
    return NewEvent(f"thread.run.step.{name}", shown_step(step, results=results))


def step_delta(step_id: str, calls: list[dict[str, Any]]) -> NewEvent:
    delta = {"step_details": {"type": "tool_calls", "tool_calls": calls}}
    name = "thread.run.step.delta"
    return NewEvent(name, {"id": step_id, "object": name, "delta": delta})


def message_event(name: str, message: ConversationItem) -> NewEvent:
    return NewEvent(f"thread.message.{name}", shown_message(message))


def message_delta(message_id: str, part: dict[str, Any]) -> NewEvent:
    name = "thread.message.delta"
    return NewEvent(name, {"id": message_id, "object": name, "delta": {"content": [part]}})


class Rows(Struct):
    """What a run has made and changed since its last commit: items and steps, the newest state of each."""

    run: Run
    items: dict[str, ConversationItem] = field(default_factory=dict)
    steps: dict[str, RunStep] = field(default_factory=dict)

    def item(self, item: Item) -> ConversationItem:
        """An item of the run as a row, finished unless it is a message: those say themselves when they are."""
        now = int(time.time())
        is_message = item["type"] == "message"
        return ConversationItem(
            id=item["id"],
            created_at=now,
            conversation_id=self.run.conversation_id,
            type=item["type"],
            role=item.get("role"),
            run_id=self.run.id,
            item=item,
            assistant_id=self.run.assistant_id if is_message else None,
            completed_at=None if is_message else now,
        )

    def step(self, **fields: Any) -> RunStep:
        """A new step of the run."""
        return RunStep(
            id=new_id("step"),
            created_at=int(time.time()),
            run_id=self.run.id,
            conversation_id=self.run.conversation_id,
            assistant_id=self.run.assistant_id,
            **fields,
        )

    def keep(self, *items: Item) -> None:
        for item in items:
            self.items[item["id"]] = self.item(item)

    def end(self, step: RunStep, status: StepStatus, usage: Usage | None = None) -> NewEvent:
        """Note the step's end; returns the event of it."""
        changes: dict[str, Any] = {} if usage is None else {"usage": usage}
        if status == "failed":
            changes["last_error"] = LastError("server_error", "The step was not finished.")
        self.steps[step.id] = last = ended(step, status, **changes)
        return step_event(status, last, results=self.run.include_results)

    def drain(self) -> tuple[list[ConversationItem], list[RunStep]]:
        """What is to be written now."""
        rows = list(self.items.values()), list(self.steps.values())
        self.items, self.steps = {}, {}
        return rows
