"""Responses in the background when servers are killed, callers leave and many cancel at once. Both databases."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import openai
import pytest

from tests.live.test_conformance import Judged
from tests.openai_spec import httpx
from tests.responses_server import new_server
from tests.support import LiveServer

TEXT = "one two three four five six seven eight nine ten"
FINAL = ("response.completed", "response.failed", "response.incomplete")

T = TypeVar("T")
MakeServer = Callable[[str], LiveServer]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def make_server(request: pytest.FixtureRequest, kind: str, tmp_path: Path) -> Iterator[MakeServer]:
    """Servers of one database, by name; a name used again is that server started again."""
    url = f"sqlite:///{tmp_path / 'shared.db'}"
    if kind == "postgresql":
        url = request.getfixturevalue("postgres").new_database()
    made: list[LiveServer] = []

    def make(name: str) -> LiveServer:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        server = new_server(folder, None, url)
        made.append(server)
        return server.start()

    yield make
    for server in made:
        if server.process is not None and server.process.poll() is None:
            server.stop()


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """One that nobody kills."""
    url = request.getfixturevalue("postgres").new_database() if kind == "postgresql" else None
    with new_server(tmp_path_factory.mktemp(kind), None, url) as running:
        yield running


def eventually(look: Callable[[], T | None], timeout_s: float = 60) -> T:
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it never came")


def read_until(stream: Any, type: str) -> list[Any]:
    """The events up to the first of a type; then the caller is gone."""
    seen = []
    for event in stream:
        seen.append(event)
        if event.type == type:
            break
    stream.close()
    return seen


def text_of(events: list[Any]) -> str:
    """What the last one to begin the message has said: see docs/responses.md."""
    started = [place for place, event in enumerate(events) if event.type == "response.output_item.added"]
    return "".join(event.delta for event in events[started[-1] :] if event.type == "response.output_text.delta")


def test_a_killed_server_goes_on_where_it_was(make_server: MakeServer) -> None:
    server = make_server("a")
    with Judged(server) as sdk:
        conversation = sdk.conversations.create(items=[{"role": "user", "content": "Said before."}])
        asked: dict[str, Any] = {"model": "scripted", "input": "very slow", "conversation": conversation.id}
        input_tokens = sdk.responses.input_tokens.count(**asked).input_tokens
        seen = read_until(sdk.responses.create(**asked, background=True, stream=True), "response.output_text.delta")
        sdk.conversations.items.create(conversation.id, items=[{"role": "user", "content": "Said meanwhile."}])
    id = seen[0].response.id
    server.kill()
    server = make_server("a")
    with Judged(server) as sdk:
        rest = list(sdk.responses.retrieve(id, stream=True, starting_after=seen[-1].sequence_number))
        events = [*seen, *rest]
        assert [event.sequence_number for event in events] == list(range(len(events)))
        assert [event.type for event in events].count("response.in_progress") == 2  # it says that it began anew
        assert [event.type for event in events if event.type in FINAL] == ["response.completed"]
        assert text_of(events) == TEXT
        done = sdk.responses.retrieve(id)
        assert done == events[-1].response
        assert done.output_text == TEXT
        items = sdk.conversations.items.list(conversation.id, order="asc").data
        texts = [item.content[0].text for item in items]  # type: ignore[union-attr, index]
        assert texts == ["Said before.", "Said meanwhile.", "very slow", TEXT]
        assert done.usage.input_tokens == input_tokens  # what was said meanwhile is no part of its context
        sdk.passed()


def test_another_server_takes_over(make_server: MakeServer) -> None:
    """The caller follows on the other one, and hardly notices."""
    first, second = make_server("a"), make_server("b")
    with Judged(first) as sdk:
        seen = read_until(
            sdk.responses.create(model="scripted", input="very slow", background=True, stream=True),
            "response.output_text.delta",
        )
    first.kill()
    with Judged(second) as sdk:
        id = seen[0].response.id
        rest = list(sdk.responses.retrieve(id, stream=True, starting_after=seen[-1].sequence_number))
        events = [*seen, *rest]
        assert [event.sequence_number for event in events] == list(range(len(events)))
        assert text_of(events) == TEXT
        assert sdk.responses.retrieve(id).output_text == TEXT
        sdk.passed()


def test_killed_again_and_again(make_server: MakeServer) -> None:
    """Between a tool and the answer, before the first word, in the middle: each item is there once in the end."""
    server = make_server("a")
    tool: Any = {"type": "code_interpreter", "container": {"type": "auto"}}
    with Judged(server) as sdk:
        coded = sdk.responses.create(model="scripted", input="run code", tools=[tool], background=True)
        slow = [sdk.responses.create(model="scripted", input="slowly", background=True) for _ in range(6)]
    for _ in range(2):
        server.kill()
        server = make_server("a")
    with Judged(server) as sdk:
        for made in [coded, *slow]:
            events = list(sdk.responses.retrieve(made.id, stream=True))
            assert [event.sequence_number for event in events] == list(range(len(events)))
            assert [event.type for event in events if event.type in FINAL] == ["response.completed"]
        assert [item.type for item in sdk.responses.retrieve(coded.id).output] == ["code_interpreter_call", "message"]
        assert {sdk.responses.retrieve(made.id).output_text for made in slow} == {TEXT}
        sdk.passed()


def test_many_cancel_at_once(server: LiveServer) -> None:
    with Judged(server) as sdk:
        made = sdk.responses.create(model="scripted", input="very slow", background=True)
        stream = sdk.responses.retrieve(made.id, stream=True)
        for event in stream:
            if event.type == "response.output_text.delta":
                break
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: sdk.responses.cancel(made.id), range(8)))
        rest = list(stream)
        assert {answer.status for answer in answers} == {"cancelled"}
        assert [event.type for event in rest if event.type in FINAL] == ["response.incomplete"]
        assert rest[-1].response.status == "cancelled"  # type: ignore[union-attr]
        assert sdk.responses.retrieve(made.id) == answers[0]
        sdk.passed()


def test_deleted_while_it_is_made(server: LiveServer) -> None:
    with Judged(server) as sdk:
        stream = sdk.responses.create(model="scripted", input="very slow", background=True, stream=True)
        seen = []
        is_deleted = False
        for event in stream:
            seen.append(event)
            if event.type == "response.output_text.delta" and not is_deleted:
                sdk.responses.delete(seen[0].response.id)  # type: ignore[union-attr]
                is_deleted = True
        assert seen[-1].type not in FINAL
        with pytest.raises(openai.NotFoundError):
            sdk.responses.retrieve(seen[0].response.id)  # type: ignore[union-attr]
        assert sdk.responses.create(model="scripted", input="Hello").output_text  # and nothing has come of it


def test_a_caller_in_the_foreground_who_leaves_stops_it(server: LiveServer) -> None:
    """What was used up to then is noted, and nothing is kept."""
    with Judged(server) as sdk:
        seen = read_until(
            sdk.responses.create(model="scripted", input="very slow", stream=True), "response.output_text.delta"
        )
        eventually(lambda: 'status="499"' in httpx.get(f"{server.url}/metrics").text)
        with pytest.raises(openai.NotFoundError):
            sdk.responses.retrieve(seen[0].response.id)
