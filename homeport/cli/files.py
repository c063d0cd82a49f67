"""`homeport files`: the files of a running server. A large one goes up in parts, which the server makes one file."""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO
from urllib.parse import quote, urlencode

import click

from homeport.cli import Group
from homeport.cli.client import PIECE_BYTES, Client, client_options
from homeport.cli.progress import Bar
from homeport.cli.table import day, size, table

PURPOSES = ("assistants", "batch", "fine-tune", "vision", "user_data", "evals")
MAX_FILE_BYTES = 512 * 1024 * 1024  # above it a file goes up in parts
PART_BYTES = 64 * 1024 * 1024
DAY_S = 86_400

Expiry = dict[str, Any] | None  # `expires_after` of a file


@click.group(cls=Group)
def files() -> None:
    """Upload, list, fetch and delete the files of a running server."""


@files.command()
@client_options
@click.option(
    "-f",
    "--file",
    "paths",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    required=True,
    help="what to upload; may be given several times",
)
@click.option("-p", "--purpose", type=click.Choice(PURPOSES), required=True, help="what it is for")
@click.option("--expires-in-days", type=click.IntRange(1, 30), metavar="DAYS", help="when it goes by itself")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def create(
    base_url: str | None,
    key: str | None,
    paths: tuple[Path, ...],
    purpose: str,
    expires_in_days: int | None,
    as_json: bool,
) -> None:
    """Upload files and print their ids: ID=$(homeport files create -f book.pdf -p assistants)"""
    client = Client(base_url, key)
    expiry: Expiry = {"anchor": "created_at", "seconds": expires_in_days * DAY_S} if expires_in_days else None
    for path in paths:
        made = upload(client, path, purpose, expiry)
        click.echo(json.dumps(made, indent=2) if as_json else made["id"])


@files.command("list")
@client_options
@click.option("-p", "--purpose", help="only those for it")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), metavar="N", default=100, show_default=True, help="the newest so many"
)
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def list_(base_url: str | None, key: str | None, purpose: str | None, limit: int, as_json: bool) -> None:
    """List the files, newest first."""
    query: dict[str, Any] = {"limit": limit} | ({"purpose": purpose} if purpose else {})
    found = Client(base_url, key).request("GET", f"/files?{urlencode(query)}")
    if as_json:
        click.echo(json.dumps(found["data"], indent=2))
        return
    rows = [
        (item["id"], item["filename"], size(item["bytes"]), item["purpose"], day(item["created_at"]), _expiry(item))
        for item in found["data"]
    ]
    click.echo(table(("id", "name", "size", "purpose", "created", "expires"), rows))
    if found["has_more"]:
        click.secho("There are more: see --limit.", err=True, dim=True)


@files.command()
@client_options
@click.argument("file_id", metavar="ID")
def get(base_url: str | None, key: str | None, file_id: str) -> None:
    """Show what is known of a file, as JSON."""
    click.echo(json.dumps(Client(base_url, key).request("GET", _path(file_id)), indent=2))


@files.command()
@client_options
@click.argument("file_id", metavar="ID")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="where to [default: stdout]")
def content(base_url: str | None, key: str | None, file_id: str, output: Path | None) -> None:
    """Fetch a file's content."""
    pieces = Client(base_url, key).download(_path(file_id) + "/content")
    if output is None:
        with closing(pieces):
            for piece, _ in pieces:
                sys.stdout.buffer.write(piece)
        return
    have = 0
    try:
        with closing(pieces), _whole(output) as target, Bar(output.name) as bar:
            for piece, total in pieces:
                target.write(piece)
                have += len(piece)
                bar(have, total)
    except OSError as error:
        raise click.ClickException(f"{error.filename or output}: {error.strerror}") from None


@contextmanager
def _whole(output: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `output` when all of it is there. A device or a pipe is written to as it is."""
    if output.exists() and not output.is_file():
        with output.open("wb") as target:
            yield target
        return
    output = output.resolve()
    part = output.with_name(f"{output.name}.{os.getpid()}.part")
    try:
        with part.open("xb") as target:
            yield target
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)


@files.command()
@client_options
@click.argument("file_ids", metavar="ID...", nargs=-1, required=True)
def delete(base_url: str | None, key: str | None, file_ids: tuple[str, ...]) -> None:
    """Delete files by their ids, also from vector stores."""
    client = Client(base_url, key)
    for file_id in file_ids:
        client.request("DELETE", _path(file_id))
        click.echo(f"{file_id} deleted")


def upload(client: Client, path: Path, purpose: str, expiry: Expiry = None) -> Any:
    """Upload a file under a progress bar. Returns what the server says of it."""
    name = click.format_filename(path, shorten=True)  # it may be no UTF-8
    with path.open("rb") as file, Bar(name) as bar:
        size_bytes = path.stat().st_size
        send: Callable[..., Any] = _upload if size_bytes <= MAX_FILE_BYTES else _upload_parts
        return send(client, file, name, size_bytes, purpose, expiry, bar)


def _path(file_id: str) -> str:
    return f"/files/{quote(file_id, safe='')}"


def _expiry(item: dict[str, Any]) -> str:
    return day(item["expires_at"]) if item.get("expires_at") else "never"


def _upload(client: Client, file: IO[bytes], name: str, size_bytes: int, purpose: str, expiry: Expiry, bar: Bar) -> Any:
    fields = {"purpose": purpose} | {f"expires_after[{member}]": str(value) for member, value in (expiry or {}).items()}
    return _send_form(client, "/files", fields, "file", name, size_bytes, _pieces(file, size_bytes, 0, size_bytes, bar))


def _upload_parts(
    client: Client, file: IO[bytes], name: str, size_bytes: int, purpose: str, expiry: Expiry, bar: Bar
) -> Any:
    body: dict[str, Any] = {
        "filename": name,
        "purpose": purpose,
        "bytes": size_bytes,
        "mime_type": "application/octet-stream",
    }
    upload = client.request("POST", "/uploads", body | ({"expires_after": expiry} if expiry else {}))
    path = f"/uploads/{upload['id']}"
    part_ids = []
    for start in range(0, size_bytes, PART_BYTES):
        part_bytes = min(PART_BYTES, size_bytes - start)
        pieces = _pieces(file, part_bytes, start, size_bytes, bar)
        part_ids.append(_send_form(client, f"{path}/parts", {}, "data", name, part_bytes, pieces)["id"])
    data = json.dumps({"part_ids": part_ids}).encode()
    return client.send(f"{path}/complete", "application/json", len(data), [data])["file"]


def _pieces(file: IO[bytes], size_bytes: int, start: int, total: int, bar: Bar) -> Iterator[bytes]:
    """The next `size_bytes` of a file, of which `start` are sent."""
    end = start + size_bytes
    while start < end:
        piece = file.read(min(PIECE_BYTES, end - start))
        if not piece:
            raise click.ClickException("The file became shorter while it was read.")
        yield piece
        start += len(piece)
        bar(start, total)


def _send_form(
    client: Client,
    path: str,
    fields: dict[str, str],
    name: str,
    filename: str,
    size_bytes: int,
    pieces: Iterator[bytes],
) -> Any:
    """POST a form with one file, which is read as it is sent."""
    boundary = secrets.token_hex(16)
    safe = filename.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    head = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        for field, value in fields.items()
    )
    head += (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{safe}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    before, after = head.encode(), f"\r\n--{boundary}--\r\n".encode()

    def body() -> Iterator[bytes]:
        yield before
        yield from pieces
        yield after

    size_bytes += len(before) + len(after)
    return client.send(path, f"multipart/form-data; boundary={boundary}", size_bytes, body())
