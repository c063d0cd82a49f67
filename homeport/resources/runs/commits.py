"""What is written of a run, and when: each function is part of one transaction.

Locks are taken in one order: job, run, conversation. So nobody waits for somebody who waits for him.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection, select

from homeport.core.items import Item
from homeport.errors import BadRequestError, ConflictError
from homeport.ids import new_id
from homeport.jobs import queue
from homeport.jobs.events import NewEvent, append_many, events
from homeport.jobs.room import NOWHERE, Room
from homeport.resources.runs.events import Events, Rows, run_event
from homeport.storage.conversations import (
    Conversation,
    ConversationItem,
    conversations,
    items,
    items_table,
    newest,
)
from homeport.storage.runs import (
    LastError,
    Run,
    RunStep,
    Status,
    StepStatus,
    lock,
    moved,
    open_steps,
    runs,
    save_step,
    set_active,
)

RUN = "run"  # kinds of jobs
EXPIRE = "run.expire"
HISTORY_ITEMS = 256  # the newest of a thread that a model may read
_decode_item = msgspec.json.Decoder(ConversationItem).decode


class Superseded(Exception):
    """The run has ended, or its thread is gone: there is nothing left to do for it."""


class Begun(Struct):
    """Where a run stands: the run itself, what was said before it, what it has made, and a step that is open."""

    run: Run
    history: list[Item]
    made: list[Item]
    open_step: RunStep | None


def create(
    connection: Connection,
    project_id: str,
    thread: Conversation,
    run: Run,
    *before: NewEvent,
    room: Room = NOWHERE,
) -> Run:
    """A run with its jobs and first events, after those `before`, on a thread that is locked, or new.

    Returns it as it is queued; with a place in `room` it is in progress already when this is committed.
    """
    payload = {"run_id": run.id}
    job_id, claim = room.enqueue(connection, RUN, payload, project_id=project_id)
    expiry_job_id = queue.enqueue(connection, EXPIRE, payload, project_id=project_id, run_at=run.expires_at)
    queued = structs.replace(run, job_id=job_id, expiry_job_id=expiry_job_id)
    run, new = _begun(queued) if claim is not None else (queued, [])
    runs.insert(connection, project_id, run)
    conversations.update(connection, project_id, structs.replace(thread, active_run_id=run.id))
    append_many(connection, run.id, [*before, run_event(queued, "created"), run_event(queued), *new])
    if claim is not None:
        history = [row.item for row in newest(connection, project_id, run.conversation_id, HISTORY_ITEMS)]
        claim.given = Begun(run, history, [], None)
    return queued


def _begun(run: Run) -> tuple[Run, Events]:
    run = moved(run, "in_progress")
    return run, [run_event(run)]


def held(connection: Connection, project_id: str, run_id: str) -> Run:
    """The run, locked. Raises Superseded where it has ended."""
    run = lock(connection, project_id, run_id)
    if run is None or run.is_terminal:
        raise Superseded(run_id)
    return run


def look(connection: Connection, project_id: str, run_id: str) -> Begun:
    """Where a run stands, for whoever is about to play it. Raises Superseded where it has ended."""
    run = runs.find(connection, project_id, run_id)
    if run is None or run.is_terminal:
        raise Superseded(run_id)
    left = open_steps(connection, project_id, run_id)
    of_run = select(items_table.c.data).where(items_table.c.project_id == project_id, items_table.c.run_id == run_id)
    made = [_decode_item(data).item for data in connection.execute(of_run.order_by(items_table.c.seq)).scalars()]
    before = newest(connection, project_id, run.conversation_id, HISTORY_ITEMS + len(made))
    history = [row.item for row in before if row.run_id != run_id]
    return Begun(run, history, made, left[-1] if left else None)


def begin(connection: Connection, project_id: str, run_id: str) -> None:
    """The run is played from here on. What an earlier worker has left half done is ended in its events."""
    run = held(connection, project_id, run_id)
    new = half_done(connection, run, open_steps(connection, project_id, run_id), "failed", "run_failed")
    if run.status == "queued":
        run, begun = _begun(run)
        new += begun
        runs.update(connection, project_id, run)
    if new:
        append_many(connection, run.id, new)


def write_rows(connection: Connection, project_id: str, rows: Sequence[ConversationItem], steps: list[RunStep]) -> None:
    """Items and steps, new or in the place of what they were."""
    for row in rows:
        kept = items.find(connection, project_id, row.id)
        if kept is None:
            items.insert(connection, project_id, row)
        else:
            items.update(connection, project_id, structs.replace(kept, item=row.item))
    for step in steps:
        save_step(connection, project_id, step)


def commit(connection: Connection, project_id: str, run_id: str, drained: Any, new: Events, **progress: Any) -> None:
    """What was made since the last commit, and the events of it. `progress`: fields of the run. Raises Superseded."""
    run = held(connection, project_id, run_id)
    write_rows(connection, project_id, *drained)
    runs.update(connection, project_id, structs.replace(run, **progress))
    if new:
        append_many(connection, run_id, new)


def finish(
    connection: Connection, project_id: str, run_id: str, status: Status, drained: Any, **changes: Any
) -> Events:
    """The run ends, or waits for its caller; a run that is being cancelled is cancelled, whatever it came to.

    Returns the events of it, to be appended as the last. Raises Superseded.
    """
    run = held(connection, project_id, run_id)
    new: Events = []
    write_rows(connection, project_id, *drained)
    if run.status == "cancelling" and status in ("completed", "incomplete", "requires_action"):
        status = "cancelled"
        changes = {name: value for name, value in changes.items() if name in ("spent", "rounds")}
    if status == "cancelled":
        rows = Rows(run)
        new += [rows.end(step, "cancelled") for step in open_steps(connection, project_id, run_id)]
        write_rows(connection, project_id, *rows.drain())
    run = moved(run, status, **changes)
    runs.update(connection, project_id, run)
    if run.is_terminal:
        set_active(connection, project_id, run.conversation_id, None)
        if run.expiry_job_id is not None:
            queue.withdraw(connection, project_id, run.expiry_job_id)
    return [*new, run_event(run)]


def end_from_outside(
    connection: Connection, project_id: str, run: Run, status: Status, step_status: StepStatus, **changes: Any
) -> Run:
    """End a run, which is locked, that nobody is playing, or nobody shall play any more."""
    left = open_steps(connection, project_id, run.id)
    reason = {"expired": "run_expired", "cancelled": "run_cancelled"}.get(step_status, "run_failed")
    new = half_done(connection, run, left, step_status, reason)
    rows = Rows(run)
    new += [rows.end(step, step_status) for step in left]
    new += finish(connection, project_id, run.id, status, rows.drain(), **changes)
    append_many(connection, run.id, new)
    return runs.retrieve(connection, project_id, run.id)


def answer(
    connection: Connection, project_id: str, run: Run, outputs: dict[str, str], room: Room = NOWHERE
) -> tuple[Run, int]:
    """The caller's outputs (call id → text) for a run, locked, that waits for them. It is queued again, and begun as
    in `create`.

    Returns it with the number of the event before those of that. Its time goes on, waiting included. Raises
    BadRequestError for one that doesn't wait, or not for these.
    """
    if run.status != "requires_action":
        raise BadRequestError(f'Runs in status "{run.status}" do not accept tool outputs.', param="tool_outputs")
    _check_outputs(list(outputs), [required["call_id"] for required in run.required_calls])
    rows = Rows(run)
    for call in run.required_calls:
        item = {"id": new_id("fco"), "type": "function_call_output", "call_id": call["call_id"]}
        rows.keep(item | {"output": outputs[call["call_id"]], "status": "completed"})
    new: Events = []
    for step in open_steps(connection, project_id, run.id):
        step.tool_calls = [
            call | {"function": call["function"] | {"output": outputs[call["id"]]}} if call["id"] in outputs else call
            for call in step.tool_calls
        ]
        new.append(rows.end(step, "completed"))
    write_rows(connection, project_id, *rows.drain())
    job_id, claim = room.enqueue(connection, RUN, {"run_id": run.id}, project_id=project_id)
    queued = run = moved(run, "queued", job_id=job_id)
    new.append(run_event(queued))
    if claim is not None:
        run, begun = _begun(queued)
        new += begun
    last = append_many(connection, run.id, new)
    runs.update(connection, project_id, run)
    return queued, last - len(new)


def _check_outputs(given: list[str], required: list[str]) -> None:
    if set(given) != set(required):
        raise BadRequestError(f"Expected tool outputs for call_ids {required}, got {given}", param="tool_outputs")


def cancel(connection: Connection, project_id: str, run: Run) -> Run:
    """Have a run, not locked yet, cancelled: at once, or by whoever plays it.

    Raises BadRequestError for one that has ended, or is being cancelled.
    """
    job_id = run.job_id
    is_played = False
    if job_id is not None:  # the job first, and then the run: so do those who play it
        queue.cancel(connection, project_id, job_id)
        job = queue.find(connection, project_id, job_id)
        is_played = job is not None and job.status == "running"
    locked = lock(connection, project_id, run.id)
    if locked is None or locked.is_terminal or locked.status == "cancelling":
        raise BadRequestError(f"Cannot cancel run with status '{(locked or run).status}'.")
    if locked.job_id != job_id:
        raise ConflictError(f"The run `{run.id}` went on just now. Cancel it again.")
    run = runs.update(connection, project_id, moved(locked, "cancelling"))
    append_many(connection, run.id, [run_event(run)])
    return run if is_played else end_from_outside(connection, project_id, run, "cancelled", "cancelled")


def expire(connection: Connection, project_id: str, run_id: str) -> None:
    """The run's time is up: it ends, whoever is at it. Raises Superseded where it has ended."""
    kept = runs.find(connection, project_id, run_id)
    if kept is None or kept.is_terminal:
        raise Superseded(run_id)
    if kept.job_id is not None:  # the job first, as in `cancel`
        queue.cancel(connection, project_id, kept.job_id)
    end_from_outside(connection, project_id, held(connection, project_id, run_id), "expired", "expired")


