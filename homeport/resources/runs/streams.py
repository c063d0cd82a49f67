"""Following runs and messages: a run's events as they are logged, from the first or after any other.

A stream ends where the run does, or where it waits for its caller, with `done`. Who is cut off goes on with
`Last-Event-ID`, on any replica.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, func, select

from homeport.core.sse import error_event
from homeport.errors import ApiError, BadRequestError, NotFoundError
from homeport.jobs.events import Event, Following, NewEvent, events, exists, follow
from homeport.resources.messages import MessageObject, shown_message
from homeport.resources.runs.events import message_delta, message_event, run_event, step_event
from homeport.resources.runs.filters import Seen
from homeport.resources.runs.requests import find_run
from homeport.resources.runs.shapes import REASONING, MessageStreamParams, RunObject, StreamParams
from homeport.storage.conversations import ConversationItem, conversation_id, items, items_table, retrieve
from homeport.storage.database import Database
from homeport.storage.runs import Run, runs, steps_of
from homeport.web.routes import Call, Route
from homeport.web.streams import EventStream

DONE = b"event: done\ndata: [DONE]\n\n"


def run_stream(
    database: Database,
    project_id: str,
    run_id: str,
    after: int = 0,
    *,
    seen: Seen,
    following: Following | None = None,
) -> EventStream:
    """The run's events after a number, up to where it ends or waits for its caller; then `done`.

    `seen`: which of them. `following`: the run's, made before the run was.
    """
    following = following or Following(database, run_id)

    async def waits(number: int) -> bool:
        """Whether the run still waits at the event of this number: it may have gone on, and wait at a later one."""

        def read(connection: Connection) -> bool:
            run = runs.find(connection, project_id, run_id)
            return run is None or (run.status == "requires_action" and number == _newest(connection, run_id))

        return await database.read(read)

    async def blocks() -> AsyncIterator[bytes]:
        try:
            async for event in following.after(after):
                for each in seen.take(event):
                    yield _block(each)
                if event.type == "thread.run.requires_action" and await waits(event.number):
                    break
        except ApiError as error:
            yield error_event(error.envelope())
        yield DONE

    return EventStream(blocks())


def run_replay(connection: Connection, project_id: str, run: Run, *, thoughts: bool, answer_only: bool) -> EventStream:
    """What a run came to, as the last events of its messages, of its steps, and its own: its log is not kept any more.
    They have no numbers, which were those of others.
    """
    made = items_table.c.run_id == run.id
    steps = steps_of(connection, project_id, run.id)
    replayed: list[NewEvent] = []
    for step in steps[-1:] if answer_only else steps:
        message = items.find(connection, project_id, step.message_id, made) if step.message_id else None
        if message is not None:
            replayed.append(message_event("incomplete" if message.incomplete_at else "completed", message))
        if not answer_only and (thoughts or step.type != "reasoning"):
            replayed.append(step_event(step.status, step, results=run.include_results))
    replayed.append(run_event(run))

    async def blocks() -> AsyncIterator[bytes]:
        for event in replayed:
            yield b"event: %b\ndata: %b\n\n" % (event.type.encode(), msgspec.json.encode(event.data))
        yield DONE

    return EventStream(blocks())


def _newest(connection: Connection, run_id: str) -> int | None:
    """The number of the run's newest event."""
    return connection.execute(select(func.max(events.c.number)).where(events.c.stream_id == run_id)).scalar()


def _block(event: Event) -> bytes:
    return b"event: %b\ndata: %b\nid: %d\n\n" % (event.type.encode(), event.data, event.number)


class _Logged(Struct):
    """Where a message is in the events of its run. `number`: that of its first event; `before`: that of the last one
    of the message before it, 0 where it is the first."""

    run_id: str
    number: int
    before: int


_MESSAGE_ENDS = ("thread.message.completed", "thread.message.incomplete")


def message_stream(database: Database, place: _Logged, message_id: str, after: int, *, steps: bool) -> EventStream:
    """The events of one message of a run, as they come; `steps`: with those of the steps that led to it."""
    first = place.before if steps else place.number - 1

    async def blocks() -> AsyncIterator[bytes]:
        try:
            async for event in follow(database, place.run_id, max(after, first)):
                if event.type.startswith("thread.message.") and _decode_id(event.data).id == message_id:
                    yield _block(event)
                    if event.type in _MESSAGE_ENDS:
                        break
                elif steps and event.type.startswith("thread.run.step."):
                    yield _block(event)
        except ApiError as error:
            yield error_event(error.envelope())
        yield DONE

    return EventStream(blocks())


