"""Works on jobs, on the event loop it is started on.

async def ingest(ctx: Context) -> None:
    await ctx.write(lambda connection: …)     # refused if the job is somebody else's by now

worker = Worker(database, {"ingest": ingest}, concurrency=8, lease_s=30)
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
import secrets
import socket
import time
from collections import Counter
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, TypeVar

from msgspec import Struct
from sqlalchemy import Connection

from homeport.errors import ApiError, StorageUnavailable
from homeport.jobs import events, leases
from homeport.jobs import periodic as periodic_jobs
from homeport.jobs.batching import Batches
from homeport.jobs.events import NewEvent
from homeport.jobs.leases import Claim, LeaseLost, OnDead, Outcome, Token
from homeport.jobs.queue import CANCEL_TOPIC, TOPIC, Job
from homeport.jobs.room import NOWHERE, Room
from homeport.storage.database import Database
from homeport.storage.signals import LOOK_AGAIN_S, wait

log = logging.getLogger(__name__)

T = TypeVar("T")

_APPENDS = 256  # of as many handlers, written together
_APPEND_PAUSE_S = 0.003  # between two of those: a model's words come one by one
_CLAIM = 100  # jobs taken at a time: another worker wants some too
_PAUSE_S = 1.0  # before the database is tried again after an error
_STOP_S = 5.0  # for a cancelled handler to end
_MAX_ERROR = 2000  # characters


class PermanentError(Exception):
    """Raised by a handler: trying again is of no use. The job is dead at once; the message is kept."""


class Context:
    """What a handler knows and may do. One per attempt."""

    def __init__(self, worker: Worker, claim: Claim) -> None:
        self.job: Job = claim.job
        self.cancelled = asyncio.Event()  # set before the handler's task is cancelled because someone cancelled the job
        self.claim = claim
        self.is_lost = False
        self.is_finished = False
        self.task: asyncio.Task[None]
        self._worker = worker

    @property
    def is_first(self) -> bool:
        """Whether nobody has begun this job before, also none whose attempt isn't counted."""
        return self.claim.fence == 1

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction in which the job is surely this worker's.

        Raises LeaseLost, and cancels the handler, if it is not; nothing is written then.
        """

        def fenced(connection: Connection) -> T:
            for error in leases.check(connection, [self.claim.token]).values():
                raise error
            return work(connection)

        try:
            return await self._worker.database.write(fenced)
        except LeaseLost:
            self.lose()
            raise

    async def append(self, stream_id: str, new: Sequence[NewEvent]) -> int:
        """`events.append_many`, as a `write` that costs little: those of all jobs of the worker are gathered.

        Raises LeaseLost and StreamEnded.
        """
        return await self.post(stream_id, new)

    def post(self, stream_id: str, new: Sequence[NewEvent]) -> asyncio.Future[int]:
        """As `append`, for who doesn't wait."""
        posted = self._worker.appends.put(Append(self.claim.token, stream_id, new))
        posted.add_done_callback(self._posted)
        return posted

    def _posted(self, posted: asyncio.Future[int]) -> None:
        if not posted.cancelled() and isinstance(posted.exception(), LeaseLost):
            self.lose()

    async def finish(self, work: Callable[[Connection], T]) -> T:
        """The last `write`: the job is done in the same transaction, so that it never runs again after it."""

        def last(connection: Connection) -> T:
            result = work(connection)
            leases.settle(connection, [Outcome(self.claim, "succeeded")], {})
            return result

        self.is_finished = True  # from the commit on nobody holds a lease, and that is no loss
        try:
            return await self.write(last)
        except BaseException:
            self.is_finished = False
            raise

    def lose(self) -> None:
        """The job was taken over, or is finished: stop whatever the handler still does for it."""
        if not self.is_lost:
            self.is_lost = True
            self.task.cancel()

    def cancel(self) -> None:
        """Someone cancelled the job. The handler's task is cancelled once: it may clean up, `write` included."""
        if not self.cancelled.is_set():
            self.cancelled.set()
            self.task.cancel()


class Append(Struct, frozen=True):
    """Events that a claim's holder wants in a stream."""

    token: Token
    stream_id: str
    new: Sequence[NewEvent]


Handler = Callable[[Context], Coroutine[Any, Any, None]]