def half_done(connection: Connection, run: Run, left: Sequence[RunStep], status: StepStatus, reason: str) -> Events:
    """Ends, as events, of what was begun in the run's events and isn't in its rows: its worker died over it.

    The thread has nothing of it. Who goes on does it afresh, as a new message in a new step.
    """
    c = events.c
    query = select(c.type, c.data).where(c.stream_id == run.id, c.type.not_like("%.delta")).order_by(c.number)
    begun: dict[str, tuple[str, dict[str, Any]]] = {}
    for type, data in connection.execute(query):
        if type in ("thread.run.step.created", "thread.message.created"):
            shown = msgspec.json.decode(data)
            begun[shown["id"]] = type, shown
        elif type.startswith(("thread.run.step.", "thread.message.")) and not type.endswith(".in_progress"):
            begun.pop(msgspec.json.decode(data)["id"], None)
    for step in left:
        begun.pop(step.id, None)
    now = int(time.time())
    ends: Events = []
    for type, shown in reversed(begun.values()):  # the message before its step
        if type == "thread.message.created":
            shown |= {"status": "incomplete", "incomplete_at": now, "incomplete_details": {"reason": reason}}
            shown["content"] = _said(connection, run.id, shown["id"])
            ends.append(NewEvent("thread.message.incomplete", shown))
            continue
        shown |= {"status": status, f"{status}_at": now}
        if status == "failed":
            error = LastError("server_error", "Its worker died. The step is done afresh.")
            shown["last_error"] = msgspec.to_builtins(error)
        ends.append(NewEvent(f"thread.run.step.{status}", shown))
    return ends


def _said(connection: Connection, run_id: str, message_id: str) -> list[dict[str, Any]]:
    """The content of a message as far as its deltas tell: OpenAI's SDK looks for the parts that it has seen begin."""
    c = events.c
    query = select(c.data).where(c.stream_id == run_id, c.type == "thread.message.delta").order_by(c.number)
    parts: dict[int, dict[str, Any]] = {}
    for data in connection.execute(query).scalars():
        told = msgspec.json.decode(data)
        for delta in told["delta"]["content"] if told["id"] == message_id else ():
            if delta["type"] != "text":
                parts[delta["index"]] = {name: value for name, value in delta.items() if name != "index"}
                continue
            text = parts.setdefault(delta["index"], {"type": "text", "text": {"value": "", "annotations": []}})["text"]
            text["value"] += delta["text"].get("value", "")
            new = delta["text"].get("annotations", ())
            text["annotations"] += [{name: value for name, value in each.items() if name != "index"} for each in new]
    return [parts[index] for index in sorted(parts)]
