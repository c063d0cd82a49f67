"""The files that messages bring along: they become what the thread's tools may use.

A file for the search goes into the thread's vector store, which is made with the first of them; one for the code
interpreter is added to those that its container gets. `attachments` of OpenAI's `CreateMessageRequest`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from homeport.errors import BadRequestError
from homeport.retrieval import attachments
from homeport.retrieval.records import ExpiresAfter, VectorStore, is_expired, vector_stores
from homeport.retrieval.stores import Stores, in_use, new_store
from homeport.storage.conversations import Conversation, ConversationItem
from homeport.storage.files import files

STORE_EXPIRES = ExpiresAfter(days=7)  # of a store that is made for a thread: after its last use, as OpenAI has it
MAX_CODE_FILES = 20

# In the transaction that adds the messages to the thread, which is locked or new: the thread with what its tools may
# use now, to be written. Raises NotFoundError and BadRequestError.
Bring = Callable[[Connection, str, Conversation], Conversation]


async def bringing(stores: Stores, messages: Sequence[ConversationItem]) -> Bring:
    """What has to be done for the files of these messages. `tool_resources` are left alone where there are none."""
    searched = _given_to("file_search", messages)
    for_code = _given_to("code_interpreter", messages)
    model = await stores.embedding_model() if searched else ""

    def bring(connection: Connection, project_id: str, thread: Conversation) -> Conversation:
        check_files(connection, project_id, messages)
        resources = dict(thread.tool_resources or {})
        if searched:
            store = _store_of(connection, project_id, resources, model)
            attachments.attach(connection, project_id, store, [attachments.Attachment(id) for id in searched])
            resources["file_search"] = {"vector_store_ids": [store.id]}
        if for_code:
            there = resources.get("code_interpreter", {}).get("file_ids", [])
            file_ids = list(dict.fromkeys([*there, *for_code]))
            if len(file_ids) > MAX_CODE_FILES:
                raise BadRequestError(
                    f"A thread holds at most {MAX_CODE_FILES} files for the code interpreter.", param="attachments"
                )
            resources["code_interpreter"] = {"file_ids": file_ids}
        return msgspec.structs.replace(thread, tool_resources=resources) if searched or for_code else thread

    return bring


def _given_to(tool: str, messages: Sequence[ConversationItem]) -> list[str]:
    given = [attached for message in messages for attached in message.attachments]
    return list(dict.fromkeys(each.file_id for each in given if {"type": tool} in each.tools))


def _store_of(connection: Connection, project_id: str, resources: dict[str, Any], model: str) -> VectorStore:
    """The thread's store, locked; a new one where it has none, or none any more."""
    for store_id in resources.get("file_search", {}).get("vector_store_ids", []):
        kept = vector_stores.find(connection, project_id, store_id)
        if kept is not None and not is_expired(kept):
            return in_use(connection, project_id, store_id, model)
    made = new_store("", {}, STORE_EXPIRES, model)
    vector_stores.insert(connection, project_id, made)
    return made


def check_files(connection: Connection, project_id: str, messages: Sequence[ConversationItem]) -> None:
    """Raises NotFoundError for a file that a message attaches or shows and that is not there."""
    for message in messages:
        mentioned = [given.file_id for given in message.attachments]
        mentioned += [part["file_id"] for part in message.item["content"] if part.get("file_id")]
        for file_id in mentioned:
            files.retrieve(connection, project_id, file_id)
