"""What a container's file system has room for: it is of a fixed size, and a name is a file's or a folder's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath

from homeport.errors import ApiError, BadRequestError, RequestTooLarge
from homeport.sandbox import Limits
from homeport.sandbox.files import room
from homeport.storage.containers import ContainerFile, Content


class Room:
    """The files of a container, to which others come one by one."""

    def __init__(self, there: Iterable[ContainerFile], limits: Limits) -> None:
        self._limits = limits
        self._bytes: dict[str, int] = {}
        self._total_bytes = 0
        self._folders: Counter[str] = Counter()
        for file in there:
            self._add(file)

    def take(self, new: Content) -> None:
        """Raises what a sandbox would where there is no room. A file of the same path is replaced."""
        if (error := self._refusal(new)) is not None:
            raise error
        self._add(new)

    def _add(self, file: ContainerFile | Content) -> None:
        if file.path not in self._bytes:
            self._folders.update(_folders(file.path))
        self._total_bytes += room(file.bytes) - self._bytes.get(file.path, 0)
        self._bytes[file.path] = room(file.bytes)

    def _refusal(self, new: Content) -> ApiError | None:
        replaced = self._bytes.get(new.path)
        if replaced is None and len(self._bytes) >= self._limits.data_files:
            return RequestTooLarge(f"A container holds at most {self._limits.data_files:,} files.")
        if self._total_bytes - (replaced or 0) + room(new.bytes) > self._limits.data_bytes:
            return full(self._limits)
        if new.path in self._folders:
            return BadRequestError(f"There is a folder in the way of {new.path!r}.", param="file")
        if any(folder in self._bytes for folder in _folders(new.path)):
            return BadRequestError(f"There is a file in the way of {new.path!r}.", param="file")
        return None


def full(limits: Limits) -> RequestTooLarge:
    return RequestTooLarge(f"A container holds at most {limits.data_bytes >> 20:,} MiB.", param="file")


def _folders(path: str) -> list[str]:
    """All folders that it lies in."""
    return [str(folder) for folder in PurePosixPath(path).parents][:-1]
