"""A run's view by itself: what a turn reports becomes events, which need no server to be looked at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from homeport.core.answers import Usage
from homeport.inference.turn import (
    ArgumentsDelta,
    ItemEnded,
    ItemStarted,
    RoundEnded,
    ToolEnded,
    ToolProgress,
    TurnEvent,
    play,
)
from homeport.resources.runs.view import RunView
from homeport.storage.runs import Run
from tests.inference.turns import WEATHER, Model, turn

RUN = Run(id="run_1", created_at=0, conversation_id="conv_1", assistant_id="asst_1", model="m")
CALL = {"id": "ci_1", "type": "code_interpreter_call", "status": "in_progress", "code": "x", "container_id": ""}


def logs(text: str) -> dict[str, str]:
    return {"type": "logs", "logs": text}


def image(file_id: str) -> dict[str, str]:
    return {"type": "image", "url": f"/v1/files/{file_id}/content"}


def told(view: RunView, *events: TurnEvent) -> list[dict[str, Any]]:
    """The outputs that the steps' deltas bring, in their order."""
    found = []
    for event in events:
        for new in view.take(event):
            if new.type == "thread.run.step.delta":
                data: Any = new.data
                (call,) = data["delta"]["step_details"]["tool_calls"]
                found += call["code_interpreter"].get("outputs", [])
    return found


def begun(**fields: Any) -> RunView:
    view = RunView(RUN, **fields)
    for event in (ItemStarted(CALL), ItemEnded(CALL), RoundEnded([CALL], Usage(), "tool_calls")):
        view.take(event)
    return view


def progress(*new: dict[str, str]) -> ToolProgress:
    return ToolProgress(CALL, list(new))


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_code_as_it_is_written(size: int) -> None:
    code = 'print("1")\n\tx = "é😀"'
    view = RunView(RUN)
    view.take(ItemStarted(CALL | {"code": None}))
    arguments = json.dumps({"code": code})
    pieces = [arguments[start : start + size] for start in range(0, len(arguments), size)]
    deltas = [new for piece in pieces for new in view.take(ArgumentsDelta("ci_1", piece))]
    deltas += view.take(ItemEnded(CALL | {"code": code}))
    shown: list[Any] = [new.data for new in deltas]
    written = [call["delta"]["step_details"]["tool_calls"][0]["code_interpreter"]["input"] for call in shown]
    assert "".join(written) == code
    assert (len(written) > 3) == (size < 1000)


def test_outputs_as_they_come() -> None:
    """Logs in a row are one output that grows; what is told once is not told again."""
    outputs = [logs("one two"), image("file-1"), logs("three"), logs("ValueError")]
    shown = told(
        begun(),
        *(progress(logs("one")), progress(logs(" two")), progress(image("file-1")), progress(logs("three"))),
        ToolEnded(CALL | {"status": "completed", "outputs": outputs}),
    )
    assert [(output["index"], output.get("logs")) for output in shown] == [
        *((0, "one"), (0, " two"), (1, None), (2, "three"), (3, "ValueError")),
    ]


def test_outputs_that_come_at_once() -> None:
    shown = told(begun(), ToolEnded(CALL | {"status": "completed", "outputs": [logs("one")]}))
    assert [(output["index"], output["logs"]) for output in shown] == [(0, "one")]


def test_a_call_that_another_worker_has_begun() -> None:
    """It may have told of some: the step's last event has everything."""
    first = begun()
    (step,) = first.rows.steps.values()
    view = RunView(RUN, step, [CALL])
    assert told(view, progress(logs("one"))) == []
    (ended,) = view.take(ToolEnded(CALL | {"status": "completed", "outputs": [logs("one")]}))
    assert ended.type == "thread.run.step.completed"
    shown: Any = ended.data
    assert shown.step_details["tool_calls"][0]["code_interpreter"]["outputs"] == [logs("one")]


@pytest.mark.anyio
async def test_items_are_kept_in_the_order_of_the_turn(tmp_path: Path) -> None:
    """Thought, words, calls, refused and other ones: who goes on reads them as the model said them."""
    model = Model(tmp_path, TALKATIVE)
    played, view, kept = turn("weather", functions=[WEATHER]), RunView(RUN), dict[str, str]()
    async for event in play(played, model.generate, {}):
        view.take(event)
        items, _ = view.rows.drain()
        kept |= {item.id: item.type for item in items}  # new ones come last, changed ones stay
    assert list(kept) == [item["id"] for item in played.made]
    assert list(kept.values()) == ["reasoning", "message", "function_call", "function_call", "function_call_output"]


TALKATIVE = """
[[rules]]
reasoning = "Hm."
reply = "Let me look."
tool_calls = [{name = "get_weather", arguments = {town = "Rome"}}, {name = "get_weather", arguments = {city = "Bonn"}}]
"""
