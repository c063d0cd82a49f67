"""Containers of the code interpreter: their rows, those of their files, and the calls that were made in them.

A container's files are rows and blobs, so they outlive every process; what an interpreter works on is a copy. A blob is
never changed: a file that gets other content gets another blob, and keeps its id.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec
from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    delete,
    insert,
    select,
)

from homeport.errors import BadRequestError
from homeport.ids import new_id
from homeport.storage.objects import Objects, Stored, object_table
from homeport.storage.schema import metadata

EXPIRE_MINUTES = 20  # after the last use, unless the container says otherwise
KEEP_EXPIRED_S = 30 * 86_400  # how long the row of a container stays that has expired
TOUCH_EVERY_S = 15  # uses that follow each other sooner count as one
_SWEEP_ROWS = 100  # in one transaction

MemoryLimit = Literal["1g", "4g", "16g", "64g"]
Source = Literal["user", "assistant"]


class Container(Stored, kw_only=True):
    """Times in seconds since 1970. `expires_at`: None once it has expired and is emptied."""

    name: str
    owner: str | None = None  # the thread, conversation or response whose own it is
    memory_limit: MemoryLimit = "1g"
    expire_minutes: int = EXPIRE_MINUTES
    last_active_at: int
    expires_at: int | None

    @property
    def has_expired(self) -> bool:
        return self.expires_at is None or self.expires_at <= time.time()


class ContainerFile(Stored, kw_only=True):
    """`path` is relative to /mnt/data."""

    container_id: str
    path: str
    bytes: int
    source: Source
    blob_key: str
    file_id: str | None = None  # the file that it was copied from
    exported: str | None = None  # the file that was made of its content


class Content(Struct, frozen=True):
    """Bytes that are durable, to become a container's file."""

    path: str
    bytes: int
    blob_key: str
    source: Source
    file_id: str | None = None


