"""Responses as they are made: in the caller's request, or in the background as a job.

In the foreground nothing is written before the end: a caller that hangs up stops the response, and nothing is kept.
In the background it is a job over an event log: what was committed of it survives a crash, and whoever follows the log
may come and go.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection

from homeport.core import sse
from homeport.core.items import Item
from homeport.errors import ApiError, InternalServerError, NotFoundError
from homeport.ids import new_id
from homeport.inference.metered import Models
from homeport.inference.turn import (
    CallRefused,
    Ended,
    RoundEnded,
    RoundStarted,
    ServerTool,
    ToolEnded,
    Turn,
    TurnEvent,
    play,
    request,
)
from homeport.jobs import events
from homeport.jobs.event_log import EventLog
from homeport.jobs.events import NewEvent
from homeport.jobs.queue import Job, enqueue
from homeport.jobs.worker import Context as JobContext
from homeport.resources.responses.context import Context, context, items_before, readable
from homeport.resources.responses.request import check, request_of, response_of, summary_of, told, turn_of
from homeport.resources.responses.shapes import CreateResponse, InputTokensRequest, ResponseObject
from homeport.resources.responses.tools import Toolbox
from homeport.resources.responses.view import Event, ResponseView, block
from homeport.storage import conversations
from homeport.storage.database import Database
from homeport.storage.responses import (
    ACTIVE,
    StoredResponse,
    items_of,
    lock,
    response_items,
    responses,
    rows,
    save_output,
)

log = logging.getLogger(__name__)

JOB = "response"
SLOTS = 256  # responses in the background at a time: they wait for engines, which have queues of their own
SWEEP = "responses.sweep"
SWEEP_EVERY_S = 3600.0
EVENTS_KEPT_S = 86_400.0  # after the last one; the response itself stays


class _Over(Exception):
    """The response was cancelled, or deleted, meanwhile."""


class _Plan(Struct):
    """Everything known before the first event."""

    project_id: str
    key_id: str
    asked: CreateResponse
    context: Context
    response: ResponseObject
    turn: Turn
    tools: Mapping[str, ServerTool]

    def view(self) -> ResponseView:
        return _view(self.response, self.asked)


class Player:
    """Makes responses. `model_name` gives the name of a model, and raises for one that can't be asked for."""

    def __init__(
        self,
        database: Database,
        models: Models,
        model_name: Callable[[str], Awaitable[str]],
        toolbox: Toolbox,
    ) -> None:
        self._database = database
        self._models = models
        self._model_name = model_name
        self._toolbox = toolbox

    async def create(self, project_id: str, key_id: str, asked: CreateResponse) -> ResponseObject:
        """The whole response; one in the background as it is queued. Raises ApiError."""
        plan = await self._plan(project_id, key_id, asked)
        if asked.background:
            return await self._enqueue(plan)
        view = plan.view()
        async with aclosing(self._play(plan)) as turn_events:  # type: ignore[type-var]
            async for event in turn_events:
                if isinstance(event, Ended) and event.error is not None:
                    raise told(event.error)
                view.take(event)
        await self._keep(plan, view)
        return view.response

    async def count(self, project_id: str, asked: InputTokensRequest) -> int:
        """How many tokens the prompt of this response would have. Raises ApiError."""
        plan = await self._plan(project_id, "", request_of(asked))
        try:
            return await self._models.count(project_id, request(plan.turn, plan.tools))
        except ApiError as error:
            raise told(error) from None

    async def stream(self, project_id: str, key_id: str, asked: CreateResponse) -> AsyncIterator[bytes]:
        """As Server-Sent Events. What is wrong before there is anything to stream is raised here, as ApiError."""
        plan = await self._plan(project_id, key_id, asked)
        if asked.background:
            await self._enqueue(plan)
            return self.follow(plan.response.id, 0, obfuscated=_obfuscated(asked))
        turn_events = self._play(plan)
        first: list[TurnEvent] = []
        async for event in turn_events:
            first.append(event)
            if isinstance(event, Ended) and event.error is not None:
                raise told(event.error)
            if not isinstance(event, RoundStarted):
                break
        return self._blocks(plan, first, turn_events)

    async def follow(self, response_id: str, after: int, *, obfuscated: bool = False) -> AsyncIterator[bytes]:
        """The events of one in the background, after that many of them, as Server-Sent Events."""
        try:
            async for event in events.follow(self._database, response_id, after):
                number = event.number - 1  # logs count from 1, sequences from 0
                yield block(event.type, event.data, number, obfuscated=obfuscated, resumable=True)
                after = event.number
        except ApiError as error:
            yield _error_block(error, after)
        yield sse.DONE

    # --- in the foreground -----------------------------------------------------------

    async def _plan(self, project_id: str, key_id: str, asked: CreateResponse) -> _Plan:
        check(asked)
        model = await self._model_name(asked.model)
        found = await context(self._database, project_id, asked)
        id = new_id("resp")
        turn = turn_of(id, asked, found.history)
        tools = await self._toolbox(project_id, found.conversation_id or id, asked, found.history)
        if asked.background:
            try:  # what is wrong is said now, not by a job that failed
                await self._models.request(project_id, request(turn, tools))
            except ApiError as error:
                raise told(error) from None
        response = response_of(id, int(time.time()), asked, model, found.conversation_id)
        return _Plan(project_id, key_id, asked, found, response, turn, tools)

    def _play(self, plan: _Plan) -> AsyncIterator[TurnEvent]:
        return play(plan.turn, partial(self._models.generate, plan.project_id, plan.key_id), plan.tools)

    async def _blocks(
        self, plan: _Plan, first: Sequence[TurnEvent], rest: AsyncIterator[TurnEvent]
    ) -> AsyncIterator[bytes]:
        view, number, obfuscated = plan.view(), 0, _obfuscated(plan.asked)

        def sent(new: Sequence[Event]) -> bytes:
            nonlocal number
            numbers = range(number, number + len(new))
            number += len(new)
            return b"".join(
                block(e["type"], msgspec.json.encode(e), n, obfuscated=obfuscated)
                for e, n in zip(new, numbers, strict=True)
            )

        yield sent(view.begin())
        async with aclosing(rest):  # type: ignore[type-var]
            try:
                for event in first:
                    yield sent(view.take(event))
                async for event in rest:
                    new = view.take(event)
                    if view.is_over:
                        await self._keep(plan, view)
                    if new:
                        yield sent(new)
            except Exception as error:
                if not isinstance(error, ApiError):
                    log.error("response %s failed", plan.response.id, exc_info=error)
                    error = InternalServerError("The server had an error while processing your request.")
                yield _error_block(error, number)
        yield sse.DONE

    async def _keep(self, plan: _Plan, view: ResponseView) -> None:
        project_id, asked = plan.project_id, plan.asked
        kept = _stored(plan, view.response) if asked.store is not False else None
        if kept is None and plan.context.conversation_id is None:
            return

        def write(connection: Connection) -> None:
            if kept is not None:
                responses.insert(connection, project_id, kept)
                inserted = [*rows(kept, "input", plan.context.input), *rows(kept, "output", view.output)]
                response_items.insert_many(connection, project_id, inserted)
            _add_to_conversation(connection, project_id, plan.context, view)

        await self._database.write(write)

    # --- in the background -------------------------------------------------------------

    async def _enqueue(self, plan: _Plan) -> ResponseObject:
        project_id, view = plan.project_id, plan.view()
        new = [NewEvent(event["type"], event) for event in view.begin()]
        kept = _stored(plan, view.response)

        def write(connection: Connection) -> None:
            payload = {"response_id": kept.id, "key_id": plan.key_id}
            job_id = enqueue(connection, JOB, payload, project_id=project_id, key=kept.id)
            responses.insert(connection, project_id, msgspec.structs.replace(kept, job_id=job_id))
            response_items.insert_many(connection, project_id, rows(kept, "input", plan.context.input))
            events.append_many(connection, kept.id, new)

        await self._database.write(write)
        return view.response

    async def work(self, job: JobContext) -> None:
        """The handler of jobs: play the response from where it stands."""
        project_id, id = job.job.project_id, job.job.payload["response_id"]
        try:
            await self._work(job, project_id, id)
        except (_Over, events.StreamEnded):
            return

    async def sweep(self, _job: JobContext) -> None:
        """Forget the events of what has long ended: a periodic job."""
        ended_before = time.time() - EVENTS_KEPT_S
        while await self._database.write(lambda c: events.prune(c, "resp_", ended_before)):
            pass

    async def _work(self, job: JobContext, project_id: str, id: str) -> None:
        kept, asked, found, output = await self._database.read(partial(_resumed, project_id=project_id, id=id))
        if kept.status not in ACTIVE:
            return
        made = readable(output)
        turn = turn_of(id, asked, found.history, made, kept.rounds, kept.spent)
        view = _view(_shown(kept), asked, output=made, spent=kept.spent)
        tools = await self._toolbox(project_id, found.conversation_id or id, asked, found.history)
        generate = partial(self._models.generate, project_id, job.job.payload["key_id"])
        async with EventLog(job, id) as event_log:

            def save(connection: Connection) -> None:
                _save(connection, project_id, turn, view)
                if view.is_over:
                    _add_to_conversation(connection, project_id, found, view)

            await event_log.write(save, _logged(view.go_on()))
            async with aclosing(play(turn, generate, tools)) as turn_events:
                async for event in turn_events:
                    if isinstance(event, Ended) and event.error is not None:
                        told(event.error)
                    new = _logged(view.take(event))
                    if view.is_over or isinstance(event, RoundEnded | CallRefused | ToolEnded):
                        await event_log.write(save, new, last=view.is_over)
                    else:
                        event_log.add(new)


