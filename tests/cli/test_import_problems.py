"""Exports that are not as they should be, and the forms that they may have."""

from __future__ import annotations

import gzip
import io
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from homeport.cli.openai_threads.lines import MAX_LINE_BYTES, Bad, Found, objects
from tests.cli.exports import ASSISTANT, message, talk, thread, write
from tests.cli.imports import URL, brought
from tests.cli.terminal import Terminal, environment, homeport


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
