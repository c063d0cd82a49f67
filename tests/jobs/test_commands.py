"""`homeport serve` and `homeport worker`, as an operator starts and stops them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from homeport.jobs.periodic import PRUNE
from homeport.jobs.queue import enqueue, jobs
from homeport.storage.database import Database
from tests.support import live_server

pytestmark = pytest.mark.anyio

NOWHERE = "http://127.0.0.1:9/v1"


@contextlib.contextmanager
def worker(url: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "homeport", "worker", "--data-dir", str(folder), "--engine", NOWHERE]
    env = {name: value for name, value in os.environ.items() if not name.startswith("HOMEPORT_")}
    env |= {"HOMEPORT_STORAGE_DATABASE_URL": url, "HOMEPORT_SERVER_LOG_LEVEL": "error", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as running:
        assert running.stdout is not None
        assert "works on jobs" in running.stdout.readline()
        try:
            yield running
        finally:
            running.kill()


async def who_does(database: Database, count: int) -> set[str]:
    """Have some jobs done. Returns the processes that did them."""
    ids = [await database.write(lambda c: enqueue(c, PRUNE, None, project_id="p")) for _ in range(count)]
    query = select(jobs.c.worker).where(jobs.c.id.in_(ids), jobs.c.status == "succeeded")
    while True:
        workers = await database.read(lambda c: c.execute(query).scalars().all())
        if len(workers) == count:
            return {name.split(":")[1] for name in workers}
        await asyncio.sleep(0.02)


async def test_serve_works_on_jobs_itself(database: Database, database_url: str) -> None:
    env = {"HOMEPORT_STORAGE_DATABASE_URL": database_url}
    with live_server("", "--engine", NOWHERE, env=env) as server:
        assert await who_does(database, 3) == {str(server.pid)}
        assert server.stop() == 0


async def test_a_worker_of_its_own(database: Database, database_url: str, tmp_path: Path) -> None:
    env = {"HOMEPORT_STORAGE_DATABASE_URL": database_url, "HOMEPORT_JOBS_INSIDE": "false"}
    with live_server("", "--engine", NOWHERE, env=env), worker(database_url, tmp_path) as alone:
        assert await who_does(database, 3) == {str(alone.pid)}
        alone.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(alone.wait) == 0
