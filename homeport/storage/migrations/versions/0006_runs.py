"""runs and their steps"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    _objects("runs", sa.Column("conversation_id", sa.String, nullable=False))
    op.create_index("ix_runs_conversation_id_seq", "runs", ["conversation_id", "seq"])
    _objects(
        "run_steps",
        sa.Column("run_id", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
    )
    op.create_index("ix_run_steps_run_id_seq", "run_steps", ["run_id", "seq"])


def _objects(name: str, *columns: sa.Column) -> None:  # type: ignore[type-arg]
    op.create_table(
        name,
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("project_id", sa.String, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("seq", name=f"pk_{name}"),
        sa.UniqueConstraint("id", name=f"uq_{name}_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(f"ix_{name}_project_id_seq", name, ["project_id", "seq"])
