"""`homeport db` against real databases, while a real server writes to them."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx2 as httpx
import pytest
from sqlalchemy import make_url

from homeport.storage.backup import backup
from homeport.storage.migrate import revisions
from tests.cli.terminal import homeport
from tests.postgres import PostgresServer
from tests.support import LiveServer, live_server

URL = "HOMEPORT_STORAGE_DATABASE_URL"
ENGINE = '[engines.none]\ntype = "openai"\nurl = "http://127.0.0.1:9"\nmodels = ["none"]\n'


@contextmanager
def keys_being_made(server: LiveServer) -> Iterator[list[str]]:
    """The keys that the server acknowledged so far; more come until the block ends."""
    made: list[str] = []
    enough, over = threading.Event(), threading.Event()

    def make() -> None:
        with httpx.Client(base_url=server.base_url, headers={"Authorization": f"Bearer {server.key}"}) as http:
            while not over.is_set():
                made.append(http.post("/api_keys", json={}).json()["key"])
                if len(made) == 20:
                    enough.set()

    thread = threading.Thread(target=make)
    thread.start()
    try:
        assert enough.wait(30)
        yield made
    finally:
        over.set()
        thread.join()


def works(server: LiveServer, key: str) -> bool:
    return httpx.get(f"{server.base_url}/models", headers={"Authorization": f"Bearer {key}"}).status_code == 200


def test_upgrade_and_status(database_url: str, tmp_path: Path) -> None:
    where = {URL: database_url}
    behind = homeport("db", "status", **where)
    assert behind.returncode == 1
    assert behind.stderr.startswith("Error: ")
    upgraded = homeport("db", "upgrade", **where)
    assert upgraded.stdout == f"upgraded to {revisions()[-1]} ({', '.join(revisions())})\n"
    assert homeport("db", "upgrade", **where).stdout == f"nothing to do: at {revisions()[-1]}, the newest\n"
    status = homeport("db", "status", **where)
    assert status.returncode == 0, status.stderr
    assert f"{revisions()[-1]} (the newest)" in status.stdout


def test_the_size_of_a_database_in_use_is_all_of_it(tmp_path: Path) -> None:
    status = ["db", "status", "--data-dir", str(tmp_path / "data")]
    with LiveServer(tmp_path, ENGINE) as server, keys_being_made(server):
        assert "of it in the write-ahead log" in homeport(*status).stdout
    assert "write-ahead log" not in homeport(*status).stdout


def test_a_database_that_is_not_there_or_not_reached(tmp_path: Path) -> None:
    missing = homeport("db", "status", "--data-dir", str(tmp_path / "data"))
    assert missing.returncode == 1
    assert "homeport serve" in missing.stderr
    assert not (tmp_path / "data").exists()
    for command in (["status"], ["upgrade"]):
        unreached = homeport("db", *command, **{URL: "postgresql://user:secret@127.0.0.1:9/x"})
        assert unreached.returncode == 1
        assert unreached.stderr.count("\n") == 1
        assert "refused" in unreached.stderr
        assert "secret" not in unreached.stderr
    assert homeport("db", "status", **{URL: "mysql://localhost/x"}).returncode == 2


def test_a_backup_of_sqlite_while_a_server_writes(tmp_path: Path) -> None:
    with live_server(ENGINE) as server, keys_being_made(server) as made:
        before = list(made)
        done = homeport("db", "backup", "--data-dir", str(server.folder / "data"), str(tmp_path))
        assert done.returncode == 0, done.stderr
    (copy,) = tmp_path.glob("homeport-*.db")
    assert done.stdout.startswith(f"{copy} (")
    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(copy)) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    restored = tmp_path / "restored"
    (restored / "data").mkdir(parents=True)
    shutil.copy(copy, restored / "data" / "homeport.db")
    with LiveServer(restored, ENGINE) as again:
        assert all(works(again, key) for key in before)
    refused = homeport("db", "backup", "--data-dir", str(restored / "data"), str(copy))
    assert refused.returncode == 1
    assert "is there already" in refused.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == [copy.name, "restored"]


def test_a_backup_of_postgresql_while_a_server_writes(postgres: PostgresServer, tmp_path: Path) -> None:
    url, copy = postgres.new_database(), tmp_path / "homeport.dump"
    path = f"{postgres.bin}{os.pathsep}{os.environ['PATH']}"
    with live_server(ENGINE, env={URL: url}) as server, keys_being_made(server) as made:
        before = list(made)
        done = homeport("db", "backup", str(copy), **{URL: url, "PATH": path})
        assert done.returncode == 0, done.stderr
    restored = postgres.new_database()
    restore = [postgres.bin / "pg_restore", "--exit-on-error", f"--dbname={restored}", copy]
    subprocess.run(restore, check=True, capture_output=True)
    with live_server(ENGINE, env={URL: restored}) as again:
        assert all(works(again, key) for key in before)


def test_a_backup_is_nobody_else_s(tmp_path: Path) -> None:
    """Somebody may have waited for it, in a folder that is shared."""
    with closing(sqlite3.connect(tmp_path / "homeport.db")) as database:
        database.execute("CREATE TABLE secrets (it)")
    other = tmp_path / "other"
    other.touch(mode=0o666)
    (tmp_path / "x.db.part").symlink_to(other)
    made = backup(make_url(f"sqlite:///{tmp_path}/homeport.db"), tmp_path / "x.db")
    assert not made.is_symlink()
    assert made.stat().st_mode & 0o777 == 0o600
    assert other.read_bytes() == b""


@pytest.mark.parametrize("problem", ["no pg_dump", "no folder", "no server"])
def test_a_backup_that_fails_says_why_and_leaves_nothing(
    problem: str, postgres: PostgresServer, tmp_path: Path
) -> None:
    path = tmp_path / "bin" if problem == "no pg_dump" else postgres.bin
    target = tmp_path / ("nowhere/x.dump" if problem == "no folder" else "x.dump")
    done = homeport("db", "backup", str(target), **{URL: "postgresql://127.0.0.1:9/x", "PATH": str(path)})
    assert done.returncode == 1
    expected = {"no pg_dump": "install PostgreSQL's client", "no folder": "there is no folder", "no server": "refused"}
    assert expected[problem] in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
