"""Runs whose time is up, on both databases: the configured time is short here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest

from tests.live.test_conformance import Judged
from tests.runs_server import WEATHER, eventually, runs_server
from tests.support import LiveServer

pytestmark = pytest.mark.filterwarnings("ignore:(deprecated|The Assistants API is deprecated):DeprecationWarning")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest) -> Iterator[LiveServer]:
    url = None if request.param == "sqlite" else request.getfixturevalue("postgres").new_database()
    with runs_server(url, env={"HOMEPORT_ASSISTANTS_RUN_EXPIRES_S": "1"}) as running:
        yield running


@pytest.fixture
def sdk(server: LiveServer) -> Iterator[Judged]:
    with Judged(server) as client:
        yield client
        assert client.passed()


def thread(sdk: Judged, said: str) -> str:
    return sdk.beta.threads.create(messages=[{"role": "user", "content": said}]).id


def test_nobody_answers(sdk: Judged) -> None:
    ada = sdk.beta.assistants.create(model="scripted", tools=[WEATHER])
    on = thread(sdk, "weather")
    run = sdk.beta.threads.runs.create(thread_id=on, assistant_id=ada.id)
    assert run.expires_at is not None
    assert run.expires_at - run.created_at in (1, 2)
    expired = eventually(
        lambda: (now := sdk.beta.threads.runs.retrieve(run.id, thread_id=on)).status == "expired" and now
    )
    assert (expired.expires_at, expired.required_action, expired.completed_at) == (None, None, None)
    (step,) = sdk.beta.threads.runs.steps.list(run.id, thread_id=on).data
    assert step.status == "expired"
    assert step.expired_at is not None
    call: Any = step.step_details
    with pytest.raises(openai.BadRequestError, match='Runs in status "expired" do not accept tool outputs'):
        sdk.beta.threads.runs.submit_tool_outputs(
            run.id, thread_id=on, tool_outputs=[{"tool_call_id": call.tool_calls[0].id, "output": "sun"}]
        )
    with pytest.raises(openai.BadRequestError, match="Cannot cancel run with status 'expired'"):
        sdk.beta.threads.runs.cancel(run.id, thread_id=on)
    sdk.beta.threads.messages.create(on, role="user", content="you")  # the thread is free
    again = sdk.beta.threads.runs.create_and_poll(thread_id=on, assistant_id=ada.id, poll_interval_ms=20)
    assert again.status == "completed"


def test_the_model_takes_too_long(sdk: Judged) -> None:
    """Whoever follows sees an end of everything that was begun."""
    ada = sdk.beta.assistants.create(model="scripted")
    on = thread(sdk, "forever")
    with sdk.beta.threads.runs.stream(thread_id=on, assistant_id=ada.id) as stream:
        names = [event.event for event in stream]
    assert names[-1] == "thread.run.expired"
    assert names.count("thread.run.step.created") == names.count("thread.run.step.expired")
    assert names.count("thread.message.created") == names.count("thread.message.incomplete")
    run: Any = stream.current_run
    assert run.status == "expired"
    assert run.last_error is None


def test_helpers_ask_when_they_are_told_to(sdk: Judged) -> None:
    """`create_and_poll` waits for as long as the server says, and not for a second."""
    ada = sdk.beta.assistants.create(model="scripted", tools=[WEATHER])
    on = thread(sdk, "forever")
    run = sdk.beta.threads.runs.create(thread_id=on, assistant_id=ada.id)
    answer = sdk.beta.threads.runs.with_raw_response.retrieve(run.id, thread_id=on)
    assert answer.parse().status in ("queued", "in_progress")
    assert 0 < int(answer.headers["openai-poll-after-ms"]) < 1000
    ended = sdk.beta.threads.runs.poll(run.id, thread_id=on)
    assert ended.status == "expired"
    answer = sdk.beta.threads.runs.with_raw_response.retrieve(run.id, thread_id=on)
    assert "openai-poll-after-ms" not in answer.headers
