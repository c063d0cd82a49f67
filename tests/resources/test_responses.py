"""Responses by the official client on both databases: real models, and a scripted one for exact cases.

Every body and every event is as OpenAI specifies it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import openai
import pytest
from openai.types.responses import Response
from pydantic import BaseModel
from sqlalchemy import create_engine, text

from homeport.storage.database import database_url as make_url
from tests.live.test_conformance import Judged
from tests.openai_spec import httpx
from tests.responses_server import responses_server
from tests.support import LiveServer

WEATHER: dict[str, Any] = {
    "type": "function",
    "name": "get_weather",
    "description": "Weather of a city",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
    "strict": True,
}
LIMIT: dict[str, Any] = {"max_output_tokens": 24}


class Capital(BaseModel):
    city: Literal["Paris", "Rome"]
    large: bool


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str | None:
    """None: a file in the server's folder."""
    return None if request.param == "sqlite" else request.getfixturevalue("postgres").new_database()


@pytest.fixture(scope="module")
def server(url: str | None, tiny_model: Path) -> Iterator[LiveServer]:
    with responses_server(tiny_model, url) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: LiveServer) -> Iterator[Judged]:
    with Judged(server) as sdk:
        yield sdk


@pytest.fixture
def sdk(client: Judged) -> Iterator[Judged]:
    """Says at the end that all that went by was as specified."""
    yield client
    client.passed()


def give_away(server: LiveServer, url: str | None, table: str, where: str) -> None:
    """To another project: no operation makes a key of one yet."""
    engine = create_engine(make_url(url, Path(server.folder) / "data"))
    with engine.begin() as connection:
        moved = connection.execute(text(f"UPDATE {table} SET project_id = 'proj_other' WHERE {where}"))
        assert moved.rowcount > 0
    engine.dispose()


def types_of(events: Any) -> list[str]:
    """Their types, runs of the same one once."""
    types: list[str] = []
    for event in events:
        if not types or types[-1] != event.type:
            types.append(event.type)
    return types


def tokens_in(response: Response) -> int:
    assert response.usage is not None
    return response.usage.input_tokens


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


# --- what is kept ----------------------------------------------------------------------


def test_a_chain(sdk: Judged) -> None:
    first = sdk.responses.create(model="scripted", input="My name is Ada.", instructions="Be kind.")
    second = sdk.responses.create(model="scripted", input="think", previous_response_id=first.id)
    third = sdk.responses.create(model="scripted", input="And?", previous_response_id=second.id)
    branch = sdk.responses.create(model="scripted", input="Or?", previous_response_id=first.id)
    assert tokens_in(first) < tokens_in(branch) < tokens_in(third)
    sdk.responses.delete(first.id)
    with pytest.raises(openai.BadRequestError) as broken:
        sdk.responses.create(model="scripted", input="And?", previous_response_id=third.id)
    assert (broken.value.code, broken.value.param) == ("previous_response_not_found", "previous_response_id")


def test_what_a_response_will_cost_is_known_before(sdk: Judged) -> None:
    """To the token: with what was said before, with functions and with the server's tools."""
    common: dict[str, Any] = {"model": "homeport-small", "tools": [WEATHER], "tool_choice": "none"}

    def counted(**asked: Any) -> None:
        expected = sdk.responses.input_tokens.count(**asked).input_tokens
        made = sdk.responses.create(**asked, **LIMIT)
        assert tokens_in(made) == expected
        ids.append(made.id)

    ids: list[str] = []
    counted(input="My name is Ada.", instructions="Be short.", **common)
    counted(input="What is my name?", previous_response_id=ids[-1], **common)
    before = sdk.conversations.create(items=[{"role": "user", "content": "I am Ada."}])
    counted(input="Who am I? In JSON.", conversation=before.id, text={"format": {"type": "json_object"}}, **common)
    counted(input="Who am I?", conversation={"id": before.id}, model="homeport-small")
    assert len(sdk.conversations.items.list(before.id).data) == 5  # counting adds nothing
    for asked in ({"previous_response_id": "resp_none"}, {"conversation": "conv_none"}):
        with pytest.raises(openai.NotFoundError):
            sdk.responses.input_tokens.count(input="x", **asked)  # type: ignore[arg-type]


def test_compaction_is_not_there(sdk: Judged) -> None:
    with pytest.raises(openai.NotFoundError, match="truncation"):
        sdk.responses.compact(model="homeport-small", input="x")


