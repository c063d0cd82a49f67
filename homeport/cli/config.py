"""`homeport config`: what a server started here with these options would run with, and why."""

from __future__ import annotations

import json
import re
from typing import Any

import click
import msgspec

from homeport.cli.serve import ConfigProblem, effective_config, server_options
from homeport.cli.table import table
from homeport.config import Config, ConfigError

MASK = "••••"
_SECRETS = ("admin_key", "api_key")
_PASSWORD = re.compile(r"(?<=[?&]password=)[^&]+")


@click.command()
@server_options
@click.option("--json", "as_json", is_flag=True, help="as JSON: {name: {value, source}}")
def config(
    host: str | None,
    port: int | None,
    data_dir: str | None,
    config_file: str | None,
    engine: str | None,
    engine_key: str | None,
    as_json: bool,
) -> None:
    """Show the effective configuration and where each value comes from. Secrets are masked.

    Takes the options of `serve`. A flag wins over the environment, that over the file, and that over the default.
    """
    try:
        effective = effective_config(host, port, data_dir, config_file, engine, engine_key)
    except ConfigError as error:
        raise ConfigProblem(str(error)) from None
    settings = list(explain(effective))
    if as_json:
        click.echo(json.dumps({name: {"value": value, "source": source} for name, value, source in settings}, indent=2))
        return
    rows = [
        (name, "-" if value is None else json.dumps(value, ensure_ascii=False), source)
        for name, value, source in settings
    ]
    click.echo(table(("setting", "value", "from"), rows))


def explain(config: Config) -> list[tuple[str, Any, str]]:
    """(dotted name, value with secrets masked, source) of every setting."""
    tree = msgspec.to_builtins(config)
    sources = tree.pop("sources")
    return [(name, _masked(name, value), sources.get(name, "default")) for name, value in _leaves(tree, "")]


def _leaves(tree: dict[str, Any], prefix: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in tree.items():
        found += _leaves(value, f"{prefix}{key}.") if isinstance(value, dict) and value else [(prefix + key, value)]
    return found


def _masked(name: str, value: Any) -> Any:
    *path, leaf = name.split(".")
    if value and (leaf in _SECRETS or (path[:1] == ["engines"] and "headers" in path)):
        return MASK
    return _masked_url(value)


def _masked_url(value: Any) -> Any:
    """A password in a URL is one too."""
    if isinstance(value, list | tuple):
        return [_masked_url(item) for item in value]
    if not isinstance(value, str) or "://" not in value:
        return value
    scheme, _, rest = value.partition("://")
    if "@" in rest:
        rest = f"{MASK}@{rest.rpartition('@')[2]}"
    return f"{scheme}://{_PASSWORD.sub(MASK, rest)}"
