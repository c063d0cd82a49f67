"""What workers do with the rows of the queue: claim, renew, settle, and take over from workers that died.

A claim is a lease until a time on the database's clock. Its holder renews it; once it has run out, anybody may queue
the job again. Each claim has a number, the *fence*: who writes in a job's name first shows it, in the same transaction
(`check`), so that a worker which was paused past its lease, and knows nothing of it, changes nothing any more.

An attempt is counted when a job is claimed, so that one which kills its worker is dead after `max_attempts` of them.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Double, Text, bindparam, func, insert, literal, select, update

from homeport.errors import StorageUnavailable
from homeport.jobs.queue import DELAYED, FIELDS, READY, RUNNING, TOPIC, Job, jobs, new_row, next_turn, to_job
from homeport.jobs.sql import as_parameter, is_claimed_by, now
from homeport.storage.faults import told
from homeport.storage.signals import hand, signal

log = logging.getLogger(__name__)

_RETRY_S = 1.0  # before the second attempt, and twice that before the third …
_MAX_RETRY_S = 300.0
_BATCH = 500  # jobs looked after in one transaction
_c = jobs.c

Token = tuple[str, int]  # a job's id and the fence of one claim of it
OnDead = Callable[[Connection, Job], None]


class LeaseLost(Exception):
    """The job is not this worker's any more: it was taken over, or it is finished."""


class Claim(Struct):
    """`given`: what the handler would read first, where whoever enqueued the job has it at hand (`jobs.room`)."""

    job: Job
    fence: int
    given: Any = None

    @property
    def token(self) -> Token:
        return self.job.id, self.fence


class Outcome(Struct, frozen=True):
    """How a claim ended. `released`: unfinished and not the job's fault, so that the attempt isn't counted."""

    claim: Claim
    result: Literal["succeeded", "failed", "dead", "cancelled", "released"]
    error: str | None = None


def _finished(status: str) -> dict[str, Any]:
    return {"status": status, "finished_at": now(), "turn": None, "lease_until": None}


# Built once: to build such a statement costs more than to run it.
_MINE = RUNNING & is_claimed_by(bindparam("tokens", type_=Text))
_READY = select(_c.id).where(READY, _c.kind == bindparam("of_kind")).order_by(_c.turn, _c.id)
_PICKED = _READY.limit(bindparam("at_most")).with_for_update(skip_locked=True).cte("picked")
_CLAIM = (
    update(jobs)
    .where(_c.id.in_(select(_PICKED.c.id)))
    .values(
        status="running",
        worker=bindparam("by"),
        attempt=_c.attempt + 1,
        fence=_c.fence + 1,
        lease_until=now() + bindparam("for_s", type_=Double),
    )
    .returning(_c.turn, _c.fence, *FIELDS)
)
_WAITING = select(literal(1)).where(READY, _c.kind == bindparam("of_kind")).limit(1)
_START = insert(jobs).values(lease_until=now() + bindparam("for_s", type_=Double)).inline()
_HELD = select(_c.id, _c.fence, _c.cancel_requested).where(_MINE)
# PostgreSQL's weaker locks, with which a lease is renewed while its holder writes; both keep out whoever takes the job
# from its holder, with the full lock (`_LOCK`, `expire`).
_CHECK = _HELD.order_by(_c.id).with_for_update(read=True, key_share=True)
_FREE = select(_c.id).where(_MINE).with_for_update(key_share=True, skip_locked=True).cte("free")
_LOCK = _HELD.with_for_update()
_RENEW = update(jobs).where(_c.id.in_(select(_FREE.c.id))).values(lease_until=now() + bindparam("for_s", type_=Double))
_NEXT_DUE_S = select(func.min(_c.run_at) - now()).where(DELAYED)
_SUCCEED = update(jobs).where(_MINE).values(_finished("succeeded"))


def claim(connection: Connection, worker: str, kind: str, limit: int, lease_s: float) -> list[Claim]:
    """Take up to `limit` jobs that are ready, in the order of their turns."""
    how = {"of_kind": kind, "at_most": limit, "by": worker, "for_s": lease_s}
    rows = sorted(connection.execute(_CLAIM, how), key=lambda row: (row.turn, row.id))
    return [Claim(to_job(row[2:]), row.fence) for row in rows]


def started_topic(worker: str) -> str:
    """What is handed over under it: the claims of jobs that were enqueued as this worker's."""
    return f"jobs:started:{worker}"


def start(
    connection: Connection, worker: str, kind: str, payload: Any, lease_s: float, *, project_id: str
) -> Claim | None:
    """Enqueue a job and claim it in one: it is this worker's from the commit on. None where others of its kind wait,
    whom it may not pass.
    """
    if connection.execute(_WAITING, {"of_kind": kind}).first() is not None:
        return None
    row = new_row(kind, payload, project_id) | {"status": "running", "attempt": 1, "fence": 1, "worker": worker}
    connection.execute(_START, {**row, "for_s": lease_s})
    claimed = Claim(to_job([row.get(name) for name in Job.__struct_fields__]), row["fence"])
    hand(connection, started_topic(worker), claimed, elsewhere=False)
    return claimed


def check(connection: Connection, tokens: Collection[Token]) -> dict[Token, LeaseLost]:
    """Nobody else gets these jobs until this transaction ends. Returns an error for each that somebody has got."""
    held = {(row.id, row.fence) for row in connection.execute(_CHECK, {"tokens": as_parameter(tokens)})}
    return {token: LeaseLost(f"the job {token[0]} is not this worker's any more") for token in set(tokens) - held}


