"""Ingestion when things go wrong: kills, two workers, a paused one, files and stores that go while they are read."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI
from openai.types.vector_stores import VectorStoreFile

from homeport.media.chunking import Chunking, chunks
from homeport.media.documents.block import Block
from homeport.media.tokens import load_tokenizer
from tests.media.pdf import nested_pdf
from tests.minilm import source
from tests.retrieval_server import eventually, retrieval_server
from tests.support import LiveServer

SHORT_LEASE = "[jobs]\nlease_s = 2\n"
ALONE = "[jobs]\nlease_s = 2\ninside = false\n"  # a server that leaves the work to others
SIZES: dict[str, Any] = {"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 20}}
WORDS = "ocean letter window garden silver morning engine paper bridge candle river mountain".split()  # noqa: SIM905


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str | None:
    return None if request.param == "sqlite" else request.getfixturevalue("postgres").new_database()


def document(words: int = 1500) -> bytes:
    """Long enough to be killed at; no two of its chunks are the same."""
    return " ".join(f"{WORDS[n % len(WORDS)]}{n // len(WORDS)}" for n in range(words)).encode()


@contextlib.contextmanager
def connected(server: LiveServer) -> Iterator[OpenAI]:
    with OpenAI(base_url=server.base_url, api_key=server.key, max_retries=0, timeout=60) as sdk:
        yield sdk


def usage_bytes(content: bytes) -> int:
    """Of the document's chunks, each of which has one vector."""

    def tokenize(text: str) -> list[int]:
        return load_tokenizer(source() / "tokenizer.json")(text)

    sizes = SIZES["static"]
    cut = chunks([Block(content.decode())], tokenize, Chunking(**sizes))
    return sum(len(chunk.text.encode()) + 4 * 384 for chunk in cut)


def attach(sdk: OpenAI, store_id: str, content: bytes, name: str = "long.txt") -> str:
    file = sdk.files.create(file=(name, content), purpose="assistants")
    sdk.vector_stores.files.create(store_id, file_id=file.id, chunking_strategy=SIZES)
    return file.id


def begun(sdk: OpenAI, store_id: str, file_id: str) -> VectorStoreFile:
    """Wait until some of the file is in the index, but not all."""

    def look() -> VectorStoreFile | None:
        file = sdk.vector_stores.files.retrieve(file_id, vector_store_id=store_id)
        assert file.status == "in_progress", file
        return file if file.usage_bytes else None

    return eventually(look)


def finished(sdk: OpenAI, store_id: str, file_id: str) -> VectorStoreFile:
    def look() -> VectorStoreFile | None:
        file = sdk.vector_stores.files.retrieve(file_id, vector_store_id=store_id)
        return file if file.status != "in_progress" else None

    return eventually(look)


def check_whole(sdk: OpenAI, store_id: str, file_id: str, content: bytes) -> None:
    """Every chunk is there, once."""
    done = finished(sdk, store_id, file_id)
    assert done.status == "completed", done.last_error
    text = sdk.vector_stores.files.content(file_id, vector_store_id=store_id)
    assert "".join(piece.text or "" for piece in text.data).encode() == content
    assert done.usage_bytes == usage_bytes(content)
    found = sdk.vector_stores.search(store_id, query="ocean3 letter3", max_num_results=50).data
    texts = [result.content[0].text for result in found]
    assert len(texts) == len(set(texts))


def test_killed_and_started_again(url: str | None) -> None:
    content = document()
    with retrieval_server(url, SHORT_LEASE) as server:
        with connected(server) as sdk:
            store = sdk.vector_stores.create()
            file_id = attach(sdk, store.id, content)
            reached = begun(sdk, store.id, file_id).usage_bytes
        server.kill()
        server.start()
        with connected(server) as sdk:
            assert sdk.vector_stores.files.retrieve(file_id, vector_store_id=store.id).usage_bytes >= reached
            check_whole(sdk, store.id, file_id, content)
            assert sdk.vector_stores.retrieve(store.id).file_counts.completed == 1


def test_stopped_and_started_again(url: str | None) -> None:
    content = document()
    with retrieval_server(url, SHORT_LEASE) as server:
        with connected(server) as sdk:
            store = sdk.vector_stores.create()
            file_id = attach(sdk, store.id, content)
            begun(sdk, store.id, file_id)
        assert server.stop() == 0
        server.start()
        with connected(server) as sdk:
            check_whole(sdk, store.id, file_id, content)


@contextlib.contextmanager
def worker(server: LiveServer) -> Iterator[subprocess.Popen[bytes]]:
    """`homeport worker` beside the server, with its configuration."""
    command = [arg if arg != "serve" else "worker" for arg in server._command]
    process = subprocess.Popen(command, env=server._env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGCONT)
        process.kill()
        process.wait()


def test_a_worker_paused_past_its_lease(url: str | None) -> None:
    content = document()
    with retrieval_server(url, ALONE) as server, connected(server) as sdk, worker(server) as first:
        store = sdk.vector_stores.create()
        file_id = attach(sdk, store.id, content)
        reached = begun(sdk, store.id, file_id).usage_bytes
        first.send_signal(signal.SIGSTOP)
        with worker(server):

            def overtaken() -> bool:
                file = sdk.vector_stores.files.retrieve(file_id, vector_store_id=store.id)
                return file.usage_bytes > reached or file.status != "in_progress"

            eventually(overtaken)
            first.send_signal(signal.SIGCONT)
            done = finished(sdk, store.id, file_id)
        assert done.status == "completed", done.last_error
        check_whole(sdk, store.id, file_id, content)


