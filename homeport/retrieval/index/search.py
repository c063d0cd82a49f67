"""Search in vector stores. What computes is loaded by the first search: a server that never searches stays small."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy import Connection, bindparam, select

from homeport.errors import BadRequestError, StorageUnavailable
from homeport.media.chunking import Chunk
from homeport.retrieval.filters import Filter
from homeport.retrieval.index.tidy import remove_dead
from homeport.retrieval.ranking import Ranking
from homeport.retrieval.records import Attributes
from homeport.retrieval.tables import chunk_files, chunks
from homeport.storage.database import Database

if TYPE_CHECKING:
    from homeport.retrieval.index.find import Place
    from homeport.retrieval.index.view import View, Views

log = logging.getLogger(__name__)

BUILD_WINDOWS = 4_096  # outside a store's file, from which on one is made
_REST_SHARE = 0.25  # of the file's, before it is made again …
_REST_WINDOWS = 16_384  # … but no more than this
_DEAD_SHARE = 0.3  # of the file's chunks that may be removed ones
_PAUSE_S = 30.0  # after a build that failed
_TIDY_EVERY_S = 300.0

# Put together once: that takes longer than to run it. It finds some chunks that nobody asked for.
_HITS = (
    select(
        chunks.c.block,
        chunks.c.position,
        chunk_files.c.file_id,
        chunk_files.c.attributes,
        *(chunks.c[name] for name in Chunk.__struct_fields__),
    )
    .join(chunk_files, chunk_files.c.number == chunks.c.file)
    .where(
        chunks.c.block.in_(bindparam("blocks", expanding=True)),
        chunks.c.position.in_(bindparam("positions", expanding=True)),
    )
)


class Hit(Struct, frozen=True):
    """A chunk that fits a question. `score` is its relevance, from 0 to 1, and falls from result to result."""

    chunk: Chunk
    score: float
    vector_store_id: str
    file_id: str
    attributes: Attributes


class Search:
    """`folder` is for the files of large stores, which a child process makes when a search finds them missing."""

    def __init__(self, database: Database, folder: Path, *, build_windows: int = BUILD_WINDOWS) -> None:
        self._database = database
        self._folder = folder
        self._build_windows = build_windows
        self._views: Views | None = None
        self._loading = threading.Lock()
        self._builds: dict[str, asyncio.Task[None]] = {}
        self._tidying: asyncio.Task[None] | None = None

    async def search(
        self,
        vector_store_id: str,
        text: str,
        vector: bytes,
        limit: int = 10,
        filter: Filter | None = None,
        ranking: Ranking = Ranking(),  # noqa: B008 - frozen
    ) -> list[Hit]:
        """The chunks that fit best, at most `limit`. `vector` is the text's, float32 little-endian, of length 1.

        Raises ConflictError for a vector of another model than the store's.
        """

        def work(connection: Connection) -> tuple[list[Hit], bool]:
            views = self._loaded()
            from homeport.retrieval.index.find import find, question

            view = views.of(connection, vector_store_id)
            if view is None:
                return [], False
            asked = question(text, vector)
            places = find(connection, view, vector_store_id, asked, limit, filter, ranking)
            views.trim()
            return _hits(connection, vector_store_id, places), self._wants_file(view)

        hits, wants_file = await self._database.read(work)
        if wants_file:
            self.build(vector_store_id)
        return hits

    def start(self) -> None:
        """Tidy up from time to time: each machine has files of its own."""
        self._tidying = asyncio.create_task(self._tidy(), name="index files")

    async def _tidy(self) -> None:
        while True:
            try:
                await self.tidy()
            except StorageUnavailable:
                pass  # `Database` says so
            except Exception:
                log.exception("index files of dead stores can't be removed")
            await asyncio.sleep(_TIDY_EVERY_S)

    async def tidy(self) -> None:
        """Remove this machine's files of stores that are no more: texts can be guessed from them."""
        await self._database.read(lambda c: remove_dead(c, self._folder))

    def build(self, vector_store_id: str) -> asyncio.Task[None]:
        """Make a store's file, unless that is under way. Searches go on meanwhile, and need not wait."""
        task = self._builds.get(vector_store_id)
        if task is None:
            task = asyncio.create_task(self._build(vector_store_id), name=f"index {vector_store_id}")
            self._builds[vector_store_id] = task
        return task

    @property
    def building(self) -> set[str]:
        """The stores whose file is being made."""
        return set(self._builds)

    async def close(self) -> None:
        """Stop what is being made: it will be made again."""
        tasks = [*self._builds.values(), *filter(None, [self._tidying])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _loaded(self) -> Views:
        if find_spec("usearch") is None:
            raise BadRequestError(
                "This server can't search vector stores: pip install '.[search]' in Homeport's checkout.",
                code="search_unavailable",
            )
        from homeport.retrieval.index.view import Views

        with self._loading:
            if self._views is None:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._views = Views(self._folder)
            return self._views

    def _wants_file(self, view: View) -> bool:
        if view.file is None:
            return view.rest_windows > self._build_windows
        if view.alive is not None and view.alive.mean() < 1 - _DEAD_SHARE:
            return True
        most = max(self._build_windows, min(_REST_SHARE * view.file.window_count, _REST_WINDOWS))
        return view.rest_windows > most

    async def _build(self, vector_store_id: str) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            await run_build(self._database.url.render_as_string(hide_password=False), self._folder, vector_store_id)
        except BuildFailed as error:
            log.error("the index of %s could not be made: %s", vector_store_id, error)
            await asyncio.sleep(_PAUSE_S)
        finally:
            del self._builds[vector_store_id]


class BuildFailed(Exception):
    """The child's last words."""


async def run_build(database_url: str, folder: Path, vector_store_id: str) -> None:
    """Make a store's file, in a child process that goes when this one does. Raises BuildFailed."""
    order = json.dumps({"database_url": database_url, "folder": str(folder), "vector_store_id": vector_store_id})
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "homeport.retrieval.index.build"),
        stdin=pipe,  # it stays open: its end tells the child that nobody waits any more
        stderr=pipe,
    )
    assert child.stdin is not None
    assert child.stderr is not None
    try:
        child.stdin.write(order.encode() + b"\n")
        words = await child.stderr.read()
        if await child.wait() != 0:
            said = words.decode(errors="replace").strip().splitlines()
            raise BuildFailed(said[-1] if said else f"exit {child.returncode}")
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
        child.stdin.close()


def _hits(connection: Connection, vector_store_id: str, places: list[Place]) -> list[Hit]:
    """The places with what is there; without those that were removed meanwhile."""
    if not places:
        return []
    asked = {"blocks": [place.block for place in places], "positions": [place.position for place in places]}
    rows: dict[tuple[int, int], Any] = {(row.block, row.position): row for row in connection.execute(_HITS, asked)}
    hits = []
    for place in places:
        if (row := rows.get((place.block, place.position))) is not None:
            chunk = Chunk(**{name: row._mapping[name] for name in Chunk.__struct_fields__})
            hits.append(Hit(chunk, place.score, vector_store_id, row.file_id, row.attributes))
    return hits
