"""When the server dies, however it dies, nothing of its sandboxes is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SERVER = """
import asyncio, os, sys
from pathlib import Path
from homeport.sandbox import Sandboxes

STUBBORN = '''
import ctypes, os, signal, subprocess, sys
for number in (1, 2, 3, 15):
    signal.signal(number, signal.SIG_IGN)
ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)  # no signal when the parent dies
for _ in range(3):
    subprocess.Popen([sys.executable, "-c", "import time\\\\nwhile True: time.sleep(1)"], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    while True: pass
'''

async def main():
    owner = Sandboxes(Path(sys.argv[1]), preload=[])
    busy, idle = owner.sandbox("busy"), owner.sandbox("idle")
    await idle.run(STUBBORN)
    call = asyncio.create_task(busy.run(STUBBORN + "print('on', flush=True)\\nwhile True: pass"))
    while not owner._spares or not busy.interpreter or len(busy.interpreter.watch._processes()) < 6:
        await asyncio.sleep(0.02)
    print("ready", flush=True)
    await call

asyncio.run(main())
"""


def descendants(process: int) -> set[int]:
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found: set[int] = set()
    while new := {child for child, parent in parents.items() if parent in found | {process}} - found:
        found |= new
    return found


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_dead_server_leaves_no_process(how: signal.Signals, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, str(tmp_path / "s")], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        inside = descendants(server.pid)
        assert len(inside) >= 3 * 3 + 2 * 4, "monitor, process 1, interpreter, and what the code has started"
        identities = {process: _started(process) for process in inside}
        server.send_signal(how)
        server.wait(30)
    until = time.monotonic() + 30
    while left := {process for process in inside if _started(process) == identities[process] is not None}:
        assert time.monotonic() < until, left
        time.sleep(0.01)


def _started(process: int) -> str | None:
    """When a process was started, since its number may be another's by now; None when it has ended."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


@pytest.mark.anyio
async def test_killing_bubblewrap_kills_all_inside(tmp_path: Path) -> None:
    from homeport.sandbox import Sandboxes

    async with Sandboxes(tmp_path / "s", spares=0) as owner:
        box = owner.sandbox("a")
        await box.run("import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'while True: pass'])")
        assert box.interpreter is not None
        inside = descendants(box.interpreter._process.pid)
        assert len(inside) == 3
        os.kill(box.interpreter._process.pid, signal.SIGKILL)
        until = time.monotonic() + 30
        while any(_started(process) for process in inside):
            assert time.monotonic() < until
            time.sleep(0.01)
        assert (await box.run("1")).fresh
