"""Conversations by the official client on both databases, and that threads are the same.

Every body is as OpenAI specifies it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from tests.live.test_conformance import Judged
from tests.openai_spec import httpx
from tests.responses_server import new_server
from tests.support import LiveServer

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the SDK calls the Assistants API so

CALL = {"type": "function_call", "call_id": "call_1", "name": "get_weather", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "Sunny."}
ANSWER = {"type": "output_text", "text": "It is sunny.", "annotations": []}
ITEMS: list[Any] = [
    {"role": "user", "content": "What is the weather?"},
    {"type": "reasoning", "summary": [{"type": "summary_text", "text": "I should ask."}]},
    CALL,
    OUTPUT,
    {
        "type": "message",
        "role": "assistant",
        "phase": "final_answer",
        "content": [ANSWER],
    },
]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    url = None if request.param == "sqlite" else request.getfixturevalue("postgres").new_database()
    with new_server(tmp_path_factory.mktemp("conversations"), None, url) as running:
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


def user(text: str) -> Any:
    return {"role": "user", "content": text}


def texts(items: Any) -> list[str]:
    return [item.content[0].text for item in items if item.type == "message"]


# --- conversations -------------------------------------------------------------------


def test_the_life_of_a_conversation(sdk: Judged) -> None:
    made = sdk.conversations.create(metadata={"topic": "demo"})
    assert made.metadata == {"topic": "demo"}
    assert sdk.conversations.retrieve(made.id) == made
    changed = sdk.conversations.update(made.id, metadata={"topic": "other", "n": "1"})
    assert changed.metadata == {"topic": "other", "n": "1"}
    assert sdk.conversations.retrieve(made.id) == changed
    sdk.conversations.items.create(made.id, items=[user("Hi")])
    gone = sdk.conversations.delete(made.id)
    assert (gone.id, gone.deleted, gone.object) == (made.id, True, "conversation.deleted")
    for attempt in (
        lambda: sdk.conversations.retrieve(made.id),
        lambda: sdk.conversations.update(made.id, metadata={}),
        lambda: sdk.conversations.delete(made.id),
        lambda: sdk.conversations.items.list(made.id),
        lambda: sdk.conversations.items.create(made.id, items=[user("Hi")]),
        lambda: sdk.responses.create(model="scripted", input="Hi", conversation=made.id),
    ):
        with pytest.raises(openai.NotFoundError):
            attempt()


def test_every_kind_of_item(sdk: Judged) -> None:
    """As it was given, with an id and a status."""
    made = sdk.conversations.create(items=ITEMS)
    items = sdk.conversations.items.list(made.id, order="asc").data
    kinds = ["message", "reasoning", "function_call", "function_call_output", "message"]
    assert [item.type for item in items] == kinds
    assert all(item.id for item in items)
    assert items[2].arguments == "{}"  # type: ignore[union-attr]
    assert items[3].output == "Sunny."  # type: ignore[union-attr]
    assert items[4].phase == "final_answer"  # type: ignore[union-attr]
    for item in items:
        assert sdk.conversations.items.retrieve(str(item.id), conversation_id=made.id) == item
    answer = sdk.responses.create(model="scripted", input="Thanks.", conversation=made.id)
    assert answer.output_text == "You said: Thanks."


def test_pages_of_items(sdk: Judged) -> None:
    made = sdk.conversations.create(items=[user(str(number)) for number in range(20)])
    added = sdk.conversations.items.create(made.id, items=[user("20"), user("21")])
    assert (texts(added.data), added.has_more) == (["20", "21"], False)
    assert (added.first_id, added.last_id) == (added.data[0].id, added.data[1].id)
    listed = sdk.conversations.items.list
    newest = listed(made.id)
    assert texts(newest.data) == [str(number) for number in range(21, 1, -1)]  # the newest first, twenty of them
    assert newest.has_more
    assert texts(listed(made.id, after=newest.last_id).data) == ["1", "0"]
    assert texts(listed(made.id, order="asc", limit=2).data) == ["0", "1"]
    assert texts(listed(made.id, order="asc", limit=3)) == [str(number) for number in range(22)]  # the SDK turns pages
    assert texts(listed(made.id, order="asc", after=added.first_id).data) == ["21"]
    changed = sdk.conversations.items.delete(str(added.first_id), conversation_id=made.id)
    assert changed == made
    assert texts(listed(made.id, limit=2).data) == ["21", "19"]
    with pytest.raises(openai.NotFoundError):
        sdk.conversations.items.retrieve(str(added.first_id), conversation_id=made.id)


def test_what_items_are_shown_with(sdk: Judged) -> None:
    results = [{"file_id": "file-a", "filename": "a.txt", "text": "Six metres.", "score": 0.5, "attributes": {}}]
    searched = {"type": "file_search_call", "queries": ["How tall?"], "results": results}
    ran = {
        "type": "code_interpreter_call",
        "container_id": "cntr_a",
        "code": "1",
        "outputs": [{"type": "logs", "logs": "1"}],
    }
    include: Any = ["file_search_call.results", "code_interpreter_call.outputs"]
    made = sdk.conversations.create(items=[searched, ran])  # type: ignore[list-item]
    for given in ({}, {"include": include}):
        found, output = sdk.conversations.items.list(made.id, order="asc", **given).data
        assert (found.results is not None, output.outputs is not None) == (bool(given), bool(given))  # type: ignore[union-attr]
        one = sdk.conversations.items.retrieve(str(found.id), conversation_id=made.id, **given)
        assert one == found
        more = sdk.conversations.items.create(made.id, items=[searched], **given).data[0]  # type: ignore[list-item]
        assert (more.results is not None) == bool(given)  # type: ignore[union-attr]
        sdk.conversations.items.delete(str(more.id), conversation_id=made.id)
    path = f"/conversations/{made.id}/items?order=asc&" + "&".join(f"include={name}" for name in include)
    found, output = sdk.get(path, cast_to=dict[str, Any])["data"]  # as clients ask that are generated
    assert found["results"] is not None
    assert output["outputs"] is not None


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"items": [user("x")] * 21}, "items"),
    ({"items": [{"type": "computer_call"}]}, "items[0].type"),
    ({"items": [user("x"), {"role": "wizard", "content": "x"}]}, "items[1].role"),
    ({"items": [{"role": "assistant", "content": "x", "phase": "epilogue"}]}, "items[0].phase"),
    ({"items": [CALL | {"arguments": {}}]}, "items[0].arguments"),
    ({"items": [{"type": "reasoning", "summary": "x"}]}, "items[0].summary"),
    ({"items": [{"type": "reasoning", "summary": [], "encrypted_content": "gA"}]}, "items[0].encrypted_content"),
    ({"items": [OUTPUT | {"output": 5}]}, "items[0].output"),
    ({"items": [{"type": ["message"]}]}, "items[0].type"),
    (
        {"items": [{"role": "user", "content": [{"type": "input_file", "file_url": "https://a.b/c"}]}]},
        "items[0].content[0]",
    ),
    (
        {"items": [{"role": "assistant", "content": [ANSWER | {"annotations": [{"type": "x"}]}]}]},
        "items[0].content[0].ann",
    ),
    ({"items": [user("x") | {"content": [{"type": "input_image", "image_url": 5}]}]}, "items[0].content[0].image_url"),
    ({"items": "x"}, "items"),
    ({"metadata": {"a": 1}}, "metadata"),
    ({"metadata": {str(number): "" for number in range(17)}}, "metadata"),
    ({"nonsense": 1}, "nonsense"),
]


@pytest.mark.parametrize(("body", "param"), REFUSED, ids=[case[1] for case in REFUSED])
def test_what_is_refused(sdk: Judged, body: dict[str, Any], param: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        sdk.post("/conversations", body=body, cast_to=object)
    assert str(caught.value.param).startswith(param)


def paths(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places in a JSON value."""
    yield before
    places = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for place, inner in places:
        yield from paths(inner, (*before, place))


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copied = copy.copy(value)
    copied[path[0]] = replaced(value[path[0]], path[1:], new)
    return copied


