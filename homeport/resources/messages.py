"""Messages of a thread: create, list, retrieve, modify, delete. A message is an item seen from the thread.

Shapes: `MessageObject`, `CreateMessageRequest` and `ModifyMessageRequest` of OpenAI's specification.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from sqlalchemy import ColumnElement, Connection

from homeport.core.chat import Metadata
from homeport.core.items import attached_files, from_thread_content, text_part, thread_content
from homeport.errors import BadRequestError, NotFoundError
from homeport.ids import new_id
from homeport.resources.lists import ListOf, list_of
from homeport.resources.thread_files import bringing
from homeport.retrieval.stores import Stores
from homeport.storage.conversations import (
    Attachment,
    ConversationItem,
    append,
    conversation_id,
    conversations,
    items,
    items_table,
    lock,
    new_item,
    retrieve,
    thread_id,
)
from homeport.storage.database import Database
from homeport.storage.objects import Page
from homeport.web.routes import Call, Route

# --- shapes --------------------------------------------------------------------

Detail: TypeAlias = Literal["auto", "low", "high"]


class TextPart(Struct, tag_field="type", tag="text"):
    text: Annotated[str, Meta(max_length=256_000)]


class ImageFile(Struct):
    file_id: str
    detail: Detail = "auto"


class ImageFilePart(Struct, tag_field="type", tag="image_file"):
    image_file: ImageFile


class ImageURL(Struct):
    url: Annotated[str, Meta(pattern=r"^(https?://|data:image/)")]
    detail: Detail = "auto"


class ImageURLPart(Struct, tag_field="type", tag="image_url"):
    image_url: ImageURL


Part: TypeAlias = TextPart | ImageFilePart | ImageURLPart


class AttachmentTool(Struct, forbid_unknown_fields=True):
    type: Literal["code_interpreter", "file_search"]


class NewAttachment(Struct, forbid_unknown_fields=True):
    file_id: str
    tools: list[AttachmentTool]


class CreateMessage(Struct, forbid_unknown_fields=True):
    role: Literal["user", "assistant"]
    content: Annotated[str, Meta(max_length=256_000)] | Annotated[list[Part], Meta(min_length=1)]
    attachments: list[NewAttachment] | None = None
    metadata: Metadata | None = None


class ModifyMessage(Struct, forbid_unknown_fields=True):
    metadata: Metadata | UnsetType | None = UNSET


class MessageListParams(Page, frozen=True, forbid_unknown_fields=True):
    run_id: str | None = None


class IncompleteDetails(Struct):
    reason: str


class MessageObject(Struct):
    """Times in seconds since 1970."""

    id: str
    created_at: int
    thread_id: str
    status: str
    incomplete_details: IncompleteDetails | None
    completed_at: int | None
    incomplete_at: int | None
    role: str
    content: list[dict[str, Any]]
    assistant_id: str | None
    run_id: str | None
    attachments: list[Attachment]
    metadata: dict[str, str]
    object: Literal["thread.message"] = "thread.message"


class MessageDeleted(Struct):
    id: str
    deleted: bool = True
    object: Literal["thread.message.deleted"] = "thread.message.deleted"


# --- rules ---------------------------------------------------------------------

SEEN_ROLES = ("user", "assistant")  # a conversation may hold others, which a thread has no shape for


def message_item(conversation_id: str, asked: CreateMessage, param: str) -> ConversationItem:
    """A caller's message as a row. `param` names it in errors. Raises BadRequestError for one that says nothing."""
    content = asked.content if isinstance(asked.content, str) else msgspec.to_builtins(asked.content)
    parts = from_thread_content(asked.role, content)
    if not any(part.get("text", "text") for part in parts):
        raise BadRequestError("Message content must be non-empty.", param=f"{param}.content".lstrip("."))
    item = {
        "id": new_id("msg"),
        "type": "message",
        "status": "completed",
        "role": asked.role,
        "content": parts,
    }
    attachments = [Attachment(given.file_id, msgspec.to_builtins(given.tools)) for given in asked.attachments or ()]
    return new_item(conversation_id, item, attachments=attachments, metadata=asked.metadata or {}, completed_at=None)


def shown_message(kept: ConversationItem) -> MessageObject:
    item = kept.item
    reason = kept.incomplete_reason
    made_by_code = [Attachment(file_id, [{"type": "code_interpreter"}]) for file_id in kept.exported.values()]
    files_among_parts = [Attachment(file_id) for file_id in attached_files(item["content"])]
    content = thread_content(item["content"], kept.exported)
    if not content and item["role"] == "assistant" and item.get("status") != "in_progress":
        # An answer that says nothing has a text all the same: programs read it unasked.
        content = thread_content([text_part("assistant", "")])
    return MessageObject(
        id=kept.id,
        created_at=kept.created_at,
        thread_id=thread_id(kept.conversation_id),
        status=item.get("status") or "completed",
        incomplete_details=None if reason is None else IncompleteDetails(reason),
        completed_at=kept.completed_at,
        incomplete_at=kept.incomplete_at,
        role=item["role"],
        content=content,
        assistant_id=kept.assistant_id,
        run_id=kept.run_id,
        attachments=[*kept.attachments, *files_among_parts, *made_by_code],
        metadata=kept.metadata,
    )


