"""`homeport chat` against a real server, in pipes and in a terminal."""

from __future__ import annotations

import os
import pty
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal, environment, homeport
from tests.support import LiveServer, live_server

SCRIPT = r"""
models = ["parrot"]
[[rules]]
match = "^think escape"
reasoning = "a\u001b[31mred\u0007"
reply = "I thought."
[[rules]]
match = "^think"
reasoning = "Let me see. Yes."
reply = "I thought."
[[rules]]
match = "^long"
chunks = ["one ", "two ", {text = "end", delay_s = 20}]
[[rules]]
match = "^escape"
reply = "a\u001b[31mred\u0007\u009b2J b"
[[rules]]
match = "^break"
chunks = ["Half an", " answer"]
die_after = 2
[[rules]]
match = "^refuse"
error = {status = 429, message = "Slow down.", code = "rate_limit_exceeded", retry_after_s = 7}
[[rules]]
match = "(?s)."
reply = "You said {input}"
"""


@pytest.fixture(scope="module")
def parrot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    script = tmp_path_factory.mktemp("parrot") / "script.toml"
    script.write_text(SCRIPT)
    config = f'default_model = "parrot"\n[engines.parrot]\ntype = "scripted"\nscript = "{script}"\n'
    with live_server(config) as server:
        yield server


@pytest.fixture
def reach(parrot: LiveServer) -> dict[str, str]:
    return {"HOMEPORT_BASE_URL": parrot.base_url, "HOMEPORT_API_KEY": parrot.key}


# --- one question --------------------------------------------------------------------


def test_answer_to_a_pipe_is_the_answer_alone(reach: dict[str, str]) -> None:
    result = homeport("chat", "parrot", "think", "hard", **reach)
    assert (result.returncode, result.stdout) == (0, "I thought.\n")
    assert result.stderr == "Let me see. Yes.\n\n"


def test_default_model_answers_a_quoted_question(reach: dict[str, str]) -> None:
    assert homeport("chat", "Why is it so?", **reach).stdout == "You said Why is it so?\n"


def test_what_is_piped_in_is_part_of_the_message(reach: dict[str, str]) -> None:
    assert homeport("chat", "parrot", stdin="from a file\n", **reach).stdout == "You said from a file\n"
    both = homeport("chat", "parrot", "Say this:", stdin="from a file\n", **reach)
    assert both.stdout == "You said Say this:\n\nfrom a file\n"


def test_no_message_at_all(reach: dict[str, str]) -> None:
    result = homeport("chat", "parrot", **reach)
    assert result.returncode == 2
    assert "There is no message: write one or pipe one in." in result.stderr


def test_token_limit_is_said(reach: dict[str, str]) -> None:
    result = homeport("chat", "parrot", "some words", "--max-tokens", "1", **reach)
    assert (result.returncode, result.stdout, result.stderr) == (0, "You\n", "(cut off at the token limit)\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["parot", "hi"], "There is no model 'parot'. Did you mean 'parrot'?"),
        (["zzz", "hi"], "There is no model 'zzz'. See `homeport models`."),
        (["parrot", "refuse"], "429: Slow down. Try again in 7 s."),
        (["parrot", "hi", "--key", "sk-wrong"], "401: Incorrect API key provided: ********. It came from --key"),
        (
            ["parrot", "hi", "--base-url", "http://127.0.0.1:9"],
            "No server at http://127.0.0.1:9/v1: connection refused.",
        ),
        (["parrot", "hi", "--base-url", "http://no.such.host.invalid/v1"], "the host name does not resolve."),
    ],
)
def test_failures_are_one_readable_line(reach: dict[str, str], arguments: list[str], says: str) -> None:
    result = homeport("chat", *arguments, **reach)
    assert result.returncode == 1
    assert result.stdout == ""
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


def test_base_url_that_is_none(reach: dict[str, str]) -> None:
    result = homeport("chat", "parrot", "hi", "--base-url", "localhost:8000", **reach)
    assert result.returncode == 2
    assert "'localhost:8000' is no base URL; it looks like http://127.0.0.1:8000/v1" in result.stderr


def test_stream_that_breaks_keeps_what_came(reach: dict[str, str]) -> None:
    result = homeport("chat", "parrot", "break", **reach)
    assert result.returncode == 1
    assert result.stdout.startswith("Half an")
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.stderr


def test_no_key_given(parrot: LiveServer) -> None:
    result = homeport("chat", "parrot", "hi", HOMEPORT_BASE_URL=parrot.base_url)
    assert "Use --key or set HOMEPORT_API_KEY." in result.stderr


# --- in a terminal -------------------------------------------------------------------


