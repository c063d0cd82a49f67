"""Code that tries to use up this machine, or to fool the server through what it sends."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from pathlib import Path

import pytest

from homeport.sandbox import Image, Limits, Sandbox, Sandboxes
from tests.sandbox.test_calls import text

pytestmark = pytest.mark.anyio


async def works_again(box: Sandbox) -> bool:
    return text(await box.run("6 * 7")) == "42\n"


def processes_inside(box: Sandbox) -> int:
    assert box.interpreter is not None
    assert box.interpreter.watch is not None
    return len(box.interpreter.watch._processes())


# --- processes -----------------------------------------------------------------------------------


async def test_a_fork_bomb_is_bounded(box: Sandbox) -> None:
    result = await box.run("import os\nwhile True: os.fork()", timeout_s=5)
    assert result.status in ("failed", "timed_out", "crashed")
    if box.interpreter is not None:
        assert processes_inside(box) <= box.limits.processes
    await box.stop()
    assert await works_again(box)


async def test_a_thread_bomb_is_bounded(box: Sandbox) -> None:
    code = (
        "import threading\nfor _ in range(1000): threading.Thread(target=threading.Event().wait, daemon=True).start()"
    )
    result = await box.run(code)
    assert result.error == "RuntimeError: can't start new thread"
    await box.stop()
    assert await works_again(box)


async def test_what_is_left_running_ends_with_the_interpreter(box: Sandbox) -> None:
    code = (
        "import subprocess, sys\n"
        "for _ in range(3):\n"
        "    subprocess.Popen([sys.executable, '-c', 'while True: pass'], start_new_session=True)"
    )
    await box.run(code)
    assert processes_inside(box) == 5
    assert box.interpreter is not None
    assert box.interpreter.watch is not None
    proc = os.dup(box.interpreter.watch._proc)
    try:
        await box.stop()
        assert [name for name in os.listdir(proc) if name.isdigit()] == []
    finally:
        os.close(proc)


async def test_orphans_are_buried(box: Sandbox) -> None:
    code = (
        "import os, time\n"
        "for _ in range(100):\n"  # three times what may exist at once
        "    if os.fork() == 0:\n"
        "        if os.fork() == 0: os._exit(0)\n"
        "        os._exit(0)\n"
        "    os.wait()\n"
        "    while len([n for n in os.listdir('/proc') if n.isdigit()]) > 10: time.sleep(0.001)\n"
    )
    assert (await box.run(code)).status == "completed"


async def test_burning_cpu_between_calls_ends_the_interpreter(folder: Path) -> None:
    async with Sandboxes(folder, limits=Limits(idle_cpu_s=0.2), spares=0) as owner:
        box = owner.sandbox("a")
        await box.run(
            "import threading\ndef burn():\n  while True: pass\nthreading.Thread(target=burn, daemon=True).start()"
        )
        while box.interpreter is not None:
            await asyncio.sleep(0.02)
        assert (await box.run("1")).fresh


# --- memory --------------------------------------------------------------------------------------


async def test_more_memory_than_allowed_is_an_error_that_code_can_catch(box: Sandbox) -> None:
    result = await box.run("try: x = bytearray(1 << 30)\nexcept MemoryError: print('no')")
    assert (result.status, text(result)) == ("completed", "no\n")
    assert (await box.run("x = bytearray(100 << 20)")).status == "completed"


@pytest.mark.parametrize(
    "code",
    [
        # Each process is within its limit; together they are not.
        "import os, time\nfor _ in range(8):\n  if os.fork() == 0: x = b'x' * (150 << 20); break\ntime.sleep(60)",
        # Events all the time don't keep the server from looking.
        "import os, time\nfor _ in range(8):\n  if os.fork() == 0: x = b'x' * (150 << 20); break\n"
        "while True: print('.'); time.sleep(0.05)",
        # Memory that counts as no process's data, but is resident.
        "import mmap\nm = [mmap.mmap(-1, 100 << 20) for _ in range(10)]\nfor x in m: x.write(b'x' * (100 << 20))",
    ],
)
async def test_a_memory_bomb_is_stopped(box: Sandbox, code: str) -> None:
    result = await box.run(code, timeout_s=30)
    assert result.status == "out_of_memory"
    assert result.error == "The code used more than 256 MiB of memory and was stopped."
    assert await works_again(box)


async def test_memory_shared_by_forked_processes_counts_once(box: Sandbox) -> None:
    code = (
        "import os, time\n"
        "x = b'x' * (100 << 20)\n"
        "children = []\n"
        "for _ in range(5):\n"
        "    child = os.fork()\n"
        "    if child == 0: sum(x[::4096]); time.sleep(0.5); os._exit(0)\n"
        "    children.append(child)\n"
        "for child in children: os.waitpid(child, 0)\n"
        "'done'"
    )
    assert text(await box.run(code)) == "'done'\n"


async def test_memory_in_sockets_is_bounded(box: Sandbox) -> None:
    code = "import socket, time\npairs = [socket.socketpair() for _ in range(100)]\ntime.sleep(60)"
    assert (await box.run(code)).status == "out_of_memory"
    assert await works_again(box)


# --- disk ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["/mnt/data", "/tmp", "/dev/shm"])
async def test_a_disk_fill_ends_in_an_error(box: Sandbox, folder: str) -> None:
    before = shutil.disk_usage(box._data.path.parent).free
    result = await box.run(
        f"try:\n  for i in range(64):\n    with open(f'{folder}/{{i}}', 'wb') as f: f.write(b'x' * (1 << 20))\n"
        "except OSError as error: print(error.strerror)"
    )
    assert text(result) == "No space left on device\n"
    assert result.status == "completed"
    assert before - shutil.disk_usage(box._data.path.parent).free < 64 << 20
    assert await works_again(box)


@pytest.mark.parametrize("folder", ["/mnt/data", "/tmp", "/dev/shm"])
async def test_files_without_number_are_stopped(box: Sandbox, folder: str) -> None:
    result = await box.run(f"import time\nfor i in range(2000): open(f'{folder}/{{i}}', 'w').close()\ntime.sleep(60)")
    assert result.status == "out_of_space"
    assert result.error == "The code made too many files and was stopped."
    assert await box.files() == []
    assert await works_again(box)


async def test_space_held_by_deleted_files_is_bounded(box: Sandbox) -> None:
    code = (
        "import os\n"
        "held = []\n"
        "try:\n"
        "    for i in range(64):\n"
        "        held.append(open('x', 'wb')); os.unlink('x'); held[-1].write(b'x' * (1 << 20)); held[-1].flush()\n"
        "except OSError as error: print(error.strerror)"
    )
    assert text(await box.run(code)) == "No space left on device\n"


async def test_sparse_files_do_not_become_real_ones_here(box: Sandbox) -> None:
    await box.put("kept.txt", b"kept")
    assert "File too large" in ((await box.run("open('huge', 'wb').truncate(1 << 40)")).error or "")
    await box.run("import os; os.remove('huge')")
    result = await box.run("for i in range(50): open(f'{i}', 'wb').truncate(8 << 20)")
    assert result.status == "out_of_space"
    assert "/mnt/data" in (result.error or "")
    assert [file.name for file in await box.files()] == ["kept.txt"]
    assert await works_again(box)


async def test_nothing_can_be_written_elsewhere(steady: Sandbox) -> None:
    code = (
        "import os\n"
        "for d, folders, _ in os.walk('/'):\n"
        "    if d.startswith(('/proc', '/python', '/usr')): folders.clear(); continue\n"
        "    if os.access(d, os.W_OK): print(d)"
    )
    assert set(text(await steady.run(code)).split()) <= {"/tmp", "/mnt/data", "/dev/shm", "/dev/pts"}


# --- output --------------------------------------------------------------------------------------


async def test_an_endless_flood_is_cut_and_stopped(box: Sandbox) -> None:
    started = time.process_time()
    result = await box.run("while True: print('x' * 1000)", timeout_s=2)
    assert (result.status, result.truncated) == ("timed_out", True)
    assert len(text(result)) == box.limits.logs_bytes
    assert time.process_time() - started < 1.5, "the server does something else meanwhile"
    assert await works_again(box)


async def test_a_flood_on_every_descriptor_is_contained(box: Sandbox) -> None:
    code = (
        "import os, threading\n"
        "def flood(number):\n"
        "    try:\n"
        "        while True: os.write(number, b'x' * 65536)\n"
        "    except OSError: pass\n"
        "for number in range(256):\n"
        "    try: os.fstat(number)\n"
        "    except OSError: continue\n"
        "    threading.Thread(target=flood, args=(number,)).start()\n"
        "import time; time.sleep(60)"
    )
    result = await box.run(code, timeout_s=10)
    assert result.status == "crashed"
    assert result.error is not None
    assert "stopped" in result.error
    assert await works_again(box)


async def test_a_flood_of_images_is_cut(box: Sandbox) -> None:
    code = (
        "class Picture:\n"
        "    def _repr_png_(self): return b'\\x89PNG\\r\\n\\x1a\\n' + b'.' * size\n"
        "size = 1000\n"
        "for _ in range(50): display(Picture())\n"
        "print('end')"
    )
    result = await box.run(code)
    assert (result.status, result.truncated, text(result)) == ("completed", True, "end\n")
    assert sum(isinstance(output, Image) for output in result.outputs) == box.limits.images
    large = await box.run("size = 1_000_000\ndisplay(Picture())\nsize *= 5\ndisplay(Picture())")
    assert (large.status, large.truncated, len(large.outputs)) == ("completed", True, 1)


async def test_an_exception_of_any_size_is_bounded(steady: Sandbox) -> None:
    result = await steady.run("raise ValueError('x' * 50_000_000)")
    assert result.status == "failed"
    assert len(result.error or "") <= 1000
    assert len(text(result)) < 40_000


@pytest.mark.parametrize(
    "code",
    [
        "class E(Exception):\n  def __str__(self): raise E\nraise E",
        "class E(Exception):\n  def __str__(self): return 5\nraise E",
        "class E(BaseException):\n  __module__ = property(lambda self: 1/0)\nraise E",
        "class R:\n  def __repr__(self): return 5\nR()",
        "class R:\n  def __repr__(self): raise SystemExit\nR()\nraise ValueError",
        "class R:\n  _repr_png_ = 5\nR()\nraise ValueError",
        "class R:\n  def __getattribute__(self, name): raise BaseException\nR()\nraise ValueError",
        "raise ExceptionGroup('a', [ValueError(1)])",
    ],
)
async def test_objects_that_misbehave_are_an_answer(box: Sandbox, code: str) -> None:
    result = await box.run(code)
    assert result.status in ("failed", "completed")
    assert not (await box.run("1")).fresh, "and the interpreter is still there"


# --- replies -------------------------------------------------------------------------------------

FIND = (
    "import json, os, socket, stat\n"
    "opened = [int(name) for name in os.listdir('/proc/self/fd') if os.path.exists(f'/proc/self/fd/{name}')]\n"
    "control = next(number for number in opened if stat.S_ISSOCK(os.fstat(number).st_mode))\n"
)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("b'not json'", "crashed"),
        ("b'[]'", "crashed"),
        ("b'{}'", "crashed"),
        ("b'\\xff\\xfe'", "crashed"),
        ("b'[' * 100_000", "crashed"),
        ('b\'{"id": "1", "status": "completed"}\'', "crashed"),
        ('b\'{"id": 1, "status": "out_of_memory"}\'', "crashed"),
        ('b\'{"id": 1, "image": {"media_type": "text/html", "data": ""}}\'', "crashed"),
        ('b\'{"id": 1, "image": {"media_type": "image/png", "data": "PHNjcmlwdD4="}}\'', "crashed"),
        ('b\'{"id": 1, "image": {"media_type": "image/png", "data": "%%%"}}\'', "crashed"),
        ('b\'{"id": 1, "image_left_out": "no"}\'', "crashed"),
        ('b\'{"id": 1e400, "status": "completed"}\'', "crashed"),
        ('b\'{"id": 99, "status": "failed", "error": "of another call"}\'', "timed_out"),
        ('b\'{"id": 1, "status": "completed", "error": null, "outputs": [1]}\'', "completed"),
        ('b\'{"id": 1, "status": "failed", "error": "\' + b\'e\' * 100_000 + b\'"}\'', "failed"),
    ],
)
async def test_a_forged_reply_harms_only_its_own_call(box: Sandbox, line: str, status: str) -> None:
    timeout_s = 0.5 if status == "timed_out" else 30  # which no other of them comes to
    result = await box.run(f"{FIND}os.write(control, {line} + b'\\n')\nwhile True: pass", timeout_s=timeout_s)
    assert result.status == status
    assert len(result.error or "") <= 1000
    await box.stop()
    assert await works_again(box)


@pytest.mark.parametrize("reply", [b'{"id": 1, "image_left_out": true}', b'{"id": 99}', b'{"id": 1}'])
async def test_a_flood_of_replies_ends_its_call(box: Sandbox, reply: bytes) -> None:
    line = reply + b"\n"
    call = box.run(f"{FIND}while True: os.write(control, {line!r} * 500)")
    result = await asyncio.wait_for(call, 30)  # it could go on for a minute
    assert result.status == "crashed"
    assert result.error == "The interpreter sent a reply that makes no sense and was stopped."
    assert await works_again(box)


async def test_an_endless_line_is_refused(box: Sandbox) -> None:
    result = await box.run(f"{FIND}while True: os.write(control, b'x' * 65536)")
    assert result.error == "The interpreter sent an overlong reply and was stopped."
    assert await works_again(box)


@pytest.mark.parametrize("close", ["os.close(control)", "os.dup2(os.open('/dev/null', os.O_RDWR), control)"])
async def test_closing_the_way_back_ends_the_interpreter(box: Sandbox, close: str) -> None:
    assert (await box.run(f"{FIND}{close}\nwhile True: pass", timeout_s=0.5)).status == "timed_out"
    assert await works_again(box)
    result = await box.run(f"{FIND}{close}", timeout_s=0.5)
    assert result.status in ("crashed", "timed_out")
    assert await works_again(box)


async def test_an_acknowledgement_can_be_stolen_but_no_more(box: Sandbox) -> None:
    code = f"{FIND}import threading\nthreading.Thread(target=lambda: os.read(control, 10), daemon=True).start()"
    await box.run(code)
    result = await box.run("5", timeout_s=2)  # its request arrives in pieces
    assert result.status in ("completed", "timed_out", "crashed")
    await box.stop()
    assert await works_again(box)


@pytest.mark.parametrize(
    "code",
    [
        "import builtins\nfor name in list(vars(builtins)): delattr(builtins, name)",
        "import sys\nfor name in list(sys.modules): del sys.modules[name]",
        "import sys\nsys.stdout = sys.stderr = None\nprint('x')\nraise ValueError",
        "import sys\nsys.stdout.close(); sys.stderr.close()\nraise ValueError",
        "import os\nos.close(1); os.close(2)\nraise ValueError",
        "import os\nos.closerange(0, 256)",
        "import json\njson.dumps = lambda *a, **k: 'nonsense'",
        "import json\njson.loads = lambda *a, **k: {'id': 1}",
        "import gc\nfor o in gc.get_objects():\n  if type(o).__name__ == 'Notebook': o.run = None",
        "import gc\nfor o in gc.get_objects():\n  if type(o).__name__ == 'Channel': o._call = 'x'",
        "import sys\nsys.setrecursionlimit(50)",
        "import sys\nsys.settrace(lambda *a: 1/0)",
        "import signal as s\ns.signal(s.SIGALRM, lambda *a: 1/0); s.setitimer(s.ITIMER_REAL, 0.001, 0.001)",
        "import atexit, os\natexit.register(os.abort)\nexit()",
        "import resource\nresource.setrlimit(resource.RLIMIT_DATA, (1 << 20, 1 << 20))",
        "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))",
        "del __builtins__, display",
        "import os\nos.chdir('/proc/self/fd')",
        "import os, shutil\nshutil.rmtree('/mnt/data', ignore_errors=True)",
    ],
)
async def test_a_broken_interpreter_is_an_answer_and_is_replaced(box: Sandbox, code: str) -> None:
    first = await box.run(code, timeout_s=5)
    assert first.status in ("completed", "failed", "crashed", "timed_out")
    second = await box.run("5", timeout_s=5)  # may be broken
    assert second.status in ("completed", "failed", "crashed", "timed_out")
    await box.stop()
    assert await works_again(box)


@pytest.mark.parametrize(
    "kind", ["RLIMIT_DATA", "RLIMIT_AS", "RLIMIT_NPROC", "RLIMIT_NOFILE", "RLIMIT_FSIZE", "RLIMIT_CORE"]
)
async def test_limits_can_not_be_raised(steady: Sandbox, kind: str) -> None:
    code = (
        f"import resource as r\nsoft, hard = r.getrlimit(r.{kind})\n"
        f"try: r.setrlimit(r.{kind}, (hard + 1, hard + 1))\n"
        "except (ValueError, PermissionError): print('no', soft == hard > -1)"
    )
    assert text(await steady.run(code)) == "no True\n"
