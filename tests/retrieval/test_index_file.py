"""The file of a large store: made in a child, used as it is, thrown away when it is not what it should be."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import random
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from homeport.retrieval import index
from homeport.retrieval.filters import parse
from homeport.retrieval.index import file as index_file
from homeport.retrieval.index.build import build
from homeport.retrieval.index.search import BuildFailed, run_build
from homeport.retrieval.index.view import index_path
from homeport.retrieval.ranking import Ranking
from homeport.storage.database import Database, database_url
from tests.retrieval.passages import chunk

pytestmark = pytest.mark.anyio

STORE = "vs_large"
DIMENSIONS, FILES, CHUNKS_A_FILE = 32, 20, 100


def vectors_of(count: int) -> Any:
    """In clusters, as those of texts are."""
    numbers = np.random.default_rng(3)
    centres = numbers.normal(size=(50, DIMENSIONS))
    made = centres[numbers.integers(0, 50, count)] + 0.5 * numbers.normal(size=(count, DIMENSIONS))
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


VECTORS = vectors_of(FILES * CHUNKS_A_FILE * 2)  # two windows a chunk
WORDS = [f"word{number}" for number in range(200)]
TEXTS = [" ".join(random.Random(number).sample(WORDS, 8)) for number in range(FILES * CHUNKS_A_FILE)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "indexes"
    made.mkdir()
    return made


@pytest.fixture
async def search(database: Database, folder: Path) -> AsyncIterator[index.Search]:
    made = index.Search(database, folder, build_windows=10**9)
    yield made
    await made.close()


async def add(database: Database, *files: int) -> None:
    def work(connection: Any) -> None:
        for file in files:
            first = file * CHUNKS_A_FILE
            embedded = [
                (chunk(TEXTS[at], at - first), [VECTORS[2 * at].tobytes(), VECTORS[2 * at + 1].tobytes()])
                for at in range(first, first + CHUNKS_A_FILE)
            ]
            index.add_chunks(connection, STORE, f"file-{file}", {"number": float(file)}, embedded)

    await database.write(work)


async def make(database: Database, folder: Path, store: str = STORE) -> None:
    await asyncio.to_thread(build, database.url.render_as_string(hide_password=False), folder, store)


async def found(search: index.Search, question: int, **options: Any) -> list[tuple[str, int, float]]:
    hits = await search.search(STORE, TEXTS[question], VECTORS[2 * question].tobytes(), **options)
    return [(hit.file_id, hit.chunk.index, hit.score) for hit in hits]


QUESTIONS = [3, 250, 999, 1234, 1980]
CHILD_S = 1.5  # about what a child takes; where it takes longer, it is killed earlier in its life


async def test_the_file_changes_nothing_but_the_time(database: Database, folder: Path, search: index.Search) -> None:
    """With and without a file, with files of then and of now, after removals and additions: the same results."""
    await add(database, *range(12))
    without = [await found(search, at) for at in QUESTIONS]
    await make(database, folder)
    assert index_path(folder, STORE).stat().st_mode & 0o777 == 0o600
    assert index_path(folder, STORE).stat().st_size > 12 * CHUNKS_A_FILE * 2 * DIMENSIONS * 2
    assert [await found(search, at) for at in QUESTIONS] == without

    await add(database, *range(12, FILES))
    await database.write(lambda c: index.remove(c, STORE, "file-2"))
    await database.write(lambda c: index.hide(c, STORE, "file-9"))
    partly = [await found(search, at) for at in QUESTIONS]
    made_first = index_path(folder, STORE).stat().st_ino
    await make(database, folder)  # this time it is added to
    assert index_path(folder, STORE).stat().st_ino != made_first
    assert [await found(search, at) for at in QUESTIONS] == partly
    index_path(folder, STORE).unlink()
    assert [await found(search, at) for at in QUESTIONS] == partly
    assert {name for each in partly for name, _, _ in each}.isdisjoint({"file-2", "file-9"})


async def test_neighbours_are_found_with_and_without_filters(
    database: Database, folder: Path, search: index.Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(database, *range(FILES))
    await make(database, folder)
    monkeypatch.setattr(index_file, "_EXACT_WINDOWS", 100)  # ask the graph whatever the filter
    best = (VECTORS.astype(np.float64) @ VECTORS[::80].T.astype(np.float64)).reshape(-1, 2, 50).max(1)
    for files in (range(FILES), range(FILES // 2), range(2)):
        filter = parse({"type": "lt", "key": "number", "value": len(files)})
        right = 0
        for number, question in enumerate(range(0, FILES * CHUNKS_A_FILE, 40)):
            names = await found(search, question, filter=filter, ranking=Ranking(ranker="none"))
            expected = np.argsort(-best[: len(files) * CHUNKS_A_FILE, number])[:10]
            right += len({(f"file-{at // 100}", at % 100) for at in expected} & {name[:2] for name in names})
        assert right / (50 * 10) >= 0.95, files


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flipped(content: bytes) -> bytes:
    at = len(content) // 3
    return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]


def of_another_version(content: bytes) -> bytes:
    return b"homeport chunks\0" + content[16:]


@pytest.mark.parametrize(
    "damage",
    [cut, flipped, of_another_version, lambda content: b"", lambda content: b"x" * 40, lambda content: content[:-1]],
)
async def test_a_damaged_file_is_made_again(tmp_path: Path, folder: Path, damage: Any) -> None:
    async with opened(database_url(None, tmp_path)) as database:
        await add(database, 0, 1)
        await make(database, folder)
        path = index_path(folder, STORE)
        path.write_bytes(damage(path.read_bytes()))
        search = index.Search(database, folder, build_windows=10**9)
        results = await found(search, 42)
        assert results[0][:2] == ("file-0", 42)
        assert not path.exists()
        await make(database, folder)
        assert index_file.IndexFile(path, STORE).chunk_count == 200
        assert await found(search, 42) == results
        await search.close()


async def test_the_file_of_another_store_is_not_used(database: Database, folder: Path, search: index.Search) -> None:
    await add(database, 0, 1)
    await make(database, folder)
    index_path(folder, STORE).rename(index_path(folder, "vs_other"))
    with pytest.raises(index_file.InvalidFile):
        index_file.IndexFile(index_path(folder, "vs_other"), "vs_other")


async def test_a_file_that_is_newer_than_a_restored_database(tmp_path: Path, folder: Path) -> None:
    """After a restore, numbers of blocks are given again to other chunks: the file's are not taken for them."""
    url = database_url(None, tmp_path)
    backup = tmp_path / "backup.db"
    async with opened(url) as database:
        await add(database, 0)
    backup.write_bytes((tmp_path / "homeport.db").read_bytes())
    async with opened(url) as database:
        await add(database, 1)
        await make(database, folder)
    for path in tmp_path.glob("homeport.db*"):
        if path.is_file():
            path.unlink()
    backup.rename(tmp_path / "homeport.db")
    async with opened(url) as database:
        await add(database, 2)
        search = index.Search(database, folder, build_windows=10**9)
        names = {name for question in (10, 150, 250) for name, _, _ in await found(search, question, limit=50)}
        assert names == {"file-0", "file-2"}
        assert (await found(search, 250))[0][:2] == ("file-2", 50)
        await search.close()


