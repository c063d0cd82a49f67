"""Assistants, threads and messages through the official SDK, on both databases: every body as OpenAI specifies it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest

from tests.files_server import files_server
from tests.live.test_conformance import Judged
from tests.openai_spec import httpx
from tests.support import LiveServer

pytestmark = pytest.mark.filterwarnings("ignore:(deprecated|The Assistants API is deprecated):DeprecationWarning")

WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest) -> Iterator[LiveServer]:
    url = None if request.param == "sqlite" else request.getfixturevalue("postgres").new_database()
    with files_server(url) as running:
        yield running


@pytest.fixture(scope="module")
def sdk(server: LiveServer) -> Iterator[Judged]:
    with Judged(server) as client:
        yield client


@pytest.fixture
def http(server: LiveServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.base_url, headers={"Authorization": f"Bearer {server.key}"}) as session:
        yield session


# --- assistants ------------------------------------------------------------------


@pytest.mark.parametrize("second", [WEATHER, {"type": "function", "function": {"name": "code_interpreter"}}])
def test_two_tools_of_one_name_are_refused(http: httpx.Client, second: dict[str, Any]) -> None:
    tools = [{"type": "code_interpreter"}, WEATHER, second]
    refused = http.post("/assistants", json={"model": "none", "tools": tools})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "tools[2]")


def test_an_assistant_s_life(sdk: Judged) -> None:
    made = sdk.beta.assistants.create(
        model="none",
        name="Ada",
        description="Helps",
        instructions="Be kind.",
        tools=[WEATHER, {"type": "code_interpreter"}],  # type: ignore[list-item]
        temperature=0.2,
        metadata={"team": "a"},
        response_format={"type": "json_object"},
    )
    assert made.id.startswith("asst_")
    assert (made.name, made.temperature, made.top_p, made.metadata) == ("Ada", 0.2, 1.0, {"team": "a"})
    assert [tool.type for tool in made.tools] == ["function", "code_interpreter"]
    assert sdk.beta.assistants.retrieve(made.id) == made
    assert made in sdk.beta.assistants.list().data
    changed = sdk.beta.assistants.update(made.id, name="Bea", metadata={}, response_format="auto", tools=[])
    assert (changed.name, changed.instructions, changed.metadata, changed.tools) == ("Bea", "Be kind.", {}, [])
    assert changed.response_format == "auto"
    assert sdk.beta.assistants.update(made.id, instructions=None).instructions is None  # type: ignore[arg-type]
    assert sdk.beta.assistants.delete(made.id).deleted is True
    with pytest.raises(openai.NotFoundError, match=f"No assistant found with id '{made.id}'"):
        sdk.beta.assistants.retrieve(made.id)
    sdk.passed()


def test_an_assistant_nothing_could_run(sdk: Judged) -> None:
    with pytest.raises(openai.NotFoundError) as unknown:
        sdk.beta.assistants.create(model="no-such-model")
    assert unknown.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError, match="is not a chat model") as no_chat:
        sdk.beta.assistants.create(model="text-embedding-3-small")
    assert no_chat.value.param == "model"
    broken: Any = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": 3}}}
    with pytest.raises(openai.BadRequestError) as schema:
        sdk.beta.assistants.create(model="none", tools=[broken])
    assert schema.value.param == "tools[0].function.parameters"
    with pytest.raises(openai.BadRequestError) as tool:
        sdk.beta.assistants.create(model="none", tools=[{"type": "telepathy"}])  # type: ignore[list-item]
    assert "tools[0]" in str(tool.value.param)
    for resources in (
        {"code_interpreter": {"file_ids": ["file-no"]}},
        {"file_search": {"vector_store_ids": ["vs_no"]}},
    ):
        with pytest.raises(openai.NotFoundError):
            sdk.beta.assistants.create(model="none", tool_resources=resources)  # type: ignore[arg-type]


def test_assistants_are_paged(sdk: Judged) -> None:
    made = [sdk.beta.assistants.create(model="none", name=str(n)).id for n in range(5)]
    newest = sdk.beta.assistants.list(limit=2)
    assert [one.id for one in newest.data] == made[:-3:-1]
    assert newest.has_more is True
    assert [one.id for one in sdk.beta.assistants.list(limit=2, after=made[3]).data] == [made[2], made[1]]
    assert [one.id for one in sdk.beta.assistants.list(limit=2, before=made[2]).data] == [made[4], made[3]]
    everything = [one.id for one in sdk.beta.assistants.list(limit=2, order="asc")]
    assert [one for one in everything if one in made] == made
    with pytest.raises(openai.BadRequestError):
        sdk.beta.assistants.list(limit=101)


# --- threads ---------------------------------------------------------------------


def test_a_thread_s_life(sdk: Judged) -> None:
    made = sdk.beta.threads.create(
        messages=[{"role": "user", "content": "One"}, {"role": "assistant", "content": "Two"}], metadata={"a": "b"}
    )
    assert sdk.beta.threads.retrieve(made.id) == made
    assert sdk.beta.threads.update(made.id, metadata={"c": "d"}).metadata == {"c": "d"}
    texts = [message.content[0].text.value for message in sdk.beta.threads.messages.list(made.id)]  # type: ignore[union-attr]
    assert texts == ["Two", "One"]
    assert sdk.beta.threads.delete(made.id).deleted is True
    for gone in (sdk.beta.threads.retrieve, sdk.beta.threads.messages.list, sdk.beta.threads.delete):
        with pytest.raises(openai.NotFoundError, match=f"No thread found with id '{made.id}'"):
            gone(made.id)
    sdk.passed()


def test_a_thread_makes_its_vector_store(sdk: Judged) -> None:
    made = sdk.beta.threads.create(tool_resources={"file_search": {"vector_stores": [{"metadata": {"a": "b"}}]}})
    assert made.tool_resources is not None
    assert made.tool_resources.file_search is not None
    (store_id,) = made.tool_resources.file_search.vector_store_ids or ()
    assert sdk.vector_stores.retrieve(store_id).metadata == {"a": "b"}
    sdk.passed()


# --- messages --------------------------------------------------------------------


def test_a_message_s_life(sdk: Judged) -> None:
    file = sdk.files.create(file=("a.png", b"\x89PNG"), purpose="vision")
    thread = sdk.beta.threads.create()
    made = sdk.beta.threads.messages.create(
        thread.id,
        role="user",
        content=[
            {"type": "text", "text": "What is it?"},
            {"type": "image_file", "image_file": {"file_id": file.id}},
            {"type": "image_url", "image_url": {"url": "https://example.com/b.png", "detail": "low"}},
        ],
        attachments=[{"file_id": file.id, "tools": [{"type": "code_interpreter"}]}],
        metadata={"n": "1"},
    )
    assert [part.type for part in made.content] == ["text", "image_file", "image_url"]
    assert made.attachments is not None
    assert made.attachments[0].file_id == file.id
    assert sdk.beta.threads.messages.retrieve(made.id, thread_id=thread.id) == made
    changed = sdk.beta.threads.messages.update(made.id, thread_id=thread.id, metadata={"n": "2"})
    assert changed.metadata == {"n": "2"}
    assert sdk.beta.threads.messages.delete(made.id, thread_id=thread.id).deleted is True
    with pytest.raises(openai.NotFoundError):
        sdk.beta.threads.messages.retrieve(made.id, thread_id=thread.id)
    sdk.passed()


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ({"role": "user", "content": ""}, openai.BadRequestError),
        ({"role": "user", "content": []}, openai.BadRequestError),
        ({"role": "system", "content": "x"}, openai.BadRequestError),
        ({"role": "user", "content": [{"type": "sound"}]}, openai.BadRequestError),
        ({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "a.png"}}]}, openai.BadRequestError),
        ({"role": "user", "content": [{"type": "text", "text": "x" * 256_001}]}, openai.BadRequestError),
        ({"role": "user", "content": "x", "attachments": [{"file_id": "file-no", "tools": []}]}, openai.NotFoundError),
        ({"role": "user", "content": "x", "attachments": [{"file_id": "file-no"}]}, openai.BadRequestError),
    ],
)
def test_a_message_that_can_t_be(sdk: Judged, message: dict[str, Any], kind: type[openai.APIStatusError]) -> None:
    thread = sdk.beta.threads.create()
    with pytest.raises(kind):
        sdk.beta.threads.messages.create(thread.id, **message)
    assert sdk.beta.threads.messages.list(thread.id).data == []


def test_a_message_belongs_to_its_thread(sdk: Judged) -> None:
    one, other = sdk.beta.threads.create(), sdk.beta.threads.create()
    message = sdk.beta.threads.messages.create(one.id, role="user", content="mine")
    for ask in (sdk.beta.threads.messages.retrieve, sdk.beta.threads.messages.delete):
        with pytest.raises(openai.NotFoundError):
            ask(message.id, thread_id=other.id)
    assert sdk.beta.threads.messages.retrieve(message.id, thread_id=one.id) == message


# --- threads and conversations are the same --------------------------------------


def test_what_one_api_writes_the_other_reads(sdk: Judged) -> None:
    thread = sdk.beta.threads.create(messages=[{"role": "user", "content": "from the thread"}])
    conversation_id = "conv_" + thread.id.removeprefix("thread_")
    (item,) = sdk.conversations.items.list(conversation_id).data
    assert item.content[0].text == "from the thread"  # type: ignore[union-attr]
    sdk.conversations.items.create(
        conversation_id,
        items=[
            {"type": "message", "role": "user", "content": "from the conversation"},
            {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "call_1", "output": "42"},
        ],
    )
    seen = [message.content[0].text.value for message in sdk.beta.threads.messages.list(thread.id, order="asc")]  # type: ignore[union-attr]
    assert seen == ["from the thread", "from the conversation"]
    kinds = [one.type for one in sdk.conversations.items.list(conversation_id, order="asc")]
    assert kinds == ["message", "message", "function_call", "function_call_output"]
    sdk.beta.threads.delete(thread.id)
    with pytest.raises(openai.NotFoundError):
        sdk.conversations.retrieve(conversation_id)
    sdk.passed()


def test_a_conversation_s_life(sdk: Judged) -> None:
    made = sdk.conversations.create(metadata={"a": "b"}, items=[{"role": "user", "content": "Hi"}])
    assert sdk.conversations.retrieve(made.id) == made
    assert sdk.conversations.update(made.id, metadata={"c": "d"}).metadata == {"c": "d"}
    (item,) = sdk.conversations.items.list(made.id).data
    assert sdk.conversations.items.retrieve(item.id, conversation_id=made.id) == item  # type: ignore[arg-type]
    assert sdk.conversations.items.delete(item.id, conversation_id=made.id).id == made.id  # type: ignore[arg-type]
    assert sdk.conversations.items.list(made.id).data == []
    with pytest.raises(openai.BadRequestError) as refused:
        sdk.conversations.items.create(made.id, items=[{"type": "computer_call"}])  # type: ignore[list-item]
    assert refused.value.param == "items[0].type"
    assert sdk.conversations.delete(made.id).deleted is True
    sdk.passed()


def test_unknown_members_are_refused(http: httpx.Client) -> None:
    for path, body in (("/threads", {"colour": 1}), ("/assistants", {"model": "none", "colour": 1})):
        answer = http.post(path, json=body)
        assert answer.status_code == 400
        assert "colour" in answer.json()["error"]["message"]
