"""What only PostgreSQL does: connections that break, deadlocks, timeouts, a server that restarts under load."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, update
from sqlalchemy.exc import InternalError

from homeport.config import ConfigError
from homeport.errors import BadRequestError, StorageUnavailable
from homeport.storage.database import Database
from homeport.storage.database import database_url as make_url
from homeport.storage.signals import signal
from tests.postgres import PostgresServer, postgres_server
from tests.storage.tables import add, count, numbers, stored

pytestmark = pytest.mark.anyio

END_THIS_CONNECTION = "SELECT pg_terminate_backend(pg_backend_pid())"


async def opened(server: PostgresServer) -> Database:
    database = Database(make_url(server.new_database(), Path()))
    await database.open()
    await database.write(lambda connection: numbers.create(connection))
    return database


@pytest.fixture
async def database(postgres: PostgresServer) -> AsyncIterator[Database]:
    database = await opened(postgres)
    yield database
    await database.close()


@pytest.fixture(scope="module")
def mortal() -> Iterator[PostgresServer]:
    """A server that tests may crash."""
    with postgres_server(durable=False) as running:
        yield running


async def test_connections_that_broke_while_idle_are_not_noticed(postgres: PostgresServer, database: Database) -> None:
    await asyncio.gather(*(database.write(add(n)) for n in range(30)))
    name = database.url.database
    postgres.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    await asyncio.gather(*(database.write(add(n)) for n in range(30, 60)))
    assert await database.read(stored) == list(range(60))


async def test_a_connection_that_breaks_before_the_commit_is_replaced_once(database: Database) -> None:
    calls: list[int] = []

    def breaks(times: int) -> Callable[[Connection], int]:
        def work(connection: Connection) -> int:
            calls.append(add(times)(connection))
            if len(calls) <= times:
                connection.exec_driver_sql(END_THIS_CONNECTION)
            return len(calls)

        return work

    assert await database.write(breaks(1)) == 2
    calls.clear()
    with pytest.raises(StorageUnavailable) as error:
        await database.write(breaks(9))
    assert len(calls) == 2
    assert error.value.headers == {"retry-after": "1"}
    assert await database.read(stored) == [1]


async def test_a_connection_that_breaks_in_the_commit_leaves_it_open(database: Database) -> None:
    """Whether it was made can't be known, so the work is not done again."""
    calls: list[int] = []

    def work(connection: Connection) -> None:
        calls.append(add(7)(connection))
        connection.exec_driver_sql(
            "CREATE FUNCTION pg_temp.die() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$"
        )
        connection.exec_driver_sql(
            "CREATE CONSTRAINT TRIGGER dies AFTER UPDATE ON numbers DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION pg_temp.die()"
        )
        connection.execute(update(numbers).values(text="x"))

    with pytest.raises(StorageUnavailable, match="not known"):
        await database.write(work)
    assert calls == [7]
    assert await database.read(count) == 0


async def test_a_deadlock_is_resolved(database: Database) -> None:
    await asyncio.gather(database.write(add(1)), database.write(add(2)))
    both_hold_one, calls = threading.Barrier(2), []

    def crossing(first: int, second: int) -> Callable[[Connection], None]:
        def work(connection: Connection) -> None:
            calls.append(first)
            connection.exec_driver_sql("SET LOCAL deadlock_timeout = '20ms'")
            connection.execute(update(numbers).where(numbers.c.n == first).values(text="mine"))
            if len(calls) <= 2:
                both_hold_one.wait(30)
            connection.execute(update(numbers).where(numbers.c.n == second).values(text="mine"))

        return work

    await asyncio.gather(database.write(crossing(1, 2)), database.write(crossing(2, 1)))
    assert len(calls) == 3


@pytest.mark.parametrize(
    "statement",
    [
        "SET LOCAL statement_timeout = '1ms'; SELECT pg_sleep(10)",
        "DO $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$",
        "DO $$ BEGIN RAISE EXCEPTION 'too many' USING ERRCODE = 'too_many_connections'; END $$",
    ],
)
async def test_what_is_no_bug_of_ours_is_a_503(database: Database, statement: str) -> None:
    with pytest.raises(StorageUnavailable):
        await database.write(lambda connection: connection.exec_driver_sql(statement))
    await database.check()


