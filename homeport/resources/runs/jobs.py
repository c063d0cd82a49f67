"""Runs as jobs: a turn is played, and what it comes to is written after every round and every tool.

A worker that dies leaves what was written; who takes over goes on from there. Deltas are written a few at a time, soon
after they come; a message counts when its round has ended. A half-streamed message is ended as incomplete in the
events, and written afresh under a new id: the thread never holds it twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from functools import partial
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection

from homeport.errors import ApiError, BadRequestError, NotFoundError, RateLimitError
from homeport.inference.turn import (
    Body,
    CallRefused,
    Ended,
    NeedsOutputs,
    RoundEnded,
    RoundStarted,
    ServerTool,
    Stream,
    ToolEnded,
    Turn,
    TurnEvent,
    play,
)
from homeport.jobs.event_log import EventLog
from homeport.jobs.events import StreamEnded, append_many
from homeport.jobs.queue import Job
from homeport.jobs.worker import Context
from homeport.resources.runs.commits import (
    Begun,
    Superseded,
    begin,
    commit,
    end_from_outside,
    expire,
    finish,
    held,
    look,
)
from homeport.resources.runs.events import Events
from homeport.resources.runs.view import RunView
from homeport.storage.database import Database
from homeport.storage.runs import LastError, Run, Status

SLOTS = 512  # runs at a time: they mostly wait for models, which have queues of their own

T = TypeVar("T")


class Models(Protocol):
    """Asks models for a project (`inference.metered`)."""

    async def generate(self, project_id: str, key_id: str, body: Body) -> Stream: ...


# Exact prompt tokens of a chat request of the project's.
CountTokens = Callable[[str, Body], Awaitable[int]]
# The server's tools that a run may use, by the names of their functions.
ToolsOf = Callable[[str, Begun], Mapping[str, ServerTool]]


class RunJobs:
    """The handlers of the jobs RUN and EXPIRE, and the hook for those that died."""

    def __init__(
        self, database: Database, models: Models, tools: ToolsOf, count: CountTokens, working_memory_tokens: int
    ) -> None:
        self._database = database
        self._models = models
        self._tools = tools
        self._count = count
        self._working_memory_tokens = working_memory_tokens

    async def play(self, context: Context) -> None:
        """RUN: play the run from where it stands."""
        try:
            await _Playing(
                context, self._database, self._models, self._tools, self._count, self._working_memory_tokens
            ).play()
        except (Superseded, StreamEnded):
            return  # it was ended from outside

    async def expire(self, context: Context) -> None:
        """EXPIRE: end a run whose time is up."""
        project_id, run_id = context.job.project_id, context.job.payload["run_id"]

        try:
            await context.write(partial(expire, project_id=project_id, run_id=run_id))
        except Superseded:
            return

    def on_dead(self, connection: Connection, job: Job) -> None:
        """A run's job has failed for good, or its worker died when it was to be cancelled."""
        try:
            run = held(connection, job.project_id, job.payload["run_id"])
        except Superseded:
            return
        if job.status == "cancelled" or run.status == "cancelling":
            end_from_outside(connection, job.project_id, run, "cancelled", "cancelled")
            return
        error = LastError("server_error", "The run failed again and again.")
        end_from_outside(connection, job.project_id, run, "failed", "failed", last_error=error)


