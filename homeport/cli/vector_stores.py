"""`homeport vector-stores`: the vector stores of a running server: filled from files, and searched."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import click

from homeport.cli import Group
from homeport.cli.client import Client, ServerError, client_options
from homeport.cli.files import upload
from homeport.cli.progress import Bar
from homeport.cli.table import day, size, table

POLL_S = 0.25
PASSING = (None, 429, 502, 503, 504)  # statuses that another try may do without
PAUSES_S = (1, 2, 4, 8, 15, 30, 30)  # between tries
FILES_A_BATCH = 500
SHOWN_CHARS = 300  # of a search result


@click.group("vector-stores", cls=Group)
def vector_stores() -> None:
    """Create, fill, search and delete the vector stores of a running server."""


@vector_stores.command()
@client_options
@click.option("--name", default="", help="what it is called")
@click.option("--expires-in-days", type=click.IntRange(1, 365), metavar="DAYS", help="after it was last used")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def create(base_url: str | None, key: str | None, name: str, expires_in_days: int | None, as_json: bool) -> None:
    """Create a vector store and print its id: ID=$(homeport vector-stores create --name docs)"""
    body: dict[str, Any] = {"name": name}
    if expires_in_days is not None:
        body["expires_after"] = {"anchor": "last_active_at", "days": expires_in_days}
    made = Client(base_url, key).request("POST", "/vector_stores", body)
    click.echo(json.dumps(made, indent=2) if as_json else made["id"])


@vector_stores.command("list")
@client_options
@click.option(
    "--limit", type=click.IntRange(1, 100), metavar="N", default=20, show_default=True, help="the newest so many"
)
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def list_(base_url: str | None, key: str | None, limit: int, as_json: bool) -> None:
    """List the vector stores, newest first."""
    found = Client(base_url, key).request("GET", f"/vector_stores?{urlencode({'limit': limit})}")
    if as_json:
        click.echo(json.dumps(found["data"], indent=2))
        return
    rows = [
        (
            item["id"],
            item["name"] or "-",
            item["status"],
            str(item["file_counts"]["completed"]),
            str(item["file_counts"]["in_progress"]),
            str(item["file_counts"]["failed"]),
            size(item["usage_bytes"]),
            day(item["last_active_at"]),
        )
        for item in found["data"]
    ]
    click.echo(table(("id", "name", "status", "files", "coming", "failed", "size", "last used"), rows))
    if found["has_more"]:
        click.secho("There are more: see --limit.", err=True, dim=True)


@vector_stores.command()
@client_options
@click.argument("store_id", metavar="ID")
@click.argument("paths", metavar="FILE...", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--file-id", "file_ids", metavar="FILE_ID", multiple=True, help="a file that is uploaded already")
@click.option("-a", "--attribute", "attributes", metavar="KEY=VALUE", multiple=True, help="to filter searches by")
@click.option("--chunk-tokens", type=click.IntRange(100, 4096), metavar="N", help="size of a chunk [default: 800]")
@click.option("--overlap-tokens", type=click.IntRange(0, 2048), metavar="N", help="[default: half of a chunk]")
def add(
    base_url: str | None,
    key: str | None,
    store_id: str,
    paths: tuple[Path, ...],
    file_ids: tuple[str, ...],
    attributes: tuple[str, ...],
    chunk_tokens: int | None,
    overlap_tokens: int | None,
) -> None:
    """Upload files into a vector store, and wait until they can be searched. Fails if one of them can't be read."""
    if not paths and not file_ids:
        raise click.UsageError("Name at least one FILE or --file-id.")
    settings: dict[str, Any] = {"attributes": dict(_attribute(given) for given in attributes)}
    if chunk_tokens is not None or overlap_tokens is not None:
        most = chunk_tokens or 800
        sizes = {
            "max_chunk_size_tokens": most,
            "chunk_overlap_tokens": most // 2 if overlap_tokens is None else overlap_tokens,
        }
        settings["chunking_strategy"] = {"type": "static", "static": sizes}
    client = Client(base_url, key)
    client.request("GET", _path(store_id))  # before anything is uploaded for nothing
    names = {file_id: file_id for file_id in file_ids}
    names |= {upload(client, path, "assistants")["id"]: click.format_filename(path) for path in paths}
    ids = list(names)
    failed = 0
    for start in range(0, len(ids), FILES_A_BATCH):
        failed += _ingest(client, store_id, ids[start : start + FILES_A_BATCH], settings, names)
    if failed:
        raise click.ClickException(f"{failed} of {len(ids)} files could not be read.")


