"""Runs when things go wrong: servers that are killed at any moment, another that takes over, callers that hang up."""

from __future__ import annotations

import json
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from openai import OpenAI

from tests.openai_spec import httpx
from tests.runs_server import eventually, make_server
from tests.support import LiveServer

pytestmark = pytest.mark.filterwarnings("ignore:(deprecated|The Assistants API is deprecated):DeprecationWarning")

FAST = '[[rules]]\nreply = "Hello there, you."\n'
STUCK = '[[rules]]\nreply = "Hello"\ndelay_s = 60\n'
HALF = '[[rules]]\nchunks = ["Hello", " there", {text = ", you.", delay_s = 60}]\n'
LATE = '[[rules]]\nchunks = ["Hello", " there", {text = ", you.", delay_s = 3}]\n'
CODE = "import time\\ntime.sleep(2)\\nopen('/mnt/data/n', 'a').write('x')\\nprint(len(open('/mnt/data/n').read()))"
CALLS = f"""
[[rules]]
role = "user"
tool_calls = [{{name = "code_interpreter", arguments = {{code = "{CODE}"}}}}]

[[rules]]
reply = "Done."
"""


class Run:
    """A run on a server that may be killed and started again in its folder."""

    def __init__(self, server: LiveServer, **assistant: Any) -> None:
        self.server = server
        with self.sdk() as sdk:
            made = sdk.beta.assistants.create(**{"model": "scripted", **assistant})
            thread = sdk.beta.threads.create(messages=[{"role": "user", "content": "Hi"}])
            run = sdk.beta.threads.runs.create(thread_id=thread.id, assistant_id=made.id)
        self.assistant, self.thread, self.id = made.id, thread.id, run.id

    def sdk(self) -> OpenAI:
        return OpenAI(base_url=self.server.base_url, api_key=self.server.key, max_retries=0, timeout=60)

    @property
    def at(self) -> str:
        return f"{self.server.base_url}/threads/{self.thread}/runs/{self.id}"

    def get(self, path: str = "", **headers: str) -> Any:
        answer = httpx.get(
            self.at + path, headers={"Authorization": f"Bearer {self.server.key}", **headers}, timeout=60
        )
        assert answer.status_code == 200, answer.text
        return answer

    def status(self) -> str:
        return str(self.get().json()["status"])

    def until_event(self, name: str, times: int = 1, query: str = "") -> int:
        """Follow the run until that event has come so often. Returns its number, and hangs up."""
        seen = 0
        headers = {"Authorization": f"Bearer {self.server.key}"}
        with httpx.stream("GET", self.at + "/stream" + query, headers=headers, timeout=60) as answer:
            for line in answer.iter_lines():
                if line.startswith("event: "):
                    seen += line == f"event: {name}"
                elif line.startswith("id: ") and seen == times:
                    return int(line.removeprefix("id: "))
        raise AssertionError(f"{name} never came")

    def finished(self) -> list[tuple[str, dict[str, Any]]]:
        """All events, once the run has ended; and that everything in it was done once."""
        eventually(lambda: self.status() == "completed")
        events = [
            (block.partition("\n")[0].removeprefix("event: "), json.loads(block.split("\ndata: ")[1].split("\nid")[0]))
            for block in self.get("/stream").text.split("\n\n")
            if block and "[DONE]" not in block and not block.startswith(":")
        ]
        with self.sdk() as sdk:
            messages = sdk.beta.threads.messages.list(self.thread).data
            steps = sdk.beta.threads.runs.steps.list(self.id, thread_id=self.thread, order="asc").data
        assert [message.role for message in messages] == ["assistant", "user"]
        assert {step.status for step in steps} == {"completed"}
        assert len([name for name, _ in events if name == "thread.run.step.completed"]) == len(steps)
        assert [data["id"] for name, data in events if name == "thread.message.completed"] == [messages[0].id]
        created = [data["id"] for name, data in events if name in ("thread.run.step.created", "thread.message.created")]
        ended = [
            data["id"]
            for name, data in events
            if name.startswith(("thread.run.step.", "thread.message."))
            and name.rpartition(".")[2] in ("completed", "failed", "incomplete")
        ]
        assert sorted(created) == sorted(ended)  # whoever follows sees an end of everything
        assert len(set(created)) == len(created)
        return events

    def script(self, text: str) -> None:
        (self.server.folder / "script.toml").write_text(text)

    def restart(self, script: str = FAST) -> None:
        self.script(script)
        self.server.start()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str | None:
    return None if request.param == "sqlite" else request.getfixturevalue("postgres").new_database()


@contextmanager
def started(script: str, url: str | None = None) -> Iterator[LiveServer]:
    with tempfile.TemporaryDirectory(prefix="homeport-test-") as name:
        server = make_server(Path(name), url, script=script, lease_s=1.0)
        with server:
            yield server


def texts(events: list[tuple[str, dict[str, Any]]], name: str) -> list[str]:
    return ["".join(part["text"]["value"] for part in data["content"]) for kind, data in events if kind == name]


# --- kills -----------------------------------------------------------------------


def test_killed_before_the_model_answers(url: str | None) -> None:
    with started(STUCK, url) as server:
        run = Run(server)
        run.until_event("thread.run.in_progress")
        server.kill()
        run.restart()
        events = run.finished()
    assert "thread.message.incomplete" not in [name for name, _ in events]
    assert texts(events, "thread.message.completed") == ["Hello there, you."]


