"""A server for tests of files: no engine to load, either database, and what lies on its disk."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.support import LiveServer, live_server

NO_ENGINE = '[engines.none]\nurl = "http://127.0.0.1:9/v1"\nmodels = ["none"]\n'


@contextlib.contextmanager
def files_server(database_url: str | None = None, *, env: Mapping[str, str] | None = None) -> Iterator[LiveServer]:
    with live_server(NO_ENGINE, env=environment(database_url) | dict(env or {})) as server:
        yield server


def environment(database_url: str | None) -> dict[str, str]:
    return {} if database_url is None else {"HOMEPORT_STORAGE_DATABASE_URL": database_url}


def on_disk(server: LiveServer) -> set[str]:
    """Names of the blobs, and of what is on its way."""
    return {path.name for path in (Path(server.folder) / "data" / "files").rglob("*") if path.is_file()}
