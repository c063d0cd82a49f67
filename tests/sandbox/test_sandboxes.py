"""How many interpreters there are, and which of them end when."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import aclosing
from pathlib import Path

import pytest

from homeport.errors import BadRequestError, Overloaded
from homeport.sandbox import Limits, Sandbox, Sandboxes
from tests.sandbox.test_calls import text

pytestmark = pytest.mark.anyio


def ready_spares(owner: Sandboxes) -> int:
    return len(owner._spares)


async def test_the_same_key_is_the_same_sandbox(folder: Path) -> None:
    async with Sandboxes(folder, spares=0) as owner:
        assert owner.sandbox("a") is owner.sandbox("a")
        await owner.sandbox("a").run("x = 5")  # nobody holds it, but it has an interpreter
        assert text(await owner.sandbox("a").run("x")) == "5\n"


@pytest.mark.parametrize("key", ["", "..", "a/b", ".incoming", "a" * 129, "a b", "ü"])
async def test_a_key_must_be_fit_for_a_folder(folder: Path, key: str) -> None:
    async with Sandboxes(folder) as owner:
        with pytest.raises(BadRequestError):
            owner.sandbox(key)


async def test_one_more_than_there_may_be_ends_the_longest_idle(folder: Path) -> None:
    async with Sandboxes(folder, capacity=2, spares=0) as owner:
        a, b, c = (owner.sandbox(key) for key in "abc")
        await a.run("x = 'a'; open('file', 'w').write('stays')")
        await b.run("x = 'b'")
        await a.run("x")
        await c.run("x = 'c'")
        assert (a.interpreter is not None, b.interpreter, c.interpreter is not None) == (True, None, True)
        assert text(await a.run("x")) == "'a'\n"
        again = await b.run("'x' in dir()")
        assert (again.fresh, text(again)) == (True, "False\n")


async def test_a_call_waits_until_an_interpreter_is_free(folder: Path) -> None:
    async with Sandboxes(folder, capacity=1, spares=0) as owner:
        a, b = owner.sandbox("a"), owner.sandbox("b")
        async with aclosing(
            a.stream("print(1, flush=True)\nimport os, time\nwhile not os.path.exists('go'): time.sleep(0.001)")
        ) as stream:
            await anext(stream)
            waiting = asyncio.create_task(b.run("2"))
            while not b.turn.locked():
                await asyncio.sleep(0.001)
            assert b.interpreter is None
            await a.put("go", b"")
            assert [event async for event in stream][-1].status == "completed"  # type: ignore[union-attr]
        assert text(await waiting) == "2\n"
        assert a.interpreter is None


async def test_a_call_does_not_wait_for_ever(folder: Path) -> None:
    async with Sandboxes(folder, capacity=1, spares=0, queue_timeout_s=0.1) as owner:
        async with aclosing(owner.sandbox("a").stream("print(1, flush=True)\nwhile True: pass")) as stream:
            await anext(stream)
            with pytest.raises(Overloaded, match="All 1 code interpreters are busy"):
                await owner.sandbox("b").run("2")
        assert text(await owner.sandbox("b").run("2")) == "2\n"


async def test_many_at_once_never_exceed_the_capacity(folder: Path) -> None:
    async with Sandboxes(folder, capacity=2, spares=0) as owner:
        most = 0

        async def use(key: str) -> str:
            nonlocal most
            box = owner.sandbox(key)
            result = await box.run(f"{key!r}")
            most = max(most, len(owner._running))
            return text(result)

        keys = [f"k{number}" for number in range(8)]
        assert await asyncio.gather(*map(use, keys)) == [f"{key!r}\n" for key in keys]
        assert most <= 2


async def test_an_idle_interpreter_is_ended_and_its_files_stay(folder: Path) -> None:
    async with Sandboxes(folder, idle_timeout_s=0.1, spares=0) as owner:
        box = owner.sandbox("a")
        await box.run("x = 1; open('kept', 'w').close()")
        while box.interpreter is not None:
            await asyncio.sleep(0.02)
        assert [file.name for file in await box.files()] == ["kept"]
        assert (await box.run("1")).fresh


async def test_a_spare_is_kept_ready_with_its_imports_done(folder: Path) -> None:
    async with Sandboxes(folder, preload=["decimal", "no_such_module"]) as owner:
        assert ready_spares(owner) == 0, "nothing is taken before it is needed"
        await owner.sandbox("a").run("1")
        while not ready_spares(owner):
            await asyncio.sleep(0.02)
        spare = owner._spares[0]
        b = owner.sandbox("b")
        await b.put("f", b"there")
        result = await b.run("import sys\n'decimal' in sys.modules, 'decimal' in dir(), open('f').read()")
        assert (text(result), result.fresh) == ("(True, False, 'there')\n", True)
        assert b.interpreter is spare
        while not ready_spares(owner):
            await asyncio.sleep(0.02)
        assert owner._spares[0] is not spare


async def test_a_spare_that_has_died_is_not_used(folder: Path) -> None:
    async with Sandboxes(folder, preload=[]) as owner:
        await owner.sandbox("a").run("1")
        while not ready_spares(owner):
            await asyncio.sleep(0.02)
        os.kill(owner._spares[0]._process.pid, 9)
        while owner._spares and owner._spares[0].alive:
            await asyncio.sleep(0.01)
        assert text(await owner.sandbox("b").run("2")) == "2\n"


async def test_memory_can_be_set_for_each(folder: Path) -> None:
    async with Sandboxes(folder, limits=Limits(memory_bytes=128 << 20), preload=[]) as owner:
        small, large = owner.sandbox("a"), owner.sandbox("b", memory_bytes=512 << 20)
        assert (await small.run("len(bytes(200 << 20))")).error == "MemoryError"
        while not ready_spares(owner):
            await asyncio.sleep(0.02)
        assert text(await large.run("len(bytes(200 << 20))")) == f"{200 << 20}\n", "not from a spare"


async def test_stopping_ends_a_call(box: Sandbox) -> None:
    call = asyncio.create_task(box.run("print('on', flush=True)\nwhile True: pass"))
    while box.interpreter is None or not box.interpreter.calls:
        await asyncio.sleep(0.01)
    await box.stop()
    result = await call
    assert (result.status, result.error) == ("crashed", "The interpreter was stopped.")
    assert (await box.run("1")).fresh


async def test_closing_ends_everything_and_leaves_nothing(folder: Path) -> None:
    owner = Sandboxes(folder, preload=[])
    boxes = [owner.sandbox(key) for key in "ab"]
    calls = [asyncio.create_task(box.run("while True: pass")) for box in boxes]
    while not ready_spares(owner) or not all(box.interpreter and box.interpreter.calls for box in boxes):
        await asyncio.sleep(0.02)
    processes = [box.interpreter._process for box in boxes if box.interpreter] + [owner._spares[0]._process]
    before = len(os.listdir("/proc/self/fd"))
    await owner.close()
    assert [(await call).status for call in calls] == ["crashed", "crashed"]
    assert all(process.returncode is not None for process in processes)
    assert len(os.listdir("/proc/self/fd")) < before
    with pytest.raises(Overloaded, match="shutting down"):
        await owner.sandbox("c").run("1")


async def test_descriptors_and_folders_do_not_add_up(folder: Path) -> None:
    async with Sandboxes(folder, spares=0) as owner:
        counts = []
        for number in range(6):
            box = owner.sandbox(f"k{number}")
            await box.run("import os; os._exit(1)" if number % 2 else "1")
            with pytest.raises(BadRequestError):
                await box.put("..", b"")
            await owner.delete(f"k{number}")
            counts.append(len(os.listdir("/proc/self/fd")))
        assert counts[-1] <= counts[1]
        assert [path.name for path in folder.iterdir()] == [".incoming"]
        assert list((folder / ".incoming").iterdir()) == []


async def test_a_waiting_server_does_nothing(folder: Path) -> None:
    """An interpreter between calls costs the server next to no CPU time."""
    async with Sandboxes(folder, spares=0) as owner:
        await owner.sandbox("a").run("1")
        started = time.process_time()
        await asyncio.sleep(0.5)
        assert time.process_time() - started < 0.1
