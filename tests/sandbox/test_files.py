"""Files go in and out of /mnt/data, and stay when the interpreter ends."""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from homeport.errors import BadRequestError, NotFoundError, RequestTooLarge
from homeport.sandbox import Limits, Sandbox, Sandboxes
from homeport.sandbox.files import DataFolder
from tests.sandbox.test_calls import text

pytestmark = pytest.mark.anyio

MIB = 1 << 20


async def content(box: Sandbox, name: str) -> bytes:
    with await box.open(name) as file:
        return file.read()


async def names(box: Sandbox) -> list[str]:
    return [file.name for file in await box.files()]


async def test_files_go_in_and_out(box: Sandbox) -> None:
    put = await box.put("in/data.csv", b"a,b\n1,2\n")
    assert (put.name, put.size_bytes) == ("in/data.csv", 8)
    result = await box.run(
        "import os\nos.makedirs('out')\nopen('out/copy.csv', 'w').write(open('in/data.csv').read() * 2);"
    )
    assert [(file.name, file.size_bytes) for file in result.changed] == [("out/copy.csv", 16)]
    assert await names(box) == ["in/data.csv", "out/copy.csv"]
    assert await content(box, "out/copy.csv") == b"a,b\n1,2\n" * 2
    assert await content(box, "/mnt/data/out/copy.csv") == b"a,b\n1,2\n" * 2


async def test_a_file_can_be_put_while_an_interpreter_runs(box: Sandbox) -> None:
    await box.run("open('old.txt', 'w').write('old')")
    await box.put("old.txt", b"new")
    await box.put("more.txt", b"more")
    result = await box.run("print(open('old.txt').read(), open('more.txt').read())\nopen('old.txt', 'a').write('er');")
    assert text(result) == "new more\n"
    assert [file.name for file in result.changed] == ["old.txt"], "what was put is no change of the code's"
    assert await content(box, "old.txt") == b"newer"


async def test_a_file_can_come_in_pieces(box: Sandbox) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b"one ", b"two ", b"three"):
            yield piece

    await box.put("pieces.txt", pieces())
    assert text(await box.run("open('pieces.txt').read()")) == "'one two three'\n"


async def test_files_outlive_the_interpreter_and_the_server(folder: Path) -> None:
    async with Sandboxes(folder, spares=0) as first:
        await first.sandbox("a").run("import os\nos.makedirs('deep/er')\nopen('deep/er/x', 'w').write('kept')")
    async with Sandboxes(folder, spares=0) as second:
        box = second.sandbox("a")
        assert await names(box) == ["deep/er/x"]
        result = await box.run("open('deep/er/x').read()")
        assert (text(result), result.changed) == ("'kept'\n", [])
        await second.delete("a")
        assert await second.sandbox("a").files() == []
        assert not (folder / "a").exists()


async def test_only_what_changed_is_told(box: Sandbox) -> None:
    assert [f.name for f in (await box.run("for n in 'abc': open(n, 'w').write('1')")).changed] == ["a", "b", "c"]
    assert (await box.run("open('a').read()")).changed == []
    same_size_and_time = (
        "import os\nt = os.stat('b')\nopen('b', 'w').write('2')\nos.utime('b', ns=(t.st_atime_ns, t.st_mtime_ns))"
    )
    assert [f.name for f in (await box.run(same_size_and_time)).changed] == ["b"]
    assert await content(box, "b") == b"2"
    assert [f.name for f in (await box.run("os.rename('c', 'd')")).changed] == ["d"]
    assert await names(box) == ["a", "b", "d"]


async def test_deleting_works_from_both_sides(box: Sandbox) -> None:
    await box.put("a", b"1")
    await box.put("deep/b", b"2")
    await box.run("import os\nos.remove('deep/b'); os.rmdir('deep')")
    assert await names(box) == ["a"]
    await box.remove("a")
    assert await names(box) == []
    assert text(await box.run("os.listdir()")) == "[]\n"
    with pytest.raises(NotFoundError):
        await box.remove("a")


