"""`homeport import openai-threads` on both databases, beside real servers, through kills."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from homeport.storage.database import database_url as make_url
from tests.cli import exports
from tests.cli.exports import ANNOTATIONS, ASSISTANT, CITING, message, talk, thread, write
from tests.cli.imports import URL, brought
from tests.cli.terminal import environment, homeport
from tests.live.test_conformance import Judged
from tests.runs_server import eventually, runs_server
from tests.support import LiveServer

pytestmark = pytest.mark.filterwarnings("ignore:(deprecated|The Assistants API is deprecated):DeprecationWarning")

LIMIT_S = 120


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest) -> Iterator[tuple[LiveServer, dict[str, str]]]:
    """A running server, and the environment in which the import finds its database."""
    url = None if request.param == "sqlite" else request.getfixturevalue("postgres").new_database()
    with runs_server(url) as server:
        folder = server.folder / "data"
        yield server, {"HOMEPORT_SERVER_DATA_DIR": str(folder)} | ({} if url is None else {URL: url})


@pytest.fixture
def server(place: tuple[LiveServer, dict[str, str]]) -> LiveServer:
    return place[0]


@pytest.fixture
def where(place: tuple[LiveServer, dict[str, str]]) -> dict[str, str]:
    return place[1]


@pytest.fixture
def sdk(server: LiveServer) -> Iterator[Judged]:
    with Judged(server) as client:
        yield client


def texts(sdk: openai.OpenAI, thread_id: str) -> list[str]:
    """The oldest first."""
    messages = sdk.beta.threads.messages.list(thread_id, order="asc", limit=100)
    return [each.content[0].text.value for each in messages]  # type: ignore[union-attr]


# --- what is kept ----------------------------------------------------------------


def test_an_export_is_imported_whole_and_goes_on_with_a_run(sdk: Judged, where: dict[str, str], tmp_path: Path) -> None:
    image = {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}}
    drawn = {"type": "image_file", "image_file": {"file_id": "file-drawn", "detail": "auto"}}
    asked = message(
        "msg_1",
        "thread_whole",
        [exports.text("What is this?"), image],
        1_700_000_101,
        attachments=[{"file_id": "file-old", "tools": [{"type": "file_search"}]}],
        metadata={"via": "web"},
    )
    answered = message(
        "msg_2",
        "thread_whole",
        [drawn, exports.text(CITING, ANNOTATIONS)],
        1_700_000_102,
        role="assistant",
        assistant_id=ASSISTANT["id"],
        run_id="run_old",
        status="incomplete",
        incomplete_details={"reason": "max_tokens"},
        incomplete_at=1_700_000_103,
        completed_at=None,
    )
    held = {"code_interpreter": {"file_ids": ["file-old"]}, "file_search": {"vector_store_ids": ["vs_old"]}}
    a_thread = thread("thread_whole", metadata={"user": "7"}, tool_resources=held)
    run = {"id": "run_old", "object": "thread.run", "thread_id": "thread_whole"}
    file = write(tmp_path / "export.jsonl", answered, run, asked, ASSISTANT, a_thread)  # before their thread
    assert brought(file, **where) == {
        "assistants": {"imported": 1, "there_already": 0},
        "threads": {"imported": 1, "there_already": 0},
        "messages": {"imported": 2, "there_already": 0},
        "passed_over": {"thread.run": 1},
        "problems": 0,
        "threads_known_by_messages_only": 0,
        "messages_put_last": 0,
        "missing": ["file-drawn", "file-made", "file-old", "vs_old"],
    }
    assistant = sdk.beta.assistants.retrieve("asst_abc123").to_dict()
    wanted = {name: value for name, value in ASSISTANT.items() if name != "a_member_of_tomorrow"}
    assert {name: assistant[name] for name in wanted} == wanted
    kept = sdk.beta.threads.retrieve("thread_whole").to_dict()
    assert {name: kept[name] for name in a_thread} == a_thread
    first, second = (each.to_dict() for each in sdk.beta.threads.messages.list("thread_whole", order="asc"))
    assert {name: first[name] for name in asked} == asked
    assert first["status"] == "completed"
    assert {name: second[name] for name in answered} == answered
    assert [item.type for item in sdk.conversations.items.list("conv_whole")] == ["message", "message"]
    said = sdk.beta.threads.messages.create("thread_whole", role="user", content="and now?")
    run = sdk.beta.threads.runs.create_and_poll(
        thread_id="thread_whole",
        assistant_id="asst_abc123",
        truncation_strategy={"type": "last_messages", "last_messages": 2},  # the scripted model takes no images
        poll_interval_ms=50,
    )
    assert run.status == "completed", run.last_error
    newest = sdk.beta.threads.messages.list("thread_whole").data
    assert [newest[1].id, newest[2].id] == [said.id, "msg_2"]
    assert newest[0].content[0].text.value == "Hello and now?"  # type: ignore[union-attr]
    assert len(sdk.passed()) >= 8
    again = brought(file, **where)
    assert [again[kind]["imported"] for kind in ("assistants", "threads", "messages")] == [0, 0, 0]
    assert [again[kind]["there_already"] for kind in ("assistants", "threads", "messages")] == [1, 1, 2]
    assert again["messages_put_last"] == 0
    assert sdk.beta.threads.messages.list("thread_whole").data == newest


def test_files_that_are_here_are_mapped(sdk: Judged, where: dict[str, str], tmp_path: Path) -> None:
    here = sdk.files.create(file=("a.txt", b"hello"), purpose="assistants").id
    store = sdk.vector_stores.create(name="here").id
    mapping = tmp_path / "map.json"
    mapping.write_text(json.dumps({"file-1": here, "vs_1": store}))
    held = {"code_interpreter": {"file_ids": ["file-1"]}, "file_search": {"vector_store_ids": ["vs_1"]}}
    citing = [note | {note["type"]: {"file_id": "file-1"}} for note in ANNOTATIONS]
    said = message(
        "msg_mapped",
        "thread_mapped",
        [{"type": "image_file", "image_file": {"file_id": "file-1"}}, exports.text(CITING, citing)],
        1_700_000_100,
        role="assistant",
        attachments=[{"file_id": "file-1", "tools": [{"type": "code_interpreter"}]}],
    )
    file = write(tmp_path / "export.jsonl", thread("thread_mapped", tool_resources=held), said)
    assert brought(file, "--dry-run", **where)["missing"] == ["file-1", "vs_1"]
    assert brought(file, "--files-map", str(mapping), **where)["missing"] == []
    resources: Any = sdk.beta.threads.retrieve("thread_mapped").to_dict()["tool_resources"]
    assert resources == {
        "code_interpreter": {"file_ids": [here]},
        "file_search": {"vector_store_ids": [store]},
    }
    shown = sdk.beta.threads.messages.retrieve("msg_mapped", thread_id="thread_mapped").to_json()
    assert shown.count(here) == 4
    assert "file-1" not in shown


def test_a_thread_goes_on_without_its_files(sdk: Judged, where: dict[str, str], tmp_path: Path) -> None:
    """OpenAI's files are rarely brought along: tools and models are told that they are not here."""
    gone = {"type": "image_file", "image_file": {"file_id": "file-gone"}}
    held = {"code_interpreter": {"file_ids": ["file-gone"]}, "file_search": {"vector_store_ids": ["vs_gone"]}}
    given = [{"file_id": "file-gone", "tools": [{"type": "code_interpreter"}, {"type": "file_search"}]}]
    said = message("msg_gone", "thread_gone", [gone, exports.text("Search")], 1_700_000_100, attachments=given)
    brought(write(tmp_path / "export.jsonl", thread("thread_gone", tool_resources=held), said), **where)
    for tools, answer in (([], "[The file file-gone is not here any more.]"), ([{"type": "file_search"}], "Giraffes")):
        assistant = sdk.beta.assistants.create(model="scripted", tools=tools)
        if tools:
            sdk.beta.threads.messages.create("thread_gone", role="user", content="Search")
        run = sdk.beta.threads.runs.create_and_poll(
            thread_id="thread_gone", assistant_id=assistant.id, poll_interval_ms=50
        )
        assert run.status == "completed", run.last_error
        newest = sdk.beta.threads.messages.list("thread_gone").data[0]
        assert answer in newest.content[0].text.value  # type: ignore[union-attr]


