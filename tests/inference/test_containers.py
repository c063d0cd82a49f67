"""Code in containers: real sandboxes, real files, on both databases."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection

from homeport.errors import BadRequestError, NotFoundError, RequestTooLarge, StorageUnavailable
from homeport.inference.containers import Calls, Containers, Logs, Plot, Ran
from homeport.inference.tools import CodeInterpreterTool
from homeport.sandbox import Limits
from homeport.sandbox.workplace import Workplace
from homeport.storage import containers as rows
from homeport.storage import sweep
from homeport.storage.blobs import Blobs
from homeport.storage.containers import Container, ContainerFile, new_container
from homeport.storage.database import Database
from homeport.storage.files import FileStore
from homeport.storage.objects import Page
from homeport.storage.uploads import UploadStore

pytestmark = pytest.mark.anyio

P = "proj_test"


class Process:
    """What a server has of containers; several of them share a database and a store of files."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.store = FileStore(database, Blobs(folder / "files"))
        self.calls = Calls(self.store, folder / "sandboxes", interpreters=2)
        self.containers = Containers(self.store, self.calls, max_memory_gb=1)

    async def run(self, container: Container, code: str, key: str | None = None) -> Ran:
        *_, last = [event async for event in self.containers.run(P, container.id, code, key=key)]
        assert isinstance(last, Ran)
        return last

    async def files(self, container: Container) -> dict[str, ContainerFile]:
        listing = await self.containers.list_files(P, container.id, Page(limit=100))
        return {file.path: file for file in listing.data}

    async def content(self, file: ContainerFile) -> bytes:
        return b"".join([block async for block in self.containers.stream(file)])

    def copies(self) -> int:
        return len(self.calls._copies)


@contextlib.asynccontextmanager
async def started(database: Database, folder: Path) -> AsyncIterator[Process]:
    process = Process(database, folder)
    process.calls.start()
    yield process
    await process.calls.close()
    await process.store.blobs.close()


@pytest.fixture
async def process(database: Database, tmp_path: Path) -> AsyncIterator[Process]:
    async with started(database, tmp_path) as running:
        yield running


@pytest.fixture
async def box(process: Process) -> Container:
    return await process.containers.create(P, new_container("Box"))


async def pieces(*data: bytes) -> AsyncIterator[bytes]:
    for piece in data:
        yield piece


async def test_files_in_and_out(process: Process, box: Container) -> None:
    given = await process.containers.upload(P, box.id, "in.txt", pieces(b"a", b"b"))
    ran = await process.run(box, "open('out/x.txt', 'w').write(open('/mnt/data/in.txt').read() * 2)")
    assert ran.status == "failed", "there is no such folder"
    ran = await process.run(
        box,
        "import os; os.mkdir('out'); open('out/x.txt', 'w').write(open('/mnt/data/in.txt').read() * 2); print('ok')",
    )
    assert (ran.status, ran.outputs, ran.container_id) == ("completed", [Logs("ok\n")], box.id)
    assert [(file.path, file.bytes) for file in ran.files] == [("/mnt/data/out/x.txt", 4)]
    files = await process.files(box)
    assert {path: file.source for path, file in files.items()} == {"in.txt": "user", "out/x.txt": "assistant"}
    assert files["out/x.txt"].id == ran.files[0].id
    assert await process.content(files["out/x.txt"]) == b"abab"

    ran = await process.run(box, "os.remove('/mnt/data/out/x.txt'); open('/mnt/data/in.txt', 'a').write('!')")
    files = await process.files(box)
    assert list(files) == ["in.txt"]
    assert (files["in.txt"].id, files["in.txt"].source) == (given.id, "assistant"), "its id stays"
    assert await process.content(files["in.txt"]) == b"ab!"
    assert (await process.run(box, "1")).files == [], "nothing has changed"

    await process.containers.upload(P, box.id, "in.txt", pieces(b"new"))
    assert (await process.run(box, "print(open('/mnt/data/in.txt').read())")).outputs == [Logs("new\n")]
    await process.containers.delete_file(P, box.id, given.id)
    assert (await process.run(box, "print(os.path.exists('/mnt/data/in.txt'))")).outputs == [Logs("False\n")]


