"""Files that messages bring along, through the official SDK on both databases: where they go; that runs find them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import openai
import psycopg
import pytest

from tests.live.test_conformance import Judged
from tests.runs_server import runs_server
from tests.support import LiveServer

pytestmark = pytest.mark.filterwarnings("ignore:(deprecated|The Assistants API is deprecated):DeprecationWarning")

SEARCH: Any = [{"type": "file_search"}]
CODE: Any = [{"type": "code_interpreter"}]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str | None:
    return None if request.param == "sqlite" else request.getfixturevalue("postgres").new_database()


@pytest.fixture(scope="module")
def server(url: str | None) -> Iterator[LiveServer]:
    with runs_server(url, embeds=True) as running:
        yield running


@pytest.fixture
def sdk(server: LiveServer) -> Iterator[Judged]:
    with Judged(server) as client:
        yield client
        assert client.passed()


def upload(sdk: Judged, name: str, text: str) -> str:
    return sdk.files.create(file=(name, text.encode()), purpose="assistants").id


def giraffes(sdk: Judged) -> str:
    return upload(sdk, "animals.txt", "The giraffe is the tallest animal.")


def asking(file_id: str, tools: Any = SEARCH, text: str = "Search") -> Any:
    return {"role": "user", "content": text, "attachments": [{"file_id": file_id, "tools": tools}]}


def store_of(thread: Any) -> str:
    (store_id,) = thread.tool_resources.file_search.vector_store_ids
    return str(store_id)


def files_in(sdk: Judged, store_id: str) -> set[str]:
    return {file.id for file in sdk.vector_stores.files.list(store_id)}


def cited(sdk: Judged, thread_id: str) -> list[str]:
    content: Any = sdk.beta.threads.messages.list(thread_id).data[0].content[0]
    return [note.file_citation.file_id for note in content.text.annotations]


def test_attached_files_are_searched_at_once(sdk: Judged) -> None:
    """The store is the thread's own, and the run waits until the file is read: nobody has to poll."""
    file_id = giraffes(sdk)
    thread = sdk.beta.threads.create(messages=[asking(file_id)])
    store = sdk.vector_stores.retrieve(store_of(thread))
    assert store.expires_after is not None
    assert (store.expires_after.days, store.expires_after.anchor) == (7, "last_active_at")
    ada = sdk.beta.assistants.create(model="scripted", tools=SEARCH)
    run = sdk.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=ada.id, poll_interval_ms=20)
    assert run.status == "completed"
    assert cited(sdk, thread.id) == [file_id]


def test_every_way_to_bring_a_file(sdk: Judged) -> None:
    first, second, third = giraffes(sdk), upload(sdk, "b.txt", "Bananas."), upload(sdk, "c.txt", "Cherries.")
    ada = sdk.beta.assistants.create(model="scripted", tools=SEARCH)
    thread: Any = {"messages": [asking(first)]}
    run = sdk.beta.threads.create_and_run_poll(assistant_id=ada.id, thread=thread, poll_interval_ms=20)
    assert run.status == "completed"
    on = run.thread_id
    assert cited(sdk, on) == [first]
    store_id = store_of(sdk.beta.threads.retrieve(on))
    sdk.beta.threads.messages.create(on, **asking(second, text="More"))
    run = sdk.beta.threads.runs.create_and_poll(
        thread_id=on, assistant_id=ada.id, additional_messages=[asking(third)], poll_interval_ms=20
    )
    assert run.status == "completed"
    assert store_of(sdk.beta.threads.retrieve(on)) == store_id
    assert files_in(sdk, store_id) == {first, second, third}
    with sdk.beta.threads.create_and_run_stream(assistant_id=ada.id, thread=thread) as stream:
        created: Any = next(iter(stream)).data
        stream.until_done()
    assert store_of(created) != store_id


