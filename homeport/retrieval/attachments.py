"""Files in vector stores, within a transaction: attached, ingested bit by bit, ended, detached.

A file's row names the job that ingests it. What comes from another one, which was cancelled or overtaken, is refused
(`held`), so that chunks never mix. Locks are taken in one order: store, job, file, index.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, delete, select

from homeport.jobs import events
from homeport.jobs.queue import cancel, enqueue, enqueue_many
from homeport.media.chunking import Chunking
from homeport.retrieval import index
from homeport.retrieval.records import (
    Attributes,
    FileStatus,
    LastError,
    VectorStore,
    VectorStoreFile,
    batches_table,
    decode_file,
    file_row_id,
    files_table,
    lock,
    vector_store_files,
)
from homeport.storage.files import files
from homeport.storage.signals import signal

INGEST = "vector_store_files.ingest"  # kinds of jobs, their payload an Order
REMOVE = "vector_stores.remove_chunks"

CHUNKS_AT_ONCE = 500  # removed in the transaction of whoever asks; more are left to a job
_IDS = 500  # looked up in one query


class Attachment(Struct, frozen=True):
    """A file as it is to be attached. Attributes that are None stay what they are."""

    file_id: str
    attributes: Attributes | None = None
    chunking: Chunking = Chunking()


class Order(Struct, frozen=True):
    """What a job is about: a file in a store, or all of a store."""

    vector_store_id: str
    file_id: str | None = None


# --- attach and detach -----------------------------------------------------------


def attach(
    connection: Connection,
    project_id: str,
    store: VectorStore,
    attachments: Sequence[Attachment],
    batch_id: str | None = None,
) -> list[VectorStoreFile]:
    """The files' rows, in order, and a job for each file that is to be ingested. The caller holds the store's lock.

    A file that is in the store already is ingested again where its chunks would be others, or where it failed or was
    cancelled. Raises NotFoundError for a file that isn't there.
    """
    wanted = {one.file_id: one for one in attachments}
    filenames = _filenames(connection, project_id, list(wanted))
    present = _present(connection, project_id, store.id, list(wanted))
    for file_id, row in present.items():
        if _needs_ingestion(row, wanted[file_id]):
            _stop(connection, project_id, row)
    if present:
        lock(connection, vector_store_files, [row.id for row in present.values()])
        present = _present(connection, project_id, store.id, list(wanted))  # whoever ingests them may have gone on
    to_ingest = [one for one in wanted.values() if _needs_ingestion(present.get(one.file_id), one)]
    orders = [Order(store.id, one.file_id) for one in to_ingest]
    started = enqueue_many(connection, INGEST, orders, project_id=project_id)
    job_ids = {one.file_id: job_id for one, job_id in zip(to_ingest, started, strict=True)}
    rows: dict[str, VectorStoreFile] = {}
    new = []
    for file_id, one in wanted.items():
        if file_id in present:
            again = _attached_again(connection, project_id, present[file_id], one, batch_id, job_ids.get(file_id))
            rows[file_id] = again
            continue
        rows[file_id] = VectorStoreFile(
            id=file_row_id(store.id, file_id),
            created_at=int(time.time()),
            vector_store_id=store.id,
            file_id=file_id,
            filename=filenames[file_id],
            attributes=one.attributes or {},
            chunking=one.chunking,
            batch_id=batch_id,
            job_id=job_ids[file_id],
        )
        new.append(rows[file_id])
    vector_store_files.insert_many(connection, project_id, new)
    return [rows[one.file_id] for one in attachments]


def _needs_ingestion(row: VectorStoreFile | None, wanted: Attachment) -> bool:
    return row is None or row.status in ("failed", "cancelled") or row.chunking != wanted.chunking


def _attached_again(
    connection: Connection,
    project_id: str,
    row: VectorStoreFile,
    wanted: Attachment,
    batch_id: str | None,
    job_id: str | None,
) -> VectorStoreFile:
    if wanted.attributes is not None and wanted.attributes != row.attributes:
        row = set_attributes(connection, project_id, row, wanted.attributes)
    row = replace(row, batch_id=batch_id or row.batch_id)
    if job_id is not None:
        row = replace(row, status="in_progress", last_error=None, chunking=wanted.chunking, job_id=job_id)
    return vector_store_files.update(connection, project_id, row)


def detach(connection: Connection, project_id: str, row: VectorStoreFile) -> None:
    """Remove a file from its store. The caller holds the store's lock."""
    _stop(connection, project_id, row)
    vector_store_files.delete(connection, project_id, row.id)
    _remove_chunks(connection, project_id, Order(row.vector_store_id, row.file_id), row.chunk_count)


def detach_everywhere(connection: Connection, project_id: str, file_id: str) -> None:
    """Remove a file that is being deleted from all stores."""
    for row in rows_where(connection, project_id, files_table.c.file_id == file_id):
        detach(connection, project_id, row)


