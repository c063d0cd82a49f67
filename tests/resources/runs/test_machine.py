"""The run's state machine: cancel, submit, expiry, crashes and late workers in any order, on a real database.

Whatever happens, no status follows one that it can't follow, a thread has one active run at most, and the events end
exactly when the run does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Connection, delete, select, update

from homeport.errors import BadRequestError
from homeport.jobs import leases
from homeport.jobs.events import NewEvent, append_many, event_streams, events
from homeport.jobs.leases import Claim, Outcome
from homeport.jobs.queue import jobs
from homeport.jobs.worker import Context
from homeport.resources.runs import commits
from homeport.resources.runs.events import Rows
from homeport.resources.runs.jobs import RunJobs
from homeport.storage.conversations import Conversation, conversations, lock
from homeport.storage.database import Database
from homeport.storage.database import database_url as make_url
from homeport.storage.runs import TERMINAL, Run, open_steps, runs
from homeport.storage.schema import metadata

P = "proj"
CALL = {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}
# The statuses that may follow each in the log of events; written down anew, as OpenAI's documentation has them.
LEGAL = {
    "created": {"queued"},
    "queued": {"in_progress", "cancelling", "cancelled", "expired", "failed"},
    "in_progress": {
        *("requires_action", "completed", "incomplete", "failed", "expired"),
        *("cancelling", "cancelled"),
    },
    "requires_action": {"queued", "cancelling", "cancelled", "expired"},
    "cancelling": {"cancelled", "failed", "expired"},
}
T = TypeVar("T")


class RunMachine(RuleBasedStateMachine):
    def __init__(self, runner: asyncio.Runner, database: Database) -> None:
        super().__init__()
        self.runner = runner
        self.database = database
        self.write(lambda c: [c.execute(delete(table)) for table in reversed(metadata.sorted_tables)])
        self.thread = Conversation(id="conv_1", created_at=0)
        self.write(lambda c: conversations.insert(c, P, self.thread))
        self.dead = RunJobs(self.database, None, lambda *_: {}, None, 1).on_dead  # type: ignore[arg-type]
        self.playing: list[Claim] = []  # whose workers live
        self.lost: list[Claim] = []  # whose workers are paused, and don't know that they were given up
        self.made: list[str] = []

    def write(self, work: Callable[[Connection], T]) -> T:
        return self.runner.run(self.database.write(work))

    def run(self) -> Run | None:
        """The newest."""
        return self.write(lambda c: runs.find(c, P, self.made[-1])) if self.made else None

    def fenced(self, claim: Claim, work: Callable[[Connection], Any], *, last: bool = False) -> bool:
        """As `Context.write` and `finish` do it. False where the job is somebody else's, or the run has ended."""

        def written(connection: Connection) -> None:
            for error in leases.check(connection, [claim.token]).values():
                raise error
            work(connection)
            if last:
                leases.settle(connection, [Outcome(claim, "succeeded")], {})

        try:
            self.write(written)
        except (leases.LeaseLost, commits.Superseded):
            return False
        return True

    # --- what may happen -------------------------------------------------------------

    @rule()
    def create(self) -> None:
        run = Run(id=f"run_{len(self.made)}", created_at=0, conversation_id="conv_1", assistant_id="a", model="m")
        run.expires_at = 1 << 33

        def work(connection: Connection) -> bool:
            thread = lock(connection, P, "conv_1")
            if thread.active_run_id is not None:
                return False
            commits.create(connection, P, thread, run)
            return True

        if self.write(work):
            self.made.append(run.id)

    @rule()
    def claim(self) -> None:
        for claim in self.write(lambda c: leases.claim(c, "w", commits.RUN, 1, 1000)):
            if self.fenced(claim, partial(commits.begin, project_id=P, run_id=claim.job.payload["run_id"])):
                self.playing.append(claim)

    @precondition(lambda self: self.playing)
    @rule(data=st.data(), status=st.sampled_from(["completed", "incomplete", "failed", "requires_action"]))
    def finish(self, data: st.DataObject, status: Any) -> None:
        claim = data.draw(st.sampled_from(self.playing))
        self.playing.remove(claim)
        self._finish(claim, status)

    def _finish(self, claim: Claim, status: Any) -> bool:
        run_id = claim.job.payload["run_id"]
        waits = status == "requires_action"
        changes: Any = {"required_calls": [CALL]} if waits else {}

        def work(connection: Connection) -> None:
            run = runs.retrieve(connection, P, run_id)
            call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}", "output": None}}
            steps = [Rows(run).step(type="tool_calls", tool_calls=[call])] if waits else []
            append_many(connection, run_id, commits.finish(connection, P, run_id, status, ([], steps), **changes))

        return self.fenced(claim, work, last=True)

    @precondition(lambda self: self.playing)
    @rule(data=st.data())
    def commit(self, data: st.DataObject) -> None:
        claim = data.draw(st.sampled_from(self.playing))
        self.fenced(claim, lambda c: commits.commit(c, P, claim.job.payload["run_id"], ([], []), [], rounds=1))

    @precondition(lambda self: self.playing)
    @rule(data=st.data())
    def heed_the_cancelling(self, data: st.DataObject) -> None:
        claim = data.draw(st.sampled_from(self.playing))
        asked = self.write(
            lambda c: c.execute(select(jobs.c.cancel_requested).where(jobs.c.id == claim.job.id)).scalar()
        )
        if asked:
            self.playing.remove(claim)
            self._finish(claim, "cancelled")

    @precondition(lambda self: self.playing)
    @rule(data=st.data())
    def crash(self, data: st.DataObject) -> None:
        """The worker dies or is paused; its lease runs out, and the retry is due."""
        claim = data.draw(st.sampled_from(self.playing))
        self.playing.remove(claim)
        self.lost.append(claim)
        self.give_up(claim)

    def give_up(self, claim: Claim) -> None:
        def work(connection: Connection) -> None:
            mine = jobs.c.id == claim.job.id
            connection.execute(update(jobs).where(mine, jobs.c.status == "running").values(lease_until=1.0))
            leases.expire(connection, [commits.RUN], {commits.RUN: self.dead})
            connection.execute(update(jobs).where(mine, jobs.c.status == "queued").values(run_at=1.0))
            leases.promote(connection)

        self.write(work)

    @precondition(lambda self: self.lost)
    @rule(data=st.data())
    def come_back_late(self, data: st.DataObject) -> None:
        claim = data.draw(st.sampled_from(self.lost))
        assert not self._finish(claim, "completed")

    @precondition(lambda self: self.made)
    @rule()
    def cancel(self) -> None:
        run = self.run()
        assert run is not None
        may = run.status not in TERMINAL and run.status != "cancelling"
        try:
            self.write(lambda c: commits.cancel(c, P, run))
        except BadRequestError:
            assert not may
        else:
            assert may

    @precondition(lambda self: self.made)
    @rule(right=st.booleans())
    def submit(self, right: bool) -> None:
        before = self.run()
        assert before is not None
        outputs = {"call_1" if right else "call_2": "42"}
        try:
            self.write(lambda c: commits.answer(c, P, commits.held(c, P, before.id), outputs))
        except (BadRequestError, commits.Superseded):
            assert before.status != "requires_action" or not right
        else:
            assert before.status == "requires_action"
            assert right

    @precondition(lambda self: self.made)
    @rule()
    def expire(self) -> None:
        """As its job does it: whether the run waits, is played, or is being cancelled. Its worker finds out."""
        before = self.run()
        assert before is not None
        try:
            self.write(partial(commits.expire, project_id=P, run_id=before.id))
        except commits.Superseded:
            assert before.status in TERMINAL
        else:
            assert before.status not in TERMINAL

    # --- what must hold --------------------------------------------------------------

    @invariant()
    def everything_fits(self) -> None:
        def look(connection: Connection) -> tuple[Any, ...]:
            left = {id: open_steps(connection, P, id) for id in self.made}
            thread = conversations.retrieve(connection, P, "conv_1")
            found = [runs.retrieve(connection, P, id) for id in self.made]
            c = events.c
            log = connection.execute(select(c.stream_id, c.type, c.data).order_by(c.stream_id, c.number)).all()
            ended = {row.id: row.ended_at for row in connection.execute(select(event_streams))}
            return thread, found, log, ended, left

        thread, found, log, ended, left = self.write(look)
        active = [run.id for run in found if run.status not in TERMINAL]
        assert active == ([thread.active_run_id] if thread.active_run_id else [])
        for run in found:
            told = [row for row in log if row.stream_id == run.id and not row.type.startswith("thread.run.step.")]
            names = [row.type.removeprefix("thread.run.") for row in told]
            assert names[0] == "created"
            for before, after in pairwise(names):
                assert after in LEGAL[before], names
            assert names[-1] == run.status
            waits = run.status == "requires_action" or (run.status == "cancelling" and bool(left[run.id]))
            assert len(left[run.id]) == int(waits), run.status
            assert msgspec.json.decode(told[-1].data)["status"] == run.status
            assert (ended[run.id] is not None) == (run.status in TERMINAL)
            assert (run.status == "requires_action") == bool(run.required_calls)


