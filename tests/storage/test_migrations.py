"""The schema's versions on both databases: all of a migration or nothing, whoever is killed, however many start."""

from __future__ import annotations

import hashlib
import importlib
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, inspect, select, text

from homeport.config import ConfigError, LimitsConfig
from homeport.jobs import events
from homeport.storage import migrate, schema
from homeport.storage.api_keys import ApiKeys
from homeport.storage.database import Database
from homeport.storage.database import database_url as make_url
from tests.support import live_server

pytestmark = pytest.mark.anyio

PACKAGE = Path(schema.__file__).parent.parent

# A server's start that comes as far as the statement with MARK in it, says so and waits to be killed.
STOPS_IN_THE_MIDDLE = """
import asyncio, sys, time
from pathlib import Path
from sqlalchemy import Engine, event
from homeport.storage.database import Database, database_url

def after(connection, cursor, statement, parameters, context, many):
    if sys.argv[2] in statement:
        print("middle", flush=True)
        time.sleep(600)

event.listen(Engine, "after_cursor_execute", after)
asyncio.run(Database(database_url(sys.argv[1], Path())).open())
"""
OPENS = """
import asyncio, sys
from pathlib import Path
from homeport.storage.database import Database, database_url
database = Database(database_url(sys.argv[1], Path()))
print("ready", flush=True)
sys.stdin.readline()
asyncio.run(database.open())
"""


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Not open yet: it is empty."""
    database = Database(make_url(database_url, Path()))
    yield database
    await database.close()


@pytest.fixture
def engine(database: Database) -> Engine:
    return database._backend.engine


async def tables(database: Database) -> set[str]:
    return await database.read(lambda connection: set(inspect(connection).get_table_names()))


async def test_migrations_make_the_schema_that_the_code_declares(database: Database) -> None:
    for path in PACKAGE.rglob("*.py"):  # whoever declares a table
        source = path.read_text()
        if "storage.schema import metadata" in source or "object_table" in source:
            importlib.import_module(".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts))
    await database.open()

    def differences(connection: Connection) -> list[Any]:
        made_by_hand = virtual_tables(connection)

        def compared(_object: object, name: str | None, kind: str, reflected: bool, _other: object) -> bool:
            return not (kind == "table" and reflected and str(name).startswith(made_by_hand))

        options = {"include_object": compared, "compare_type": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), schema.metadata))

    assert await database.read(differences) == []


def virtual_tables(connection: Connection) -> tuple[str, ...]:
    """SQLite's indexes for search, which are no tables of the metadata; their own tables begin with their names."""
    if connection.dialect.name != "sqlite":
        return ()
    query = text("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'")
    return tuple(connection.execute(query).scalars())


async def test_a_second_start_has_nothing_to_do(database: Database, engine: Engine) -> None:
    assert migrate.upgrade(engine) == migrate.revisions()
    assert migrate.upgrade(engine) == []
    assert await database.read(migrate.current) == migrate.revisions()[-1]


def test_alembic_is_loaded_only_when_something_is_pending(database_url: str) -> None:
    program = (
        "import asyncio, sys; from pathlib import Path\n"
        "from homeport.storage.database import Database, database_url\n"
        "asyncio.run(Database(database_url(sys.argv[1], Path())).open())\n"
        "print('alembic' in sys.modules)"
    )
    command = [sys.executable, "-c", program, database_url]
    assert [subprocess.check_output(command, text=True) for _ in range(2)] == ["True\n", "False\n"]


async def test_a_database_of_a_newer_homeport_is_refused(database: Database, database_url: str) -> None:
    await database.open()
    newer = text("UPDATE alembic_version SET version_num = '9999'")
    await database.write(lambda connection: connection.execute(newer))
    again = Database(database.url)
    with pytest.raises(ConfigError, match=r"revision 9999, newer than this Homeport"):
        await again.open()
    await again.close()
    assert await database.read(migrate.current) == "9999"
    with (
        pytest.raises(AssertionError, match="did not start") as failed,
        live_server(env={"HOMEPORT_STORAGE_DATABASE_URL": database_url}),
    ):
        raise NotImplementedError
    said = str(failed.value).partition("\n")[2]
    assert said.startswith("Error: the database is at revision 9999")
    assert said.count("\n") == 1