@contextlib.asynccontextmanager
async def opened(url: Any) -> AsyncIterator[Database]:
    database = Database(url)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


async def test_a_search_asks_for_the_file(database: Database, folder: Path) -> None:
    await add(database, 0, 1)
    search = index.Search(database, folder, build_windows=300)
    results = await found(search, 42)
    assert results[0][:2] == ("file-0", 42)
    await search.build(STORE)
    assert index_path(folder, STORE).exists()
    assert await found(search, 42) == results
    await add(database, 2)
    await found(search, 42)
    assert not search.building  # it is not yet worth it
    await database.write(lambda c: index.remove(c, STORE, "file-1"))
    await found(search, 42)
    assert search.building
    await search.build(STORE)
    assert index_file.IndexFile(index_path(folder, STORE), STORE).chunk_count == 200
    await search.close()


async def test_builds_that_are_killed_harm_nothing(database: Database, folder: Path, search: index.Search) -> None:
    await add(database, *range(4))
    await make(database, folder)
    before = index_path(folder, STORE).read_bytes()
    await add(database, *range(4, FILES))
    expected = [await found(search, at) for at in QUESTIONS]
    for share in (0.3, 0.6, 0.9):
        started_s = time.monotonic()
        process = await child(database, folder)
        while (process.returncode is None) and time.monotonic() - started_s < share * CHILD_S:
            await asyncio.sleep(0.01)
        await kill(process)
        assert [await found(search, at) for at in QUESTIONS] == expected
        if not process.returncode or index_path(folder, STORE).read_bytes() != before:
            break  # it was faster than that, and the file is the whole new one: see below
    assert index_file.IndexFile(index_path(folder, STORE), STORE).chunk_count in (400, FILES * CHUNKS_A_FILE)
    await make(database, folder)
    assert not list(folder.glob("*.partial"))
    assert index_file.IndexFile(index_path(folder, STORE), STORE).chunk_count == FILES * CHUNKS_A_FILE
    assert [await found(search, at) for at in QUESTIONS] == expected


