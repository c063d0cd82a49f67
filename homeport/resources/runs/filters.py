"""What of a run's events a caller sees: all that OpenAI had, with thoughts or without, or the final answer only."""

from __future__ import annotations

from homeport.jobs.events import Event
from homeport.resources.runs.thoughts import is_thought

_ENDS = ("thread.message.completed", "thread.message.incomplete")
_CALLS = b'"step_details":{"type":"tool_calls"'


class Seen:
    """Takes a run's events one by one; gives back those to be sent.

    `answer_only`: no steps, and no message that leads to a call of a tool. Which one does is known at its end, so that
    the answer comes in one go.
    """

    def __init__(self, *, thoughts: bool = False, answer_only: bool = False) -> None:
        self._thoughts = thoughts
        self._answer_only = answer_only
        self._held: list[Event] = []  # of the message that is being written
        self._leads_to_calls = False  # it does

    def take(self, event: Event) -> list[Event]:
        if not self._answer_only:
            return [event] if self._thoughts or not is_thought(event) else []
        if event.type.startswith("thread.run.step."):
            self._leads_to_calls |= event.type == "thread.run.step.created" and _CALLS in event.data
            return []
        if not event.type.startswith("thread.message."):
            return [event]
        if event.type == "thread.message.created":
            self._held, self._leads_to_calls = [], False
        self._held.append(event)
        if event.type not in _ENDS or self._leads_to_calls:
            return []
        held, self._held = self._held, []
        return held