def test_input_items(sdk: Judged) -> None:
    content = [{"type": "input_text", "text": "Hello"}, {"type": "input_text", "text": "there"}]
    made = sdk.responses.create(
        model="scripted",
        input=[
            {"role": "developer", "content": "Be kind."},
            {"role": "user", "content": content},  # type: ignore[list-item, misc]
            {"role": "assistant", "content": "Hi!"},
            {"type": "function_call", "call_id": "call_1", "name": "get_weather", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "call_1", "output": "sunny"},
        ],
    )
    newest = sdk.responses.input_items.list(made.id, limit=2)
    assert [item.type for item in newest.data] == ["function_call_output", "function_call"]
    assert newest.has_more
    rest = sdk.responses.input_items.list(made.id, after=newest.last_id, include=["file_search_call.results"])
    assert [getattr(item, "role", None) for item in rest.data] == ["assistant", "user", "developer"]
    oldest = sdk.responses.input_items.list(made.id, order="asc")
    assert [part.to_dict()["text"] for part in oldest.data[1].content] == ["Hello", "there"]  # type: ignore[union-attr]


def test_an_item_reference(sdk: Judged) -> None:
    first = sdk.responses.create(model="scripted", input="My name is Ada.")
    given = sdk.responses.input_items.list(first.id).data[0]
    second = sdk.responses.create(
        model="scripted",
        input=[
            {"type": "item_reference", "id": given.id},  # type: ignore[list-item]
            {"type": "item_reference", "id": first.output[0].id},  # type: ignore[list-item]
            {"role": "user", "content": "And?"},
        ],
    )
    assert [item.type for item in sdk.responses.input_items.list(second.id).data] == ["message"] * 3
    with pytest.raises(openai.NotFoundError):
        sdk.responses.create(model="scripted", input=[{"type": "item_reference", "id": "msg_none"}])  # type: ignore[list-item]


def test_a_conversation_is_a_thread(sdk: Judged) -> None:
    conversation = sdk.conversations.create(items=[{"type": "message", "role": "user", "content": "My name is Ada."}])
    first = sdk.responses.create(model="scripted", input="think", conversation=conversation.id)
    assert first.conversation is not None
    assert first.conversation.id == conversation.id
    second = sdk.responses.create(model="scripted", input="And?", conversation={"id": conversation.id}, store=False)
    assert tokens_in(second) > tokens_in(first)
    items = sdk.conversations.items.list(conversation.id, order="asc").data
    assert [item.type for item in items] == ["message", "message", "reasoning", "message", "message", "message"]
    thread = "thread_" + conversation.id.removeprefix("conv_")
    with pytest.warns(DeprecationWarning, match="deprecated"):
        messages = sdk.beta.threads.messages.list(thread, order="asc").data
    texts = [message.content[0].text.value for message in messages]  # type: ignore[union-attr]
    assert texts == ["My name is Ada.", "think", "Four.", "And?", "You said: And?"]


def test_what_is_not_to_be_stored_is_not(sdk: Judged) -> None:
    made = sdk.responses.create(model="scripted", input="Hello", store=False)
    with pytest.raises(openai.NotFoundError):
        sdk.responses.retrieve(made.id)
    with pytest.raises(openai.NotFoundError) as missing:
        sdk.responses.create(model="scripted", input="And?", previous_response_id=made.id)
    assert missing.value.code == "previous_response_not_found"


def test_what_is_deleted_is_gone(sdk: Judged) -> None:
    made = sdk.responses.create(model="scripted", input="Hello")
    sdk.responses.delete(made.id)
    for ask in (sdk.responses.retrieve, sdk.responses.delete, sdk.responses.input_items.list, sdk.responses.cancel):
        with pytest.raises(openai.NotFoundError):
            ask(made.id)  # type: ignore[operator]


def test_another_project_s_responses_are_not_there(sdk: Judged, server: LiveServer, url: str | None) -> None:
    made = sdk.responses.create(model="scripted", input="Hello")
    background = sdk.responses.create(model="scripted", input="Hello", background=True)
    list(sdk.responses.retrieve(background.id, stream=True))
    conversation = sdk.conversations.create()
    item = sdk.responses.input_items.list(made.id).data[0].id
    ids = f"('{made.id}', '{background.id}')"
    give_away(server, url, "responses", f"id IN {ids}")
    give_away(server, url, "response_items", f"response_id IN {ids}")
    give_away(server, url, "conversations", f"id = '{conversation.id}'")
    calls: list[Callable[[], Any]] = [
        lambda: sdk.responses.retrieve(made.id),
        lambda: sdk.responses.delete(made.id),
        lambda: sdk.responses.input_items.list(made.id),
        lambda: sdk.responses.cancel(background.id),
        lambda: list(sdk.responses.retrieve(background.id, stream=True)),
        lambda: sdk.responses.create(model="scripted", input="And?", previous_response_id=made.id),
        lambda: sdk.responses.create(model="scripted", input="And?", conversation=conversation.id),
        lambda: sdk.responses.create(model="scripted", input=[{"type": "item_reference", "id": item}]),
    ]
    for call in calls:
        with pytest.raises(openai.NotFoundError):
            call()


