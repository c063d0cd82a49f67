"""Transactions on both databases: what is acknowledged, what is undone, what a failure means."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from homeport.config import ConfigError
from homeport.errors import ConflictError, StorageUnavailable
from homeport.storage.database import Database
from homeport.storage.database import database_url as make_url
from homeport.storage.signals import signal
from tests.storage.tables import add, count, numbers, stored

pytestmark = pytest.mark.anyio


@pytest.fixture
async def made(database: Database) -> Database:
    await database.write(lambda connection: numbers.create(connection))
    return database


def held(database: Database) -> tuple[Callable[[Connection], None], threading.Event, threading.Event]:
    """Work that begins a transaction and stays in it, an event that says it is there, and one that lets it go on."""
    there, go_on = threading.Event(), threading.Event()

    def work(_connection: Connection) -> None:
        there.set()
        assert go_on.wait(30)

    return work, there, go_on


async def test_neighbours_of_work_that_fails(made: Database) -> None:
    """Many at once, of which some fail in different ways: each is told its own outcome, and nothing else is undone."""

    def conflict(connection: Connection) -> None:
        add(1000)(connection)
        raise ConflictError("no")

    def bug(connection: Connection) -> None:
        add(1001)(connection)
        next(iter(()))

    works: list[Callable[[Connection], object]] = []
    for n in range(100):
        works += [add(n), conflict, add(n), bug]  # the second is there already
    outcomes = await asyncio.gather(*map(made.write, works), return_exceptions=True)
    kinds = [type(outcome) for outcome in outcomes]
    if not made.is_postgres:  # one thread writes, so the order is that of the calls
        assert outcomes[::4] == list(range(100))
    assert all({first, third} == {int, IntegrityError} for first, third in zip(kinds[::4], kinds[2::4], strict=True))
    assert set(kinds[1::4]) == {ConflictError}
    assert set(kinds[3::4]) == {RuntimeError}
    assert await made.read(stored) == list(range(100))


async def test_a_signal_comes_with_the_commit_and_not_without(made: Database) -> None:
    def undone(connection: Connection) -> None:
        signal(connection, "undone")
        raise ConflictError("no")

    with made.signals.subscribe("undone") as never, made.signals.subscribe("done") as once:
        async with asyncio.timeout(30):
            never.set()
            while never.is_set():  # as it is by PostgreSQL's listener, once, when it has connected
                never.clear()
                once.clear()
                with pytest.raises(ConflictError):
                    await made.write(undone)
                await made.write(lambda connection: signal(connection, "done"))
                await once.wait()


async def test_a_caller_that_gives_up_while_others_wait(made: Database) -> None:
    """Work that has not begun is not done; what has begun is finished, and wakes whoever follows."""
    waits, there, go_on = held(made)

    def begun(connection: Connection) -> None:
        signal(connection, "begun")
        add(1)(connection)
        waits(connection)

    with made.signals.subscribe("begun") as woken:
        woken.clear()
        first = asyncio.create_task(made.write(begun))
        assert await asyncio.to_thread(there.wait, 10)
        others = [] if made.is_postgres else [asyncio.create_task(made.write(add(n))) for n in range(2, 5)]
        await asyncio.sleep(0)
        for task in [first, *others[:2]]:
            task.cancel()
        outcomes = await asyncio.gather(first, *others[:2], return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {asyncio.CancelledError}
        go_on.set()
        await asyncio.wait_for(woken.wait(), 10)
    await asyncio.gather(*others[2:])
    assert await made.read(stored) == ([1] if made.is_postgres else [1, 4])


async def test_close_finishes_what_waits_and_refuses_what_comes(database_url: str) -> None:
    database = Database(make_url(database_url, Path()))
    await database.open()
    await database.write(lambda connection: numbers.create(connection))
    waits, there, go_on = held(database)
    held_up = asyncio.create_task(database.write(waits))
    assert await asyncio.to_thread(there.wait, 10)
    waiting = [asyncio.create_task(database.write(add(n))) for n in range(20)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(database.close())
    await asyncio.sleep(0)
    with pytest.raises(StorageUnavailable, match="shutting down"):
        await database.write(add(99))
    go_on.set()
    assert await asyncio.gather(held_up, *waiting) == [None, *range(20)]
    await closing
    again = Database(make_url(database_url, Path()))
    await again.open()
    assert await again.read(stored) == list(range(20))
    await again.close()


async def test_a_bug_is_no_unavailability(made: Database) -> None:
    with pytest.raises(DBAPIError, match="nothing_of_that_name"):
        await made.read(lambda connection: connection.execute(text("SELECT * FROM nothing_of_that_name")))
    await made.check()


async def test_reading_only_reads(made: Database) -> None:
    with pytest.raises(DBAPIError, match=r"read-?only"):
        await made.read(add(1))
    assert await made.read(count) == 0


async def test_reading_sees_one_moment(made: Database) -> None:
    waits, there, go_on = held(made)

    def twice(connection: Connection) -> tuple[int, int]:
        before = count(connection)
        waits(connection)
        return before, count(connection)

    reading = asyncio.create_task(made.read(twice))
    assert await asyncio.to_thread(there.wait, 10)
    await made.write(add(1))
    go_on.set()
    assert await reading == (0, 0)
    assert await made.read(count) == 1


@pytest.mark.parametrize("url", ["mysql://localhost/x", "no url", "sqlite://", "sqlite:///:memory:"])
def test_urls_that_cannot_work(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"storage\.database_url"):
        Database(make_url(url, tmp_path))


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "homeport.db").write_bytes(b"something else entirely" * 100)
    database = Database(make_url(None, tmp_path))
    with pytest.raises(ConfigError, match="file is not a database"):
        await database.open()
    await database.close()