def messages_of(id: str) -> list[ColumnElement[bool]]:
    """What makes an item a message of this conversation as a thread."""
    table = items_table
    return [table.c.conversation_id == id, table.c.type == "message", table.c.role.in_(SEEN_ROLES)]


def _find(connection: Connection, project_id: str, thread: str, message_id: str) -> ConversationItem:
    found = items.find(connection, project_id, message_id, *messages_of(thread))
    if found is None:
        raise NotFoundError(f"No message found with id '{message_id}'.")
    return found


def refuse_during_run(active_run_id: str | None, id: str) -> None:
    """While a run is under way its thread takes no messages, as OpenAI had it."""
    if active_run_id is not None:
        raise BadRequestError(f"Can't add messages to {thread_id(id)} while a run {active_run_id} is active.")


# --- routes --------------------------------------------------------------------

_THREAD = "/threads/{thread_id}/messages"
_MESSAGE = _THREAD + "/{message_id}"


def routes(database: Database, stores: Stores) -> list[Route]:
    async def create_message(call: Call) -> MessageObject:
        project_id, id = call.principal.project_id, conversation_id(call.path["thread_id"], "thread")
        message = message_item(id, call.body, "")
        bring = await bringing(stores, [message])

        def create(connection: Connection) -> None:
            thread = lock(connection, project_id, id, "thread")
            refuse_during_run(thread.active_run_id, id)
            if (changed := bring(connection, project_id, thread)) is not thread:
                conversations.update(connection, project_id, changed)
            append(connection, project_id, [message])

        await database.write(create)
        return shown_message(message)

    async def list_messages(call: Call) -> ListOf[MessageObject]:
        asked: MessageListParams = call.query
        project_id, id = call.principal.project_id, conversation_id(call.path["thread_id"], "thread")
        where = messages_of(id)
        if asked.run_id is not None:
            where.append(items_table.c.run_id == asked.run_id)

        def read(connection: Connection) -> Any:
            retrieve(connection, project_id, id, "thread")
            return items.list(connection, project_id, asked, *where)

        listing = await database.read(read)
        return list_of(listing, [shown_message(kept) for kept in listing.data])

    async def get_message(call: Call) -> MessageObject:
        project_id, id = call.principal.project_id, conversation_id(call.path["thread_id"], "thread")
        return shown_message(await database.read(lambda c: _find(c, project_id, id, call.path["message_id"])))

    async def modify_message(call: Call) -> MessageObject:
        asked: ModifyMessage = call.body
        project_id, id = call.principal.project_id, conversation_id(call.path["thread_id"], "thread")

        def change(connection: Connection) -> ConversationItem:
            kept = _find(connection, project_id, id, call.path["message_id"])
            if asked.metadata is UNSET:
                return kept
            return items.update(connection, project_id, msgspec.structs.replace(kept, metadata=asked.metadata or {}))

        return shown_message(await database.write(change))

    async def delete_message(call: Call) -> MessageDeleted:
        project_id, id = call.principal.project_id, conversation_id(call.path["thread_id"], "thread")
        message_id = call.path["message_id"]

        def remove(connection: Connection) -> None:
            _find(connection, project_id, id, message_id)
            items.delete(connection, project_id, message_id)

        await database.write(remove)
        return MessageDeleted(message_id)

    return [
        Route(
            method="POST",
            path=_THREAD,
            operation_id="createMessage",
            summary="Add a message to a thread.",
            tag="Assistants",
            body=CreateMessage,
            result=MessageObject,
            handler=create_message,
        ),
        Route(
            method="GET",
            path=_THREAD,
            operation_id="listMessages",
            summary="List the messages of a thread.",
            tag="Assistants",
            params=MessageListParams,
            result=ListOf[MessageObject],
            handler=list_messages,
        ),
        Route(
            method="GET",
            path=_MESSAGE,
            operation_id="getMessage",
            summary="Retrieve a message.",
            tag="Assistants",
            result=MessageObject,
            handler=get_message,
        ),
        Route(
            method="POST",
            path=_MESSAGE,
            operation_id="modifyMessage",
            summary="Modify a message.",
            tag="Assistants",
            body=ModifyMessage,
            result=MessageObject,
            handler=modify_message,
        ),
        Route(
            method="DELETE",
            path=_MESSAGE,
            operation_id="deleteMessage",
            summary="Delete a message.",
            tag="Assistants",
            result=MessageDeleted,
            handler=delete_message,
        ),
    ]
