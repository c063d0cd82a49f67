from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.file_server import FileServer, file_server
from tests.cli.model_files import model_bytes


@pytest.fixture
def files() -> Iterator[FileServer]:
    with file_server() as server:
        yield server


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a GGUF file of some size."""
    return model_bytes(tmp_path_factory.mktemp("model") / "model.gguf")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"
