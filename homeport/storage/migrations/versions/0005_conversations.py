"""assistants, and conversations with their items"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    _objects("assistants")
    _objects("conversations", sa.Column("active_run_id", sa.String))
    _objects(
        "conversation_items",
        sa.Column("conversation_id", sa.String, nullable=False),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("role", sa.String),
        sa.Column("run_id", sa.String),
        sa.Column("completed_at", sa.BigInteger),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_conversation_items_conversation_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_conversation_items_conversation_id_seq", "conversation_items", ["conversation_id", "seq"])
    op.create_index("ix_conversation_items_run_id", "conversation_items", ["run_id"])


def _objects(name: str, *columns: sa.Column | sa.ForeignKeyConstraint) -> None:  # type: ignore[type-arg]
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
