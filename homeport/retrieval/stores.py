"""What may be done with vector stores. Each method is a transaction in a project; others' ids are not found in it.

A file is attached at once, in progress; a job enqueued in the same transaction ingests it (`retrieval.ingest`).
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace
from sqlalchemy import Connection, select

from homeport.errors import BadRequestError, NotFoundError
from homeport.ids import new_id
from homeport.jobs import events
from homeport.jobs.worker import Context
from homeport.retrieval import attachments, index
from homeport.retrieval.attachments import Attachment
from homeport.retrieval.records import (
    Attributes,
    ExpiresAfter,
    FileBatch,
    FileStatus,
    Owner,
    Tally,
    VectorStore,
    VectorStoreFile,
    file_batches,
    file_row_id,
    files_table,
    is_expired,
    lock,
    stores_table,
    tally,
    vector_store_files,
    vector_stores,
)
from homeport.storage.database import Database
from homeport.storage.objects import Listing, Page
from homeport.storage.signals import LOOK_AGAIN_S, wait

SWEEP = "vector_stores.sweep"  # a kind of jobs, without a payload
SWEEP_EVERY_S = 300.0

_DAY_S = 86_400
_CHUNKS_A_PAGE = 1000  # of a file's content
_TOUCH_S = 60  # a store's last activity is noted no finer than this: searches are many


class Changes(Struct, frozen=True):
    """What to change of a store; UNSET stays as it is."""

    name: str | UnsetType = UNSET
    metadata: dict[str, str] | UnsetType = UNSET
    expires_after: ExpiresAfter | UnsetType | None = UNSET


class Stores:
    """`embedding_model()` names the model for stores whose first file comes now; it raises where there is none."""

    def __init__(self, database: Database, embedding_model: Callable[[], Awaitable[str]]) -> None:
        self.database = database
        self.embedding_model = embedding_model

    # --- stores ------------------------------------------------------------------

    async def create(
        self,
        project_id: str,
        *,
        name: str,
        description: str | None,
        metadata: dict[str, str],
        expires_after: ExpiresAfter | None,
        files: Sequence[Attachment],
    ) -> tuple[VectorStore, Tally]:
        """Raises NotFoundError for a file that isn't there; nothing is created then."""
        model = await self.embedding_model() if files else None
        store = new_store(name, metadata, expires_after, model, description=description)

        def work(connection: Connection) -> Tally:
            vector_stores.insert(connection, project_id, store)
            attachments.attach(connection, project_id, store, files)
            return _tally(connection, store)

        return store, await self.database.write(work)

    async def store(self, project_id: str, store_id: str) -> tuple[VectorStore, Tally]:
        """Raises NotFoundError."""

        def work(connection: Connection) -> tuple[VectorStore, Tally]:
            store = vector_stores.retrieve(connection, project_id, store_id)
            return store, _tally(connection, store)

        return await self.database.read(work)

    async def page(self, project_id: str, page: Page) -> tuple[Listing, dict[str, Tally]]:
        """A page of stores, and what is in each by its id."""

        def work(connection: Connection) -> tuple[Listing, dict[str, Tally]]:
            found = vector_stores.list(connection, project_id, page)
            return found, tally(connection, "vector_store_id", [store.id for store in found.data])

        return await self.database.read(work)

    async def change(self, project_id: str, store_id: str, changes: Changes) -> tuple[VectorStore, Tally]:
        """Raises NotFoundError; BadRequestError for the expiry of a store that has expired."""

        def work(connection: Connection) -> tuple[VectorStore, Tally]:
            store = _locked(connection, project_id, store_id)
            if changes.name is not UNSET:
                store = replace(store, name=changes.name)
            if changes.metadata is not UNSET:
                store = replace(store, metadata=changes.metadata)
            if changes.expires_after is not UNSET:
                refuse_expired(store)
                expires_at = _expiry(changes.expires_after, store.last_active_at)
                store = replace(store, expires_after=changes.expires_after, expires_at=expires_at)
            store = vector_stores.update(connection, project_id, store)
            return store, _tally(connection, store)

        return await self.database.write(work)

    async def delete(self, project_id: str, store_id: str) -> None:
        """Raises NotFoundError. The files themselves stay."""

        def work(connection: Connection) -> None:
            store = _locked(connection, project_id, store_id)
            attachments.empty(connection, project_id, store.id)
            vector_stores.delete(connection, project_id, store.id)

        await self.database.write(work)

    async def touch(self, project_id: str, store_ids: Sequence[str]) -> None:
        """Note that stores are in use, which puts off their expiry."""

        def work(connection: Connection) -> None:
            lock(connection, vector_stores, store_ids)
            for store_id in store_ids:
                store = vector_stores.find(connection, project_id, store_id)
                if store is not None and not is_expired(store) and (changed := touched(store)) is not None:
                    vector_stores.update(connection, project_id, changed)

        await self.database.write(work)

    async def ingested(self, project_id: str, store_id: str, at_most_s: float) -> None:
        """Wait until the store's files are read, or have failed to be; but no longer than that."""
        c = files_table.c
        of_store = (c.project_id == project_id) & (c.vector_store_id == store_id) & (c.status == "in_progress")
        unread = select(c.id).where(of_store).limit(1)
        until = time.monotonic() + at_most_s
        with self.database.signals.subscribe(events.topic(store_id)) as changed:
            while (left_s := until - time.monotonic()) > 0:
                changed.clear()
                if not await self.database.read(lambda c: c.execute(unread).all()):
                    return
                await wait(changed, min(LOOK_AGAIN_S, left_s))

    async def sweep(self, ctx: Context) -> None:
        """The handler of SWEEP: let go of the files of stores that have expired. The stores stay, to say so."""

        def work(connection: Connection) -> bool:
            c = stores_table.c
            query = select(c.project_id, c.id).where(c.expires_at <= int(time.time()), c.emptied.is_(False)).limit(1)
            found = connection.execute(query).one_or_none()
            if found is None:
                return False
            store = _locked(connection, found.project_id, found.id)
            if is_expired(store):
                attachments.empty(connection, found.project_id, store.id)
                vector_stores.update(connection, found.project_id, replace(store, emptied=True))
            return True

        while await ctx.write(work):
            pass

    # --- files -------------------------------------------------------------------

    async def attach(self, project_id: str, store_id: str, files: Sequence[Attachment]) -> list[VectorStoreFile]:
        """The files' rows, in order. Raises NotFoundError; BadRequestError for a store that has expired."""
        model = await self.embedding_model()
        return await self.database.write(
            lambda c: attachments.attach(c, project_id, in_use(c, project_id, store_id, model), files)
        )

    async def files(
        self,
        project_id: str,
        store_id: str,
        page: Page,
        *,
        status: FileStatus | None = None,
        batch_id: str | None = None,
    ) -> Listing:
        """The files of a store, or of a batch. The page's cursors are ids of files. Raises NotFoundError."""
        after, before = (cursor and file_row_id(store_id, cursor) for cursor in (page.after, page.before))
        where = [files_table.c.vector_store_id == store_id]
        if batch_id is not None:
            where.append(files_table.c.batch_id == batch_id)
        if status is not None:
            where.append(files_table.c.status == status)

        def work(connection: Connection) -> Listing:
            vector_stores.retrieve(connection, project_id, store_id)
            if batch_id is not None:
                _batch(connection, project_id, store_id, batch_id)
            rows = Page(page.limit, page.order, after, before)
            return vector_store_files.list(connection, project_id, rows, *where)

        return await self.database.read(work)

    async def file(self, project_id: str, store_id: str, file_id: str) -> VectorStoreFile:
        """Raises NotFoundError."""
        return await self.database.read(lambda c: _file(c, project_id, store_id, file_id))

    async def content(
        self, project_id: str, store_id: str, file_id: str, page: str | None
    ) -> tuple[list[str], str | None]:
        """A page of the file's text, in pieces, and the next page's name. Raises NotFoundError, BadRequestError."""
        first = _chunk_number(page)

        def work(connection: Connection) -> tuple[list[str], str | None]:
            row = _file(connection, project_id, store_id, file_id)
            if row.status != "completed":
                raise BadRequestError(f"{row.filename} has no content: it is {row.status.replace('_', ' ')}.")
            return _texts(connection, row, first)

        return await self.database.read(work)

    async def set_attributes(
        self, project_id: str, store_id: str, file_id: str, attributes: Attributes
    ) -> VectorStoreFile:
        """Raises NotFoundError."""

        def work(connection: Connection) -> VectorStoreFile:
            lock(connection, vector_store_files, [file_row_id(store_id, file_id)])
            row = _file(connection, project_id, store_id, file_id)
            return attachments.set_attributes(connection, project_id, row, attributes)

        return await self.database.write(work)

    async def detach(self, project_id: str, store_id: str, file_id: str) -> None:
        """Raises NotFoundError. The file itself stays."""

        def work(connection: Connection) -> None:
            _locked(connection, project_id, store_id)
            attachments.detach(connection, project_id, _file(connection, project_id, store_id, file_id))

        await self.database.write(work)

    # --- batches -----------------------------------------------------------------

    async def attach_batch(
        self, project_id: str, store_id: str, files: Sequence[Attachment]
    ) -> tuple[FileBatch, Tally]:
        """Raises NotFoundError; BadRequestError for a store that has expired."""
        model = await self.embedding_model()
        batch = FileBatch(id=new_id("vsfb"), created_at=int(time.time()), vector_store_id=store_id)

        def work(connection: Connection) -> Tally:
            store = in_use(connection, project_id, store_id, model)
            file_batches.insert(connection, project_id, batch)
            attachments.attach(connection, project_id, store, files, batch.id)
            return _tally(connection, batch)

        return batch, await self.database.write(work)

    async def batch(self, project_id: str, store_id: str, batch_id: str) -> tuple[FileBatch, Tally]:
        """A batch and the tally of the files that it attached and that are still there. Raises NotFoundError."""

        def work(connection: Connection) -> tuple[FileBatch, Tally]:
            vector_stores.retrieve(connection, project_id, store_id)
            batch = _batch(connection, project_id, store_id, batch_id)
            return batch, _tally(connection, batch)

        return await self.database.read(work)

    async def cancel_batch(self, project_id: str, store_id: str, batch_id: str) -> tuple[FileBatch, Tally]:
        """The files that are not done are cancelled; those that are stay. Raises NotFoundError."""

        def work(connection: Connection) -> tuple[FileBatch, Tally]:
            _locked(connection, project_id, store_id)
            batch = _batch(connection, project_id, store_id, batch_id)
            if attachments.cancel_batch(connection, project_id, batch_id):
                batch = file_batches.update(connection, project_id, replace(batch, cancelled=True))
            return batch, _tally(connection, batch)

        return await self.database.write(work)