async def test_a_folder_takes_the_place_of_a_file_and_back(box: Sandbox) -> None:
    await box.run("import os, shutil\nopen('x', 'w').close()")
    await box.run("os.remove('x'); os.mkdir('x'); open('x/y', 'w').close()")
    assert await names(box) == ["x/y"]
    await box.run("shutil.rmtree('x'); open('x', 'w').write('file')")
    assert await names(box) == ["x"]
    assert await content(box, "x") == b"file"


async def test_names_may_be_strange(box: Sandbox) -> None:
    strange = ["ünï ✓.txt", "new\nline", "-rf", "...", " ", "a" * 255]
    for name in strange:
        await box.put(name, name.encode())
    code = "import os\nfor n in os.listdir(): assert open(n).read() == n\nopen('ß\\t', 'w').close()\nlen(os.listdir())"
    assert text(await box.run(code)) == f"{len(strange) + 1}\n"
    assert await names(box) == sorted([*strange, "ß\t"])


async def test_names_that_are_no_text_are_left_out(box: Sandbox) -> None:
    result = await box.run("open(b'\\xff\\xfe', 'w').close(); open('fine', 'w').close()")
    assert [file.name for file in result.changed] == ["fine"]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        ".",
        "..",
        "../x",
        "a/../../x",
        "/etc/passwd",
        "a//b",
        "a/",
        "./a",
        "nul\0",
        "a" * 256,
        "a/" * 40 + "b",
        "\ud800",
    ],
)
async def test_impossible_names_are_refused(box: Sandbox, name: str) -> None:
    with pytest.raises(BadRequestError, match="no path of a file"):
        await box.put(name, b"")
    with pytest.raises(BadRequestError):
        await box.open(name)
    with pytest.raises(BadRequestError):
        await box.remove(name)


@pytest.mark.parametrize("name", ["missing", "folder", "file/below"])
async def test_what_is_no_file_is_not_found(box: Sandbox, name: str) -> None:
    await box.put("folder/x", b"")
    await box.put("file", b"")
    with pytest.raises(NotFoundError):
        await box.open(name)
    with pytest.raises(NotFoundError):
        await box.remove(name)


@pytest.mark.parametrize("name", ["folder", "file/below"])
async def test_a_file_can_not_be_put_where_another_is(box: Sandbox, name: str) -> None:
    await box.put("folder/x", b"")
    await box.put("file", b"")
    with pytest.raises(BadRequestError, match="in the way"):
        await box.put(name, b"")


async def test_sizes_are_bounded(box: Sandbox) -> None:
    await box.put("half", b"x" * 4 * MIB)
    with pytest.raises(RequestTooLarge):
        await box.put("more", b"x" * (4 * MIB + 1))
    await box.put("half", b"x" * 8 * MIB)  # in place of the first
    assert text(await box.run("import os; os.path.getsize('half')")) == f"{8 * MIB}\n"
    await box.put("half", b"y" * 8 * MIB)  # also when it is inside already
    with pytest.raises(RequestTooLarge):
        await box.put("one more", b"x")
    assert await names(box) == ["half"]
    assert list(box._incoming.iterdir()) == []


async def test_the_number_of_files_is_bounded(box: Sandbox) -> None:
    for number in range(box.limits.data_files):
        await box.put(str(number), b"")
    with pytest.raises(RequestTooLarge, match="at most 100 files"):
        await box.put("one more", b"")
    await box.put("0", b"but this one can be written again")


async def test_space_that_the_code_hides_is_told(box: Sandbox) -> None:
    await box.run("held = open('x', 'wb'); held.write(b'x' * (7 << 20)); held.flush(); import os; os.remove('x')")
    with pytest.raises(RequestTooLarge, match="no room"):
        await box.put("y", b"y" * 2 * MIB)
    assert await names(box) == []


