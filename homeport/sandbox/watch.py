"""Looks after what the kernel alone does not bound: the memory of all processes of a sandbox together, where there is
no control group, files and sockets by number, since they are memory too, and CPU time between calls.
"""

from __future__ import annotations

import os
from contextlib import suppress

from homeport.sandbox.events import Limits, Status

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Watch:
    """The server's view of a sandbox from outside, through descriptors of its file systems."""

    def __init__(self, limits: Limits, *, data: int, tmp: int, shm: int, proc: int, memory: bool) -> None:
        self._limits = limits
        self._descriptors = (data, tmp, shm, proc)
        self._proc = proc
        self._memory = memory  # whether to look after the memory
        self._most_files = {data: limits.data_files, tmp: limits.scratch_files, shm: limits.scratch_files}

    @property
    def data(self) -> int:
        """A descriptor of /mnt/data, good until `close`, even after the sandbox has ended."""
        return self._descriptors[0]

    def broken_limit(self) -> Status | None:
        """Which limit the sandbox has broken, if any. Takes well under a millisecond."""
        for descriptor, most in self._most_files.items():
            system = os.fstatvfs(descriptor)
            if system.f_files - system.f_ffree > most + 1:  # the top folder counts too
                return "out_of_space"
        if self._memory and self.memory_bytes() > self._limits.memory_bytes:
            return "out_of_memory"
        return "out_of_memory" if self._sockets() > self._limits.sockets else None

    def memory_bytes(self) -> int:
        """Memory of all processes inside. Pages shared by several are only told apart when that could matter."""
        processes = self._processes()
        resident = sum(self._resident_bytes(process) for process in processes)
        if resident <= self._limits.memory_bytes:
            return resident
        return sum(self._proportional_bytes(process) for process in processes)

    def cpu_s(self) -> float:
        """CPU time of all processes inside since the start, those that have ended included."""
        ticks = 0
        for process in self._processes():
            fields = self._read(f"{process}/stat").rpartition(b")")[2].split()  # before it, a name of the code's choice
            ticks += sum(map(int, fields[11:15]))
        return ticks / _TICKS_PER_S

    def close(self) -> None:
        for descriptor in self._descriptors:
            os.close(descriptor)

    def _processes(self) -> list[str]:
        return [name for name in os.listdir(self._proc) if name.isdigit()]

    def _sockets(self) -> int:
        words = self._read("1/net/sockstat").split(maxsplit=3)
        return int(words[2]) if words[:2] == [b"sockets:", b"used"] else 0

    def _resident_bytes(self, process: str) -> int:
        fields = self._read(f"{process}/statm").split()
        return int(fields[1]) * _PAGE_BYTES if fields else 0

    def _proportional_bytes(self, process: str) -> int:
        for line in self._read(f"{process}/smaps_rollup").splitlines():
            if line.startswith(b"Pss:"):
                return int(line.split()[1]) << 10
        return self._resident_bytes(process)  # a process can forbid the closer look

    def _read(self, path: str) -> bytes:
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._proc)
            with open(descriptor, "rb", buffering=0) as file:
                return file.read()
        return b""
