"""Control groups (version 2): the kernel's own bounds on the memory and the processes of a whole sandbox.

They need a place to write to, which root usually has, and a service with `Delegate=yes` and `DelegateSubgroup=`.
Without them `watch` looks after the memory, and resource limits after the number of processes.
"""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress
from pathlib import Path

from homeport.ids import new_id
from homeport.sandbox.events import Limits

_PREFIX = "homeport-"
_CONTROLLERS = {"memory", "pids"}
_REMOVE_WITHIN_S = 2.0


class Cgroup:
    """One sandbox's group."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def joined_by(self) -> str:
        """The file that a process writes "0" to in order to join."""
        return str(self._folder / "cgroup.procs")

    def killed_for_memory(self) -> bool:
        """Whether the kernel has killed a process of this group because it had used up its memory."""
        with suppress(OSError):
            match = re.search(r"^oom_kill (\d+)", (self._folder / "memory.events").read_text(), re.MULTILINE)
            return match is not None and int(match[1]) > 0
        return False

    def remove(self) -> None:
        """Delete a group whose processes have ended; the kernel may take a moment to see that they have."""
        until = time.monotonic() + _REMOVE_WITHIN_S
        while self._folder.exists():
            try:
                self._folder.rmdir()
            except OSError:
                if time.monotonic() > until:
                    break
                time.sleep(0.005)


def create_cgroup(limits: Limits) -> Cgroup | None:
    """A new group with these bounds; None where this process may not make one."""
    parent = _parent()
    if parent is None:
        return None
    group = Cgroup(folder := parent / f"{_PREFIX}{os.getpid()}-{new_id('sandbox')}")
    # Files in /tmp, /dev/shm and /mnt/data are memory too.
    memory_bytes = limits.memory_bytes + limits.data_bytes + 2 * limits.scratch_bytes
    try:
        folder.mkdir()
        (folder / "memory.max").write_text(str(memory_bytes))
        (folder / "memory.oom.group").write_text("1")
        (folder / "pids.max").write_text(str(limits.processes))
        if (folder / "memory.swap.max").exists():
            (folder / "memory.swap.max").write_text("0")
        if not os.access(parent / "cgroup.procs", os.W_OK):  # moving a process takes this right too
            raise PermissionError(parent)
    except OSError:
        group.remove()
        return None
    return group


def remove_leftovers() -> None:
    """Delete the empty groups of servers that were killed."""
    parent = _parent()
    for folder in parent.glob(f"{_PREFIX}*-*") if parent else ():
        process = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if not Path("/proc", process).exists():
            with suppress(OSError):
                folder.rmdir()


def _parent() -> Path | None:
    """Where bounded groups can be made: beside this process's own, since one with processes in it has none below."""
    with open("/proc/self/mounts") as mounts:
        places = [place for _, place, kind, *_ in map(str.split, mounts) if kind == "cgroup2"]
    own = re.search(r"^0::(/.*)$", Path("/proc/self/cgroup").read_text(), re.MULTILINE)
    if not places or own is None:
        return None
    group = Path(places[0] + own[1])
    parent = group if own[1] == "/" else group.parent
    with suppress(OSError):
        if set((parent / "cgroup.subtree_control").read_text().split()) >= _CONTROLLERS:
            return parent
    return None
