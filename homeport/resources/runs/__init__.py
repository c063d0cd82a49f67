"""Runs of an assistant on a thread: create, list, retrieve, modify, cancel, submit tool outputs; each also streamed.

Shapes: `resources.runs.shapes`. A run is played by a job (`resources.runs.jobs`); what happens in it is a log of events
that any number of callers follow, and go on with after the number of the last one they have seen.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET
from sqlalchemy import Connection

from homeport.ids import new_id
from homeport.jobs.events import Following, NewEvent
from homeport.jobs.room import Room, Rooms
from homeport.resources.assistants import Assistant
from homeport.resources.lists import ListOf, list_of
from homeport.resources.messages import message_item
from homeport.resources.runs.commits import RUN, answer, cancel, create
from homeport.resources.runs.filters import Seen
from homeport.resources.runs.requests import (
    assistant_of,
    check_run,
    find_run,
    new_run,
    refuse_second_run,
    with_resources,
)
from homeport.resources.runs.shapes import (
    REASONING,
    RESULTS,
    CreateRun,
    CreateRunParams,
    CreateThreadAndRun,
    ModifyRun,
    RunObject,
    RunRequest,
    SubmitToolOutputs,
    shown_run,
)
from homeport.resources.runs.streams import run_stream
from homeport.resources.thread_files import STORE_EXPIRES, bringing, check_files
from homeport.resources.threads import CreateThread, shown_thread
from homeport.resources.tool_resources import Resolver
from homeport.retrieval.stores import Stores
from homeport.storage.conversations import (
    Conversation,
    append,
    conversation_id,
    conversations,
    lock,
    retrieve,
)
from homeport.storage.database import Database
from homeport.storage.objects import Listing, Page
from homeport.storage.runs import Run, runs, runs_table
from homeport.web.routes import Call, Route
from homeport.web.streams import EventStream

T = TypeVar("T")

# --- routes --------------------------------------------------------------------

_RUNS = "/threads/{thread_id}/runs"
_RUN = _RUNS + "/{run_id}"


def _as_shown(run: Run, asked: CreateRunParams) -> Run:
    """The run with what its caller wants to see of it."""
    return msgspec.structs.replace(
        run,
        include_results=RESULTS in asked.include,
        include_reasoning=REASONING in asked.include,
        answer_only=asked.answer_only,
    )


def _seen(run: Run) -> Seen:
    return Seen(thoughts=run.include_reasoning, answer_only=run.answer_only)


def routes(
    database: Database,
    stores: Stores,
    resolve: Resolver,
    check_model: Callable[[str], Awaitable[Any]],
    expires_s: float,
    rooms: Rooms,
) -> list[Route]:
    """`check_model` raises for a model that can't be asked for. `expires_s`: how long a run may take, all told."""

    def thread_of(call: Call) -> tuple[str, str]:
        return call.principal.project_id, conversation_id(call.path["thread_id"], "thread")

    async def prepared(project_id: str, asked: RunRequest, thread: str | None = None) -> Assistant:
        assistant = await database.read(lambda c: assistant_of(c, project_id, asked, thread))
        check_run(asked, assistant)
        if asked.model is not None:
            await check_model(asked.model)
        return assistant

    async def begin(work: Callable[[Connection, Room], T]) -> T:
        """Run `work`, which enqueues a run, with a place for it if there is one."""
        with rooms(RUN) as room:
            return await database.write(lambda connection: work(connection, room))

    async def create_run(call: Call) -> RunObject | EventStream:
        asked: CreateRun = call.body
        project_id, id = thread_of(call)
        assistant = await prepared(project_id, asked, id)
        given = asked.additional_messages or ()
        said = [message_item(id, each, f"additional_messages[{index}]") for index, each in enumerate(given)]
        run = new_run(id, assistant, asked, call.principal.key_id, expires_s)
        run = _as_shown(run, call.query)
        bring = await bringing(stores, said)

        def write(connection: Connection, room: Room) -> Run:
            thread = lock(connection, project_id, id, "thread")
            refuse_second_run(thread)
            thread = bring(connection, project_id, thread)
            append(connection, project_id, said)
            described = with_resources(run, assistant.tool_resources, thread)
            return create(connection, project_id, thread, described, room=room)

        following = Following(database, run.id, is_new=True)
        made = await begin(write)
        return (
            run_stream(database, project_id, made.id, seen=_seen(made), following=following)
            if asked.stream
            else shown_run(made)
        )

    async def create_thread_and_run(call: Call) -> RunObject | EventStream:
        asked: CreateThreadAndRun = call.body
        project_id = call.principal.project_id
        assistant = await prepared(project_id, asked)
        new = asked.thread or CreateThread()
        id = new_id("conv")
        said = [message_item(id, each, f"thread.messages[{index}]") for index, each in enumerate(new.messages or ())]
        run = new_run(id, assistant, asked, call.principal.key_id, expires_s)
        run = _as_shown(run, call.query)
        own = await resolve(project_id, asked.tool_resources)  # in place of the assistant's
        resources = (assistant.tool_resources or {}) | (own or {})
        bring = await bringing(stores, said)
        if new.tool_resources is not None:
            await database.read(lambda c: check_files(c, project_id, said))  # before a store is made for nobody
        thread = Conversation(
            id=id,
            created_at=int(time.time()),
            metadata=new.metadata or {},
            assistant_id=new.assistant_id,
            tool_resources=await resolve(project_id, new.tool_resources, STORE_EXPIRES),
        )

        def write(connection: Connection, room: Room) -> Run:
            made = bring(connection, project_id, thread)
            conversations.insert(connection, project_id, made)
            append(connection, project_id, said)
            created = NewEvent("thread.created", shown_thread(made))
            return create(connection, project_id, made, with_resources(run, resources, made), created, room=room)

        following = Following(database, run.id, is_new=True)
        made = await begin(write)
        return (
            run_stream(database, project_id, made.id, seen=_seen(made), following=following)
            if asked.stream
            else shown_run(made)
        )

    async def list_runs(call: Call) -> ListOf[RunObject]:
        asked: Page = call.query
        project_id, id = thread_of(call)

        def read(connection: Connection) -> Listing:
            retrieve(connection, project_id, id, "thread")
            return runs.list(connection, project_id, asked, runs_table.c.conversation_id == id)

        listing = await database.read(read)
        return list_of(listing, [shown_run(run) for run in listing.data])

    async def get_run(call: Call) -> RunObject:
        project_id, id = thread_of(call)
        run = await database.read(lambda c: find_run(c, project_id, id, call.path["run_id"]))
        if not run.is_terminal:
            call.ask_again_soon()
        return shown_run(run)

    async def modify_run(call: Call) -> RunObject:
        asked: ModifyRun = call.body
        project_id, id = thread_of(call)

        def change(connection: Connection) -> Run:
            run = find_run(connection, project_id, id, call.path["run_id"], locked=True)
            if asked.metadata is UNSET:
                return run
            return runs.update(connection, project_id, msgspec.structs.replace(run, metadata=asked.metadata or {}))

        return shown_run(await database.write(change))

    async def cancel_run(call: Call) -> RunObject:
        project_id, id = thread_of(call)

        def write(connection: Connection) -> Run:
            return cancel(connection, project_id, find_run(connection, project_id, id, call.path["run_id"]))

        return shown_run(await database.write(write))

    async def submit_tool_outputs(call: Call) -> RunObject | EventStream:
        asked: SubmitToolOutputs = call.body
        project_id, id = thread_of(call)
        outputs = {given.tool_call_id: given.output for given in asked.tool_outputs}

        def write(connection: Connection, room: Room) -> tuple[Run, int]:
            run = find_run(connection, project_id, id, call.path["run_id"], locked=True)
            return answer(connection, project_id, run, outputs, room)

        run, seen = await begin(write)
        return run_stream(database, project_id, run.id, seen, seen=_seen(run)) if asked.stream else shown_run(run)

    return [
        Route(
            method="POST",
            path="/threads/runs",
            operation_id="createThreadAndRun",
            summary="Create a thread and run it in one request.",
            tag="Assistants",
            params=CreateRunParams,
            body=CreateThreadAndRun,
            result=RunObject,
            event=RunObject,
            handler=create_thread_and_run,
        ),
        Route(
            method="POST",
            path=_RUNS,
            operation_id="createRun",
            summary="Create a run.",
            tag="Assistants",
            params=CreateRunParams,
            body=CreateRun,
            result=RunObject,
            event=RunObject,
            handler=create_run,
        ),
        Route(
            method="GET",
            path=_RUNS,
            operation_id="listRuns",
            summary="List the runs of a thread.",
            tag="Assistants",
            params=Page,
            result=ListOf[RunObject],
            handler=list_runs,
        ),
        Route(
            method="GET",
            path=_RUN,
            operation_id="getRun",
            summary="Retrieve a run.",
            tag="Assistants",
            result=RunObject,
            handler=get_run,
        ),
        Route(
            method="POST",
            path=_RUN,
            operation_id="modifyRun",
            summary="Modify a run.",
            tag="Assistants",
            body=ModifyRun,
            result=RunObject,
            handler=modify_run,
        ),
        Route(
            method="POST",
            path=_RUN + "/cancel",
            operation_id="cancelRun",
            summary="Cancel a run that is under way.",
            tag="Assistants",
            result=RunObject,
            handler=cancel_run,
        ),
        Route(
            method="POST",
            path=_RUN + "/submit_tool_outputs",
            operation_id="submitToolOuputsToRun",  # as OpenAI spells it
            summary="Submit the outputs of the tool calls that a run waits for.",
            tag="Assistants",
            body=SubmitToolOutputs,
            result=RunObject,
            event=RunObject,
            handler=submit_tool_outputs,
        ),
    ]