async def test_what_code_does_to_an_attached_file_stays_done(process: Process) -> None:
    file = await process.store.add(P, "numbers.csv", "assistants", pieces(b"1"))
    asked = 0

    async def container() -> str:
        nonlocal asked
        asked += 1
        return (await process.containers.owned(P, "thread_1", file_ids=[file.id])).id

    async def outputs(tool: CodeInterpreterTool, key: str, code: str) -> Any:
        *_, ended = [event async for event in tool.call({"id": key, "code": code}, key)]
        return "".join(output["logs"] for output in ended.item["outputs"])

    listed = "import os; print(sorted(os.listdir('/mnt/data')))"
    tool = CodeInterpreterTool(process.containers, P, container)
    await outputs(tool, "1", "_ = open('/mnt/data/numbers.csv', 'a').write('9')")
    again = CodeInterpreterTool(process.containers, P, container)
    assert await outputs(again, "2", listed) == "['numbers.csv']\n", "changed, it is still the copy"
    await outputs(again, "3", "os.remove('/mnt/data/numbers.csv')")
    assert await outputs(again, "4", listed) == "[]\n"
    assert asked == 2


@pytest.mark.parametrize("uploaded", ["out", "large"])
async def test_what_came_during_a_call_stays_and_the_container_can_be_used(
    process: Process, box: Container, uploaded: str
) -> None:
    process.calls.limits = Limits(data_bytes=8 << 20)
    code = "import os, time; os.mkdir('out'); open('out/y', 'wb').write(b'y' * (5 << 20)); print('made'); time.sleep(1)"
    running = process.containers.run(P, box.id, code)
    assert await anext(running) == Logs("made\n")
    await process.containers.upload(P, box.id, uploaded, pieces(b"x" * ((5 << 20) if uploaded == "large" else 1)))
    *_, ran = [event async for event in running]
    assert isinstance(ran, Ran)
    assert ran.error is not None
    assert "/mnt/data/out/y" in ran.error
    assert not ran.files
    assert list(await process.files(box)) == [uploaded]
    again = await process.run(box, "import os; print(os.listdir('/mnt/data')); _ = open('/mnt/data/z', 'w').write('z')")
    assert again.outputs == [Logs(f"['{uploaded}']\n")]
    assert set(await process.files(box)) == {uploaded, "z"}
    assert len([blob async for blob in process.store.blobs.list()]) == 2


async def test_a_call_may_swap_the_sizes_of_files(process: Process, box: Container) -> None:
    process.calls.limits = Limits(data_bytes=8 << 20)
    for sizes in ((1, 5), (5, 1)):
        code = "".join(
            f"_ = open('{name}', 'wb').write(b'x' * ({size} << 20));" for name, size in zip("ab", sizes, strict=True)
        )
        ran = await process.run(box, code)
        assert (ran.status, ran.error) == ("completed", None)
        files = await process.files(box)
        assert [files[name].bytes >> 20 for name in "ab"] == list(sizes)


async def test_plots_are_files(process: Process, box: Container) -> None:
    ran = await process.run(
        box, "import matplotlib.pyplot as plt; print('a'); _ = plt.plot([1, 2]); plt.show(); print('b')"
    )
    assert [type(output) for output in ran.outputs] == [Logs, Plot, Logs]
    plot = ran.outputs[1]
    assert isinstance(plot, Plot)
    file = await process.store.find(P, plot.file_id)
    assert (file.purpose, file.filename.rpartition(".")[2]) == ("assistants_output", "png")
    data = b"".join([block async for block in process.store.stream(file)])
    assert data.startswith(b"\x89PNG")
    assert file.expires_at is None


async def test_plots_of_a_call_that_is_given_up_expire(process: Process, box: Container) -> None:
    code = "import time, matplotlib.pyplot as plt; _ = plt.plot([1, 2]); plt.show(); time.sleep(60)"
    running = process.containers.run(P, box.id, code)
    plot = await anext(running)
    assert isinstance(plot, Plot)
    await running.aclose()
    expires_at = (await process.store.find(P, plot.file_id)).expires_at
    assert expires_at is not None
    assert expires_at <= time.time() + 3600


async def test_a_call_under_a_key_is_made_once(process: Process, box: Container) -> None:
    code = "open('/mnt/data/log', 'a').write('x'); print('made')"
    first = await process.run(box, code, key="run:call")
    assert await process.run(box, code, key="run:call") == first
    assert await process.content((await process.files(box))["log"]) == b"x"
    await process.run(box, code, key="run:another")
    assert await process.content((await process.files(box))["log"]) == b"xx"