@pytest.mark.parametrize("order", ["oldest first", "newest first"])
def test_messages_of_one_second_keep_their_order(
    order: str, sdk: Judged, where: dict[str, str], tmp_path: Path
) -> None:
    id = f"thread_{order.replace(' ', '_')}"
    said = talk(id, 9)
    lines = said if order == "oldest first" else said[::-1]
    pages = [{"object": "list", "data": lines[:5], "has_more": True}, {"object": "list", "data": lines[5:]}]
    result = brought(write(tmp_path / "pages.jsonl", *pages), **where)
    assert result["messages"]["imported"] == 9
    assert result["threads_known_by_messages_only"] == 1
    assert texts(sdk, id) == [each["content"][0]["text"]["value"] for each in said]
    assert sdk.beta.threads.retrieve(id).created_at == said[0]["created_at"]


def test_the_newest_first_and_threads_in_turns(sdk: Judged, where: dict[str, str], tmp_path: Path) -> None:
    """No two neighbours in the export tell which way time goes, but each thread for itself does."""
    ours = [message(f"msg_turns_a{n}", "thread_turns_a", f"a{n}", second) for n, second in enumerate((1, 1, 3, 4))]
    theirs = [message(f"msg_turns_b{n}", "thread_turns_b", f"b{n}", n) for n in range(4)]
    lines = [line for pair in zip(reversed(ours), reversed(theirs), strict=True) for line in pair]
    brought(write(tmp_path / "export.jsonl", *lines), **where)
    assert texts(sdk, "thread_turns_a") == ["a0", "a1", "a2", "a3"]


