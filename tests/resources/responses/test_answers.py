"""Responses by the official client on both databases: real models, and a scripted one for exact cases.

Every body and every event is as OpenAI specifies it.
"""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from tests.live.test_conformance import Judged
from tests.openai_spec import httpx
from tests.responses_server import WEATHER, types_of
from tests.support import LiveServer

LIMIT: dict[str, Any] = {"max_output_tokens": 24}


class Capital(BaseModel):
    city: Literal["Paris", "Rome"]
    large: bool


# --- one response ------------------------------------------------------------------


@pytest.mark.parametrize("model", ["homeport-small", "tiny"])
def test_a_text(sdk: Judged, model: str) -> None:
    made = sdk.responses.create(model=model, input="Say hello.", metadata={"a": "b"}, user="ada", **LIMIT)
    assert made.status in ("completed", "incomplete")
    (message,) = made.output
    assert message.type == "message"
    assert made.output_text == "".join(part.text for part in message.content if part.type == "output_text")
    assert made.usage is not None
    assert made.usage.total_tokens == made.usage.input_tokens + made.usage.output_tokens > 0
    assert (made.model, made.metadata, made.user, made.store) == (model, {"a": "b"}, "ada", True)
    assert sdk.responses.retrieve(made.id) == made


def test_the_default_model_answers_where_none_is_named(sdk: Judged) -> None:
    made = sdk.responses.create(input="Say hello.", **LIMIT)
    assert made.model == "homeport-small"
    assert made.output_text


@pytest.mark.parametrize("model", ["homeport-small", "tiny"])
def test_a_stream(sdk: Judged, model: str) -> None:
    with sdk.responses.stream(model=model, input="Say hello.", temperature=0, **LIMIT) as stream:
        events = list(stream)
    final = events[-1].response  # type: ignore[union-attr]
    assert types_of(events) == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        f"response.{final.status}",
    ]
    assert "".join(e.delta for e in events if e.type == "response.output_text.delta") == final.output_text
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert sdk.responses.retrieve(final.id).output_text == final.output_text


@pytest.mark.parametrize("asked", [{"include": ["message.output_text.logprobs"]}, {"top_logprobs": 2}], ids=str)
def test_log_probabilities(sdk: Judged, asked: dict[str, Any]) -> None:
    with sdk.responses.stream(model="homeport-small", input="Say hello.", temperature=0, **LIMIT, **asked) as stream:
        events = list(stream)
    final = events[-1].response  # type: ignore[union-attr]
    (part,) = final.output[0].content
    assert "".join(one.token for one in part.logprobs).startswith(
        part.text
    )  # a last token that says nothing may follow
    assert all(len(one.top_logprobs) == asked.get("top_logprobs", 0) for one in part.logprobs)
    assert all(one.logprob <= 0 and bytes(one.bytes).decode(errors="replace") for one in part.logprobs)
    shown = [one.token for e in events if e.type == "response.output_text.delta" for one in e.logprobs]
    assert shown == [one.token for one in part.logprobs][: len(shown)]
    assert "".join(shown) == part.text
    (done,) = (e for e in events if e.type == "response.output_text.done")
    assert [one.token for one in done.logprobs or ()] == [one.token for one in part.logprobs]
    (kept,) = sdk.responses.retrieve(final.id).output[0].content  # type: ignore[union-attr]
    assert kept.logprobs == part.logprobs
    again = sdk.responses.create(model="homeport-small", input="Again.", previous_response_id=final.id, **LIMIT)
    assert again.output_text


@pytest.mark.parametrize("background", [False, True])
def test_obfuscation(sdk: Judged, server: LiveServer, background: bool) -> None:
    """What goes over the wire has a size that doesn't tell how long the words are."""
    asked = {"model": "scripted", "input": "a bb ccc dddd eeeee", "stream": True, "background": background}
    headers = {"Authorization": f"Bearer {server.key}"}
    url = f"{server.base_url}/responses"
    padded = httpx.post(url, json=asked | {"stream_options": {"include_obfuscation": True}}, headers=headers).text
    plain = httpx.post(url, json=asked, headers=headers).text
    deltas = [line for line in padded.split("\n") if line.startswith('data: {"type":"response.output_text.delta"')]
    assert len({len(line) % 64 for line in deltas}) == 1
    assert len({json.loads(line.removeprefix("data: "))["obfuscation"] for line in deltas}) == len(deltas)
    assert "obfuscation" not in plain


def test_too_many_tokens(sdk: Judged) -> None:
    made = sdk.responses.create(model="scripted", input="four words", max_output_tokens=16)
    assert made.status == "incomplete"
    assert made.incomplete_details is not None
    assert made.incomplete_details.reason == "max_output_tokens"
    assert made.output[0].status == "incomplete"  # type: ignore[union-attr]
    events = list(sdk.responses.create(model="scripted", input="four words", max_output_tokens=16, stream=True))
    assert events[-1].type == "response.incomplete"