def test_two_workers_share_a_batch(url: str | None) -> None:
    with retrieval_server(url, ALONE) as server, connected(server) as sdk, worker(server), worker(server) as second:
        store = sdk.vector_stores.create()
        ids = [
            sdk.files.create(file=(f"{n}.txt", document(300) + b" %d" % n), purpose="assistants").id for n in range(8)
        ]
        batch = sdk.vector_stores.file_batches.create(store.id, file_ids=ids, chunking_strategy=SIZES)

        def some() -> bool:
            counts = sdk.vector_stores.file_batches.retrieve(batch.id, vector_store_id=store.id).file_counts
            return counts.completed > 0

        eventually(some)
        second.kill()
        done = sdk.vector_stores.file_batches.poll(batch.id, vector_store_id=store.id, poll_interval_ms=100)
        assert (done.status, done.file_counts.completed) == ("completed", 8)
        sizes = {file.usage_bytes for file in sdk.vector_stores.files.list(store.id)}
        assert len(sizes) == 1


def test_what_goes_while_it_is_ingested(url: str | None) -> None:
    with retrieval_server(url, SHORT_LEASE) as server, connected(server) as sdk:
        store, doomed = sdk.vector_stores.create(), sdk.vector_stores.create()
        deleted, detached = (attach(sdk, store.id, document(), name) for name in ("deleted.txt", "detached.txt"))
        lost = attach(sdk, doomed.id, document())
        for store_id, file_id in ((store.id, deleted), (store.id, detached), (doomed.id, lost)):
            begun(sdk, store_id, file_id)
        sdk.files.delete(deleted)
        sdk.vector_stores.files.delete(detached, vector_store_id=store.id)
        sdk.vector_stores.delete(doomed.id)
        counts = sdk.vector_stores.retrieve(store.id).file_counts
        assert counts.total == 0
        assert sdk.vector_stores.search(store.id, query="ocean letter").data == []
        assert sdk.files.retrieve(lost).id == lost
        again = attach(sdk, store.id, b"What is left.")
        assert finished(sdk, store.id, again).status == "completed"
        again = sdk.vector_stores.files.create(store.id, file_id=detached, chunking_strategy=SIZES).id
        check_whole(sdk, store.id, detached, document())
        found = sdk.vector_stores.search(store.id, query="ocean letter", max_num_results=50).data
        assert {result.file_id for result in found} <= {file.id for file in sdk.vector_stores.files.list(store.id)}


def test_a_batch_is_cancelled(url: str | None) -> None:
    with retrieval_server(url, SHORT_LEASE) as server, connected(server) as sdk:
        store = sdk.vector_stores.create()
        done = attach(sdk, store.id, b"A short one.")
        finished(sdk, store.id, done)
        ids = [sdk.files.create(file=(f"{n}.txt", document() + b" %d" % n), purpose="assistants").id for n in range(6)]
        batch = sdk.vector_stores.file_batches.create(store.id, file_ids=ids, chunking_strategy=SIZES)

        def some() -> bool:
            return sdk.vector_stores.retrieve(store.id).usage_bytes > 2000

        eventually(some)
        cancelled = sdk.vector_stores.file_batches.cancel(batch.id, vector_store_id=store.id)
        assert (cancelled.status, cancelled.file_counts.in_progress) == ("cancelled", 0)
        assert cancelled.file_counts.cancelled + cancelled.file_counts.completed == 6
        assert cancelled.file_counts.cancelled > 0
        listed = sdk.vector_stores.file_batches.list_files(batch.id, vector_store_id=store.id, filter="cancelled")
        assert {file.usage_bytes for file in listed} == {0}
        # A cancelled file can be attached again, and the worker's places are free.
        again = attach(sdk, store.id, b"Another short one.")
        assert finished(sdk, store.id, again).status == "completed"
        assert {result.file_id for result in sdk.vector_stores.search(store.id, query="short", max_num_results=50)} >= {
            done,
            again,
        }


def test_a_document_that_never_ends(url: str | None) -> None:
    """It takes up one place until its time is over; what comes after it is ingested meanwhile."""
    with retrieval_server(url, SHORT_LEASE) as server, connected(server) as sdk:
        store = sdk.vector_stores.create()
        endless = attach(sdk, store.id, nested_pdf(levels=9), "endless.pdf")
        good = [attach(sdk, store.id, b"Note %d." % n, f"{n}.txt") for n in range(6)]
        for file_id in good:
            assert finished(sdk, store.id, file_id).status == "completed"
        assert sdk.vector_stores.files.retrieve(endless, vector_store_id=store.id).status == "in_progress"
        assert sdk.vector_stores.retrieve(store.id).status == "in_progress"
        sdk.vector_stores.files.delete(endless, vector_store_id=store.id)
        assert sdk.vector_stores.retrieve(store.id).status == "completed"
        eventually(lambda: not readers(server))


def readers(server: LiveServer) -> list[int]:
    """The processes that read documents for the server."""
    tasks = Path(f"/proc/{server.pid}/task").iterdir()
    children = [int(pid) for task in tasks for pid in (task / "children").read_text().split()]
    return [pid for pid in children if b"homeport.media.child" in Path(f"/proc/{pid}/cmdline").read_bytes()]