table = object_table(
    "containers",
    Column("name", String, nullable=False),
    Column("owner", String),
    Column("last_active_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    UniqueConstraint("project_id", "owner", name="uq_containers_project_id_owner"),
    Index("ix_containers_expires_at", "expires_at"),
    Index("ix_containers_last_active_at", "last_active_at"),
)
files_table = object_table(
    "container_files",
    Column("container_id", String, ForeignKey("containers.id", ondelete="CASCADE"), nullable=False),
    Column("path", String, nullable=False),
    Column("blob_key", String, nullable=False),
    UniqueConstraint("container_id", "path", name="uq_container_files_container_id_path"),
    Index("ix_container_files_container_id_seq", "container_id", "seq"),
    Index("ix_container_files_blob_key", "blob_key"),
)
# What came out of a call that was made under a key: it is not made again.
calls = Table(
    "container_calls",
    metadata,
    Column("container_id", String, ForeignKey("containers.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String, primary_key=True),
    Column("result", Text, nullable=False),  # JSON
)

containers = Objects(table, Container, "container")
files = Objects(files_table, ContainerFile, "container file")
_decode_file = msgspec.json.Decoder(ContainerFile).decode


def new_container(
    name: str,
    *,
    owner: str | None = None,
    memory_limit: MemoryLimit = "1g",
    expire_minutes: int = EXPIRE_MINUTES,
) -> Container:
    now = int(time.time())
    return Container(
        id=new_id("cntr"),
        created_at=now,
        name=name,
        owner=owner,
        memory_limit=memory_limit,
        expire_minutes=expire_minutes,
        last_active_at=now,
        expires_at=now + expire_minutes * 60,
    )


def lock(connection: Connection, project_id: str, id: str) -> Container:
    """The container, held against other writers until the transaction ends. Raises NotFoundError."""
    held = select(table.c.seq).where(table.c.id == id, table.c.project_id == project_id).with_for_update()
    connection.execute(held)
    return containers.retrieve(connection, project_id, id)


def check_alive(container: Container) -> None:
    """Raises BadRequestError for one that has expired."""
    if container.has_expired:
        raise BadRequestError(
            f"Container is expired: `{container.id}` was not used for {container.expire_minutes} minutes.",
            code="container_expired",
        )


def is_due(container: Container) -> bool:
    """Does a use of it have to be written down?"""
    return not container.has_expired and container.last_active_at + TOUCH_EVERY_S <= time.time()


def touch(connection: Connection, project_id: str, container: Container) -> Container:
    """It was used now. `container` is held (see `lock`)."""
    now = int(time.time())
    used = msgspec.structs.replace(container, last_active_at=now, expires_at=now + container.expire_minutes * 60)
    return containers.update(connection, project_id, used)


# --- files -----------------------------------------------------------------------


def files_of(connection: Connection, container_id: str) -> list[ContainerFile]:
    """All of them, in the order in which they came."""
    c = files_table.c
    query = select(c.data).where(c.container_id == container_id).order_by(c.seq)
    return [_decode_file(data) for data in connection.execute(query).scalars()]


def retrieve_file(connection: Connection, project_id: str, container_id: str, id: str) -> ContainerFile:
    """Raises NotFoundError."""
    return files.retrieve(connection, project_id, id, files_table.c.container_id == container_id)


def put_files(
    connection: Connection, project_id: str, container_id: str, contents: Iterable[Content]
) -> tuple[list[ContainerFile], list[str]]:
    """Make or replace files of a container that is held. Returns them, and keys of the blobs that nobody needs now."""
    existing = {file.path: file for file in files_of(connection, container_id)}
    put, unneeded = [], []
    for content in contents:
        fields = msgspec.structs.asdict(content)
        if (old := existing.get(content.path)) is not None:
            unneeded.append(old.blob_key)
            if content.source == "assistant":  # code has changed it: it stays the copy that it was
                fields["file_id"] = old.file_id
            changed = msgspec.structs.replace(old, **fields, exported=None)
            put.append(files.update(connection, project_id, changed))
            continue
        file = ContainerFile(id=new_id("cfile"), created_at=int(time.time()), container_id=container_id, **fields)
        files.insert(connection, project_id, file)
        put.append(file)
    return put, unneeded


def remove_contents(connection: Connection, project_id: str, container_id: str, gone: Mapping[str, str]) -> list[str]:
    """Delete files, by path, that still have these blobs. Returns the blobs' keys."""
    removed = []
    for file in files_of(connection, container_id) if gone else ():
        if gone.get(file.path) == file.blob_key:
            files.delete(connection, project_id, file.id)
            removed.append(file.blob_key)
    return removed


# --- calls -----------------------------------------------------------------------


def recorded_call(connection: Connection, container_id: str, key: str) -> str | None:
    query = select(calls.c.result).where(calls.c.container_id == container_id, calls.c.key == key)
    result: str | None = connection.execute(query).scalar()
    return result


def record_call(connection: Connection, container_id: str, key: str, result: str) -> None:
    connection.execute(insert(calls).values(container_id=container_id, key=key, result=result))


# --- the end ---------------------------------------------------------------------


def delete_container(connection: Connection, project_id: str, id: str) -> list[str]:
    """With all that belongs to it. Returns the keys of its blobs. Raises NotFoundError."""
    lock(connection, project_id, id)
    keys = _empty(connection, id)
    containers.delete(connection, project_id, id)
    return keys


def empty_expired(connection: Connection) -> tuple[list[str], list[str]]:
    """Empty some of the containers that have expired. Returns their ids, and the keys of their blobs."""
    now = int(time.time())
    query = select(table.c.project_id, table.c.data).where(table.c.expires_at <= now).order_by(table.c.expires_at)
    rows = connection.execute(query.limit(_SWEEP_ROWS).with_for_update(skip_locked=True)).all()
    ids, keys = [], []
    for project_id, data in rows:
        container = msgspec.json.decode(data, type=Container)
        keys += _empty(connection, container.id)
        emptied = msgspec.structs.replace(container, owner=None, expires_at=None)
        containers.update(connection, project_id, emptied)
        ids.append(container.id)
    return ids, keys


def forget_expired(connection: Connection) -> None:
    """Delete what was emptied long ago."""
    before = int(time.time()) - KEEP_EXPIRED_S
    connection.execute(delete(table).where(table.c.expires_at.is_(None), table.c.last_active_at < before))


def find_owned(connection: Connection, project_id: str, owner: str) -> Container | None:
    """The container of a thread, conversation or response."""
    query = select(table.c.data).where(table.c.project_id == project_id, table.c.owner == owner)
    data = connection.execute(query).scalar()
    return None if data is None else msgspec.json.decode(data, type=Container)


def disown(connection: Connection, project_id: str, container: Container) -> None:
    """Its owner shall get another."""
    held = lock(connection, project_id, container.id)
    containers.update(connection, project_id, msgspec.structs.replace(held, owner=None))


def _empty(connection: Connection, container_id: str) -> list[str]:
    keys: Sequence[str] = (
        connection.execute(
            delete(files_table).where(files_table.c.container_id == container_id).returning(files_table.c.blob_key)
        )
        .scalars()
        .all()
    )
    connection.execute(delete(calls).where(calls.c.container_id == container_id))
    return list(keys)
