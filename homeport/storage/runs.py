"""Runs and their steps: what is kept of them, and which status may follow which.

queued ─▸ in_progress ─▸ completed | incomplete | failed
             │     ▴
             ▾     │ outputs submitted: queued again
       requires_action
any of these ─▸ cancelling ─▸ cancelled
any of these ─▸ expired | failed | cancelled
"""

from __future__ import annotations

import time
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import Struct, field
from sqlalchemy import Column, ColumnElement, Connection, Index, String, select

from homeport.core.answers import Usage
from homeport.errors import ConflictError
from homeport.storage.conversations import conversations
from homeport.storage.objects import Objects, Stored, object_table

Status: TypeAlias = Literal[
    "queued",
    "in_progress",
    "requires_action",
    "cancelling",
    "cancelled",
    "failed",
    "completed",
    "incomplete",
    "expired",
]
StepStatus: TypeAlias = Literal["in_progress", "cancelled", "failed", "completed", "expired"]

TERMINAL: frozenset[Status] = frozenset({"cancelled", "failed", "completed", "incomplete", "expired"})
FOLLOWING: dict[Status, tuple[Status, ...]] = {
    "queued": ("in_progress", "cancelling", "cancelled", "failed", "expired"),
    "in_progress": (
        *("requires_action", "completed", "incomplete"),
        *("cancelling", "cancelled", "failed", "expired"),
    ),
    "requires_action": ("queued", "cancelling", "cancelled", "failed", "expired"),
    "cancelling": ("cancelled", "failed", "expired"),
    "cancelled": (),
    "failed": (),
    "completed": (),
    "incomplete": (),
    "expired": (),
}
_TIMES: dict[Status, str] = {
    "cancelled": "cancelled_at",
    "failed": "failed_at",
    "completed": "completed_at",
    "incomplete": "completed_at",
}


class IllegalTransition(ConflictError):
    """A run's status can't follow the one it has."""


class LastError(Struct):
    code: str  # server_error, rate_limit_exceeded, invalid_prompt
    message: str


class Run(Stored, kw_only=True):
    """`id` names the stream of its events, too. Times in seconds since 1970."""

    conversation_id: str
    assistant_id: str
    status: Status = "queued"
    model: str
    instructions: str = ""
    tools: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)
    temperature: float | None = None
    top_p: float | None = None
    reasoning_effort: str | None = None
    max_prompt_tokens: int | None = None
    max_completion_tokens: int | None = None
    truncation_strategy: dict[str, Any] = field(default_factory=lambda: {"type": "auto", "last_messages": None})
    tool_choice: Any = "auto"
    parallel_tool_calls: bool = True
    response_format: Any = "auto"
    tool_resources: dict[str, Any] = field(default_factory=dict)  # the assistant's, with the thread's over them
    thread_store_ids: list[str] = field(default_factory=list)  # of the stores among them, the thread's own
    include_results: bool = False  # of file searches, in the events
    answer_only: bool = False  # in those streams
    include_reasoning: bool = False  # thoughts, in the streams of who asked for the run
    expires_at: int | None = None
    started_at: int | None = None
    cancelled_at: int | None = None
    failed_at: int | None = None
    completed_at: int | None = None
    last_error: LastError | None = None
    incomplete_reason: str | None = None
    required_calls: list[dict[str, Any]] = field(default_factory=list)  # items; while it requires action
    spent: Usage = field(default_factory=Usage)
    rounds: int = 0
    job_id: str | None = None  # of the job that plays it, last
    expiry_job_id: str | None = None
    key_id: str = ""  # of who asked for it
    committed: int = 0  # number of the newest event when its rows were last written: what follows may be half done

    @property
    def is_terminal(self) -> bool:
        return self.status in TERMINAL


class RunStep(Stored, kw_only=True):
    """`message_id` of a step that makes a message, `tool_calls` (as OpenAI shows them, results included) of one that
    calls tools, `reasoning` of a thought (`resources.runs.thoughts`)."""

    run_id: str
    conversation_id: str
    assistant_id: str
    type: Literal["message_creation", "tool_calls", "reasoning"]
    status: StepStatus = "in_progress"
    message_id: str | None = None
    tool_calls: list[dict[str, Any]] = field(default_factory=list)
    reasoning: str = ""
    last_error: LastError | None = None
    expired_at: int | None = None
    cancelled_at: int | None = None
    failed_at: int | None = None
    completed_at: int | None = None
    usage: Usage | None = None


runs_table = object_table(
    "runs",
    Column("conversation_id", String, nullable=False),
    Index("ix_runs_conversation_id_seq", "conversation_id", "seq"),
)
steps_table = object_table(
    "run_steps",
    Column("run_id", String, nullable=False),
    Column("status", String, nullable=False),
    Index("ix_run_steps_run_id_seq", "run_id", "seq"),
)
runs = Objects(runs_table, Run, "run")
steps = Objects(steps_table, RunStep, "run step")
_decode_step = msgspec.json.Decoder(RunStep).decode


def moved(run: Run, status: Status, **changes: Any) -> Run:
    """The run with another status, and the time of that. Raises IllegalTransition."""
    if status not in FOLLOWING[run.status]:
        raise IllegalTransition(f"The run `{run.id}` is {run.status} and can't become {status}.")
    now = int(time.time())
    if (name := _TIMES.get(status)) is not None:
        changes[name] = now
    if status == "in_progress":
        changes["started_at"] = run.started_at or now
    if status in TERMINAL:
        changes["expires_at"] = None
    if status != "requires_action":
        changes["required_calls"] = []
    return msgspec.structs.replace(run, status=status, **changes)


def ended(step: RunStep, status: StepStatus, **changes: Any) -> RunStep:
    """The step with its last status, and the time of that."""
    return msgspec.structs.replace(step, status=status, **{f"{status}_at": int(time.time())}, **changes)


def lock(connection: Connection, project_id: str, run_id: str) -> Run | None:
    """The run, held against other writers until the transaction ends. None where there is none."""
    return runs.lock(connection, project_id, run_id)


def set_active(connection: Connection, project_id: str, conversation_id: str, run_id: str | None) -> None:
    """Which run is under way on a thread. Nothing happens where the thread is gone."""
    kept = conversations.lock(connection, project_id, conversation_id)
    if kept is not None:
        conversations.update(connection, project_id, msgspec.structs.replace(kept, active_run_id=run_id))


def open_steps(connection: Connection, project_id: str, run_id: str) -> list[RunStep]:
    """Those in progress, oldest first."""
    return steps_of(connection, project_id, run_id, steps_table.c.status == "in_progress")


def steps_of(connection: Connection, project_id: str, run_id: str, *where: ColumnElement[bool]) -> list[RunStep]:
    """Oldest first."""
    c = steps_table.c
    query = select(c.data).where(c.project_id == project_id, c.run_id == run_id, *where)
    return [_decode_step(data) for data in connection.execute(query.order_by(c.seq)).scalars()]


def save_step(connection: Connection, project_id: str, step: RunStep) -> None:
    """Write a step, new or changed. Only its run's worker does, or who has locked the run."""
    kept = steps.find(connection, project_id, step.id)
    if kept is None:
        steps.insert(connection, project_id, step)
    else:
        steps.update(connection, project_id, msgspec.structs.replace(step, version=kept.version))
