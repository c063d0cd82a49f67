"""The periodic sweep of files: what expired, what ended, and bytes that no row names."""

from __future__ import annotations

import time
from collections.abc import Sequence

from sqlalchemy import Connection, select

from homeport.storage import containers, files, uploads
from homeport.storage.files import FileStore
from homeport.storage.uploads import UploadStore

EVERY_S = 600.0
ORPHANED_S = 3600  # bytes are durable a moment before their row is: this is how long the moment may be
_KEYS = 500  # looked up in one query


async def sweep(file_store: FileStore, upload_store: UploadStore, *, orphaned_s: float = ORPHANED_S) -> list[str]:
    """Run it now and again, on one replica. Returns the keys of the orphaned blobs that it removed."""
    await file_store.delete_expired()
    await upload_store.delete_ended()
    if not await file_store.owns_blobs():
        return []
    before = time.time() - orphaned_s
    await file_store.blobs.sweep(before)
    removed: list[str] = []
    old: list[str] = []
    async for blob in file_store.blobs.list():
        if blob.modified_at < before:
            old.append(blob.key)
        if len(old) == _KEYS:
            removed += await _remove_orphans(file_store, old)
            old = []
    return removed + await _remove_orphans(file_store, old)


async def _remove_orphans(file_store: FileStore, keys: Sequence[str]) -> list[str]:
    owners = await file_store.database.read(lambda c: _owners(c, keys))
    orphans = [key for key in keys if key not in owners]
    await file_store.remove_blobs(orphans)
    return orphans


def _owners(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Those of the keys that are a row's id, or named by one."""
    names = (files.table.c.id, uploads.parts.c.id, containers.files_table.c.blob_key)
    return {found for name in names for found in connection.execute(select(name).where(name.in_(keys))).scalars()}
