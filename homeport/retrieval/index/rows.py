"""Chunks in and out of the database. Functions of a connection, which join their caller's transaction."""

from __future__ import annotations

import secrets
import struct
import sys
from array import array
from collections import Counter
from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from homeport.errors import ConflictError
from homeport.media.chunking import Chunk
from homeport.retrieval.records import Attributes
from homeport.retrieval.tables import chunk_blocks, chunk_files, chunk_stores, chunks
from homeport.retrieval.words import number, words

_MAX_TIMES = 255  # that a word is counted in a chunk
_BLOCKS = 100  # removed at a time
_FIELDS = [chunks.c[name] for name in Chunk.__struct_fields__]


def add_chunks(
    connection: Connection,
    vector_store_id: str,
    file_id: str,
    attributes: Attributes,
    embedded: Sequence[tuple[Chunk, Sequence[bytes]]],
) -> None:
    """Add chunks of a file, each with the vectors of its windows: one or more, float32 little-endian, of length 1.

    Chunks of the file that were hidden are to be removed first. Raises ConflictError if the vectors' number of
    dimensions is not that of the store.
    """
    if not embedded:
        return
    dimensions = len(embedded[0][1][0]) // 4
    _change(connection, vector_store_id, dimensions)
    file = _file(connection, vector_store_id, file_id, attributes)
    block = _pack(dimensions, embedded)
    values = {"vector_store_id": vector_store_id, "file": file, "mark": secrets.randbits(63)}
    values |= {name: getattr(block, name) for name in block.__struct_fields__}
    key = connection.execute(chunk_blocks.insert().returning(chunk_blocks.c.number), values).scalar_one()
    rows = [
        {"block": key, "position": position, "file": file}
        | {name: getattr(chunk, name) for name in Chunk.__struct_fields__}
        for position, (chunk, _) in enumerate(embedded)
    ]
    connection.execute(chunks.insert(), rows)


def hide(connection: Connection, vector_store_id: str, file_id: str | None = None) -> None:
    """The chunks of a file, or of a whole store, are not found any more once this is committed."""
    c = chunk_stores.c
    mine = c.vector_store_id == vector_store_id
    if not connection.execute(update(chunk_stores).where(mine).values(changes=c.changes + 1)).rowcount:
        return
    visible = _of(vector_store_id, file_id) & ~chunk_files.c.hidden
    if connection.execute(update(chunk_files).where(visible).values(hidden=True)).rowcount:
        connection.execute(update(chunk_stores).where(mine).values(removals=c.removals + 1))


def remove(
    connection: Connection, vector_store_id: str, file_id: str | None = None, *, limit: int | None = None
) -> int:
    """Remove the chunks of a file, or of a whole store; with `limit`, of so many or a few more. Returns how many.

    None is found any more: those that are left are hidden.
    """
    hide(connection, vector_store_id, file_id)
    of = _of(vector_store_id, file_id)
    files = select(chunk_files.c.number).where(of)
    c = chunk_blocks.c
    query = select(c.number, c.chunk_count).where(c.file.in_(files)).order_by(c.number)
    removed, all_of_them = 0, True
    blocks: list[int] = []
    for block, chunk_count in connection.execute(query.limit(limit)).all():
        if limit is not None and removed >= limit:
            all_of_them = False
            break
        blocks.append(block)
        removed += chunk_count
    for start in range(0, len(blocks), _BLOCKS):
        some = blocks[start : start + _BLOCKS]
        connection.execute(delete(chunks).where(chunks.c.block.in_(some)))
        connection.execute(delete(chunk_blocks).where(c.number.in_(some)))
    if all_of_them and len(blocks) != limit:
        connection.execute(delete(chunk_files).where(of))
        if file_id is None:
            connection.execute(delete(chunk_stores).where(chunk_stores.c.vector_store_id == vector_store_id))
    return removed


def set_attributes(connection: Connection, vector_store_id: str, file_id: str, attributes: Attributes) -> None:
    c = chunk_stores.c
    mine = c.vector_store_id == vector_store_id
    connection.execute(update(chunk_stores).where(mine).values(changes=c.changes + 1))
    connection.execute(update(chunk_files).where(_of(vector_store_id, file_id)).values(attributes=attributes))