def new_store(
    name: str,
    metadata: dict[str, str],
    expires_after: ExpiresAfter | None,
    embedding_model: str | None,
    *,
    description: str | None = None,
) -> VectorStore:
    """One that is active now. `embedding_model`: None where it is not to have a file yet."""
    now = int(time.time())
    return VectorStore(
        id=new_id("vs"),
        created_at=now,
        name=name,
        description=description,
        metadata=metadata,
        last_active_at=now,
        expires_after=expires_after,
        expires_at=_expiry(expires_after, now),
        embedding_model=embedding_model,
    )


def refuse_expired(store: VectorStore) -> None:
    if is_expired(store):
        raise BadRequestError(f"The vector store `{store.id}` has expired.", code="vector_store_expired")


def _expiry(policy: ExpiresAfter | None, last_active_at: int) -> int | None:
    return None if policy is None else last_active_at + policy.days * _DAY_S


def touched(store: VectorStore) -> VectorStore | None:
    """The store as one that is in use now; None where that was noted a moment ago."""
    now = int(time.time())
    if now - store.last_active_at < _TOUCH_S:
        return None
    return replace(store, last_active_at=now, expires_at=_expiry(store.expires_after, now))


def _locked(connection: Connection, project_id: str, store_id: str) -> VectorStore:
    lock(connection, vector_stores, [store_id])
    return vector_stores.retrieve(connection, project_id, store_id)


