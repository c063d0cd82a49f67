"""Conversations and their items: what threads are to the Responses API.

Shapes: `ConversationResource`, `ConversationItem` and their requests of OpenAI's specification.
"""

from __future__ import annotations

import time
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct
from sqlalchemy import Connection

from homeport.core.chat import Metadata
from homeport.core.items import Item, stored_item
from homeport.ids import new_id
from homeport.resources.lists import ListOf, list_of
from homeport.resources.messages import refuse_during_run
from homeport.resources.responses.shapes import ItemListParams, ItemParams, included
from homeport.resources.responses.view import shown_item
from homeport.storage.conversations import (
    Conversation,
    ConversationItem,
    Remover,
    append,
    conversation_id,
    conversations,
    items,
    items_table,
    lock,
    new_item,
    retrieve,
)
from homeport.storage.database import Database
from homeport.storage.objects import Listing
from homeport.web.routes import Call, Route

# --- shapes --------------------------------------------------------------------

MAX_NEW_ITEMS = 20
NewItems = Annotated[list[dict[str, Any]], Meta(max_length=MAX_NEW_ITEMS)]


class CreateConversation(Struct, forbid_unknown_fields=True):
    metadata: Metadata | None = None
    items: NewItems | None = None


class UpdateConversation(Struct, forbid_unknown_fields=True):
    metadata: Metadata | None


class CreateItems(Struct, forbid_unknown_fields=True):
    items: NewItems


class ConversationObject(Struct):
    id: str
    created_at: int
    metadata: dict[str, str]
    object: Literal["conversation"] = "conversation"


class ConversationDeleted(Struct):
    id: str
    deleted: bool = True
    object: Literal["conversation.deleted"] = "conversation.deleted"


# --- rules ---------------------------------------------------------------------


def _shown(kept: Conversation) -> ConversationObject:
    return ConversationObject(kept.id, kept.created_at, kept.metadata)


def _rows(id: str, given: list[dict[str, Any]] | None) -> list[ConversationItem]:
    return [new_item(id, stored_item(item, f"items[{index}]")) for index, item in enumerate(given or ())]


# --- routes --------------------------------------------------------------------

_CONVERSATION = "/conversations/{conversation_id}"
_ITEMS = _CONVERSATION + "/items"


def routes(database: Database, remove_with_runs: Remover) -> list[Route]:
    def place(call: Call) -> tuple[str, str]:
        return call.principal.project_id, conversation_id(call.path["conversation_id"], "conversation")

    async def create_conversation(call: Call) -> ConversationObject:
        asked: CreateConversation = call.body
        project_id = call.principal.project_id
        made = Conversation(id=new_id("conv"), created_at=int(time.time()), metadata=asked.metadata or {})
        first = _rows(made.id, asked.items)

        def create(connection: Connection) -> None:
            conversations.insert(connection, project_id, made)
            append(connection, project_id, first)

        await database.write(create)
        return _shown(made)

    async def get_conversation(call: Call) -> ConversationObject:
        project_id, id = place(call)
        return _shown(await database.read(lambda c: retrieve(c, project_id, id)))

    async def update_conversation(call: Call) -> ConversationObject:
        asked: UpdateConversation = call.body
        project_id, id = place(call)

        def change(connection: Connection) -> Conversation:
            kept = lock(connection, project_id, id)
            changed = msgspec.structs.replace(kept, metadata=asked.metadata or {})
            return conversations.update(connection, project_id, changed)

        return _shown(await database.write(change))

    async def remove_conversation(call: Call) -> ConversationDeleted:
        project_id, id = place(call)

        def remove(connection: Connection) -> None:
            remove_with_runs(connection, project_id, id, "conversation")

        await database.write(remove)
        return ConversationDeleted(id)

    async def create_items(call: Call) -> ListOf[Item]:
        asked: CreateItems = call.body
        project_id, id = place(call)
        new = _rows(id, asked.items)

        def create(connection: Connection) -> None:
            refuse_during_run(lock(connection, project_id, id).active_run_id, id)
            append(connection, project_id, new)

        await database.write(create)
        first_id, last_id = (new[0].id, new[-1].id) if new else (None, None)
        return ListOf([shown_item(row.item, included(call.query)) for row in new], first_id, last_id, False)

    async def list_items(call: Call) -> ListOf[Item]:
        asked: ItemListParams = call.query
        project_id, id = place(call)

        def read(connection: Connection) -> Listing:
            retrieve(connection, project_id, id)
            return items.list(connection, project_id, asked, items_table.c.conversation_id == id)

        listing = await database.read(read)
        return list_of(listing, [shown_item(row.item, included(asked)) for row in listing.data])

    async def get_item(call: Call) -> Item:
        project_id, id = place(call)
        belongs = items_table.c.conversation_id == id
        found = await database.read(lambda c: items.retrieve(c, project_id, call.path["item_id"], belongs))
        return shown_item(found.item, included(call.query))

    async def delete_item(call: Call) -> ConversationObject:
        project_id, id = place(call)

        def remove(connection: Connection) -> Conversation:
            kept = lock(connection, project_id, id)
            items.delete(connection, project_id, call.path["item_id"], items_table.c.conversation_id == id)
            return kept

        return _shown(await database.write(remove))

    return [
        Route(
            method="POST",
            path="/conversations",
            operation_id="createConversation",
            summary="Create a conversation.",
            tag="Conversations",
            body=CreateConversation,
            result=ConversationObject,
            handler=create_conversation,
        ),
        Route(
            method="GET",
            path=_CONVERSATION,
            operation_id="getConversation",
            summary="Retrieve a conversation.",
            tag="Conversations",
            result=ConversationObject,
            handler=get_conversation,
        ),
        Route(
            method="POST",
            path=_CONVERSATION,
            operation_id="updateConversation",
            summary="Change a conversation's metadata.",
            tag="Conversations",
            body=UpdateConversation,
            result=ConversationObject,
            handler=update_conversation,
        ),
        Route(
            method="DELETE",
            path=_CONVERSATION,
            operation_id="deleteConversation",
            summary="Delete a conversation with its items.",
            tag="Conversations",
            result=ConversationDeleted,
            handler=remove_conversation,
        ),
        Route(
            method="POST",
            path=_ITEMS,
            operation_id="createConversationItems",
            summary="Add items to a conversation.",
            tag="Conversations",
            params=ItemParams,
            body=CreateItems,
            result=ListOf[Item],
            handler=create_items,
        ),
        Route(
            method="GET",
            path=_ITEMS,
            operation_id="listConversationItems",
            summary="List the items of a conversation.",
            tag="Conversations",
            params=ItemListParams,
            result=ListOf[Item],
            handler=list_items,
        ),
        Route(
            method="GET",
            path=_ITEMS + "/{item_id}",
            operation_id="getConversationItem",
            summary="Retrieve an item.",
            tag="Conversations",
            params=ItemParams,
            result=dict[str, Any],
            handler=get_item,
        ),
        Route(
            method="DELETE",
            path=_ITEMS + "/{item_id}",
            operation_id="deleteConversationItem",
            summary="Delete an item.",
            tag="Conversations",
            result=ConversationObject,
            handler=delete_item,
        ),
    ]