class _Playing:
    """One job at its work."""

    def __init__(
        self,
        context: Context,
        database: Database,
        models: Models,
        tools: ToolsOf,
        count: CountTokens,
        working_memory_tokens: int,
    ) -> None:
        self._context = context
        self._database = database
        self._project_id = context.job.project_id
        self._run_id: str = context.job.payload["run_id"]
        self._models = models
        self._tools = tools
        self._count = count
        self._working_memory_tokens = working_memory_tokens
        self._log = EventLog(context, self._run_id)
        self._view: RunView | None = None
        self._turn: Turn | None = None
        self._held: Events = []  # events that tell of rows: they are written with them

    async def play(self) -> None:
        async with self._log:
            try:
                await self._play()
            except asyncio.CancelledError:
                if not self._context.cancelled.is_set():
                    raise
                if self._view is None:
                    await self._cancel_unbegun()
                    return
                self._held += self._view.interrupt("cancelled", "run_cancelled")
                await self._finish("cancelled")

    async def _play(self) -> None:
        """The beginning is written while the model is asked already: that takes a moment that callers would feel."""
        begun: Begun | None = self._context.claim.given
        if begun is None:
            begun = await self._database.read(partial(look, project_id=self._project_id, run_id=self._run_id))
        if begun.run.status == "cancelling":
            await self._cancel_unbegun()
            return
        beginning = asyncio.ensure_future(self._begin(begun.run))
        try:
            await self._follow(begun, beginning)
        finally:
            await asyncio.wait([beginning])
            if not beginning.cancelled():
                beginning.exception()  # it was told, or something else was the matter first

    async def _begin(self, run: Run) -> None:
        if run.status == "queued" or not self._context.is_first:  # otherwise it was begun when it was created
            await self._context.write(partial(begin, project_id=self._project_id, run_id=self._run_id))

    async def _follow(self, begun: Begun, beginning: asyncio.Future[None]) -> None:
        run = begun.run
        self._view = view = RunView(run, begun.open_step, begun.made)
        self._turn = turn = turn_of(begun, self._working_memory_tokens)
        generate = partial(self._models.generate, self._project_id, run.key_id)
        uncommitted = False
        count = partial(self._count, self._project_id)
        async with aclosing(play(turn, generate, self._tools(self._project_id, begun), count)) as events:
            async for event in events:
                if not isinstance(event, RoundStarted):
                    await asyncio.shield(beginning)
                if isinstance(event, Ended | NeedsOutputs):
                    self._held += view.interrupt("failed", "run_failed") if _has_failed(event) else []
                    await self._finish(*_outcome(event))
                    return
                if uncommitted and not isinstance(event, CallRefused):
                    await self._commit(turn, view)
                    uncommitted = False
                if isinstance(event, RoundEnded | CallRefused | ToolEnded):
                    self._held += view.take(event)
                    uncommitted = True
                else:
                    self._log.add(view.take(event))

    async def _commit(self, turn: Turn, view: RunView) -> None:
        drained, new = view.rows.drain(), self._take_events()
        progress = {"spent": turn.spent, "rounds": turn.rounds}
        await _whole(self._log.write(lambda c: commit(c, self._project_id, self._run_id, drained, new, **progress)))

    def _take_events(self) -> Events:
        """Those that are not written yet."""
        new, self._held = self._held, []
        return new

    async def _cancel_unbegun(self) -> None:
        """Nothing was played here, but a worker before, that died, may have left something half done."""

        def work(connection: Connection) -> None:
            run = held(connection, self._project_id, self._run_id)
            end_from_outside(connection, self._project_id, run, "cancelled", "cancelled")

        await _whole(self._log.write(work, last=True))

    async def _finish(self, status: Status, changes: dict[str, Any] | None = None) -> None:
        """The last write of this job. The run's last event goes behind all others."""
        drained: Any = self._view.rows.drain() if self._view is not None else ([], [])
        spent: dict[str, Any] = {}
        if self._turn is not None:
            spent = {"spent": self._turn.spent, "rounds": self._turn.rounds}
        new = self._take_events()

        def work(connection: Connection) -> None:
            last = finish(connection, self._project_id, self._run_id, status, drained, **spent, **(changes or {}))
            append_many(connection, self._run_id, [*new, *last])

        await _whole(self._log.write(work, last=True))


def turn_of(begun: Begun, working_memory_tokens: int) -> Turn:
    """What there is to play."""
    run = begun.run
    choice = run.tool_choice
    if isinstance(choice, dict) and choice["type"] != "function":
        choice = {"type": "function", "function": {"name": choice["type"]}}
    sampling = {"temperature": run.temperature, "top_p": run.top_p, "reasoning_effort": run.reasoning_effort}
    return Turn(
        id=run.id,
        model=run.model,
        instructions=run.instructions or None,
        history=begun.history,
        made=begun.made,
        rounds=run.rounds,
        spent=run.spent,
        functions=[tool for tool in run.tools if tool["type"] == "function"],
        tool_choice=choice,
        parallel_tool_calls=run.parallel_tool_calls if run.tools else None,
        response_format=None if run.response_format in ("auto", {"type": "text"}) else run.response_format,
        sampling={name: value for name, value in sampling.items() if value is not None},
        max_completion_tokens=run.max_completion_tokens,
        max_prompt_tokens=run.max_prompt_tokens,
        truncation="auto",
        last_messages=run.truncation_strategy.get("last_messages"),
        working_memory_tokens=working_memory_tokens,
    )


def _has_failed(event: TurnEvent) -> bool:
    return isinstance(event, Ended) and event.status == "failed"


def _outcome(event: Ended | NeedsOutputs) -> tuple[Status, dict[str, Any]]:
    """The status that the run comes to, and what else is noted of it."""
    if isinstance(event, NeedsOutputs):
        return "requires_action", {"required_calls": event.calls}
    if event.status == "failed":
        assert event.error is not None
        return "failed", {"last_error": _last_error(event.error)}
    if event.reason == "content_filter":  # no reason that OpenAI's runs can be incomplete for
        return "failed", {"last_error": LastError("invalid_prompt", "A content filter stopped the answer.")}
    if event.status == "incomplete":
        return "incomplete", {"incomplete_reason": event.reason}
    return "completed", {}


def _last_error(error: ApiError) -> LastError:
    if isinstance(error, RateLimitError):
        return LastError("rate_limit_exceeded", error.message)
    is_the_prompt_s = isinstance(error, BadRequestError | NotFoundError)
    return LastError("invalid_prompt" if is_the_prompt_s else "server_error", error.message)


async def _whole(writing: Awaitable[T]) -> T:
    """A write that is under way is not left half known: who is cancelled meanwhile is so after it."""
    task = asyncio.ensure_future(writing)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # seen, that is: who is cancelled because the lease is lost has no use for it
        raise