async def test_a_build_that_is_killed_while_it_writes(database: Database, folder: Path, search: index.Search) -> None:
    await add(database, *range(FILES))
    expected = [await found(search, at) for at in QUESTIONS]
    process = await child(database, folder)
    while process.returncode is None and not list(folder.glob("*.partial")):
        await asyncio.sleep(0.001)
    await kill(process)
    assert [await found(search, at) for at in QUESTIONS] == expected
    await make(database, folder)
    assert not list(folder.glob("*.partial"))
    assert index_file.IndexFile(index_path(folder, STORE), STORE).chunk_count == FILES * CHUNKS_A_FILE
    assert [await found(search, at) for at in QUESTIONS] == expected


async def test_a_build_ends_when_nobody_waits_for_it(database: Database, folder: Path) -> None:
    await add(database, 0)
    process = await child(database, folder)
    process.stdin.close()
    assert await process.wait() == 1
    assert not index_path(folder, STORE).exists()


async def test_one_process_makes_a_file(database: Database, folder: Path) -> None:
    await add(database, 0)
    with (folder / f"{STORE}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = await child(database, folder)
        assert await process.wait() == 0
        process.stdin.close()
    assert not index_path(folder, STORE).exists()
    await make(database, folder)
    assert index_path(folder, STORE).exists()


async def test_a_store_that_is_empty_again_has_no_file(database: Database, folder: Path) -> None:
    await add(database, 0)
    await make(database, folder)
    await database.write(lambda c: index.hide(c, STORE, "file-0"))
    search = index.Search(database, folder)
    assert await found(search, 42) == []
    await search.build(STORE)
    assert not index_path(folder, STORE).exists()
    assert await found(search, 42) == []
    assert not search.building
    await search.close()


async def test_files_of_stores_that_are_no_more(database: Database, folder: Path, search: index.Search) -> None:
    await add(database, 0)
    await make(database, folder)
    await database.write(lambda c: index.remove(c, STORE))
    assert await found(search, 42) == []
    await database.write(
        lambda c: index.add_chunks(c, "vs_other", "file-0", {}, [(chunk("word1"), [VECTORS[0].tobytes()])])
    )
    await make(database, folder, "vs_other")
    assert {path.name for path in folder.iterdir()} == {"vs_other.index", "vs_other.lock"}
    await database.write(lambda c: index.remove(c, "vs_other"))
    (folder / "vs_other.index.1.partial").touch()  # of a build that was killed
    (folder / "README").touch()
    await search.tidy()
    assert [path.name for path in folder.iterdir()] == ["README"]


async def test_a_build_that_fails_says_why(folder: Path) -> None:
    with pytest.raises(BuildFailed, match="unable to open database file"):
        await run_build("sqlite:////proc/nowhere/homeport.db", folder, STORE)


async def kill(process: Any) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
    process.stdin.close()


async def child(database: Database, folder: Path) -> Any:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "homeport.retrieval.index.build"), stdin=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    url = database.url.render_as_string(hide_password=False)
    process.stdin.write(json.dumps({"database_url": url, "folder": str(folder), "vector_store_id": STORE}).encode())
    process.stdin.write(b"\n")
    await process.stdin.drain()
    return process