def test_killed_while_it_streams(url: str | None) -> None:
    with started(HALF, url) as server:
        run = Run(server)
        seen = run.until_event("thread.message.delta", 2)
        server.kill()
        run.restart()
        events = run.finished()
        rest = run.get("/stream", **{"Last-Event-ID": str(seen)}).text
    names = [name for name, _ in events]
    assert names.count("thread.message.incomplete") == 1  # the half of the one that died
    assert names.count("thread.run.step.failed") == 1
    assert texts(events, "thread.message.completed") == ["Hello there, you."]
    # Who was cut off goes on where it was: the half that it has seen is ended, then the whole comes.
    went_on = [line.removeprefix("event: ") for line in rest.splitlines() if line.startswith("event: ")]
    assert went_on[:-1] == names[seen:]
    assert went_on[:2] == ["thread.message.incomplete", "thread.run.step.failed"]


def test_killed_while_it_thinks() -> None:
    """The half of a thought is ended for who follows thoughts; the whole one is kept once, like everything else."""
    with started('[[rules]]\nreasoning = "Let me see what that is."\nreply = "Hello"\ninterval_s = 1\n') as server:
        run = Run(server)
        asked = "?include[]=step_details.reasoning"
        run.until_event("thread.run.step.delta", query=asked)
        server.kill()
        run.restart('[[rules]]\nreasoning = "I see."\nreply = "Hello"\n')
        run.finished()
        told = run.get(f"/stream{asked}").text
        with run.sdk() as sdk:
            include: Any = ["step_details.reasoning"]
            steps = sdk.beta.threads.runs.steps.list(run.id, thread_id=run.thread, order="asc", include=include).data
    names = [line.removeprefix("event: thread.run.step.") for line in told.splitlines() if ".run.step." in line]
    assert names.count("created") == 3  # the half, the whole one, the message
    assert (names.count("failed"), names.count("completed")) == (1, 2)
    thought: Any = steps[0].step_details
    assert [step.type for step in steps] == ["reasoning", "message_creation"]
    assert thought.reasoning["text"] == "I see."


def test_killed_at_the_final_write(url: str | None) -> None:
    """Someone else holds the database while the run ends, so that its last write is under way and never done."""
    with started(LATE, url) as server:
        run = Run(server)
        run.until_event("thread.message.delta", 2)
        with held(server, url, run.id):
            time.sleep(4)  # longer than the model takes
            server.kill()
        run.restart()
        events = run.finished()
    assert texts(events, "thread.message.completed") == ["Hello there, you."]
    assert [name for name, _ in events].count("thread.run.completed") == 1


@contextmanager
def held(server: LiveServer, url: str | None, run_id: str) -> Iterator[None]:
    if url is None:
        connection = sqlite3.connect(server.folder / "data" / "homeport.db", isolation_level=None, timeout=10)
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
        connection.close()
        return
    with psycopg.connect(_plain(url)) as other:
        other.execute("SELECT 1 FROM runs WHERE id = %s FOR UPDATE", (run_id,))
        yield
        other.rollback()


def test_killed_between_a_tool_s_effect_and_its_record(postgres: Any) -> None:
    """The code has run and its container knows; someone else holds the run, so that its step can't say so yet."""
    url = postgres.new_database()
    with started(CALLS, url) as server, psycopg.connect(_plain(url), autocommit=True) as look:
        run = Run(server, tools=[{"type": "code_interpreter"}])
        eventually(lambda: look.execute("SELECT 1 FROM run_steps").fetchone())  # the call is to be made
        with held(server, url, run.id):
            eventually(lambda: look.execute("SELECT 1 FROM container_calls").fetchone())
            server.kill()
        run.restart(CALLS)
        events = run.finished()
    step = next(data for name, data in events if name == "thread.run.step.completed")
    outputs = step["step_details"]["tool_calls"][0]["code_interpreter"]["outputs"]
    assert outputs == [{"type": "logs", "logs": "1\n"}]  # it was not run again


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


# --- other workers, and callers --------------------------------------------------


def test_another_replica_takes_over_and_tells_it_all(postgres: Any) -> None:
    url = postgres.new_database()
    with started(HALF, url) as first:
        run = Run(first)
        seen = run.until_event("thread.message.delta", 2)
        with started(FAST, url) as second:
            first.kill()
            run.server = second
            events = run.finished()
            rest = run.get("/stream", **{"Last-Event-ID": str(seen)}).text
        first.start()
        assert rest.count("event: ") == len(events) - seen + 1


def test_a_caller_that_hangs_up_stops_nothing(url: str | None) -> None:
    with started('[[rules]]\nreply = "one two three four five six"\ninterval_s = 0.1\n', url) as server:
        run = Run(server)
        run.until_event("thread.message.delta")
        events = run.finished()
    assert texts(events, "thread.message.completed") == ["one two three four five six"]


def test_stopped_in_order_it_goes_on_after(url: str | None) -> None:
    with started(HALF, url) as server:
        run = Run(server)
        run.until_event("thread.message.delta", 2)
        assert server.stop() == 0
        run.restart()
        events = run.finished()
    assert texts(events, "thread.message.completed") == ["Hello there, you."]
