"""vector stores, their files, and the index of chunks"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _records()
    _chunks()


def _records() -> None:
    _objects("vector_stores", sa.Column("expires_at", sa.BigInteger), sa.Column("emptied", sa.Boolean, nullable=False))
    op.create_index("ix_vector_stores_expires_at", "vector_stores", ["expires_at"])
    _objects(
        "vector_store_files",
        sa.Column("vector_store_id", sa.String, nullable=False),
        sa.Column("file_id", sa.String, nullable=False),
        sa.Column("batch_id", sa.String),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("usage_bytes", sa.BigInteger, nullable=False),
    )
    for name, columns in {
        "vector_store_id_seq": ["vector_store_id", "seq"],
        "vector_store_id_status": ["vector_store_id", "status", "usage_bytes"],
        "batch_id_status": ["batch_id", "status", "usage_bytes"],
        "file_id": ["file_id"],
    }.items():
        op.create_index(f"ix_vector_store_files_{name}", "vector_store_files", columns)
    _objects("vector_store_file_batches", sa.Column("vector_store_id", sa.String, nullable=False))
    op.create_index("ix_vector_store_file_batches_vector_store_id", "vector_store_file_batches", ["vector_store_id"])


def _chunks() -> None:
    op.create_table(
        "chunk_stores",
        sa.Column("vector_store_id", sa.String, nullable=False),
        sa.Column("dimensions", sa.Integer, nullable=False),
        sa.Column("changes", sa.BigInteger, nullable=False),
        sa.Column("removals", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("vector_store_id", name="pk_chunk_stores"),
    )
    op.create_table(
        "chunk_files",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("vector_store_id", sa.String, nullable=False),
        sa.Column("file_id", sa.String, nullable=False),
        sa.Column("attributes", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("hidden", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_chunk_files"),
        sa.UniqueConstraint("vector_store_id", "file_id", name="uq_chunk_files_vector_store_id_file_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "chunk_blocks",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("vector_store_id", sa.String, nullable=False),
        sa.Column("file", sa.BigInteger, nullable=False),
        sa.Column("mark", sa.BigInteger, nullable=False),
        sa.Column("chunk_count", sa.Integer, nullable=False),
        sa.Column("window_count", sa.Integer, nullable=False),
        sa.Column("vectors", sa.LargeBinary, nullable=False),
        sa.Column("windows", sa.LargeBinary, nullable=False),
        sa.Column("words", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_chunk_blocks"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_chunk_blocks_vector_store_id",
        "chunk_blocks",
        ["vector_store_id", "number", "file", "mark", "chunk_count", "window_count"],
    )
    op.create_index("ix_chunk_blocks_file", "chunk_blocks", ["file", "number", "chunk_count"])
    op.create_table(
        "chunks",
        sa.Column("block", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("file", sa.BigInteger, nullable=False),
        sa.Column("index", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        sa.Column("tokens", sa.Integer, nullable=False),
        sa.Column("page", sa.Integer),
        sa.Column("last_page", sa.Integer),
        sa.Column("heading", sa.Text),
        sa.PrimaryKeyConstraint("block", "position", name="pk_chunks"),
    )
    op.create_index("ix_chunks_file_index", "chunks", ["file", "index"])
    if op.get_bind().dialect.name == "postgresql":
        # float16 noise does not compress: don't try.
        op.execute("ALTER TABLE chunk_blocks ALTER COLUMN vectors SET STORAGE EXTERNAL")


def _objects(name: str, *columns: sa.Column) -> None:  # type: ignore[type-arg]
    op.create_table(
        name,
        sa.Column("seq", NUMBER, autoincrement=True, nullable=False),
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
