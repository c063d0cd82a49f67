"""`homeport import`: what people bring along from elsewhere, into the database of a server on this machine.

It goes to the database and not through the API, which has no way to give an object its id and its time, and should have
none: whoever may write the database may do this, and nobody else.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from homeport.cli import Group
from homeport.cli.db import database_options, existing, server_database
from homeport.cli.progress import Bar
from homeport.cli.table import table
from homeport.config import ConfigError

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

    from homeport.cli.openai_threads.sorting import Sorted
    from homeport.cli.openai_threads.writing import Written

SHOWN = 20  # of what is missing, and of what went wrong


@click.group("import", cls=Group)
def import_() -> None:
    """Bring along what was exported elsewhere. All of it works while servers run."""
    logging.getLogger("homeport.storage").setLevel("CRITICAL")  # what goes wrong is said as the command's error


@import_.command("openai-threads")
@database_options
@click.option("--dry-run", is_flag=True, help="read everything and say what would be done")
@click.option(
    "--files-map",
    metavar="F",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='a JSON object, {"ID at OpenAI": "ID here"}, for files and vector stores',
)
@click.option("--json", "as_json", is_flag=True, help="the summary as JSON")
@click.argument(
    "paths",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
)
def openai_threads(
    data_dir: str | None,
    config_file: str | None,
    dry_run: bool,
    files_map: Path | None,
    as_json: bool,
    paths: tuple[Path, ...],
) -> None:
    """Import assistants, threads and messages that were exported from OpenAI.

    FILE holds them as OpenAI's API shows them, one object a line, in any order; also whole pages of lists, one JSON
    document, and gzip; - is stdin. Ids, times, roles, contents, attachments and metadata are kept. Runs and everything
    else are passed over.

    Import as often as you like: what is there already is left as it is. Exit status 1 where a part could not be
    imported; the rest was.

    \b
    homeport import openai-threads --dry-run export.jsonl
    homeport import openai-threads --data-dir /srv/homeport export.jsonl.gz
    homeport import openai-threads --config homeport.toml --files-map files.json assistants.json threads/*.jsonl
    """
    from homeport.cli.openai_threads.sorting import Sorted

    url = server_database(data_dir, config_file)
    renamed = _renamed(files_map)
    problems = _Problems()
    with _enough_disk(), contextlib.closing(Sorted()) as found:
        passed_over = _read(paths, renamed, found, problems)
        if dry_run and not existing(url):
            written, missing = _all_new(found), [id for ids in found.mentions() for id in ids]
        else:
            written, missing = asyncio.run(_write(url, found, problems, dry=dry_run))
    problems.end()
    if as_json:
        click.echo(json.dumps(_summary(written, passed_over, missing, problems.count), indent=2))
    else:
        _tell(url, written, passed_over, missing, dry=dry_run)
    if problems.count:
        raise SystemExit(1)


@contextlib.contextmanager
def _enough_disk() -> Iterator[None]:
    """For sorting. What is wrong with the server's own database is another kind of error."""
    try:
        yield
    except sqlite3.Error as error:
        raise click.ClickException(f"there is no room to sort the export: {error}. Choose a folder by TMPDIR") from None


class _Problems:
    """Told as they come, the first so many; all of them are counted."""

    def __init__(self) -> None:
        self.count = 0

    def tell(self, problem: str) -> None:
        self.count += 1
        if self.count <= SHOWN:
            click.secho(f"\r\x1b[K{problem}" if sys.stderr.isatty() else problem, err=True, fg="red")

    def end(self) -> None:
        if self.count > SHOWN:
            click.secho(f"… and {self.count - SHOWN:,} more like these", err=True, fg="red")


def _renamed(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise click.UsageError(f"{path}: {error}") from None
    if not isinstance(value, dict) or not all(isinstance(id, str) for id in value.values()):
        raise click.UsageError(f"{path}: this is no JSON object of ids by ids")
    return value


def _read(paths: tuple[Path, ...], renamed: dict[str, str], found: Sorted, problems: _Problems) -> Counter[str]:
    """Sort the objects of all files. Returns how many of which kinds were passed over."""
    from homeport.cli.openai_threads.lines import Bad, objects
    from homeport.cli.openai_threads.objects import row
    from homeport.errors import ApiError

    passed_over: Counter[str] = Counter()
    for path in paths:
        with _opened(path) as (file, size_bytes), Bar(f"reading {path.name}") as bar:
            for line in objects(file, str(path), lambda have: bar(have, size_bytes)):
                if isinstance(line, Bad):
                    problems.tell(f"{line.place}: {line.reason}")
                    continue
                try:
                    made = row(line.value, renamed)
                except ApiError as error:
                    member = f"{error.param}: " if error.param and error.param not in error.message else ""
                    problems.tell(f"{line.place}: {member}{error.message}")
                    continue
                if made is None:
                    passed_over[line.value["object"]] += 1
                else:
                    found.add(made)
    found.finish()
    return passed_over


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], int | None]]:
    """A file to read, and its size if that is known."""
    if str(path) == "-":
        yield sys.stdin.buffer, None
        return
    try:
        with path.open("rb") as file:
            yield file, path.stat().st_size
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from None


async def _write(url: URL, found: Sorted, problems: _Problems, *, dry: bool) -> tuple[Written, list[str]]:
    """Returns what was written, and the ids of files and stores that are missing. Raises ClickException."""
    from homeport.cli.openai_threads.writing import Writer, Written
    from homeport.errors import StorageUnavailable
    from homeport.storage import migrate
    from homeport.storage.api_keys import DEFAULT_PROJECT
    from homeport.storage.database import Database
    from homeport.storage.faults import reason

    writer, written = Writer(found, DEFAULT_PROJECT, dry=dry), Written()
    messages = found.counts()[2]
    try:
        database = Database(url)
        try:
            if not dry:
                await database.open()
            elif migrate.pending(await database.read(migrate.current)):
                raise click.ClickException("the database is behind: `homeport db upgrade` comes before a dry run")
            with Bar("comparing" if dry else "writing", unit="messages") as bar:

                def part_done(part: Written) -> None:
                    written.add(part)
                    for problem in part.problems:
                        problems.tell(problem)
                    bar(written.messages.new + written.messages.there, messages)

                await writer.write(database, part_done)
            return written, await writer.missing(database)
        finally:
            await database.close()
    except ConfigError as error:
        raise click.ClickException(str(error)) from None
    except StorageUnavailable as error:
        raise click.ClickException(f"the database can't be used: {reason(error)}") from None


def _all_new(found: Sorted) -> Written:
    from homeport.cli.openai_threads.writing import Kind, Written

    assistants, threads, messages = map(Kind, found.counts())
    return Written(assistants, threads, messages)


def _summary(written: Written, passed_over: Counter[str], missing: list[str], problems: int) -> dict[str, Any]:
    kinds = {"assistants": written.assistants, "threads": written.threads, "messages": written.messages}
    return {name: {"imported": kind.new, "there_already": kind.there} for name, kind in kinds.items()} | {
        "passed_over": dict(passed_over.most_common()),
        "problems": problems,
        "threads_known_by_messages_only": written.untold,
        "messages_put_last": written.late,
        "missing": missing,
    }


def _tell(url: URL, written: Written, passed_over: Counter[str], missing: list[str], *, dry: bool) -> None:
    kinds = {"assistants": written.assistants, "threads": written.threads, "messages": written.messages}
    rows = [(name, f"{kind.new:,}", f"{kind.there:,}") for name, kind in kinds.items()]
    click.echo(table(("what", "would be new" if dry else "imported", "there already"), rows))
    notes = []
    if passed_over:
        notes.append("Passed over: " + ", ".join(f"{count:,} {kind}" for kind, count in passed_over.most_common()))
    if written.untold:
        notes.append(f"Threads that only their messages tell of: {written.untold:,}; they have no metadata or tools")
    if written.late:
        notes.append(f"Messages older than others that their thread had already: {written.late:,}; they stand last")
    if missing:
        more = f" and {len(missing) - SHOWN:,} more (see --json)" if len(missing) > SHOWN else ""
        notes.append(
            f"Files and vector stores that are not here: {', '.join(missing[:SHOWN])}{more}."
            " Tools can't use them: see --files-map"
        )
    notes.append(f"{'Nothing was written' if dry else 'Written'} to {url.render_as_string()}")
    for note in notes:
        click.echo(f"{note}.")
