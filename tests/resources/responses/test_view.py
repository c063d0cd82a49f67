"""The view by itself: what a turn reports, as OpenAI's events, in their order, each judged by the specification."""

from __future__ import annotations

import json
from typing import Any

import pytest

from homeport.core.answers import CompletionTokensDetails, PromptTokensDetails, Usage
from homeport.errors import BadRequestError, EngineError, RateLimitError
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
    RoundStarted,
    TextDelta,
    ToolEnded,
    ToolStarted,
)
from homeport.inference.turn.code import CodeReader
from homeport.resources.responses.request import response_of
from homeport.resources.responses.shapes import CreateResponse
from homeport.resources.responses.view import ResponseView, block
from tests.openai_spec import response_violations

USAGE = Usage(10, 5, 15, PromptTokensDetails(3), CompletionTokensDetails(reasoning_tokens=2))
NOTE = {"type": "file_citation", "file_id": "file-1", "filename": "a.txt", "index": 5}


def view(**options: Any) -> ResponseView:
    include = options.pop("include", ())
    asked = CreateResponse(model="m", input="x", background=options.pop("background", None))
    return ResponseView(response_of("resp_1", 1, asked, "m", None), include, **options)


def played(seen: ResponseView, *turn: Any) -> list[dict[str, Any]]:
    """All events of a turn, judged."""
    events = seen.begin()
    for event in turn:
        events += seen.take(event)
    blocks = [block(event["type"], json.dumps(event).encode(), number) for number, event in enumerate(events)]
    assert list(response_violations([json.loads(each.split(b"data: ")[1]) for each in blocks])) == []
    return events


def names(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"].removeprefix("response.") for event in events]


def message(text: str, status: str = "completed", **part: Any) -> dict[str, Any]:
    content = [{"type": "output_text", "text": text, "annotations": [], "logprobs": []} | part]
    return {"id": "msg_1", "type": "message", "role": "assistant", "status": status, "content": content}


def call(id: str = "fc_1", arguments: str = "{}", status: str = "completed") -> dict[str, Any]:
    return {
        "id": id,
        "type": "function_call",
        "call_id": f"call_{id}",
        "name": "f",
        "arguments": arguments,
        "status": status,
    }


MESSAGE_BEGUN = ItemStarted(message("", "in_progress") | {"content": []})


def test_a_message() -> None:
    done = message("Hello", annotations=[NOTE])
    seen = view()
    events = played(
        seen,
        RoundStarted(1),
        MESSAGE_BEGUN,
        TextDelta("msg_1", "Hel"),
        TextDelta("msg_1", "lo"),
        Cited("msg_1", NOTE),
        ItemEnded(done),
        RoundEnded([done], USAGE, "stop"),
        Ended("completed"),
    )
    assert names(events) == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.annotation.added",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    response = events[-1]["response"]
    assert response["output"] == [done]
    assert response["usage"] == {
        "input_tokens": 10,
        "input_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 0},
        "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 2},
        "total_tokens": 15,
    }
    assert response["completed_at"] >= response["created_at"]


@pytest.mark.parametrize("text", ["", " says so"])
def test_a_message_that_begins_with_a_citation(text: str) -> None:
    done = message(text, annotations=[NOTE | {"index": 0}])
    events = played(
        view(),
        MESSAGE_BEGUN,
        Cited("msg_1", NOTE | {"index": 0}),
        *([TextDelta("msg_1", text)] if text else []),
        ItemEnded(done),
        RoundEnded([done], USAGE, "stop"),
        Ended("completed"),
    )
    said = ["output_text.delta"] if text else []
    begun = ["content_part.added", "output_text.annotation.added", *said]
    assert names(events)[3:-2] == [*begun, "output_text.done", "content_part.done"]


def test_a_refusal() -> None:
    done = message("") | {"content": [{"type": "refusal", "refusal": "No."}]}
    events = played(
        view(),
        MESSAGE_BEGUN,
        RefusalDelta("msg_1", "No."),
        ItemEnded(done),
        RoundEnded([done], USAGE, "stop"),
        Ended("completed"),
    )
    assert names(events)[3:7] == ["content_part.added", "refusal.delta", "refusal.done", "content_part.done"]


def test_reasoning_and_a_function_call() -> None:
    thought = {"id": "rs_1", "type": "reasoning", "summary": [], "content": [], "status": "in_progress"}
    thought_done = thought | {"content": [{"type": "reasoning_text", "text": "Hm."}], "status": "completed"}
    events = played(
        view(),
        ItemStarted(thought),
        ReasoningDelta("rs_1", "Hm."),
        ItemEnded(thought_done),
        ItemStarted(call(arguments="", status="in_progress")),
        ArgumentsDelta("fc_1", "{}"),
        ItemEnded(call()),
        RoundEnded([thought_done, call()], USAGE, "tool_calls"),
        NeedsOutputs([call()]),
    )
    assert names(events)[2:] == [
        "output_item.added",
        "content_part.added",
        "reasoning_text.delta",
        "reasoning_text.done",
        "content_part.done",
        "output_item.done",
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
        "completed",
    ]
    assert [event["output_index"] for event in events if "output_index" in event] == [0] * 6 + [1] * 4


def test_a_refused_call_is_never_said_to_be_complete() -> None:
    output = {
        "id": "fco_1",
        "type": "function_call_output",
        "call_id": "call_fc_1",
        "output": "No.",
        "status": "completed",
    }
    events = played(
        view(),
        ItemStarted(call(arguments="", status="in_progress")),
        ItemStarted(call("fc_2", "", "in_progress")),
        ItemEnded(call()),
        ItemEnded(call("fc_2")),
        RoundEnded([call(), call("fc_2")], USAGE, "tool_calls"),
        CallRefused(call(status="incomplete"), output),
        NeedsOutputs([call("fc_2")]),
    )
    done = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    assert [(item["id"], item["status"]) for item in done] == [
        ("fc_1", "incomplete"),
        ("fco_1", "completed"),
        ("fc_2", "completed"),
    ]
    assert [item["id"] for item in events[-1]["response"]["output"]] == ["fc_1", "fc_2", "fco_1"]


@pytest.mark.parametrize("is_included", [False, True])
def test_a_search(is_included: bool) -> None:
    search = {"id": "fs_1", "type": "file_search_call", "status": "in_progress", "queries": [], "results": None}
    begun = search | {"queries": ["q"]}
    result = {"file_id": "file-1", "filename": "a.txt", "score": 0.5, "text": "A", "attributes": {}}
    ended = begun | {"status": "completed", "results": [result]}
    seen = view(include=["file_search_call.results"] if is_included else [])
    events = played(
        seen,
        ItemStarted(search),
        ArgumentsDelta("fs_1", '{"queries": ["q"]}'),
        ItemEnded(begun),
        RoundEnded([begun], USAGE, "tool_calls"),
        ToolStarted(begun),
        ToolEnded(ended),
        Ended("completed"),
    )
    assert names(events)[2:] == [
        "output_item.added",
        "file_search_call.in_progress",
        "file_search_call.searching",
        "file_search_call.completed",
        "output_item.done",
        "completed",
    ]
    assert (events[-1]["response"]["output"][0]["results"] is not None) == is_included
    assert seen.output == [ended]  # kept it is whole


def test_a_failure_leaves_out_what_was_not_whole() -> None:
    done = message("Hi")
    events = played(
        view(),
        MESSAGE_BEGUN,
        TextDelta("msg_1", "Hi"),
        ItemEnded(done),
        ItemStarted(call(arguments="", status="in_progress")),
        ArgumentsDelta("fc_1", '{"a'),
        Ended("failed", error=EngineError("The engine died.")),
    )
    assert events[-1]["type"] == "response.failed"
    assert events[-1]["response"]["output"] == [done]
    assert events[-1]["response"]["error"] == {"code": "server_error", "message": "The engine died."}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RateLimitError("x"), "rate_limit_exceeded"),
        (BadRequestError("x"), "invalid_prompt"),
        (EngineError("x"), "server_error"),
    ],
)
def test_errors_have_openai_s_codes(error: Any, code: str) -> None:
    events = played(view(), Ended("failed", error=error))
    assert events[-1]["response"]["error"]["code"] == code