@contextmanager
def opened(database_url: str) -> Iterator[tuple[asyncio.Runner, Database]]:
    with asyncio.Runner() as runner:
        database = Database(make_url(database_url, Path()))
        runner.run(database.open())
        try:
            yield runner, database
        finally:
            runner.run(database.close())


@pytest.mark.parametrize("ends", ["requires_action", "cancelled"])
def test_a_cancelled_run_leaves_no_step_open(database_url: str, ends: str) -> None:
    """The cancel comes just before the wait for outputs, or finds a step that a worker before has left."""
    with opened(database_url) as (runner, database):
        machine = RunMachine(runner, database)
        machine.create()
        machine.claim()
        if ends == "cancelled":
            run = machine.run()
            assert run is not None
            left = Rows(run).step(type="tool_calls", tool_calls=[])
            machine.write(lambda c: commits.commit(c, P, "run_0", ([], [left]), []))
        machine.cancel()
        assert machine._finish(machine.playing.pop(), ends)
        machine.everything_fits()
        run = machine.run()
        assert run is not None
        assert run.status == "cancelled"
        types = machine.write(lambda c: c.execute(select(events.c.type).order_by(events.c.number)).scalars().all())
        assert list(types)[-2:] == ["thread.run.step.cancelled", "thread.run.cancelled"]


