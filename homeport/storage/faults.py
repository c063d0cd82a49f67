"""What a failure of the database means: to who asked, and to who may try again."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DataError, DBAPIError, OperationalError

from homeport.errors import ApiError, BadRequestError, StorageUnavailable

_SQLITE_UNUSABLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
}
_ROLLED_BACK = ("40001", "40P01")  # PostgreSQL: serialization failure, deadlock
_READ_ONLY = "25006"  # PostgreSQL: a write was refused


def told(error: BaseException) -> BaseException:
    """The error that a caller of `Database` meets: a database that can't be used is a 503, not a bug."""
    if isinstance(error, StopIteration):  # no future takes it
        return RuntimeError("a database's work let a StopIteration out")
    if (code := sqlite_code(error)) is not None:
        unusable = code in _SQLITE_UNUSABLE
    else:
        unusable = isinstance(error, OperationalError) or lost(error)
    answer: ApiError
    if unusable:
        answer = unavailable("The server's database can't be used at this moment.")
    elif isinstance(error, DataError):  # a number too large, a NUL in a text
        answer = BadRequestError(f"A value of the request can't be stored: {reason(error)}.")
    else:
        return error
    answer.__cause__ = error
    return answer


def unavailable(message: str) -> StorageUnavailable:
    return StorageUnavailable(message, headers={"retry-after": "1"})


def reason(error: BaseException | None) -> str:
    """In one line, without SQL: what the driver said."""
    while isinstance(error, ApiError) and error.__cause__ is not None:
        error = error.__cause__
    cause = error.orig if isinstance(error, DBAPIError) else error
    return str(cause).partition("\n")[0].rstrip(". ")


def sqlite_code(error: BaseException) -> int | None:
    """SQLite's primary result code: 0 where the driver itself made the error, None for an error of another kind."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return getattr(cause, "sqlite_errorcode", 0) & 0xFF if isinstance(cause, sqlite3.Error) else None


def rolled_back(error: DBAPIError) -> bool:
    """PostgreSQL ended the transaction to let another go on: nothing of it was committed."""
    return getattr(error.orig, "sqlstate", None) in _ROLLED_BACK


def refused_write(error: BaseException) -> bool:
    """PostgreSQL, the driver's error: the server is a standby, or this transaction only reads."""
    return getattr(error, "sqlstate", None) == _READ_ONLY


def lost(error: BaseException) -> bool:
    """The connection is gone. Whether a commit under way was made can't be known."""
    return isinstance(error, DBAPIError) and error.connection_invalidated
