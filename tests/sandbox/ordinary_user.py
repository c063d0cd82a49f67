"""A program: a server that is not root, with a few attacks on it; prints what came of them as JSON.

Started as root it becomes an ordinary user first, who may not look into the folders that the tests' Python lies in; so
it shows these folders, and nothing else of their parents, in a mount namespace of its own.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import sys
from pathlib import Path

USER = 12_345
_CLONE_NEWNS, _MS_BIND, _MS_REC, _MS_PRIVATE = 0x20000, 4096, 16384, 1 << 18


def become_ordinary(needed: list[Path]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.unshare(_CLONE_NEWNS) == 0
    assert libc.mount(None, b"/", None, ctypes.c_ulong(_MS_REC | _MS_PRIVATE), None) == 0
    for path in needed:
        closed = next((parent for parent in reversed(path.parents) if not parent.stat().st_mode & 0o001), None)
        if closed is None:
            continue
        opened = os.open(path, os.O_PATH)
        assert libc.mount(b"tmpfs", bytes(closed), b"tmpfs", ctypes.c_ulong(0), b"mode=755") == 0
        path.mkdir(parents=True)
        assert libc.mount(f"/proc/self/fd/{opened}".encode(), bytes(path), None, ctypes.c_ulong(_MS_BIND), None) == 0
        os.close(opened)
    os.setgroups([])
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)


async def main(folder: Path) -> None:
    from homeport.sandbox import Limits, Logs, Sandboxes, probe

    said: dict[str, object] = {"user": os.getuid(), "drops_root": (await probe()).drops_root}
    async with Sandboxes(folder, limits=Limits(memory_bytes=256 << 20), spares=0) as owner:
        box = owner.sandbox("a")
        await box.put("in.txt", b"in")
        attacks = {
            "works": "open('out.txt', 'w').write(open('in.txt').read())",
            "state": "import os; os.getuid(), sorted(os.listdir('/mnt/data'))",
            "shadow": "open('/etc/shadow')",
            "first": "open('/proc/1/mem', 'r+b')",
            "kill": "os.kill(-1, 9)",
            "settings": "open('/proc/sys/kernel/panic', 'w')",
            "network": "import os, socket; socket.create_connection(('127.0.0.1', 9))",
            "memory": "for _ in range(8):\n  if not os.fork(): x = b'x' * (1 << 27); break\nimport time\ntime.sleep(9)",
            "again": "import os; sorted(os.listdir('/mnt/data'))",
        }
        for name, code in attacks.items():
            result = await box.run(code)
            logs = "".join(output.text for output in result.outputs if isinstance(output, Logs))
            said[name] = [result.status, logs.strip().rpartition("\n")[2]]
        said["files"] = [file.name for file in await box.files()]
    print(json.dumps(said))


if __name__ == "__main__":
    if os.geteuid() == 0:
        become_ordinary(
            [Path(sys.prefix), Path(sys.base_prefix), Path(sys.argv[1]), Path(__file__).parent.parent.parent]
        )
    asyncio.run(main(Path(sys.argv[1])))
