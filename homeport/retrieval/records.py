"""The rows of vector stores, of the files in them and of file batches."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import Struct
from sqlalchemy import BigInteger, Boolean, Column, Connection, Index, String, func, select

from homeport.media.chunking import Chunking
from homeport.storage.objects import Objects, Stored, object_table

FileStatus = Literal["in_progress", "completed", "failed", "cancelled"]
Attributes: TypeAlias = dict[str, str | float | bool]


class ExpiresAfter(Struct, frozen=True):
    days: int
    anchor: Literal["last_active_at"] = "last_active_at"


class VectorStore(Stored, kw_only=True):
    """Times are seconds since 1970. `embedding_model` is settled with the first file: all vectors are of one model."""

    name: str = ""
    description: str | None = None
    metadata: dict[str, str]
    last_active_at: int
    expires_after: ExpiresAfter | None = None
    expires_at: int | None = None
    emptied: bool = False  # it has expired, and its files were let go
    embedding_model: str | None = None


ErrorCode = Literal["server_error", "unsupported_file", "invalid_file"]


class LastError(Struct, frozen=True):
    code: ErrorCode
    message: str


class VectorStoreFile(Stored, kw_only=True):
    """A file's place in a store. The row's `id` is made of both ids, so that a file is in a store once."""

    vector_store_id: str
    file_id: str
    filename: str
    attributes: Attributes
    chunking: Chunking = Chunking()
    batch_id: str | None = None  # the batch that attached it last
    status: FileStatus = "in_progress"
    last_error: LastError | None = None
    job_id: str  # that ingests it, or did
    chunks_by: str | None = None  # the job whose chunks are in the index
    chunk_count: int = 0  # in the index so far
    end: int = 0  # of the last of them in the document, in characters
    usage_bytes: int = 0  # of the chunks' texts and vectors


class FileBatch(Stored, kw_only=True):
    vector_store_id: str
    cancelled: bool = False


stores_table = object_table(
    "vector_stores",
    Column("expires_at", BigInteger),
    Column("emptied", Boolean, nullable=False),
    Index("ix_vector_stores_expires_at", "expires_at"),
)
files_table = object_table(
    "vector_store_files",
    Column("vector_store_id", String, nullable=False),
    Column("file_id", String, nullable=False),
    Column("batch_id", String),
    Column("status", String, nullable=False),
    Column("usage_bytes", BigInteger, nullable=False),
    Index("ix_vector_store_files_vector_store_id_seq", "vector_store_id", "seq"),
    Index("ix_vector_store_files_vector_store_id_status", "vector_store_id", "status", "usage_bytes"),
    Index("ix_vector_store_files_batch_id_status", "batch_id", "status", "usage_bytes"),
    Index("ix_vector_store_files_file_id", "file_id"),
)
batches_table = object_table(
    "vector_store_file_batches",
    Column("vector_store_id", String, nullable=False),
    Index("ix_vector_store_file_batches_vector_store_id", "vector_store_id"),
)


def file_row_id(vector_store_id: str, file_id: str) -> str:
    return f"{vector_store_id}/{file_id}"


def is_expired(store: VectorStore) -> bool:
    return store.expires_at is not None and store.expires_at <= time.time()


vector_stores = Objects(stores_table, VectorStore, "vector store")
vector_store_files = Objects(files_table, VectorStoreFile, "file in this vector store")
file_batches = Objects(batches_table, FileBatch, "file batch")
decode_file = msgspec.json.Decoder(VectorStoreFile).decode


class FileCounts(Struct):
    in_progress: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    total: int = 0


Owner = Literal["vector_store_id", "batch_id"]


class Tally(Struct):
    """What is in a store or a batch. It is counted whenever it is asked for, and so never wrong."""

    counts: FileCounts
    usage_bytes: int = 0


def tally(connection: Connection, by: Owner, ids: Collection[str]) -> dict[str, Tally]:
    """The tally of each of the stores or batches."""
    column, status = files_table.c[by], files_table.c.status
    query = select(column, status, func.count(), func.sum(files_table.c.usage_bytes)).where(column.in_(list(ids)))
    found = {id: Tally(FileCounts()) for id in ids}
    for id, state, count, usage_bytes in connection.execute(query.group_by(column, status)):
        one = found[id]
        setattr(one.counts, state, count)
        one.counts.total += count
        one.usage_bytes += int(usage_bytes)
    return found


def lock(connection: Connection, objects: Objects[Any], ids: Iterable[str]) -> None:
    """Let nobody else change these rows until the transaction ends. SQLite has one writer anyway."""
    column = objects.table.c.id
    connection.execute(select(column).where(column.in_(list(ids))).order_by(column).with_for_update()).all()
