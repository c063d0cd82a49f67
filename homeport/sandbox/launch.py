"""A program of its own, `python -I -S launch.py PLAN`: gives up what it can and becomes bubblewrap.

As root it first makes a mount namespace of its own, in which it shows the plan's files in /tmp, because the user that
it then becomes may not look into the folders that they lie in, such as /root. That user, whom nothing on the machine
belongs to, starts bubblewrap: started by root, it would leave /proc/sys writable.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from typing import Any

_CLONE_NEWNS = 0x00020000
_MS_BIND, _MS_REC, _MS_PRIVATE, _MS_NOSUID, _MS_NODEV = 4096, 16384, 1 << 18, 2, 4
_NICENESS = 10

_libc = ctypes.CDLL(None, use_errno=True)


def launch(plan: dict[str, Any]) -> None:
    """Become bubblewrap.

    The plan: ``bwrap`` its path; ``user`` a number to become, or null; ``join`` the file of a control group, or null;
    ``mounts`` [source, target] pairs; ``options`` further options; ``command`` what to run inside.
    """
    if plan["join"] is not None:
        with open(plan["join"], "w") as file:
            file.write("0")
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")  # when the machine runs out of memory, this goes first
    os.nice(_NICENESS)
    bwrap, mounts = plan["bwrap"], plan["mounts"]
    if plan["user"] is not None:
        bwrap, *sources = _stage([bwrap, *(source for source, _ in mounts)])
        mounts = [(source, target) for source, (_, target) in zip(sources, mounts, strict=True)]
        os.setgroups([])
        os.setresgid(plan["user"], plan["user"], plan["user"])
        os.setresuid(plan["user"], plan["user"], plan["user"])
    options = [word for source, target in mounts for word in ("--ro-bind", source, target)] + plan["options"]
    # In a file, and with no environment: both stay with the process that ends up inside.
    arguments = os.memfd_create("arguments", 0)
    os.write(arguments, "".join(f"{word}\0" for word in options).encode())
    os.lseek(arguments, 0, os.SEEK_SET)
    os.execve(bwrap, ["bwrap", "--args", str(arguments), "--", *plan["command"]], {})


def _stage(sources: list[str]) -> list[str]:
    """Show files and folders in a /tmp of this process alone; returns their paths there."""
    _check(_libc.unshare(_CLONE_NEWNS), "unshare")
    _mount(None, "/", None, _MS_REC | _MS_PRIVATE)
    # Opened before /tmp is covered: some may lie in there. A descriptor is also safe from renames in between.
    opened = [os.open(source, os.O_PATH) for source in sources]
    _mount("tmpfs", "/tmp", "tmpfs", _MS_NOSUID | _MS_NODEV, "size=1m,mode=755")
    staged = []
    for number, (source, descriptor) in enumerate(zip(sources, opened, strict=True)):
        path = f"/tmp/{number}"
        if os.path.isdir(f"/proc/self/fd/{descriptor}"):
            os.mkdir(path)
        else:
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
        _mount(f"/proc/self/fd/{descriptor}", path, None, _MS_BIND | _MS_REC, what=source)
        os.close(descriptor)
        staged.append(path)
    return staged


def _mount(
    source: str | None, target: str, kind: str | None, flags: int, data: str | None = None, *, what: str = ""
) -> None:
    words = [None if word is None else word.encode() for word in (source, target, kind, data)]
    result = _libc.mount(words[0], words[1], words[2], ctypes.c_ulong(flags), words[3])
    _check(result, f"mount {what or source or target}")


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


if __name__ == "__main__":
    try:
        launch(json.loads(sys.argv[1]))
    except OSError as error:
        sys.exit(f"{error.strerror}{f': {error.filename}' if error.filename else ''}")