def renew(connection: Connection, tokens: Collection[Token], lease_s: float) -> tuple[set[Token], set[Token]]:
    """Extend leases. Returns those that are lost, and those whose jobs are to be cancelled.

    A row that is locked in full is about to be ended or cancelled: it is left alone until the next time, for to wait
    for one would hold up the writes of all others.
    """
    parameter = as_parameter(tokens)
    connection.execute(_RENEW, {"tokens": parameter, "for_s": lease_s})
    rows = connection.execute(_HELD, {"tokens": parameter}).all()
    lost = set(tokens) - {(row.id, row.fence) for row in rows}
    return lost, {(row.id, row.fence) for row in rows if row.cancel_requested}


def settle(connection: Connection, outcomes: Sequence[Outcome], on_dead: Mapping[str, OnDead]) -> None:
    """Record how claims ended. Those that were lost meanwhile are somebody else's, and passed over."""
    succeeded = [outcome.claim.token for outcome in outcomes if outcome.result == "succeeded"]
    if succeeded:
        connection.execute(_SUCCEED, {"tokens": as_parameter(succeeded)})
    for outcome in outcomes:
        if outcome.result != "succeeded":
            _settle(connection, outcome, on_dead)


def _settle(connection: Connection, outcome: Outcome, on_dead: Mapping[str, OnDead]) -> None:
    row = connection.execute(_LOCK, {"tokens": as_parameter([outcome.claim.token])}).first()
    if row is None:
        return
    job, result = outcome.claim.job, outcome.result
    if result == "dead":
        _end(connection, job, "failed", outcome.error, on_dead)
    elif result == "cancelled" or row.cancel_requested:  # what the handler was to clean up, it may have failed to
        _end(connection, job, "cancelled", outcome.error, on_dead)
    elif result == "released":
        values = {"status": "queued", "attempt": _c.attempt - 1, "lease_until": None}
        connection.execute(update(jobs).where(_c.id == job.id).values(values))
        signal(connection, TOPIC)
    else:
        _try_again(connection, job, outcome.error, on_dead)


def expire(connection: Connection, kinds: Collection[str], on_dead: Mapping[str, OnDead]) -> int:
    """End the claims whose leases have run out: their workers died or hang. Returns how many."""
    late = select(*FIELDS, _c.cancel_requested).where(RUNNING, _c.kind.in_(kinds), _c.lease_until < now())
    rows = connection.execute(late.limit(_BATCH).with_for_update(skip_locked=True)).all()
    for row in rows:
        job = to_job(row[:-1])
        error = f"Its worker died or was paused (attempt {job.attempt} of {job.max_attempts})."
        if row.cancel_requested:
            _end(connection, job, "cancelled", error, on_dead)
        else:
            _try_again(connection, job, error, on_dead)
    return len(rows)


def _try_again(connection: Connection, job: Job, error: str | None, on_dead: Mapping[str, OnDead]) -> None:
    if job.attempt >= job.max_attempts:
        return _end(connection, job, "failed", error, on_dead)
    # Spread over half of the time: what failed together must not come back together.
    delay_s = min(_MAX_RETRY_S, _RETRY_S * 2 ** (job.attempt - 1)) * random.uniform(0.5, 1.0)
    values = {"status": "queued", "turn": None, "run_at": now() + delay_s, "lease_until": None, "error": error}
    connection.execute(update(jobs).where(_c.id == job.id).values(values))
    return None


def _end(
    connection: Connection,
    job: Job,
    status: Literal["failed", "cancelled"],
    error: str | None,
    on_dead: Mapping[str, OnDead] = MappingProxyType({}),
) -> None:
    """The job is over. What its hook can't do must not keep it from being so."""
    values = _finished(status) | {"error": error}
    connection.execute(update(jobs).where(_c.id == job.id).values(values))
    hook = on_dead.get(job.kind)
    if hook is None:
        return
    savepoint = connection.begin_nested()
    try:
        hook(connection, msgspec.structs.replace(job, status=status, error=error))
        savepoint.commit()
    except Exception as error:
        savepoint.rollback()  # raises where the whole transaction is gone
        if isinstance(told(error), StorageUnavailable):
            raise  # a lock that was waited for in vain, or the like: all of it is tried again
        log.exception("the hook for dead jobs of kind %s failed for %s", job.kind, job.id)


def promote(connection: Connection) -> int:
    """Give the delayed jobs that are due their turns. Returns how many."""
    due = select(_c.id, _c.kind, _c.project_id).where(DELAYED, _c.run_at <= now()).order_by(_c.run_at)
    queues: dict[tuple[str, str], list[str]] = {}
    for row in connection.execute(due.limit(_BATCH).with_for_update(skip_locked=True)):
        queues.setdefault((row.kind, row.project_id), []).append(row.id)
    for (kind, project_id), ids in queues.items():
        turn = connection.execute(next_turn(connection, kind, project_id)).scalar_one()
        for place, job_id in enumerate(ids):
            connection.execute(update(jobs).where(_c.id == job_id).values(turn=turn + place))
    return sum(map(len, queues.values()))


def next_due_s(connection: Connection) -> float | None:
    """Seconds until the first delayed job is due; None if there is none."""
    seconds: float | None = connection.execute(_NEXT_DUE_S).scalar()
    return seconds
