"""The thoughts of a run as steps of their own, a kind that OpenAI's runs don't have: `reasoning`.

They are shown to who asks for them (`include[]=step_details.reasoning`), so that everybody else sees what OpenAI sent.
A step's id is its item's, `rs_…`, by which it is told from others.
"""

from __future__ import annotations

from homeport.core.answers import Usage
from homeport.core.items import ID_PREFIXES, Item
from homeport.jobs.events import Event, NewEvent
from homeport.resources.runs.events import Events, Rows, step_event
from homeport.storage.runs import RunStep, StepStatus

PREFIX = ID_PREFIXES["reasoning"] + "_"
_TOLD = f'{{"id":"{PREFIX}'.encode()


def is_thought(event: Event) -> bool:
    """Whether it tells of a thought's step."""
    return event.data.startswith(_TOLD)


class ThoughtSteps:
    """Those of the round that is under way."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._open: dict[str, RunStep] = {}

    def start(self, item: Item) -> Events:
        step = self._rows.step(type="reasoning")
        step.id = item["id"]
        self._open[step.id] = step
        return [step_event("created", step), step_event("in_progress", step)]

    def text(self, item_id: str, text: str) -> Events:
        self._open[item_id].reasoning += text
        delta = {"step_details": {"type": "reasoning", "reasoning": {"text": text}}}
        name = "thread.run.step.delta"
        return [NewEvent(name, {"id": item_id, "object": name, "delta": delta})]

    def end(self, status: StepStatus) -> Events:
        """With the round, or ahead of it. The tokens count in the round's last other step."""
        events: Events = [self._rows.end(step, status, Usage()) for step in self._open.values()]
        self._open = {}
        return events
