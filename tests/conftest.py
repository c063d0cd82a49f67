"""Fixtures shared by all tests. Nothing here stands in for our own code: engines, sockets and files are real."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from openai import OpenAI

from homeport.storage.database import Database
from homeport.storage.database import database_url as make_url
from tests.postgres import PostgresServer, postgres_server
from tests.support import LiveServer, live_server

_BUILDER = Path(__file__).parent.parent / "scripts" / "build_tiny_model.py"
_MODELS = Path(__file__).parent / ".models"


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session")
def tiny_model() -> Path:
    """A real model, random in its weights: what it says is noise, how it says it is not."""
    path = _MODELS / f"tiny-{int(_BUILDER.stat().st_mtime)}.gguf"
    if not path.exists():
        # Several test processes may get here at once: each builds its own, the last one's stays.
        with tempfile.TemporaryDirectory() as folder:
            built = Path(folder) / path.name
            subprocess.run([sys.executable, str(_BUILDER), str(built)], check=True)
            _MODELS.mkdir(exist_ok=True)
            shutil.copy(built, mine := path.with_suffix(f".{os.getpid()}"))
            mine.replace(path)
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL with pgvector, for the length of the tests."""
    with postgres_server(durable=False) as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind: what is tested with it is tested on both."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'homeport.db'}"
    running: PostgresServer = request.getfixturevalue("postgres")
    return running.new_database()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open, migrated database of each kind."""
    opened = Database(make_url(database_url, Path()))
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def server(tiny_model: Path) -> Iterator[LiveServer]:
    """A server with the tiny model embedded as `tiny`, shared by all tests that don't harm it."""
    config = f'default_model = "tiny"\n[engines.tiny]\ntype = "llama_cpp"\npath = "{tiny_model}"\nthreads = 1\n'
    with live_server(config) as running:
        yield running


@pytest.fixture(scope="session")
def client(server: LiveServer) -> Iterator[OpenAI]:
    """The official SDK, its retries off: an error must be seen as it came."""
    with OpenAI(base_url=server.base_url, api_key=server.key, max_retries=0) as sdk:
        yield sdk