async def test_a_call_that_is_given_up_keeps_nothing(process: Process, box: Container) -> None:
    """And may be made again under its key."""
    code = "import time; open('/mnt/data/log', 'a').write('x'); print('on', flush=True); time.sleep({})"
    running = process.containers.run(P, box.id, code.format(60), key="k")
    assert await anext(running) == Logs("on\n")
    await running.aclose()
    assert await process.files(box) == {}
    assert (await process.run(box, code.format(0), key="k")).status == "completed"
    assert await process.content((await process.files(box))["log"]) == b"x"


async def test_another_process_goes_on(database: Database, tmp_path: Path, process: Process, box: Container) -> None:
    await process.run(box, "open('/mnt/data/a', 'w').write('1'); open('/mnt/data/b', 'w').write('1'); x = 1")
    async with started(database, tmp_path) as other:
        ran = await other.run(box, "import os; print(open('/mnt/data/a').read(), 'x' in globals())")
        assert ran.outputs == [Logs("1 False\n")]
        assert ran.fresh, "variables live in one process"
        await other.run(box, "open('/mnt/data/a', 'w').write('2'); os.remove('/mnt/data/b')")
    ran = await process.run(box, "import os; print(open('/mnt/data/a').read(), os.listdir('/mnt/data'), x)")
    assert ran.outputs == [Logs("2 ['a'] 1\n")]


async def test_calls_at_once_come_one_after_the_other(process: Process, box: Container) -> None:
    code = "p = '/mnt/data/n'; import os, time; n = int(open(p).read()) if os.path.exists(p) else 0; time.sleep(0.02)"
    await asyncio.gather(*(process.run(box, f"{code}; _ = open(p, 'w').write(str(n + 1))") for _ in range(5)))
    assert await process.content((await process.files(box))["n"]) == b"5"


async def test_the_container_of_a_thread(process: Process, database: Database) -> None:
    file = await process.store.add(P, "data.csv", "assistants", pieces(b"1,2"))
    first, same = await asyncio.gather(*(process.containers.owned(P, "conv_1") for _ in range(2)))
    assert first.id == same.id
    assert (await process.containers.owned(P, "conv_1", file_ids=[file.id])).id == first.id
    assert list(await process.files(first)) == ["data.csv"]
    assert (await process.containers.owned(P, "conv_2")).id != first.id
    await expired(database, first)
    with pytest.raises(BadRequestError, match="expired"):
        await process.run(first, "1")
    second = await process.containers.owned(P, "conv_1", file_ids=[file.id])
    assert second.id != first.id
    assert list(await process.files(second)) == ["data.csv"]


async def test_names_that_no_file_system_takes_are_changed(process: Process) -> None:
    """A name of /files has 255 characters, one in a container 255 bytes."""
    names = ["表" * 90 + ".csv", "表" * 91 + ".csv", "a" * 251 + ".csv", "a" * 251 + ".csv", "b." + "é" * 200, ".."]
    ids = [(await process.store.add(P, name, "assistants", pieces(b"1,2"))).id for name in names]
    container = await process.containers.create(P, new_container("Long"), ids)
    files = await process.files(container)
    room_bytes = 255 - len(f"{ids[0]}-.csv")
    assert set(files) == {
        "表" * 83 + ".csv",
        f"{ids[1]}-{'表' * (room_bytes // 3)}.csv",
        "a" * 251 + ".csv",
        f"{ids[3]}-{'a' * room_bytes}.csv",
        "b." + "é" * 31,
        "__",
    }
    ran = await process.run(container, "import os; print(sorted(os.listdir('/mnt/data')))")
    assert ran.outputs == [Logs(f"{sorted(files)}\n")]
    owned = await process.containers.owned(P, "conv_long", file_ids=ids)
    assert list(await process.files(owned)) == list(files), "and again"


async def test_what_expires_goes_with_its_data(process: Process, database: Database, box: Container) -> None:
    await process.run(box, "open('/mnt/data/a', 'w').write('1')", key="k")
    kept = await process.containers.create(P, new_container("Kept"))
    await process.containers.upload(P, kept.id, "b", pieces(b"1"))
    await expired(database, box)
    await process.containers.sweep()
    assert process.copies() == 0
    assert len([blob async for blob in process.store.blobs.list()]) == 1
    assert await database.read(lambda c: rows.files_of(c, box.id)) == []
    found = await process.containers.retrieve(P, box.id)
    assert found.has_expired
    assert not (await process.containers.retrieve(P, kept.id)).has_expired
    assert list(await process.files(kept)) == ["b"]
    with pytest.raises(BadRequestError, match="expired"):
        await process.run(box, "1", key="k")
    await database.write(lambda c: rows.containers.update(c, P, msgspec.structs.replace(found, last_active_at=1)))
    await process.containers.sweep()
    with pytest.raises(NotFoundError):
        await process.containers.retrieve(P, box.id)


