"""The processes: `serve` answers HTTP and, unless told otherwise, works on jobs; `work` works on jobs alone."""

from __future__ import annotations

import asyncio
import logging
import resource
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import uvicorn
from uvloop import new_event_loop

from homeport import __version__
from homeport.app import Homeport
from homeport.config import Config, ConfigError
from homeport.web.connection import Connection, cut_stalled

_DESCRIPTORS = 65_536


class _Server(uvicorn.Server):
    """uvicorn's server, which says when it is ready and cuts stalled callers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[str], None], sweep_s: float) -> None:
        super().__init__(config)
        self._sweep_s = sweep_s
        self._ready = ready
        self._sweeper: asyncio.Task[None] | None = None

    def handle_exit(self, sig: int, frame: Any) -> None:
        super().handle_exit(sig, frame)
        self._captured_signals.clear()  # uvicorn would raise it again in the end; a clean stop is exit status 0

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._sweeper = asyncio.create_task(
                cut_stalled(self.server_state.connections, self._sweep_s), name="sweeper"
            )
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            self._ready(f"http://{host}:{port}")

    async def shutdown(self, sockets: Any = None) -> None:
        if self._sweeper is not None:
            self._sweeper.cancel()
        await super().shutdown(sockets)


def work(config: Config) -> None:
    """Work on jobs until SIGINT or SIGTERM, without HTTP. Raises ConfigError for what can't work."""
    prepare(config)
    app = Homeport(config)

    async def run() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with app.running(works=True):
            print(f"  Homeport {__version__} works on jobs.", flush=True)
            await stop.wait()

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(run())


def prepare(config: Config) -> None:
    """Log to stderr, have a data directory and descriptors. Raises ConfigError."""
    try:
        config.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"server.data_dir: {config.data_dir} can't be made: {error.strerror}") from None
    _take_descriptors()
    logging.basicConfig(level=config.server.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def _take_descriptors() -> None:
    """As many as this process may have: it is often begun with 1024, and callers, files and interpreters need more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(ValueError, OSError):  # macOS has a limit of its own
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _connection_type(app: Homeport, config: Config) -> type[Connection]:
    """What serves a connection of this server."""
    settings: dict[str, Any] = {
        "routes": app.generation,
        "max_header_bytes": config.server.max_header_bytes,
        "request_timeout_s": config.timeouts.request_s,
    }
    if not config.server.cors_origins:
        return type("AppConnection", (Connection,), settings)
    from homeport.web.cors import CorsConnection

    settings["origins"] = frozenset(origin.lower().encode() for origin in config.server.cors_origins)
    return type("AppConnection", (CorsConnection,), settings)


def serve(config: Config) -> None:
    """Run until SIGINT or SIGTERM; requests under way are finished first. Raises ConfigError for what can't work."""
    prepare(config)
    logging.getLogger("uvicorn").setLevel("WARNING")
    app = Homeport(config)
    options: dict[str, Any] = {
        "host": config.server.host,
        "port": config.server.port,
        "http": _connection_type(app, config),
        "ws": "none",
        "loop": "uvloop",
        "lifespan": "on",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,  # nothing here looks at the caller's address yet
        "timeout_keep_alive": 75,
        "timeout_graceful_shutdown": 30,
        "backlog": 4096,
    }
    server = _Server(
        uvicorn.Config(app.asgi, **options),
        ready=lambda url: print(f"  Homeport {__version__} is ready: {url}/v1 (docs: {url}/docs)", flush=True),
        sweep_s=min(1.0, config.timeouts.request_s / 4),
    )
    try:
        server.run()
    except SystemExit:
        if app.start_error is not None:
            raise app.start_error from None
        raise
