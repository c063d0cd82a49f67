"""`homeport worker`: a process for jobs alone, beside `homeport serve` or in place of its own workers."""

from __future__ import annotations

import click

from homeport.cli.serve import ConfigProblem, effective_config, server_options
from homeport.config import ConfigError


@click.command()
@server_options
def worker(
    host: str | None,
    port: int | None,
    data_dir: str | None,
    config_file: str | None,
    engine: str | None,
    engine_key: str | None,
) -> None:
    """Work on jobs until stopped, without HTTP.

    Takes the options of `serve`, and the same configuration: it must see the same database and files. Start as many as
    you like, on as many machines. SIGTERM lets jobs that are nearly done finish, and hands the others back.

    \b
    homeport worker --config homeport.toml
    """
    try:
        config = effective_config(host, port, data_dir, config_file, engine, engine_key)
        from homeport import server

        server.work(config)
    except ConfigError as error:
        raise ConfigProblem(str(error)) from None