def test_what_a_dead_worker_had_begun_ends_where_the_next_one_finds_the_run_cancelled(database_url: str) -> None:
    with opened(database_url) as (runner, database):
        machine = RunMachine(runner, database)
        machine.create()
        machine.claim()
        begun = [
            NewEvent("thread.run.step.created", {"id": "step_1", "status": "in_progress"}),
            NewEvent("thread.message.created", {"id": "msg_1", "status": "in_progress", "content": []}),
        ]
        machine.write(lambda c: append_many(c, "run_0", begun))
        machine.give_up(machine.playing.pop())
        (claim,) = machine.write(lambda c: leases.claim(c, "w", commits.RUN, 1, 1000))
        machine.cancel()
        jobs_of_runs = RunJobs(database, None, lambda *_: {}, None, 1)  # type: ignore[arg-type]
        worker: Any = SimpleNamespace(database=database)
        runner.run(jobs_of_runs.play(Context(worker, claim)))
        types = machine.write(lambda c: c.execute(select(events.c.type).order_by(events.c.number)).scalars().all())
        assert types[-3:] == ["thread.message.incomplete", "thread.run.step.cancelled", "thread.run.cancelled"]
        run = machine.run()
        assert run is not None
        assert run.status == "cancelled"


def test_run_machine(database_url: str) -> None:
    is_sqlite = database_url.startswith("sqlite")
    with opened(database_url) as (runner, database):

        class Machine(RunMachine):
            def __init__(self) -> None:
                super().__init__(runner, database)

        run_state_machine_as_test(
            Machine,
            settings=settings(
                max_examples=12 if is_sqlite else 6,
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
