"""The tool calls of a run as events: `thread.run.step.*`, one step for the calls of a round."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from homeport.core.answers import Usage
from homeport.core.items import Item
from homeport.inference.turn.code import CodeReader
from homeport.resources.runs.events import Events, Rows, step_delta, step_event
from homeport.resources.runs.shapes import shown_call
from homeport.storage.runs import RunStep, StepStatus

CALL_TYPES = {
    "function_call": "function",
    "file_search_call": "file_search",
    "code_interpreter_call": "code_interpreter",
}
Call = dict[str, Any]


class ToolCallSteps:
    """The step that is open. `step`: the one that an earlier part of the run has left; `made`: the run's items."""

    def __init__(self, rows: Rows, step: RunStep | None, made: Sequence[Item]) -> None:
        self._rows = rows
        self._step = step
        self._readers: dict[str, CodeReader] = {}  # of code that is being written, by its item
        self._written: dict[str, str] = {}  # what was shown of it
        self._told: dict[str, list[Call]] = {}  # outputs of code that runs, by its item
        # Calls that an earlier worker may have told of: the step's last event has what came out of them.
        self._replayed = {item["id"] for item in made if item["type"] in CALL_TYPES and item["status"] == "in_progress"}
        answered = {item["call_id"] for item in made if item["type"] == "function_call_output"}
        self._waiting = {
            call_id(item)
            for item in made
            if (item["type"] == "function_call" and item["call_id"] not in answered)
            or (item["type"] in CALL_TYPES and item["status"] == "in_progress")
        }

    def start(self, item: Item) -> Events:
        events: Events = []
        if self._step is None:
            self._step = self._rows.step(type="tool_calls")
            events += [step_event("created", self._step), step_event("in_progress", self._step)]
        call = as_call(item)
        self._waiting.add(call["id"])
        self._step.tool_calls = [*self._step.tool_calls, call]
        return [*events, self._delta(len(self._step.tool_calls) - 1, call)]

    def arguments(self, place: int, text: str) -> Events:
        return [self._delta(place, {"type": "function", "function": {"arguments": text}})]

    def code(self, item_id: str, text: str) -> Events:
        """A piece of the arguments of a call that is to run code: the code in it, which is shown as it is written."""
        call_of_code, reader = "call_" + item_id.partition("_")[2], self._readers.setdefault(item_id, CodeReader())
        place, piece = self.place(call_of_code), reader.take(text)
        if place is None or not piece:
            return []
        self._written[item_id] = self._written.get(item_id, "") + piece
        return [self._delta(place, {"type": "code_interpreter", "code_interpreter": {"input": piece}})]

    def place(self, shown_id: str) -> int | None:
        """Where a call stands in the step."""
        calls = self._step.tool_calls if self._step is not None else ()
        return next((place for place, call in enumerate(calls) if call["id"] == shown_id), None)

    def whole(self, item: Item) -> Events:
        """The call is made: what of its code wasn't shown yet, is now."""
        call = self._replace(item)
        if call["type"] != "code_interpreter":
            return []
        self._readers.pop(item["id"], None)
        rest = call["code_interpreter"]["input"].removeprefix(self._written.pop(item["id"], ""))
        if not rest:
            return []
        return [self._delta(self._place(call["id"]), {"type": call["type"], call["type"]: {"input": rest}})]

    def commit(self, items: Sequence[Item], usage: Usage) -> Events:
        """The round has ended."""
        if self._step is None:
            return []
        if not any(item["type"] in CALL_TYPES for item in items):  # the calls were cut off
            return self.interrupt("failed")
        self._step.usage = usage
        self._rows.steps[self._step.id] = self._step
        return self._settle(*(call_id(item) for item in items if item["status"] == "failed"))

    def refused(self, item: Item, output: str) -> Events:
        """A function call that was answered here, for it could not be made."""
        call = self._replace(item)
        call["function"]["output"] = output
        delta = self._delta(self._place(call["id"]), {"type": "function", "function": {"output": output}})
        return [delta, *self._settle(call["id"])]

    def progress(self, item: Item, new: Sequence[Item]) -> Events:
        """What code has put out meanwhile. Logs that follow each other are one output, which grows."""
        if item["id"] in self._replayed:
            return []
        told = self._told.setdefault(item["id"], [])
        grown = []
        for output in map(_output, new):
            if output["type"] == "logs" and told and told[-1]["type"] == "logs":
                told[-1] = output | {"logs": told[-1]["logs"] + output["logs"]}
            else:
                told.append(output)
            grown.append({"index": len(told) - 1, **output})
        shown = {"type": "code_interpreter", "code_interpreter": {"outputs": grown}}
        return [self._delta(self._place(call_id(item)), shown)]

    def done(self, item: Item) -> Events:
        """A tool of the server has ended. What was told of it is not told again."""
        call = self._replace(item)
        shown = shown_call(call, results=self._rows.run.include_results)
        if call["type"] == "code_interpreter":
            told = self._told.pop(item["id"], [])
            outputs = shown["code_interpreter"]["outputs"]
            untold = [{"index": place, **outputs[place]} for place in range(len(told), len(outputs))]
            shown = {"type": call["type"], "code_interpreter": {"outputs": untold}}
            if item["id"] in self._replayed or (told and not untold):
                return self._settle(call["id"])
        else:
            shown = {"type": call["type"], call["type"]: shown[call["type"]]}
        return [self._delta(self._place(call["id"]), shown), *self._settle(call["id"])]

    def interrupt(self, status: StepStatus) -> Events:
        """The run ends before its calls do."""
        if self._step is None:
            return []
        step, self._step = self._step, None
        return [self._rows.end(step, status)]

    def _settle(self, *call_ids: str) -> Events:
        """These calls wait for nothing any more; the step ends with the last of them."""
        self._waiting -= set(call_ids)
        assert self._step is not None
        self._rows.steps[self._step.id] = self._step
        if self._waiting:
            return []
        step, self._step = self._step, None
        return [self._rows.end(step, "completed")]

    def _replace(self, item: Item) -> Call:
        call = as_call(item)
        place = self._place(call["id"])
        assert self._step is not None
        calls = self._step.tool_calls
        self._step.tool_calls = [*calls[:place], call, *calls[place + 1 :]]
        return call

    def _place(self, shown_id: str) -> int:
        place = self.place(shown_id)
        assert place is not None
        return place

    def _delta(self, place: int, call: Call) -> Any:
        assert self._step is not None
        return step_delta(self._step.id, [{"index": place, **call}])


