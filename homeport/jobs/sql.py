"""What SQLite and PostgreSQL say differently.

Statements for many rows take them as one parameter, an array of arrays in JSON: hundreds then cost little more than
one, and the statement stays the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, CursorResult, Double, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType

_ROWS = {"postgresql": "json_array_elements(CAST({} AS json)) AS row", "sqlite": "json_each({}) AS row"}


def as_parameter(rows: Iterable[Sequence[Any]]) -> str:
    return msgspec.json.encode(list(rows)).decode()


def execute(connection: Connection, sql: str, rows: Iterable[Sequence[Any]], **parameters: Any) -> CursorResult[Any]:
    """Run a statement in which `{rows}` is a table: column n of `rows` is `row.value ->> n`, as text in PostgreSQL."""
    statement = text(sql.format(rows=_ROWS[connection.dialect.name].format(":rows")))
    return connection.execute(statement, {"rows": as_parameter(rows), **parameters})


def insert(connection: Connection, sql: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> None:
    """Rows as in `execute`. SQLite takes them fastest one by one, which costs it no round trip."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(sql["sqlite"], [tuple(row) for row in rows])
    else:
        execute(connection, sql[connection.dialect.name], rows)


class now(FunctionElement[float]):  # noqa: N801  (a function of SQL)
    """Seconds since 1970 on the database's clock, at the moment of the statement."""

    type = Double()
    inherit_cache = True


class is_claimed_by(FunctionElement[Any]):  # noqa: N801
    """Whether (id, fence) of a job is in the rows given as parameter."""

    type = NullType()  # a Boolean is compared with 1 for SQLite, which then can't use an index
    inherit_cache = True


@compiles(now, "postgresql")
def _now_postgresql(_element: now, _compiler: Any, **_options: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) AS double precision)"


@compiles(now, "sqlite")
def _now_sqlite(_element: now, _compiler: Any, **_options: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(is_claimed_by)
def _is_claimed_by(element: is_claimed_by, compiler: Any, **options: Any) -> str:
    rows = _ROWS[compiler.dialect.name].format(compiler.process(element.clauses, **options))
    return f"(jobs.id, jobs.fence) IN (SELECT row.value ->> 0, CAST(row.value ->> 1 AS bigint) FROM {rows})"
