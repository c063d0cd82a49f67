"""`homeport models`."""

from __future__ import annotations

import json

import click

from homeport.cli.client import Client, client_options
from homeport.cli.table import table


@click.command()
@client_options
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def models(base_url: str | None, key: str | None, as_json: bool) -> None:
    """List the models of a running server."""
    found = Client(base_url, key).models()
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    if not found:
        raise click.ClickException("The server has no models. Fetch one with `homeport pull`.")
    rows = [
        (
            str(model["id"]),
            f"{model['context_length']:,}" if model.get("context_length") else "-",
            str(model.get("owned_by") or "-"),
            str(model.get("alias_of") or "-"),
        )
        for model in found
    ]
    click.echo(table(("id", "context", "owner", "alias of"), rows))