async def test_a_migration_that_fails_changes_nothing(
    database: Database, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(PACKAGE / "storage" / "migrations", folder)
    (folder / "versions" / "9998_half.py").write_text(
        "from alembic import op\nimport sqlalchemy as sa\n"
        f'revision = "9998"\ndown_revision = "{migrate.revisions()[-1]}"\n'
        'def upgrade():\n    op.create_table("half", sa.Column("id", sa.Integer))\n'
        '    op.execute("INSERT INTO half VALUES (1)")\n    op.execute("SELECT * FROM nowhere_to_be_found")\n'
    )
    migrate.upgrade(engine)
    before = await tables(database)
    monkeypatch.setattr(migrate, "_FOLDER", folder)
    with pytest.raises(ConfigError, match=r"can't be opened or migrated: .*nowhere_to_be_found") as error:
        migrate.upgrade(engine)
    assert "\n" not in str(error.value)
    assert await tables(database) == before
    assert await database.read(migrate.current) == migrate.revisions()[-2]


@pytest.mark.parametrize("mark", ["CREATE TABLE jobs", "INSERT INTO alembic_version", "UPDATE alembic_version"])
async def test_a_kill_in_the_middle_leaves_what_was(database: Database, database_url: str, mark: str) -> None:
    command = [sys.executable, "-c", STOPS_IN_THE_MIDDLE, database_url, mark]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "middle\n"
        process.kill()
    assert await tables(database) == set()
    await database.open()
    assert await database.read(migrate.current) == migrate.revisions()[-1]


async def test_replicas_that_start_together(database: Database, database_url: str) -> None:
    command = [sys.executable, "-c", OPENS, database_url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    processes = [subprocess.Popen(command, text=True, **pipes) for _ in range(3)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate(timeout=100)[0] for process in processes]
    assert said == [""] * len(processes)
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert await database.read(migrate.current) == migrate.revisions()[-1]


async def test_the_event_logs_of_vector_stores_go(
    database: Database, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = [revision for revision in migrate.revisions() if revision < "0009"]
    with monkeypatch.context() as patched:
        patched.setattr(migrate, "revisions", lambda: older)
        await database.open()
    kept = ("run_1", "resp_1", "vsx1", "vsfbx1")
    gone = ("vs_1", "vsfb_1")

    def append(connection: Connection) -> None:
        for stream_id in (*kept, *gone):
            events.append(connection, stream_id, "x", None)

    await database.write(append)
    assert migrate.upgrade(engine)[0] == "0009"
    for column in (events.event_streams.c.id, events.events.c.stream_id):
        found = await database.read(lambda c, column=column: c.execute(select(column)).scalars().all())
        assert sorted(found) == sorted(kept)


FIRST_RELEASE = """
CREATE TABLE api_keys (id VARCHAR NOT NULL, project_id VARCHAR NOT NULL, name VARCHAR NOT NULL, hash VARCHAR NOT NULL,
 redacted_value VARCHAR NOT NULL, admin BOOLEAN NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER,
 burst INTEGER, requests_per_minute INTEGER, requests_per_day INTEGER, PRIMARY KEY (id), UNIQUE (hash));
CREATE TABLE usage_batches (id INTEGER NOT NULL, first_at FLOAT NOT NULL, last_at FLOAT NOT NULL,
 records VARCHAR NOT NULL, PRIMARY KEY (id));
CREATE VIEW usage AS SELECT json_extract(value, '$[0]') AS at, json_extract(value, '$[1]') AS request_id
 FROM usage_batches, json_each(usage_batches.records);
INSERT INTO api_keys VALUES ('key_1', 'proj_default', 'mine', '{hash}', 'sk-…', 0, 1, NULL, NULL, NULL, NULL);
INSERT INTO usage_batches VALUES (1, 1.0, 1.0, '[[1.0, "req_1", "proj_default"]]');
"""


async def test_a_database_of_the_first_release_is_taken_over(tmp_path: Path) -> None:
    """It was made without migrations."""
    with closing(sqlite3.connect(tmp_path / "homeport.db")) as first:
        first.executescript(FIRST_RELEASE.replace("{hash}", hashlib.sha256(b"sk-mine").hexdigest()))
    database = Database(make_url(None, tmp_path))
    await database.open()
    keys = ApiKeys(database, LimitsConfig())
    await keys.open("sk-admin")
    principal = keys.authenticate(b"sk-mine")
    assert principal is not None
    assert principal.key_id == "key_1"
    assert (await keys.create("another"))[0].project_id == "proj_default"
    usage = await database.read(lambda connection: connection.execute(text("SELECT * FROM usage")).mappings().all())
    assert [(row["request_id"], row["project_id"]) for row in usage] == [("req_1", "proj_default")]
    await keys.close()
    await database.close()
