"""`homeport files` against a running server."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from homeport.cli import files as commands
from tests.cli.file_server import FileServer
from tests.cli.terminal import Terminal, homeport
from tests.files_server import files_server
from tests.support import LiveServer

CONTENT = os.urandom(700_000)


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with files_server() as running:
        yield running


@pytest.fixture
def reach(server: LiveServer) -> dict[str, str]:
    return {"HOMEPORT_BASE_URL": server.base_url, "HOMEPORT_API_KEY": server.key}


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / 'book "one" é.pdf'
    path.write_bytes(CONTENT)
    return path


def test_a_file_s_life(reach: dict[str, str], book: Path, tmp_path: Path) -> None:
    made = homeport("files", "create", "-f", str(book), "-p", "assistants", "--expires-in-days", "2", **reach)
    assert made.returncode == 0, made.stderr
    assert made.stderr == ""
    file_id = made.stdout.strip()
    shown = json.loads(homeport("files", "get", file_id, **reach).stdout)
    assert (shown["filename"], shown["bytes"], shown["purpose"]) == (book.name, len(CONTENT), "assistants")
    assert shown["expires_at"] == shown["created_at"] + 2 * 86_400
    listed = homeport("files", "list", **reach).stdout.splitlines()
    assert listed[0].split() == ["ID", "NAME", "SIZE", "PURPOSE", "CREATED", "EXPIRES"]
    assert file_id in listed[1]
    assert "700.0 kB" in listed[1]
    assert file_id not in homeport("files", "list", "-p", "vision", **reach).stdout
    fetched = homeport("files", "content", file_id, "-o", "copy.pdf", cwd=tmp_path, **reach)
    assert fetched.returncode == 0, fetched.stderr
    assert (tmp_path / "copy.pdf").read_bytes() == CONTENT
    assert not (tmp_path / "copy.pdf.part").exists()
    assert homeport("files", "delete", file_id, **reach).stdout == f"{file_id} deleted\n"
    gone = homeport("files", "content", file_id, "-o", "none.pdf", cwd=tmp_path, **reach)
    assert (gone.returncode, gone.stderr) == (1, f"Error: 404: No such file: `{file_id}`.\n")
    assert not list(tmp_path.glob("none*"))


def test_a_name_that_is_no_utf_8(reach: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.txt")
    path.write_bytes(CONTENT)
    made = homeport("files", "create", "-f", str(path), "-p", "user_data", "--json", **reach)
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["filename"] == "caf\N{REPLACEMENT CHARACTER}.txt"


def test_a_download_that_is_cut_short(files: FileServer, tmp_path: Path) -> None:
    files.add("/v1/files/file-1/content", CONTENT, cut_after=[300_000, 300_000])
    reach = {"HOMEPORT_BASE_URL": files.url}
    output = tmp_path / "book.pdf"
    output.write_text("an old one")
    for arguments in (["-o", str(output)], []):
        cut = CliRunner(env=reach).invoke(commands.files, ["content", "file-1", *arguments])
        assert cut.exit_code == 1
        assert cut.stderr == "Error: The content was cut short: the connection was closed.\n"
    assert output.read_text() == "an old one"
    assert list(tmp_path.iterdir()) == [output]
    assert CliRunner(env=reach).invoke(commands.files, ["content", "file-1", "-o", str(output)]).exit_code == 0
    assert output.read_bytes() == CONTENT


def test_a_download_takes_the_place_of_nothing_but_a_file(files: FileServer, tmp_path: Path) -> None:
    files.add("/v1/files/file-1/content", CONTENT)
    pipe, link, kept = tmp_path / "pipe", tmp_path / "link", tmp_path / "link.part"
    os.mkfifo(pipe)
    link.symlink_to("book.pdf")
    kept.write_text("mine")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    for output in (pipe, link):
        arguments = ["content", "file-1", "-o", str(output)]
        assert CliRunner(env={"HOMEPORT_BASE_URL": files.url}).invoke(commands.files, arguments).exit_code == 0
    reader.join(10)
    assert read == [CONTENT]
    receiving, sending = os.pipe()  # what `-o >(…)` and `-o /dev/stdout |` are
    reader = threading.Thread(target=lambda: read.append(Path(f"/dev/fd/{receiving}").read_bytes()))
    reader.start()
    arguments = ["content", "file-1", "-o", f"/dev/fd/{sending}"]
    assert CliRunner(env={"HOMEPORT_BASE_URL": files.url}).invoke(commands.files, arguments).exit_code == 0
    os.close(sending)
    reader.join(10)
    os.close(receiving)
    assert read == [CONTENT, CONTENT]
    assert pipe.is_fifo()
    assert link.is_symlink()
    assert (tmp_path / "book.pdf").read_bytes() == CONTENT
    assert kept.read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {"pipe", "link", "book.pdf", "link.part"}


def test_several_files_and_a_pipe(reach: dict[str, str], tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(f"content of {name}\n")
    arguments = ["-f", str(tmp_path / "a.txt"), "-f", str(tmp_path / "b.txt"), "-p", "user_data"]
    made = homeport("files", "create", *arguments, **reach)
    first, second = made.stdout.split()
    assert homeport("files", "content", first, **reach).stdout == "content of a.txt\n"
    assert homeport("files", "content", second, **reach).stdout == "content of b.txt\n"
    listed = homeport("files", "list", "--limit", "1", **reach)
    assert second in listed.stdout
    assert "more" in listed.stderr


def test_a_bar_on_a_terminal(reach: dict[str, str], book: Path) -> None:
    with Terminal("files", "create", "-f", str(book), "-p", "user_data", **reach) as terminal:
        terminal.expect("100%")
        terminal.expect("file-")
        assert terminal.wait() == 0


def test_what_the_server_says_is_told(reach: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text('{"messages": 1}\n' * 100_000)
    refused = homeport("files", "create", "-f", "bad.jsonl", "-p", "fine-tune", cwd=tmp_path, **reach)
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: 400: Line 1: Invalid type for 'messages'")
    for key, message in (("sk-wrong", "401: Incorrect API key"), ("", "401: You didn't provide")):
        wrong = homeport(
            "files", "create", "-f", "bad.jsonl", "-p", "vision", cwd=tmp_path, **reach | {"HOMEPORT_API_KEY": key}
        )
        assert (wrong.returncode, "Traceback" in wrong.stderr) == (1, False)
        assert message in wrong.stderr
    for arguments in (["-f", "none.txt", "-p", "vision"], ["-f", "bad.jsonl", "-p", "fish"], ["-f", "bad.jsonl"]):
        assert homeport("files", "create", *arguments, cwd=tmp_path, **reach).returncode == 2


def test_a_refusal_is_heard_while_a_large_file_is_sent(reach: dict[str, str], tmp_path: Path) -> None:
    with (tmp_path / "huge.bin").open("wb") as sparse:
        sparse.truncate(400_000_000)
    wrong = homeport(
        "files", "create", "-f", "huge.bin", "-p", "vision", cwd=tmp_path, **reach | {"HOMEPORT_API_KEY": "sk-wrong"}
    )
    assert wrong.returncode == 1
    assert "401: Incorrect API key" in wrong.stderr


def test_a_large_file_goes_up_in_parts(
    reach: dict[str, str], book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "MAX_FILE_BYTES", 500_000)
    monkeypatch.setattr(commands, "PART_BYTES", 300_000)
    arguments = ["create", "-f", str(book), "-p", "user_data", "--expires-in-days", "1", "--json"]
    made = CliRunner(env=reach).invoke(commands.files, arguments)
    assert made.exit_code == 0, made.output
    file = json.loads(made.stdout)
    assert (file["filename"], file["bytes"]) == (book.name, len(CONTENT))
    assert file["expires_at"] == file["created_at"] + 86_400
    output = tmp_path / "copy"
    assert CliRunner(env=reach).invoke(commands.files, ["content", file["id"], "-o", str(output)]).exit_code == 0
    assert output.read_bytes() == CONTENT
