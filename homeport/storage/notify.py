"""Signals between the replicas on one PostgreSQL: LISTEN and NOTIFY.

Topics are sent after the commit they belong to, over a connection of their own: NOTIFY inside it would make the commits
of all replicas wait for one another. What piles up meanwhile goes in one statement.
"""

from __future__ import annotations

import asyncio
import logging
import os
from typing import Any

from homeport.storage.signals import Signals

log = logging.getLogger(__name__)

_CHANNEL = "homeport"
_NOTIFY = f"SELECT pg_notify('{_CHANNEL}', %s || ' ' || topic) FROM unnest(%s::text[]) AS topic"
_RECONNECT_S = 0.5


class Notify:
    """One connection listens, one tells. `connect` are the arguments of psycopg's `connect`."""

    def __init__(self, connect: dict[str, Any], signals: Signals) -> None:
        self._connect = connect
        self._signals = signals
        self._name = os.urandom(6).hex()  # to know our own notifications by: who waits here has been woken
        self._unsent: set[str] = set()
        self._some = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        self._tasks = [
            asyncio.create_task(self._listen(), name="database-listen"),
            asyncio.create_task(self._tell(), name="database-notify"),
        ]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def send(self, topics: set[str]) -> None:
        """Tell the other replicas. Never waits, never fails."""
        self._unsent |= topics
        self._some.set()

    async def _listen(self) -> None:
        import psycopg

        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**self._connect, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {_CHANNEL}")
                    self._signals.wake_all()  # whatever was committed while nobody listened
                    async for notification in connection.notifies():
                        sender, _, topic = notification.payload.partition(" ")
                        if sender != self._name:
                            self._signals.wake([topic])
            except psycopg.Error as error:
                log.debug("wake-ups are interrupted: %s", error)  # `Database` says that it can't be used
            await asyncio.sleep(_RECONNECT_S)

    async def _tell(self) -> None:
        import psycopg

        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**self._connect, autocommit=True) as connection:
                    await connection.execute("SET synchronous_commit = off")  # a signal needs no disk
                    while True:
                        await self._some.wait()
                        await self._tell_once(connection)
            except psycopg.Error as error:
                log.debug("wake-ups wait: %s", error)
            await asyncio.sleep(_RECONNECT_S)

    async def _tell_once(self, connection: Any) -> None:
        self._some.clear()
        topics, self._unsent = self._unsent, set()
        try:
            await connection.execute(_NOTIFY, (self._name, list(topics)))
        except Exception:
            self.send(topics)
            raise