def message_replay(message: ConversationItem, after: int) -> EventStream:
    """A whole message as the events it would have come in."""
    shown = shown_message(message)
    blank = msgspec.structs.replace(shown, status="in_progress", content=[], completed_at=None, incomplete_at=None)
    ending = "incomplete" if shown.status == "incomplete" else "completed"
    replayed = [
        NewEvent("thread.message.created", blank),
        NewEvent("thread.message.in_progress", blank),
        *(message_delta(message.id, {"index": index, **part}) for index, part in enumerate(_with_indexes(shown))),
        message_event(ending, message),
    ]

    async def blocks() -> AsyncIterator[bytes]:
        for number, event in enumerate(replayed, 1):
            if number > after:
                yield _block(Event(number, event.type, msgspec.json.encode(event.data)))
        yield DONE

    return EventStream(blocks())


def _with_indexes(shown: MessageObject) -> list[dict[str, object]]:
    """The content as a delta has it: its annotations are numbered."""
    content = []
    for part in shown.content:
        if part["type"] == "text":
            notes = [{"index": index, **note} for index, note in enumerate(part["text"]["annotations"])]
            part = part | {"text": part["text"] | {"annotations": notes}}
        content.append(part)
    return content


class _Id(Struct):
    id: str


_decode_id = msgspec.json.Decoder(_Id).decode


def find_logged(connection: Connection, run_id: str | None, message_id: str) -> _Logged | None:
    c = events.c
    begun = (c.stream_id == run_id) & (c.type == "thread.message.created") & c.data.contains(f'"{message_id}"')
    number = connection.execute(select(c.number).where(begun)).scalar()
    if number is None or run_id is None:
        return None
    earlier = (c.stream_id == run_id) & c.type.in_(_MESSAGE_ENDS) & (c.number < number)
    before = connection.execute(select(func.max(c.number)).where(earlier)).scalar()
    return _Logged(run_id, number, before or 0)


def after_event(call: Call, default: int = 0) -> int:
    """The number of the event after which a stream goes on. Raises BadRequestError."""
    given = call.last_event_id
    if given is None:
        return default
    if not (given.isascii() and given.isdigit() and len(given) < 16):
        raise BadRequestError("Last-Event-ID must be the number of an event.")
    return int(given)


def routes(database: Database) -> list[Route]:
    async def stream_run(call: Call) -> EventStream:
        project_id, id = call.principal.project_id, conversation_id(call.path["thread_id"], "thread")

        after = after_event(call, call.query.after)

        def read(connection: Connection) -> tuple[Run, dict[str, bool], EventStream | None]:
            run = find_run(connection, project_id, id, call.path["run_id"])
            shown = {
                "thoughts": run.include_reasoning or REASONING in call.query.include,
                "answer_only": run.answer_only or call.query.answer_only,
            }
            if run.is_terminal and not exists(connection, run.id):
                return run, shown, run_replay(connection, project_id, run, **shown)
            return run, shown, None

        run, shown, replay = await database.read(read)
        return replay or run_stream(database, project_id, run.id, after, seen=Seen(**shown))

    async def stream_message(call: Call) -> EventStream:
        project_id, id = call.principal.project_id, conversation_id(call.path["thread_id"], "thread")
        message_id = call.path["message_id"]
        after = after_event(call, call.query.after)
        belongs = (items_table.c.conversation_id == id) & (items_table.c.type == "message")

        def read(connection: Connection) -> tuple[ConversationItem | None, _Logged | None]:
            thread = retrieve(connection, project_id, id, "thread")
            kept = items.find(connection, project_id, message_id, belongs)
            run_id = thread.active_run_id if kept is None else kept.run_id
            return kept, find_logged(connection, run_id, message_id)

        kept, place = await database.read(read)
        if place is not None:
            return message_stream(database, place, message_id, after, steps=call.query.steps)
        if kept is None:
            raise NotFoundError(f"No message found with id '{message_id}'.")
        return message_replay(kept, after)

    return [
        Route(
            method="GET",
            path="/threads/{thread_id}/runs/{run_id}/stream",
            operation_id="streamRun",
            summary="Follow a run, from its first event or after one that the caller names.",
            tag="Assistants",
            params=StreamParams,
            event=RunObject,
            handler=stream_run,
        ),
        Route(
            method="GET",
            path="/threads/{thread_id}/messages/{message_id}/stream",
            operation_id="streamMessage",
            summary="Follow a message while it is written, or have it replayed.",
            tag="Assistants",
            params=MessageStreamParams,
            event=MessageObject,
            handler=stream_message,
        ),
    ]
