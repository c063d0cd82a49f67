"""Event logs: what happens to an object, in order, for whoever follows it from any replica.

A stream is a log of events with numbers from 1 and without gaps (but see `leave_out_lost`); its id is that of the
object it is about. A number is given by the stream's row, which an append locks: events are seen in the order of their
numbers, and an append that is undone leaves no gap.

A follower reads the tables until it has caught up. From then on it is handed what is committed in its own process, and
reads only what comes from elsewhere.
"""

from __future__ import annotations

import asyncio
import os
import time
import weakref
import zlib
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import msgspec
from msgspec import Struct
from sqlalchemy import BigInteger, Column, Connection, Double, Index, String, Table, Text, select, update
from sqlalchemy import delete as delete_rows

from homeport.core.idle import IdleTimer
from homeport.errors import ConflictError, StorageUnavailable
from homeport.jobs import sql
from homeport.jobs.batching import Batches
from homeport.storage.database import Database
from homeport.storage.schema import metadata
from homeport.storage.signals import LOOK_AGAIN_S, hand, signal, wait

BATCH = 100  # events that a follower reads, and keeps, at a time
MAX_NUMBER = 2**53  # of an event: what every client can hold
_STREAMS = 256  # that are looked at in one query
_LEFT_OUT = 1_000_000  # numbers: more than a stream is given between two syncs
_PAUSE_S = 1.0  # before a database that can't be reached is asked again
_PATIENCE_S = 30.0  # for such a database

