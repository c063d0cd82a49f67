"""jobs and event logs"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("project_id", sa.String, nullable=False),
        sa.Column("key", sa.String),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("turn", sa.BigInteger),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("max_attempts", sa.Integer, nullable=False),
        sa.Column("run_at", sa.Double, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("finished_at", sa.Double),
        sa.Column("worker", sa.String),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.Column("lease_until", sa.Double),
        sa.Column("cancel_requested", sa.Boolean, nullable=False),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )
    ready = "status = 'queued' AND turn IS NOT NULL"
    unfinished = "status IN ('queued', 'running') AND key IS NOT NULL"
    _index("ix_jobs_turn", "jobs", ["kind", "turn", "id"], ready)
    _index("ix_jobs_project_turn", "jobs", ["kind", "project_id", "turn"], ready)
    _index("ix_jobs_delayed", "jobs", ["run_at"], "status = 'queued' AND turn IS NULL")
    _index("ix_jobs_running", "jobs", ["kind"], "status = 'running'")
    _index("uq_jobs_key", "jobs", ["project_id", "kind", "key"], unfinished, unique=True)
    _index("ix_jobs_finished", "jobs", ["finished_at"], "finished_at IS NOT NULL")
    _index("ix_jobs_dead", "jobs", ["project_id", "id"], "status = 'failed'")
    op.create_table(
        "event_streams",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.Double),
        sa.PrimaryKeyConstraint("id", name="pk_event_streams"),
    )
    _index("ix_event_streams_ended", "event_streams", ["ended_at"], "ended_at IS NOT NULL")
    op.create_table(
        "events",
        sa.Column("stream_id", sa.String, nullable=False),
        sa.Column("number", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("stream_id", "number", name="pk_events"),
        sqlite_with_rowid=False,
    )


def _index(name: str, table: str, columns: list[str], where: str, **options: Any) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition, **options)