@vector_stores.command()
@client_options
@click.argument("store_id", metavar="ID")
@click.argument("query")
@click.option(
    "-n", "--results", type=click.IntRange(1, 50), metavar="N", default=5, show_default=True, help="at most so many"
)
@click.option("-a", "--attribute", "attributes", metavar="KEY=VALUE", multiple=True, help="only files that have it")
@click.option("--rewrite", is_flag=True, help="let the model put the question in better words")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def search(
    base_url: str | None,
    key: str | None,
    store_id: str,
    query: str,
    results: int,
    attributes: tuple[str, ...],
    rewrite: bool,
    as_json: bool,
) -> None:
    """Find what a vector store says about QUERY."""
    body: dict[str, Any] = {"query": query, "max_num_results": results, "rewrite_query": rewrite}
    if attributes:
        pairs = map(_attribute, attributes)
        equal = [{"type": "eq", "key": name, "value": value} for name, value in pairs]
        body["filters"] = {"type": "and", "filters": equal}
    found = Client(base_url, key).request("POST", _path(store_id) + "/search", body)
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    for result in found["data"]:
        text = " ".join(part["text"] for part in result["content"])
        click.secho(f"{result['score']:.3f}  {result['filename']}", bold=True)
        click.echo(f"  {_short(text)}\n")
    if not found["data"]:
        click.secho("Nothing was found.", err=True, dim=True)


@vector_stores.command()
@client_options
@click.argument("store_ids", metavar="ID...", nargs=-1, required=True)
def delete(base_url: str | None, key: str | None, store_ids: tuple[str, ...]) -> None:
    """Delete vector stores by their ids. The files themselves stay."""
    client = Client(base_url, key)
    for store_id in store_ids:
        client.request("DELETE", _path(store_id))
        click.echo(f"{store_id} deleted")


def _path(store_id: str) -> str:
    return f"/vector_stores/{quote(store_id, safe='')}"


def _attribute(given: str) -> tuple[str, str | float | bool]:
    """`KEY=VALUE`; a value that is a number or true or false in JSON is that."""
    name, equals, text = given.partition("=")
    if not name or not equals:
        raise click.UsageError(f"'{given}' is no KEY=VALUE.")
    try:
        value = json.loads(text)
    except ValueError:
        return name, text
    return name, value if isinstance(value, bool | int | float) else text


def _ingest(
    client: Client, store_id: str, file_ids: Sequence[str], settings: dict[str, Any], names: dict[str, str]
) -> int:
    """Attach files and follow them to their end. Says of each how it went; returns how many failed."""
    batch = client.request("POST", _path(store_id) + "/file_batches", {"file_ids": list(file_ids), **settings})
    path = f"{_path(store_id)}/file_batches/{batch['id']}"
    with Bar("ingesting", unit="files") as bar:
        while True:
            counts = batch["file_counts"]
            bar(counts["total"] - counts["in_progress"], counts["total"])
            if not counts["in_progress"]:
                break
            time.sleep(POLL_S)
            batch = _patiently(client, path)
    failed = 0
    query: dict[str, Any] = {"limit": 100, "order": "asc"}
    while True:
        page = _patiently(client, f"{path}/files?{urlencode(query)}")
        for file in page["data"]:
            if file["status"] == "completed":
                click.echo(f"{file['id']}  {names[file['id']]}  {size(file['usage_bytes'])}")
            else:
                failed += 1
                name = names[file["id"]]
                reason = (file["last_error"] or {}).get("message") or file["status"]
                click.secho(f"{name}: {reason.removeprefix(Path(name).name + ': ')}", err=True, fg="red")
        if not page["has_more"]:
            return failed
        query["after"] = page["last_id"]


def _patiently(client: Client, path: str) -> Any:
    """What GET answers, in spite of a limit of requests or a server that is just started again: files are ingested
    meanwhile, and adding them again would double them."""
    for pause_s in PAUSES_S:
        try:
            return client.request("GET", path)
        except ServerError as error:
            if error.status not in PASSING:
                raise
        time.sleep(pause_s)
    return client.request("GET", path)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= SHOWN_CHARS else text[:SHOWN_CHARS].rsplit(" ", 1)[0] + " …"
