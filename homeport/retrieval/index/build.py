"""Makes the file of a large store, in a process of its own: `run_build` in `index.search` starts it.

What the file has already is kept; blocks that came since are added. It is made beside the old one and takes its place
when it is whole and on the disk, so that a process killed at any moment leaves what was there. One process per store
works, however many want it to; it runs at low priority and on one core, and ends when nobody waits for it any more.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import SQLAlchemyError
from usearch.index import Index

from homeport.retrieval.index import slab
from homeport.retrieval.index.file import CONNECTIVITY, EXPANSION_ADD, IndexFile, write
from homeport.retrieval.index.slab import Slab
from homeport.retrieval.index.tidy import remove_dead
from homeport.retrieval.index.view import View, Views, index_path
from homeport.storage.faults import reason

_NICE = 10
_BLOCKS = 1000  # read at a time
_VECTORS = 1000  # added to the graph at a time
_KEEP_SHARE = 0.8  # of a file's chunks that are still there, for it to be added to


class Order(Struct, frozen=True):
    database_url: str
    folder: str
    vector_store_id: str


def main() -> int:
    order = msgspec.json.decode(sys.stdin.buffer.readline(), type=Order)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.nice(_NICE)
    try:
        build(order.database_url, Path(order.folder), order.vector_store_id)
    except (SQLAlchemyError, OSError) as error:
        print(reason(error), file=sys.stderr)
        return 1
    return 0


def build(database_url: str, folder: Path, vector_store_id: str) -> None:
    """Make the file of a store, unless another process is at it or there is nothing to add."""
    with _alone(folder, vector_store_id) as alone:
        if not alone:
            return
        engine = create_engine(database_url)
        try:
            with engine.connect() as connection:
                view = Views(folder).of(connection, vector_store_id)
                for path in folder.glob(f"{vector_store_id}.index.*.partial"):  # of killed builds
                    path.unlink(missing_ok=True)
                remove_dead(connection, folder, spared=vector_store_id)
                if view is not None and (view.rest.shape[1] or view.alive is not None):
                    path, arrays = index_path(folder, vector_store_id), _arrays(connection, view)
                    if arrays is None:
                        path.unlink(missing_ok=True)
                    else:
                        write(path, vector_store_id, arrays)
        finally:
            engine.dispose()


def _arrays(connection: Connection, view: View) -> dict[str, NDArray[Any]] | None:
    """The arrays of the next file; None where there is nothing left to be found."""
    base = view.file
    if base is not None and view.alive is not None and view.alive.mean() < _KEEP_SHARE:
        base = None
    wanted = (view.blocks if base is None else view.rest)[0].tolist()
    parts: list[Slab] = [] if base is None else [_as_slab(base)]
    for start in range(0, len(wanted), _BLOCKS):
        if (read := slab.read(connection, wanted[start : start + _BLOCKS], view.dimensions)) is not None:
            parts.append(read)
    if not parts:
        return None
    connection.rollback()  # what follows takes long, and needs no snapshot
    whole = slab.joined(parts)
    graph = Index(
        ndim=view.dimensions, metric="ip", dtype="f16", connectivity=CONNECTIVITY, expansion_add=EXPANSION_ADD
    )
    if base is not None:
        graph.load(base.graph)
    for start in range(len(graph), whole.window_count, _VECTORS):
        vectors = whole.vectors[start : start + _VECTORS]
        graph.add(np.arange(start, start + len(vectors), dtype=np.uint64), vectors, threads=1)
    order = np.argsort(whole.words, kind="stable")
    saved = graph.save()
    assert saved is not None  # no path was given
    words, word_starts = np.unique(whole.words[order], return_index=True)
    return {
        "blocks": np.stack((whole.numbers, whole.marks, whole.files, whole.chunk_counts)),
        "window_starts": whole.window_starts.astype(np.int64),
        "lengths": whole.lengths.astype(np.uint32),
        "vectors": whole.vectors,
        "words": words,
        "word_starts": np.append(word_starts, len(order)).astype(np.int64),
        "word_chunks": whole.word_chunks[order].astype(np.int32),
        "word_times": whole.word_times[order],
        "graph": np.frombuffer(saved, np.uint8),
    }


def _as_slab(base: IndexFile) -> Slab:
    blocks = np.stack((base.numbers, base.marks, base.files, base.chunk_counts))
    words = np.repeat(base.words, np.diff(base.word_starts))
    return Slab(blocks, base.window_starts, base.lengths, base.vectors, (words, base.word_chunks, base.word_times))


@contextlib.contextmanager
def _alone(folder: Path, vector_store_id: str) -> Iterator[bool]:
    """Whether no other process makes this file. The lock goes with its process, however that ends."""
    with (folder / f"{vector_store_id}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _end_with_parent() -> None:
    os.read(sys.stdin.fileno(), 1)  # not through the buffer, whose lock would outlive the main thread
    os._exit(1)


if __name__ == "__main__":
    raise SystemExit(main())