def test_many_at_once_share_a_store(sdk: Judged) -> None:
    on = sdk.beta.threads.create().id
    file_ids = [giraffes(sdk) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda file_id: sdk.beta.threads.messages.create(on, **asking(file_id)), file_ids))
    assert files_in(sdk, store_of(sdk.beta.threads.retrieve(on))) == set(file_ids)


def test_a_store_that_is_gone_is_made_anew(sdk: Judged) -> None:
    thread = sdk.beta.threads.create(messages=[asking(giraffes(sdk))])
    before = store_of(thread)
    sdk.vector_stores.delete(before)
    sdk.beta.threads.messages.create(thread.id, **asking(giraffes(sdk)))
    after = store_of(sdk.beta.threads.retrieve(thread.id))
    assert after != before
    assert len(files_in(sdk, after)) == 1


def test_a_store_that_has_expired_fails_the_run(sdk: Judged, server: LiveServer, url: str | None) -> None:
    """As OpenAI has it; what is attached afterwards makes a new one."""
    ada = sdk.beta.assistants.create(model="scripted", tools=SEARCH)
    thread = sdk.beta.threads.create(messages=[asking(giraffes(sdk))])
    expire(server, url, store_of(thread))
    run = sdk.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=ada.id, poll_interval_ms=20)
    assert run.last_error is not None
    assert (run.status, run.last_error.code) == ("failed", "invalid_prompt")
    assert "has expired" in run.last_error.message
    sdk.beta.threads.messages.create(thread.id, **asking(giraffes(sdk)))
    assert store_of(sdk.beta.threads.retrieve(thread.id)) != store_of(thread)
    run = sdk.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=ada.id, poll_interval_ms=20)
    assert run.status == "completed"


def expire(server: LiveServer, url: str | None, store_id: str) -> None:
    """A week passes."""
    change = (
        'UPDATE vector_stores SET expires_at = 1, data = REPLACE(data, \'"expires_at":\', \'"expires_at":1,"was":\')'
    )
    if url is None:
        with closing(sqlite3.connect(server.folder / "data" / "homeport.db")) as connection, connection:
            assert connection.execute(f"{change} WHERE id = ?", (store_id,)).rowcount == 1
    else:
        with psycopg.connect(url) as connection:
            assert connection.execute(f"{change} WHERE id = %s", (store_id,)).rowcount == 1


def test_helpers_ask_again_soon(sdk: Judged) -> None:
    """The SDK's helpers wait for files as they are told to, not for a second each time."""
    store = sdk.vector_stores.create().id
    file_id = giraffes(sdk)
    batch = sdk.vector_stores.file_batches.create(store, file_ids=[file_id]).id
    of_file: Any = sdk.vector_stores.files.with_raw_response.retrieve(file_id, vector_store_id=store)
    of_batch: Any = sdk.vector_stores.file_batches.with_raw_response.retrieve(batch, vector_store_id=store)
    for answer in (of_file, of_batch):
        assert ("openai-poll-after-ms" in answer.headers) == (answer.parse().status == "in_progress")
    assert sdk.vector_stores.file_batches.poll(batch, vector_store_id=store).status == "completed"


def test_a_thread_keeps_its_own_store(sdk: Judged) -> None:
    store = sdk.vector_stores.create(name="mine")
    thread = sdk.beta.threads.create(tool_resources={"file_search": {"vector_store_ids": [store.id]}})
    file_id = giraffes(sdk)
    sdk.beta.threads.messages.create(thread.id, **asking(file_id))
    assert store_of(sdk.beta.threads.retrieve(thread.id)) == store.id
    assert files_in(sdk, store.id) == {file_id}


