"""What is left of a run's events when they are not kept any more; and jobs as /metrics tells of them."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest
from openai import OpenAI

from homeport.jobs import events
from homeport.storage.database import Database, database_url
from tests.openai_spec import httpx
from tests.runs_server import make_server

pytestmark = pytest.mark.filterwarnings("ignore:(deprecated|The Assistants API is deprecated):DeprecationWarning")

SCRIPT = '[[rules]]\nreply = "Hello there, you."\n'


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str | None:
    return None if request.param == "sqlite" else request.getfixturevalue("postgres").new_database()


async def forget(url: str | None, folder: Path) -> int:
    database = Database(database_url(url, folder / "data"))
    await database.open()
    try:
        return await database.write(lambda c: events.prune(c, "run_", time.time() + 10))
    finally:
        await database.close()


def test_a_run_whose_events_are_gone_is_told_by_its_rows(url: str | None, tmp_path: Path) -> None:
    with make_server(tmp_path, url, script=SCRIPT) as server:
        headers = {"Authorization": f"Bearer {server.key}"}
        with OpenAI(base_url=server.base_url, api_key=server.key, max_retries=0, timeout=60) as sdk:
            assistant = sdk.beta.assistants.create(model="scripted")
            thread = sdk.beta.threads.create(messages=[{"role": "user", "content": "Hi"}])
            run = sdk.beta.threads.runs.create_and_poll(
                thread_id=thread.id, assistant_id=assistant.id, poll_interval_ms=20
            )
        at = f"{server.base_url}/threads/{thread.id}/runs/{run.id}/stream"
        live = httpx.get(at, headers=headers, timeout=60).text
        assert asyncio.run(forget(url, tmp_path)) == 1
        replayed = httpx.get(at, headers={**headers, "Last-Event-ID": "3"}, timeout=60).text
        answer = httpx.get(at, headers=headers, params={"answer_only": "true"}, timeout=60).text
        metrics = httpx.get(server.base_url.removesuffix("/v1") + "/metrics", timeout=60).text

    def told(text: str) -> list[tuple[str, object]]:
        blocks = [block.splitlines() for block in text.split("\n\n") if block.startswith("event: thread.")]
        return [(lines[0], json.loads(lines[1].removeprefix("data: "))) for lines in blocks]

    ends = ["thread.message.completed", "thread.run.step.completed", "thread.run.completed"]
    assert [name.removeprefix("event: ") for name, _ in told(replayed)] == ends
    assert told(replayed) == [each for each in told(live) if each[0].removeprefix("event: ") in ends]
    assert replayed.endswith("event: done\ndata: [DONE]\n\n")
    assert "\nid: " not in replayed  # a number is only ever that of one event
    assert [name.removeprefix("event: ") for name, _ in told(answer)] == [ends[0], ends[2]]
    assert 'homeport_jobs{kind="run",state="running"} 0.0' in metrics
    assert 'homeport_jobs{kind="run.expire",state="waiting"} 0.0' in metrics
    assert 'homeport_jobs{kind="jobs.prune",state="waiting"} 1.0' in metrics
