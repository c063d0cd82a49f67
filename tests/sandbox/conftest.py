"""Real sandboxes, small ones: bubblewrap, processes and kills as in service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from homeport.ids import new_id
from homeport.sandbox import Limits, Sandbox, Sandboxes

LIMITS = Limits(
    memory_bytes=256 << 20,
    processes=32,
    data_bytes=8 << 20,
    data_files=100,
    scratch_bytes=8 << 20,
    scratch_files=500,
    sockets=100,
    logs_bytes=64 << 10,
    images=3,
    image_bytes=1 << 20,
)


@pytest.fixture(scope="session")
async def sandboxes(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandboxes]:
    folder = tmp_path_factory.mktemp("sandboxes")
    async with Sandboxes(folder, limits=LIMITS, capacity=4, spares=0) as owner:
        yield owner


@pytest.fixture
async def box(sandboxes: Sandboxes) -> AsyncIterator[Sandbox]:
    """A sandbox of its own for every test."""
    sandbox = sandboxes.sandbox(new_id("cntr"))
    yield sandbox
    await sandbox.delete()


@pytest.fixture(scope="session")
async def steady(sandboxes: Sandboxes) -> AsyncIterator[Sandbox]:
    """One sandbox for all tests that leave no trace in it."""
    sandbox = sandboxes.sandbox("steady")
    yield sandbox
    await sandbox.delete()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "sandboxes"
