"""Responses: create, stream, retrieve, cancel, delete, list their input and count its tokens.

shapes     requests and responses as OpenAI has them
request    what is asked for: checked, as a turn and as a response
context    its input, and what was said before
view       a turn's events as response.* events
play       responses as they are made: in the foreground, or as jobs
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from homeport.core.items import Item
from homeport.errors import BadRequestError, NotFoundError
from homeport.jobs import events, queue
from homeport.resources.lists import ListOf, list_of
from homeport.resources.responses.commits import end
from homeport.resources.responses.play import Player
from homeport.resources.responses.shapes import (
    CreateResponse,
    GetParams,
    InputTokens,
    InputTokensRequest,
    ItemListParams,
    ResponseDeleted,
    ResponseObject,
    included,
)
from homeport.resources.responses.view import shown_item
from homeport.storage.database import Database
from homeport.storage.objects import Listing
from homeport.storage.responses import (
    ACTIVE,
    StoredResponse,
    delete_response,
    items_of,
    lock,
    response_items,
    response_items_table,
    responses,
)
from homeport.web.routes import Call, Route
from homeport.web.streams import EventStream

_RESPONSE = "/responses/{response_id}"
_MAX_DIGITS = 15  # of an event's number: what every database and every client can hold


def _shown(connection: Connection, project_id: str, kept: StoredResponse, include: Sequence[str]) -> ResponseObject:
    shown = msgspec.convert(kept.shown, ResponseObject)
    wanted = {*include, *(kept.asked.get("include") or ())}
    output = items_of(connection, project_id, kept.id, "output")
    shown.output = [shown_item(item, wanted) for item in output]
    return shown


def _after(call: Call) -> int:
    """How many events of a stream the caller has. A browser that reconnects says which was the last."""
    last = call.query.starting_after
    if last is None and call.last_event_id is not None:
        if not call.last_event_id.isdecimal() or len(call.last_event_id) > _MAX_DIGITS:
            raise BadRequestError("Last-Event-ID must be the number of an event.", param="Last-Event-ID")
        last = int(call.last_event_id)
    return 0 if last is None else last + 1


def _retrieve_locked(connection: Connection, project_id: str, id: str) -> StoredResponse:
    kept = lock(connection, project_id, id)
    if kept is None:
        raise responses.not_found(id)
    return kept


def routes(database: Database, player: Player) -> list[Route]:
    async def create_response(call: Call) -> ResponseObject | EventStream:
        asked: CreateResponse = call.body
        project_id, key_id = call.principal.project_id, call.principal.key_id
        if asked.stream:
            return EventStream(await player.stream(project_id, key_id, asked))
        return await player.create(project_id, key_id, asked)

    async def input_tokens(call: Call) -> InputTokens:
        return InputTokens(await player.count(call.principal.project_id, call.body))

    async def compact(_call: Call) -> None:
        raise NotFoundError(
            "Compaction is not supported: with 'truncation' 'auto' the oldest turns are left out.", code="unsupported"
        )

    async def get_response(call: Call) -> ResponseObject | EventStream:
        asked: GetParams = call.query
        project_id, id = call.principal.project_id, call.path["response_id"]
        if not asked.stream:
            if asked.starting_after is not None:
                raise BadRequestError("'starting_after' is for streams: send 'stream' too.", param="starting_after")

            def read(connection: Connection) -> ResponseObject:
                kept = responses.retrieve(connection, project_id, id)
                return _shown(connection, project_id, kept, included(asked))

            return await database.read(read)

        def look(connection: Connection) -> tuple[bool, bool]:
            kept = responses.retrieve(connection, project_id, id)
            return kept.job_id is not None, events.exists(connection, id)

        in_background, has_events = await database.read(look)
        if not in_background:
            raise BadRequestError(
                "Only a response that was created with 'background' can be streamed again.", param="stream"
            )
        if not has_events:
            raise BadRequestError(
                "The events of this response are not kept any more. Without 'stream' it is there.", param="stream"
            )
        return EventStream(
            player.follow(player.following(id), _after(call), obfuscated=bool(asked.include_obfuscation))
        )

    async def cancel_response(call: Call) -> ResponseObject:
        project_id, id = call.principal.project_id, call.path["response_id"]

        def cancel(connection: Connection) -> ResponseObject:
            kept = _retrieve_locked(connection, project_id, id)
            if kept.job_id is None:
                raise BadRequestError("Cannot cancel a synchronous response.")
            if kept.status in ACTIVE:
                queue.cancel(connection, project_id, kept.job_id)
                kept = end(connection, project_id, kept, "cancelled")
            return _shown(connection, project_id, kept, ())

        return await database.write(cancel)

    async def delete(call: Call) -> ResponseDeleted:
        project_id, id = call.principal.project_id, call.path["response_id"]

        def remove(connection: Connection) -> None:
            kept = _retrieve_locked(connection, project_id, id)
            if kept.job_id is not None:
                queue.cancel(connection, project_id, kept.job_id)
                events.close(connection, [id])
            delete_response(connection, project_id, id)

        await database.write(remove)
        return ResponseDeleted(id)

    async def list_input_items(call: Call) -> ListOf[Item]:
        asked: ItemListParams = call.query
        project_id, id = call.principal.project_id, call.path["response_id"]
        table = response_items_table.c

        def read(connection: Connection) -> Listing:
            responses.retrieve(connection, project_id, id)
            page = asked
            return response_items.list(connection, project_id, page, table.response_id == id, table.side == "input")

        listing = await database.read(read)
        return list_of(listing, [shown_item(row.item, included(asked)) for row in listing.data])

    return [
        Route(
            method="POST",
            path="/responses",
            operation_id="createResponse",
            summary="Create a response.",
            tag="Responses",
            body=CreateResponse,
            result=ResponseObject,
            event=dict,
            ends_with_caller=True,
            handler=create_response,
        ),
        Route(
            method="POST",
            path="/responses/input_tokens",
            operation_id="Getinputtokencounts",
            summary="Count the tokens of a response's input.",
            tag="Responses",
            body=InputTokensRequest,
            result=InputTokens,
            handler=input_tokens,
        ),
        Route(
            method="POST",
            path="/responses/compact",
            operation_id="Compactconversation",
            summary="Not supported: always answers 404.",
            tag="Responses",
            handler=compact,
        ),
        Route(
            method="GET",
            path=_RESPONSE,
            operation_id="getResponse",
            summary="Retrieve a response, or stream one that was created in the background.",
            tag="Responses",
            params=GetParams,
            result=ResponseObject,
            event=dict,
            handler=get_response,
        ),
        Route(
            method="DELETE",
            path=_RESPONSE,
            operation_id="deleteResponse",
            summary="Delete a response.",
            tag="Responses",
            result=ResponseDeleted,
            handler=delete,
        ),
        Route(
            method="POST",
            path=_RESPONSE + "/cancel",
            operation_id="cancelResponse",
            summary="Cancel a response that was created in the background.",
            tag="Responses",
            result=ResponseObject,
            handler=cancel_response,
        ),
        Route(
            method="GET",
            path=_RESPONSE + "/input_items",
            operation_id="listInputItems",
            summary="List the input items of a response.",
            tag="Responses",
            params=ItemListParams,
            result=ListOf[Item],
            handler=list_input_items,
        ),
    ]
