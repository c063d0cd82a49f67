"""What a process keeps in memory of a store: which blocks there are, and those that the store's file doesn't have.

A view is true for one number of changes of the store. A search that finds another number makes the next view, mostly
out of the last.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from sqlalchemy import Connection, Row, bindparam, select

from homeport.retrieval import filters
from homeport.retrieval.filters import Filter
from homeport.retrieval.index import slab
from homeport.retrieval.index.file import IndexFile, InvalidFile
from homeport.retrieval.index.part import Integers, Mask
from homeport.retrieval.index.slab import Slab
from homeport.retrieval.tables import chunk_blocks, chunk_files, chunk_stores

log = logging.getLogger(__name__)

SLAB_WINDOWS = 16_384  # of a store that are kept in memory; more are read for each search
_SLABS_BYTES = 64 * 1024 * 1024  # of all stores together
_VIEWS = 4096
_FILTERS = 32  # whose files are kept, of a view
_STREAMED_BLOCKS = 200

_STORE = select(chunk_stores).where(chunk_stores.c.vector_store_id == bindparam("id"))
_BLOCK = [chunk_blocks.c[name] for name in ("number", "mark", "file", "chunk_count", "window_count")]


class View:
    """`blocks`: a row each of number, mark, file, chunks, windows. `alive`: a mask of the file's chunks; None: all."""

    def __init__(
        self, store: Row[Any], blocks: Integers, newest: int, file: IndexFile | None, last: View | None
    ) -> None:
        self.changes: int = store.changes
        self.removals: int = store.removals
        self.dimensions: int = store.dimensions
        self.blocks = blocks
        self.newest = newest  # the highest number of a block so far, hidden ones included
        self.file = file
        self.alive: Mask | None = None
        covered = np.zeros(blocks.shape[1], np.bool_)
        if file is not None:
            covered = np.isin(blocks[1], file.marks)
            there = np.isin(file.marks, blocks[1])
            self.alive = None if there.all() else file.of_blocks(there)
        self.rest = blocks[:, ~covered]  # blocks that the file doesn't have
        self.slab: Slab | None = None if last is None else last.slab  # of some of the rest, perhaps
        self._allowed: OrderedDict[bytes, Integers] = OrderedDict()

    @property
    def rest_windows(self) -> int:
        return int(self.rest[4].sum())

    @property
    def streams(self) -> bool:
        """Whether the rest is too much to stay in memory."""
        return self.rest_windows > SLAB_WINDOWS

    def slabs(self, connection: Connection) -> Iterator[Slab]:
        """The rest, in memory. More than one: each is to be let go before the next."""
        if self.streams:
            self.slab = None
            for start in range(0, self.rest.shape[1], _STREAMED_BLOCKS):
                numbers = self.rest[0, start : start + _STREAMED_BLOCKS].tolist()
                if (one := slab.read(connection, numbers, self.dimensions)) is not None:
                    yield one
            return
        known = self.slab
        if known is not None and not np.isin(known.marks, self.rest[1]).all():
            known = None
        fresh = self.rest[0] if known is None else self.rest[0, ~np.isin(self.rest[1], known.marks)]
        added = slab.read(connection, fresh.tolist(), self.dimensions) if len(fresh) else None
        self.slab = slab.joined([one for one in (known, added) if one is not None]) if known or added else None
        if self.slab is not None:
            yield self.slab

    def files(self, connection: Connection, vector_store_id: str, filter: Filter) -> Integers:
        """The numbers of the files that a filter lets through."""
        key = msgspec.json.encode(filter)  # as values, true and 1.0 would be the same
        found = self._allowed.get(key)
        if found is None:
            holds = filters.condition(filter, is_postgres=connection.dialect.name == "postgresql")
            query = select(chunk_files.c.number).where(chunk_files.c.vector_store_id == vector_store_id, holds)
            found = np.fromiter(connection.execute(query).scalars(), np.int64)
            self._allowed[key] = found
            if len(self._allowed) > _FILTERS:
                self._allowed.popitem(last=False)
        return found


class Views:
    """The views of the stores searched last. Used from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._views: OrderedDict[str, View] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, connection: Connection, vector_store_id: str) -> View | None:
        """The view of a store as this transaction sees it; None for a store without chunks."""
        row = connection.execute(_STORE, {"id": vector_store_id}).one_or_none()
        with self._lock:
            last = self._views.get(vector_store_id)
            if row is None:
                self._views.pop(vector_store_id, None)
                return None
        file = self._file(vector_store_id, None if last is None else last.file)
        if last is not None and last.changes == row.changes and last.file is file:
            view = last
        else:
            view = View(row, *_visible(connection, vector_store_id, row.removals, last), file, last)
        with self._lock:
            self._views[vector_store_id] = view
            self._views.move_to_end(vector_store_id)
        return view

    def trim(self) -> None:
        """Let go of what is too much, the longest unused first."""
        with self._lock:
            size_bytes = sum(view.slab.size_bytes for view in self._views.values() if view.slab is not None)
            for view in self._views.values():
                if size_bytes <= _SLABS_BYTES:
                    break
                if view.slab is not None:
                    size_bytes -= view.slab.size_bytes
                    view.slab = None
            while len(self._views) > _VIEWS:
                self._views.popitem(last=False)

    def _file(self, vector_store_id: str, known: IndexFile | None) -> IndexFile | None:
        path = index_path(self._folder, vector_store_id)
        try:
            status = os.stat(path)
            if known is not None and known.identity == (status.st_ino, status.st_mtime_ns, status.st_size):
                return known
            return IndexFile(path, vector_store_id)
        except FileNotFoundError:
            return None
        except InvalidFile as error:
            log.warning("%s can't be used, and is made again: %s", path, error)
            path.unlink(missing_ok=True)
            return None


def index_path(folder: Path, vector_store_id: str) -> Path:
    return folder / f"{vector_store_id}.index"


def _visible(connection: Connection, vector_store_id: str, removals: int, last: View | None) -> tuple[Integers, int]:
    """The blocks that may be found, and the highest number of any. Of those that the last view had, none is read."""
    grown = last if last is not None and last.removals == removals else None
    newest = 0 if grown is None else grown.newest
    c = chunk_blocks.c
    query = select(*_BLOCK).where(c.vector_store_id == vector_store_id, c.number > newest).order_by(c.number)
    rows = connection.execute(query).all()
    blocks = np.array([tuple(row) for row in rows], np.int64).reshape(-1, len(_BLOCK)).T
    newest = max(newest, *blocks[0, -1:].tolist(), 0)
    if grown is not None:
        return np.concatenate((grown.blocks, blocks), axis=1), newest
    of_store = (chunk_files.c.vector_store_id == vector_store_id) & chunk_files.c.hidden
    hidden = connection.execute(select(chunk_files.c.number).where(of_store)).scalars().all()
    return blocks[:, ~np.isin(blocks[2], hidden)], newest
