"""A table for tests of the database itself."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, func, insert, select

numbers = Table("numbers", MetaData(), Column("n", Integer, primary_key=True), Column("text", String))


def add(n: int, text: str = "") -> Callable[[Connection], int]:
    """Work that inserts the number `n` and returns it."""

    def work(connection: Connection) -> int:
        connection.execute(insert(numbers).values(n=n, text=text))
        return n

    return work


def count(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(numbers)).scalar_one())


def stored(connection: Connection) -> list[int]:
    return list(connection.execute(select(numbers.c.n).order_by(numbers.c.n)).scalars())
