"""The queue's rows, without a worker, on both databases."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection, event, update

from homeport.jobs import leases, periodic, queue
from homeport.jobs.leases import Claim, Outcome
from homeport.jobs.queue import cancel, counts, dead, enqueue, enqueue_many, find, jobs, prune, retry_dead
from homeport.storage.database import Database
from homeport.storage.database import database_url as make_url
from tests.postgres import PostgresServer

pytestmark = pytest.mark.anyio

T = TypeVar("T")


async def claim(database: Database, limit: int = 1, kind: str = "work") -> list[Claim]:
    return await database.write(lambda c: leases.claim(c, "a worker", kind, limit, 30.0))


async def settle(database: Database, claim: Claim, result: str, error: str | None = None) -> None:
    outcome = Outcome(claim, result, error)  # type: ignore[arg-type]
    await database.write(lambda c: leases.settle(c, [outcome], {}))


async def status_of(database: Database, job_id: str) -> str:
    job = await database.read(lambda c: find(c, "p", job_id))
    assert job is not None
    return job.status


async def test_a_job_is_done_once(database: Database) -> None:
    job_id = await database.write(lambda c: enqueue(c, "work", {"file": "é"}, project_id="p"))
    (claimed,) = await claim(database, 5)
    job = claimed.job
    assert (job.id, job.kind, job.payload, job.attempt) == (job_id, "work", {"file": "é"}, 1)
    assert job.status == "running"
    assert await claim(database, 5) == []
    await settle(database, claimed, "succeeded")
    assert await status_of(database, job_id) == "succeeded"
    assert await claim(database, 5) == []


async def test_an_undone_transaction_enqueues_nothing(database: Database) -> None:
    def work(connection: Connection) -> None:
        enqueue(connection, "work", 1, project_id="p")
        raise KeyError("the caller's own error")

    with pytest.raises(KeyError):
        await database.write(work)
    assert await claim(database) == []


async def test_other_projects_see_and_stop_nothing(database: Database) -> None:
    job_id = await database.write(lambda c: enqueue(c, "work", 1, project_id="p"))
    assert await database.read(lambda c: find(c, "q", job_id)) is None
    assert not await database.write(lambda c: cancel(c, "q", job_id))
    (claimed,) = await claim(database)
    await settle(database, claimed, "dead", "no good")
    assert await database.read(lambda c: dead(c, "q")) == []
    assert await database.write(lambda c: retry_dead(c, "q", [job_id])) == 0


async def test_a_key_is_unique_among_the_unfinished(database: Database) -> None:
    def again(**changed: str) -> Callable[[Connection], str]:
        where = {"kind": "work", "project_id": "p"} | changed
        return lambda c: enqueue(c, where["kind"], 1, project_id=where["project_id"], key="same")

    first = await database.write(again())
    assert await database.write(again()) == first
    (claimed,) = await claim(database)
    assert await database.write(again()) == first, "running is unfinished"
    assert await database.write(again(project_id="q")) != first
    assert await database.write(again(kind="other")) != first
    await settle(database, claimed, "succeeded")
    assert await database.write(again()) != first


async def test_a_delayed_job_waits(database: Database) -> None:
    await database.write(lambda c: enqueue(c, "work", "later", project_id="p", run_at=time.time() + 100))
    due = await database.write(lambda c: enqueue(c, "work", "due", project_id="p", run_at=time.time() - 100))
    assert await claim(database, 5) == []
    assert await database.write(leases.promote) == 1
    assert [claimed.job.id for claimed in await claim(database, 5)] == [due]
    seconds = await database.read(leases.next_due_s)
    assert seconds is not None
    assert 90 < seconds <= 100


async def test_a_project_with_many_jobs_does_not_starve_another(database: Database) -> None:
    many = [f"many {n}" for n in range(50)]
    await database.write(lambda c: enqueue_many(c, "work", many, project_id="many"))
    first = await claim(database, 10)
    assert [claimed.job.payload for claimed in first] == many[:10]
    await database.write(lambda c: enqueue_many(c, "work", ["few 0", "few 1"], project_id="few"))
    await database.write(lambda c: enqueue(c, "work", "one", project_id="one"))
    await database.write(lambda c: enqueue(c, "work", "many 50", project_id="many"))
    order = [claimed.job.payload for claimed in await claim(database, 100)]
    assert order.index("one") < 4
    assert order.index("few 0") < 4
    assert order.index("few 1") < 6
    assert [payload for payload in order if payload.startswith("many")] == [*many[10:], "many 50"]


async def test_delayed_jobs_take_turns_too(database: Database) -> None:
    at = time.time() - 10

    def work(connection: Connection) -> None:
        for number in range(20):
            enqueue(connection, "work", f"many {number}", project_id="many", run_at=at + number * 0.01)
        enqueue(connection, "work", "one", project_id="one", run_at=at + 5)

    await database.write(work)
    await database.write(leases.promote)
    order = [claimed.job.payload for claimed in await claim(database, 100)]
    assert order.index("one") < 2
    order.remove("one")
    assert order == [f"many {number}" for number in range(20)]


async def test_cancel(database: Database) -> None:
    queued = await database.write(lambda c: enqueue(c, "work", 1, project_id="p"))
    assert await database.write(lambda c: cancel(c, "p", queued))
    assert await status_of(database, queued) == "cancelled"
    assert await claim(database) == []
    assert not await database.write(lambda c: cancel(c, "p", queued))
    running = await database.write(lambda c: enqueue(c, "work", 1, project_id="p"))
    (claimed,) = await claim(database)
    assert await database.write(lambda c: cancel(c, "p", running))
    assert await status_of(database, running) == "running"
    lost, to_cancel = await database.write(lambda c: leases.renew(c, [claimed.token], 30.0))
    assert (lost, to_cancel) == (set(), {claimed.token})
    await settle(database, claimed, "cancelled")
    assert await status_of(database, running) == "cancelled"


async def test_a_lost_claim_changes_nothing(database: Database) -> None:
    job_id = await database.write(lambda c: enqueue(c, "work", 1, project_id="p"))
    (first,) = await claim(database)
    await expire_all(database)
    assert await database.write(lambda c: leases.expire(c, ["work"], {})) == 1
    await make_due(database)
    (second,) = await claim(database)
    assert (second.job.id, second.job.attempt, second.fence) == (job_id, 2, first.fence + 1)
    assert set(await database.write(lambda c: leases.check(c, [first.token, second.token]))) == {first.token}
    for result in ("succeeded", "failed", "dead", "cancelled", "released"):
        await settle(database, first, result)
    lost, _ = await database.write(lambda c: leases.renew(c, [first.token, second.token], 30.0))
    assert lost == {first.token}
    assert await status_of(database, job_id) == "running"


async def test_a_renewed_lease_does_not_expire(database: Database) -> None:
    await database.write(lambda c: enqueue(c, "work", 1, project_id="p"))
    (claimed,) = await claim(database)
    await expire_all(database)
    await database.write(lambda c: leases.renew(c, [claimed.token], 30.0))
    assert await database.write(lambda c: leases.expire(c, ["work"], {})) == 0


async def test_a_lease_is_renewed_while_its_holder_writes(postgres: PostgresServer) -> None:
    """And is nobody else's until it has written. On SQLite one transaction writes at a time."""
    database = Database(make_url(postgres.new_database(), Path()))
    await database.open()
    await database.write(lambda c: enqueue(c, "work", 1, project_id="p"))
    (claimed,) = await claim(database)
    checked, go_on = threading.Event(), threading.Event()

    def holds(connection: Connection) -> None:
        assert not leases.check(connection, [claimed.token])
        checked.set()
        assert go_on.wait(30)

    await expire_all(database)
    writing = asyncio.create_task(database.write(holds))
    assert await asyncio.to_thread(checked.wait, 10)
    assert await database.write(lambda c: leases.expire(c, ["work"], {})) == 0
    assert await database.write(lambda c: leases.renew(c, [claimed.token], 30.0)) == (set(), set())
    go_on.set()
    await writing
    assert await database.write(lambda c: leases.expire(c, ["work"], {})) == 0
    await expire_all(database)
    assert await database.write(lambda c: leases.expire(c, ["work"], {})) == 1
    await database.close()


