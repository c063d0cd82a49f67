"""Responses that are kept, with what went into them and what came out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import field
from sqlalchemy import Column, Connection, ForeignKey, Index, Integer, String, delete, literal, select, update

from homeport.core.answers import Usage
from homeport.core.items import Item
from homeport.errors import BadRequestError, NotFoundError
from homeport.storage.conversations import items_table as conversation_items
from homeport.storage.objects import Objects, Stored, object_table

MAX_CONTEXT_ITEMS = 4000  # more than any model reads
MAX_CHAIN = 1000  # responses, each the next one's previous
ACTIVE = ("queued", "in_progress")


class StoredResponse(Stored, kw_only=True):
    """`shown` is the response without its output. `asked`, `rounds` and `spent` are what a job goes on from."""

    status: str
    previous_response_id: str | None = None
    conversation_id: str | None = None
    conversation_seq: int | None = None  # how far it had come when the response was asked for: its job reads no further
    job_id: str | None = None  # of one in the background
    shown: dict[str, Any]
    asked: dict[str, Any] = field(default_factory=dict)  # the request without its input
    rounds: int = 0
    spent: Usage = field(default_factory=Usage)


class ResponseItem(Stored, kw_only=True):
    response_id: str
    side: str  # "input" or "output"
    item: Item


responses_table = object_table(
    "responses",
    Column("status", String, nullable=False),
    Column("previous_response_id", String),
)
response_items_table = object_table(
    "response_items",
    Column("response_id", String, ForeignKey("responses.id", ondelete="CASCADE"), nullable=False),
    Column("side", String, nullable=False),
    Index("ix_response_items_response_id_seq", "response_id", "seq"),
)


class _Responses(Objects[StoredResponse]):
    def not_found(self, id: str) -> NotFoundError:
        return NotFoundError(f"Response with id '{id}' not found.")


responses = _Responses(responses_table, StoredResponse, "response")
response_items = Objects(response_items_table, ResponseItem, "item")
_decode_item = msgspec.json.Decoder(ResponseItem).decode


def rows(response: StoredResponse, side: str, items: Sequence[Item]) -> list[ResponseItem]:
    return [
        ResponseItem(id=item["id"], created_at=response.created_at, response_id=response.id, side=side, item=item)
        for item in items
    ]


def items_of(connection: Connection, project_id: str, response_id: str, side: str) -> list[Item]:
    """Its "input" or "output", in order."""
    of = response_items_table.c
    query = select(of.data).where(of.project_id == project_id, of.response_id == response_id, of.side == side)
    return [_decode_item(data).item for data in connection.execute(query.order_by(of.seq)).scalars()]


def lock(connection: Connection, project_id: str, id: str) -> StoredResponse | None:
    """The response, held against other writers until the transaction ends; None where it is gone."""
    of = responses_table.c
    connection.execute(select(of.seq).where(of.id == id, of.project_id == project_id).with_for_update())
    return responses.find(connection, project_id, id)


def save_output(connection: Connection, project_id: str, response: StoredResponse, output: Sequence[Item]) -> None:
    """Write the output as it is now: items may have been added, and those that were in progress may have changed."""
    known = {item["id"]: item for item in items_of(connection, project_id, response.id, "output")}
    for row in rows(response, "output", output):
        if row.id in known and known[row.id] != row.item:
            data = msgspec.json.encode(row).decode()
            changed = update(response_items_table).where(response_items_table.c.id == row.id)
            connection.execute(changed.values(data=data))
    new = [item for item in output if item["id"] not in known]
    response_items.insert_many(connection, project_id, rows(response, "output", new))


def context_of(connection: Connection, project_id: str, response_id: str) -> list[Item]:
    """What was said up to and with a response: the input and output of it and those before it, oldest first.

    Raises BadRequestError where it is not there or still being made, one before it is gone, or there are too many.
    """
    table = responses_table.c
    first = select(table.id, table.previous_response_id, table.status, literal(0, Integer).label("back")).where(
        table.id == response_id, table.project_id == project_id
    )
    chain = first.cte("chain", recursive=True)
    before = select(table.id, table.previous_response_id, table.status, (chain.c.back + 1).label("back")).where(
        table.id == chain.c.previous_response_id, table.project_id == project_id, chain.c.back < MAX_CHAIN
    )
    chain = chain.union_all(before)
    found_links = select(chain.c.id, chain.c.previous_response_id, chain.c.status).order_by(chain.c.back)
    links = connection.execute(found_links).all()
    if not links:
        raise _no_previous(response_id)
    if links[0].status in ACTIVE:
        raise BadRequestError(
            f"The response '{response_id}' is {links[0].status}: what it will say is not known yet.",
            param="previous_response_id",
            code="previous_response_not_finished",
        )
    if len(links) > MAX_CHAIN:
        raise _too_long(f"there are more than {MAX_CHAIN} responses")
    if links[-1].previous_response_id is not None:
        raise BadRequestError(
            f"The response '{links[-1].previous_response_id}', which '{links[-1].id}' goes on from, was deleted.",
            param="previous_response_id",
            code="previous_response_not_found",
        )
    of = response_items_table.c
    query = select(of.response_id, of.data).where(of.response_id.in_([link.id for link in links])).order_by(of.seq)
    found: dict[str, list[Item]] = {link.id: [] for link in reversed(links)}
    for count, (of_response, data) in enumerate(connection.execute(query.limit(MAX_CONTEXT_ITEMS + 1))):
        if count == MAX_CONTEXT_ITEMS:
            raise _too_long(f"there are more than {MAX_CONTEXT_ITEMS} items")
        found[of_response].append(_decode_item(data).item)
    return [item for items in found.values() for item in items]


def referenced(connection: Connection, project_id: str, item_id: str) -> Item | None:
    """An item of a response's or a conversation's."""
    for table in (response_items_table, conversation_items):
        query = select(table.c.data).where(table.c.id == item_id, table.c.project_id == project_id)
        if (data := connection.execute(query).scalar()) is not None:
            item: Item = msgspec.json.decode(data)["item"]
            return item
    return None


def delete_response(connection: Connection, project_id: str, id: str) -> None:
    """With its items. Raises NotFoundError."""
    of = response_items_table.c
    connection.execute(delete(response_items_table).where(of.project_id == project_id, of.response_id == id))
    responses.delete(connection, project_id, id)


def _no_previous(id: str) -> BadRequestError:
    """A 400, as OpenAI's: programs that begin anew catch that."""
    return BadRequestError(
        f"Previous response with id '{id}' not found.",
        param="previous_response_id",
        code="previous_response_not_found",
    )


def _too_long(reason: str) -> BadRequestError:
    return BadRequestError(
        f"The conversation before this response is too long: {reason}.",
        param="previous_response_id",
        code="context_length_exceeded",
    )