# --- in the background ------------------------------------------------------------------


def test_in_the_background(sdk: Judged) -> None:
    made = sdk.responses.create(model="scripted", input="slowly", background=True)
    assert made.status == "queued"
    events = list(sdk.responses.retrieve(made.id, stream=True))
    assert types_of(events)[:4] == [
        "response.created",
        "response.queued",
        "response.in_progress",
        "response.output_item.added",
    ]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    done = sdk.responses.retrieve(made.id)
    assert done.status == "completed"
    assert done.output_text == "one two three four five six seven eight nine ten"
    assert events[-1].response == done  # type: ignore[union-attr]
    after = list(sdk.responses.retrieve(made.id, stream=True, starting_after=5))
    assert after == events[6:]
    assert sdk.responses.cancel(made.id) == done  # too late: it stays what it is


def test_a_stream_in_the_background_goes_on_without_its_caller(sdk: Judged) -> None:
    stream = sdk.responses.create(model="scripted", input="slowly", background=True, stream=True)
    seen = []
    for event in stream:
        seen.append(event)
        if event.type == "response.output_text.delta":
            break
    stream.close()
    sdk.transport.verdicts.pop()  # a stream that was cut has no end
    id = seen[0].response.id  # type: ignore[union-attr]
    rest = list(sdk.responses.retrieve(id, stream=True, starting_after=seen[-1].sequence_number))
    text = "".join(event.delta for event in [*seen, *rest] if event.type == "response.output_text.delta")
    assert text == "one two three four five six seven eight nine ten"
    assert rest[-1].type == "response.completed"


def test_a_browser_goes_on_by_itself(sdk: Judged, server: LiveServer) -> None:
    """By the id of the last event that it has."""
    made = sdk.responses.create(model="scripted", input="slowly", background=True)
    url, headers = f"{server.base_url}/responses/{made.id}?stream=true", {"Authorization": f"Bearer {server.key}"}
    whole = httpx.get(url, headers=headers).text
    ids = re.findall(r"^id: (\d+)$", whole, re.MULTILINE)
    assert ids == [str(number) for number in range(len(ids))]
    rest = httpx.get(url, headers=headers | {"Last-Event-ID": "5"}).text
    assert rest == whole[whole.index("id: 5\n\n") + len("id: 5\n\n") :]
    assert httpx.get(url, headers=headers | {"Last-Event-ID": "x"}).status_code == 400


def test_what_is_still_being_made_is_not_gone_on_from(sdk: Judged) -> None:
    made = sdk.responses.create(model="scripted", input="very slow", background=True)
    with pytest.raises(openai.BadRequestError) as caught:
        sdk.responses.create(model="scripted", input="And?", previous_response_id=made.id)
    assert (caught.value.param, caught.value.code) == ("previous_response_id", "previous_response_not_finished")
    sdk.responses.cancel(made.id)
    answer = sdk.responses.create(model="scripted", input="And?", previous_response_id=made.id)
    assert answer.output_text == "You said: And?"


def test_cancelling(sdk: Judged) -> None:
    stream = sdk.responses.create(model="scripted", input="slowly", background=True, stream=True)
    cancelled = None
    events = []
    for event in stream:
        events.append(event)
        if event.type == "response.output_text.delta" and cancelled is None:
            cancelled = sdk.responses.cancel(events[0].response.id)  # type: ignore[union-attr]
    assert cancelled is not None
    assert cancelled.status == "cancelled"
    assert events[-1].response.status == "cancelled"  # type: ignore[union-attr]
    assert sdk.responses.cancel(cancelled.id) == sdk.responses.retrieve(cancelled.id) == cancelled


def test_a_conversation_takes_a_response_in_the_background_when_it_is_whole(sdk: Judged) -> None:
    conversation = sdk.conversations.create()
    made = sdk.responses.create(model="scripted", input="slowly", conversation=conversation.id, background=True)
    assert sdk.conversations.items.list(conversation.id).data == []
    list(sdk.responses.retrieve(made.id, stream=True))
    items = sdk.conversations.items.list(conversation.id, order="asc").data
    assert [item.role for item in items] == ["user", "assistant"]  # type: ignore[union-attr]


