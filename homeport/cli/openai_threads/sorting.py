"""The export in order: on the disk, so that memory stays the same however long it is.

A temporary SQLite database without a name, which goes with the process. Messages come to stand by thread and time.
Where several have the same second, the order of the export decides; OpenAI's lists begin with the newest unless asked
otherwise, and whether this one does is seen from the messages whose times differ.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from homeport.cli.openai_threads.objects import Row, mentioned
from homeport.resources.assistants import Assistant
from homeport.storage.conversations import Conversation, ConversationItem

_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -16000;
CREATE TABLE assistants (id TEXT PRIMARY KEY, created_at INT, data BLOB);
CREATE TABLE threads (id TEXT PRIMARY KEY, data BLOB);
CREATE TABLE messages (id TEXT PRIMARY KEY, thread TEXT, created_at INT, position INT, data BLOB);
CREATE TABLE mentions (id TEXT PRIMARY KEY) WITHOUT ROWID;
"""
# Steps from a thread's message to its next in the export that go on in time, less those that go back.
_RISING = """
SELECT coalesce(sum((step > 0) - (step < 0)), 0)
FROM (SELECT created_at - lag(created_at) OVER (PARTITION BY thread ORDER BY position) AS step FROM messages)
"""
_HELD_ROWS = 500


class Thread(NamedTuple):
    """`data` is None for a thread that only its messages tell of; `created_at` is their first one's then."""

    id: str
    data: bytes | None
    messages: int
    created_at: int | None

    def conversation(self) -> Conversation:
        if self.data is None:
            return Conversation(id=self.id, created_at=self.created_at or 0)
        return msgspec.json.decode(self.data, type=Conversation)


class Sorted:
    """`add` everything, `finish`, then read. Of what comes twice, the first counts."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", check_same_thread=False)
        self._database.executescript(_SCHEMA)
        self._held: dict[str, list[tuple[Any, ...]]] = {"assistants": [], "threads": [], "messages": [], "mentions": []}
        self._position = 0

    def close(self) -> None:
        self._database.close()

    def add(self, row: Row) -> None:
        data = msgspec.json.encode(row)
        self._held["mentions"] += ((id,) for id in mentioned(row))
        self._position += 1
        if isinstance(row, Assistant):
            self._held["assistants"].append((row.id, row.created_at, data))
        elif isinstance(row, Conversation):
            self._held["threads"].append((row.id, data))
        else:
            self._held["messages"].append((row.id, row.conversation_id, row.created_at, self._position, data))
        if self._position % _HELD_ROWS == 0:
            self._flush()

    def finish(self) -> None:
        self._flush()
        self._database.execute("CREATE INDEX by_position ON messages (thread, position, created_at)")
        (rising,) = self._database.execute(_RISING).fetchone()
        self._database.execute("DROP INDEX by_position")
        if rising < 0:
            self._database.execute("UPDATE messages SET position = -position")
        self._database.execute("CREATE INDEX by_time ON messages (thread, created_at, position)")
        # Exports made thread by thread often hold no line for the thread itself.
        self._database.execute("INSERT OR IGNORE INTO threads SELECT DISTINCT thread, NULL FROM messages")

    def counts(self) -> tuple[int, int, int]:
        """(assistants, threads, messages)"""
        tables = ("assistants", "threads", "messages")
        query = "SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)
        found: tuple[int, int, int] = self._database.execute(query).fetchone()
        return found

    def assistants(self) -> Iterator[list[Assistant]]:
        """The oldest first, some at a time."""
        found = self._database.execute("SELECT data FROM assistants ORDER BY created_at, rowid")
        while rows := found.fetchmany(_HELD_ROWS):
            yield [msgspec.json.decode(data, type=Assistant) for (data,) in rows]

    def threads(self) -> Iterator[Thread]:
        """By id."""
        found = self._database.execute(
            "SELECT threads.id, threads.data, count(messages.id), min(created_at) FROM threads"
            " LEFT JOIN messages ON thread = threads.id GROUP BY threads.id ORDER BY threads.id"
        )
        return map(Thread._make, found)

    def messages(self, first: str, last: str) -> Iterator[list[ConversationItem]]:
        """Those of the threads from one to another, by thread and in their order, some at a time."""
        found = self._database.execute(
            "SELECT data FROM messages WHERE thread BETWEEN ? AND ? ORDER BY thread, created_at, position",
            (first, last),
        )
        while rows := found.fetchmany(_HELD_ROWS):
            yield [msgspec.json.decode(data, type=ConversationItem) for (data,) in rows]

    def mentions(self) -> Iterator[list[str]]:
        """Ids of files and vector stores, by id, some at a time."""
        found = self._database.execute("SELECT id FROM mentions ORDER BY id")
        while rows := found.fetchmany(_HELD_ROWS):
            yield [id for (id,) in rows]

    def _flush(self) -> None:
        for table, rows in self._held.items():
            if rows:
                places = ", ".join("?" * len(rows[0]))
                self._database.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({places})", rows)
                rows.clear()