class Worker:
    """Claims jobs of the kinds it has handlers for, and runs them.

    A handler that returns has succeeded. One that raises is tried again with back-off, up to the job's `max_attempts`;
    then, or at a `PermanentError`, the job is dead: `on_dead[kind](connection, job)` runs in the transaction that marks
    it, to tell the object it was about (also for a cancelled job whose handler could not hear of it; see `job.status`).

    `concurrency`: jobs of one kind at a time, except for those that `slots` gives a number of their own.
    `periodic`: kind → seconds; one job of that kind at a time in all replicas, with the payload null.
    """

    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, Handler],
        concurrency: int = 8,
        lease_s: float = 30.0,
        *,
        periodic: Mapping[str, float] = MappingProxyType({}),
        on_dead: Mapping[str, OnDead] = MappingProxyType({}),
        slots: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self.database = database
        self.appends: Batches[Append, int] = Batches(self._append_all, _APPENDS, _APPEND_PAUSE_S)
        self._handlers = handlers
        self._concurrency = concurrency
        self.lease_s = lease_s
        self._periodic = periodic
        self._on_dead = on_dead
        self._slots = slots
        self._running: dict[Token, Context] = {}  # until settled
        self._kept: Counter[str] = Counter()  # places for jobs that are about to be enqueued
        self._outcomes: list[Outcome] = []  # of handlers that have ended, to be settled
        self._wake = asyncio.Event()
        self._exchanging = asyncio.Lock()
        self._closing = False
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Handlers and hooks may be added until now."""
        self._handlers = {periodic_jobs.PRUNE: periodic_jobs.prune, **self._handlers}
        self._periodic = {periodic_jobs.PRUNE: periodic_jobs.PRUNE_EVERY_S, **self._periodic}
        self.database.signals.receive(leases.started_topic(self.name), self)
        self._tasks = [
            asyncio.create_task(self._work(), name="worker"),
            asyncio.create_task(self._renew(), name="worker-leases"),
        ]

    async def close(self, grace_s: float = 5.0) -> None:
        """Take no more jobs; give those that run `grace_s` to finish; hand the others back, their attempt uncounted.

        A handler that is stopped sees its task cancelled, with `Context.cancelled` unset.
        """
        if not self._tasks:
            return
        work, renew = self._tasks
        self._tasks = []
        self._closing = True
        self._wake.set()
        await work
        handlers = {context.task for context in self._running.values()}
        if handlers:
            _, late = await asyncio.wait(handlers, timeout=grace_s)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=_STOP_S)
        renew.cancel()
        await asyncio.gather(renew, return_exceptions=True)
        try:
            await self._exchange()
        except Exception as error:
            log.error("jobs could not be handed back, their leases will run out: %s", error)

    async def _work(self) -> None:
        with self.database.signals.subscribe(TOPIC) as self._wake:
            look_at = 0.0
            while not self._closing:
                self._wake.clear()
                try:
                    if time.monotonic() >= look_at:
                        await self.database.write(self._look)
                        look_at = time.monotonic() + LOOK_AGAIN_S
                    due_s = await self._exchange()
                    look_at = min(look_at, time.monotonic() + due_s)
                except StorageUnavailable:  # `Database` says so
                    look_at = time.monotonic() + _PAUSE_S
                except Exception:  # the next look may find it gone
                    log.exception("the queue can't be used")
                    look_at = time.monotonic() + _PAUSE_S
                await wait(self._wake, look_at - time.monotonic())

    @contextlib.contextmanager
    def room(self, kind: str) -> Iterator[Room]:
        """Keep a place for a job of the kind, if there is one, while it is enqueued in a transaction in the block."""
        if not self._tasks or self._wanted(()).get(kind, 0) <= 0:
            yield NOWHERE
            return
        self._kept[kind] += 1
        try:
            yield Room(self.name, self.lease_s)
        finally:
            self._kept[kind] -= 1

    def _look(self, connection: Connection) -> None:
        """What time alone brings about."""
        periodic_jobs.ensure(connection, self._periodic)
        leases.expire(connection, self._handlers, self._on_dead)
        leases.promote(connection)

    async def _exchange(self) -> float:
        """Hand in what has ended and take what is to begin, in one transaction.

        Returns the seconds until something is due that waits for its time.
        """
        outcomes = tuple(self._outcomes)
        wanted = {} if self._closing else self._wanted(outcomes)
        if not outcomes and not wanted:
            return math.inf

        def work(connection: Connection) -> tuple[list[Claim], float | None]:
            leases.settle(connection, outcomes, self._on_dead)
            if any(outcome.claim.job.kind in self._periodic for outcome in outcomes):
                periodic_jobs.ensure(connection, self._periodic)
            claims = [
                claim
                for kind, limit in wanted.items()
                for claim in leases.claim(connection, self.name, kind, limit, self.lease_s)
            ]
            return claims, leases.next_due_s(connection)

        async with self._exchanging:
            claims, due_s = await self.database.write(work)
            del self._outcomes[: len(outcomes)]
            for outcome in outcomes:
                del self._running[outcome.claim.token]
            for claim in claims:
                self._begin(claim)
        if len(claims) >= min(wanted.values(), default=1):
            self._wake.set()  # there may be more
        return math.inf if due_s is None else max(due_s, 0.0)

    def _wanted(self, outcomes: Collection[Outcome]) -> dict[str, int]:
        """Kind → how many jobs of it there is room for."""
        busy = Counter(context.job.kind for context in self._running.values())
        busy.subtract(outcome.claim.job.kind for outcome in outcomes)
        busy.update(self._kept)
        free = {kind: self._slots.get(kind, self._concurrency) - busy[kind] for kind in self._handlers}
        return {kind: min(places, _CLAIM) for kind, places in free.items() if places > 0}

    def receive(self, claim: Claim | None) -> None:
        """A job that was enqueued with a place in `room`."""
        if claim is not None:
            self._begin(claim)

    def _begin(self, claim: Claim) -> None:
        handler = self._handlers[claim.job.kind]
        context = Context(self, claim)
        context.task = asyncio.create_task(handler(context), name=claim.job.id)
        context.task.add_done_callback(partial(self._ended, context))
        self._running[claim.token] = context

    def _ended(self, context: Context, task: asyncio.Task[None]) -> None:
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if context.is_lost or context.is_finished:
            was_full = not self._wanted(()).get(context.job.kind)
            del self._running[context.claim.token]
            if not was_full and not self._closing:
                return  # there was room before, too: nobody waits for this place
        else:
            self._outcomes.append(self._outcome(context, error))
        self._wake.set()

    def _outcome(self, context: Context, error: BaseException | None) -> Outcome:
        job = context.job
        if error is None:
            return Outcome(context.claim, "succeeded")
        if context.cancelled.is_set():
            return Outcome(context.claim, "cancelled")
        if self._closing and isinstance(error, asyncio.CancelledError):
            return Outcome(context.claim, "released")
        known = isinstance(error, ApiError | PermanentError)
        reason = (str(error) if known else repr(error))[:_MAX_ERROR]
        reason = reason.replace("\0", "").encode(errors="replace").decode()  # what a database takes as text
        log.warning("%s %s, attempt %d: %s", job.kind, job.id, job.attempt, reason, exc_info=None if known else error)
        return Outcome(context.claim, "dead" if isinstance(error, PermanentError) else "failed", reason)

    async def _append_all(self, asked: Sequence[Append]) -> list[int | Exception]:
        def work(connection: Connection) -> list[int | Exception]:
            lost = leases.check(connection, [each.token for each in asked])
            appended = iter(
                events.append_all(connection, [(each.stream_id, each.new) for each in asked if each.token not in lost])
            )
            return [lost[each.token] if each.token in lost else next(appended) for each in asked]

        return await self.database.write(work, synced=False)  # see `events.leave_out_lost`

    async def _renew(self) -> None:
        """Keep the leases of all jobs that run, and hear of those that are to stop."""
        with self.database.signals.subscribe(CANCEL_TOPIC) as cancel:
            while True:
                await wait(cancel, self.lease_s / 3)
                cancel.clear()
                async with self._exchanging:  # a claim under way may be of the job that is to stop
                    held = dict(self._running)
                if not held:
                    continue
                try:
                    lost, cancelled = await self.database.write(
                        partial(leases.renew, tokens=tuple(held), lease_s=self.lease_s)
                    )
                except Exception as error:
                    if not isinstance(error, StorageUnavailable):  # `Database` says so
                        log.exception("the leases can't be renewed")
                    await asyncio.sleep(min(_PAUSE_S, self.lease_s / 10))
                    cancel.set()  # again at once: the time is short
                    continue
                for token in lost:
                    if not held[token].is_finished:
                        held[token].lose()
                for token in cancelled:
                    held[token].cancel()
