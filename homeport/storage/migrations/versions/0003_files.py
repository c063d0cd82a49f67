"""files, uploads and their parts"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _objects("files", sa.Column("purpose", sa.String, nullable=False), sa.Column("expires_at", sa.BigInteger))
    op.create_index("ix_files_project_id_purpose_seq", "files", ["project_id", "purpose", "seq"])
    op.create_index("ix_files_expires_at", "files", ["expires_at"])


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
