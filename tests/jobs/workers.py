"""Workers for tests: in this process, with jobs that leave a trace."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, func, insert, select, update

from homeport.jobs import queue
from homeport.jobs.queue import Job, enqueue, find, jobs
from homeport.jobs.worker import Context, Worker
from homeport.storage.database import Database

effects = Table("test_effects", MetaData(), Column("seq", Integer, primary_key=True), Column("job_id", String))


@contextlib.asynccontextmanager
async def working(database: Database, *args: Any, **options: Any) -> AsyncIterator[Worker]:
    worker = Worker(database, *args, **options)
    worker.start()
    try:
        yield worker
    finally:
        await worker.close(grace_s=0.0)


@contextlib.asynccontextmanager
async def replica(database: Database) -> AsyncIterator[Database]:
    """The same database as another server has it open."""
    other = Database(database.url)
    await other.open()
    yield other
    await other.close()


async def add(database: Database, payload: Any = None, **options: Any) -> str:
    return await database.write(lambda c: enqueue(c, "work", payload, project_id="p", **options))


async def ended(database: Database, job_id: str, status: str = "succeeded") -> Job:
    """The job, once it has that status."""
    while True:
        job = await database.read(lambda c: find(c, "p", job_id))
        assert job is not None
        if job.status == status:
            return job
        assert job.status in ("queued", "running"), job
        await asyncio.sleep(0.01)


async def hurry(database: Database) -> None:
    """What waits to be tried again needn't."""
    await database.write(lambda c: c.execute(update(jobs).where(queue.DELAYED).values(run_at=0.0)))


def effect(ctx: Context) -> Callable[[Connection], object]:
    return lambda connection: connection.execute(insert(effects).values(job_id=ctx.job.id))


async def count_effects(database: Database) -> int:
    return await database.read(lambda c: c.execute(select(func.count()).select_from(effects)).scalar_one())
