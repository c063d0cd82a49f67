"""The queue of jobs: rows that are written in the transaction of whoever wants something done.

    queued ──claim──▸ running ──▸ succeeded | failed | cancelled
       ◂──retry, release, expired lease──┘

A job that is queued and due has a `turn`, its place in the queue of its kind. A project's next job takes the turn after
the project's last, but none before that of the job which is next now: so projects take turns, whatever one of them
enqueues at once (start-time fair queueing). Delayed and retried jobs get their turn when they are due.

What a worker does with the rows is in `jobs.leases`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Double,
    Index,
    Integer,
    String,
    Table,
    Text,
    case,
    delete,
    func,
    insert,
    literal_column,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from homeport.ids import new_id
from homeport.jobs.sql import now
from homeport.storage.schema import metadata
from homeport.storage.signals import LOOK_AGAIN_S, signal

MAX_ATTEMPTS = 5
TOPIC = "jobs"  # signalled when a job may have become ready
CANCEL_TOPIC = "jobs:cancel"  # signalled when a running job is to stop
SYSTEM = ""  # the project of what the server does for itself

Status = Literal["queued", "running", "succeeded", "failed", "cancelled"]

jobs = Table(
    "jobs",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("project_id", String, nullable=False),
    Column("key", String),
    Column("payload", Text, nullable=False),  # JSON
    Column("status", String, nullable=False),
    Column("turn", BigInteger),  # null: not due yet
    Column("attempt", Integer, nullable=False),  # how often it was started
    Column("max_attempts", Integer, nullable=False),
    Column("run_at", Double, nullable=False),  # this and the following times: seconds since 1970
    Column("created_at", Double, nullable=False),
    Column("finished_at", Double),
    Column("worker", String),  # who holds it, for the operator's eyes
    Column("fence", BigInteger, nullable=False),  # how often it was claimed: the claim's token
    Column("lease_until", Double),
    Column("cancel_requested", Boolean, nullable=False),
    Column("error", Text),
)
_c = jobs.c


def _status_is(status: Status) -> ColumnElement[bool]:
    """Written out in the statement, since a partial index serves only a query that says the same as it does."""
    return _c.status == literal_column(f"'{status}'")


READY = _status_is("queued") & _c.turn.is_not(None)
DELAYED = _status_is("queued") & _c.turn.is_(None)
RUNNING = _status_is("running")
DEAD = _status_is("failed")
FINISHED = _c.finished_at.is_not(None)
UNFINISHED = text("status IN ('queued', 'running') AND key IS NOT NULL")


def _index(name: str, *columns: Any, where: Any, unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


_index("ix_jobs_turn", _c.kind, _c.turn, _c.id, where=READY)
_index("ix_jobs_project_turn", _c.kind, _c.project_id, _c.turn, where=READY)
_index("ix_jobs_delayed", _c.run_at, where=DELAYED)
_index("ix_jobs_running", _c.kind, where=RUNNING)  # without the lease's end: renewing it then touches no index
_index("uq_jobs_key", _c.project_id, _c.kind, _c.key, where=UNFINISHED, unique=True)
_index("ix_jobs_finished", _c.finished_at, where=FINISHED)
_index("ix_jobs_dead", _c.project_id, _c.id, where=DEAD)


class Job(Struct, kw_only=True):
    """Something to be done. Times are seconds since 1970."""

    id: str
    kind: str
    project_id: str
    payload: Any
    key: str | None
    status: Status
    attempt: int  # how often it was started, this time included
    max_attempts: int
    run_at: float
    created_at: float
    error: str | None


FIELDS = tuple(_c[field] for field in Job.__struct_fields__)  # select(*FIELDS): the rows `to_job` takes


def to_job(row: Any) -> Job:
    fields = dict(zip(Job.__struct_fields__, row, strict=True))
    fields["payload"] = msgspec.json.decode(fields["payload"])
    return Job(**fields)


_DELAY = insert(jobs).inline()  # built once: that takes longer than to run it


def enqueue(
    connection: Connection,
    kind: str,
    payload: Any,
    *,
    project_id: str,
    key: str | None = None,
    run_at: float | None = None,
    max_attempts: int = MAX_ATTEMPTS,
) -> str:
    """Have `payload` (anything JSON can say) done by the handler of `kind` once this transaction commits.

    Returns the job's id. `key` is unique among the unfinished jobs of the project and the kind: where there is one, its
    id is returned and nothing is enqueued. `run_at`: not before then, in seconds since 1970.
    """
    row = new_row(kind, payload, project_id, max_attempts)
    row["key"] = key
    if run_at is None:
        row["turn"] = next_turn(connection, kind, project_id).scalar_subquery()
    else:
        row["run_at"] = run_at
    if run_at is None or run_at < time.time() + LOOK_AGAIN_S:  # what is due later is seen in time
        signal(connection, TOPIC)
    if key is None and run_at is not None:
        connection.execute(_DELAY, row)
        return str(row["id"])
    if key is None:
        connection.execute(insert(jobs).values(row))
        return str(row["id"])
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new: Any = dialect.insert(jobs).values(row)
    new = new.on_conflict_do_nothing(index_elements=["project_id", "kind", "key"], index_where=UNFINISHED)
    same_key = (_c.project_id == project_id) & (_c.kind == kind) & (_c.key == key) & UNFINISHED
    while True:
        made = connection.execute(new.returning(_c.id)).scalar()
        existing = made or connection.execute(select(_c.id).where(same_key)).scalar()
        if existing is not None:  # None: it was finished between the two statements
            return str(existing)


def enqueue_many(
    connection: Connection,
    kind: str,
    payloads: Iterable[Any],
    *,
    project_id: str,
    max_attempts: int = MAX_ATTEMPTS,
) -> list[str]:
    """Like `enqueue` for each of `payloads`, to be done in their order, at a fraction of the cost."""
    turn = connection.execute(next_turn(connection, kind, project_id)).scalar_one()
    rows = [new_row(kind, payload, project_id, max_attempts) for payload in payloads]
    for place, row in enumerate(rows):
        row["turn"] = turn + place
    if rows:
        connection.execute(insert(jobs), rows)
        signal(connection, TOPIC)
    return [row["id"] for row in rows]


def next_turn(connection: Connection, kind: str, project_id: str) -> Any:
    """A query for the turn that a project's next job of a kind takes."""
    of_kind = READY & (_c.kind == kind)
    front = select(func.min(_c.turn)).where(of_kind).scalar_subquery()
    own = select(func.max(_c.turn)).where(of_kind, _c.project_id == project_id).scalar_subquery()
    greatest = func.greatest if connection.dialect.name == "postgresql" else func.max
    return select(greatest(func.coalesce(front, 0), func.coalesce(own + 1, 0)))


