"""containers, their files, and the calls that were made in them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    _objects(
        "containers",
        sa.Column("name", sa.String, nullable=False),
        sa.Column("owner", sa.String),
        sa.Column("last_active_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.UniqueConstraint("project_id", "owner", name="uq_containers_project_id_owner"),
    )
    op.create_index("ix_containers_expires_at", "containers", ["expires_at"])
    op.create_index("ix_containers_last_active_at", "containers", ["last_active_at"])
    _objects(
        "container_files",
        sa.Column("container_id", sa.String, nullable=False),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("blob_key", sa.String, nullable=False),
        _of_container("container_files"),
        sa.UniqueConstraint("container_id", "path", name="uq_container_files_container_id_path"),
    )
    op.create_index("ix_container_files_container_id_seq", "container_files", ["container_id", "seq"])
    op.create_index("ix_container_files_blob_key", "container_files", ["blob_key"])
    op.create_table(
        "container_calls",
        sa.Column("container_id", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        _of_container("container_calls"),
        sa.PrimaryKeyConstraint("container_id", "key", name="pk_container_calls"),
    )


def _of_container(name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["container_id"], ["containers.id"], name=f"fk_{name}_container_id", ondelete="CASCADE"
    )


def _objects(name: str, *columns: sa.Column | sa.Constraint) -> None:  # type: ignore[type-arg]
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
