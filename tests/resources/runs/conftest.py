"""A server with a scripted model, on either database, and two clients."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.live.test_conformance import Judged
from tests.openai_spec import httpx
from tests.runs_server import runs_server
from tests.support import LiveServer


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest) -> Iterator[LiveServer]:
    url = None if request.param == "sqlite" else request.getfixturevalue("postgres").new_database()
    with runs_server(url) as running:
        yield running


@pytest.fixture
def sdk(server: LiveServer) -> Iterator[Judged]:
    with Judged(server) as client:
        yield client
        assert client.passed()


@pytest.fixture
def http(server: LiveServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.base_url, headers={"Authorization": f"Bearer {server.key}"}, timeout=60) as one:
        yield one
