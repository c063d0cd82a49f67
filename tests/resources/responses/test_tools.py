"""The server's own tools in responses: real searches in real files, real code in a real sandbox, on both databases."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from tests.live.test_conformance import Judged
from tests.responses_server import types_of

GIRAFFE = b"The giraffe is the tallest animal on land: an adult stands up to six metres tall."
CODE: Any = [{"type": "code_interpreter", "container": {"type": "auto"}}]
MODEL = "scripted"


@pytest.fixture(scope="module")
def search(client: Judged) -> Any:
    """The tool, with a store of one file."""
    store = client.vector_stores.create(name="library")
    file = client.files.create(file=("giraffe.txt", GIRAFFE), purpose="assistants")
    client.vector_stores.files.create_and_poll(file.id, vector_store_id=store.id, poll_interval_ms=50)
    return [{"type": "file_search", "vector_store_ids": [store.id]}]


def test_file_search(sdk: Judged, search: Any) -> None:
    events = list(sdk.responses.create(model=MODEL, input="search the files", tools=search, stream=True))
    assert types_of(events) == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.file_search_call.in_progress",
        "response.file_search_call.searching",
        "response.file_search_call.completed",
        "response.output_item.done",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.annotation.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    final = events[-1].response  # type: ignore[union-attr]
    call, message = final.output
    assert call.type == "file_search_call"
    assert (call.queries, call.results) == (["How tall is a giraffe?"], None)
    assert message.type == "message"
    (note,) = message.content[0].annotations  # type: ignore[union-attr]
    assert note.type == "file_citation"
    assert note.filename == "giraffe.txt"
    assert "【" not in final.output_text


def test_a_container_that_can_t_be_is_refused_at_once(sdk: Judged) -> None:
    for container, says in (({"file_ids": ["file-nope"]}, "No such file"), ({"memory_limit": "64g"}, "at most 4 GB")):
        tools: Any = [{"type": "code_interpreter", "container": {"type": "auto"} | container}]
        with pytest.raises((openai.NotFoundError, openai.BadRequestError), match=says):
            sdk.responses.create(model=MODEL, input="Hello", tools=tools, stream=True)


def test_results_are_shown_where_they_are_asked_for(sdk: Judged, search: Any) -> None:
    include: Any = ["file_search_call.results"]
    made = sdk.responses.create(model=MODEL, input="search the files", tools=search, include=include)
    assert made.output[0].results[0].text == GIRAFFE.decode()  # type: ignore[union-attr, index]
    plain = sdk.responses.create(model=MODEL, input="search the files", tools=search)
    assert sdk.responses.retrieve(plain.id).output[0].results is None  # type: ignore[union-attr]
    assert sdk.responses.retrieve(plain.id, include=include).output[0].results  # type: ignore[union-attr]


def test_the_code_interpreter(sdk: Judged) -> None:
    events = list(
        sdk.responses.create(
            model=MODEL, input="run code", tools=CODE, include=["code_interpreter_call.outputs"], stream=True
        )
    )
    assert types_of(events)[2:9] == [
        "response.output_item.added",
        "response.code_interpreter_call.in_progress",
        "response.code_interpreter_call_code.delta",
        "response.code_interpreter_call_code.done",
        "response.code_interpreter_call.interpreting",
        "response.code_interpreter_call.completed",
        "response.output_item.done",
    ]
    call = events[-1].response.output[0]  # type: ignore[union-attr]
    assert call.type == "code_interpreter_call"
    assert call.code == "".join(e.delta for e in events if e.type == "response.code_interpreter_call_code.delta")
    assert call.outputs[0].logs == "x is 6 ✓\n"  # type: ignore[union-attr, index]
    assert events[-1].response.output_text == "It ran."  # type: ignore[union-attr]


def test_what_code_leaves_is_there_for_the_next_response(sdk: Judged) -> None:
    include: Any = ["code_interpreter_call.outputs"]
    first = sdk.responses.create(model=MODEL, input="run code", tools=CODE)
    assert first.output[0].outputs is None  # type: ignore[union-attr]
    container = first.output[0].container_id  # type: ignore[union-attr]
    second = sdk.responses.create(
        model=MODEL, input="run code", tools=CODE, include=include, previous_response_id=first.id
    )
    assert second.output[0].container_id == container  # type: ignore[union-attr]
    assert second.output[0].outputs[0].logs == "x is 7 ✓\n"  # type: ignore[union-attr, index]
    named: Any = [{"type": "code_interpreter", "container": container}]
    third = sdk.responses.create(model=MODEL, input="run code", tools=named, include=include)
    assert third.output[0].outputs[0].logs == "x is 8 ✓\n"  # type: ignore[union-attr, index]
    other = sdk.responses.create(model=MODEL, input="run code", tools=CODE, include=include)
    assert other.output[0].outputs[0].logs == "x is 6 ✓\n"  # type: ignore[union-attr, index]


def test_a_conversation_has_one_container(sdk: Judged) -> None:
    conversation = sdk.conversations.create()
    for _ in range(2):
        sdk.responses.create(model=MODEL, input="run code", tools=CODE, conversation=conversation.id)
    items = sdk.conversations.items.list(conversation.id, order="asc").data
    containers = {item.container_id for item in items if item.type == "code_interpreter_call"}
    assert len(containers) == 1


def test_calls_of_tools_are_bounded(sdk: Judged) -> None:
    made = sdk.responses.create(model=MODEL, input="run on and on", tools=CODE, max_tool_calls=2)
    assert [item.type for item in made.output] == ["code_interpreter_call", "code_interpreter_call", "message"]
    assert made.max_tool_calls == 2


def test_only_allowed_tools_are_there(sdk: Judged, search: Any) -> None:
    """What is not allowed is not even looked at, in any round."""
    allowed: Any = {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "code_interpreter"}]}
    made = sdk.responses.create(
        model=MODEL,
        input="search the files, run code",
        tools=[*search, *CODE],
        tool_choice=allowed,
        max_tool_calls=2,
    )
    assert [item.type for item in made.output] == ["code_interpreter_call", "message"]
    assert made.tool_choice.to_dict() == allowed  # type: ignore[union-attr]
    assert [tool.type for tool in made.tools] == ["file_search", "code_interpreter"]


def test_files_that_code_has_made_are_cited(sdk: Judged) -> None:
    events = list(sdk.responses.create(model=MODEL, input="make a table", tools=CODE, stream=True))
    call, message = events[-1].response.output  # type: ignore[union-attr]
    (part,) = message.content
    (note,) = part.annotations
    assert (note.type, note.container_id, note.filename) == ("container_file_citation", call.container_id, "table.csv")
    assert part.text[note.start_index : note.end_index] == "sandbox:/mnt/data/table.csv"
    (added,) = [event for event in events if event.type == "response.output_text.annotation.added"]
    assert (added.annotation_index, added.item_id, added.output_index) == (0, message.id, 1)
    assert added.annotation.to_dict() == note.to_dict()
    content = sdk.containers.files.content.retrieve(note.file_id, container_id=note.container_id)
    assert content.read() == b"a,b\n1,2\n"


def test_tools_in_the_background(sdk: Judged, search: Any) -> None:
    made = sdk.responses.create(model=MODEL, input="search the files", tools=search, background=True)
    events = list(sdk.responses.retrieve(made.id, stream=True))
    assert events[-1].response == sdk.responses.retrieve(made.id)  # type: ignore[union-attr]
    assert [item.type for item in events[-1].response.output] == ["file_search_call", "message"]  # type: ignore[union-attr]


def test_what_is_not_there(sdk: Judged) -> None:
    refused: list[tuple[dict[str, Any], type[openai.APIStatusError]]] = [
        ({"type": "file_search", "vector_store_ids": ["vs_none"]}, openai.NotFoundError),
        ({"type": "code_interpreter", "container": "cntr_none"}, openai.NotFoundError),
        ({"type": "file_search", "vector_store_ids": []}, openai.BadRequestError),
        ({"type": "code_interpreter"}, openai.BadRequestError),
    ]
    for tool, error in refused:
        with pytest.raises(error) as caught:
            sdk.responses.create(model=MODEL, input="x", tools=[tool])  # type: ignore[list-item]
        assert str(caught.value.param).startswith("tools[0]")
