"""Fixtures shared by all tests. Nothing here stands in for our own code: engines, sockets and files are real."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}
