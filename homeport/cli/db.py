"""`homeport db`: the database of a server on this machine, or the PostgreSQL it is configured with."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from homeport.cli import Group
from homeport.cli.serve import ConfigProblem
from homeport.cli.table import size, table
from homeport.config import ConfigError, load

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

Command = TypeVar("Command", bound=Callable[..., Any])


def database_options(command: Command) -> Command:
    """Which database: that of a server with this configuration."""
    for option in (
        click.option("--config", "config_file", metavar="F", help="a TOML file [default: $HOMEPORT_CONFIG]"),
        click.option("--data-dir", metavar="D", help="folder of the server's state [default: ./data]"),
    ):
        command = option(command)
    return command


def server_database(data_dir: str | None, config_file: str | None) -> URL:
    """The database of a server with this configuration. Raises ConfigProblem."""
    from homeport.storage.database import database_url

    try:
        config = load(config_file, flags={"server.data_dir": data_dir})
        return database_url(config.storage.database_url, config.data_dir)
    except ConfigError as error:
        raise ConfigProblem(str(error)) from None


@click.group(cls=Group)
def db() -> None:
    """Upgrade, inspect and back up the database. All of it works while servers run.

    A server upgrades its database itself when it starts.
    """
    logging.getLogger("homeport.storage").setLevel("CRITICAL")  # what goes wrong is said as the command's error


@db.command()
@database_options
def upgrade(data_dir: str | None, config_file: str | None) -> None:
    """Bring the database to this Homeport's schema, ahead of its servers."""
    from homeport.storage import migrate

    url = server_database(data_dir, config_file)
    before = _revision(url) if existing(url) else None
    asyncio.run(_open(url))
    todo = migrate.pending(before)
    click.echo(f"upgraded to {todo[-1]} ({', '.join(todo)})" if todo else f"nothing to do: at {before}, the newest")


@db.command()
@database_options
def status(data_dir: str | None, config_file: str | None) -> None:
    """Where the database is, and at which revision. Exit status 1 where it can't be used as it is."""
    from homeport.storage import migrate

    url = server_database(data_dir, config_file)
    if not existing(url):
        raise click.ClickException(f"there is no database at {url.database} yet: `homeport serve` makes it")
    revision = _revision(url)
    try:
        todo = migrate.pending(revision)
    except ConfigError as error:
        raise click.ClickException(str(error)) from None
    rows = [("database", url.render_as_string())]
    if url.get_backend_name() == "sqlite":
        rows.append(("size", _size(Path(str(url.database)))))
    rows.append(("revision", f"{revision or 'none'} ({f'{len(todo)} behind' if todo else 'the newest'})"))
    click.echo(table(("what", "found"), rows))
    if todo:
        raise click.ClickException("`homeport db upgrade`, or the next start of a server, brings it up to date")


@db.command()
@database_options
@click.argument("target", metavar="FILE_OR_FOLDER", type=click.Path(path_type=Path))
def backup(data_dir: str | None, config_file: str | None, target: Path) -> None:
    """Copy the database, as it is at one moment, to a file.

    SQLite gives a database file, PostgreSQL an archive for pg_restore (pg_dump must be on the PATH). Copy the files
    folder afterwards: what the database names is there then.

    \b
    homeport db backup /backups
    homeport db backup --config homeport.toml /backups/today.db
    """
    from homeport.storage.backup import BackupError
    from homeport.storage.backup import backup as write

    try:
        written = write(server_database(data_dir, config_file), target)
    except BackupError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{written} ({size(written.stat().st_size)})")


def _size(file: Path) -> str:
    """Of a SQLite database: what is written last is in a log beside the file, until it is moved there."""
    log = file.with_name(f"{file.name}-wal")
    log_bytes = log.stat().st_size if log.exists() else 0
    whole = size(file.stat().st_size + log_bytes)
    return f"{whole}, {size(log_bytes)} of it in the write-ahead log" if log_bytes else whole


def existing(url: URL) -> bool:
    """Whether there is a database at all; whether a PostgreSQL can be reached is another question."""
    return url.get_backend_name() != "sqlite" or Path(str(url.database)).exists()


def _revision(url: URL) -> str | None:
    """Where the database is. Raises ClickException where that can't be read."""
    from homeport.errors import StorageUnavailable
    from homeport.storage import migrate
    from homeport.storage.database import Database
    from homeport.storage.faults import reason

    async def read() -> str | None:
        database = Database(url)
        try:
            return await database.read(migrate.current)
        finally:
            await database.close()

    try:
        return asyncio.run(read())
    except StorageUnavailable as error:
        raise click.ClickException(f"the database can't be opened: {reason(error)}") from None
    except ConfigError as error:
        raise ConfigProblem(str(error)) from None


async def _open(url: URL) -> None:
    """Migrate. Raises ClickException where that can't be done."""
    from homeport.storage.database import Database

    try:
        database = Database(url)
        try:
            await database.open()
        finally:
            await database.close()
    except ConfigError as error:
        raise click.ClickException(str(error)) from None
