"""Signals between the processes that have one SQLite file open.

Each binds a UNIX datagram socket in a folder beside the file and sends the topics of its commits to the sockets that
it finds there. A neighbour too busy to receive is sent to again, with what came meanwhile; one that died leaves its
socket behind, which the next sender removes.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import time
from pathlib import Path

from homeport.storage.signals import EVERYTHING, Signals

log = logging.getLogger(__name__)

_LARGEST_BYTES = 32_768  # a datagram; for more topics than fit it says "everything"
_AGAIN_S = 0.01  # when a neighbour's queue was full
_SETTLED_NS = 1_000_000_000  # a folder changed more recently may change again within the tick of its clock


class Neighbours:
    """This process's socket in `folder`, and the others there."""

    def __init__(self, folder: Path, signals: Signals) -> None:
        self._path = folder
        self._signals = signals
        self._name = f"{os.urandom(8).hex()}.sock"
        self._socket: socket.socket | None = None
        self._folder = -1  # its descriptor
        self._seen_ns = 0  # the folder's time of change when it was last read
        self._unsent: dict[str, set[str]] = {}  # neighbour -> topics
        self._again: asyncio.TimerHandle | None = None

    async def open(self) -> None:
        try:
            self._path.mkdir(mode=0o700, exist_ok=True)
            self._folder = os.open(self._path, os.O_RDONLY)
            bound = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            bound.setblocking(False)
            self._socket = bound
            bound.bind(self._address(self._name))
        except (OSError, AttributeError) as error:  # a file system or a system without such sockets
            log.warning("%s: %s. What other processes change is noticed late.", self._path, error)
            await self.close()
            return
        asyncio.get_running_loop().add_reader(bound, self._receive, bound)

    async def close(self) -> None:
        if self._again is not None:
            self._again.cancel()
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None
            self._remove(self._name)
        if self._folder >= 0:
            os.close(self._folder)
            self._folder = -1

    def send(self, topics: set[str]) -> None:
        """Tell the neighbours. Never waits, never fails."""
        if self._socket is None:
            return
        self._look_around()
        for unsent in self._unsent.values():
            unsent |= topics
        if self._again is None:
            self._flush(self._socket)

    def _flush(self, sender: socket.socket) -> None:
        self._again = None
        for name, topics in list(self._unsent.items()):
            if not topics:
                continue
            message = "\n".join(topics).encode()
            if len(message) > _LARGEST_BYTES:
                message = EVERYTHING.encode()
            try:
                sender.sendto(message, self._address(name))
                topics.clear()
            except BlockingIOError:  # its queue is full
                if self._again is None:
                    self._again = asyncio.get_running_loop().call_later(_AGAIN_S, self._flush, sender)
            except OSError:  # nobody holds it any more
                del self._unsent[name]
                self._remove(name)

    def _receive(self, bound: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                self._signals.wake(bound.recv(_LARGEST_BYTES).decode(errors="replace").split("\n"))

    def _look_around(self) -> None:
        """Read the folder, if it has changed since the last time."""
        changed_ns = os.stat(self._folder).st_mtime_ns
        if changed_ns == self._seen_ns:
            return
        self._seen_ns = changed_ns if time.time_ns() - changed_ns > _SETTLED_NS else 0
        names = {name for name in os.listdir(self._folder) if name.endswith(".sock")} - {self._name}
        self._unsent = {name: self._unsent.get(name, set()) for name in names}

    def _address(self, name: str) -> str:
        """A socket's path, which must be short: through the descriptor, where the system has that."""
        through = f"/proc/self/fd/{self._folder}"
        return f"{through}/{name}" if os.path.isdir(through) else str(self._path / name)

    def _remove(self, name: str) -> None:
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=self._folder)