@pytest.mark.parametrize(
    "make",
    [
        "os.symlink('{outside}', 'bad')",
        "os.symlink('/etc/passwd', 'bad')",
        "os.symlink('good', 'bad')",
        "os.symlink('/', 'bad')",
        "os.symlink('..', 'folder/bad')",
        "os.symlink('bad', 'bad')",
        "os.link('good', 'bad')",
        "import socket; s = socket.socket(socket.AF_UNIX); s.bind('bad')",
    ],
)
async def test_only_plain_files_come_out(box: Sandbox, tmp_path: Path, make: str) -> None:
    outside = tmp_path / "secret"
    outside.write_text("secret")
    await box.run("import os\nos.mkdir('folder')")
    result = await box.run("open('good', 'w').write('fine')\nos.mkdir('empty')\n" + make.format(outside=outside))
    assert result.status == "completed"
    linked = make.startswith("os.link")  # then neither name is a plain file's
    assert await names(box) == ([] if linked else ["good"])
    assert [
        path for path in box._data.path.rglob("*") if path.is_symlink() or not (path.is_file() or path.is_dir())
    ] == []


async def test_a_pipe_does_not_hold_the_server_up(box: Sandbox) -> None:
    """The code can't make one; were there one, it would be left out."""
    await box.run("1")
    assert box.interpreter is not None
    assert box.interpreter.watch is not None
    with box._data._as_owner():
        os.mkfifo("pipe", dir_fd=box.interpreter.watch.data)
    result = await box.run("open('good', 'w').close()")
    assert [file.name for file in result.changed] == ["good"]


async def test_links_inside_lead_no_put_astray(box: Sandbox, tmp_path: Path) -> None:
    await box.run(f"import os\nos.symlink({str(tmp_path)!r}, 'folder'); os.symlink('/tmp/x', 'file')")
    with pytest.raises(BadRequestError, match="in the way"):
        await box.put("folder/x", b"mine")
    assert list(tmp_path.iterdir()) == []
    await box.put("file", b"mine")
    assert text(await box.run("os.path.islink('file'), os.path.exists('/tmp/x')")) == "(False, False)\n"


async def test_files_that_change_while_they_are_copied_do_no_harm(box: Sandbox) -> None:
    code = (
        "import os, threading\n"
        "def swap():\n"
        "    n = 0\n"
        "    while True:\n"
        "        n += 1\n"
        "        try:\n"
        "            open('new', 'w').write('x' * (n % 5000)); os.rename('new', 'x')\n"
        "            os.symlink('/etc/passwd', 'link'); os.rename('link', 'x')\n"
        "            os.mkdir('d'); open('d/y', 'w').close(); os.rename('d', f'd{n % 7}')\n"
        "            os.remove(f'd{n % 7}/y'); os.rmdir(f'd{n % 7}')\n"
        "        except OSError: pass\n"
        "threading.Thread(target=swap, daemon=True).start()"
    )
    await box.run(code)
    for _ in range(30):
        assert (await box.run("1")).status == "completed"
    for path in box._data.path.rglob("*"):
        assert not path.is_symlink()
        assert path.is_dir() or b"root" not in path.read_bytes()


def test_more_folders_than_descriptors(tmp_path: Path) -> None:
    """What can't be listed for want of them would count as gone, and be deleted."""
    data = DataFolder(tmp_path / "kept", Limits(), None)
    mounted = tmp_path / "mounted"
    for number in range(300):
        (mounted / str(number) / "inner").mkdir(parents=True)
        (mounted / str(number) / "inner" / "a.txt").write_text(str(number))
    root = os.open(mounted, os.O_RDONLY | os.O_DIRECTORY)
    data.attach(root)
    limits, filling = resource.getrlimit(resource.RLIMIT_NOFILE), []
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(map(int, os.listdir("/proc/self/fd"))) + 20, limits[1]))
    try:
        data.collect(tmp_path / "incoming")
        assert len(data.files()) == 300
        with contextlib.suppress(OSError):
            while True:
                filling.append(os.dup(root))
        os.close(filling.pop())
        with pytest.raises(OSError, match="Too many open files"):
            data.collect(tmp_path / "incoming")
    finally:
        for descriptor in filling:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        os.close(root)
    assert len(data.files()) == 300
