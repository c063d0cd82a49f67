"""What is kept of responses: chains, conversations, and what goes on in the background."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
import pytest
from openai.types.responses import Response
from sqlalchemy import create_engine, text

from homeport.storage.database import database_url as make_url
from tests.live.test_conformance import Judged
from tests.openai_spec import httpx
from tests.responses_server import WEATHER, types_of
from tests.support import LiveServer

LIMIT: dict[str, Any] = {"max_output_tokens": 24}


def give_away(server: LiveServer, url: str | None, table: str, where: str) -> None:
    """To another project: no operation makes a key of one yet."""
    engine = create_engine(make_url(url, Path(server.folder) / "data"))
    with engine.begin() as connection:
        moved = connection.execute(text(f"UPDATE {table} SET project_id = 'proj_other' WHERE {where}"))
        assert moved.rowcount > 0
    engine.dispose()


def tokens_in(response: Response) -> int:
    assert response.usage is not None
    return response.usage.input_tokens


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
    with pytest.raises(openai.BadRequestError, match="not found"):
        sdk.responses.input_tokens.count(input="x", previous_response_id="resp_none")
    with pytest.raises(openai.NotFoundError):
        sdk.responses.input_tokens.count(input="x", conversation="conv_none")


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
    with pytest.raises(openai.BadRequestError) as missing:
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
        lambda: sdk.responses.create(model="scripted", input="And?", conversation=conversation.id),
        lambda: sdk.responses.create(model="scripted", input=[{"type": "item_reference", "id": item}]),
    ]
    for call in calls:
        with pytest.raises(openai.NotFoundError):
            call()
    with pytest.raises(openai.BadRequestError, match="not found"):
        sdk.responses.create(model="scripted", input="And?", previous_response_id=made.id)


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
    for absurd in ("x", "9" * 20, "9" * 5000):
        assert httpx.get(url, headers=headers | {"Last-Event-ID": absurd}).status_code == 400
    assert httpx.get(f"{url}&starting_after={10**30}", headers=headers).status_code == 400


def test_what_is_deleted_while_it_is_made_leaves_nothing_behind(
    sdk: Judged, server: LiveServer, url: str | None
) -> None:
    stream = sdk.responses.create(model="scripted", input="without end", background=True, stream=True)
    made = next(event.response for event in stream if event.type == "response.created")
    next(event for event in stream if event.type == "response.output_text.delta")
    sdk.responses.delete(made.id)
    assert [event.type for event in stream if event.type != "response.output_text.delta"] == []  # it ends
    sdk.transport.verdicts.pop()  # a stream that was cut has no end
    time.sleep(2 * 0.5)  # another word would come
    engine = create_engine(make_url(url, Path(server.folder) / "data"))
    with engine.begin() as connection:
        left = connection.execute(text("SELECT count(*) FROM events WHERE stream_id = :id"), {"id": made.id}).scalar()
        ended = text("SELECT ended_at IS NOT NULL FROM event_streams WHERE id = :id")
        assert (left, connection.execute(ended, {"id": made.id}).scalar()) == (0, True)
    engine.dispose()


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
