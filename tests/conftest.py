"""Fixtures shared by all tests. Nothing here stands in for our own code: engines, sockets and files are real."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from openai import OpenAI

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
        subprocess.run([sys.executable, str(_BUILDER), str(path)], check=True)
    return path


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
