"""`homeport doctor`: would a server started here with these options work? Every problem comes with its remedy."""

from __future__ import annotations

import logging
import sys

import click

from homeport.cli import checks
from homeport.cli.client import client_options
from homeport.cli.serve import effective_config, server_options
from homeport.config import Config, ConfigError

_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "failure": ("✗", "red")}


@click.command()
@server_options
@client_options
def doctor(
    host: str | None,
    port: int | None,
    data_dir: str | None,
    config_file: str | None,
    engine: str | None,
    engine_key: str | None,
    base_url: str | None,
    key: str | None,
) -> None:
    """Check this machine and say what to do about what is wrong.

    Takes the options of `serve` and of the commands that talk to a server. Exit status 1 when something is ✗.
    """
    logging.disable(logging.WARNING)  # what a start of the server would log is said in checks here
    failed = False
    try:
        config = effective_config(host, port, data_dir, config_file, engine, engine_key)
        validity = checks.ok("configuration", _origins(config))
    except ConfigError as error:
        config = Config()
        validity = checks.failure("configuration", str(error), "correct it; the checks below use the defaults")
    for check in (validity, *checks.every(config, base_url, key)):
        mark, colour = _MARKS[check.state]
        click.echo(f"{click.style(mark, fg=colour)} {check.what}: {check.found}")
        if check.remedy:
            click.echo(f"    → {check.remedy}")
        failed = failed or check.state == "failure"
    if failed:
        sys.exit(1)


def _origins(config: Config) -> str:
    sources = sorted(set(config.sources.values()))
    return f"valid, from {', '.join(sources)}" if sources else "valid, all defaults"
