"""What is written of a response in the background and read of it: each function is part of one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from homeport.core.items import Item
from homeport.errors import ApiError, InternalServerError, NotFoundError
from homeport.inference.turn import Turn
from homeport.jobs import events
from homeport.jobs.events import NewEvent
from homeport.jobs.queue import Job
from homeport.resources.responses.context import Context, items_before, readable
from homeport.resources.responses.request import summary_of
from homeport.resources.responses.shapes import CreateResponse, ResponseObject
from homeport.resources.responses.view import Event, ResponseView
from homeport.storage import conversations
from homeport.storage.responses import ACTIVE, StoredResponse, items_of, lock, responses, save_output


class Over(Exception):
    """The response was cancelled, or deleted, meanwhile."""


def view_of(response: ResponseObject, asked: CreateResponse, **resumed: Any) -> ResponseView:
    return ResponseView(response, asked.include or (), summarise=summary_of(asked) is not None, **resumed)


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
    view = view_of(shown_of(kept), asked, output=items_of(connection, project_id, kept.id, "output"), spent=kept.spent)
    events.append_many(connection, kept.id, logged(view.end(status, error)))
    save_output(connection, project_id, kept, view.output)
    ended = msgspec.structs.replace(kept, status=status, shown=without_output(view.response))
    return responses.update(connection, project_id, ended)


def without_output(response: ResponseObject) -> dict[str, Any]:
    """Without its output, which has rows of its own."""
    shown: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(response, output=[]))
    return shown


def shown_of(kept: StoredResponse) -> ResponseObject:
    return msgspec.convert(kept.shown, ResponseObject)


def state_of(
    connection: Connection, project_id: str, id: str
) -> tuple[StoredResponse, CreateResponse, Context, list[Item]]:
    kept = responses.find(connection, project_id, id)
    if kept is None:
        raise Over
    asked = msgspec.convert(kept.asked, CreateResponse)
    own = items_of(connection, project_id, id, "input")
    if kept.status not in ACTIVE:
        return kept, asked, Context([], own), []
    seq = kept.conversation_seq
    before = items_before(
        connection, project_id, kept.previous_response_id, kept.conversation_id, seq, asked.truncation
    )
    return kept, asked, Context(before, own, kept.conversation_id), items_of(connection, project_id, id, "output")


def save_progress(connection: Connection, project_id: str, turn: Turn, view: ResponseView) -> None:
    """Raises Over where nothing is to be saved any more."""
    kept = lock(connection, project_id, view.response.id)
    if kept is None or kept.status not in ACTIVE:
        raise Over
    save_output(connection, project_id, kept, view.output)
    changed = msgspec.structs.replace(
        kept, status=view.response.status, shown=without_output(view.response), rounds=turn.rounds, spent=turn.spent
    )
    responses.update(connection, project_id, changed)


def add_to_conversation(connection: Connection, project_id: str, found: Context, view: ResponseView) -> None:
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


def logged(new: Sequence[Event]) -> list[NewEvent]:
    return [NewEvent(event["type"], event, final=_is_final(event)) for event in new]


def _is_final(event: Event) -> bool:
    return event["type"] in ("response.completed", "response.incomplete", "response.failed")
