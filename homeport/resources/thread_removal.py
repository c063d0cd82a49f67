"""How a thread, which is a conversation, is deleted: with its messages, its runs and their steps."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from homeport.errors import ConflictError
from homeport.jobs import queue
from homeport.resources.runs.commits import end_from_outside
from homeport.storage.conversations import delete_conversation, retrieve
from homeport.storage.conversations import lock as lock_conversation
from homeport.storage.runs import lock, runs, runs_table, steps_table


def remove_with_runs(connection: Connection, project_id: str, id: str, noun: str) -> None:
    """Cancels a run that is under way; who follows it sees that. Events are forgotten in time, like all others.

    Raises NotFoundError, and ConflictError where a run has begun just now.
    """
    run_id = retrieve(connection, project_id, id, noun).active_run_id
    if run_id is not None:
        _cancel(connection, project_id, run_id)
    if lock_conversation(connection, project_id, id, noun).active_run_id is not None:
        raise ConflictError("A run has begun just now. Delete again.")
    of_thread = (runs_table.c.project_id == project_id) & (runs_table.c.conversation_id == id)
    run_ids = select(runs_table.c.id).where(of_thread)
    connection.execute(
        delete(steps_table).where(steps_table.c.project_id == project_id, steps_table.c.run_id.in_(run_ids))
    )
    connection.execute(delete(runs_table).where(of_thread))
    delete_conversation(connection, project_id, id)


def _cancel(connection: Connection, project_id: str, run_id: str) -> None:
    """End a run, not locked yet, whoever is at it: the job first, and then the run, as those who play it do."""
    run = runs.find(connection, project_id, run_id)
    if run is None:
        return
    if run.job_id is not None:
        queue.cancel(connection, project_id, run.job_id)
    locked = lock(connection, project_id, run_id)
    if locked is not None and not locked.is_terminal:
        end_from_outside(connection, project_id, locked, "cancelled", "cancelled")
