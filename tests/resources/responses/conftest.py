"""A server with a real small model and a scripted one, on either database, and the official client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.test_conformance import Judged
from tests.responses_server import responses_server
from tests.support import LiveServer


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str | None:
    """None: a file in the server's folder."""
    return None if request.param == "sqlite" else request.getfixturevalue("postgres").new_database()


@pytest.fixture(scope="module")
def server(url: str | None, tiny_model: Path) -> Iterator[LiveServer]:
    with responses_server(tiny_model, url) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: LiveServer) -> Iterator[Judged]:
    with Judged(server) as sdk:
        yield sdk


@pytest.fixture
def sdk(client: Judged) -> Iterator[Judged]:
    """Says at the end that all that went by was as specified."""
    yield client
    client.passed()
