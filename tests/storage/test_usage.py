"""Usage rows, and the view through which they are read, on both databases."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from homeport.core.metering import UsageRecord
from homeport.errors import StorageUnavailable
from homeport.storage.database import Database
from homeport.storage.usage import UsageWriter

pytestmark = pytest.mark.anyio


def record(n: int, first_token_s: float | None = None) -> UsageRecord:
    return UsageRecord(
        1_700_000_000.25 + n, f"req_{n}", "proj_a", "key_a", "chat", "a/é", 200, 10, 2, n, 0.5, first_token_s
    )


async def test_each_request_is_a_row_of_the_view(database: Database) -> None:
    observed: list[UsageRecord] = []
    usage = UsageWriter(database, observed.extend)
    for batch in ([record(1), record(2, 0.125)], [record(3)], []):
        for each in batch:
            usage.record(each)
        await usage.flush()
    assert observed == [record(1), record(2, 0.125), record(3)]
    query = text("SELECT * FROM usage ORDER BY at")
    rows = await database.read(lambda connection: connection.execute(query).mappings().all())
    assert [UsageRecord(**row) for row in rows] == observed
    assert [type(value) for value in rows[1].values()] == [type(value) for value in record(2, 0.125)]
    total = text("SELECT sum(completion_tokens) FROM usage WHERE status = 200 AND at > 1700000001.5")
    assert await database.read(lambda connection: connection.execute(total).scalar()) == 5
    count = text("SELECT count(*) FROM usage_batches")
    assert await database.read(lambda connection: connection.execute(count).scalar()) == 2


async def test_what_nobody_can_be_charged_with_fills_no_disk(database: Database) -> None:
    observed: list[UsageRecord] = []
    usage = UsageWriter(database, observed.extend)
    for _ in range(100):
        usage.record(record(1)._replace(project_id="", key_id="", status=401))
    await usage.flush()
    assert len(observed) == 100
    count = text("SELECT count(*) FROM usage_batches")
    assert await database.read(lambda connection: connection.execute(count).scalar()) == 0
    usage.record(record(1)._replace(key_id=""))  # the server's own call for a project: embedding a file, say
    await usage.flush()
    assert await database.read(lambda connection: connection.execute(count).scalar()) == 1


async def test_rows_wait_while_the_database_refuses(database: Database) -> None:
    usage = UsageWriter(database, lambda _records: None)
    await database.write(lambda connection: connection.exec_driver_sql("ALTER TABLE usage_batches RENAME TO away"))
    usage.record(record(1))
    await usage.flush()
    await database.write(lambda connection: connection.exec_driver_sql("ALTER TABLE away RENAME TO usage_batches"))
    usage.record(record(2))
    await usage.flush()
    query = text("SELECT request_id FROM usage ORDER BY at")
    assert await database.read(lambda c: list(c.execute(query).scalars())) == ["req_1", "req_2"]


async def test_a_batch_is_counted_once_though_nobody_knew_that_it_was_committed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = database.write

    async def loses_the_answer(work: Any) -> None:
        await write(work)
        raise StorageUnavailable("Whether it was made is not known.")

    usage = UsageWriter(database, lambda _records: None)
    usage.record(record(1))
    with monkeypatch.context() as patched:
        patched.setattr(database, "write", loses_the_answer)
        await usage.flush()
        usage.record(record(2))
        await usage.flush()
    usage.record(record(3))
    await usage.flush()
    query = text("SELECT request_id FROM usage ORDER BY at")
    assert await database.read(lambda c: list(c.execute(query).scalars())) == ["req_1", "req_2", "req_3"]


async def test_closing_waits_for_the_batch_that_is_being_written(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, writing = database.write, asyncio.Event()

    async def slow(work: Any) -> None:
        writing.set()
        await asyncio.sleep(0.1)
        await write(work)

    monkeypatch.setattr(database, "write", slow)
    usage = UsageWriter(database, lambda _records: None)
    usage.start()
    usage.record(record(1))
    await writing.wait()
    await usage.close()
    query = text("SELECT count(*) FROM usage")
    assert await database.read(lambda connection: connection.execute(query).scalar()) == 1


async def test_closing_writes_what_is_left(database: Database) -> None:
    usage = UsageWriter(database, lambda _records: None)
    usage.start()
    usage.record(record(1))
    await usage.close()
    query = text("SELECT count(*) FROM usage")
    assert await database.read(lambda connection: connection.execute(query).scalar()) == 1