def empty(connection: Connection, project_id: str, store_id: str) -> None:
    """Remove all files and batches of a store. The caller holds the store's lock."""
    c = files_table.c
    of_store = (c.project_id == project_id) & (c.vector_store_id == store_id)
    for row in rows_where(connection, project_id, of_store & (c.status == "in_progress")):
        _stop(connection, project_id, row)
    connection.execute(delete(files_table).where(of_store))
    chunk_count = index.count(connection, store_id, at_most=CHUNKS_AT_ONCE + 1)
    _remove_chunks(connection, project_id, Order(store_id), chunk_count)
    connection.execute(delete(batches_table).where(batches_table.c.vector_store_id == store_id))
    signal(connection, events.topic(store_id))


def set_attributes(
    connection: Connection, project_id: str, row: VectorStoreFile, attributes: Attributes
) -> VectorStoreFile:
    """The caller holds the row's lock."""
    index.set_attributes(connection, row.vector_store_id, row.file_id, attributes)
    return vector_store_files.update(connection, project_id, replace(row, attributes=attributes))


def _stop(connection: Connection, project_id: str, row: VectorStoreFile) -> None:
    """Cancel the job that is at the file. One that hasn't begun will find out by itself that it needn't (`held`)."""
    if row.status == "in_progress" and row.chunks_by == row.job_id:
        cancel(connection, project_id, row.job_id)


def _remove_chunks(connection: Connection, project_id: str, order: Order, count: int) -> None:
    if count <= CHUNKS_AT_ONCE:
        index.remove(connection, order.vector_store_id, order.file_id)
    else:
        index.hide(connection, order.vector_store_id, order.file_id)
        enqueue(connection, REMOVE, order, project_id=project_id)


# --- ingestion -------------------------------------------------------------------


class Overtaken(Exception):
    """The file was detached, cancelled, or attached anew: this job has nothing more to do."""


def held(connection: Connection, project_id: str, order: Order, job_id: str) -> VectorStoreFile:
    """The row of the file that a job ingests, locked. Raises Overtaken."""
    assert order.file_id is not None
    row_id = file_row_id(order.vector_store_id, order.file_id)
    lock(connection, vector_store_files, [row_id])
    row = vector_store_files.find(connection, project_id, row_id)
    if row is None or row.job_id != job_id or row.status != "in_progress":
        raise Overtaken
    return row


def end(
    connection: Connection,
    project_id: str,
    row: VectorStoreFile,
    status: FileStatus,
    last_error: LastError | None = None,
) -> VectorStoreFile:
    """Ingestion is over. Only a completed file keeps its chunks. The caller holds the row's lock."""
    row = replace(row, status=status, last_error=last_error)
    if status != "completed":
        _remove_chunks(connection, project_id, Order(row.vector_store_id, row.file_id), row.chunk_count)
        row = replace(row, chunk_count=0, usage_bytes=0, chunks_by=None)
    row = vector_store_files.update(connection, project_id, row)
    tell(connection, row)
    return row


def cancel_batch(connection: Connection, project_id: str, batch_id: str) -> bool:
    """Cancel the files of a batch that are not done; whether there were any. The caller holds the store's lock."""
    unfinished = (files_table.c.batch_id == batch_id) & (files_table.c.status == "in_progress")
    for row in rows_where(connection, project_id, unfinished):
        _stop(connection, project_id, row)
    lock(connection, vector_store_files, [row.id for row in rows_where(connection, project_id, unfinished)])
    cancelled = []
    for row in rows_where(connection, project_id, unfinished):  # some may have been completed meanwhile
        if row.chunk_count:
            _remove_chunks(connection, project_id, Order(row.vector_store_id, row.file_id), row.chunk_count)
        cancelled.append(replace(row, status="cancelled", chunk_count=0, usage_bytes=0, chunks_by=None))
    if cancelled:
        vector_store_files.update_many(connection, project_id, cancelled)
        tell(connection, cancelled[0])  # all are of one store
    return bool(cancelled)


def tell(connection: Connection, row: VectorStoreFile) -> None:
    """Wake who waits for the files of the row's store."""
    signal(connection, events.topic(row.vector_store_id))


# --- rows ------------------------------------------------------------------------


def rows_where(connection: Connection, project_id: str, where: ColumnElement[bool]) -> list[VectorStoreFile]:
    """Always in the same order, so that two who lock many rows don't wait for each other."""
    query = select(files_table.c.data).where(files_table.c.project_id == project_id, where).order_by(files_table.c.id)
    return [decode_file(data) for data in connection.execute(query).scalars()]


def _present(connection: Connection, project_id: str, store_id: str, file_ids: list[str]) -> dict[str, VectorStoreFile]:
    found: dict[str, VectorStoreFile] = {}
    for start in range(0, len(file_ids), _IDS):
        ids = [file_row_id(store_id, file_id) for file_id in file_ids[start : start + _IDS]]
        found |= {row.file_id: row for row in rows_where(connection, project_id, files_table.c.id.in_(ids))}
    return found


def _filenames(connection: Connection, project_id: str, file_ids: list[str]) -> dict[str, str]:
    """Raises NotFoundError for the first file that isn't there."""
    found: dict[str, str] = {}
    for start in range(0, len(file_ids), _IDS):
        some = files.find_many(connection, project_id, file_ids[start : start + _IDS])
        found |= {file.id: file.filename for file in some}
    for file_id in file_ids:
        if file_id not in found:
            raise files.not_found(file_id)
    return found
