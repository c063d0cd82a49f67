"""Threads: create, retrieve, modify, delete. A thread is a conversation (`storage.conversations`).

Shapes: `ThreadObject`, `CreateThreadRequest` and `ModifyThreadRequest` of OpenAI's specification.
"""

from __future__ import annotations

import time
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType
from sqlalchemy import Connection

from homeport.core.chat import Metadata
from homeport.ids import new_id
from homeport.resources.assistants import assistants
from homeport.resources.messages import CreateMessage, message_item
from homeport.resources.thread_files import STORE_EXPIRES, bringing, check_files
from homeport.resources.tool_resources import NewToolResources, Resolver, ToolResources
from homeport.retrieval.stores import Stores
from homeport.storage.conversations import (
    Conversation,
    Remover,
    append,
    conversation_id,
    conversations,
    lock,
    retrieve,
    thread_id,
)
from homeport.storage.database import Database
from homeport.web.routes import Call, Route

# --- shapes --------------------------------------------------------------------


class CreateThread(Struct, forbid_unknown_fields=True):
    messages: list[CreateMessage] | None = None
    assistant_id: str | None = None  # the third document's: whose runs it is for, where a run doesn't say
    tool_resources: NewToolResources | None = None
    metadata: Metadata | None = None


class ModifyThread(Struct, forbid_unknown_fields=True):
    """What is left out stays as it is; null removes it."""

    tool_resources: ToolResources | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET


class ThreadObject(Struct):
    id: str
    created_at: int
    tool_resources: dict[str, Any]
    metadata: dict[str, str]
    assistant_id: str | UnsetType = UNSET
    status: Literal["active"] = "active"  # the third document's: it lives until it is deleted
    object: Literal["thread"] = "thread"


class ThreadDeleted(Struct):
    id: str
    deleted: bool = True
    object: Literal["thread.deleted"] = "thread.deleted"


# --- rules ---------------------------------------------------------------------


def shown_thread(kept: Conversation) -> ThreadObject:
    return ThreadObject(
        id=thread_id(kept.id),
        created_at=kept.created_at,
        tool_resources=kept.tool_resources or {},
        metadata=kept.metadata,
        assistant_id=kept.assistant_id or UNSET,
    )


# --- routes --------------------------------------------------------------------


def routes(database: Database, stores: Stores, resolve: Resolver, remove_with_runs: Remover) -> list[Route]:
    async def create_thread(call: Call) -> ThreadObject:
        asked: CreateThread = call.body
        project_id = call.principal.project_id
        if (assistant_id := asked.assistant_id) is not None:
            await database.read(lambda c: assistants.retrieve(c, project_id, assistant_id))
        id = new_id("conv")
        first = [message_item(id, message, f"messages[{index}]") for index, message in enumerate(asked.messages or ())]
        bring = await bringing(stores, first)
        if asked.tool_resources is not None:
            await database.read(lambda c: check_files(c, project_id, first))  # before a store is made for nobody
        made = Conversation(
            id=id,
            created_at=int(time.time()),
            metadata=asked.metadata or {},
            assistant_id=assistant_id,
            tool_resources=await resolve(project_id, asked.tool_resources, STORE_EXPIRES),
        )

        def create(connection: Connection) -> Conversation:
            thread = bring(connection, project_id, made)
            conversations.insert(connection, project_id, thread)
            append(connection, project_id, first)
            return thread

        return shown_thread(await database.write(create))

    async def get_thread(call: Call) -> ThreadObject:
        id = conversation_id(call.path["thread_id"], "thread")
        return shown_thread(await database.read(lambda c: retrieve(c, call.principal.project_id, id, "thread")))

    async def modify_thread(call: Call) -> ThreadObject:
        asked: ModifyThread = call.body
        project_id, id = call.principal.project_id, conversation_id(call.path["thread_id"], "thread")
        changes: dict[str, Any] = {} if asked.metadata is UNSET else {"metadata": asked.metadata or {}}
        if asked.tool_resources is not UNSET:
            await database.read(lambda c: retrieve(c, project_id, id, "thread"))  # before a store is made for nobody
            changes["tool_resources"] = await resolve(project_id, asked.tool_resources)

        def change(connection: Connection) -> Conversation:
            kept = lock(connection, project_id, id, "thread")
            return conversations.update(connection, project_id, msgspec.structs.replace(kept, **changes))

        return shown_thread(await database.write(change))

    async def delete_thread(call: Call) -> ThreadDeleted:
        project_id, id = call.principal.project_id, conversation_id(call.path["thread_id"], "thread")

        def remove(connection: Connection) -> None:
            remove_with_runs(connection, project_id, id, "thread")

        await database.write(remove)
        return ThreadDeleted(thread_id(id))

    return [
        Route(
            method="POST",
            path="/threads",
            operation_id="createThread",
            summary="Create a thread.",
            tag="Assistants",
            body=CreateThread,
            result=ThreadObject,
            handler=create_thread,
        ),
        Route(
            method="GET",
            path="/threads/{thread_id}",
            operation_id="getThread",
            summary="Retrieve a thread.",
            tag="Assistants",
            result=ThreadObject,
            handler=get_thread,
        ),
        Route(
            method="POST",
            path="/threads/{thread_id}",
            operation_id="modifyThread",
            summary="Modify a thread.",
            tag="Assistants",
            body=ModifyThread,
            result=ThreadObject,
            handler=modify_thread,
        ),
        Route(
            method="DELETE",
            path="/threads/{thread_id}",
            operation_id="deleteThread",
            summary="Delete a thread with its messages.",
            tag="Assistants",
            result=ThreadDeleted,
            handler=delete_thread,
        ),
    ]
