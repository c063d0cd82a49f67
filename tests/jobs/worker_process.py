"""A process that works on jobs, for tests that pause it and kill it: `python -m tests.jobs.worker_process URL LEASE_S`.

What its handlers do leaves rows in `effects`: (job, who, what).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import uvloop
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, insert, select

from homeport.jobs.leases import LeaseLost
from homeport.jobs.worker import Context, Worker
from homeport.storage.database import Database, database_url

effects = Table(
    "test_effects",
    MetaData(),
    Column("seq", Integer, primary_key=True),
    Column("job_id", String),
    Column("pid", Integer),
    Column("what", String),
)


def effect(ctx: Context, what: str) -> Callable[[Connection], object]:
    return lambda connection: connection.execute(insert(effects).values(job_id=ctx.job.id, pid=os.getpid(), what=what))


def list_effects(connection: Connection) -> Sequence[tuple[str, int, str]]:
    """(job, process, what), in order."""
    rows = connection.execute(select(effects.c.job_id, effects.c.pid, effects.c.what).order_by(effects.c.seq))
    return [(row.job_id, row.pid, row.what) for row in rows]


def handlers(database: Database) -> dict[str, Callable[[Context], object]]:
    async def once(ctx: Context) -> None:
        """One effect, with the job's end."""
        await ctx.finish(effect(ctx, "done"))

    async def when_told(ctx: Context) -> None:
        """Starts, waits for the file that the payload names, then has its effect."""
        await database.write(effect(ctx, "started"))
        file = Path(ctx.job.payload)
        while True:
            with contextlib.suppress(asyncio.CancelledError):  # one that doesn't heed being stopped
                while not file.exists():
                    await asyncio.sleep(0.02)
            try:
                await ctx.finish(effect(ctx, "done"))
            except asyncio.CancelledError:
                continue
            except LeaseLost:
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.sleep(0)  # it comes with that error
                await database.write(effect(ctx, "refused"))
            return

    async def wait(ctx: Context) -> None:
        """Until it is stopped."""
        await database.write(effect(ctx, "started"))
        await asyncio.sleep(1000)

    async def kill_worker(ctx: Context) -> None:
        await database.write(effect(ctx, "started"))
        os.kill(os.getpid(), signal.SIGKILL)

    return {"once": once, "when_told": when_told, "wait": wait, "kill_worker": kill_worker}


async def main(url: str, lease_s: float) -> None:
    database = Database(database_url(url, Path()))
    await database.open()
    worker = Worker(database, handlers(database), 16, lease_s)  # type: ignore[arg-type]
    worker.start()
    print("ready", flush=True)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    await worker.close(grace_s=0.2)
    await database.close()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], float(sys.argv[2])))
