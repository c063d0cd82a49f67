"""responses and their items"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    _objects(
        "responses",
        sa.Column("status", sa.String, nullable=False),
        sa.Column("previous_response_id", sa.String),
    )
    _objects(
        "response_items",
        sa.Column("response_id", sa.String, nullable=False),
        sa.Column("side", sa.String, nullable=False),
        sa.ForeignKeyConstraint(
            ["response_id"], ["responses.id"], name="fk_response_items_response_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_response_items_response_id_seq", "response_items", ["response_id", "seq"])


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