def test_what_came_too_late_stands_last_and_is_told(sdk: Judged, where: dict[str, str], tmp_path: Path) -> None:
    said = talk("thread_late", 4)
    brought(write(tmp_path / "newer.jsonl", *said[2:]), **where)
    result = brought(write(tmp_path / "older.jsonl", *said), **where)
    assert result["messages"] == {"imported": 2, "there_already": 2}
    assert result["messages_put_last"] == 2
    assert [each.split()[0] for each in texts(sdk, "thread_late")] == ["2", "3", "0", "1"]


def test_a_thread_with_a_run_under_way_is_left_alone(sdk: Judged, where: dict[str, str], tmp_path: Path) -> None:
    assistant = sdk.beta.assistants.create(model="scripted")
    run = sdk.beta.threads.create_and_run(
        assistant_id=assistant.id, thread={"messages": [{"role": "user", "content": "forever"}]}
    )
    eventually(lambda: sdk.beta.threads.runs.retrieve(run.id, thread_id=run.thread_id).status == "in_progress")
    lines = [message("msg_during", run.thread_id, "hi", 1), message("msg_beside", "thread_beside", "hi", 1)]
    file = write(tmp_path / "export.jsonl", *lines)
    done = homeport("import", "openai-threads", file, **where)
    assert done.returncode == 1
    assert f"{run.thread_id} has the run {run.id} under way" in done.stderr
    assert texts(sdk, "thread_beside") == ["hi"]
    sdk.beta.threads.runs.cancel(run.id, thread_id=run.thread_id)
    eventually(lambda: sdk.beta.threads.runs.retrieve(run.id, thread_id=run.thread_id).status == "cancelled")
    assert brought(file, **where)["messages"] == {"imported": 1, "there_already": 1}


def test_an_id_that_is_elsewhere_is_told(sdk: Judged, where: dict[str, str], tmp_path: Path) -> None:
    brought(write(tmp_path / "one.jsonl", message("msg_taken", "thread_one", "hi", 1)), **where)
    other = write(tmp_path / "other.jsonl", message("msg_taken", "thread_other", "hi", 1))
    done = homeport("import", "openai-threads", other, **where)
    assert done.returncode == 1
    assert "msg_taken is there already, in another thread" in done.stderr
    assert texts(sdk, "thread_one") == ["hi"]


def test_nulls_stand_for_what_is_not_there(sdk: Judged, where: dict[str, str], tmp_path: Path) -> None:
    """As `model_dump()` of OpenAI's SDK writes them."""
    image = {"type": "image_file", "image_file": {"file_id": "file-1", "detail": None}}
    lines = [
        ASSISTANT
        | {
            "id": "asst_nulls",
            "tools": [
                {"type": "file_search", "file_search": None},
                {
                    "type": "function",
                    "function": {"name": "f", "description": None, "parameters": None, "strict": None},
                },
            ],
            "tool_resources": {"code_interpreter": None, "file_search": {"vector_store_ids": None}},
            "response_format": None,
        },
        thread("thread_nulls", metadata=None, tool_resources={"code_interpreter": {"file_ids": None}}),
        message("msg_nulls", "thread_nulls", [image], 1, attachments=[{"file_id": None, "tools": None}], metadata=None),
    ]
    assert brought(write(tmp_path / "export.jsonl", *lines), **where)["problems"] == 0
    assert sdk.beta.assistants.retrieve("asst_nulls").response_format == "auto"
    shown = sdk.beta.threads.messages.retrieve("msg_nulls", thread_id="thread_nulls")
    assert (shown.attachments, shown.metadata) == ([], {})
    sdk.passed()


