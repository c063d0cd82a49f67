"""The database: SQLite in the data directory, or PostgreSQL by URL. The same code runs on both.

Work is a plain function of a SQLAlchemy connection, run in one transaction on a thread of the database's, so that the
event loop never waits for a disk. **Work may be run more than once** (a deadlock, a batch that could not be committed):
it changes nothing but the database. It is committed at most once. An error it raises undoes all it did.

A caller cancelled while it waits doesn't know whether its work was done; work that has begun is finished.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from homeport.config import ConfigError
from homeport.errors import StorageUnavailable
from homeport.storage import migrate
from homeport.storage.faults import reason, unavailable
from homeport.storage.neighbours import Neighbours
from homeport.storage.notify import Notify
from homeport.storage.postgres import Postgres
from homeport.storage.signals import News, Signals
from homeport.storage.sqlite import Sqlite

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[Connection], T]

_CHECK_TIMEOUT_S = 3.0


def database_url(configured: str | None, data_dir: Path) -> URL:
    """SQLAlchemy's URL for `storage.database_url`; without one, the file in the data directory. Raises ConfigError."""
    if configured is None:
        return URL.create("sqlite", database=str(data_dir / "homeport.db"))
    try:
        url = make_url(configured)
    except ArgumentError:
        raise ConfigError("storage.database_url: this is no URL of a database") from None
    user, password = (url.query.get(name) for name in ("user", "password"))
    if isinstance(password, str):  # in front of the host it is masked, and not for all to see in `ps`
        url = url.difference_update_query(["user", "password"]).set(password=password)
        url = url.set(username=user) if isinstance(user, str) else url
    if url.drivername in ("postgres", "postgresql"):
        return url.set(drivername="postgresql+psycopg")
    if url.drivername in ("postgresql+psycopg", "sqlite"):
        return url
    raise ConfigError(f"storage.database_url: `{url.drivername}` is neither sqlite nor postgresql")


class Backend(Protocol):
    """What `Sqlite` and `Postgres` are to `Database`."""

    engine: Engine

    def close(self) -> None: ...
    async def read(self, work: Work[T]) -> T: ...
    async def write(self, work: Work[T], *, synced: bool = True) -> T: ...


class Database:
    """Open it before use. `signals` wakes who waits for a commit (see `storage.signals`). Raises ConfigError."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.is_postgres = url.get_backend_name() == "postgresql"
        self.signals = Signals()
        self._backend: Backend
        self._elsewhere: Notify | Neighbours
        if self.is_postgres:
            postgres = Postgres(url, self._committed)
            self._backend, self._elsewhere = postgres, Notify(postgres.connect_arguments, self.signals)
        else:
            sqlite = Sqlite(url, self._committed)
            folder = sqlite.path.with_name(f".{sqlite.path.name}-signals")
            self._backend, self._elsewhere = sqlite, Neighbours(folder, self.signals)
        self._failing: set[str] = set()  # "read", "write"
        self._closed = False

    async def open(self) -> None:
        """Connect and bring the schema up to date. Raises ConfigError if either can't be done."""
        await asyncio.to_thread(migrate.upgrade, self._backend.engine)
        await self._elsewhere.open()

    async def close(self) -> None:
        """Finish what waits; what comes later is refused."""
        self._closed = True
        await asyncio.to_thread(self._backend.close)
        await self._elsewhere.close()

    async def read(self, work: Work[T]) -> T:
        """Run `work`, which only reads, against one snapshot. Raises StorageUnavailable, and what `work` raises."""
        with self._watched("read"):
            return await self._backend.read(work)

    async def write(self, work: Work[T], *, synced: bool = True) -> T:
        """Run `work` in a transaction; returned means committed and durable. Raises as `read` does.

        `synced=False`: on SQLite the disk isn't waited for. What is committed so outlives the process, but not a power
        cut before the next synced commit, which makes all before it durable, too.
        """
        with self._watched("write"):
            return await self._backend.write(work, synced=synced)

    async def check(self) -> None:
        """Raises StorageUnavailable if the database can't be used."""
        touch = text("UPDATE alembic_version SET version_num = version_num")
        try:
            async with asyncio.timeout(_CHECK_TIMEOUT_S):
                if "write" in self._failing:  # a full disk can be read: has there been space since?
                    await self.write(lambda connection: connection.execute(touch))
                await self.read(lambda connection: connection.execute(text("SELECT 1")))
        except TimeoutError:
            raise unavailable(f"The server's database did not answer in {_CHECK_TIMEOUT_S:.0f} s.") from None

    @contextlib.contextmanager
    def _watched(self, kind: str) -> Iterator[None]:
        """Say once when the database can't be used any more, and when it can again."""
        if self._closed:
            raise unavailable("The server is shutting down.")
        try:
            yield
        except StorageUnavailable as error:
            if kind not in self._failing:
                self._failing.add(kind)
                log.error("database: a %s failed: %s", kind, reason(error))
            raise
        if kind in self._failing:
            self._failing.discard(kind)
            log.warning("database: a %s succeeded again", kind)

    def _committed(self, news: News) -> None:
        self.signals.deliver(news.handed)
        self.signals.wake(news.topics)
        if elsewhere := news.topics | news.handed_topics:
            self._elsewhere.send(elsewhere)
