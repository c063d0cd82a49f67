"""`homeport serve`, and the options that `config` and `doctor` share with it."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from typing import Any, TypeVar

import click

from homeport.config import Config, ConfigError, load

Command = TypeVar("Command", bound=Callable[..., Any])

ENGINE_KEY_VARIABLE = "HOMEPORT_ENGINE_KEY"

_OPTIONS = (
    click.option("--host", metavar="H", help="address to listen on [default: 127.0.0.1]"),
    click.option("--port", type=click.IntRange(0, 65535), metavar="P", help="port to listen on [default: 8000]"),
    click.option("--data-dir", metavar="D", help="folder for the server's state and models [default: ./data]"),
    click.option("--config", "config_file", metavar="F", help="a TOML file [default: $HOMEPORT_CONFIG]"),
    click.option(
        "--engine", metavar="URL", help="serve the models of this OpenAI-speaking engine, not an embedded one"
    ),
    click.option("--engine-key", metavar="K", help=f"the key that engine wants [default: ${ENGINE_KEY_VARIABLE}]"),
)


class ConfigProblem(click.ClickException):
    """A configuration that can't work: one line, exit status 2."""

    exit_code = 2


def server_options(command: Command) -> Command:
    """The options that make up a server's configuration."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def effective_config(
    host: str | None,
    port: int | None,
    data_dir: str | None,
    config_file: str | None,
    engine: str | None,
    engine_key: str | None,
) -> Config:
    """The configuration under these flags. Raises ConfigError."""
    flags: dict[str, Any] = {"server.host": host, "server.port": port, "server.data_dir": data_dir}
    if engine_key is not None and engine is None:
        raise ConfigError("--engine-key needs --engine")
    if engine is not None:
        flags |= {"engines.engine.type": "openai", "engines.engine.url": engine, "engines.engine.api_key": engine_key}
        if engine_key is None and os.environ.get(ENGINE_KEY_VARIABLE):
            flags["engines.engine.api_key_env"] = ENGINE_KEY_VARIABLE
    return load(config_file, flags=flags)


def port_error(host: str, port: int) -> str | None:
    """Why a server can't listen there; None when it can. Port 0, any free one, always can."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)  # two sockets may bind with SO_REUSEADDR, only one may listen
    except socket.gaierror:
        return f"the host '{host}' does not resolve"
    except OSError as error:
        return _listen_error(error, host, port)
    return None


def _listen_error(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use; choose another with --port"
    if error.errno == errno.EACCES:
        return f"port {port} needs more rights than this user has; choose one above 1023 with --port"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine"
    return f"cannot listen on {host}:{port}: {error.strerror}"


@click.command()
@server_options
def serve(
    host: str | None,
    port: int | None,
    data_dir: str | None,
    config_file: str | None,
    engine: str | None,
    engine_key: str | None,
) -> None:
    """Run the server until it is stopped.

    With --engine, Homeport stands in front of vLLM, SGLang, Ollama or any other server that speaks OpenAI. Without it,
    and without engines in the configuration file, it runs models itself.

    \b
    homeport serve
    homeport serve --port 9000 --data-dir /srv/homeport
    homeport serve --engine http://127.0.0.1:11434/v1
    """
    try:
        config = effective_config(host, port, data_dir, config_file, engine, engine_key)
        problem = port_error(config.server.host, config.server.port)  # before seconds go into loading a model
        if problem:
            raise click.ClickException(problem)
        from homeport import server

        server.serve(config)
    except ConfigError as error:
        raise ConfigProblem(str(error)) from None
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL):
            raise
        raise click.ClickException(_listen_error(error, config.server.host, config.server.port)) from None
