"""Whatever the order of claims, renewals, expiries, cancels and endings: no job has two holders, and none is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from msgspec import Struct
from sqlalchemy import Engine, create_engine, delete, event, select, update

from homeport.jobs import leases, queue
from homeport.jobs.leases import Claim, Outcome
from homeport.jobs.queue import jobs
from homeport.storage import migrate
from homeport.storage.database import database_url as make_url

PROJECTS = ("a", "b", "c")
FINISHED = ("succeeded", "failed", "cancelled")


class Expected(Struct):
    """What a row should be."""

    project: str
    key: str | None
    max_attempts: int
    status: str = "queued"
    attempt: int = 0
    holder: leases.Token | None = None
    asked_to_stop: bool = False


class Queue(RuleBasedStateMachine):
    """The real tables against a model of them. Stale claims are kept, and used."""

    engine: Engine  # set by the test

    def __init__(self) -> None:
        super().__init__()
        self.expected: dict[str, Expected] = {}
        self.claims: list[Claim] = []
        numbers = count()  # ids in order: which of two with the same turn is first must not be chance
        queue.new_id = lambda prefix: f"{prefix}_{next(numbers):06}"  # type: ignore[attr-defined]
        self.do(lambda c: c.execute(delete(jobs)))
        for project in PROJECTS:
            self.enqueue(project, "x", 2, False)
        self.claim(2, "w1")

    def do(self, work: Callable[[Any], Any]) -> Any:
        with self.engine.begin() as connection:
            result = work(connection)
            connection.info.clear()
            return result

    def draw_claim(self, data: st.DataObject, stale: bool) -> Claim:
        held = [claim for claim in self.claims if self.expected[claim.job.id].holder == claim.token]
        return data.draw(st.sampled_from(self.claims if stale or not held else held))

    @rule(
        project=st.sampled_from(PROJECTS),
        key=st.sampled_from([None, None, "x"]),
        max_attempts=st.integers(1, 3),
        delayed=st.booleans(),
    )
    def enqueues(self, project: str, key: str | None, max_attempts: int, delayed: bool) -> None:
        self.enqueue(project, key, max_attempts, delayed)

    def enqueue(self, project: str, key: str | None, max_attempts: int, delayed: bool) -> None:
        run_at = 1.0 if delayed else None
        job_id = self.do(
            lambda c: queue.enqueue(
                c, "work", project, project_id=project, key=key, run_at=run_at, max_attempts=max_attempts
            )
        )
        same = [
            id
            for id, job in self.expected.items()
            if key is not None and (job.project, job.key) == (project, key) and job.status not in FINISHED
        ]
        if same:
            assert [job_id] == same
        else:
            assert job_id not in self.expected
            self.expected[job_id] = Expected(project, key, max_attempts)

    @rule(limit=st.integers(1, 3), worker=st.sampled_from(["w1", "w2"]))
    def claims_some(self, limit: int, worker: str) -> None:
        self.claim(limit, worker)

    def claim(self, limit: int, worker: str) -> None:
        for claim in self.do(lambda c: leases.claim(c, worker, "work", limit, 30.0)):
            job = self.expected[claim.job.id]
            assert job.status == "queued", "nobody else holds it"
            assert claim.token not in [other.token for other in self.claims], "a token is never given twice"
            job.status, job.holder, job.attempt = "running", claim.token, job.attempt + 1
            assert claim.job.attempt == job.attempt <= job.max_attempts
            self.claims.append(claim)

    @rule(project=st.sampled_from(PROJECTS), worker=st.sampled_from(["w1", "w2"]))
    def starts(self, project: str, worker: str) -> None:
        claim = self.do(lambda c: leases.start(c, worker, "work", project, 30.0, project_id=project))
        if claim is None:
            assert "queued" in [job.status for job in self.expected.values()], "it passes nobody"
            return
        assert claim.job.payload == project
        self.expected[claim.job.id] = Expected(project, None, queue.MAX_ATTEMPTS, "running", 1, claim.token)
        self.claims.append(claim)

    @rule()
    def time_passes_for_the_delayed(self) -> None:
        self.do(lambda c: c.execute(update(jobs).where(queue.DELAYED).values(run_at=1.0)))
        self.do(leases.promote)

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), stale=st.booleans())
    def worker_dies(self, data: st.DataObject, stale: bool) -> None:
        """Its lease runs out, and somebody notices. The worker may be paused only: its claim is still used below."""
        claim = self.draw_claim(data, stale)
        job = self.expected[claim.job.id]
        buried: list[str] = []
        held = (jobs.c.id == claim.job.id) & (jobs.c.fence == claim.fence)
        self.do(lambda c: c.execute(update(jobs).where(held, queue.RUNNING).values(lease_until=1.0)))
        self.do(lambda c: leases.expire(c, ["work"], {"work": lambda _c, dead: buried.append(dead.status)}))
        if job.holder != claim.token:
            assert buried == []
            return
        job.holder = None
        if job.asked_to_stop or job.attempt >= job.max_attempts:
            job.status = "cancelled" if job.asked_to_stop else "failed"
            assert buried == [job.status]
        else:
            job.status = "queued"
            assert buried == []

    @precondition(lambda self: self.claims)
    @rule(
        data=st.data(),
        stale=st.booleans(),
        result=st.sampled_from(["succeeded", "failed", "dead", "cancelled", "released"]),
    )
    def end(self, data: st.DataObject, stale: bool, result: Any) -> None:
        claim = self.draw_claim(data, stale)
        job = self.expected[claim.job.id]
        self.do(lambda c: leases.settle(c, [Outcome(claim, result)], {}))
        if job.holder != claim.token:
            return
        job.holder = None
        if result in ("succeeded", "cancelled"):
            job.status = result
        elif job.asked_to_stop and result in ("failed", "released"):
            job.status = "cancelled"
        elif result == "dead" or (result == "failed" and job.attempt >= job.max_attempts):
            job.status = "failed"
        else:
            job.status = "queued"
            job.attempt -= result == "released"

    @precondition(lambda self: self.expected)
    @rule(data=st.data(), running=st.booleans())
    def cancel(self, data: st.DataObject, running: bool) -> None:
        held = [id for id, job in self.expected.items() if job.status == "running"] if running else []
        job_id = data.draw(st.sampled_from(held or list(self.expected)))
        job = self.expected[job_id]
        assert not self.do(lambda c: queue.cancel(c, "nobody's", job_id))
        stopped = self.do(lambda c: queue.cancel(c, job.project, job_id))
        assert stopped == (job.status not in FINISHED)
        if job.status == "queued":
            job.status = "cancelled"
        elif job.status == "running":
            job.asked_to_stop = True

    @precondition(lambda self: self.claims)
    @rule()
    def renew(self) -> None:
        held = {job.holder for job in self.expected.values() if job.holder is not None}
        tokens = {claim.token for claim in self.claims}
        lost, to_cancel = self.do(lambda c: leases.renew(c, tokens, 30.0))
        assert lost == tokens - held
        assert to_cancel == {token for token in held if self.expected[token[0]].asked_to_stop}
        assert set(self.do(lambda c: leases.check(c, tokens))) == lost

    @precondition(lambda self: any(job.status == "failed" for job in self.expected.values()))
    @rule(project=st.sampled_from(PROJECTS))
    def retry_dead(self, project: str) -> None:
        letters = [letter.id for letter in self.do(lambda c: queue.dead(c, project))]
        failed = {id for id, job in self.expected.items() if job.project == project and job.status == "failed"}
        assert set(letters) == failed
        assert self.do(lambda c: queue.retry_dead(c, project, letters)) == len(letters)
        for job_id in letters:
            job = self.expected[job_id]
            job.status, job.attempt, job.key, job.asked_to_stop = "queued", 0, None, False

    @invariant()
    def the_tables_are_as_expected(self) -> None:
        rows = self.do(lambda c: c.execute(select(jobs)).all())
        assert {row.id: (row.status, row.attempt) for row in rows} == {
            id: (job.status, job.attempt) for id, job in self.expected.items()
        }
        running = {(row.id, row.fence) for row in rows if row.status == "running"}
        assert running == {job.holder for job in self.expected.values() if job.holder is not None}
        assert all((row.lease_until is not None) == (row.status == "running") for row in rows)
        assert all((row.finished_at is not None) == (row.status in FINISHED) for row in rows)

    def teardown(self) -> None:
        """In the end whatever is unfinished can be done."""
        self.do(lambda c: c.execute(update(jobs).where(queue.RUNNING).values(lease_until=1.0, cancel_requested=False)))
        unfinished = {id for id, job in self.expected.items() if job.status == "queued"}
        unfinished |= {id for id, job in self.expected.items() if job.holder and job.attempt < job.max_attempts}
        self.do(lambda c: leases.expire(c, ["work"], {}))
        self.time_passes_for_the_delayed()
        claimed = self.do(lambda c: leases.claim(c, "last", "work", 1000, 30.0))
        assert {claim.job.id for claim in claimed} == unfinished


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = create_engine(make_url(database_url, Path()))
    migrate.upgrade(made)
    hurry = "PRAGMA synchronous=OFF" if made.dialect.name == "sqlite" else "SET synchronous_commit=off"
    event.listen(made, "connect", lambda connection, _record: connection.execute(hurry).close())
    made.dispose()  # the next connection hurries: what is tested here isn't the disk
    yield made
    made.dispose()


def test_no_order_of_events_breaks_the_queue(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "new_id", queue.new_id)  # type: ignore[attr-defined]
    Queue.engine = engine
    run_state_machine_as_test(
        Queue,
        settings=settings(
            max_examples=100,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],  # thirty steps can be read, and making them fewer takes minutes
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
