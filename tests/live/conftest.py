from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.strict_server import strict_server
from tests.live.wire import Wire, request
from tests.support import LiveServer


@pytest.fixture(scope="module")
def strict(tiny_model: Path) -> Iterator[LiveServer]:
    """A server of the module's own."""
    with strict_server(tiny_model) as running:
        yield running


@pytest.fixture
def next_request_works(strict: LiveServer) -> Iterator[None]:
    yield
    with Wire(strict) as wire:
        assert wire.ask(request(strict)).json()["object"] == "chat.completion"