def test_nulls_in_schemas_stay(sdk: Judged, where: dict[str, str], tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"unit": {"anyOf": [{"enum": ["C"]}, {"const": None}], "default": None}}}
    function = {"type": "function", "function": {"name": "f", "description": None, "parameters": schema}}
    form = {"type": "json_schema", "json_schema": {"name": "j", "description": None, "schema": schema}}
    nulls = {"tool_resources": {"file_search": {"vector_store_ids": None}}}
    line = ASSISTANT | nulls | {"id": "asst_schema", "tools": [function], "response_format": form}
    assert brought(write(tmp_path / "export.jsonl", line), **where)["problems"] == 0
    http = sdk.beta.assistants.with_raw_response.retrieve("asst_schema").http_response.json()
    assert http["tools"][0]["function"]["parameters"] == schema
    assert http["response_format"]["json_schema"]["schema"] == schema


# --- kills -------------------------------------------------------------------------


def test_killed_in_the_middle_and_run_again(database_url: str, tmp_path: Path) -> None:
    """No thread is there in part, at any moment; in the end nothing is missing and nothing is there twice."""
    threads = [f"thread_{number:03}" for number in range(200)]
    file = write(tmp_path / "export.jsonl", *(each for id in threads for each in [*talk(id, 50), thread(id)]))
    where = {URL: database_url, "HOMEPORT_SERVER_DATA_DIR": str(tmp_path / "data")}
    assert homeport("db", "upgrade", **where).returncode == 0
    engine = create_engine(make_url(database_url, tmp_path))
    counts = text("SELECT conversation_id, count(*) FROM conversation_items GROUP BY conversation_id")

    def there() -> dict[str, int]:
        try:
            with engine.connect() as connection:
                return dict(connection.execute(counts).all())  # type: ignore[arg-type]
        except DBAPIError:  # SQLite's file is being recovered
            return {}

    command = [sys.executable, "-m", "homeport", "import", "openai-threads", file]
    # It gives way to the test that watches it, so that a busy machine doesn't let it come to its end unseen.
    with subprocess.Popen(
        command, env=environment(**where), stdout=subprocess.DEVNULL, preexec_fn=lambda: os.nice(19)
    ) as importing:
        try:
            eventually(lambda: there() or importing.poll() is not None, LIMIT_S)
        finally:
            importing.kill()
    half = there()
    assert 0 < len(half) < len(threads)
    assert set(half.values()) == {50}
    result = brought(file, **where)
    assert result["messages"] == {"imported": 10_000 - 50 * len(half), "there_already": 50 * len(half)}
    assert there() == {f"conv_{id.removeprefix('thread_')}": 50 for id in threads}
    ordered = text("SELECT id FROM conversation_items WHERE conversation_id = 'conv_199' ORDER BY seq")
    with engine.connect() as connection:
        assert list(connection.execute(ordered).scalars()) == [f"msg_thread_199_{number}" for number in range(50)]
    engine.dispose()


def test_two_imports_at_once(database_url: str, tmp_path: Path) -> None:
    file = write(tmp_path / "export.jsonl", ASSISTANT, *(each for n in range(30) for each in talk(f"thread_{n}", 100)))
    where = {URL: database_url, "HOMEPORT_SERVER_DATA_DIR": str(tmp_path / "data")}
    command = [sys.executable, "-m", "homeport", "import", "openai-threads", "--json", file]
    both = [
        subprocess.Popen(command, env=environment(**where), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    results = []
    for each in both:
        output, errors = each.communicate(timeout=LIMIT_S)
        assert each.returncode == 0, errors
        results.append(json.loads(output))
    for kind, count in (("assistants", 1), ("threads", 30), ("messages", 3_000)):
        assert sum(result[kind]["imported"] for result in results) == count
        assert sum(result[kind]["there_already"] for result in results) == count
