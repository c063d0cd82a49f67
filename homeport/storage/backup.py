"""A copy of the database in one file, made while servers run and write: the state at one moment."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import URL


class BackupError(Exception):
    """The message says what to do."""


def backup(url: URL, target: Path) -> Path:
    """Write a backup to the file `target`, or into a folder of that name. Returns the file: it is whole, or not there.

    SQLite: a database file of its own. PostgreSQL: an archive for `pg_restore`. Raises BackupError.
    """
    is_postgres = url.get_backend_name() == "postgresql"
    if target.is_dir():
        suffix = "dump" if is_postgres else "db"
        target = target / f"homeport-{datetime.now():%Y%m%d-%H%M%S}.{suffix}"
    if target.exists():
        raise BackupError(f"{target} is there already: name another file, or a folder")
    if not target.parent.is_dir():
        raise BackupError(f"there is no folder {target.parent}")
    part = target.with_name(f"{target.name}.part")
    try:
        part.unlink(missing_ok=True)  # of a backup that was killed, or somebody's trap
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # nobody else may read what is in it
        (_dump if is_postgres else _copy)(url, part)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.rename(target)
    except OSError as error:
        raise BackupError(f"{error.filename or target}: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
    return target


def _copy(url: URL, part: Path) -> None:
    assert url.database is not None
    source = Path(url.database).absolute()
    if not source.exists():
        raise BackupError(f"there is no database at {source}")
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{source.as_uri()}?mode=rw", uri=True)) as original,
            contextlib.closing(sqlite3.connect(part)) as copy,
        ):
            original.backup(copy)  # in one step: a snapshot, which keeps nobody from writing
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    except sqlite3.Error as error:
        raise BackupError(f"{source} can't be copied: {error}") from None


def _dump(url: URL, part: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise BackupError(
            "pg_dump is not on the PATH: install PostgreSQL's client programs (Debian: apt install postgresql-client),"
            " of the server's version or newer"
        )
    where = url.set(drivername="postgresql", password=None).render_as_string()
    environment = os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})  # not for all to see in `ps`
    command = [program, "--format=custom", f"--file={part}", f"--dbname={where}"]
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise BackupError(done.stderr.strip().partition("\n")[0] or f"pg_dump ended with status {done.returncode}")