def new_row(kind: str, payload: Any, project_id: str, max_attempts: int = MAX_ATTEMPTS) -> dict[str, Any]:
    """A job that is queued, without its turn."""
    at = time.time()
    return {
        "id": new_id("job"),
        "kind": kind,
        "project_id": project_id,
        "payload": msgspec.json.encode(payload).decode(),
        "status": "queued",
        "attempt": 0,
        "max_attempts": max_attempts,
        "run_at": at,
        "created_at": at,
        "fence": 0,
        "cancel_requested": False,
    }


def find(connection: Connection, project_id: str, job_id: str) -> Job | None:
    row = connection.execute(select(*FIELDS).where(_c.id == job_id, _c.project_id == project_id)).one_or_none()
    return None if row is None else to_job(row)


def cancel(connection: Connection, project_id: str, job_id: str) -> bool:
    """Stop a job: at once while it is queued; a running one's handler is cancelled, which it may take time to heed.

    False where there is nothing to stop: it is finished, or no job of the project.
    """
    own = (_c.id == job_id) & (_c.project_id == project_id)
    status = connection.execute(select(_c.status).where(own).with_for_update()).scalar()
    if status == "queued":
        values: dict[str, Any] = {"status": "cancelled", "finished_at": now(), "turn": None}
    elif status == "running":
        values = {"cancel_requested": True}
        signal(connection, CANCEL_TOPIC)
    else:
        return False
    connection.execute(update(jobs).where(own).values(values))
    return True


def withdraw(connection: Connection, project_id: str, job_id: str) -> None:
    """Cancel a job unless somebody is at it. Waits for nobody, whatever else the transaction holds."""
    waiting = (_c.id == job_id) & (_c.project_id == project_id) & _status_is("queued")
    free = select(_c.id).where(waiting).with_for_update(skip_locked=True).scalar_subquery()
    values: dict[str, Any] = {"status": "cancelled", "finished_at": now(), "turn": None}
    connection.execute(update(jobs).where(_c.id == free).values(values))


def dead(connection: Connection, project_id: str, limit: int = 100) -> list[Job]:
    """The project's dead letters, newest first: jobs that failed for good, with their last error."""
    query = select(*FIELDS).where(DEAD, _c.project_id == project_id).order_by(_c.id.desc()).limit(limit)
    return [to_job(row) for row in connection.execute(query)]


def retry_dead(connection: Connection, project_id: str, job_ids: Sequence[str]) -> int:
    """Queue dead letters again, as if they had never been tried. Returns how many there were.

    Their keys are dropped: another job may have taken them meanwhile.
    """
    own = DEAD & (_c.project_id == project_id) & _c.id.in_(job_ids)
    values = {
        "status": "queued",
        "key": None,
        "attempt": 0,
        "run_at": now(),
        "finished_at": None,
        "cancel_requested": False,
        "error": None,
    }
    signal(connection, TOPIC)
    return connection.execute(update(jobs).where(own).values(values)).rowcount


def counts(connection: Connection) -> dict[tuple[str, str], int]:
    """(kind, status) → number of jobs, of those queued, running and failed."""
    of_interest = ((READY, "queued"), (DELAYED, "queued"), (RUNNING, "running"), (DEAD, "failed"))
    queries = [
        select(_c.kind, literal_column(f"'{status}'"), func.count()).where(condition).group_by(_c.kind)
        for condition, status in of_interest  # one by one: each has an index
    ]
    found: dict[tuple[str, str], int] = {}
    for kind, status, count in connection.execute(union_all(*queries)):
        found[kind, status] = found.get((kind, status), 0) + count
    return found


def prune(connection: Connection, *, finished_before: float, dead_before: float, limit: int = 1000) -> int:
    """Delete what was finished, or died, before then (seconds since 1970), `limit` at most. Returns how many."""
    old = _c.finished_at < case((DEAD, dead_before), else_=finished_before)
    some = select(_c.id).where(FINISHED, old).order_by(_c.finished_at).limit(limit)
    return connection.execute(delete(jobs).where(_c.id.in_(some))).rowcount