async def test_a_periodic_job_is_due_by_the_database_s_clock(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda clock=time.time: clock() + 1000)
    await database.write(lambda c: periodic.ensure(c, {"tick": 100.0}))
    due_s = await database.read(leases.next_due_s)
    assert due_s is not None
    assert 0 < due_s <= 100


async def test_a_job_that_kills_its_worker_is_dead_in_the_end(database: Database) -> None:
    job_id = await database.write(lambda c: enqueue(c, "work", 1, project_id="p", max_attempts=3))
    buried: list[str] = []
    for attempt in (1, 2, 3):
        (claimed,) = await claim(database)
        assert claimed.job.attempt == attempt
        await expire_all(database)
        await database.write(lambda c: leases.expire(c, ["work"], {"work": lambda _c, job: buried.append(job.status)}))
        await make_due(database)
    assert await claim(database) == []
    assert buried == ["failed"]
    (letter,) = await database.read(lambda c: dead(c, "p"))
    assert letter.id == job_id
    assert "worker died" in (letter.error or "")


async def test_dead_letters_are_listed_and_tried_again(database: Database) -> None:
    await database.write(lambda c: enqueue_many(c, "work", range(3), project_id="p"))
    for claimed in await claim(database, 3):
        await settle(database, claimed, "dead", f"no {claimed.job.payload}")
    letters = await database.read(lambda c: dead(c, "p"))
    assert sorted((letter.payload, letter.error) for letter in letters) == [(0, "no 0"), (1, "no 1"), (2, "no 2")]
    assert await database.write(lambda c: retry_dead(c, "p", [letters[0].id])) == 1
    await make_due(database)
    (claimed,) = await claim(database, 5)
    assert (claimed.job.id, claimed.job.attempt) == (letters[0].id, 1)


