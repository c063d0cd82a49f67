"""A folder for one process: whose process has died, its folder goes with the next start of another."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from homeport.ids import new_id

_GATE = ".gate"  # held while a folder is made, or looked for those of the dead
_HELD = ".held"  # in each folder; locked as long as its process lives


class Workplace:
    """An empty folder below `parent`, this process's alone until `close`, or its death."""

    def __init__(self, parent: Path) -> None:
        parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _locked(parent / _GATE):
            for other in parent.iterdir():
                if other.is_dir() and not _is_held(other / _HELD):
                    shutil.rmtree(other, ignore_errors=True)
            self.folder = parent / new_id("work")
            self.folder.mkdir(mode=0o700)
            self._held = _open(self.folder / _HELD)
            fcntl.flock(self._held, fcntl.LOCK_EX)

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._held)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = _open(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _is_held(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
