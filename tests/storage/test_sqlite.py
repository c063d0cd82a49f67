"""What only SQLite does: commits together, full disks, other processes on the file."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from homeport.errors import StorageUnavailable
from homeport.storage.database import Database
from homeport.storage.database import database_url as make_url
from homeport.storage.sqlite import Sqlite
from tests.storage.tables import add, count, numbers, stored

pytestmark = pytest.mark.anyio

LARGE = "x" * 200_000


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(make_url(None, tmp_path))
    await database.open()
    await database.write(lambda connection: numbers.create(connection))
    yield database
    await database.close()


@contextmanager
def full_disk(largest_bytes: int) -> Iterator[None]:
    """No file of this process can be written beyond that size: real writes that fail, without a disk to fill."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def commits(database: Database) -> list[int]:
    """One entry for each commit from now on."""
    seen: list[int] = []
    backend = database._backend
    assert isinstance(backend, Sqlite)
    event.listen(backend.engine, "commit", lambda _connection: seen.append(1))
    return seen


async def test_what_waits_is_committed_together(database: Database) -> None:
    seen = commits(database)
    await asyncio.gather(*(database.write(add(n)) for n in range(200)))
    assert len(seen) < 20
    assert await database.read(count) == 200


async def test_a_full_disk_refuses_what_does_not_fit_and_nothing_else(database: Database) -> None:
    """A batch that can't be written is tried one by one; all that is told to be stored is."""
    with closing(sqlite3.connect(database.url.database or "")) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the log begins anew, with room for a little
    works = [add(n, LARGE if n % 2 else "") for n in range(10)]
    with full_disk(100_000):
        outcomes = await asyncio.gather(*map(database.write, works), return_exceptions=True)
        assert outcomes[::2] == [0, 2, 4, 6, 8]
        assert all(isinstance(outcome, StorageUnavailable) for outcome in outcomes[1::2])
        assert all(outcome.headers["retry-after"] for outcome in outcomes[1::2])
        assert await database.read(stored) == [0, 2, 4, 6, 8]
    assert await database.write(add(1, LARGE)) == 1
    assert await database.read(stored) == [0, 1, 2, 4, 6, 8]


async def test_the_check_knows_of_a_full_disk_until_there_is_space(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await database.check()
    with full_disk(0):
        for n in range(3):
            with pytest.raises(StorageUnavailable):
                await database.write(add(n))
        for _ in range(2):
            with pytest.raises(StorageUnavailable):
                await database.check()
        assert await database.read(count) == 0
    await database.check()
    said = [record.getMessage() for record in caplog.records if record.name == "homeport.storage.database"]
    assert said == ["database: a write failed: disk I/O error", "database: a write succeeded again"]


async def test_a_database_that_may_not_grow(database: Database) -> None:
    """SQLite's own "database or disk is full", which can end the transaction of a whole batch."""

    def limit(pages: int) -> Callable[[Connection], object]:
        return lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}").scalar()

    pages = await database.read(lambda connection: connection.exec_driver_sql("PRAGMA page_count").scalar())
    assert pages is not None
    await database.write(limit(pages + 2))
    works = [add(n, LARGE if n % 2 else "") for n in range(10)]
    outcomes = await asyncio.gather(*map(database.write, works), return_exceptions=True)
    assert outcomes[::2] == [0, 2, 4, 6, 8]
    assert all(isinstance(outcome, StorageUnavailable) for outcome in outcomes[1::2])
    await database.write(limit(1_000_000))
    assert await database.write(add(1, LARGE)) == 1
    assert await database.read(stored) == [0, 1, 2, 4, 6, 8]


async def test_another_process_that_holds_the_lock(database: Database) -> None:
    """All that waits fails together, not one after the other, and nothing of it is done."""
    await database.write(lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout = 200").scalar())
    with closing(sqlite3.connect(database.url.database or "", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writes = [database.write(add(n)) for n in range(50)]
        outcomes = await asyncio.wait_for(asyncio.gather(*writes, return_exceptions=True), 8)
        assert {type(outcome) for outcome in outcomes} == {StorageUnavailable}
        with pytest.raises(StorageUnavailable):
            await database.check()
        other.execute("ROLLBACK")
    await database.check()
    assert await database.read(count) == 0
    assert await database.write(add(1)) == 1


async def test_many_processes_open_a_new_file_at_once(tmp_path: Path) -> None:
    program = (
        "import asyncio, sys; from pathlib import Path\n"
        "from homeport.storage.database import Database, database_url\n"
        "async def main():\n"
        "    database = Database(database_url(None, Path(sys.argv[1])))\n"
        "    print('ready', flush=True); sys.stdin.readline()\n"
        "    await database.open(); await database.check(); await database.close()\n"
        "asyncio.run(main())"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "new")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    processes = [subprocess.Popen(command, text=True, **pipes) for _ in range(4)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate(timeout=100)[0] for process in processes]
    assert said == [""] * len(processes)
    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    assert not list((tmp_path / "new" / ".homeport.db-signals").iterdir())
    assert (tmp_path / "new" / "homeport.db").stat().st_mode & 0o777 == 0o600