async def test_deleted_while_it_runs(process: Process, box: Container) -> None:
    running = process.containers.run(P, box.id, "print('on', flush=True); import time; time.sleep(60)")
    assert await anext(running) == Logs("on\n")
    deleting = asyncio.create_task(process.containers.delete(P, box.id))
    with pytest.raises(NotFoundError, match=box.id):
        async for _ in running:
            pass
    await deleting
    assert process.copies() == 0
    assert [blob async for blob in process.store.blobs.list()] == []


async def test_what_does_not_fit(process: Process, box: Container) -> None:
    process.calls.limits = msgspec.structs.replace(process.calls.limits, data_bytes=8192, data_files=2)
    await process.containers.upload(P, box.id, "a", pieces(b"x" * 4096))
    with pytest.raises(RequestTooLarge):
        await process.containers.upload(P, box.id, "b", pieces(b"x" * 4097))
    await process.containers.upload(P, box.id, "b", pieces(b"x"))
    with pytest.raises(RequestTooLarge, match="2 files"):
        await process.containers.upload(P, box.id, "c", pieces(b""))
    assert len([blob async for blob in process.store.blobs.list()]) == 2


async def test_an_upload_of_which_nobody_knows_whether_it_was_kept(
    process: Process, box: Container, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = database.write

    async def loses_the_answer(work: Any) -> None:
        await write(work)
        raise StorageUnavailable("Whether it was made is not known.")

    with monkeypatch.context() as patched:
        patched.setattr(database, "write", loses_the_answer)
        with pytest.raises(StorageUnavailable):
            await process.containers.upload(P, box.id, "a", pieces(b"1"))
    assert await process.content((await process.files(box))["a"]) == b"1"


async def test_a_folder_in_the_way(process: Process, box: Container) -> None:
    await process.run(box, "import os; os.mkdir('/mnt/data/a'); open('/mnt/data/a/b', 'w').write('1')")
    with pytest.raises(BadRequestError, match="in the way"):
        await process.containers.upload(P, box.id, "a", pieces(b"x"))
    assert (await process.run(box, "print(open('/mnt/data/a/b').read())")).outputs == [Logs("1\n")]


async def test_exported_once(process: Process, box: Container) -> None:
    [written] = (await process.run(box, "open('/mnt/data/a.csv', 'w').write('1')")).files
    file = await process.containers.export(P, box.id, written.id)
    assert (file.filename, file.bytes, file.purpose) == ("a.csv", 1, "assistants_output")
    assert (await process.containers.export(P, box.id, written.id)).id == file.id
    await process.run(box, "open('/mnt/data/a.csv', 'w').write('22')")
    assert (await process.containers.export(P, box.id, written.id)).bytes == 2


async def test_the_sweep_of_files_leaves_containers_alone(process: Process, box: Container) -> None:
    await process.store.owns_blobs()
    await process.containers.upload(P, box.id, "a", pieces(b"1"))
    async with process.store.blobs.writer("orphan") as writer:
        await writer.write(b"1")
    assert await sweep.sweep(process.store, UploadStore(process.store), orphaned_s=-60) == ["orphan"]
    assert await process.content((await process.files(box))["a"]) == b"1"


def test_workplaces_of_the_dead_are_removed(tmp_path: Path) -> None:
    code = "import sys; from homeport.sandbox.workplace import Workplace; w = Workplace(__import__('pathlib').Path("
    code += "sys.argv[1])); (w.folder / 'a').write_text('left'); print(w.folder, flush=True); sys.stdin.read()"
    first = Workplace(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        left = Path(other.stdout.readline().strip())
        second = Workplace(tmp_path)
        assert (left / "a").exists(), "its process lives"
        other.kill()
        other.wait()
        third = Workplace(tmp_path)
        assert not left.exists()
    for workplace in (first, second, third):
        assert workplace.folder.exists()
        workplace.close()
        assert not workplace.folder.exists()


async def expired(database: Database, container: Container) -> None:
    """An hour without a use of it."""
    past = int(time.time()) - 3600

    def work(connection: Connection) -> None:
        found = rows.containers.retrieve(connection, P, container.id)
        rows.containers.update(connection, P, msgspec.structs.replace(found, last_active_at=past, expires_at=past + 60))

    await database.write(work)
