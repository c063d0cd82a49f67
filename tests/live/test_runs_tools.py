"""Runs with the server's tools, a real embedding model and a real sandbox; and with a real model that calls tools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.live.test_conformance import Judged
from tests.runs_server import WEATHER, eventually, runs_server
from tests.support import LiveServer

pytestmark = pytest.mark.filterwarnings("ignore:(deprecated|The Assistants API is deprecated):DeprecationWarning")

CONTENT: Any = "step_details.tool_calls[*].file_search.results[*].content"


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with runs_server(models=True) as running:
        yield running


@pytest.fixture
def sdk(server: LiveServer) -> Iterator[Judged]:
    with Judged(server) as client:
        yield client
        assert client.passed()


def thread(sdk: Judged, said: str) -> str:
    return sdk.beta.threads.create(messages=[{"role": "user", "content": said}]).id


def test_file_search(sdk: Judged) -> None:
    file = sdk.files.create(file=("animals.txt", b"The giraffe is the tallest animal."), purpose="assistants")
    store = sdk.vector_stores.create(file_ids=[file.id])
    eventually(lambda: sdk.vector_stores.retrieve(store.id).status == "completed")
    ada = sdk.beta.assistants.create(
        model="scripted",
        tools=[{"type": "file_search"}],
        tool_resources={"file_search": {"vector_store_ids": [store.id]}},
    )
    on = thread(sdk, "Search")
    with sdk.beta.threads.runs.stream(thread_id=on, assistant_id=ada.id, tool_choice={"type": "file_search"}) as stream:
        stream.until_done()
    run: Any = stream.current_run
    assert run.status == "completed"
    text: Any = stream.get_final_messages()[0].content[0]
    mark = "【1†animals.txt】"
    assert text.text.value == f"Giraffes are tall{mark}, they say."
    (note,) = text.text.annotations
    assert (note.text, note.file_citation.file_id) == (mark, file.id)
    assert text.text.value[note.start_index : note.end_index] == mark
    kept: Any = sdk.beta.threads.messages.list(on).data[0].content[0]
    assert kept.text.value == text.text.value  # what was streamed is what is kept
    assert kept.text.annotations[0].start_index == note.start_index
    steps: Any = sdk.beta.threads.runs.steps.list(run.id, thread_id=on, order="asc").data
    (call,) = steps[0].step_details.tool_calls
    (result,) = call.file_search.results
    assert (result.file_id, result.file_name, result.content) == (file.id, "animals.txt", None)
    step: Any = sdk.beta.threads.runs.steps.retrieve(steps[0].id, thread_id=on, run_id=run.id, include=[CONTENT])
    assert "tallest" in step.step_details.tool_calls[0].file_search.results[0].content[0].text


def test_code_interpreter(sdk: Judged) -> None:
    ada = sdk.beta.assistants.create(model="scripted", tools=[{"type": "code_interpreter"}])
    on = thread(sdk, "Draw")
    with sdk.beta.threads.runs.stream(thread_id=on, assistant_id=ada.id) as stream:
        stream.until_done()
    steps: Any = stream.get_final_run_steps()
    (call,) = steps[0].step_details.tool_calls
    assert call.code_interpreter.input.startswith("import matplotlib")
    assert {output.type for output in call.code_interpreter.outputs} == {"image", "logs"}
    streamed: Any = stream.get_final_messages()[0].content
    kept: Any = sdk.beta.threads.messages.list(on).data[0].content
    for content in (streamed, kept):
        assert [part.type for part in content] == ["image_file", "text"]
        assert content[1].text.value == "Here it is."
    assert sdk.files.content(kept[0].image_file.file_id).read().startswith(b"\x89PNG")
    again = sdk.beta.threads.runs.create_and_poll(thread_id=on, assistant_id=ada.id, poll_interval_ms=20)
    assert again.status == "completed"  # a figure in the history disturbs no model


def test_output_comes_while_code_runs(sdk: Judged) -> None:
    """What the SDK puts together of the pieces is what is kept."""
    ada = sdk.beta.assistants.create(model="scripted", tools=[{"type": "code_interpreter"}])
    on = thread(sdk, "Say twice")
    with sdk.beta.threads.runs.stream(thread_id=on, assistant_id=ada.id) as stream:
        stream.until_done()
    streamed: Any = stream.get_final_run_steps()[0].step_details
    run: Any = stream.current_run
    kept: Any = sdk.beta.threads.runs.steps.list(run.id, thread_id=on, order="asc").data[0].step_details
    outputs = [output.logs for output in kept.tool_calls[0].code_interpreter.outputs]
    assert outputs[0].startswith("one\ntwo\nTraceback")
    assert len(outputs) == 1  # the error that ends the traceback is not told twice
    assert [output.logs for output in streamed.tool_calls[0].code_interpreter.outputs] == outputs


def test_links_to_files_that_code_has_made(sdk: Judged) -> None:
    ada = sdk.beta.assistants.create(model="scripted", tools=[{"type": "code_interpreter"}])
    on = thread(sdk, "Save")
    with sdk.beta.threads.runs.stream(thread_id=on, assistant_id=ada.id) as stream:
        stream.until_done()
    streamed: Any = stream.get_final_messages()[0].content[0]
    kept: Any = sdk.beta.threads.messages.list(on).data[0].content[0]
    link = "sandbox:/mnt/data/my table.csv"
    for part in (streamed, kept):
        assert part.text.value.startswith(f"Here is [the table]({link}), not")
        (note,) = part.text.annotations  # the other leads nowhere
        assert (note.type, note.text, part.text.value[note.start_index : note.end_index]) == ("file_path", link, link)
        assert sdk.files.content(note.file_path.file_id).read() == b"1,2"
    (attached,) = sdk.beta.threads.messages.list(on).data[0].attachments or ()
    assert attached.file_id == kept.text.annotations[0].file_path.file_id
    file = sdk.files.retrieve(kept.text.annotations[0].file_path.file_id)
    assert (file.filename, file.purpose) == ("my table.csv", "assistants_output")
    (item, *_) = sdk.conversations.items.list(on.replace("thread_", "conv_")).data
    shown: Any = item
    (citation,) = shown.content[0].annotations  # the same, as Responses have it
    assert (citation.type, citation.filename) == ("container_file_citation", "my table.csv")
    assert shown.content[0].text[citation.start_index : citation.end_index] == link
    assert sdk.containers.files.content.retrieve(citation.file_id, container_id=citation.container_id).read() == b"1,2"


def test_links_in_a_response(sdk: Judged) -> None:
    code: Any = {"type": "code_interpreter", "container": {"type": "auto"}}
    with sdk.responses.stream(model="scripted", input="Save", tools=[code]) as stream:
        names = [event.type for event in stream]
        made: Any = stream.get_final_response().output[-1]
    assert "response.output_text.annotation.added" in names
    (citation,) = made.content[0].annotations
    assert (citation.type, citation.filename) == ("container_file_citation", "my table.csv")


def test_state_stays_from_run_to_run(sdk: Judged) -> None:
    ada = sdk.beta.assistants.create(model="scripted", tools=[{"type": "code_interpreter"}])
    on = thread(sdk, "Count up")
    logs = []
    for _ in range(2):
        run = sdk.beta.threads.runs.create_and_poll(thread_id=on, assistant_id=ada.id, poll_interval_ms=20)
        steps: Any = sdk.beta.threads.runs.steps.list(run.id, thread_id=on, order="asc").data
        logs += [output.logs for output in steps[0].step_details.tool_calls[0].code_interpreter.outputs]
        sdk.beta.threads.messages.create(on, role="user", content="Count up")
    assert logs == ["1\n", "2\n"]


def test_a_real_model(sdk: Judged) -> None:
    ada = sdk.beta.assistants.create(model="homeport-small", tools=[WEATHER], instructions="You are helpful.")
    on = thread(sdk, "What is the weather in Tokyo?")
    named: Any = {"type": "function", "function": {"name": "get_weather"}}
    run = sdk.beta.threads.runs.create_and_poll(
        thread_id=on,
        assistant_id=ada.id,
        tool_choice=named,
        temperature=0,
        max_completion_tokens=256,
        poll_interval_ms=20,
    )
    assert run.status == "requires_action"
    assert run.required_action is not None
    (call,) = run.required_action.submit_tool_outputs.tool_calls
    assert call.function.name == "get_weather"
    with sdk.beta.threads.runs.submit_tool_outputs_stream(
        run_id=run.id,
        thread_id=on,
        tool_outputs=[{"tool_call_id": call.id, "output": '{"weather": "sunny", "temperature": 21}'}],
    ) as stream:
        text = "".join(stream.text_deltas)
    last: Any = stream.current_run
    # It is small: it may want to know more, or not know when to end.
    assert last.status in ("completed", "requires_action", "incomplete")
    assert text or last.status == "requires_action"