def in_use(connection: Connection, project_id: str, store_id: str, embedding_model: str) -> VectorStore:
    """The store, locked, for files to be attached."""
    store = _locked(connection, project_id, store_id)
    refuse_expired(store)
    changed = touched(store)
    if store.embedding_model is None:
        changed = replace(changed or store, embedding_model=embedding_model)
    return store if changed is None else vector_stores.update(connection, project_id, changed)


def _file(connection: Connection, project_id: str, store_id: str, file_id: str) -> VectorStoreFile:
    vector_stores.retrieve(connection, project_id, store_id)
    row = vector_store_files.find(connection, project_id, file_row_id(store_id, file_id))
    if row is None:
        raise NotFoundError(f"No such file in the vector store `{store_id}`: `{file_id}`.")
    return row


def _batch(connection: Connection, project_id: str, store_id: str, batch_id: str) -> FileBatch:
    batch = file_batches.find(connection, project_id, batch_id)
    if batch is None or batch.vector_store_id != store_id:
        raise file_batches.not_found(batch_id)
    return batch


def _tally(connection: Connection, of: VectorStore | FileBatch) -> Tally:
    by: Owner = "vector_store_id" if isinstance(of, VectorStore) else "batch_id"
    return tally(connection, by, [of.id])[of.id]


def _texts(connection: Connection, row: VectorStoreFile, first: int) -> tuple[list[str], str | None]:
    """The text of chunks from number `first` on, each without what it shares with the one before."""
    before = first - 1 if first else 0
    chunks = index.content(connection, row.vector_store_id, row.file_id, before, _CHUNKS_A_PAGE)
    texts = []
    end = 0
    for chunk in chunks:
        if chunk.index >= first:
            texts.append(chunk.text[max(end - chunk.start, 0) :])
        end = chunk.end
    last = chunks[-1].index if chunks else first
    return texts, str(last + 1) if last + 1 < row.chunk_count else None


def _chunk_number(page: str | None) -> int:
    if page is None:
        return 0
    if not (page.isascii() and page.isdecimal() and len(page) < 10):
        raise BadRequestError(f"There is no page `{page}`.", param="page")
    return int(page)
