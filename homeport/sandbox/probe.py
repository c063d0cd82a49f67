"""Whether this machine can run code safely, found out by doing it."""

from __future__ import annotations

import time
from collections.abc import Sequence

from msgspec import Struct

from homeport.errors import SandboxUnavailable
from homeport.sandbox.cage import find_cage
from homeport.sandbox.cgroups import create_cgroup
from homeport.sandbox.events import Limits, Logs
from homeport.sandbox.interpreter import Interpreter
from homeport.sandbox.runtime import PACKAGES

_TIMEOUT_S = 20.0


class Protections(Struct, frozen=True):
    """What holds the code in. Namespaces, the filter of system calls and resource limits always do.

    drops_root        the server is root, and its sandboxes run as somebody else
    control_group     the kernel bounds a sandbox's memory as a whole; otherwise the server looks after it
    missing_packages  those that code can't import, since they aren't installed
    """

    bubblewrap: str
    drops_root: bool
    control_group: bool
    missing_packages: list[str]
    start_s: float


async def probe(packages: Sequence[str] = PACKAGES) -> Protections:
    """Start an interpreter, and have it count. Raises SandboxUnavailable, with the remedy, where that fails."""
    cage = find_cage(packages)
    limits = Limits()
    started = time.monotonic()
    interpreter = await Interpreter.start(cage, limits)
    start_s = time.monotonic() - started
    try:
        written = "".join(
            [event.text async for event in interpreter.run("6 * 7", _TIMEOUT_S) if isinstance(event, Logs)]
        )
    finally:
        await interpreter.kill()
        interpreter.close()
    if written != "42\n":
        raise SandboxUnavailable(f"6 * 7 gave {written!r}", "see what is wrong with this Python")
    group = create_cgroup(limits)
    if group is not None:
        group.remove()
    return Protections(cage.version, cage.user is not None, group is not None, cage.runtime.missing, start_s)
