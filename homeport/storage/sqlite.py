"""SQLite: one thread writes and commits together what waits, a few threads read.

A full sync of the disk is what a commit costs; a batch of transactions pays it once. Inside the batch each has a
savepoint, so one that fails (an ApiError is nothing unusual) takes nothing from its neighbours. When the batch as a
whole can't be committed, nothing of it was, and each is tried again alone: a full disk may still hold a small one.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL

from homeport.config import ConfigError
from homeport.storage.faults import sqlite_code, told
from homeport.storage.signals import News, take

T = TypeVar("T")
Work = Callable[[Connection], T]

READERS = 4  # threads, and connections
_BATCH = 256  # transactions committed together
_BATCH_S = 0.01  # and how long they may take: some time longer than a sync, but nobody waits for long behind them
_SYNCHRONOUS = "homeport_synchronous"  # in Connection.info: the setting that the connection has now
_BUSY_MS = 30_000  # how long another process may hold the lock to write


class _Committed(Struct):
    result: Any
    news: News | None


class _Waiting(Struct):
    work: Work[Any]
    future: asyncio.Future[Any]
    synced: bool


class Sqlite:
    """A file. `committed` is told, on the event loop, the news of each commit."""

    def __init__(self, url: URL, committed: Callable[[News], None]) -> None:
        if not url.database or url.database == ":memory:":
            raise ConfigError("storage.database_url: SQLite needs a file, as in sqlite:////srv/homeport.db")
        self.path = Path(url.database)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.touch(mode=0o600)  # what is in it concerns nobody else on this machine
        except OSError as error:
            raise ConfigError(f"{self.path}: {error.strerror}") from None
        self.engine = _engine(url, "BEGIN IMMEDIATE", connections=1)
        self._reading = _engine(url, "BEGIN", connections=READERS, pragmas=["query_only=ON"])
        self._committed = committed
        self._read_threads = ThreadPoolExecutor(READERS, thread_name_prefix="homeport-db-read")
        self._write_thread = ThreadPoolExecutor(1, thread_name_prefix="homeport-db-write")
        self._waiting: deque[_Waiting] = deque()
        self._unsynced: deque[_Waiting] = deque()

    def close(self) -> None:
        """Finish what waits, then let go of the file."""
        self._read_threads.shutdown()
        self._write_thread.shutdown()
        self._reading.dispose()
        self.engine.dispose()

    async def read(self, work: Work[T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._read_threads, self._read, work)

    async def write(self, work: Work[T], *, synced: bool = True) -> T:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        (self._waiting if synced else self._unsynced).append(_Waiting(work, future, synced))
        self._write_thread.submit(self._drain, loop)
        return await future

    def _read(self, work: Work[T]) -> T:
        try:
            with self._reading.begin() as connection:
                return work(connection)
        except BaseException as error:
            readonly = sqlite_code(error) == sqlite3.SQLITE_READONLY  # it tried to write: a bug
            answer = error if readonly else told(error)
        raise answer

    # --- on the thread that writes ---------------------------------------------------

    def _drain(self, loop: asyncio.AbstractEventLoop) -> None:
        """Commit what waits. Who came while the thread was busy is in the batch, and finds nothing to do later.

        What waits for no disk is ahead of what does: it is soon done, and somebody looks at it.
        """
        batch: list[_Waiting] = []
        queue = self._unsynced or self._waiting
        while queue and len(batch) < _BATCH:
            waiting = queue.popleft()
            if not waiting.future.cancelled():
                batch.append(waiting)
        if batch:
            outcomes = self._commit(batch)
            queue.extendleft(reversed(batch[len(outcomes) :]))
            futures = [waiting.future for waiting in batch[: len(outcomes)]]
            loop.call_soon_threadsafe(self._resolve, futures, outcomes)

    def _commit(self, batch: list[_Waiting]) -> list[_Committed | BaseException]:
        """The outcomes of as many of them as there was time for."""
        if len(batch) > 1:
            outcomes: list[_Committed | BaseException] = []
            until_s = time.monotonic() + _BATCH_S
            try:
                with self._transaction(synced=batch[0].synced) as connection:
                    for waiting in batch:
                        outcomes.append(_with_savepoint(connection, waiting.work))
                        if time.monotonic() > until_s:
                            break
                return outcomes
            except BaseException as error:
                if sqlite_code(error) == sqlite3.SQLITE_BUSY:  # alone, each would wait as long again
                    return [told(error) for _ in batch]
        return [self._commit_alone(waiting) for waiting in batch]

    def _commit_alone(self, waiting: _Waiting) -> _Committed | BaseException:
        try:
            with self._transaction(synced=waiting.synced) as connection:
                take(connection)  # what a failed transaction left
                return _Committed(waiting.work(connection), take(connection))
        except BaseException as error:  # of whatever kind: somebody waits for it
            return told(error)

    @contextlib.contextmanager
    def _transaction(self, *, synced: bool) -> Iterator[Connection]:
        """A commit that isn't synced is in the log, and safe with the next that is: the log is synced as a whole."""
        wanted = "FULL" if synced else "NORMAL"
        with self.engine.connect() as connection:
            if connection.info.get(_SYNCHRONOUS, "FULL") != wanted:
                connection.connection.dbapi_connection.execute(f"PRAGMA synchronous={wanted}").close()  # type: ignore[union-attr]
                connection.info[_SYNCHRONOUS] = wanted
            with connection.begin():
                yield connection

    # --- on the event loop -----------------------------------------------------------

    def _resolve(self, futures: list[asyncio.Future[Any]], outcomes: list[_Committed | BaseException]) -> None:
        for outcome in outcomes:
            if isinstance(outcome, _Committed) and outcome.news is not None:
                self._committed(outcome.news)  # also where nobody waits any more
        for future, outcome in zip(futures, outcomes, strict=True):
            if future.cancelled():
                continue
            if isinstance(outcome, _Committed):
                future.set_result(outcome.result)
            else:
                future.set_exception(outcome)


def _with_savepoint(connection: Connection, work: Work[Any]) -> _Committed | BaseException:
    """Raises where SQLite gave up the whole transaction, as it may when the disk is full."""
    driver: sqlite3.Connection = connection.connection.dbapi_connection  # type: ignore[assignment]
    take(connection)
    driver.execute("SAVEPOINT work")  # SQLAlchemy's own take a third of the time of a small transaction
    try:
        outcome: _Committed | BaseException = _Committed(work(connection), take(connection))
    except Exception as error:
        if not driver.in_transaction:
            raise
        driver.execute("ROLLBACK TO work")
        outcome = told(error)
    driver.execute("RELEASE work")
    return outcome


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Keep a write-ahead log. SQLite doesn't wait while another process makes the same change to a new file."""
    deadline_s = time.monotonic() + _BUSY_MS / 1000
    while True:
        try:
            return connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as error:
            if sqlite_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline_s:
                raise
            time.sleep(0.01)


def _engine(url: URL, begin: str, *, connections: int, pragmas: list[str] | None = None) -> Engine:
    engine = create_engine(url, pool_size=connections, max_overflow=0)

    def connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself: the listener below does
        connection.execute(f"PRAGMA busy_timeout={_BUSY_MS}").close()
        _write_ahead(connection)
        for pragma in (
            "synchronous=FULL",  # what is acknowledged survives a power cut
            "foreign_keys=ON",
            f"journal_size_limit={64 << 20}",
            *(pragmas or ()),
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    event.listen(engine, "connect", connect)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine
