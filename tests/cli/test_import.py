"""`homeport import openai-threads` on both databases, beside real servers, through kills."""

from __future__ import annotations

import gzip
import io
import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from homeport.cli.openai_threads.lines import MAX_LINE_BYTES, Bad, Found, objects
from homeport.storage.database import database_url as make_url
from tests.cli import exports
from tests.cli.exports import ANNOTATIONS, ASSISTANT, CITING, message, talk, thread, write
from tests.cli.terminal import Terminal, environment, homeport
from tests.live.test_conformance import Judged
from tests.runs_server import eventually, runs_server
from tests.support import LiveServer

pytestmark = pytest.mark.filterwarnings("ignore:(deprecated|The Assistants API is deprecated):DeprecationWarning")

URL = "HOMEPORT_STORAGE_DATABASE_URL"
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


def brought(*arguments: str, status: int = 0, **where: str) -> Any:
    """The summary of an import."""
    done = homeport("import", "openai-threads", "--json", *arguments, **where)
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout)


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


# --- what is wrong with an export ---------------------------------------------------


def test_a_bad_line_is_told_and_the_rest_is_imported(tmp_path: Path) -> None:
    good = message("msg_good", "thread_x", "hi", 1)
    lines = [
        "{nothing",
        "[1]",
        json.dumps(good | {"id": "msg_bad", "role": "system"}),
        json.dumps(good | {"id": "message 7"}),
        json.dumps({"id": "x"}),
        json.dumps(good | {"id": "msg_bad", "content": [{"type": "text", "text": {"value": 5}}]}),
        json.dumps(ASSISTANT | {"tools": [{"type": "retrieval"}]}),
        json.dumps({"object": "list", "data": [good, {"object": "thread", "id": "thread_y", "created_at": "now"}]}),
    ]
    file = tmp_path / "export.jsonl"
    file.write_text("\n".join(lines))
    done = homeport("import", "openai-threads", str(file), cwd=tmp_path)
    assert done.returncode == 1
    told = done.stderr.splitlines()
    assert [line.partition(": ")[0].removeprefix(f"{file}:") for line in told] == [
        "1", "2[0]", "3", "4", "5", "6", "7", "8 data[1]",
    ]  # fmt: skip
    assert "this is no JSON" in told[0]
    assert "'user'" in told[2]
    assert "'id'" in told[3]
    assert "`object` is missing" in told[4]
    assert "content[0].text" in told[5]
    assert "tools[0].type" in told[6]
    assert "created_at" in told[7]
    assert "messages    1 " in done.stdout


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


def test_there_is_no_room_to_sort(tmp_path: Path) -> None:
    file = write(tmp_path / "export.jsonl", *talk("thread_a", 3_000, size=10_000))
    done = subprocess.run(
        [sys.executable, "-m", "homeport", "import", "openai-threads", file],
        env=environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)),
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: there is no room to sort the export")
    assert "Traceback" not in done.stderr


def test_only_the_first_problems_are_shown(tmp_path: Path) -> None:
    file = tmp_path / "export.jsonl"
    file.write_text("no\n" * 1_000)
    done = homeport("import", "openai-threads", str(file), cwd=tmp_path)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 21
    assert done.stderr.endswith("… and 980 more like these\n")


@pytest.mark.parametrize("form", ["gzip", "gzip cut off", "one document", "stdin", "thread with messages", "BOM"])
def test_the_forms_that_exports_have(form: str, tmp_path: Path) -> None:
    said = talk("thread_a", 4)
    given = "".join(f"{json.dumps(each)}\r\n\r\n" for each in said)
    file, stdin, status, count = tmp_path / "export", "", 0, 4
    if form == "gzip":
        file.write_bytes(gzip.compress(given.encode()))
    elif form == "gzip cut off":
        file.write_bytes(gzip.compress(given.encode())[:-4])
        status = 1
    elif form == "one document":
        file.write_text(json.dumps({"object": "list", "data": said}, indent=2))
    elif form == "stdin":
        stdin, file = given, Path("-")
    elif form == "thread with messages":
        file.write_text(json.dumps([thread("thread_a") | {"messages": said}], indent=2))
    else:
        file.write_text("\ufeff" + given)
    done = homeport("import", "openai-threads", "--json", str(file), stdin=stdin, cwd=tmp_path)
    assert done.returncode == status, done.stderr
    assert json.loads(done.stdout)["messages"]["imported"] == count


def test_a_line_too_long_is_passed_over() -> None:
    long = b'"' + b"x" * MAX_LINE_BYTES + b'"\n'
    found = list(objects(io.BytesIO(b'{"a": 1}\n' + long + b'{"b": 2}'), "f"))
    assert found == [Found("f:1", {"a": 1}), Bad("f:2", "the line is longer than 64 MB"), Found("f:3", {"b": 2})]


@pytest.mark.parametrize("problem", ["no file", "no map", "no database", "old database"])
def test_what_can_t_begin_says_so(problem: str, tmp_path: Path) -> None:
    file = write(tmp_path / "export.jsonl", *talk("thread_a", 2))
    arguments = {"no map": ["--files-map", file, file], "no file": ["nowhere"]}.get(problem, [file])
    where = {URL: "postgresql://user:secret@127.0.0.1:9/x"} if problem == "no database" else {}
    if problem == "old database":
        arguments += ["--dry-run", "--data-dir", str(tmp_path)]
        (tmp_path / "homeport.db").touch()
    done = homeport("import", "openai-threads", *arguments, cwd=tmp_path, **where)
    assert done.returncode == (2 if problem in ("no file", "no map") else 1)
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    file = write(tmp_path / "export.jsonl", ASSISTANT, *talk("thread_a", 2))
    assert brought(file, "--dry-run", "--data-dir", str(tmp_path / "data"))["messages"]["imported"] == 2
    assert not (tmp_path / "data").exists()
    assert brought(file, "--data-dir", str(tmp_path / "data"))["messages"]["imported"] == 2
    more = write(tmp_path / "more.jsonl", ASSISTANT, *talk("thread_a", 5))
    for _ in range(2):
        dry = brought(more, "--dry-run", "--data-dir", str(tmp_path / "data"))
        assert dry["messages"] == {"imported": 3, "there_already": 2}
        assert dry["assistants"] == {"imported": 0, "there_already": 1}
    said = homeport("import", "openai-threads", "--dry-run", more, "--data-dir", str(tmp_path / "data")).stdout
    assert "WOULD BE NEW" in said
    assert "Nothing was written" in said


def test_memory_does_not_grow_with_the_export(tmp_path: Path) -> None:
    def peak_bytes(count: int) -> int:
        """The most memory that an import of so many messages of 10 kB took."""
        folder = tmp_path / str(count)
        folder.mkdir()
        file = write(folder / "export.jsonl", *talk("thread_a", count, size=10_000))
        command = [sys.executable, "-m", "homeport", "import", "openai-threads", file]
        process = subprocess.Popen(command, env=environment(), cwd=folder, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = status
        assert status == 0
        return used.ru_maxrss * 1024

    few, many = peak_bytes(2_000), peak_bytes(6_000)  # 40 MB more; both are larger than the caches
    assert many - few < 20_000_000


def test_a_bar_shows_how_far_it_is(tmp_path: Path) -> None:
    file = write(tmp_path / "export.jsonl", *talk("thread_a", 50))
    with Terminal("import", "openai-threads", file, cwd=tmp_path) as terminal:
        terminal.expect("reading export.jsonl")
        terminal.expect("50 of 50 messages")
        assert terminal.wait() == 0