async def test_a_server_that_takes_no_writes_for_a_while(postgres: PostgresServer, database: Database) -> None:
    """As after a failover: connections to the standby stay what they are, only new ones find the primary."""
    name = database.url.database
    await asyncio.gather(*(database.write(add(n)) for n in range(30)))
    postgres.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    postgres.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    with pytest.raises(StorageUnavailable):
        await database.write(add(30))
    with pytest.raises(StorageUnavailable):
        await database.check()
    assert await database.read(count) == 30
    postgres.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    await database.check()
    await asyncio.gather(*(database.write(add(n)) for n in range(30, 60)))
    assert await database.read(stored) == list(range(60))


async def test_a_read_that_writes_is_a_bug(database: Database) -> None:
    with pytest.raises(InternalError):
        await database.read(add(1))


async def test_a_lock_is_not_waited_for_for_ever(database: Database) -> None:
    await database.write(add(1))
    there, go_on = threading.Event(), threading.Event()

    def holds(connection: Connection) -> None:
        connection.execute(update(numbers).values(text="held"))
        there.set()
        assert go_on.wait(30)

    def wants(connection: Connection) -> None:
        connection.exec_driver_sql("SET LOCAL lock_timeout = '20ms'")
        connection.execute(update(numbers).values(text="wanted"))

    holding = asyncio.create_task(database.write(holds))
    assert await asyncio.to_thread(there.wait, 10)
    with pytest.raises(StorageUnavailable):
        await database.write(wants)
    go_on.set()
    await holding
    limits = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    shown = await database.read(lambda c: [c.exec_driver_sql(f"SHOW {name}").scalar() for name in limits])
    assert shown == ["1min", "10s", "1min"]


async def test_a_value_that_cannot_be_stored_is_the_callers_mistake(database: Database) -> None:
    with pytest.raises(BadRequestError, match="can't be stored"):
        await database.write(add(1, "a\0b"))
    with pytest.raises(BadRequestError, match="can't be stored"):
        await database.write(add(2**40))


async def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    database = Database(make_url("postgresql://user:secret@127.0.0.1:9/x", tmp_path))
    with pytest.raises(ConfigError, match="refused") as error:
        await database.open()
    assert "secret" not in str(error.value)
    assert "\n" not in str(error.value)
    await database.close()


async def test_a_crash_under_load(mortal: PostgresServer) -> None:
    """Nothing acknowledged is lost, nobody hangs, and all goes on by itself when the server is back."""
    database = await opened(mortal)
    replica = Database(database.url)
    await replica.open()
    acknowledged: list[int] = []
    refused: list[StorageUnavailable] = []
    numbers_to_write = iter(range(1_000_000))
    over = False

    async def write() -> None:
        while not over:
            n = next(numbers_to_write)
            try:
                acknowledged.append(await database.write(add(n)))
                await database.read(count)
            except StorageUnavailable as error:
                refused.append(error)
                await asyncio.sleep(0.01)

    async def until(reached: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not reached():
                await asyncio.sleep(0.01)

    writers = [asyncio.create_task(write()) for _ in range(16)]
    await until(lambda: len(acknowledged) > 100)
    await asyncio.to_thread(mortal.crash)
    await until(lambda: len(refused) > 50)
    with pytest.raises(StorageUnavailable):
        await database.check()
    await asyncio.to_thread(mortal.start)
    since = len(acknowledged)
    await until(lambda: len(acknowledged) > since + 100)
    over = True
    await asyncio.gather(*writers)
    await database.check()
    assert set(acknowledged) <= set(await database.read(stored))
    assert {error.headers["retry-after"] for error in refused} == {"1"}

    with replica.signals.subscribe("after") as woken:  # who listens is connected again, too
        async with asyncio.timeout(30):
            while not woken.is_set():
                await database.write(lambda connection: signal(connection, "after"))
                await asyncio.sleep(0.05)
    await replica.close()
    await database.close()
