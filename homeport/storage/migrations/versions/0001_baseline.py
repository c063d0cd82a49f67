"""keys and usage as the first release made them (it had no migrations: its tables may be there); deleted objects"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

USAGE_FIELDS = (
    "at",
    "request_id",
    "project_id",
    "key_id",
    "operation",
    "model",
    "status",
    "prompt_tokens",
    "cached_tokens",
    "completion_tokens",
    "duration_s",
    "first_token_s",
)


_TYPES = {
    "at": "float8",
    "status": "bigint",
    "prompt_tokens": "bigint",
    "cached_tokens": "bigint",
    "completion_tokens": "bigint",
    "duration_s": "float8",
    "first_token_s": "float8",
}


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("project_id", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
        sa.Column("redacted_value", sa.String, nullable=False),
        sa.Column("admin", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("burst", sa.Integer),
        sa.Column("requests_per_minute", sa.Integer),
        sa.Column("requests_per_day", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("hash", name="uq_api_keys_hash"),
        if_not_exists=True,
    )
    op.create_table(
        "usage_batches",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("first_at", sa.Float, nullable=False),
        sa.Column("last_at", sa.Float, nullable=False),
        sa.Column("records", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_usage_batches"),
        if_not_exists=True,
    )
    op.create_table(
        "deleted_objects",
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("project_id", sa.String, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("deleted_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name="pk_deleted_objects"),
    )
    op.create_index("ix_deleted_objects_deleted_at", "deleted_objects", ["deleted_at"])
    names = list(enumerate(USAGE_FIELDS))
    if op.get_bind().dialect.name == "postgresql":
        columns = ", ".join(f"(value ->> {index})::{_TYPES.get(name, 'text')} AS {name}" for index, name in names)
        rows = "usage_batches, jsonb_array_elements(usage_batches.records::jsonb) AS value"
    else:
        columns = ", ".join(f"json_extract(value, '$[{index}]') AS {name}" for index, name in names)
        rows = "usage_batches, json_each(usage_batches.records)"
        op.execute("DROP VIEW IF EXISTS usage")
    op.execute(f"CREATE VIEW usage AS SELECT {columns} FROM {rows}")
