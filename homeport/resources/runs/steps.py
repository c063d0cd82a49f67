"""Steps of a run: list, retrieve. Shapes: `resources.runs.shapes`."""

from __future__ import annotations

from sqlalchemy import Connection

from homeport.errors import NotFoundError
from homeport.resources.lists import ListOf, list_of
from homeport.resources.runs.requests import find_run
from homeport.resources.runs.shapes import REASONING, RESULTS, IncludeParams, RunStepObject, StepListParams, shown_step
from homeport.resources.runs.thoughts import PREFIX
from homeport.storage.conversations import conversation_id
from homeport.storage.database import Database
from homeport.storage.objects import Listing
from homeport.storage.runs import RunStep, steps, steps_table
from homeport.web.routes import Call, Route

_THOUGHTS = PREFIX.rstrip("_") + "%"  # no other step's id begins so, and an underscore would stand for anything
_STEPS = "/threads/{thread_id}/runs/{run_id}/steps"


def routes(database: Database) -> list[Route]:
    async def list_steps(call: Call) -> ListOf[RunStepObject]:
        asked: StepListParams = call.query
        project_id, id = call.principal.project_id, conversation_id(call.path["thread_id"], "thread")

        def read(connection: Connection) -> Listing:
            run = find_run(connection, project_id, id, call.path["run_id"])
            where = [steps_table.c.run_id == run.id]
            if REASONING not in asked.include:
                where.append(steps_table.c.id.not_like(_THOUGHTS))
            return steps.list(connection, project_id, asked, *where)

        listing = await database.read(read)
        return list_of(listing, [shown_step(step, results=RESULTS in asked.include) for step in listing.data])

    async def get_step(call: Call) -> RunStepObject:
        asked: IncludeParams = call.query
        project_id, id = call.principal.project_id, conversation_id(call.path["thread_id"], "thread")
        step_id = call.path["step_id"]

        def read(connection: Connection) -> RunStep:
            run = find_run(connection, project_id, id, call.path["run_id"])
            found = steps.find(connection, project_id, step_id, steps_table.c.run_id == run.id)
            if found is None:
                raise NotFoundError(f"No run step found with id '{step_id}'.")
            return found

        return shown_step(await database.read(read), results=RESULTS in asked.include)

    return [
        Route(
            method="GET",
            path=_STEPS,
            operation_id="listRunSteps",
            summary="List the steps of a run.",
            tag="Assistants",
            params=StepListParams,
            result=ListOf[RunStepObject],
            handler=list_steps,
        ),
        Route(
            method="GET",
            path=_STEPS + "/{step_id}",
            operation_id="getRunStep",
            summary="Retrieve a step of a run.",
            tag="Assistants",
            params=IncludeParams,
            result=RunStepObject,
            handler=get_step,
        ),
    ]
