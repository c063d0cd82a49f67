"""Runs of an assistant on a thread: create, list, retrieve, modify, cancel, submit tool outputs; each also streamed.

Shapes: `resources.run_shapes`. A run is played by a job (`resources.run_jobs`); what happens in it is a log of events
that any number of callers follow, and go on with after the number of the last one they have seen.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from msgspec import UNSET
from sqlalchemy import Connection

from homeport.errors import BadRequestError
from homeport.ids import new_id
from homeport.jobs import queue
from homeport.jobs.events import NewEvent, append_many
from homeport.resources.assistants import Assistant, assistants
from homeport.resources.lists import ListOf, ListParams, list_of
from homeport.resources.messages import check_files, message_item
from homeport.resources.run_commits import answer, end_from_outside, enqueue, enqueue_expiry
from homeport.resources.run_events import run_event
from homeport.resources.run_requests import check_run, find_run, merged_resources, new_run, refuse_second_run
from homeport.resources.run_shapes import (
    CreateRun,
    CreateThreadAndRun,
    IncludeParams,
    ModifyRun,
    RunObject,
    RunRequest,
    SubmitToolOutputs,
    shown_run,
)
from homeport.resources.run_streams import run_stream
from homeport.resources.threads import shown_thread
from homeport.resources.tool_resources import Resolver
from homeport.storage.conversations import (
    Conversation,
    append,
    conversation_id,
    conversations,
    lock,
    retrieve,
)
from homeport.storage.database import Database
from homeport.storage.objects import Listing
from homeport.storage.runs import Run, moved, runs, runs_table
from homeport.web.routes import Call, Route
from homeport.web.streams import EventStream

# --- routes --------------------------------------------------------------------

_RUNS = "/threads/{thread_id}/runs"
_RUN = _RUNS + "/{run_id}"


def routes(database: Database, resolve: Resolver, check_model: Callable[[str], Awaitable[Any]]) -> list[Route]:
    """`check_model` raises for a model that can't be asked for."""

    def thread_of(call: Call) -> tuple[str, str]:
        return call.principal.project_id, conversation_id(call.path["thread_id"], "thread")

    async def prepared(project_id: str, asked: RunRequest) -> Assistant:
        assistant = await database.read(lambda c: assistants.retrieve(c, project_id, asked.assistant_id))
        check_run(asked, assistant)
        if asked.model is not None:
            await check_model(asked.model)
        return assistant

    def begun(connection: Connection, project_id: str, thread: Conversation, run: Run, events: list[NewEvent]) -> Run:
        """The run with its jobs and first events, on a thread that is locked, or new."""
        run = enqueue_expiry(connection, project_id, enqueue(connection, project_id, run))
        runs.insert(connection, project_id, run)
        conversations.update(connection, project_id, msgspec.structs.replace(thread, active_run_id=run.id))
        append_many(connection, run.id, [*events, run_event(run, "created"), run_event(run)])
        return run

    async def create_run(call: Call) -> RunObject | EventStream:
        asked: CreateRun = call.body
        project_id, id = thread_of(call)
        assistant = await prepared(project_id, asked)
        given = asked.additional_messages or ()
        said = [message_item(id, each, f"additional_messages[{index}]") for index, each in enumerate(given)]
        run = new_run(id, assistant, asked, call.principal.key_id)
        run.include_results = bool(call.query.include)

        def create(connection: Connection) -> Run:
            thread = lock(connection, project_id, id, "thread")
            refuse_second_run(thread)
            for message in said:
                check_files(connection, project_id, message)
            append(connection, project_id, said)
            run.tool_resources = merged_resources(assistant.tool_resources, thread.tool_resources)
            return begun(connection, project_id, thread, run, [])

        made = await database.write(create)
        return run_stream(database, project_id, made.id) if asked.stream else shown_run(made)

    async def create_thread_and_run(call: Call) -> RunObject | EventStream:
        asked: CreateThreadAndRun = call.body
        project_id = call.principal.project_id
        assistant = await prepared(project_id, asked)
        new = asked.thread
        thread = Conversation(
            id=new_id("conv"),
            created_at=int(time.time()),
            metadata=(new.metadata if new is not None else None) or {},
            tool_resources=await resolve(project_id, new.tool_resources if new is not None else None),
        )
        given = (new.messages if new is not None else None) or ()
        said = [message_item(thread.id, each, f"thread.messages[{index}]") for index, each in enumerate(given)]
        run = new_run(thread.id, assistant, asked, call.principal.key_id)
        own = await resolve(project_id, asked.tool_resources)  # in place of the assistant's
        run.tool_resources = merged_resources((assistant.tool_resources or {}) | (own or {}), thread.tool_resources)

        def create(connection: Connection) -> Run:
            for message in said:
                check_files(connection, project_id, message)
            conversations.insert(connection, project_id, thread)
            append(connection, project_id, said)
            created = NewEvent("thread.created", shown_thread(thread))
            return begun(connection, project_id, thread, run, [created])

        made = await database.write(create)
        return run_stream(database, project_id, made.id) if asked.stream else shown_run(made)

    async def list_runs(call: Call) -> ListOf[RunObject]:
        asked: ListParams = call.query
        project_id, id = thread_of(call)

        def read(connection: Connection) -> Listing:
            retrieve(connection, project_id, id, "thread")
            return runs.list(connection, project_id, asked.page(), runs_table.c.conversation_id == id)

        listing = await database.read(read)
        return list_of(listing, [shown_run(run) for run in listing.data])

    async def get_run(call: Call) -> RunObject:
        project_id, id = thread_of(call)
        return shown_run(await database.read(lambda c: find_run(c, project_id, id, call.path["run_id"])))

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

        def cancel(connection: Connection) -> Run:
            run = find_run(connection, project_id, id, call.path["run_id"])
            # The job first, and then the run: so do those who play it.
            is_played = run.job_id is not None and _is_played(connection, project_id, run.job_id)
            run = find_run(connection, project_id, id, run.id, locked=True)
            if run.is_terminal or run.status == "cancelling":
                raise BadRequestError(f"Cannot cancel run with status '{run.status}'.")
            run = runs.update(connection, project_id, moved(run, "cancelling"))
            append_many(connection, run.id, [run_event(run)])
            return run if is_played else end_from_outside(connection, project_id, run, "cancelled", "cancelled")

        return shown_run(await database.write(cancel))

    async def submit_tool_outputs(call: Call) -> RunObject | EventStream:
        asked: SubmitToolOutputs = call.body
        project_id, id = thread_of(call)
        outputs = {given.tool_call_id: given.output for given in asked.tool_outputs}

        def submit(connection: Connection) -> tuple[Run, int]:
            run = find_run(connection, project_id, id, call.path["run_id"], locked=True)
            if run.status != "requires_action":
                raise BadRequestError(
                    f"Runs in status '{run.status}' do not accept tool outputs.", param="tool_outputs"
                )
            _check_outputs(outputs, [required["call_id"] for required in run.required_calls])
            return answer(connection, project_id, run, outputs)

        run, seen = await database.write(submit)
        return run_stream(database, project_id, run.id, seen) if asked.stream else shown_run(run)

    return [
        Route(
            method="POST",
            path="/threads/runs",
            operation_id="createThreadAndRun",
            summary="Create a thread and run it in one request.",
            tag="Assistants",
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
            params=IncludeParams,
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
            params=ListParams,
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


def _is_played(connection: Connection, project_id: str, job_id: str) -> bool:
    """Stop a run's job. True where somebody is at it, who has to end the run."""
    queue.cancel(connection, project_id, job_id)
    job = queue.find(connection, project_id, job_id)
    return job is not None and job.status == "running"


def _check_outputs(outputs: dict[str, str], required: list[str]) -> None:
    if missing := [call_id for call_id in required if call_id not in outputs]:
        raise BadRequestError(
            f"Expected tool outputs for call_ids {required}, got {list(outputs)}: {', '.join(missing)} missing.",
            param="tool_outputs",
        )
    if unknown := [call_id for call_id in outputs if call_id not in required]:
        raise BadRequestError(f"The run waits for no output of {', '.join(unknown)}.", param="tool_outputs")
