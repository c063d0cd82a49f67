"""What a response stands on: its input, and what was said before it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection

from homeport.core.items import Item, stored_item, text_part
from homeport.errors import BadRequestError, NotFoundError
from homeport.ids import new_id
from homeport.resources.messages import refuse_during_run
from homeport.resources.responses.shapes import CreateResponse
from homeport.storage.conversations import ConversationItem, conversation_id, last_seq, newest, retrieve
from homeport.storage.database import Database
from homeport.storage.responses import MAX_CONTEXT_ITEMS, context_of, referenced


class Context(Struct):
    """`before`: items of the responses or the conversation before. `input`: this response's own, with new ids.

    `conversation_seq`: how far the conversation had come.
    """

    before: list[Item]
    input: list[Item]
    conversation_id: str | None = None
    conversation_seq: int | None = None
    calls_of_runs: frozenset[str] = frozenset()  # in `before`, by the ids of calls

    @property
    def history(self) -> list[Item]:
        return [*self.before, *self.input]


async def context(database: Database, project_id: str, asked: CreateResponse) -> Context:
    """Raises BadRequestError for input that is none, NotFoundError for what is not there, or not the project's."""
    given = _given(asked.input)
    in_conversation = _conversation_id(asked)
    references = {item["id"] for item in given if item["type"] == "item_reference"}
    if in_conversation is None and asked.previous_response_id is None and not references:
        found = Context([], given)
    else:

        def read(connection: Connection) -> Context:
            seq = None
            of_runs: frozenset[str] = frozenset()
            if in_conversation is not None:
                held = retrieve(connection, project_id, in_conversation)
                refuse_during_run(held.active_run_id, in_conversation)
                seq = last_seq(connection, project_id, in_conversation)
                rows = rows_before(connection, project_id, in_conversation, seq, asked.truncation)
                before = readable([row.item for row in rows])
                of_runs = frozenset(row.item["call_id"] for row in rows if row.run_id and "call_id" in row.item)
            else:
                before = items_before(connection, project_id, asked.previous_response_id, None, None, asked.truncation)
            kept = {id: _referenced(connection, project_id, id) for id in references}
            return Context(before, [kept.get(item["id"], item) for item in given], in_conversation, seq, of_runs)

        found = await database.read(read)
        found.input = [item | {"id": _copy_id(item)} if item["id"] in references else item for item in found.input]
    _check_calls(found.history, found.calls_of_runs)
    return found


def items_before(
    connection: Connection,
    project_id: str,
    previous_response_id: str | None,
    in_conversation: str | None,
    conversation_seq: int | None,
    truncation: str | None,
) -> list[Item]:
    """The items that a response goes on from. What would be left out without being asked for is refused."""
    if in_conversation is not None:
        rows = rows_before(connection, project_id, in_conversation, conversation_seq, truncation)
        return readable([row.item for row in rows])
    if previous_response_id is not None:
        return readable(context_of(connection, project_id, previous_response_id))
    return []


def rows_before(
    connection: Connection, project_id: str, in_conversation: str, seq: int | None, truncation: str | None
) -> Sequence[ConversationItem]:
    """The same of a conversation, as rows."""
    rows = newest(connection, project_id, in_conversation, MAX_CONTEXT_ITEMS + 1, seq)
    if len(rows) > MAX_CONTEXT_ITEMS and truncation != "auto":
        raise BadRequestError(
            f"The conversation has more than {MAX_CONTEXT_ITEMS} items, which no model reads at once."
            " With 'truncation' 'auto' the oldest are left out.",
            param="conversation",
            code="context_length_exceeded",
        )
    return rows[-MAX_CONTEXT_ITEMS:]


def readable(items: Sequence[Item]) -> list[Item]:
    """Without calls that were cut off: no model ever saw an answer to them."""
    answered = {item["call_id"] for item in items if item["type"] == "function_call_output"}
    return [
        item
        for item in items
        if item["type"] != "function_call" or item.get("status") != "incomplete" or item["call_id"] in answered
    ]


def _given(input: str | list[Any] | None) -> list[Item]:
    if input is None:
        return []
    if isinstance(input, str):
        content = [text_part("user", input)]
        message = {"id": new_id("msg"), "type": "message", "status": "completed", "role": "user", "content": content}
        return [message]
    if not input:
        raise BadRequestError("Invalid 'input': it must not be empty.", param="input", code="invalid_value")
    return [_item(item, f"input[{index}]") for index, item in enumerate(input)]


def _item(given: Any, param: str) -> Item:
    if isinstance(given, dict) and (given.get("type") == "item_reference" or given.keys() == {"id"}):
        if not isinstance(given.get("id"), str):
            raise BadRequestError(
                f"Missing required parameter: '{param}.id'.", param=f"{param}.id", code="missing_required_parameter"
            )
        return {"type": "item_reference", "id": given["id"]}
    return stored_item(given, param)


def _conversation_id(asked: CreateResponse) -> str | None:
    if asked.conversation is None:
        return None
    given = asked.conversation if isinstance(asked.conversation, str) else asked.conversation.id
    return conversation_id(given, "conversation")


def _referenced(connection: Connection, project_id: str, id: str) -> Item:
    item = referenced(connection, project_id, id)
    if item is None:
        raise NotFoundError(f"Item with id '{id}' not found.", param="input")
    return item


def _copy_id(item: Item) -> str:
    return new_id(item["id"].partition("_")[0])


def _check_calls(items: Sequence[Item], calls_of_runs: Collection[str]) -> None:
    """Every call has its output, and every output its call, as models need it.

    Runs are over here: a call of theirs without an output waits for none, and the model is not shown it.
    """
    calls: dict[str, bool] = {}
    for item in items:
        if item["type"] == "function_call":
            calls[item["call_id"]] = False
        elif item["type"] == "function_call_output":
            if item["call_id"] not in calls:
                raise BadRequestError(
                    f"No tool call found for function call output with call_id {item['call_id']}.", param="input"
                )
            calls[item["call_id"]] = True
    for call_id, is_answered in calls.items():
        if not is_answered and call_id not in calls_of_runs:
            raise BadRequestError(f"No tool output found for function call {call_id}.", param="input")