@pytest.mark.parametrize(
    ("reason", "shown"), [("max_completion_tokens", "max_output_tokens"), ("content_filter", "content_filter")]
)
def test_incomplete(reason: Any, shown: str) -> None:
    cut = message("Hel", "incomplete")
    events = played(
        view(),
        MESSAGE_BEGUN,
        TextDelta("msg_1", "Hel"),
        ItemEnded(cut),
        RoundEnded([cut], USAGE, "length"),
        Ended("incomplete", reason),
    )
    assert events[-1]["type"] == "response.incomplete"
    assert events[-1]["response"]["incomplete_details"] == {"reason": shown}
    assert events[-1]["response"]["output"] == [cut]


def test_played_on_after_a_crash() -> None:
    """What was committed is in the response that it begins with again; places are counted on from there."""
    done = call()
    seen = view(output=[done], spent=USAGE, background=True)
    (again,) = seen.go_on()
    assert again["response"]["output"] == [done]
    events = seen.take(MESSAGE_BEGUN)
    assert events[0]["output_index"] == 1
    final = message("Hi")
    for event in (TextDelta("msg_1", "Hi"), ItemEnded(final), RoundEnded([final], USAGE, "stop"), Ended("completed")):
        events += seen.take(event)
    assert events[-1]["response"]["output"] == [done, final]
    assert events[-1]["response"]["usage"]["input_tokens"] == 20


CODE = "print('é ✓ \U0001f600 \\n', \"a\\tb\")\n"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("ascii", [True, False])
def test_code_as_it_comes(size: int, ascii: bool) -> None:
    """However the arguments are cut into pieces, the pieces of code are the code."""
    text = json.dumps({"code": CODE}, ensure_ascii=ascii)
    reader = CodeReader()
    assert "".join(reader.take(text[start : start + size]) for start in range(0, len(text), size)) == CODE


def test_no_code_at_all() -> None:
    reader = CodeReader()
    assert reader.take('{"other": "x"}') + reader.take("more") == ""