def test_the_helper_that_makes_stores(sdk: Judged) -> None:
    """A thread's store expires, an assistant's does not, as OpenAI has it."""
    file_id = giraffes(sdk)
    chunks = {"type": "static", "static": {"max_chunk_size_tokens": 200, "chunk_overlap_tokens": 50}}
    helper: Any = {
        "file_search": {"vector_stores": [{"file_ids": [file_id], "chunking_strategy": chunks, "metadata": {"a": "b"}}]}
    }
    of_thread = sdk.vector_stores.retrieve(store_of(sdk.beta.threads.create(tool_resources=helper)))
    ada = sdk.beta.assistants.create(model="scripted", tools=SEARCH, tool_resources=helper)
    of_assistant = sdk.vector_stores.retrieve(store_of(ada))
    assert of_thread.expires_after is not None
    assert of_assistant.expires_after is None
    for store in (of_thread, of_assistant):
        assert store.metadata == {"a": "b"}
        (file,) = sdk.vector_stores.files.list(store.id)
        assert file.id == file_id
        strategy: Any = file.chunking_strategy
        assert strategy.static.max_chunk_size_tokens == 200
    both: Any = {"file_search": {"vector_store_ids": [of_thread.id], "vector_stores": [{}]}}
    with pytest.raises(openai.BadRequestError):
        sdk.beta.threads.create(tool_resources=both)
    with pytest.raises(openai.BadRequestError):  # OpenAI takes the helper only where the owner is made
        sdk.beta.assistants.update(ada.id, tool_resources=helper)


def test_files_for_code(sdk: Judged) -> None:
    file_id = upload(sdk, "numbers.csv", "1,2,3\n")
    thread = sdk.beta.threads.create(messages=[asking(file_id, CODE, "Read the file")])
    resources: Any = thread.tool_resources
    assert resources.code_interpreter.file_ids == [file_id]
    assert resources.file_search is None
    ada = sdk.beta.assistants.create(model="scripted", tools=CODE)
    run = sdk.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=ada.id, poll_interval_ms=20)
    steps: Any = sdk.beta.threads.runs.steps.list(run.id, thread_id=thread.id, order="asc").data
    assert "1,2,3" in steps[0].step_details.tool_calls[0].code_interpreter.outputs[0].logs
    more = [upload(sdk, f"{number}.csv", "1") for number in range(20)]
    tools: Any = [{"file_id": file, "tools": CODE} for file in more]
    with pytest.raises(openai.BadRequestError, match="at most 20 files"):
        sdk.beta.threads.messages.create(thread.id, role="user", content="x", attachments=tools)
    sdk.files.delete(file_id)  # a file that is gone ends no run
    sdk.beta.threads.messages.create(thread.id, role="user", content="Read the file")
    run = sdk.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=ada.id, poll_interval_ms=20)
    assert run.status == "completed"


def test_what_is_not_there(sdk: Judged) -> None:
    for tools in (SEARCH, CODE):
        with pytest.raises(openai.NotFoundError):
            sdk.beta.threads.create(messages=[asking("file-no", tools)])
    on = sdk.beta.threads.create().id
    with pytest.raises(openai.NotFoundError):
        sdk.beta.threads.messages.create(on, **asking("file-no"))
    thread = sdk.beta.threads.retrieve(on)
    assert thread.tool_resources is None or thread.tool_resources.file_search is None  # no store was made for nothing


def test_a_refused_request_leaves_no_store(sdk: Judged) -> None:
    ada = sdk.beta.assistants.create(model="scripted").id
    stores = {store.id for store in sdk.vector_stores.list()}
    helper: Any = {"file_search": {"vector_stores": [{}]}}
    nothing: Any = {"role": "user", "content": ""}
    for messages, kind in (([nothing], openai.BadRequestError), ([asking("file-no")], openai.NotFoundError)):
        with pytest.raises(kind):
            sdk.beta.threads.create(messages=messages, tool_resources=helper)
        with pytest.raises(kind):
            sdk.beta.threads.create_and_run(assistant_id=ada, thread={"messages": messages, "tool_resources": helper})
    missing: Any = {"code_interpreter": {"file_ids": ["file-no"]}}
    with pytest.raises(openai.NotFoundError):
        sdk.beta.threads.create_and_run(assistant_id=ada, thread={"tool_resources": helper}, tool_resources=missing)
    assert {store.id for store in sdk.vector_stores.list()} == stores
