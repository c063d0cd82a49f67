"""The tables of the index of chunks. What vector stores and their files are is in `retrieval.records`.

Chunks come in blocks: what ingestion writes in one transaction. A block never changes. It holds what a search computes
with (vectors, words) packed for numpy, so that reading a store costs a row per block and not a row per chunk; the texts
are rows of their own, of which only the results are read.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB

from homeport.storage.schema import metadata

_Number = BigInteger().with_variant(Integer, "sqlite")  # what SQLite takes for a row's own number

# A row as long as a store has chunks. Whoever changes a store's chunks changes this row first, which makes the blocks'
# numbers grow in the order of commits, and tells searching processes whether what they hold in memory is still true.
chunk_stores = Table(
    "chunk_stores",
    metadata,
    Column("vector_store_id", String, primary_key=True),
    Column("dimensions", Integer, nullable=False),
    Column("changes", BigInteger, nullable=False),  # of any kind
    Column("removals", BigInteger, nullable=False),  # those after which blocks are missing or hidden
)

chunk_files = Table(
    "chunk_files",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("vector_store_id", String, nullable=False),
    Column("file_id", String, nullable=False),
    Column("attributes", JSON().with_variant(JSONB(), "postgresql"), nullable=False),
    Column("hidden", Boolean, nullable=False),  # on its way out: not found any more
    UniqueConstraint("vector_store_id", "file_id"),
    sqlite_autoincrement=True,
)

chunk_blocks = Table(
    "chunk_blocks",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("vector_store_id", String, nullable=False),
    Column("file", BigInteger, nullable=False),  # chunk_files.number
    Column("mark", BigInteger, nullable=False),  # random: tells the block from one of the same number after a restore
    Column("chunk_count", Integer, nullable=False),
    Column("window_count", Integer, nullable=False),
    Column("vectors", LargeBinary, nullable=False),  # of the windows, float16
    Column("windows", LargeBinary, nullable=False),  # whose they are
    Column("words", LargeBinary, nullable=False),  # which chunk has which how often
    # Covers what a search reads of all blocks; the packed columns are far longer.
    Index(
        "ix_chunk_blocks_vector_store_id",
        *("vector_store_id", "number", "file", "mark", "chunk_count", "window_count"),
    ),
    Index("ix_chunk_blocks_file", "file", "number", "chunk_count"),
    sqlite_autoincrement=True,
)

chunks = Table(
    "chunks",
    metadata,
    Column("block", BigInteger, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),  # in the block
    Column("file", BigInteger, nullable=False),
    Column("index", Integer, nullable=False),  # in the document; this and what follows as in media.chunking.Chunk
    Column("text", Text, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("tokens", Integer, nullable=False),
    Column("page", Integer),
    Column("last_page", Integer),
    Column("heading", Text),
    Index("ix_chunks_file_index", "file", "index"),
)
