"""Real processes that are killed, paused and cut off from their database: nothing is lost, nothing is done twice."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from homeport.jobs import queue
from homeport.jobs.queue import dead, enqueue, enqueue_many, find, jobs
from homeport.jobs.worker import Worker
from homeport.storage.database import Database
from homeport.storage.database import database_url as make_url
from tests.jobs.worker_process import effects, handlers, list_effects
from tests.postgres import postgres_server

pytestmark = pytest.mark.anyio


@contextlib.contextmanager
def process(database: Database, lease_s: float) -> Iterator[subprocess.Popen[str]]:
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.jobs.worker_process", url, str(lease_s)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        try:
            yield running
        finally:
            running.kill()


@contextlib.asynccontextmanager
async def working(database: Database) -> AsyncIterator[None]:
    worker = Worker(database, handlers(database), 16)  # type: ignore[arg-type]
    worker.start()
    yield
    await worker.close()


@pytest.fixture
async def made(database: Database) -> Database:
    await database.write(effects.create)
    return database


async def until(database: Database, seen: Callable[[list[str]], bool]) -> list[tuple[str, int, str]]:
    """The effects, once what they are is as wanted."""
    while True:
        found = await database.read(list_effects)
        if seen([what for _, _, what in found]):
            return list(found)
        await asyncio.sleep(0.02)


async def settled(database: Database) -> Counter[str]:
    """Statuses of the jobs of projects, once none is unfinished."""
    query = select(jobs.c.status).where(jobs.c.project_id != queue.SYSTEM)
    while True:
        statuses = Counter(await database.read(lambda c: c.execute(query).scalars().all()))
        if not statuses["queued"] and not statuses["running"]:
            return statuses
        await asyncio.sleep(0.02)


async def test_another_takes_over_from_a_killed_worker(made: Database, tmp_path: Path) -> None:
    go = tmp_path / "go"
    with process(made, lease_s=1.0) as first:
        job_id = await made.write(lambda c: enqueue(c, "when_told", str(go), project_id="p"))
        await until(made, lambda seen: seen == ["started"])
        first.kill()
        first.wait()
    go.touch()
    async with working(made):
        await settled(made)
    assert [what for _, _, what in await made.read(list_effects)] == ["started", "started", "done"]
    job = await made.read(lambda c: find(c, "p", job_id))
    assert job is not None
    assert (job.status, job.attempt) == ("succeeded", 2)


async def test_a_worker_paused_past_its_lease_writes_nothing(made: Database, tmp_path: Path) -> None:
    go = tmp_path / "go"
    with process(made, lease_s=1.0) as paused:
        await made.write(lambda c: enqueue(c, "when_told", str(go), project_id="p"))
        await until(made, lambda seen: seen == ["started"])
        paused.send_signal(signal.SIGSTOP)
        go.touch()
        async with working(made):
            assert await settled(made) == {"succeeded": 1}
        paused.send_signal(signal.SIGCONT)  # it sees the file now, and wants to write
        found = await until(made, lambda seen: "refused" in seen)
    assert [what for _, _, what in found] == ["started", "started", "done", "refused"]
    assert found[3][1] == paused.pid
    assert found[2][1] != paused.pid


async def test_a_job_that_kills_its_worker_does_not_do_so_for_ever(made: Database) -> None:
    await made.write(lambda c: enqueue(c, "kill_worker", None, project_id="p", max_attempts=2))
    for _ in range(2):
        with process(made, lease_s=0.5) as victim:
            await asyncio.to_thread(victim.wait)
    async with working(made):
        assert await settled(made) == {"failed": 1}
    assert [what for _, _, what in await made.read(list_effects)] == ["started", "started"]
    (letter,) = await made.read(lambda c: dead(c, "p"))
    assert "attempt 2 of 2" in (letter.error or "")


async def test_workers_are_killed_at_any_moment(made: Database) -> None:
    """Two processes work on 400 jobs; one is killed three times, and each job has its effect once."""
    ids = await made.write(lambda c: enqueue_many(c, "once", range(400), project_id="p"))
    with process(made, lease_s=2.0):
        for done in (20, 120, 220):
            with process(made, lease_s=2.0) as victim:
                await until(made, lambda seen, done=done: len(seen) >= done)  # type: ignore[misc]
                victim.kill()
        assert await settled(made) == {"succeeded": 400}
    assert Counter(job_id for job_id, _, _ in await made.read(list_effects)) == dict.fromkeys(ids, 1)


async def test_a_terminated_worker_hands_its_jobs_back(made: Database) -> None:
    with process(made, lease_s=1000.0) as terminated:
        job_id = await made.write(lambda c: enqueue(c, "wait", None, project_id="p"))
        await until(made, lambda seen: seen == ["started"])
        terminated.terminate()
        assert await asyncio.to_thread(terminated.wait) == 0
    job = await made.read(lambda c: find(c, "p", job_id))
    assert job is not None
    assert (job.status, job.attempt) == ("queued", 0)


async def test_the_database_restarts_under_load() -> None:
    """The server goes away at once, twice, while jobs are enqueued and done; what was acknowledged is done once."""
    with postgres_server(durable=True) as server:
        database = Database(make_url(server.new_database(), Path()))
        await database.open()
        await database.write(effects.create)
        acknowledged: list[str] = []

        async def produce() -> None:
            while len(acknowledged) < 600:
                with contextlib.suppress(Exception):
                    acknowledged.extend(
                        await database.write(lambda c: enqueue_many(c, "once", range(10), project_id="p"))
                    )

        async with working(database):
            producer = asyncio.create_task(produce())
            for done in (50, 250):
                await until(database, lambda seen, done=done: len(seen) >= done)  # type: ignore[misc]
                await asyncio.to_thread(server.crash)
                await asyncio.to_thread(server.start)
            await producer
            statuses = await settled(database)
        counts = Counter(job_id for job_id, _, _ in await database.read(list_effects))
        await database.close()
    assert set(acknowledged) <= set(counts)
    assert set(counts.values()) == {1}
    assert statuses == {"succeeded": len(counts)}