def test_whatever_is_sent_is_refused_or_can_be_read(server: LiveServer) -> None:
    """By both APIs: nothing gets in that breaks what reads it."""
    part = {"type": "output_text", "text": "It is sunny.", "annotations": [], "logprobs": []}
    notes = [
        {"type": "file_citation", "file_id": "file-a", "index": 1, "filename": "a"},
        {"type": "container_file_citation", "file_id": "cfile_a", "container_id": "c", "start_index": 0, "end_index": 2}
        | {"filename": "a"},
    ]
    image = {"type": "input_image", "image_url": "https://a.b/c.png", "detail": "low"}
    items = [
        {"role": "assistant", "content": [part | {"annotations": notes}, {"type": "refusal", "refusal": "No."}]},
        {"role": "user", "content": [image, {"type": "input_file", "file_data": "QQ==", "filename": "a"}]},
        {"type": "file_search_call", "queries": ["a"], "results": [{"file_id": "f", "filename": "n", "text": "t"}]},
        {"type": "code_interpreter_call", "container_id": "c", "code": "1", "outputs": [{"type": "logs", "logs": "x"}]},
        *ITEMS,
    ]
    headers = {"Authorization": f"Bearer {server.key}"}
    with httpx.Client(base_url=server.base_url, headers=headers, timeout=60) as http:
        accepted = 0
        for path in paths(items):
            for odd in (None, 5, "x", [], [None], {"type": "x"}):
                made = http.post("/conversations", json={"items": replaced(items, path, odd)})
                assert made.status_code in (200, 400), (path, odd, made.text)
                if made.status_code == 400:
                    continue
                accepted += 1
                id = made.json()["id"]
                for url in (f"/conversations/{id}/items", f"/threads/{id.replace('conv_', 'thread_')}/messages"):
                    read = http.get(url)
                    assert read.status_code == 200, (path, odd, read.text)
        assert accepted > 50


