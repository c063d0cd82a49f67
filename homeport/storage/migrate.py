"""The schema's versions. Migrations are Alembic scripts in `migrations/versions`, numbered, in one line.

A server brings its database up to date when it starts, and refuses to start when that fails or when the database is
newer than the server. All that is pending runs in one transaction: it is done, or nothing is. Several replicas may
start at once: one migrates, the others wait for it.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from homeport.config import ConfigError
from homeport.storage.faults import reason

log = logging.getLogger(__name__)

_FOLDER = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 0x686F6D65706F7274  # "homeport": PostgreSQL's lock for whoever migrates


def revisions() -> list[str]:
    """All revisions this server knows, oldest first: the numbers that the scripts' names begin with."""
    return sorted(path.name.split("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*_*.py"))


def current(connection: Connection) -> str | None:
    """The revision that the database is at; None for an empty one, and for one of the first release."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version


def pending(revision: str | None) -> list[str]:
    """The revisions after this one. Raises ConfigError for a database newer than this server."""
    known = revisions()
    if revision is not None and revision not in known:
        raise ConfigError(
            f"the database is at revision {revision}, newer than this Homeport, which knows {known[-1]}:"
            " run a newer Homeport, or restore a backup"
        )
    return known[known.index(revision) + 1 :] if revision else known


def upgrade(engine: Engine) -> list[str]:
    """Bring the database to the newest revision, in one transaction. Returns the revisions applied.

    Raises ConfigError if a migration fails (nothing is changed then) or the database is newer than this server.
    """
    try:
        with engine.begin() as connection:  # SQLite: the one who may write
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                connection.execute(text("SET LOCAL lock_timeout = 0"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
            todo = pending(current(connection))
            if todo:  # rarely: Alembic takes a fifth of a second to load
                _run(connection, todo[-1])
        if todo:
            log.info("database: upgraded to revision %s", todo[-1])
        return todo
    except ConfigError:
        raise
    except SQLAlchemyError as error:
        raise ConfigError(f"the database can't be opened or migrated: {reason(error)}") from error
    except Exception as error:
        raise ConfigError(f"the database can't be migrated: {type(error).__name__}: {reason(error)}") from error


def _run(connection: Connection, to: str) -> None:
    logging.getLogger("alembic").setLevel("WARNING")  # it tells its own steps at length
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)

    def steps(revision: Any, _context: Any) -> Any:
        return scripts._upgrade_revs(to, revision)

    with EnvironmentContext(config, scripts, fn=steps) as environment:
        environment.configure(connection=connection, transactional_ddl=True)
        environment.run_migrations()