def on_dead(connection: Connection, job: Job) -> None:
    """A response whose job failed for good has failed."""
    project_id, id = job.project_id, job.payload["response_id"]
    kept = lock(connection, project_id, id)
    if kept is not None and kept.status in ACTIVE:
        error = InternalServerError("The server could not finish this response.")
        end(connection, project_id, kept, "failed", error)


def end(
    connection: Connection, project_id: str, kept: StoredResponse, status: Any, error: ApiError | None = None
) -> StoredResponse:
    """End a response in the background from outside its job, and its stream with it."""
    asked = msgspec.convert(kept.asked, CreateResponse)
    view = _view(_shown(kept), asked, output=items_of(connection, project_id, kept.id, "output"), spent=kept.spent)
    events.append_many(connection, kept.id, _logged(view.end(status, error)))
    save_output(connection, project_id, kept, view.output)
    ended = msgspec.structs.replace(kept, status=status, shown=_builtins(view.response))
    return responses.update(connection, project_id, ended)


# --- rows and what is made of them -----------------------------------------------------


def _obfuscated(asked: CreateResponse) -> bool:
    return asked.stream_options is not None and bool(asked.stream_options.include_obfuscation)


def _view(response: ResponseObject, asked: CreateResponse, **resumed: Any) -> ResponseView:
    return ResponseView(response, asked.include or (), summarise=summary_of(asked) is not None, **resumed)