def test_text_appears_as_it_comes_until_ctrl_c(reach: dict[str, str]) -> None:
    with Terminal("chat", "parrot", "long", **reach) as terminal:
        terminal.expect("one two")
        terminal.type("\x03")
        terminal.expect("(interrupted)")
        assert terminal.wait() == 130
        assert "end" not in terminal.text
        assert "Traceback" not in terminal.text


def test_reasoning_is_dimmed(reach: dict[str, str]) -> None:
    with Terminal("chat", "parrot", "think", **reach) as terminal:
        terminal.expect("I thought.")
        assert terminal.wait() == 0
        assert "\x1b[2mLet" in terminal.raw
        assert "\x1b[0m\r\n\r\nI thought." in terminal.raw


def test_thoughts_cannot_drive_the_terminal_beside_a_pipe(reach: dict[str, str]) -> None:
    near, far = pty.openpty()
    try:
        command = [sys.executable, "-m", "homeport", "chat", "parrot", "think escape"]
        subprocess.run(command, stdout=subprocess.PIPE, stderr=far, env=environment(**reach), check=True, timeout=30)
        assert b"a[31mred" in os.read(near, 4096)
    finally:
        os.close(near)
        os.close(far)


def test_what_is_piped_in_may_be_no_utf_8(reach: dict[str, str]) -> None:
    command = [sys.executable, "-m", "homeport", "chat", "parrot"]
    for locale in ("C.UTF-8", "C"):
        variables = environment(LC_ALL=locale, PYTHONIOENCODING="utf-8:strict", **reach)
        done = subprocess.run(command, input=b"diff caf\xe9\n", capture_output=True, env=variables, timeout=30)
        assert done.returncode == 0, done.stderr
        assert "You said diff caf\ufffd" in done.stdout.decode()


def test_a_model_cannot_drive_the_terminal(reach: dict[str, str]) -> None:
    with Terminal("chat", "parrot", "escape", **reach) as terminal:
        terminal.expect(" b")
        assert terminal.wait() == 0
        assert "a[31mred2J b" in terminal.raw


def test_conversation(reach: dict[str, str]) -> None:
    with Terminal("chat", "parrot", "--system", "Be brief.", **reach) as terminal:
        terminal.expect(">>> ")
        terminal.type("first\r")
        terminal.expect("You said first\n")
        terminal.expect(">>> ")

        terminal.type("long\r")
        terminal.expect("one two")
        terminal.type("\x03")
        terminal.expect("(interrupted)")
        terminal.expect(">>> ")

        terminal.type("half a li")
        terminal.expect("half a li")  # only then does the line editor listen to signals
        terminal.interrupt("/exit or Ctrl-D leaves")
        terminal.type("refuse\r")
        terminal.expect("429: Slow down.")
        terminal.expect(">>> ")

        terminal.type("still there\r")
        terminal.expect("You said still there\n")
        terminal.type("/exit\r")
        assert terminal.wait() == 0
        assert "Traceback" not in terminal.text


def test_history_is_sent_until_it_is_cleared(tmp_path: Path) -> None:
    """What was sent shows in what it cost: a token for each word, message and reply."""
    script = tmp_path / "script.toml"
    script.write_text('[[rules]]\nmatch = "."\nreply = "Noted: {input}"\n')
    config = f'[engines.e]\ntype = "scripted"\nscript = "{script}"\n'
    with (
        live_server(config) as server,
        Terminal("chat", "scripted", "--base-url", server.base_url, "--key", server.key) as terminal,
    ):
        for word in ("alpha", "beta"):
            terminal.expect(">>> ")
            terminal.type(f"{word}\r")
            terminal.expect(f"Noted: {word}\n")
        terminal.expect(">>> ")
        terminal.type("/clear\r")
        terminal.expect(">>> ")
        terminal.type("gamma\r")
        terminal.expect("Noted: gamma\n")
        terminal.expect(">>> ")
        terminal.type("\x04")
        assert terminal.wait() == 0
        prompts = prompt_tokens(server)
    assert prompts == [3, 8, 3]


def prompt_tokens(server: LiveServer) -> list[int]:
    """Of every request, from the usage table, which is written a little later."""
    deadline = time.monotonic() + 5
    while True:
        with closing(sqlite3.connect(server.folder / "data" / "homeport.db")) as database:
            rows = database.execute("SELECT prompt_tokens FROM usage WHERE operation = 'chat' ORDER BY at").fetchall()
        if len(rows) == 3 or time.monotonic() > deadline:
            return [row[0] for row in rows]
        time.sleep(0.05)


def test_unknown_model_ends_a_conversation_before_it_begins(reach: dict[str, str]) -> None:
    with Terminal("chat", "parot", **reach) as terminal:
        assert terminal.wait() == 1
        assert "There is no model 'parot'. Did you mean 'parrot'?" in terminal.text