def count(connection: Connection, vector_store_id: str, *, at_most: int | None = None) -> int:
    """How many chunks a store has; no more than `at_most` are counted."""
    blocks = select(chunk_blocks.c.chunk_count).where(chunk_blocks.c.vector_store_id == vector_store_id)
    total = connection.execute(select(func.coalesce(func.sum(blocks.limit(at_most).subquery().c[0]), 0))).scalar_one()
    return int(total) if at_most is None else min(int(total), at_most)


def content(
    connection: Connection, vector_store_id: str, file_id: str, start: int = 0, limit: int | None = None
) -> list[Chunk]:
    """The chunks of a file in their order, from the one whose `index` is `start`."""
    file = select(chunk_files.c.number).where(_of(vector_store_id, file_id)).scalar_subquery()
    query = select(*_FIELDS).where(chunks.c.file == file, chunks.c.index >= start).order_by(chunks.c.index)
    return [Chunk(**row._mapping) for row in connection.execute(query.limit(limit))]


# --- rows ------------------------------------------------------------------------


def _of(vector_store_id: str, file_id: str | None) -> ColumnElement[bool]:
    of_store = chunk_files.c.vector_store_id == vector_store_id
    return of_store if file_id is None else of_store & (chunk_files.c.file_id == file_id)


def _insert(connection: Connection, table: Any) -> Any:
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)


def _change(connection: Connection, vector_store_id: str, dimensions: int) -> None:
    """Take the store's row, so that nobody else adds a block until this is committed."""
    # Counted from anywhere: a store that was removed and filled again is not taken for what it was.
    first = {
        "vector_store_id": vector_store_id,
        "dimensions": dimensions,
        "changes": secrets.randbits(48),
        "removals": 0,
    }
    query = _insert(connection, chunk_stores).values(first)
    query = query.on_conflict_do_update(
        index_elements=["vector_store_id"], set_={"changes": chunk_stores.c.changes + 1}
    ).returning(chunk_stores.c.dimensions)
    existing = connection.execute(query).scalar_one()
    if existing != dimensions:
        raise ConflictError(
            f"The vector store `{vector_store_id}` has vectors of {existing} dimensions, and the embedding model now"
            f" gives {dimensions}."
        )


def _file(connection: Connection, vector_store_id: str, file_id: str, attributes: Attributes) -> int:
    query = select(chunk_files.c.number).where(_of(vector_store_id, file_id))
    found: int | None = connection.execute(query).scalar()
    if found is not None:
        return found
    values = {"vector_store_id": vector_store_id, "file_id": file_id, "attributes": attributes, "hidden": False}
    made: int = connection.execute(chunk_files.insert().returning(chunk_files.c.number), values).scalar_one()
    return made


# --- blocks ----------------------------------------------------------------------


class _Block(Struct):
    """What `index.slab` unpacks; everything little-endian.

    `vectors`: float16, a row for each window; `windows`: uint16, the position of the window's chunk;
    `words`: for each chunk the number of its words (uint32), then three arrays with an element for each word of each
    chunk: the word's number (uint32), the chunk's position (uint16), how often it is there (uint8).
    """

    chunk_count: int
    window_count: int
    vectors: bytes
    windows: bytes
    words: bytes


def _pack(dimensions: int, embedded: Sequence[tuple[Chunk, Sequence[bytes]]]) -> _Block:
    vectors, windows = [], array("H")
    lengths, numbers, positions, times = array("I"), array("I"), array("H"), bytearray()
    for position, (chunk, chunk_vectors) in enumerate(embedded):
        vectors += [_halved(vector, dimensions) for vector in chunk_vectors]
        windows.extend([position] * len(chunk_vectors))
        counted = Counter(map(number, words(chunk.text)))
        lengths.append(counted.total())
        numbers.extend(counted)
        positions.extend([position] * len(counted))
        times.extend(min(count, _MAX_TIMES) for count in counted.values())
    packed = b"".join(map(_little, (lengths, numbers, positions))) + times
    return _Block(len(embedded), len(windows), b"".join(vectors), _little(windows), packed)


def _halved(vector: bytes, dimensions: int) -> bytes:
    """float32 as float16: half the reading, and the cosine is off by less than a thousandth."""
    if len(vector) != 4 * dimensions:
        raise ConflictError(f"Vectors of {dimensions} and of {len(vector) // 4} dimensions don't compare.")
    return struct.pack(f"<{dimensions}e", *struct.unpack(f"<{dimensions}f", vector))


def _little(numbers: array[int]) -> bytes:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()
