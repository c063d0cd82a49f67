"""One helper for the tables of OpenAI objects: files, vector stores, assistants, threads, …

A row is its object as JSON. The columns beside it exist to be searched by: the struct's fields of the same name are
copied into them, so the struct stays the single truth. Every query takes the project.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from homeport.errors import BadRequestError, ConflictError, NotFoundError
from homeport.storage.schema import metadata

MAX_PAGE = 100


class Page(Struct, frozen=True, forbid_unknown_fields=True):
    """What OpenAI's lists take as query parameters: a route's `params`, or the base of one that takes more."""

    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE)] = 20
    order: Literal["asc", "desc"] = "desc"
    after: str | None = None
    before: str | None = None


class Listing(Struct):
    """A page of objects, as `GET /files` and its like answer."""

    data: Sequence[Any]
    first_id: str | None
    last_id: str | None
    has_more: bool
    object: str = "list"


class Stored(Struct, kw_only=True):
    """What every stored object has. Kinds of objects derive from it; `version` counts its changes."""

    id: str
    created_at: int  # seconds since 1970
    version: int = 1


T = TypeVar("T", bound=Stored)

# Where deleted objects stood: who lists and deletes what is listed has the next page's cursor deleted, too.
deleted_objects = Table(
    "deleted_objects",
    metadata,
    Column("kind", String, primary_key=True),  # the table's name
    Column("id", String, primary_key=True),
    Column("project_id", String, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("deleted_at", BigInteger, nullable=False, index=True),
)
_REMEMBERED_S = 86_400


def object_table(name: str, *columns: Any) -> Table:
    """Declare the table of a kind of object. `columns`: those to search by, and further indexes.

    `seq` is the order in which objects were inserted, which lists follow: ids only nearly do.
    """
    return Table(
        name,
        metadata,
        Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
        Column("id", String, nullable=False, unique=True),
        Column("project_id", String, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("version", Integer, nullable=False),
        Column("data", Text, nullable=False),  # the struct as JSON
        *columns,
        Index(f"ix_{name}_project_id_seq", "project_id", "seq"),
        sqlite_autoincrement=True,  # a deleted row's number is never given again
    )


class Objects(Generic[T]):
    """The rows of one `object_table`. Methods take a connection and so join their caller's transaction.

    `noun` is what a caller calls it ("file", "vector store"), for messages.
    """

    def __init__(self, table: Table, kind: type[T], noun: str) -> None:
        self.table = table
        self.kind = kind
        self.noun = noun
        own = {"seq", "project_id", "data"}
        self._mirrored = tuple(column.name for column in table.columns if column.name not in own)
        self._decoder = msgspec.json.Decoder(kind)
        # Built once: to build a statement takes longer than to run it.
        one = (table.c.id == bindparam("its_id")) & (table.c.project_id == bindparam("its_project_id"))
        self._insert = insert(table).inline()  # nobody asks for the row's number
        self._find = select(table.c.data).where(one)
        self._lock = self._find.with_for_update()
        self._update = update(table).where(one, table.c.version == bindparam("its_version"))

    def insert(self, connection: Connection, project_id: str, thing: T) -> None:
        connection.execute(self._insert, {"project_id": project_id, **self._row(thing)})

    def insert_many(self, connection: Connection, project_id: str, things: Sequence[T]) -> None:
        if things:
            rows = [{"project_id": project_id, **self._row(thing)} for thing in things]
            connection.execute(self._insert, rows)

    def find(self, connection: Connection, project_id: str, id: str, *where: ColumnElement[bool]) -> T | None:
        query = self._find.where(*where) if where else self._find
        data = connection.execute(query, {"its_id": id, "its_project_id": project_id}).scalar()
        return None if data is None else self._decoder.decode(data)

    def lock(self, connection: Connection, project_id: str, id: str) -> T | None:
        """As `find`, and held against other writers until the transaction ends."""
        data = connection.execute(self._lock, {"its_id": id, "its_project_id": project_id}).scalar()
        return None if data is None else self._decoder.decode(data)

    def retrieve(self, connection: Connection, project_id: str, id: str, *where: ColumnElement[bool]) -> T:
        """Raises NotFoundError, also for another project's object."""
        thing = self.find(connection, project_id, id, *where)
        if thing is None:
            raise self.not_found(id)
        return thing

    def list(self, connection: Connection, project_id: str, page: Page, *where: ColumnElement[bool]) -> Listing:
        """A page in the order of insertion. A cursor may be an object deleted meanwhile.

        Raises BadRequestError for a cursor that names no object of the project.
        """
        seq = self.table.c.seq
        newest_first = page.order == "desc"
        query = select(self.table.c.data).where(self.table.c.project_id == project_id, *where)
        if page.after is not None:
            edge = self._cursor(connection, project_id, page.after, "after")
            query = query.where(seq < edge if newest_first else seq > edge)
        backwards = page.before is not None and page.after is None
        if page.before is not None:
            edge = self._cursor(connection, project_id, page.before, "before")
            query = query.where(seq > edge if newest_first else seq < edge)
        # The page before a cursor is the one that ends at it, so it is read from the cursor away.
        query = query.order_by(seq.asc() if newest_first == backwards else seq.desc()).limit(page.limit + 1)
        found = [self._decoder.decode(data) for data in connection.execute(query).scalars()]
        has_more = len(found) > page.limit
        found = found[: page.limit]
        if backwards:
            found.reverse()
        return Listing(found, found[0].id if found else None, found[-1].id if found else None, has_more)

    def update(self, connection: Connection, project_id: str, changed: T, *where: ColumnElement[bool]) -> T:
        """Write `changed` over the version it was read as. Returns it with its new version.

        Raises ConflictError if someone else changed the object since, NotFoundError if it is gone.
        """
        written = msgspec.structs.replace(changed, version=changed.version + 1)
        read = {"its_id": changed.id, "its_project_id": project_id, "its_version": changed.version}
        statement = self._update.where(*where) if where else self._update
        if connection.execute(statement, {**read, **self._row(written)}).rowcount:
            return written
        if self.find(connection, project_id, changed.id) is None:
            raise self.not_found(changed.id)
        raise ConflictError(f"The {self.noun} `{changed.id}` was changed by another request. Read it again and retry.")

    def update_many(self, connection: Connection, project_id: str, changed: Sequence[T]) -> None:
        """Write many over in one go. The caller holds their locks, so that they are what they were read as."""
        rows = [
            {"its_id": each.id, "its_project_id": project_id, "its_version": each.version}
            | self._row(msgspec.structs.replace(each, version=each.version + 1))
            for each in changed
        ]
        if rows:
            connection.execute(self._update, rows)

    def delete(self, connection: Connection, project_id: str, id: str, *where: ColumnElement[bool]) -> None:
        """Raises NotFoundError."""
        gone = delete(self.table).where(self._is(project_id, id), *where).returning(self.table.c.seq)
        seq = connection.execute(gone).scalar()
        if seq is None:
            raise self.not_found(id)
        now = int(time.time())
        forgotten = (deleted_objects.c.deleted_at < now - _REMEMBERED_S) | self._was(id)
        connection.execute(delete(deleted_objects).where(forgotten))
        stood = {"kind": self.table.name, "id": id, "project_id": project_id, "seq": seq, "deleted_at": now}
        connection.execute(insert(deleted_objects).values(stood))

    def not_found(self, id: str) -> NotFoundError:
        return NotFoundError(f"No such {self.noun}: `{id}`.")

    def _is(self, project_id: str, id: str) -> ColumnElement[bool]:
        return (self.table.c.id == id) & (self.table.c.project_id == project_id)

    def _was(self, id: str) -> ColumnElement[bool]:
        return (deleted_objects.c.kind == self.table.name) & (deleted_objects.c.id == id)

    def _cursor(self, connection: Connection, project_id: str, id: str, param: str) -> int:
        seq = connection.execute(select(self.table.c.seq).where(self._is(project_id, id))).scalar()
        if seq is None:
            stood = select(deleted_objects.c.seq).where(self._was(id), deleted_objects.c.project_id == project_id)
            seq = connection.execute(stood).scalar()
        if seq is None:
            raise BadRequestError(f"No such {self.noun}: `{id}`.", param=param)
        return int(seq)

    def _row(self, thing: T) -> dict[str, Any]:
        row = {name: getattr(thing, name) for name in self._mirrored}
        row["data"] = msgspec.json.encode(thing).decode()
        return row