def test_events_that_are_not_kept_any_more(sdk: Judged, server: LiveServer, url: str | None) -> None:
    made = sdk.responses.create(model="scripted", input="Hello", background=True)
    assert list(sdk.responses.retrieve(made.id, stream=True))[-1].type == "response.completed"
    engine = create_engine(make_url(url, Path(server.folder) / "data"))
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM event_streams WHERE id = :id"), {"id": made.id})
    engine.dispose()
    with pytest.raises(openai.BadRequestError):
        list(sdk.responses.retrieve(made.id, stream=True))
    assert sdk.responses.retrieve(made.id).status == "completed"


# --- what goes wrong ---------------------------------------------------------------------


def test_an_engine_that_fails_in_the_middle(sdk: Judged) -> None:
    events = list(sdk.responses.create(model="scripted", input="break in the middle", stream=True))
    assert events[-1].type == "response.failed"
    assert events[-1].response.error is not None
    assert events[-1].response.error.code == "server_error"
    with pytest.raises(openai.InternalServerError):
        sdk.responses.create(model="scripted", input="break in the middle")
    made = sdk.responses.create(model="scripted", input="break in the middle", background=True)
    assert list(sdk.responses.retrieve(made.id, stream=True))[-1].type == "response.failed"
    failed = sdk.responses.retrieve(made.id)
    assert failed.status == "failed"
    assert failed.error is not None


def test_an_engine_that_fails_at_once_is_an_error(sdk: Judged) -> None:
    with pytest.raises(openai.InternalServerError):
        sdk.responses.create(model="scripted", input="break at once", stream=True)


REFUSED: list[tuple[dict[str, Any], str, str | None]] = [
    ({}, "input", "missing_required_parameter"),
    ({"input": []}, "input", "invalid_value"),
    ({"input": 5}, "input", "invalid_type"),
    ({"input": [{"type": "message", "content": "x"}]}, "input[0].role", "missing_required_parameter"),
    ({"input": [{"type": "web_search_call"}]}, "input[0].type", "unsupported_parameter"),
    ({"input": [{"type": "item_reference"}]}, "input[0].id", "missing_required_parameter"),
    ({"input": "x", "max_output_tokens": 1}, "max_output_tokens", None),
    ({"input": "x", "tools": [{"type": "web_search"}]}, "tools[0].type", None),
    ({"input": "x", "tools": [{"type": "function"}]}, "tools[0].name", "missing_required_parameter"),
    ({"input": "x", "tools": [WEATHER, WEATHER]}, "tools[1]", "invalid_value"),
    ({"input": "x", "tools": [WEATHER | {"parameters": {"type": "string"}}]}, "tools[0].parameters", None),
    ({"input": "x", "tool_choice": "required"}, "tool_choice", None),
    ({"input": "x", "tools": [WEATHER], "tool_choice": {"type": "function", "name": "no"}}, "tool_choice", None),
    ({"input": "x", "tools": [WEATHER], "tool_choice": {"type": "file_search"}}, "tool_choice", None),
    (
        {"input": "x", "text": {"format": {"type": "json_schema", "name": "a", "schema": {"type": "none"}}}},
        "text.format",
        "invalid_json_schema",
    ),
    ({"input": "x", "background": True, "store": False}, "store", None),
    ({"input": "x", "previous_response_id": "resp_a", "conversation": "conv_a"}, "conversation", None),
    ({"input": "x", "prompt": {"id": "pmpt_1"}}, "prompt", "unsupported_parameter"),
    ({"input": "x", "moderation": {}}, "moderation", "unsupported_parameter"),
    ({"input": "x", "context_management": [{"type": "compaction"}]}, "context_management", "unsupported_parameter"),
    ({"input": "x", "top_logprobs": 2}, "top_logprobs", "unsupported_parameter"),
    ({"input": "x", "include": ["web_search_call.results"]}, "include[0]", None),
    ({"input": "x", "nonsense": 1}, "nonsense", "unknown_parameter"),
    (
        {"input": [{"type": "function_call_output", "call_id": "call_none", "output": "x"}]},
        "input",
        None,
    ),
    (
        {"input": [{"type": "function_call", "call_id": "c", "name": "n", "arguments": "{}"}]},
        "input",
        None,
    ),
]