def test_reasoning(sdk: Judged) -> None:
    made = sdk.responses.create(model="scripted", input="think", reasoning={"effort": "low"})
    thought, message = made.output
    assert thought.type == "reasoning"
    assert thought.content is not None
    assert thought.content[0].text == "Let me see. It is four."
    assert thought.summary == []
    assert made.output_text == "Four."
    assert made.usage is not None
    assert made.usage.output_tokens_details.reasoning_tokens > 0
    again = sdk.responses.create(
        model="scripted",
        input=[thought.to_dict(), message.to_dict(), {"role": "user", "content": "And now?"}],  # type: ignore[list-item]
    )
    assert again.output_text == "You said: And now?"


def test_reasoning_as_a_summary_where_it_is_asked_for(sdk: Judged) -> None:
    events = list(
        sdk.responses.create(model="scripted", input="think", reasoning={"summary": "auto"}, stream=True, store=False)
    )
    assert types_of(events)[2:8] == [
        "response.output_item.added",
        "response.reasoning_summary_part.added",
        "response.reasoning_summary_text.delta",
        "response.reasoning_summary_text.done",
        "response.reasoning_summary_part.done",
        "response.output_item.done",
    ]
    thought = events[-1].response.output[0]  # type: ignore[union-attr]
    assert thought.type == "reasoning"
    assert [part.text for part in thought.summary] == ["Let me see. It is four."]


# --- structured answers and functions ------------------------------------------------


def test_a_parsed_answer(sdk: Judged) -> None:
    """The grammar holds even a random model to the schema."""
    parsed = sdk.responses.parse(model="tiny", input="The capital of France?", text_format=Capital, temperature=0)
    if parsed.status == "completed":
        assert isinstance(parsed.output_parsed, Capital)
    small = sdk.responses.parse(model="homeport-small", input="The capital of France?", text_format=Capital)
    assert small.status == "completed"
    assert isinstance(small.output_parsed, Capital)
    with sdk.responses.stream(model="homeport-small", input="Say", text_format=Capital) as stream:
        final = stream.get_final_response()
    assert isinstance(final.output_parsed, Capital)


def test_a_json_object(sdk: Judged) -> None:
    made = sdk.responses.create(
        model="homeport-small", input="A city as JSON.", text={"format": {"type": "json_object"}}, max_output_tokens=200
    )
    assert made.text is not None
    assert made.text.format is not None
    assert made.text.format.type == "json_object"
    if made.status == "completed":
        assert isinstance(json.loads(made.output_text), dict)


def test_a_function_is_called_and_its_output_used(sdk: Judged) -> None:
    asked = sdk.responses.create(
        model="homeport-small", input="What's the weather in Tokyo?", tools=[WEATHER], tool_choice="required"
    )
    (call,) = [item for item in asked.output if item.type == "function_call"]
    assert call.name == "get_weather"
    assert list(json.loads(call.arguments)) == ["city"]
    output = {"type": "function_call_output", "call_id": call.call_id, "output": "Rain, 14 degrees"}
    done = sdk.responses.create(
        model="homeport-small",
        previous_response_id=asked.id,
        input=[output],  # type: ignore[list-item]
        tools=[WEATHER],
        tool_choice="none",
        max_output_tokens=64,
    )
    assert done.output_text
    assert done.previous_response_id == asked.id


def test_a_function_call_as_a_stream(sdk: Judged) -> None:
    with sdk.responses.stream(
        model="homeport-small",
        input="What's the weather in Tokyo?",
        tools=[WEATHER],
        tool_choice={"type": "function", "name": "get_weather"},
    ) as stream:
        events = list(stream)
    assert types_of(events)[2:] == [
        "response.output_item.added",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.output_item.done",
        "response.completed",
    ]
    done = next(event for event in events if event.type == "response.function_call_arguments.done")
    assert "".join(e.delta for e in events if e.type == "response.function_call_arguments.delta") == done.arguments


def test_a_call_that_can_t_be_made_goes_back_to_the_model(sdk: Judged) -> None:
    made = sdk.responses.create(model="scripted", input="always wrong", tools=[WEATHER], store=False, stream=True)
    final = list(made)[-1].response  # type: ignore[union-attr]
    assert final.status == "failed"
    assert final.error is not None
    kinds = [(item.type, getattr(item, "status", None)) for item in final.output]
    assert kinds == [("function_call", "incomplete"), ("function_call_output", "completed")] * 4


def test_allowed_tools(sdk: Judged) -> None:
    made = sdk.responses.create(
        model="homeport-small",
        input="What's the weather in Tokyo?",
        tools=[WEATHER, WEATHER | {"name": "get_time"}],
        tool_choice={"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "get_time"}]},
    )
    assert {item.name for item in made.output if item.type == "function_call"} == {"get_time"}