# --- threads are the same ------------------------------------------------------------


def test_what_threads_write_conversations_read(sdk: Judged) -> None:
    thread = sdk.beta.threads.create(messages=[user("I am Ada.")], metadata={"a": "b"})
    id = thread.id.replace("thread_", "conv_")
    assert sdk.conversations.retrieve(id).metadata == {"a": "b"}
    assistant = sdk.beta.assistants.create(model="scripted")
    sdk.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id, poll_interval_ms=20)
    assert texts(sdk.conversations.items.list(id, order="asc")) == ["I am Ada.", "You said: I am Ada."]
    answer = sdk.responses.create(model="scripted", input="And now?", conversation=id)
    expected = ["I am Ada.", "You said: I am Ada.", "And now?", "You said: And now?"]
    messages = sdk.beta.threads.messages.list(thread.id, order="asc").data
    assert [message.content[0].text.value for message in messages] == expected  # type: ignore[union-attr]
    assert [item.id for item in sdk.conversations.items.list(id, order="asc")] == [message.id for message in messages]
    assert messages[-1].id == answer.output[0].id
    sdk.beta.threads.messages.delete(messages[0].id, thread_id=thread.id)
    assert texts(sdk.conversations.items.list(id, order="asc")) == expected[1:]
    sdk.beta.threads.update(thread.id, metadata={"c": "d"})
    assert sdk.conversations.retrieve(id).metadata == {"c": "d"}
    sdk.conversations.delete(id)
    with pytest.raises(openai.NotFoundError):
        sdk.beta.threads.retrieve(thread.id)


def test_annotations_with_members_of_threads_are_read_by_both(sdk: Judged) -> None:
    cited = {"type": "url_citation", "url": "u", "title": "t", "start_index": 0, "end_index": 1, "text": "a"}
    item: Any = {"role": "assistant", "content": [ANSWER | {"annotations": [cited]}]}
    made = sdk.conversations.create(items=[item])
    (message,) = sdk.beta.threads.messages.list(made.id.replace("conv_", "thread_")).data
    assert message.content[0].text.value == ANSWER["text"]  # type: ignore[union-attr]
    (kept,) = sdk.conversations.items.list(made.id).data
    assert kept.content[0].annotations[0].url == "u"  # type: ignore[union-attr]


def test_what_conversations_write_threads_read(sdk: Judged) -> None:
    """Messages, that is: a thread has no other items."""
    made = sdk.conversations.create(items=ITEMS, metadata={"a": "b"})
    id = made.id.replace("conv_", "thread_")
    assert sdk.beta.threads.retrieve(id).metadata == {"a": "b"}
    messages = sdk.beta.threads.messages.list(id, order="asc").data
    shown = [(message.role, message.content[0].text.value) for message in messages]  # type: ignore[union-attr]
    assert shown == [("user", "What is the weather?"), ("assistant", "It is sunny.")]
    sdk.beta.threads.messages.create(id, role="user", content="Thanks.")
    assistant = sdk.beta.assistants.create(model="scripted")
    run = sdk.beta.threads.runs.create_and_poll(thread_id=id, assistant_id=assistant.id, poll_interval_ms=20)
    assert run.status == "completed"
    assert texts(sdk.conversations.items.list(made.id))[:2] == ["You said: Thanks.", "Thanks."]
    with pytest.raises(openai.NotFoundError):
        sdk.conversations.retrieve("thread_none")


def test_while_a_run_is_active_nothing_is_added(sdk: Judged) -> None:
    thread = sdk.beta.threads.create(messages=[user("very slow")])
    id = thread.id.replace("thread_", "conv_")
    assistant = sdk.beta.assistants.create(model="scripted")
    run = sdk.beta.threads.runs.create(thread_id=thread.id, assistant_id=assistant.id)
    for attempt in (
        lambda: sdk.conversations.items.create(id, items=[user("x")]),
        lambda: sdk.responses.create(model="scripted", input="x", conversation=id),
    ):
        with pytest.raises(openai.BadRequestError, match=run.id):
            attempt()
    sdk.beta.threads.runs.cancel(run.id, thread_id=thread.id)
