"""Workers, in this process, on both databases."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time

import pytest
from sqlalchemy import Connection, func, select

from homeport.errors import BadRequestError, StorageUnavailable
from homeport.jobs import leases, queue
from homeport.jobs.events import NewEvent, StreamEnded, follow
from homeport.jobs.queue import Job, cancel, dead, enqueue, enqueue_many, find, jobs
from homeport.jobs.room import Room
from homeport.jobs.worker import Context, PermanentError, Worker
from homeport.storage.database import Database
from homeport.storage.faults import unavailable
from tests.jobs.workers import add, count_effects, effect, effects, ended, hurry, replica, working

pytestmark = pytest.mark.anyio


async def test_a_job_is_begun_as_it_is_enqueued_where_there_is_room(database: Database) -> None:
    may_end, begun = asyncio.Event(), []

    async def handler(ctx: Context) -> None:
        begun.append((ctx.job.payload, ctx.is_first, ctx.claim.given))
        await may_end.wait()
        await ctx.finish(lambda _connection: None)

    async def start(worker: Worker, payload: str) -> tuple[str, bool]:
        def work(connection: Connection) -> tuple[str, bool]:
            job_id, claim = room.enqueue(connection, "work", payload, project_id="p")
            if claim is not None:
                claim.given = f"given with {payload}"
            return job_id, claim is not None

        with worker.room("work") as room:
            return await database.write(work)

    idle = Worker(database, {"work": handler}, 2)
    job_id, is_begun = await start(idle, "x")
    assert not is_begun, "it has not started"
    await database.write(lambda c: cancel(c, "p", job_id))
    async with working(database, {"work": handler}, 2) as worker:
        ids = []
        for payload, expected in (("a", True), ("b", True), ("c", False)):
            job_id, is_begun = await start(worker, payload)
            assert is_begun == expected
            ids.append(job_id)
        assert begun == [("a", True, "given with a"), ("b", True, "given with b")]
        may_end.set()
        for job_id in ids:
            assert (await ended(database, job_id)).attempt == 1
        assert begun[2:] == [("c", True, None)]


async def test_nobody_is_passed_by_a_job_that_is_begun_at_once(database: Database) -> None:
    """A job that waits for a worker, elsewhere perhaps, is done before one that comes later."""
    await add(database, "waits")
    async with working(database, {}, 2) as worker:
        with worker.room("work") as room:
            assert room.worker is None, "this one has no handler for them"
    with Worker(database, {}).room("work") as room:
        assert room.worker is None
    there = Room("some worker", 30.0)
    assert (await database.write(lambda c: there.enqueue(c, "work", None, project_id="p")))[1] is None
    assert (await database.write(lambda c: there.enqueue(c, "idle", None, project_id="p")))[1] is not None


async def test_a_job_that_was_begun_by_who_died_is_taken_over(database: Database) -> None:
    dead_one = Room("dead", -1.0)
    job_id, claim = await database.write(lambda c: dead_one.enqueue(c, "work", "x", project_id="p"))
    assert claim is not None
    seen = []

    async def handler(ctx: Context) -> None:
        seen.append((ctx.is_first, ctx.claim.given))

    async with working(database, {"work": handler}):
        while (await database.read(lambda c: find(c, "p", job_id))).status == "running":  # type: ignore[union-attr]
            await asyncio.sleep(0.01)
        await hurry(database)
        assert (await ended(database, job_id)).attempt == 2
    assert seen == [(False, None)]


async def test_jobs_are_done_and_all_of_them(database: Database) -> None:
    seen: list[int] = []

    async def handler(ctx: Context) -> None:
        seen.append(ctx.job.payload)

    async with working(database, {"work": handler}, 4):
        ids = await database.write(lambda c: enqueue_many(c, "work", range(100), project_id="p"))
        for job_id in ids:
            await ended(database, job_id)
    assert sorted(seen) == list(range(100))


async def test_an_idle_worker_starts_at_once_also_another_replicas(database: Database) -> None:
    started: asyncio.Queue[float] = asyncio.Queue()

    async def handler(_ctx: Context) -> None:
        started.put_nowait(time.monotonic())

    delays = []
    async with replica(database) as other, working(database, {"work": handler}):
        await add(other, 0)
        await started.get()
        for number in range(5):
            await asyncio.sleep(0.05)
            enqueued = time.monotonic()
            await add(other, number)
            delays.append(await started.get() - enqueued)
    assert sorted(delays)[2] < 0.5, "much sooner than a look at the queue that nobody asked for"


async def test_a_failure_is_tried_again_and_then_dead(database: Database) -> None:
    buried: list[tuple[str, str | None]] = []

    async def handler(ctx: Context) -> None:
        raise BadRequestError(f"attempt {ctx.job.attempt} failed\0\ud800")

    def on_dead(connection: Connection, job: Job) -> None:
        enqueue(connection, "after", job.id, project_id="p")
        buried.append((job.status, job.error))

    async with working(database, {"work": handler}, on_dead={"work": on_dead}):
        job_id = await add(database, max_attempts=3)
        dying = asyncio.create_task(ended(database, job_id, "failed"))
        while not dying.done():
            await hurry(database)
            await asyncio.sleep(0.02)
        assert (await dying).error == "attempt 3 failed?"
    assert buried[-1] == ("failed", "attempt 3 failed?")
    (after,) = await database.write(lambda c: leases.claim(c, "me", "after", 10, 30.0))
    assert after.job.payload == job_id


async def test_a_permanent_error_is_not_tried_again(database: Database) -> None:
    async def handler(ctx: Context) -> None:
        if ctx.job.payload == "bad":
            raise PermanentError("this file is no PDF")

    async with working(database, {"work": handler}):
        job = await ended(database, await add(database, "bad"), "failed")
    assert (job.attempt, job.error) == (1, "this file is no PDF")
    assert [letter.id for letter in await database.read(lambda c: dead(c, "p"))] == [job.id]


async def test_a_hook_that_fails_changes_nothing_and_stops_nothing(database: Database) -> None:
    async def handler(_ctx: Context) -> None:
        raise PermanentError("no")

    def on_dead(connection: Connection, job: Job) -> None:
        enqueue(connection, "after", job.id, project_id="p")
        connection.exec_driver_sql("SELECT * FROM a_table_that_is_not_there")

    async with working(database, {"work": handler}, on_dead={"work": on_dead}):
        await ended(database, await add(database), "failed")
        await ended(database, await add(database), "failed")
    assert await database.write(lambda c: leases.claim(c, "me", "after", 10, 30.0)) == []


async def test_a_hook_that_can_t_use_the_database_just_now_is_called_again(database: Database) -> None:
    called = 0

    async def handler(_ctx: Context) -> None:
        raise PermanentError("no")

    def on_dead(connection: Connection, job: Job) -> None:
        nonlocal called
        called += 1
        if called == 1:
            raise unavailable("Somebody holds a lock.")
        enqueue(connection, "after", job.id, project_id="p")

    async with working(database, {"work": handler}, on_dead={"work": on_dead}, lease_s=1):
        job_id = await add(database)
        await ended(database, job_id, "failed")
    (after,) = await database.write(lambda c: leases.claim(c, "me", "after", 10, 30.0))
    assert after.job.payload == job_id


async def test_cancelling_a_running_job_lets_it_clean_up(database: Database) -> None:
    await database.write(effects.create)
    running = asyncio.Event()

    async def handler(ctx: Context) -> None:
        running.set()
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            assert ctx.cancelled.is_set()
            await ctx.write(effect(ctx))
            raise

    async with replica(database) as other, working(database, {"work": handler}, lease_s=1000):
        job_id = await add(database)
        await running.wait()
        assert await other.write(lambda c: cancel(c, "p", job_id))
        await ended(database, job_id, "cancelled")
    assert await count_effects(database) == 1


async def test_a_job_that_fails_over_its_cancel_is_cleaned_up_by_the_hook(database: Database) -> None:
    running = asyncio.Event()
    buried: list[str] = []

    async def handler(_ctx: Context) -> None:
        running.set()
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            raise StorageUnavailable("no connection just now") from None

    def on_dead(_connection: Connection, job: Job) -> None:
        buried.append(job.status)

    async with working(database, {"work": handler}, on_dead={"work": on_dead}):
        job_id = await add(database)
        await running.wait()
        await database.write(lambda c: cancel(c, "p", job_id))
        await ended(database, job_id, "cancelled")
    assert buried == ["cancelled"]


async def test_a_job_that_ends_in_spite_of_a_cancel_has_succeeded(database: Database) -> None:
    running = asyncio.Event()

    async def handler(_ctx: Context) -> None:
        running.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(1000)

    async with working(database, {"work": handler}):
        job_id = await add(database)
        await running.wait()
        await database.write(lambda c: cancel(c, "p", job_id))
        await ended(database, job_id, "succeeded")


async def test_finish_commits_the_work_and_the_end_together(database: Database) -> None:
    await database.write(effects.create)
    attempts: list[int] = []

    async def handler(ctx: Context) -> None:
        attempts.append(ctx.job.attempt)
        await ctx.finish(effect(ctx))
        if ctx.job.payload == "then fail":
            raise RuntimeError("too late to matter")

    async with working(database, {"work": handler}):
        for payload in ("then fail", "then return"):
            await ended(database, await add(database, payload))
    assert attempts == [1, 1]
    assert await count_effects(database) == 2


async def test_closing_hands_jobs_back(database: Database) -> None:
    running = asyncio.Event()
    seen: list[str] = []

    async def handler(ctx: Context) -> None:
        running.set()
        try:
            await asyncio.sleep(1000 if ctx.job.payload == "long" else 0.2)
        except asyncio.CancelledError:
            seen.append("cancelled by the user" if ctx.cancelled.is_set() else "handed back")
            raise

    worker = Worker(database, {"work": handler}, lease_s=1000)
    worker.start()
    ids = [await add(database, payload) for payload in ("long", "short")]
    await running.wait()
    while len(worker._running) < 2:
        await asyncio.sleep(0.01)
    await worker.close(grace_s=1.0)
    assert seen == ["handed back"]
    await ended(database, ids[1])
    job = await database.read(lambda c: find(c, "p", ids[0]))
    assert job is not None
    assert (job.status, job.attempt) == ("queued", 0)
    (claim,) = await database.write(lambda c: leases.claim(c, "me", "work", 5, 30.0))
    assert claim.job.id == ids[0]


async def test_kinds_have_slots_of_their_own(database: Database) -> None:
    most: dict[str, int] = {}
    now: dict[str, int] = {"a": 0, "b": 0}

    async def handler(ctx: Context) -> None:
        kind = ctx.job.kind
        now[kind] += 1
        most[kind] = max(most.get(kind, 0), now[kind])
        await asyncio.sleep(0.01)
        now[kind] -= 1

    async with working(database, {"a": handler, "b": handler}, 2, slots={"b": 5}):
        ids = []
        for kind in "ab":
            ids += await database.write(lambda c, kind=kind: enqueue_many(c, kind, range(20), project_id="p"))  # type: ignore[misc]
        for job_id in ids:
            await ended(database, job_id)
    assert most == {"a": 2, "b": 5}


async def test_a_periodic_job_runs_once_for_all_replicas(database: Database) -> None:
    at: list[float] = []
    running = 0

    async def handler(_ctx: Context) -> None:
        nonlocal running
        running += 1
        assert running == 1
        at.append(time.time())
        await asyncio.sleep(0.15)  # longer than its period
        running -= 1

    every = {"tick": 0.1}
    async with (
        replica(database) as other,
        working(database, {"tick": handler}, periodic=every),
        working(other, {"tick": handler}, periodic=every),
    ):
        while len(at) < 6:
            await asyncio.sleep(0.01)
    waiting = select(func.count()).where(jobs.c.kind == "tick", queue.UNFINISHED)
    assert await database.read(lambda c: c.execute(waiting).scalar()) == 1
    assert all(later - earlier > 0.1 for earlier, later in itertools.pairwise(at))


async def test_a_shorter_period_counts_at_once(database: Database) -> None:
    async def handler(_ctx: Context) -> None:
        ticked.set()

    ticked = asyncio.Event()
    async with working(database, {"tick": handler}, periodic={"tick": 1e9}):
        waiting = select(jobs.c.id).where(jobs.c.kind == "tick")
        while await database.read(lambda c: c.execute(waiting).first()) is None:
            await asyncio.sleep(0.01)
    async with working(database, {"tick": handler}, periodic={"tick": 0.1}):
        await ticked.wait()


async def test_what_many_handlers_append_is_theirs(database: Database) -> None:
    refused: list[str] = []

    async def handler(ctx: Context) -> None:
        stream = f"s{ctx.job.payload % 7}"
        for number in range(5):
            try:
                await ctx.append(stream, [NewEvent("a", [ctx.job.payload, number]), NewEvent("b", None)])
                await ctx.append("ended", [NewEvent("a", 1, final=True)])
            except StreamEnded:
                refused.append(ctx.job.id)

    async with working(database, {"work": handler}, 64):
        ids = await database.write(lambda c: enqueue_many(c, "work", range(35), project_id="p"))
        for job_id in ids:
            await ended(database, job_id)
    assert len(refused) == 35 * 5 - 1
    for place in range(7):
        stream = follow(database, f"s{place}")
        events = [await anext(stream) for _ in range(50)]
        await stream.aclose()  # type: ignore[attr-defined]
        assert [event.number for event in events] == list(range(1, 51))
        assert [event.type for event in events] == ["a", "b"] * 25
        for job in {event.data.split(b",")[0] for event in events[::2]}:
            own = [event.data for event in events[::2] if event.data.startswith(job + b",")]
            assert own == sorted(own)
