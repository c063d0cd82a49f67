"""The database: does a row cost the same at a thousand and at a million, and what does a commit cost.

Rows are like messages: an object of a project, listed within its thread. The small table and the large one take turns,
so that what else the machine does meets both.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import uvloop
from sqlalchemy import Column, Connection, Index, String, Table, text

from homeport.ids import new_id
from homeport.storage.database import Database, database_url
from homeport.storage.objects import Objects, Page, Stored, object_table
from homeport.storage.schema import metadata

FEW, MANY = 1_000, 1_000_000
THREADS = 10_000  # that the many rows belong to, where they don't all belong to one
ROUNDS = 400
WRITERS, EACH = 32, 40
TEXT = "What a message says, in a paragraph of the usual length. " * 4

_FILL = """
INSERT INTO {table} (id, project_id, created_at, version, data, thread_id)
SELECT 'msg_{table}_' || n, 'proj', 1, 1,
 '{{"id": "msg_{table}_' || n || '", "created_at": 1, "version": 1, "thread_id": "thread_' || n % {threads}
 || '", "text": "{text}"}}',
 'thread_' || n % {threads}
FROM {numbers}
"""


class Message(Stored):
    thread_id: str
    text: str = ""


def _messages(name: str) -> Objects[Message]:
    table = object_table(name, Column("thread_id", String), Index(f"ix_{name}_thread_id_seq", "thread_id", "seq"))
    metadata.remove(table)
    return Objects(table, Message, "message")


def _fill(connection: Connection, table: Table, rows: int, threads: int) -> None:
    table.create(connection)
    if connection.dialect.name == "postgresql":
        numbers = f"generate_series(1, {rows}) AS n"
    else:
        numbers = (
            f"(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT {rows}) SELECT n FROM c) AS numbers"
        )
    connection.execute(text(_FILL.format(table=table.name, threads=threads, text=TEXT, numbers=numbers)))
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"ANALYZE {table.name}"))


def _append(messages: Objects[Message], connection: Connection) -> None:
    messages.insert(connection, "proj", Message(id=new_id("msg"), created_at=1, thread_id="thread_7", text=TEXT))


def _list(messages: Objects[Message], connection: Connection) -> int:
    in_thread = messages.table.c.thread_id == "thread_7"
    return len(messages.list(connection, "proj", Page(limit=100), in_thread).data)


async def _took_s(call: Callable[[], object]) -> float:
    started_s = time.perf_counter()
    await call()  # type: ignore[misc]
    return time.perf_counter() - started_s


async def _compare(database: Database, threads: int) -> None:
    """Few rows and many, all in one thread or spread over many of at least a hundred each."""
    few, many = _messages(f"few_{threads}"), _messages(f"many_{threads}")
    await database.write(lambda connection: _fill(connection, few.table, FEW, min(threads, FEW // 100)))
    await database.write(lambda connection: _fill(connection, many.table, MANY, threads))
    for name, run in (
        ("append", lambda messages: database.write(partial(_append, messages))),
        ("list the newest 100", lambda messages: database.read(partial(_list, messages))),
    ):
        pairs = [(await _took_s(partial(run, few)), await _took_s(partial(run, many))) for _ in range(ROUNDS)]
        small_ms, large_ms = (statistics.median(times) * 1000 for times in zip(*pairs, strict=True))
        print(
            f"  {name}, {threads} thread{'s' * (threads > 1)}: {small_ms:.2f} ms at {FEW:,} rows,"
            f" {large_ms:.2f} ms at {MANY:,}: {large_ms / small_ms - 1:+.0%}"
        )


async def _commits(database: Database) -> None:
    messages = _messages("commits")
    await database.write(lambda connection: messages.table.create(connection))
    times_s: list[float] = []

    async def write(times: int) -> None:
        for _ in range(times):
            times_s.append(await _took_s(lambda: database.write(partial(_append, messages))))

    for writers in (1, WRITERS):
        times_s.clear()
        started_s = time.perf_counter()
        await asyncio.gather(*(write(EACH * (8 if writers == 1 else 1)) for _ in range(writers)))
        took_s = time.perf_counter() - started_s
        times_s.sort()
        p50, p99 = (times_s[int(len(times_s) * part)] * 1000 for part in (0.5, 0.99))
        print(
            f"  commits, {writers} writer{'s' * (writers > 1)}: {len(times_s) / took_s:.0f} a second,"
            f" p50 {p50:.2f} ms, p99 {p99:.2f} ms"
        )


async def _measure(url: str) -> None:
    database = Database(database_url(url, Path()))
    await database.open()
    try:
        await _commits(database)
        for threads in (1, THREADS):
            await _compare(database, threads)
    finally:
        await database.close()


@contextmanager
def _databases() -> Iterator[dict[str, str]]:
    from tests.postgres import postgres_server

    with tempfile.TemporaryDirectory() as folder, postgres_server() as postgres:
        yield {"SQLite": f"sqlite:///{folder}/homeport.db", "PostgreSQL": postgres.new_database()}


def main() -> None:
    with _databases() as urls:
        for name, url in urls.items():
            print(f"storage on {name}")
            uvloop.run(_measure(url))
