"""The files of a sandbox, kept in a folder of the server's and shown to the code in /mnt/data.

/mnt/data is a file system in memory, with a size that the kernel holds the code to. The kept files are copied in when
an interpreter starts, and what the code has changed is copied out when a call ends: the code never touches a file of
this machine, and no link, device or pipe that it makes ever gets to one.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from homeport.errors import BadRequestError, NotFoundError, RequestTooLarge
from homeport.sandbox.events import File, Limits

MOUNTED_AT = "/mnt/data"
_MAX_DEPTH = 32
_MAX_NAME_BYTES = 1024
_MAX_PART_BYTES = 255
_MAX_SUFFIX_CHARS = 32  # that a name keeps when it is cut
_CHUNK_BYTES = 1 << 20
_OURS = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)  # what this machine lacks, whatever the code has made
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_LIBC = ctypes.CDLL(None)


class OutOfSpace(Exception):
    """The code has left more in /mnt/data than may be kept."""


class _Stamp(Struct, frozen=True):
    """What changes when a file does. The code can set a file's mtime, but not its ctime."""

    inode: int
    size_bytes: int
    mtime_ns: int
    ctime_ns: int


class DataFolder:
    """One sandbox's files. All methods block, and may be called from any thread."""

    def __init__(self, path: Path, limits: Limits, user: int | None) -> None:
        self.path = path
        self._limits = limits
        self._user = user
        self._lock = threading.Lock()
        self._mounted: int | None = None  # a descriptor of the running interpreter's /mnt/data
        self._stamps: dict[str, _Stamp] = {}  # its files as they were when both sides were last the same

    def files(self) -> list[File]:
        """All files, by name."""
        with self._lock:
            return sorted(self._kept(), key=lambda file: file.name)

    def open(self, name: str) -> BinaryIO:
        """A file for reading. Raises NotFoundError."""
        try:
            return (self.path / checked_name(name)).open("rb")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise NotFoundError(f"There is no file {name!r} in this container.") from None

    def remaining_bytes(self, *, without: str) -> int:
        """How large a file called `without` may be. Raises RequestTooLarge where there are too many files already."""
        others = [file for file in self.files() if file.name != without]
        if len(others) >= self._limits.data_files:
            raise RequestTooLarge(f"A container holds at most {self._limits.data_files:,} files.")
        return self._limits.data_bytes - sum(room(file.size_bytes) for file in others)

    def place(self, source: Path, name: str) -> File:
        """Move a file of the server's in here, in place of one of that name, and show it to a running interpreter."""
        target = self.path / name
        with self._lock:
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                if target.is_dir():
                    raise IsADirectoryError
                if self._mounted is not None:
                    self._stamps[name] = self._copy_in(source, name)
            except (FileExistsError, NotADirectoryError, IsADirectoryError):
                raise BadRequestError(f"There is a file or folder in the way of {name!r}.") from None
            except OSError as error:
                if error.errno == errno.ENOSPC:
                    raise RequestTooLarge(f"There is no room for {name!r} in {MOUNTED_AT}.") from None
                if error.errno == errno.ELOOP:
                    raise BadRequestError(f"There is a link in the way of {name!r}.") from None
                raise
            os.replace(source, target)
            return _file(name, target.stat())

    def remove(self, name: str) -> None:
        """Delete a file, here and there. Raises NotFoundError."""
        with self._lock:
            try:
                (self.path / checked_name(name)).unlink()
            except (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError):
                raise NotFoundError(f"There is no file {name!r} in this container.") from None
            self._stamps.pop(name, None)
            if self._mounted is not None:
                with suppress(OSError), self._as_owner(), _parent_of(self._mounted, name) as (folder, last):
                    os.unlink(last, dir_fd=folder)

    def attach(self, mounted: int) -> None:
        """Copy all files into a new interpreter's /mnt/data, of which `mounted` is a descriptor."""
        with self._lock:
            self.path.mkdir(parents=True, exist_ok=True)
            self._mounted = mounted
            self._stamps = {file.name: self._copy_in(self.path / file.name, file.name) for file in self._kept()}

    def detach(self) -> None:
        with self._lock:
            self._mounted, self._stamps = None, {}

    def collect(self, incoming: Path) -> list[File]:
        """Make the kept files those of /mnt/data; returns what was made or changed.

        `incoming`: a path for a file in the making, on the same file system. Raises OutOfSpace, and keeps nothing new,
        where there is too much.
        """
        with self._lock:
            if self._mounted is None:
                return []
            with self._as_owner():
                found = dict(_walk(self._mounted, self._limits.data_files))
            if sum(room(stamp.size_bytes) for stamp in found.values()) > self._limits.data_bytes:  # sparse files
                raise OutOfSpace
            for name in self._stamps.keys() - found.keys():
                (self.path / name).unlink(missing_ok=True)
                self._remove_empty_folders(name)
            changed = []
            for name, stamp in sorted(found.items()):
                if self._stamps.get(name) == stamp:
                    continue
                if (file := self._copy_out(name, stamp, incoming)) is None:
                    found.pop(name)  # gone or replaced meanwhile, by what the call has left running
                else:
                    changed.append(file)
            self._stamps = found
            return changed

    def delete(self) -> None:
        with self._lock:
            shutil.rmtree(self.path, ignore_errors=True)

    def _kept(self) -> Iterator[File]:
        for folder, _, names in os.walk(self.path):
            for name in names:
                path = Path(folder, name)
                yield _file(path.relative_to(self.path).as_posix(), path.stat())

    def _remove_empty_folders(self, name: str) -> None:
        for parent in list(Path(name).parents)[:-1]:
            with suppress(OSError):
                (self.path / parent).rmdir()

    def _copy_in(self, source: Path, name: str) -> _Stamp:
        assert self._mounted is not None
        with source.open("rb") as file, self._as_owner(), _parent_of(self._mounted, name, make=True) as (folder, last):
            with suppress(FileNotFoundError):
                os.unlink(last, dir_fd=folder)  # first, since there may not be room for both
            part = f".{os.urandom(8).hex()}.part"
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            try:
                with open(os.open(part, flags, 0o644, dir_fd=folder), "wb") as copy:
                    shutil.copyfileobj(file, copy, _CHUNK_BYTES)
                os.rename(part, last, src_dir_fd=folder, dst_dir_fd=folder)
                return _stamp(os.stat(last, dir_fd=folder, follow_symlinks=False))
            except BaseException:
                with suppress(OSError):
                    os.unlink(part, dir_fd=folder)
                raise

    def _copy_out(self, name: str, stamp: _Stamp, incoming: Path) -> File | None:
        assert self._mounted is not None
        try:
            with self._as_owner(), _parent_of(self._mounted, name) as (folder, last):
                descriptor = os.open(last, _READ, dir_fd=folder)
        except OSError:
            return None
        with open(descriptor, "rb", buffering=0) as file:
            status = os.fstat(descriptor)
            if not _plain(status):
                return None
            os.set_blocking(descriptor, True)
            with incoming.open("wb") as copy:
                left = stamp.size_bytes  # it may be growing still
                while left and (chunk := file.read(min(left, _CHUNK_BYTES))):
                    copy.write(chunk)
                    left -= len(chunk)
        target = self.path / name
        for parent in reversed(list(target.relative_to(self.path).parents)[:-1]):
            if (self.path / parent).is_file():  # was a file, is a folder now
                (self.path / parent).unlink()
        if target.is_dir():  # the other way round
            shutil.rmtree(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.utime(incoming, ns=(status.st_mtime_ns, status.st_mtime_ns))
        os.replace(incoming, target)
        return _file(name, target.stat())

    @contextmanager
    def _as_owner(self) -> Iterator[None]:
        """For this thread, be the user that the sandbox runs as: root has no name in its file system, and no rights are
        better than all."""
        if self._user is None:
            yield
            return
        _LIBC.setfsgid(self._user)
        _LIBC.setfsuid(self._user)
        try:
            yield
        finally:
            _LIBC.setfsuid(os.geteuid())
            _LIBC.setfsgid(os.getegid())


_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC


def checked_name(name: str) -> str:
    """A file's path below /mnt/data, from that or from the whole path. Raises BadRequestError for any other path."""
    relative = name.removeprefix(f"{MOUNTED_AT}/")
    parts = relative.split("/")
    try:
        encoded = relative.encode()
    except UnicodeEncodeError:
        encoded = b"\0"
    if (
        b"\0" in encoded
        or len(encoded) > _MAX_NAME_BYTES
        or len(parts) > _MAX_DEPTH
        or any(part in ("", ".", "..") or len(part.encode()) > _MAX_PART_BYTES for part in parts)
    ):
        raise BadRequestError(f"{name!r} is no path of a file in {MOUNTED_AT}.")
    return relative


def fitting_name(name: str) -> str:
    """A file's name as one that a file system takes: where it has too many bytes, its stem is cut."""
    if name in (".", ".."):
        return "_" * len(name)
    if len(name.encode()) <= _MAX_PART_BYTES:
        return name
    stem, suffix = os.path.splitext(name)
    suffix = suffix[:_MAX_SUFFIX_CHARS]
    room_bytes = _MAX_PART_BYTES - len(suffix.encode())
    return stem.encode()[:room_bytes].decode(errors="ignore") + suffix


def _walk(root: int, most: int) -> Iterator[tuple[str, _Stamp]]:
    """The plain files below a folder that hostile code may be changing meanwhile."""
    pending = [""]  # names, each opened when its turn comes: there may be more folders than descriptors
    while pending:
        prefix = pending.pop()
        try:
            with _parent_of(root, f"{prefix}-") as (folder, _), os.scandir(folder) as entries:
                for entry in entries:
                    most -= 1
                    if most < 0:
                        raise OutOfSpace
                    try:
                        name = checked_name(prefix + entry.name)
                        status = entry.stat(follow_symlinks=False)
                    except (BadRequestError, OSError):
                        continue
                    if _plain(status):
                        yield name, _stamp(status)
                    elif stat.S_ISDIR(status.st_mode):
                        pending.append(f"{name}/")
        except OSError as error:
            if error.errno in _OURS:
                raise  # what can't be listed for that is not gone


@contextmanager
def _parent_of(root: int, name: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
    """The folder that a path leads to, one step at a time and through no link, and the path's last part."""
    *parents, last = name.split("/")
    folder = os.dup(root)
    try:
        for part in parents:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(part, dir_fd=folder)
            inner = os.open(part, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = inner
        yield folder, last
    finally:
        os.close(folder)


def room(size_bytes: int) -> int:
    """What a file takes of a file system in memory: whole pages."""
    return -(-size_bytes // _PAGE_BYTES) * _PAGE_BYTES


def _plain(status: os.stat_result) -> bool:
    return stat.S_ISREG(status.st_mode) and status.st_nlink == 1


def _stamp(status: os.stat_result) -> _Stamp:
    return _Stamp(status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _file(name: str, status: os.stat_result) -> File:
    return File(name, status.st_size, status.st_mtime)
