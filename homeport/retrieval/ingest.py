"""Ingestion: a file's text, in chunks, with their vectors, in the index of its store. One job a file.

The limited child reads and chunks ahead of the engine, which embeds; what is embedded is written every second or two,
under the job's lease, with how far the file is. A worker that takes over reads the file again, passes over the chunks
that are there, and goes on.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from homeport.errors import NotFoundError
from homeport.jobs.queue import Job
from homeport.jobs.worker import Context
from homeport.media.chunking import Chunk
from homeport.media.errors import DocumentError, ParserFailed, UnreadableFile
from homeport.media.limited import open_chunks
from homeport.media.records import MAX_DOCUMENT_BYTES
from homeport.retrieval import attachments, index
from homeport.retrieval.attachments import CHUNKS_AT_ONCE, Order, Overtaken
from homeport.retrieval.embed import Embedder, Vector
from homeport.retrieval.records import (
    ErrorCode,
    LastError,
    VectorStoreFile,
    file_row_id,
    lock,
    vector_store_files,
    vector_stores,
)
from homeport.retrieval.windows import windows
from homeport.storage.files import FileStore
from homeport.storage.scratch import scratch

SLOTS = 4  # files ingested at a time in one process: while one is read, another is embedded
_CHUNKS_A_WRITE, _WRITE_S = 16, 2.0  # a search reads a block for each write: not too few chunks, but not too late


class Ingestion:
    """The handlers of the jobs about files in vector stores. `tokenizer_file`: whose tokens chunks are measured in."""

    def __init__(self, files: FileStore, embedder: Embedder, tokenizer_file: Path | None) -> None:
        self._files = files
        self._embedder = embedder
        self._tokenizer_file = tokenizer_file

    async def ingest(self, ctx: Context) -> None:
        """The handler of INGEST."""
        order = msgspec.convert(ctx.job.payload, Order)
        try:
            await self._ingest(ctx, order)
        except Overtaken:
            return
        except ParserFailed:
            raise  # the document is not to blame: again, later
        except DocumentError as error:
            last_error = LastError(cast("ErrorCode", error.code), error.message)
            await ctx.finish(
                lambda c: attachments.end(c, ctx.job.project_id, _held(c, ctx, order), "failed", last_error)
            )

    async def remove(self, ctx: Context) -> None:
        """The handler of REMOVE: chunks of a file, or of a whole store, that nobody can see any more."""
        order = msgspec.convert(ctx.job.payload, Order)

        def work(connection: Connection) -> int:
            if order.file_id is not None:
                row_id = file_row_id(order.vector_store_id, order.file_id)
                lock(connection, vector_store_files, [row_id])
                row = vector_store_files.find(connection, ctx.job.project_id, row_id)
                if row is not None and row.chunks_by is not None:
                    return 0  # it was attached again: what is there now are its new chunks
            return index.remove(connection, order.vector_store_id, order.file_id, limit=CHUNKS_AT_ONCE)

        while await ctx.write(work):
            pass

    async def _ingest(self, ctx: Context, order: Order) -> None:
        row = await _begin(ctx, order)
        store = await self._files.database.read(
            lambda c: vector_stores.retrieve(c, ctx.job.project_id, order.vector_store_id)
        )
        assert store.embedding_model is not None
        try:
            file = await self._files.find(ctx.job.project_id, row.file_id)
        except NotFoundError:  # it was deleted while it was being attached
            await ctx.finish(lambda c: attachments.detach(c, ctx.job.project_id, _held(c, ctx, order)))
            return
        if file.bytes > MAX_DOCUMENT_BYTES:
            raise UnreadableFile(row.filename, f"it is larger than {MAX_DOCUMENT_BYTES >> 20} MB")
        attempt = _Attempt(ctx, order, row, self._embedder, store.embedding_model)
        with scratch() as folder:
            path = await self._files.fetch(file, folder / "document")
            async with open_chunks(path, row.filename, row.chunking, tokenizer_file=self._tokenizer_file) as chunks:
                await attempt.run(chunks)


def on_dead(connection: Connection, job: Job) -> None:
    """A job of INGEST that has failed for good."""
    order = msgspec.convert(job.payload, Order)
    try:
        row = attachments.held(connection, job.project_id, order, job.id)
    except Overtaken:
        return
    reason = job.error or "it could not be ingested"
    message = reason if reason.startswith(row.filename) else f"{row.filename}: {reason}"
    attachments.end(connection, job.project_id, row, "failed", LastError("server_error", message))


async def _begin(ctx: Context, order: Order) -> VectorStoreFile:
    """The file's row, once nothing is left in the index that another job has put there."""

    def work(connection: Connection) -> VectorStoreFile | None:
        row = _held(connection, ctx, order)
        if row.chunks_by == ctx.job.id:
            return row
        if index.remove(connection, row.vector_store_id, row.file_id, limit=CHUNKS_AT_ONCE):
            return None
        mine = replace(row, chunks_by=ctx.job.id, chunk_count=0, end=0, usage_bytes=0)
        return vector_store_files.update(connection, ctx.job.project_id, mine)

    while (row := await ctx.write(work)) is None:
        pass
    return row