def call_id(item: Item) -> str:
    """What a call is called in a step: a tool's of the server is named after its item."""
    if item["type"] == "function_call":
        return str(item["call_id"])
    return "call_" + str(item["id"]).partition("_")[2]


def as_call(item: Item) -> Call:
    """An item as a step shows it: `RunStepDetailsToolCalls…Object`."""
    kind = CALL_TYPES[item["type"]]
    if kind == "function":
        shown: Call = {"name": item["name"], "arguments": item["arguments"], "output": None}
    elif kind == "file_search":
        shown = {}
        if (results := item.get("results")) is not None:
            shown["results"] = [_result(found) for found in results]
    else:
        shown = {"input": item.get("code") or "", "outputs": [_output(each) for each in item.get("outputs") or ()]}
    return {"id": call_id(item), "type": kind, kind: shown}


def _result(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "file_id": found["file_id"],
        "file_name": found["filename"],
        "score": found["score"],
        "content": [{"type": "text", "text": found["text"]}],
    }


def _output(output: dict[str, Any]) -> dict[str, Any]:
    if output["type"] == "logs":
        return {"type": "logs", "logs": output["logs"]}
    return {"type": "image", "image": {"file_id": file_of(output)}}


def file_of(output: dict[str, Any]) -> str:
    """The id of an image's file, which its URL ends with: `…/files/{id}/content`."""
    return str(output["url"]).rstrip("/").removesuffix("/content").rpartition("/")[2]