async def test_counts_and_pruning(database: Database) -> None:
    await database.write(lambda c: enqueue_many(c, "work", range(4), project_id="p"))
    await database.write(lambda c: enqueue(c, "other", 1, project_id="p"))
    succeeded, died, _ = await claim(database, 3)
    await settle(database, succeeded, "succeeded")
    await settle(database, died, "dead", "no")
    expected = {("work", "queued"): 1, ("work", "running"): 1, ("work", "failed"): 1, ("other", "queued"): 1}
    assert await database.read(counts) == expected
    at = time.time() + 60
    assert await database.write(lambda c: prune(c, finished_before=0.0, dead_before=0.0)) == 0
    assert await database.write(lambda c: prune(c, finished_before=at, dead_before=0.0)) == 1
    assert await database.read(lambda c: find(c, "p", succeeded.job.id)) is None
    assert await database.write(lambda c: prune(c, finished_before=at, dead_before=at)) == 1
    assert await database.read(lambda c: dead(c, "p")) == []


async def test_nothing_looks_at_all_rows(database: Database) -> None:
    """What workers and callers do all the time costs the same among 50,000 jobs that are delayed, dead or another's."""
    await database.write(lambda c: enqueue_many(c, "work", range(3), project_id="p"))
    (claimed,) = await claim(database)

    def work(connection: Connection) -> None:
        seen: list[tuple[str, Any]] = []

        def see(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
            seen.append((statement, values))

        event.listen(connection, "before_cursor_execute", see)
        enqueue(connection, "work", 1, project_id="p", key="k")
        enqueue(connection, "work", 1, project_id="p", key="k")
        leases.claim(connection, "me", "work", 1, 30.0)
        leases.check(connection, [claimed.token])
        leases.renew(connection, [claimed.token], 30.0)
        leases.expire(connection, ["work"], {})
        leases.promote(connection)
        leases.next_due_s(connection)
        leases.settle(connection, [Outcome(claimed, "failed"), Outcome(claimed, "succeeded")], {})
        periodic.ensure(connection, {"work": 60.0})
        enqueue_many(connection, "work", [1], project_id="p")
        counts(connection)
        dead(connection, "p")
        prune(connection, finished_before=1.0, dead_before=1.0)
        event.remove(connection, "before_cursor_execute", see)
        if database.is_postgres:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # an empty table has no better plan
        explain = "EXPLAIN" if database.is_postgres else "EXPLAIN QUERY PLAN"
        for statement, values in seen:
            plan = "\n".join(str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {statement}", values))
            assert "Seq Scan on jobs" not in plan, f"{statement}\n{plan}"
            assert "pk_jobs" not in plan or "Index Cond" in plan, f"{statement}\n{plan}"
            scans = re.findall(r"SCAN jobs\b.*", plan)
            assert all(re.search(r"INDEX (ix|uq)_", scan) for scan in scans), f"{statement}\n{plan}"

    await database.write(work)


async def expire_all(database: Database) -> None:
    """Let the time of all leases pass."""
    await database.write(lambda c: c.execute(update(jobs).where(queue.RUNNING).values(lease_until=0.0)))


async def make_due(database: Database) -> None:
    """Let the time of all delays pass."""
    await database.write(lambda c: c.execute(update(jobs).where(queue.DELAYED).values(run_at=0.0)))
    await database.write(leases.promote)