def _stored(plan: _Plan, response: ResponseObject) -> StoredResponse:
    asked = msgspec.structs.replace(plan.asked, input=None)
    return StoredResponse(
        id=response.id,
        created_at=response.created_at,
        status=response.status,
        previous_response_id=asked.previous_response_id,
        conversation_id=plan.context.conversation_id,
        conversation_seq=plan.context.conversation_seq,
        shown=_builtins(response),
        asked=msgspec.to_builtins(asked),
    )


def _builtins(response: ResponseObject) -> dict[str, Any]:
    """Without its output, which has rows of its own."""
    shown: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(response, output=[]))
    return shown


def _shown(kept: StoredResponse) -> ResponseObject:
    return msgspec.convert(kept.shown, ResponseObject)


def _resumed(
    connection: Connection, project_id: str, id: str
) -> tuple[StoredResponse, CreateResponse, Context, list[Item]]:
    kept = responses.find(connection, project_id, id)
    if kept is None:
        raise _Over
    asked = msgspec.convert(kept.asked, CreateResponse)
    own = items_of(connection, project_id, id, "input")
    if kept.status not in ACTIVE:
        return kept, asked, Context([], own), []
    seq = kept.conversation_seq
    before = items_before(
        connection, project_id, kept.previous_response_id, kept.conversation_id, seq, asked.truncation
    )
    return kept, asked, Context(before, own, kept.conversation_id), items_of(connection, project_id, id, "output")


def _save(connection: Connection, project_id: str, turn: Turn, view: ResponseView) -> None:
    """Raises _Over where nothing is to be saved any more."""
    kept = lock(connection, project_id, view.response.id)
    if kept is None or kept.status not in ACTIVE:
        raise _Over
    save_output(connection, project_id, kept, view.output)
    changed = msgspec.structs.replace(
        kept, status=view.response.status, shown=_builtins(view.response), rounds=turn.rounds, spent=turn.spent
    )
    responses.update(connection, project_id, changed)


def _add_to_conversation(connection: Connection, project_id: str, found: Context, view: ResponseView) -> None:
    """All of it at once, when it has come to its end: no other sees half a turn."""
    id = found.conversation_id
    if id is None or view.response.status not in ("completed", "incomplete"):
        return
    try:
        conversations.lock(connection, project_id, id)
    except NotFoundError:  # it was deleted meanwhile, and that is no matter of the response's
        return
    items = [*found.input, *readable(view.output)]
    conversations.append(connection, project_id, [conversations.new_item(id, item) for item in items])


def _logged(new: Sequence[Event]) -> list[NewEvent]:
    return [NewEvent(event["type"], event, final=_is_final(event)) for event in new]


def _is_final(event: Event) -> bool:
    return event["type"] in ("response.completed", "response.incomplete", "response.failed")


def _error_block(error: ApiError, number: int) -> bytes:
    event = {"type": "error", "code": error.code, "message": error.message, "param": error.param}
    return block("error", msgspec.json.encode(event), number)
