"""The database: SQLite in the data directory, or PostgreSQL by URL. The same code runs on both.

Work is a plain function of a SQLAlchemy connection, run in one transaction on a thread of the database's, so that the
event loop never waits for a disk. **Work may be run more than once** (a deadlock, a batch whose neighbour failed): it
changes nothing but the database.

- SQLite: one thread writes. Whatever waits is committed together, so that a full sync is paid once for all of it;
  a few threads read, each its own snapshot.
- PostgreSQL: a pool of connections, reads and writes alike.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from homeport.config import ConfigError
from homeport.errors import StorageUnavailable
from homeport.storage import migrate
from homeport.storage.signals import Signals, take

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[Connection], T]

READERS = 4  # threads and connections for SQLite's reads
POOL = 10  # connections to PostgreSQL
_BATCH = 256  # writes in one of SQLite's transactions
_POLL_S = 0.05  # how often another process's commit to the SQLite file is looked for
_RETRYABLE = ("40001", "40P01")  # PostgreSQL: serialization failure, deadlock


def database_url(configured: str | None, data_dir: Path) -> URL:
    """SQLAlchemy's URL for `storage.database_url`; without one, the file in the data directory. Raises ConfigError."""
    if configured is None:
        return URL.create("sqlite", database=str(data_dir / "homeport.db"))
    try:
        url = make_url(configured)
    except ArgumentError:
        raise ConfigError("storage.database_url: this is no URL of a database") from None
    if url.drivername in ("postgres", "postgresql"):
        return url.set(drivername="postgresql+psycopg")
    if url.drivername in ("postgresql+psycopg", "sqlite"):
        return url
    raise ConfigError(f"storage.database_url: `{url.drivername}` is neither sqlite nor postgresql")


class Database:
    """Open it before use. `signals` wakes who waits for a commit (see `storage.signals`)."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.signals = Signals()
        self.is_postgres = url.get_backend_name() == "postgresql"
        self._readers, self._writer = _postgres(url) if self.is_postgres else _sqlite(url)
        threads = POOL if self.is_postgres else READERS
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="homeport-db")
        self._write_thread = ThreadPoolExecutor(1, thread_name_prefix="homeport-db-write")
        self._waiting: deque[tuple[Work[Any], asyncio.Future[Any]]] = deque()
        self._watch: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect and bring the schema up to date. Raises ConfigError if either can't be done."""
        await asyncio.get_running_loop().run_in_executor(self._write_thread, migrate.upgrade, self._writer)
        listen = self._listen if self.is_postgres else self._poll
        self._watch = asyncio.create_task(listen(), name="database-signals")

    async def close(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        for pool, engine in ((self._threads, self._readers), (self._write_thread, self._writer)):
            await asyncio.get_running_loop().run_in_executor(None, pool.shutdown)
            engine.dispose()

    async def read(self, work: Work[T]) -> T:
        """Run `work`, which only reads, against one snapshot."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._attempt, self._readers, work)

    async def write(self, work: Work[T]) -> T:
        """Run `work` in a transaction; returned means committed and durable."""
        loop = asyncio.get_running_loop()
        if self.is_postgres:
            result, topics = await loop.run_in_executor(self._threads, self._transact, work)
            self.signals.wake(topics)
            return result
        future: asyncio.Future[T] = loop.create_future()
        self._waiting.append((work, future))
        loop.run_in_executor(self._write_thread, self._drain, loop)
        return await future

    # --- PostgreSQL ----------------------------------------------------------------

    def _transact(self, work: Work[T]) -> tuple[T, set[str]]:
        def with_signals(connection: Connection) -> tuple[T, set[str]]:
            take(connection)  # what a failed transaction left
            result = work(connection)
            topics = take(connection)
            for topic in topics:
                connection.exec_driver_sql("SELECT pg_notify('homeport', %s)", (topic,))
            return result, topics

        return self._attempt(self._writer, with_signals)

    async def _listen(self) -> None:
        import psycopg

        conninfo = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(conninfo, autocommit=True)
                async with connection:
                    await connection.execute("LISTEN homeport")
                    self.signals.wake_all()  # whatever was committed while nobody listened
                    async for notify in connection.notifies():
                        self.signals.wake([notify.payload])
            except psycopg.Error as error:
                log.warning("database: wake-ups interrupted: %s", error)
            await asyncio.sleep(1.0)

    # --- SQLite --------------------------------------------------------------------

    def _drain(self, loop: asyncio.AbstractEventLoop) -> None:
        """Commit what waits. Who came while the thread was busy is in the batch, and finds nothing to do later."""
        batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), _BATCH))]
        if batch:
            outcomes = self._commit_together([work for work, _ in batch])
            loop.call_soon_threadsafe(self._resolve, [future for _, future in batch], outcomes)

    def _commit_together(self, works: list[Work[Any]]) -> list[Any]:
        """Each work's (result, topics), or the error it ends with."""
        try:
            with self._writer.begin() as connection:
                take(connection)  # what a failed transaction left
                results = [(work(connection), take(connection)) for work in works]
        except Exception as error:
            if len(works) == 1:
                return [_told(error)]
            return [self._commit_together([work])[0] for work in works]  # one failed: each on its own
        return results

    def _resolve(self, futures: list[asyncio.Future[Any]], outcomes: list[Any]) -> None:
        for future, outcome in zip(futures, outcomes, strict=True):
            if isinstance(outcome, Exception):
                if not future.cancelled():
                    future.set_exception(outcome)
                continue
            result, topics = outcome
            self.signals.wake(topics)
            if not future.cancelled():
                future.set_result(result)

    async def _poll(self) -> None:
        """Another process commits to the same file: its data version changes for our reading connection."""
        watcher = self._readers.raw_connection()
        try:
            last = None
            while True:
                (now,) = watcher.cursor().execute("PRAGMA data_version").fetchone()
                if last not in (None, now):
                    self.signals.wake_all()
                last = now
                await asyncio.sleep(_POLL_S)
        finally:
            watcher.close()

    # --- both ----------------------------------------------------------------------

    def _attempt(self, engine: Engine, work: Work[T]) -> T:
        for left in (4, 3, 2, 1, 0):
            try:
                with engine.begin() as connection:
                    return work(connection)
            except DBAPIError as error:
                if left and getattr(error.orig, "sqlstate", None) in _RETRYABLE:
                    continue
                raise _told(error) from error
        raise AssertionError("not reached")


def _told(error: Exception) -> Exception:
    """What a caller may hear of it: a database that can't be reached or written is 503, not a bug."""
    if isinstance(error, OperationalError):
        log.error("database: %s", error.orig)
        return StorageUnavailable("The server's database can't be used at this moment.")
    return error


def _postgres(url: URL) -> tuple[Engine, Engine]:
    engine = create_engine(url, pool_size=POOL, max_overflow=0, pool_pre_ping=True)
    return engine, engine


def _sqlite(url: URL) -> tuple[Engine, Engine]:
    if url.database:
        path = Path(url.database)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # what is in it concerns nobody else on this machine
    writer = create_engine(url, pool_size=1, max_overflow=0)
    reader = create_engine(url, pool_size=READERS + 1, max_overflow=0)
    for engine, begin in ((writer, "BEGIN IMMEDIATE"), (reader, "BEGIN")):
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", lambda connection, begin=begin: connection.exec_driver_sql(begin))
    return reader, writer


def _configure_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself: the listener above does
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # what is acknowledged survives a power cut
    cursor.execute("PRAGMA busy_timeout=30000")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()
