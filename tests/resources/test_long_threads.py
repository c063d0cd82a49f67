"""A long thread costs no more to read than a short one, on both databases: counted in their own work, not in time."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, event

from homeport.resources.messages import messages_of
from homeport.resources.runs.commits import look
from homeport.storage.conversations import Conversation, append, conversations, items, items_table, new_item, newest
from homeport.storage.database import Database
from homeport.storage.objects import Page
from homeport.storage.runs import Run, runs

pytestmark = pytest.mark.anyio

P = "proj"
LENGTHS = {"conv_short": 300, "conv_long": 10_000}  # a run reads 256 items: both have as many


def fill(connection: Connection) -> None:
    for id, length in LENGTHS.items():
        conversations.insert(connection, P, Conversation(id=id, created_at=0))
        append(connection, P, [message(id, number) for number in range(length)])
        run = Run(id=f"run_{id}", created_at=0, conversation_id=id, assistant_id="asst_1", model="m")
        runs.insert(connection, P, run)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE")  # what the server does by itself within a minute


def message(conversation_id: str, number: int) -> Any:
    part = {"type": "input_text", "text": f"Message {number}"}
    item = {"id": f"msg_{conversation_id}_{number}", "type": "message", "status": "completed", "role": "user"}
    return new_item(conversation_id, item | {"content": [part]}, run_id=f"run_{number}")


READS: dict[str, Callable[[Connection, str], Any]] = {
    "newest": lambda c, id: newest(c, P, id, 256),
    "run": lambda c, id: look(c, P, f"run_{id}"),
    "page": lambda c, id: items.list(c, P, Page(), *messages_of(id)),
    "page in the middle": lambda c, id: items.list(c, P, Page(after=f"msg_{id}_150"), *messages_of(id)),
    "oldest": lambda c, id: items.list(c, P, Page(order="asc"), *messages_of(id)),
    "of a run": lambda c, id: items.list(c, P, Page(), *messages_of(id), items_table.c.run_id == "run_100"),
    "one": lambda c, id: items.find(c, P, f"msg_{id}_150", *messages_of(id)),
}


def work_of(read: Callable[[Connection, str], Any], id: str, connection: Connection) -> int:
    """How much the database has to do: SQLite's instructions, PostgreSQL's pages."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        steps = 0

        def step() -> int:
            nonlocal steps
            steps += 1
            return 0

        driver.set_progress_handler(step, 1)
        read(connection, id)
        driver.set_progress_handler(None, 1)
        return steps
    told: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        told.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    read(connection, id)
    event.remove(connection, "before_cursor_execute", note)
    pages = 0
    for statement, parameters in told:
        explained = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters)
        plan = explained.scalar_one()[0]["Plan"]
        pages += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    return pages


async def test_a_long_thread_is_read_like_a_short_one(database: Database) -> None:
    await database.write(fill)
    for name, read in READS.items():
        short, long = [await database.read(partial(work_of, read, id)) for id in LENGTHS]
        assert 0 < long <= 2 * short + 20, f"{name}: {short} and {long}"
