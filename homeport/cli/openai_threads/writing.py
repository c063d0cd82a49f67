"""The sorted export into the database, beside its servers.

A thread comes whole or not at all: it is written with its messages in one transaction, small ones several together.
What is there already is left as it is, so an import that was cut off is completed by another, and one that was
completed changes nothing. Several at once wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from msgspec import Struct
from sqlalchemy import Column, Connection, Table, func, select, text

from homeport.cli.openai_threads.sorting import Sorted, Thread
from homeport.resources.assistants import Assistant, assistants
from homeport.retrieval.records import stores_table
from homeport.storage.conversations import (
    ConversationItem,
    conversations,
    conversations_table,
    items,
    items_table,
    thread_id,
)
from homeport.storage.database import Database
from homeport.storage.files import files

_MESSAGES_A_TRANSACTION = 1_000  # more where a thread has more
_THREADS_A_TRANSACTION = 500
_ADVISORY_LOCK = 0x696D706F7274  # "import": PostgreSQL's lock for whoever imports


class Kind(Struct, frozen=True):
    """How many of a kind of objects came new, and how many were there already."""

    new: int = 0
    there: int = 0

    def __add__(self, other: Kind) -> Kind:
        return Kind(self.new + other.new, self.there + other.there)


class Written(Struct):
    """What came of an import, or of a part of it. `late`: messages older than one that their thread had already."""

    assistants: Kind = Kind()
    threads: Kind = Kind()
    messages: Kind = Kind()
    untold: int = 0  # new threads that only their messages told of
    late: int = 0
    problems: list[str] = []

    def add(self, part: Written) -> None:
        self.assistants += part.assistants
        self.threads += part.threads
        self.messages += part.messages
        self.untold += part.untold
        self.late += part.late


class Writer:
    """`dry`: look at what is there, write nothing."""

    def __init__(self, found: Sorted, project_id: str, *, dry: bool = False) -> None:
        self._found = found
        self._project_id = project_id
        self._dry = dry

    async def write(self, database: Database, part_done: Callable[[Written], None]) -> None:
        """`part_done` is told what each transaction wrote, after it. Raises StorageUnavailable."""
        run = database.read if self._dry else database.write
        for some in self._found.assistants():
            part_done(await run(partial(self._assistants, some)))
        for threads in self._parts():
            part_done(await run(partial(self._threads, threads)))

    async def missing(self, database: Database) -> list[str]:
        """Mentioned files and vector stores that the project doesn't have."""
        absent: list[str] = []
        for ids in self._found.mentions():
            known = await database.read(partial(self._known, ids))
            absent += (id for id in ids if id not in known)
        return absent

    def _known(self, ids: list[str], connection: Connection) -> set[str]:
        return {
            id
            for table in (files.table, stores_table)
            for id, project_id in _there(connection, table, ids)
            if project_id == self._project_id
        }

    def _parts(self) -> Iterator[list[Thread]]:
        """Neighbours by id, for one transaction."""
        part: list[Thread] = []
        for thread in self._found.threads():
            part.append(thread)
            if sum(each.messages for each in part) >= _MESSAGES_A_TRANSACTION or len(part) == _THREADS_A_TRANSACTION:
                yield part
                part = []
        if part:
            yield part

    # --- in a transaction: may be run again, so it changes nothing but the database ------------------

    def _assistants(self, given: list[Assistant], connection: Connection) -> Written:
        written = Written()
        self._lock(connection)
        there = dict(_there(connection, assistants.table, [each.id for each in given]))
        new = [each for each in given if each.id not in there]
        if not self._dry:
            assistants.insert_many(connection, self._project_id, new)
        written.problems += (_foreign(id) for id, project_id in there.items() if project_id != self._project_id)
        written.assistants = Kind(len(new), len(there) - len(written.problems))
        return written

    def _threads(self, threads: list[Thread], connection: Connection) -> Written:
        written = Written()
        self._lock(connection)
        ids = [thread.id for thread in threads]
        active_run_id = conversations_table.c.active_run_id
        held = {
            row.id: row for row in _there(connection, conversations_table, ids, active_run_id, locked=not self._dry)
        }
        new = [thread for thread in threads if thread.id not in held]
        if not self._dry:
            conversations.insert_many(connection, self._project_id, [thread.conversation() for thread in new])
        closed = {id for id, row in held.items() if row.project_id != self._project_id}
        written.problems += (_foreign(thread_id(id)) for id in sorted(closed))
        written.threads = Kind(len(new), len(held) - len(closed))
        written.untold = sum(thread.data is None for thread in new)
        newest = _newest(connection, list(held))
        for some in self._found.messages(ids[0], ids[-1]):
            fresh = self._fresh(connection, [each for each in some if each.conversation_id not in closed], written)
            for id in {message.conversation_id for message in fresh} & held.keys():
                if (run_id := held[id].active_run_id) is not None:
                    written.problems.append(f"{thread_id(id)} has the run {run_id} under way: import again after it")
                    closed.add(id)
            fresh = [message for message in fresh if message.conversation_id not in closed]
            written.messages += Kind(new=len(fresh))
            written.late += sum(message.created_at < newest.get(message.conversation_id, 0) for message in fresh)
            if not self._dry:
                items.insert_many(connection, self._project_id, fresh)
        return written

    def _fresh(
        self, connection: Connection, messages: list[ConversationItem], written: Written
    ) -> list[ConversationItem]:
        """Those that are not there. The others are counted, and told where they are somewhere else."""
        ids = [message.id for message in messages]
        known = {id: place for id, *place in _there(connection, items_table, ids, items_table.c.conversation_id)}
        for message in messages:
            place = known.get(message.id)
            if place == [self._project_id, message.conversation_id]:
                written.messages += Kind(there=1)
            elif place is not None:
                written.problems.append(f"{message.id} is there already, in another thread")
        return [message for message in messages if message.id not in known]

    def _lock(self, connection: Connection) -> None:
        if connection.dialect.name == "postgresql" and not self._dry:  # SQLite has one writer anyway
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})


def _there(
    connection: Connection, table: Table, ids: list[str], *columns: Column[Any], locked: bool = False
) -> list[Any]:
    """(id, project, …) of the rows that a table has, whoever's they are. `locked`: until the transaction ends."""
    query = select(table.c.id, table.c.project_id, *columns).where(table.c.id.in_(ids)).order_by(table.c.id)
    return list(connection.execute(query.with_for_update() if locked else query))


def _newest(connection: Connection, ids: list[str]) -> dict[str, int]:
    """When the newest item of each of these threads was made."""
    thread, made = items_table.c.conversation_id, func.max(items_table.c.created_at)
    found = connection.execute(select(thread, made).where(thread.in_(ids)).group_by(thread))
    return dict(found.tuples().all())


def _foreign(id: str) -> str:
    return f"{id} is there already, in another project"
