"""What was used, request by request, written in batches off the event loop.

A crash loses at most the last `FLUSH_S` of rows. Metering for money (reserve, settle) comes with projects and prices.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Float, Integer, String, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from homeport.core.metering import UsageRecord
from homeport.errors import StorageUnavailable
from homeport.storage.database import Database
from homeport.storage.schema import metadata
from homeport.storage.signals import wait

FLUSH_S = 0.25
_MAX_PENDING = 200_000  # rows kept while the disk refuses, beside the batch that is tried; then the oldest go

log = logging.getLogger(__name__)

# A batch of requests is one row, a JSON array of arrays: 0.3 µs a request, where a row each costs 3 µs and a fight over
# the interpreter's lock. Who asks for single requests reads the view `usage`.
usage_batches = Table(
    "usage_batches",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),  # random
    Column("first_at", Float, nullable=False),  # seconds since 1970
    Column("last_at", Float, nullable=False),
    Column("records", String, nullable=False),  # [[at, request_id, …], …] in the order of UsageRecord
)


class UsageWriter:
    """Takes records, hands each batch to `observe` (metrics), and those of a project to the database.

    Requests that were refused before they could be put down to one (401, 429) are counted in the metrics alone.
    """

    def __init__(self, database: Database, observe: Callable[[list[UsageRecord]], None]) -> None:
        self._database = database
        self._observe = observe
        self._fresh: list[UsageRecord] = []
        self._unwritten: list[UsageRecord] = []
        self._row: dict[str, Any] | None = None  # the batch that is being written, or tried again
        self._held_up = False
        self._closing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def record(self, record: UsageRecord) -> None:
        """Note one finished request. Never waits, never fails."""
        self._fresh.append(record)

    def observe(self) -> None:
        """Hand what has come since the last time to the metrics."""
        fresh, self._fresh = self._fresh, []
        if fresh:
            self._observe(fresh)
            self._unwritten += [record for record in fresh if record.project_id]  # nobody else can fill the disk
            del self._unwritten[:-_MAX_PENDING]

    async def flush(self) -> None:
        """Write what there is; what can't be written waits. One at a time."""
        self.observe()
        while self._row is not None or self._unwritten:
            if self._row is None:
                self._row, self._unwritten = _new_row(self._unwritten), []
            try:
                await self._database.write(partial(_insert, row=self._row))
            except (SQLAlchemyError, StorageUnavailable) as error:
                if not self._held_up:
                    log.error("usage rows can't be written and wait: %s", error)
                self._held_up = True
                return
            self._row = None
            self._held_up = False

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="usage-writer")

    async def close(self) -> None:
        self._closing.set()
        if self._task is not None:
            await self._task  # not cancelled: it may be writing
        await self.flush()

    async def _run(self) -> None:
        while not self._closing.is_set():
            await wait(self._closing, FLUSH_S)
            await self.flush()


def _new_row(batch: list[UsageRecord]) -> dict[str, Any]:
    return {
        "id": secrets.randbits(63),
        "first_at": batch[0].at,
        "last_at": batch[-1].at,
        "records": msgspec.json.encode(batch).decode(),
    }


def _insert(connection: Connection, row: dict[str, Any]) -> None:
    """The row has its id from before the first try: one that was committed, which nobody knew, is not written twice."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(usage_batches).values(row).on_conflict_do_nothing())
