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

import msgspec
from msgspec import Struct
from sqlalchemy import Connection

from homeport.core import sse
from homeport.errors import ApiError, InternalServerError
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
from homeport.jobs.room import Rooms
from homeport.jobs.worker import Context as JobContext
from homeport.resources.responses.commits import (
    Over,
    add_to_conversation,
    logged,
    save_progress,
    shown_of,
    state_of,
    view_of,
    without_output,
)
from homeport.resources.responses.context import Context, context, readable
from homeport.resources.responses.request import check, request_of, response_of, told, turn_of
from homeport.resources.responses.shapes import CreateResponse, InputTokensRequest, ResponseObject
from homeport.resources.responses.tools import Toolbox
from homeport.resources.responses.view import Event, ResponseView, block
from homeport.storage.database import Database
from homeport.storage.responses import (
    ACTIVE,
    StoredResponse,
    response_items,
    responses,
    rows,
)

log = logging.getLogger(__name__)

JOB = "response"
SLOTS = 256  # responses in the background at a time: they wait for engines, which have queues of their own


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
        return view_of(msgspec.structs.replace(self.response), self.asked)


class _Played(Struct):
    """A response as its job plays it."""

    turn: Turn
    tools: Mapping[str, ServerTool]
    context: Context
    view: ResponseView


class Player:
    """Makes responses. `model_name` gives the name of a model, and raises for one that can't be asked for."""

    def __init__(
        self,
        database: Database,
        models: Models,
        model_name: Callable[[str], Awaitable[str]],
        toolbox: Toolbox,
        rooms: Rooms,
    ) -> None:
        self._database = database
        self._models = models
        self._model_name = model_name
        self._toolbox = toolbox
        self._rooms = rooms

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
            following = events.Following(self._database, plan.response.id, is_new=True)
            await self._enqueue(plan)
            return self.follow(following, 0, obfuscated=_obfuscated(asked))
        turn_events = self._play(plan)
        first: list[TurnEvent] = []
        async for event in turn_events:
            first.append(event)
            if isinstance(event, Ended) and event.error is not None:
                raise told(event.error)
            if not isinstance(event, RoundStarted):
                break
        return self._blocks(plan, first, turn_events)

    def following(self, response_id: str) -> events.Following:
        return events.Following(self._database, response_id)

    async def follow(
        self, following: events.Following, after: int, *, obfuscated: bool = False
    ) -> AsyncIterator[bytes]:
        """The events of one in the background, after that many of them, as Server-Sent Events."""
        try:
            async for event in following.after(after):
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
            add_to_conversation(connection, project_id, plan.context, view)

        await self._database.write(write)

    # --- in the background -------------------------------------------------------------

    async def _enqueue(self, plan: _Plan) -> ResponseObject:
        """Answered as queued, also where a worker of this process has begun with the same commit."""
        project_id, queued, begun = plan.project_id, plan.view(), plan.view()
        new, going_on = logged(queued.begin()), logged(begun.go_on())
        payload = {"response_id": plan.response.id, "key_id": plan.key_id}

        def write(connection: Connection) -> None:
            job_id, claim = room.enqueue(connection, JOB, payload, project_id=project_id)
            kept = _stored(plan, (queued if claim is None else begun).response)
            responses.insert(connection, project_id, msgspec.structs.replace(kept, job_id=job_id))
            response_items.insert_many(connection, project_id, rows(kept, "input", plan.context.input))
            events.append_many(connection, kept.id, new if claim is None else [*new, *going_on])
            if claim is not None:
                claim.given = _Played(plan.turn, plan.tools, plan.context, begun)

        with self._rooms(JOB) as room:
            await self._database.write(write)
        return queued.response

    async def work(self, job: JobContext) -> None:
        """The handler of jobs: play the response from where it stands."""
        project_id, id = job.job.project_id, job.job.payload["response_id"]
        try:
            await self._work(job, project_id, id)
        except (Over, events.StreamEnded):
            return

    async def _resume(self, project_id: str, id: str) -> _Played:
        kept, asked, found, output = await self._database.read(partial(state_of, project_id=project_id, id=id))
        if kept.status not in ACTIVE:
            raise Over
        made = readable(output)
        turn = turn_of(id, asked, found.history, made, kept.rounds, kept.spent)
        tools = await self._toolbox(project_id, found.conversation_id or id, asked, found.history)
        return _Played(turn, tools, found, view_of(shown_of(kept), asked, output=made, spent=kept.spent))

    async def _work(self, job: JobContext, project_id: str, id: str) -> None:
        given: _Played | None = job.claim.given
        played = given or await self._resume(project_id, id)
        turn, view, found = played.turn, played.view, played.context
        generate = partial(self._models.generate, project_id, job.job.payload["key_id"])
        async with EventLog(job, id) as event_log:

            def save(connection: Connection) -> None:
                save_progress(connection, project_id, turn, view)
                if view.is_over:
                    add_to_conversation(connection, project_id, found, view)

            if given is None:  # otherwise that is written
                await event_log.write(save, logged(view.go_on()))
            async with aclosing(play(turn, generate, played.tools)) as turn_events:
                async for event in turn_events:
                    if isinstance(event, Ended) and event.error is not None:
                        told(event.error)
                    new = logged(view.take(event))
                    if view.is_over or isinstance(event, RoundEnded | CallRefused | ToolEnded):
                        await event_log.write(save, new, last=view.is_over)
                    else:
                        event_log.add(new)


def _obfuscated(asked: CreateResponse) -> bool:
    return asked.stream_options is not None and bool(asked.stream_options.include_obfuscation)


def _stored(plan: _Plan, response: ResponseObject) -> StoredResponse:
    asked = msgspec.structs.replace(plan.asked, input=None)
    return StoredResponse(
        id=response.id,
        created_at=response.created_at,
        status=response.status,
        previous_response_id=asked.previous_response_id,
        conversation_id=plan.context.conversation_id,
        conversation_seq=plan.context.conversation_seq,
        shown=without_output(response),
        asked=msgspec.to_builtins(asked),
    )


def _error_block(error: ApiError, number: int) -> bytes:
    event = {"type": "error", "code": error.code, "message": error.message, "param": error.param}
    return block("error", msgspec.json.encode(event), number)
