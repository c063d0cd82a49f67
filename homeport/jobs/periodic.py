"""Periodic jobs: of each kind there is one unfinished job, delayed until its next time.

The key of that job makes it one for all replicas, however many want to enqueue it, and the next is enqueued when it is
finished: they don't pile up behind a slow one or while nobody works.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select, update

from homeport.jobs import events, queue
from homeport.jobs.queue import SYSTEM, UNFINISHED, enqueue, jobs
from homeport.jobs.sql import now

if TYPE_CHECKING:
    from homeport.jobs.worker import Context, Handler

PRUNE = "jobs.prune"
PRUNE_EVERY_S = 600.0
FORGET_EVENTS = "events.forget"
FORGET_EVENTS_EVERY_S = 600.0
KEEP_FINISHED_S = 24 * 3600.0
KEEP_DEAD_S = 30 * 24 * 3600.0

_KEY = "periodic"
_c = jobs.c


def ensure(connection: Connection, every_s: Mapping[str, float]) -> None:
    """Enqueue what is missing, for the next multiple of its period on the database's clock, by which it comes due."""
    now_s = connection.execute(select(now())).scalar_one()
    query = select(_c.kind, _c.id, (_c.run_at - now()).label("due_s"))
    mine = (_c.project_id == SYSTEM) & _c.kind.in_(list(every_s)) & (_c.key == _KEY)
    waiting = {row.kind: row for row in connection.execute(query.where(mine, UNFINISHED))}
    for kind, period_s in every_s.items():
        at = (now_s // period_s + 1) * period_s
        if kind not in waiting:
            enqueue(connection, kind, None, project_id=SYSTEM, key=_KEY, run_at=at)
        elif waiting[kind].due_s > period_s:  # the period was made shorter
            connection.execute(update(jobs).where(_c.id == waiting[kind].id).values(run_at=at))


def forget_events(kept_s: float, *prefixes: str) -> Handler:
    """The handler of FORGET_EVENTS, for streams whose ids begin so: forget them that long after their end."""

    async def forget(ctx: Context) -> None:
        ended_before = time.time() - kept_s
        for prefix in prefixes:
            while await ctx.write(partial(events.prune, prefix=prefix, ended_before=ended_before)):
                pass

    return forget


async def prune(ctx: Context) -> None:
    """The handler of PRUNE: delete finished jobs after a day, dead letters after thirty."""
    at = time.time()
    deleted = 1
    while deleted:
        deleted = await ctx.write(
            lambda c: queue.prune(c, finished_before=at - KEEP_FINISHED_S, dead_before=at - KEEP_DEAD_S)
        )
