"""Temporary folders, of processes that are killed, too."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from homeport.storage.scratch import scratch


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


def test_it_is_there_while_it_is_used(temporary: Path) -> None:
    with scratch() as folder:
        assert folder.parent == temporary
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "document").write_text("text")
        with scratch() as other:
            assert other != folder
        assert (folder / "document").read_text() == "text"
    assert list(temporary.iterdir()) == []


def test_what_a_killed_process_left_goes_with_the_next(temporary: Path) -> None:
    code = """
import os, signal
from homeport.storage.scratch import scratch
with scratch() as folder:
    (folder / "document").write_text("text")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    (temporary / "homeport-scratch-file").write_text("no folder")
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    (left,) = (path for path in temporary.iterdir() if path.is_dir())
    assert (left / "document").exists()
    with scratch() as folder:
        assert not left.exists()
        assert folder.exists()


def test_many_at_once_take_no_other_for_abandoned() -> None:
    def use(number: int) -> str:
        with scratch() as folder:
            (folder / "document").write_text(str(number))
            return (folder / "document").read_text()

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(use, range(400))) == [str(number) for number in range(400)]