event_streams = Table(
    "event_streams",
    metadata,
    Column("id", String, primary_key=True),
    Column("last", BigInteger, nullable=False),  # number of its newest event
    Column("ended_at", Double),  # seconds since 1970, when its final event was appended
)
Index(
    "ix_event_streams_ended",
    event_streams.c.ended_at,
    sqlite_where=event_streams.c.ended_at.is_not(None),
    postgresql_where=event_streams.c.ended_at.is_not(None),
)
events = Table(
    "events",
    metadata,
    Column("stream_id", String, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("type", String, nullable=False),
    Column("data", Text, nullable=False),  # JSON
    sqlite_with_rowid=False,  # the events of a stream lie together
)
_s, _e = event_streams.c, events.c


_ADVANCE = """
INSERT INTO event_streams (id, last, ended_at)
SELECT row.value ->> 0, CAST(row.value ->> 1 AS bigint), CAST(row.value ->> 2 AS double precision)
FROM {rows} WHERE true
ON CONFLICT (id) DO UPDATE SET last = event_streams.last + excluded.last, ended_at = excluded.ended_at
WHERE event_streams.ended_at IS NULL
RETURNING id, last
"""
_CLOSE = """
INSERT INTO event_streams (id, last, ended_at)
SELECT row.value ->> 0, 0, CAST(row.value ->> 1 AS double precision)
FROM {rows} WHERE true
ON CONFLICT (id) DO UPDATE SET last = 0, ended_at = excluded.ended_at
"""
_INSERT = {
    "sqlite": "INSERT INTO events (stream_id, number, type, data) VALUES (?, ?, ?, ?)",
    "postgresql": """
        INSERT INTO events (stream_id, number, type, data)
        SELECT row.value ->> 0, CAST(row.value ->> 1 AS bigint), row.value ->> 2, row.value ->> 3 FROM {rows}
    """,
}
_SELECT = """
SELECT CAST(row.value ->> 0 AS integer), s.last, s.ended_at IS NOT NULL, e.number, e.type, e.data
FROM {rows}
JOIN event_streams AS s ON s.id = row.value ->> 1
LEFT JOIN events AS e ON e.stream_id = s.id AND e.number > CAST(row.value ->> 2 AS bigint) AND e.number < :batch + (
    SELECT min(next.number) FROM events AS next
    WHERE next.stream_id = s.id AND next.number > CAST(row.value ->> 2 AS bigint)
)
ORDER BY 1, e.number
"""


class StreamEnded(ConflictError):
    """Nothing can follow a stream's final event."""


def topic(stream_id: str) -> str:
    """What is signalled when something is appended to a stream, or it is deleted."""
    return f"events:{stream_id}"


class Event(Struct, frozen=True):
    """`data` is JSON as it was written. After a `final` one there are no more."""

    number: int
    type: str
    data: bytes
    final: bool = False


class NewEvent(Struct, frozen=True):
    """An event to append. `data`: anything JSON can say; `msgspec.Raw` is taken as it is."""

    type: str
    data: Any
    final: bool = False


def append(connection: Connection, stream_id: str, type: str, data: Any, *, final: bool = False) -> int:
    """Append an event; returns its number. Raises StreamEnded."""
    return append_many(connection, stream_id, [NewEvent(type, data, final)])


def append_many(connection: Connection, stream_id: str, new: Sequence[NewEvent]) -> int:
    """Append events (at least one; only the last may be final). Returns the last one's number. Raises StreamEnded."""
    (last,) = append_all(connection, [(stream_id, new)])
    if isinstance(last, StreamEnded):
        raise last
    return last


def append_all(connection: Connection, new: Sequence[tuple[str, Sequence[NewEvent]]]) -> list[int | StreamEnded]:
    """`append_many` to several streams, in two statements. Gives the number of the last, or the error, of each."""
    counts: Counter[str] = Counter()
    ended: dict[str, bool] = {}  # by what is appended here
    accepted = []
    for stream_id, added in new:
        accepted.append(not ended.get(stream_id))
        if accepted[-1]:
            counts[stream_id] += len(added)
            ended[stream_id] = added[-1].final
    last = _advance(connection, counts, ended)
    next_number = {stream_id: number - counts[stream_id] + 1 for stream_id, number in last.items()}
    rows: list[tuple[Any, ...]] = []
    results: list[int | StreamEnded] = []
    for (stream_id, added), is_accepted in zip(new, accepted, strict=True):
        if not is_accepted or stream_id not in last:
            results.append(StreamEnded(f"The events of `{stream_id}` have ended."))
            continue
        numbered = [
            Event(number, event.type, msgspec.json.encode(event.data), event.final)
            for number, event in enumerate(added, next_number[stream_id])
        ]
        rows += [(stream_id, event.number, event.type, event.data.decode()) for event in numbered]
        next_number[stream_id] += len(added)
        results.append(next_number[stream_id] - 1)
        hand(connection, topic(stream_id), numbered)
    if rows:
        sql.insert(connection, _INSERT, rows)
    return results


def _advance(connection: Connection, counts: Mapping[str, int], ended: Mapping[str, bool]) -> dict[str, int]:
    """Take numbers: stream → the last one. A stream that has ended is missing."""
    rows = [
        (stream_id, count, time.time() if ended[stream_id] else None)
        for stream_id, count in sorted(counts.items())  # in one order: two who append to the same don't deadlock
    ]
    return {row.id: row.last for row in sql.execute(connection, _ADVANCE, rows)}


def delete(connection: Connection, stream_ids: Iterable[str]) -> None:
    """Forget streams, with their objects. Who follows one comes to its end."""
    ids = list(stream_ids)
    connection.execute(delete_rows(events).where(_e.stream_id.in_(ids)))
    connection.execute(delete_rows(event_streams).where(_s.id.in_(ids)))
    for stream_id in ids:
        signal(connection, topic(stream_id))


def close(connection: Connection, stream_ids: Iterable[str]) -> None:
    """Forget the events of streams to which somebody may be about to append: they are ended, and that is refused.

    Who follows one comes to its end. `prune` takes what is left of them.
    """
    ids = sorted(stream_ids)
    sql.execute(connection, _CLOSE, [(stream_id, time.time()) for stream_id in ids])
    connection.execute(delete_rows(events).where(_e.stream_id.in_(ids)))
    for stream_id in ids:
        signal(connection, topic(stream_id))


def exists(connection: Connection, stream_id: str) -> bool:
    """Whether anything was ever appended to the stream, and is not forgotten."""
    return connection.execute(select(_s.id).where(_s.id == stream_id)).scalar() is not None


def prune(connection: Connection, prefix: str, ended_before: float, limit: int = 100) -> int:
    """Forget streams whose ids begin with `prefix` and which ended before then (seconds since 1970).

    Returns how many, `limit` at most.
    """
    old = select(_s.id).where(_s.ended_at < ended_before, _s.id.startswith(prefix, autoescape=True))
    ids = connection.execute(old.order_by(_s.ended_at).limit(limit)).scalars().all()
    delete(connection, ids)
    return len(ids)


def leave_out_lost(connection: Connection) -> None:
    """To be done when a server starts, before anything is appended: no number is given twice.

    On SQLite events are appended without waiting for the disk (`Context.append`), so that a machine that goes down may
    lose some that were followed already. The first server after that leaves out the numbers that they may have had.
    """
    if connection.dialect.name != "sqlite":
        return
    boot = _boot()
    if connection.exec_driver_sql("PRAGMA user_version").scalar() != boot:
        connection.execute(update(event_streams).where(_s.ended_at.is_(None)).values(last=_s.last + _LEFT_OUT))
        connection.exec_driver_sql(f"PRAGMA user_version = {boot}")


def _boot() -> int:
    """A number that says since when this machine is up; where the system has none, a new one each time."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_bytes()
    except OSError:
        boot = os.urandom(16)
    return zlib.crc32(boot) & 0x7FFF_FFFF


def follow(database: Database, stream_id: str, after: int = 0) -> AsyncIterator[Event]:
    """The stream's events after number `after`, those to come included. Ends after the final one, or with the stream.

    A stream that doesn't exist yet is waited for. Raises StorageUnavailable when the database stays away for long.
    """
    return Following(database, stream_id).after(after)


class Following:
    """Follows a stream from its making on. Make it ahead of the transaction that begins a stream, and say `is_new`:
    nothing is read back then that was just written.
    """

    def __init__(self, database: Database, stream_id: str, *, is_new: bool = False) -> None:
        self._database = database
        self._stream_id = stream_id
        self._inbox: deque[Event] = deque(maxlen=BATCH)  # committed here; who is slow finds them in the table
        self._looks = not is_new  # there may be something that is not in the inbox
        self._changed = asyncio.Event()
        database.signals.receive(topic(stream_id), self)

    def receive(self, new: Sequence[Event] | None) -> None:
        """From `Signals`."""
        if new is None:
            self._looks = True
        else:
            self._inbox.extend(new)
        self._changed.set()

    async def after(self, number: int) -> AsyncIterator[Event]:
        """As `follow`."""
        number = min(number, MAX_NUMBER)  # one query answers many followers: none may ask what no database can hold
        if self._database not in _tails:
            _tails[self._database] = Batches(partial(_read, weakref.proxy(self._database)), _STREAMS)
        tail = _tails[self._database]
        patience_until = None
        with IdleTimer(LOOK_AGAIN_S, self._look) as timer:
            while True:
                self._changed.clear()
                while (event := self._next(number)) is not None:
                    yield event
                    if event.final:
                        return
                    number = event.number
                if not self._looks and not self._inbox:
                    await self._changed.wait()
                    timer.touch()
                    continue
                self._looks = False
                try:
                    found = await tail.ask((self._stream_id, number))
                except StorageUnavailable:
                    self._looks = True
                    patience_until = patience_until or time.monotonic() + _PATIENCE_S
                    if time.monotonic() > patience_until:
                        raise
                    await wait(self._changed, _PAUSE_S)
                    continue
                patience_until = None
                for event in found.events:
                    yield event
                    number = event.number
                if found.has_ended(number):
                    return
                self._looks |= found.last is not None and number < found.last

    def _look(self) -> None:
        """A signal from elsewhere may have been lost."""
        self._looks = True
        self._changed.set()

    def _next(self, after: int) -> Event | None:
        """The event behind that number, if it is in the inbox. Those before it are dropped."""
        while self._inbox and self._inbox[0].number <= after:
            self._inbox.popleft()
        return self._inbox.popleft() if self._inbox and self._inbox[0].number == after + 1 else None


class _Found(Struct):
    """What a look at a stream brings. `last` is None where there is no such stream."""

    last: int | None = None
    ended: bool = False
    events: list[Event] = []

    def has_ended(self, after: int) -> bool:
        if self.last is None:
            return after > 0  # it was deleted
        return self.ended and after >= self.last


# Whoever follows a stream of a database asks here, and only when it has passed on what it got: a slow follower costs
# nothing, and hundreds that were woken together are answered by one query.
_Ask = tuple[str, int]  # a stream, and the number of the last event seen of it
_tails: WeakKeyDictionary[Database, Batches[_Ask, _Found]] = WeakKeyDictionary()


async def _read(database: Database, asks: Sequence[_Ask]) -> list[_Found]:
    rows = await database.read(partial(_select, asks))
    found = [_Found() for _ in asks]
    for place, last, ended, number, type, data in rows:
        of = found[place]
        of.last, of.ended = last, ended
        if number is not None:
            of.events.append(Event(number, type, data.encode(), bool(ended) and number == last))
    return found


def _select(asks: Sequence[_Ask], connection: Connection) -> Sequence[Any]:
    rows = [(place, *ask) for place, ask in enumerate(asks)]
    return sql.execute(connection, _SELECT, rows, batch=BATCH).all()