def _held(connection: Connection, ctx: Context, order: Order) -> VectorStoreFile:
    return attachments.held(connection, ctx.job.project_id, order, ctx.job.id)


class _Piece(Struct, frozen=True):
    """A chunk and the texts of it that are to be embedded."""

    chunk: Chunk
    texts: list[str]


class _Attempt:
    """One attempt at a file, from the first chunk that isn't in the index to the end."""

    def __init__(self, ctx: Context, order: Order, row: VectorStoreFile, embedder: Embedder, model: str) -> None:
        self._ctx = ctx
        self._order = order
        self._row = row
        self._embedder = embedder
        self._model = model
        self._vectors: dict[str, Vector] = {}  # of the texts of the last chunk, which it may share with the next
        self._embedded: list[tuple[Chunk, list[Vector]]] = []  # not written yet
        self._written_s = time.monotonic()

    async def run(self, chunks: AsyncIterator[Chunk]) -> None:
        """Raises DocumentError, and what keeps the engine from embedding."""
        max_tokens = await self._embedder.window_tokens(self._model)
        ready: list[_Piece] = []
        async for piece in _pieces(chunks, self._row.chunking.chunk_overlap_tokens, max_tokens):
            if piece.chunk.index < self._row.chunk_count:
                await self._pass_over(piece.chunk)
                continue
            ready.append(piece)
            enough = self._embedder.texts_a_call
            if len(ready) >= enough or len(self._unknown(ready)) >= enough:  # chunks of repeated text have few texts
                await self._embed(ready)
                ready = []
        await self._embed(ready)
        await self._write()
        await self._ctx.finish(
            lambda c: attachments.end(c, self._ctx.job.project_id, _held(c, self._ctx, self._order), "completed")
        )

    async def _pass_over(self, chunk: Chunk) -> None:
        """A chunk that is in the index. If the last one there is another than was read now, all begins anew."""
        if chunk.index == self._row.chunk_count - 1 and chunk.end != self._row.end:
            await self._ctx.write(self._disown)
            raise ChunksChanged(f"{self._row.filename} is read otherwise than before")

    def _disown(self, connection: Connection) -> None:
        row = _held(connection, self._ctx, self._order)
        vector_store_files.update(connection, self._ctx.job.project_id, replace(row, chunks_by=None))

    def _unknown(self, pieces: list[_Piece]) -> list[str]:
        texts = (text for piece in pieces for text in piece.texts)
        return list(dict.fromkeys(text for text in texts if text not in self._vectors))

    async def _embed(self, pieces: list[_Piece]) -> None:
        if not pieces:
            return
        if texts := self._unknown(pieces):
            vectors = await self._embedder.documents(texts, self._model, self._ctx.job.project_id)
            self._vectors |= zip(texts, vectors, strict=True)
        self._embedded += [(piece.chunk, [self._vectors[text] for text in piece.texts]) for piece in pieces]
        self._vectors = {text: self._vectors[text] for text in pieces[-1].texts}
        if len(self._embedded) >= _CHUNKS_A_WRITE or time.monotonic() - self._written_s >= _WRITE_S:
            await self._write()

    async def _write(self) -> None:
        embedded, self._embedded = self._embedded, []
        if embedded:
            self._row = await self._ctx.write(lambda c: self._add(c, embedded))
            self._written_s = time.monotonic()

    def _add(self, connection: Connection, embedded: list[tuple[Chunk, list[Vector]]]) -> VectorStoreFile:
        row = _held(connection, self._ctx, self._order)
        index.add_chunks(connection, row.vector_store_id, row.file_id, row.attributes, embedded)
        size_bytes = sum(len(chunk.text.encode()) + sum(map(len, vectors)) for chunk, vectors in embedded)
        row = replace(
            row,
            chunk_count=row.chunk_count + len(embedded),
            end=embedded[-1][0].end,
            usage_bytes=row.usage_bytes + size_bytes,
        )
        row = vector_store_files.update(connection, self._ctx.job.project_id, row)
        attachments.tell(connection, row)
        return row


class ChunksChanged(Exception):
    """The document was read with another tokenizer, or by another parser, when its first chunks were indexed."""


async def _pieces(chunks: AsyncIterator[Chunk], overlap_tokens: int, max_tokens: int) -> AsyncIterator[_Piece]:
    before = None
    chunk = await anext(chunks, None)
    while chunk is not None:
        after = await anext(chunks, None)
        yield _Piece(chunk, windows(chunk, before, after, overlap_tokens, max_tokens))
        before, chunk = chunk, after
