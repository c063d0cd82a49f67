"""What was used, request by request, written in batches off the event loop.

A crash loses at most the last `FLUSH_S` of rows. Metering for money (reserve, settle) comes with projects and prices.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

import msgspec
from sqlalchemy import BigInteger, Column, Float, Integer, String, Table, insert
from sqlalchemy.exc import SQLAlchemyError

from homeport.core.metering import UsageRecord
from homeport.errors import StorageUnavailable
from homeport.storage.database import Database
from homeport.storage.schema import metadata

FLUSH_S = 0.25
_MAX_PENDING = 200_000  # rows kept while the disk refuses; then the oldest go

log = logging.getLogger(__name__)

# A batch of requests is one row, a JSON array of arrays: 0.3 µs a request, where a row each costs 3 µs and a fight over
# the interpreter's lock. Who asks for single requests reads the view `usage`.
usage_batches = Table(
    "usage_batches",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("first_at", Float, nullable=False),  # seconds since 1970
    Column("last_at", Float, nullable=False),
    Column("records", String, nullable=False),  # [[at, request_id, …], …] in the order of UsageRecord
)


class UsageWriter:
    """Takes records, hands each batch to `observe` (metrics) and then to the database."""

    def __init__(self, database: Database, observe: Callable[[list[UsageRecord]], None]) -> None:
        self._database = database
        self._observe = observe
        self._fresh: list[UsageRecord] = []
        self._unwritten: list[UsageRecord] = []
        self._held_up = False
        self._task: asyncio.Task[None] | None = None

    def record(self, record: UsageRecord) -> None:
        """Note one finished request. Never waits, never fails."""
        self._fresh.append(record)

    def observe(self) -> None:
        """Hand what has come since the last time to the metrics."""
        fresh, self._fresh = self._fresh, []
        if fresh:
            self._observe(fresh)
            self._unwritten += fresh

    async def flush(self) -> None:
        self.observe()
        batch, self._unwritten = self._unwritten, []
        if not batch:
            return
        row = {
            "first_at": batch[0].at,
            "last_at": batch[-1].at,
            "records": msgspec.json.encode(batch).decode(),
        }
        try:
            await self._database.write(lambda c: c.execute(insert(usage_batches).values(row)))
        except (SQLAlchemyError, StorageUnavailable) as error:
            if not self._held_up:
                log.error("usage rows can't be written and wait: %s", error)
            self._held_up = True
            self._unwritten = (batch + self._unwritten)[-_MAX_PENDING:]
        else:
            self._held_up = False

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="usage-writer")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self.flush()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_S)
            await self.flush()
