"""What a sandboxed process may see and reach: how bubblewrap is started."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from homeport.errors import SandboxUnavailable
from homeport.sandbox import runtime
from homeport.sandbox.events import Limits

GET_BUBBLEWRAP = "install bubblewrap 0.7 or newer (Debian, Ubuntu: apt-get install bubblewrap)"
_LEAST_VERSION = (0, 7)
_LAUNCH = Path(__file__).with_name("launch.py")
_WORKER = "/interpreter/homeport_worker.py"
# Nobody's number: above those of people and services, below those that containers are given (from 100,000).
UNPRIVILEGED_USER = 64_321


class Cage(Struct, frozen=True):
    """How sandboxes are made on this machine. `user` as from `sandbox_user`."""

    bwrap: str
    version: str
    user: int | None
    runtime: runtime.Runtime

    def command(self, limits: Limits, *, join: str | None, seccomp: int, info: int) -> list[str]:
        """The command line that starts an interpreter, `seccomp` and `info` being descriptors that it inherits.

        Start it with an empty environment. The process becomes bubblewrap's monitor; killing it ends everything inside.
        """
        options = [
            *(f"--unshare-{namespace}" for namespace in ("user", "ipc", "pid", "net", "uts", "cgroup-try")),
            *("--uid", "1000", "--gid", "1000", "--hostname", "sandbox"),
            # A session of its own: no terminal to type into. Process 1 is the worker's: bubblewrap's has no filter.
            *("--die-with-parent", "--new-session", "--as-pid-1"),
            *(word for path in self.runtime.hidden for word in ("--tmpfs", path, "--remount-ro", path)),
            *("--proc", "/proc", "--dev", "/dev"),
            *("--size", str(limits.scratch_bytes), "--tmpfs", "/dev/shm", "--remount-ro", "/dev"),
            *("--size", str(limits.scratch_bytes), "--tmpfs", "/tmp"),
            *("--size", str(limits.data_bytes), "--tmpfs", "/mnt/data", "--chdir", "/mnt/data"),
            *("--remount-ro", "/"),
            *(word for name, value in self.runtime.environment.items() for word in ("--setenv", name, value)),
            *("--seccomp", str(seccomp), "--info-fd", str(info)),
        ]
        file_bytes = max(limits.data_bytes, limits.scratch_bytes)
        bounds = (limits.memory_bytes, limits.processes, file_bytes, limits.image_bytes)
        plan = {
            "bwrap": self.bwrap,
            "user": self.user,
            "join": join,
            "mounts": [(mount.source, mount.target) for mount in self.runtime.mounts],
            "options": options,
            "command": [runtime.EXECUTABLE, "-P", _WORKER, *map(str, bounds)],
        }
        return [sys.executable, "-I", "-S", str(_LAUNCH), json.dumps(plan)]


def sandbox_user() -> int | None:
    """The number that a server which is root becomes for sandboxes; None where it is not root."""
    return UNPRIVILEGED_USER if os.geteuid() == 0 else None


def find_cage(packages: Iterable[str] = runtime.PACKAGES) -> Cage:
    """Look for what a sandbox needs. Raises SandboxUnavailable, with the remedy, where something is missing.

    That all is there doesn't mean that the kernel lets it work: only a start shows that, see `probe`.
    """
    if sys.platform != "linux":
        raise SandboxUnavailable(f"it is {sys.platform}", "run the server on Linux")
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise SandboxUnavailable("bubblewrap is missing", GET_BUBBLEWRAP)
    try:
        answer = subprocess.run([bwrap, "--version"], capture_output=True, text=True, timeout=10, env={}).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise SandboxUnavailable(f"{bwrap} doesn't run: {error}", GET_BUBBLEWRAP) from None
    numbers = re.search(r"(\d+)\.(\d+)", answer)
    if numbers is None or tuple(map(int, numbers.groups())) < _LEAST_VERSION:
        found = answer.strip() or "not bubblewrap"
        raise SandboxUnavailable(f"{bwrap} is {found}", GET_BUBBLEWRAP)
    return Cage(os.path.realpath(bwrap), answer.split()[-1], sandbox_user(), runtime.python_runtime(packages))
