"""Leases of workers, in this process, on both databases: lost, kept, renewed."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select, update

from homeport.jobs.events import NewEvent
from homeport.jobs.leases import LeaseLost
from homeport.jobs.queue import find, jobs
from homeport.jobs.worker import Context
from homeport.storage.database import Database
from tests.jobs.workers import add, count_effects, effect, effects, ended, replica, working

pytestmark = pytest.mark.anyio


async def test_who_lost_its_lease_writes_nothing_and_is_stopped(database: Database) -> None:
    await database.write(effects.create)
    stopped: list[str] = []
    running, go_on = asyncio.Event(), asyncio.Event()

    async def handler(ctx: Context) -> None:
        running.set()
        await go_on.wait()
        for write in (lambda: ctx.write(effect(ctx)), lambda: ctx.append("s", [NewEvent("late", 1)])):
            try:
                await write()  # type: ignore[no-untyped-call]
            except (LeaseLost, asyncio.CancelledError) as error:
                stopped.append(type(error).__name__)

    async with working(database, {"work": handler}, lease_s=1000):
        job_id = await add(database)
        await running.wait()
        taken = update(jobs).where(jobs.c.id == job_id).values(fence=jobs.c.fence + 1)
        await database.write(lambda c: c.execute(taken))
        go_on.set()
        while len(stopped) < 2:
            await asyncio.sleep(0.01)
    assert stopped[0] == "LeaseLost"
    assert await count_effects(database) == 0
    job = await database.read(lambda c: find(c, "p", job_id))
    assert job is not None
    assert job.status == "running", "the other holder's"


async def test_a_lost_lease_is_noticed_when_it_is_renewed(database: Database) -> None:
    ends: asyncio.Queue[str] = asyncio.Queue()

    async def handler(_ctx: Context) -> None:
        ends.put_nowait("started")
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            ends.put_nowait("cancelled")
            raise

    async with working(database, {"work": handler}, lease_s=0.3):
        job_id = await add(database)
        assert await ends.get() == "started"
        await database.write(lambda c: c.execute(update(jobs).where(jobs.c.id == job_id).values(fence=99)))
        assert await ends.get() == "cancelled"


async def test_a_lease_is_kept_while_the_handler_runs(database: Database) -> None:
    attempts: list[int] = []

    async def handler(ctx: Context) -> None:
        attempts.append(ctx.job.attempt)
        await asyncio.sleep(1.5)

    async with (
        replica(database) as other,
        working(database, {"work": handler}, lease_s=0.6),
        working(other, {"work": handler}, lease_s=0.6),
    ):
        await ended(database, await add(database))
    assert attempts == [1]


async def test_leases_are_renewed_again_after_an_error(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """One that doesn't say that the database can't be used."""
    go_on = asyncio.Event()

    async def handler(_ctx: Context) -> None:
        await go_on.wait()

    async def lease_until() -> float:
        query = select(jobs.c.lease_until).where(jobs.c.id == job_id)
        return await database.read(lambda c: c.execute(query).scalar_one())

    async with working(database, {"work": handler}, lease_s=6), asyncio.timeout(30):
        job_id = await add(database)
        await ended(database, job_id, "running")
        await database.write(lambda c: c.exec_driver_sql("ALTER TABLE jobs RENAME TO away"))
        while "the leases can't be renewed" not in caplog.text:
            await asyncio.sleep(0.01)
        await database.write(lambda c: c.exec_driver_sql("ALTER TABLE away RENAME TO jobs"))
        before = await lease_until()
        while await lease_until() == before:
            await asyncio.sleep(0.01)
        go_on.set()
        assert (await ended(database, job_id)).attempt == 1
