"""Conversations and their items: the one store behind threads, conversations and responses.

A thread is a conversation: `thread_x` and `conv_x` name the same row. Appending and reading the newest items take the
same time however long the conversation is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import Struct, field
from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Index, String, delete, func, select

from homeport.core.items import Item
from homeport.errors import NotFoundError
from homeport.storage.objects import Objects, Stored, object_table


class Conversation(Stored, kw_only=True):
    """`id` is always the `conv_…` form. `active_run_id`: the run that is under way on it as a thread.

    `assistant_id`: whose runs it is for, where a run doesn't say.
    """

    metadata: dict[str, str] = field(default_factory=dict)
    assistant_id: str | None = None
    tool_resources: dict[str, Any] | None = None
    active_run_id: str | None = None


class Attachment(Struct):
    """A file given to tools with a message. `tools`: `[{"type": "file_search" | "code_interpreter"}]`."""

    file_id: str
    tools: list[dict[str, Any]] = []


class ConversationItem(Stored, kw_only=True):
    """`item` is the item as the Responses API shows it. The rest is what only the Assistants API knows of a message."""

    conversation_id: str
    type: str
    role: str | None = None
    run_id: str | None = None
    item: Item
    assistant_id: str | None = None
    attachments: list[Attachment] = field(default_factory=list)
    exported: dict[str, str] = field(default_factory=dict)  # files that cited ones of a container were made, by theirs
    metadata: dict[str, str] = field(default_factory=dict)
    completed_at: int | None = None
    incomplete_at: int | None = None
    incomplete_reason: str | None = None


conversations_table = object_table("conversations", Column("active_run_id", String))
items_table = object_table(
    "conversation_items",
    Column("conversation_id", String, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("type", String, nullable=False),
    Column("role", String),
    Column("run_id", String),
    Column("completed_at", BigInteger),
    Index("ix_conversation_items_conversation_id_seq", "conversation_id", "seq"),
    Index("ix_conversation_items_run_id", "run_id"),
)
conversations = Objects(conversations_table, Conversation, "conversation")
items = Objects(items_table, ConversationItem, "item")
_decode_item = msgspec.json.Decoder(ConversationItem).decode


def conversation_id(shown: str, noun: str) -> str:
    """The stored id for `thread_x` or `conv_x`. `noun` is what the caller asked for: a thread or a conversation."""
    prefix, _, rest = shown.partition("_")
    if prefix not in ("thread", "conv") or not rest:
        raise NotFoundError(f"No {noun} found with id '{shown}'.")
    return f"conv_{rest}"


def thread_id(stored: str) -> str:
    return "thread_" + stored.removeprefix("conv_")


def retrieve(connection: Connection, project_id: str, id: str, noun: str = "conversation") -> Conversation:
    """`noun` is what the caller asked for: a thread or a conversation. Raises NotFoundError."""
    return _found(conversations.find(connection, project_id, id), id, noun)


def lock(connection: Connection, project_id: str, id: str, noun: str = "conversation") -> Conversation:
    """As `retrieve`, and held against other writers until the transaction ends."""
    return _found(conversations.lock(connection, project_id, id), id, noun)


def _found(conversation: Conversation | None, id: str, noun: str) -> Conversation:
    if conversation is None:
        shown = thread_id(id) if noun == "thread" else id
        raise NotFoundError(f"No {noun} found with id '{shown}'.")
    return conversation


def new_item(conversation_id: str, item: Item, **fields: Any) -> ConversationItem:
    """A finished item as a row: `fields` are those of ConversationItem."""
    now = int(time.time())
    fields.setdefault("completed_at", now)
    return ConversationItem(
        id=item["id"],
        created_at=now,
        conversation_id=conversation_id,
        type=item["type"],
        role=item.get("role"),
        item=item,
        **fields,
    )


def append(connection: Connection, project_id: str, new: Sequence[ConversationItem]) -> None:
    items.insert_many(connection, project_id, new)


def newest(
    connection: Connection, project_id: str, conversation_id: str, limit: int, up_to: int | None = None
) -> list[ConversationItem]:
    """The newest items, oldest first. `up_to`: the newest of those that were there then, see `last_seq`."""
    table = items_table
    query = (
        select(table.c.data)
        .where(table.c.project_id == project_id, table.c.conversation_id == conversation_id)
        .order_by(table.c.seq.desc())
        .limit(limit)
    )
    if up_to is not None:
        query = query.where(table.c.seq <= up_to)
    return [_decode_item(data) for data in connection.execute(query).scalars()][::-1]


def last_seq(connection: Connection, project_id: str, conversation_id: str) -> int:
    """The place of the newest item; 0 where there is none."""
    held = (items_table.c.project_id == project_id) & (items_table.c.conversation_id == conversation_id)
    return connection.execute(select(func.max(items_table.c.seq)).where(held)).scalar() or 0


# Deletes a conversation with what belongs to it, for the noun in messages (`resources.thread_removal`).
Remover = Callable[[Connection, str, str, str], None]


def delete_conversation(connection: Connection, project_id: str, id: str) -> None:
    """With its items. Raises NotFoundError."""
    held = (items_table.c.project_id == project_id) & (items_table.c.conversation_id == id)
    connection.execute(delete(items_table).where(held))
    conversations.delete(connection, project_id, id)