@pytest.mark.parametrize(("body", "param", "code"), REFUSED, ids=[str(refused[0])[:60] for refused in REFUSED])
def test_what_is_refused(server: LiveServer, body: dict[str, Any], param: str, code: str | None) -> None:
    headers = {"Authorization": f"Bearer {server.key}"}
    answer = httpx.post(f"{server.base_url}/responses", json={"model": "scripted"} | body, headers=headers)
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert error["param"] == param, error
    assert code in (None, error["code"])


def test_no_such_thing(sdk: Judged) -> None:
    with pytest.raises(openai.NotFoundError) as missing:
        sdk.responses.create(model="none", input="x")
    assert missing.value.code == "model_not_found"
    for ask in (sdk.responses.retrieve, sdk.responses.delete, sdk.responses.cancel, sdk.responses.input_items.list):
        with pytest.raises(openai.NotFoundError):
            ask("resp_none")  # type: ignore[operator]
    with pytest.raises(openai.NotFoundError):
        sdk.responses.create(model="scripted", input="x", conversation="conv_none")


def test_what_was_made_in_the_foreground_is_neither_cancelled_nor_streamed_again(sdk: Judged) -> None:
    made = sdk.responses.create(model="scripted", input="Hello")
    with pytest.raises(openai.BadRequestError):
        sdk.responses.cancel(made.id)
    with pytest.raises(openai.BadRequestError):
        sdk.responses.retrieve(made.id, stream=True)


# --- Open Responses ----------------------------------------------------------------------------
# The cases of its public compliance suite (openresponses/openresponses), by hand.
# That of an image is in tests/live/test_responses_engine.py.

NUMBERS = ("created_at", "top_p", "temperature", "presence_penalty", "frequency_penalty", "top_logprobs")
STRINGS = ("id", "status", "model", "truncation", "service_tier")
MEMBERS = (
    *("completed_at", "incomplete_details", "previous_response_id", "instructions", "error", "tool_choice", "usage"),
    *("reasoning", "max_output_tokens", "max_tool_calls", "metadata", "safety_identifier", "prompt_cache_key"),
)
SAY: dict[str, Any] = {"type": "message", "role": "user"}
COMPLIANCE: list[tuple[str, dict[str, Any], str]] = [
    ("basic", {"input": [SAY | {"content": "Say hello in exactly 3 words."}]}, "message"),
    (
        "system prompt",
        {"input": [SAY | {"role": "system", "content": "You are a pirate."}, SAY | {"content": "Say hello."}]},
        "message",
    ),
    (
        "phases",
        {
            "input": [
                SAY | {"role": "assistant", "phase": "commentary", "content": "I should answer with the number."},
                SAY | {"role": "assistant", "phase": "final_answer", "content": "The number is four."},
                SAY | {"content": "Repeat only the number."},
            ]
        },
        "message",
    ),
    (
        "several turns",
        {
            "input": [
                SAY | {"content": "My name is Alice."},
                SAY | {"role": "assistant", "content": "Hello Alice!"},
                SAY | {"content": "What is my name?"},
            ]
        },
        "message",
    ),
    (
        "tool",
        {
            "input": [SAY | {"content": "call well"}],
            "tools": [{name: value for name, value in WEATHER.items() if name != "strict"}],
        },
        "function_call",
    ),
]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("body", "kind"), [case[1:] for case in COMPLIANCE], ids=[case[0] for case in COMPLIANCE])
def test_open_responses(server: LiveServer, body: dict[str, Any], kind: str, stream: bool) -> None:
    headers = {"Authorization": f"Bearer {server.key}"}
    asked = {"model": "scripted", "stream": stream} | body
    answer = httpx.post(f"{server.base_url}/responses", json=asked, headers=headers)
    assert answer.status_code == 200, answer.text
    if stream:
        *blocks, last, end = answer.text.split("\n\n")
        assert (last, end) == ("data: [DONE]", "")
        events = [block.split("\n") for block in blocks]
        data = [json.loads(lines[1].removeprefix("data: ")) for lines in events]
        assert [lines[0] for lines in events] == [f"event: {event['type']}" for event in data]
        made = data[-1]["response"]
        if kind == "function_call":
            types = {event["type"] for event in data}
            assert {"response.function_call_arguments.delta", "response.function_call_arguments.done"} <= types
    else:
        made = answer.json()
    assert made["status"] == "completed"
    assert kind in [item["type"] for item in made["output"]]
    assert all(isinstance(made[name], int | float) for name in NUMBERS)
    assert all(isinstance(made[name], str) for name in STRINGS)
    assert all(isinstance(made[name], bool) for name in ("parallel_tool_calls", "store", "background"))
    assert made.keys() >= set(MEMBERS)
    assert made["text"]["format"] == {"type": "text"}
