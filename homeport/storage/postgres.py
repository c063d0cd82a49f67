"""PostgreSQL: a pool of connections, a thread for each, reads and writes alike.

A transaction that the database rolled back for another's sake is run again. One whose connection broke is run again
once, on a fresh connection, where it is certain that nothing was committed: the server's restart is not noticed then.
A connection to a server that takes no writes any more, after a failover, counts as broken.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import DBAPIError

from homeport.config import ConfigError
from homeport.storage.faults import lost, refused_write, rolled_back, told, unavailable
from homeport.storage.signals import News, take

T = TypeVar("T")
Work = Callable[[Connection], T]

CONNECTIONS = 10
_ATTEMPTS = 6
_BACK_OFF_S = 0.01  # before the second attempt, at most; twice that before the third, and so on
_CONNECT = {
    "connect_timeout": 5,
    "keepalives_idle": 30,  # a server that vanished is noticed in a minute
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
    "application_name": "homeport",
}
# A job that needs longer, to build an index say, begins with SET LOCAL statement_timeout.
_SETTINGS = (
    "SET statement_timeout = '60s'; SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '60s';"
    # Few rows are read, by an index and in its order. About tables that it has no statistics of yet, the planner would
    # rather collect all rows of a long thread and sort them; and compile what takes a millisecond.
    "SET enable_bitmapscan = off; SET jit = off"
)


class Postgres:
    """A database of a server. `committed` is told, on the event loop, the news of each commit.

    `connect_arguments` are what psycopg's `connect` takes for one more connection.
    """

    def __init__(self, url: URL, committed: Callable[[News], None]) -> None:
        settings = {name: value for name, value in _CONNECT.items() if name not in url.query}
        try:
            self.engine = create_engine(url, pool_size=CONNECTIONS, max_overflow=0, connect_args=settings)
        except ModuleNotFoundError:
            raise ConfigError(
                "storage.database_url: PostgreSQL needs pip install '.[postgres]' in Homeport's checkout"
            ) from None
        event.listen(self.engine, "connect", _configure)
        event.listen(self.engine, "handle_error", _leave_standby)
        # A snapshot of its own for what only reads; it can't conflict with anything.
        self._reading = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self.connect_arguments: dict[str, Any] = {**self.engine.dialect.create_connect_args(url)[1], **settings}
        self._committed = committed
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="homeport-db")

    def close(self) -> None:
        """Finish what waits, then disconnect."""
        self._threads.shutdown()
        self.engine.dispose()

    async def read(self, work: Work[T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, work)

    async def write(self, work: Work[T], *, synced: bool = True) -> T:
        """Synced in any case: a server that comes back from a crash has no way to tell what it lost."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._write, loop, work)

    def _read(self, work: Work[T]) -> T:
        return _transaction(self._reading, work, read_only=True)

    def _write(self, loop: asyncio.AbstractEventLoop, work: Work[T]) -> T:
        def with_news(connection: Connection) -> tuple[T, News | None]:
            take(connection)  # what a failed transaction left
            return work(connection), take(connection)

        result, news = _transaction(self.engine, with_news)
        if news is not None:
            loop.call_soon_threadsafe(self._committed, news)
        return result


def _transaction(engine: Engine, work: Work[T], *, read_only: bool = False) -> T:
    for attempt in itertools.count(1):
        committing = False
        try:
            with engine.begin() as connection:
                result = work(connection)
                committing = not read_only
            return result
        except DBAPIError as error:
            if rolled_back(error) and attempt < _ATTEMPTS:
                time.sleep(random.uniform(0, _BACK_OFF_S * 2**attempt))
            elif lost(error) and not committing and attempt == 1:
                pass  # the pool has thrown its connections away
            elif lost(error) and committing:
                raise unavailable("The database was lost in a commit: whether it was made is not known.") from error
            else:
                answer = told(error)
                break
        except StopIteration as error:
            answer = told(error)
            break
    raise answer


def _configure(connection: Any, _record: object) -> None:
    connection.execute(_SETTINGS)
    connection.commit()


def _leave_standby(context: ExceptionContext) -> None:
    """The server takes no writes: the pool throws its connections away, and may find the one that does."""
    if context.connection is None or context.connection.get_execution_options().get("postgresql_readonly"):
        return  # a write in what only reads: a bug
    if refused_write(context.original_exception):
        context.is_disconnect = True
