"""`homeport keys`: the keys of a running server, through its API and with its admin key."""

from __future__ import annotations

import json
from urllib.parse import quote

import click

from homeport.cli import Group, did_you_mean
from homeport.cli.client import ADMIN_KEY_VARIABLES, Client, ServerError, client_options
from homeport.cli.table import day, table
from homeport.config import MAX_REQUESTS


@click.group(
    cls=Group, epilog=f"These commands need an admin key: --key, or the first set of {', '.join(ADMIN_KEY_VARIABLES)}."
)
def keys() -> None:
    """Create, list and revoke the API keys of a running server."""


@keys.command()
@client_options
@click.option("--name", help="what the key is for")
@click.option("--expires-in-days", type=click.IntRange(1, 36_500), metavar="DAYS", help="when it ends")
@click.option("--requests-per-minute", type=click.IntRange(1, MAX_REQUESTS), metavar="N", help="a limit of its own")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def create(
    base_url: str | None,
    key: str | None,
    name: str | None,
    expires_in_days: int | None,
    requests_per_minute: int | None,
    as_json: bool,
) -> None:
    """Create a key and print it, once: KEY=$(homeport keys create --name bot)"""
    wanted = {"name": name, "expires_in_days": expires_in_days, "requests_per_minute": requests_per_minute}
    body = {field: value for field, value in wanted.items() if value is not None}
    made = Client(base_url, key, admin=True).request("POST", "/api_keys", body)
    if as_json:
        click.echo(json.dumps(made, indent=2))
        return
    ends = f"expires {day(made['expires_at'])}" if made.get("expires_at") else "never expires"
    click.secho(f"{made['id']}  {made.get('name') or ''}  {ends}. The key is shown only now:", err=True, dim=True)
    click.echo(made["key"])


@keys.command("list")
@client_options
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def list_(base_url: str | None, key: str | None, as_json: bool) -> None:
    """List the keys; of each only its end is known."""
    found = Client(base_url, key, admin=True).request("GET", "/api_keys")["data"]
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    rows = [
        (
            item["id"],
            item.get("name") or "-",
            item.get("redacted_value") or "-",
            day(item.get("created_at")),
            day(item.get("expires_at")),
            "yes" if item.get("admin") else "no",
        )
        for item in found
    ]
    click.echo(table(("id", "name", "key", "created", "expires", "admin"), rows))


@keys.command()
@client_options
@click.argument("key_ids", metavar="ID...", nargs=-1, required=True)
def revoke(base_url: str | None, key: str | None, key_ids: tuple[str, ...]) -> None:
    """Revoke keys by their ids. They stop working at once."""
    client = Client(base_url, key, admin=True)
    for key_id in key_ids:
        try:
            client.request("DELETE", f"/api_keys/{quote(key_id, safe='')}")
        except ServerError as error:
            if error.status != 404:
                raise
            known = [item["id"] for item in client.request("GET", "/api_keys")["data"]]
            hint = did_you_mean(key_id, known) or "See `homeport keys list`."
            raise click.ClickException(f"There is no key '{key_id}'. {hint}") from None
        click.echo(f"{key_id} revoked")
