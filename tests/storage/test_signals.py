"""Wake-ups between processes, on both databases: the topic's followers and nobody else."""

from __future__ import annotations

import asyncio
import signal as unix
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from homeport.storage.database import Database
from homeport.storage.database import database_url as make_url
from homeport.storage.signals import EVERYTHING, Signals, signal, wait

pytestmark = pytest.mark.anyio

FOLLOWER = """
import asyncio, sys
from pathlib import Path
from homeport.storage.database import Database, database_url
from homeport.storage.signals import signal

async def main():
    database = Database(database_url(sys.argv[1], Path()))
    await database.open()
    with database.signals.subscribe("last") as last:
        last.clear()
        while not last.is_set():  # until the other side has heard that we listen
            await database.write(lambda connection: signal(connection, "hello"))
            print("follows", flush=True)
            await asyncio.wait_for(last.wait(), 60)
    print("woken", flush=True)

asyncio.run(main())
"""


@contextmanager
def follower(url: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that says `follows`, and `woken` when it hears of `last`."""
    with subprocess.Popen([sys.executable, "-c", FOLLOWER, url], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


async def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return await asyncio.wait_for(asyncio.to_thread(process.stdout.readline), 60)


@pytest.fixture
async def replica(database: Database) -> AsyncIterator[Database]:
    """Another that is open on the same database, and knows of this one."""
    opened = Database(database.url)
    await opened.open()
    with opened.signals.subscribe("hello") as heard:
        while not heard.is_set():
            await database.write(lambda connection: signal(connection, "hello"))
            await wait(heard, 0.05)
    yield opened
    await opened.close()


async def test_followers_of_the_topic_wake_and_no_others(database: Database, replica: Database) -> None:
    with ExitStack() as stack:
        others = [stack.enter_context(replica.signals.subscribe(f"events:run_{n}")) for n in range(500)]
        mine = stack.enter_context(database.signals.subscribe("events:run_7"))
        for event in (*others, mine):
            event.clear()
        await database.write(lambda connection: signal(connection, "events:run_7"))
        await asyncio.wait_for(others[7].wait(), 10)
        assert mine.is_set()
        assert [n for n, event in enumerate(others) if event.is_set()] == [7]
        mine.clear()
        await database.write(lambda connection: None)
        await replica.write(lambda connection: signal(connection, "events:run_8"))
        await asyncio.wait_for(others[8].wait(), 10)
        assert [n for n, event in enumerate(others) if event.is_set()] == [7, 8]
        assert not mine.is_set()


async def test_a_commit_wakes_its_own_process_once(database: Database, replica: Database) -> None:
    """What comes back from the others would make every follower look twice."""
    with database.signals.subscribe("mine") as mine, replica.signals.subscribe("mine") as theirs:
        await database.write(lambda connection: signal(connection, "mine"))
        assert mine.is_set() or await asyncio.wait_for(mine.wait(), 10)
        mine.clear()
        await asyncio.wait_for(theirs.wait(), 10)
        with database.signals.subscribe("answer") as answer:  # sent later, so what was sent earlier has come
            await replica.write(lambda connection: signal(connection, "answer"))
            await asyncio.wait_for(answer.wait(), 10)
        assert not mine.is_set()


async def test_another_process_that_is_held_up_hears_of_all(database_url: str) -> None:
    database = Database(make_url(database_url, Path()))
    await database.open()
    with database.signals.subscribe("hello") as hello, follower(database_url) as process:
        assert await line(process) == "follows\n"
        await asyncio.wait_for(hello.wait(), 30)
        process.send_signal(unix.SIGSTOP)
        for n in range(3000):  # more than the queue of a socket, or one datagram, can hold
            await database.write(lambda connection, n=n: signal(connection, f"topic:{n:060}"))
        await database.write(lambda connection: signal(connection, "last"))
        process.send_signal(unix.SIGCONT)
        assert await line(process) == "woken\n"
    await database.close()


async def test_a_killed_process_leaves_nothing_behind(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/homeport.db"
    database = Database(make_url(url, Path()))
    await database.open()
    sockets = tmp_path / ".homeport.db-signals"
    with follower(url) as process:
        assert await line(process) == "follows\n"
        assert len(list(sockets.iterdir())) == 2
        process.kill()
    assert len(list(sockets.iterdir())) == 2
    await database.write(lambda connection: signal(connection, "last"))
    assert len(list(sockets.iterdir())) == 1
    await database.close()
    assert list(sockets.iterdir()) == []


async def test_a_folder_whose_path_is_longer_than_a_sockets_may_be(tmp_path: Path) -> None:
    folder = tmp_path.joinpath(*["a-rather-long-name-of-a-folder"] * 6)
    one, other = Database(make_url(None, folder)), Database(make_url(None, folder))
    await one.open()
    await other.open()
    with other.signals.subscribe("topic") as woken:
        await one.write(lambda connection: signal(connection, "topic"))
        await asyncio.wait_for(woken.wait(), 10)
    await other.close()
    await one.close()


async def test_where_sockets_cannot_be_made_all_else_works(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / ".homeport.db-signals").write_text("no folder")
    database = Database(make_url(None, tmp_path))
    await database.open()
    assert "noticed late" in caplog.text
    await database.write(lambda connection: signal(connection, "topic"))
    await database.close()


async def test_waiting_ends_by_itself_and_everything_wakes_all() -> None:
    signals = Signals()
    with signals.subscribe("a") as a, signals.subscribe("b") as b:
        await wait(a, 0.001)
        assert not a.is_set()
        signals.wake([EVERYTHING])
        assert a.is_set()
        assert b.is_set()
        await wait(a, 60)
