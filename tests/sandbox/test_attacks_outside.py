"""Code that tries to reach out of the sandbox: the network, this machine's files and processes, other sandboxes."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import homeport
from homeport.ids import new_id
from homeport.sandbox import Sandbox, Sandboxes
from tests.sandbox.test_calls import text

pytestmark = pytest.mark.anyio


@pytest.fixture
def listener() -> Iterator[tuple[int, list[object]]]:
    """A server on this machine's loopback, and who has connected."""
    callers: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def accept() -> None:
            try:
                while True:
                    connection, address = server.accept()
                    callers.append(address)
                    connection.close()
            except OSError:
                return

        thread = threading.Thread(target=accept)
        thread.start()
        yield port, callers
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.mark.parametrize(
    "code",
    [
        "socket.create_connection(('127.0.0.1', {port}), 2)",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {port}))",
        "socket.socket(socket.AF_INET6)",
        "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
        "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
        "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        "socket.socket(socket.AF_VSOCK)",
        "socket.socket(38, socket.SOCK_SEQPACKET)",  # AF_ALG: the kernel's ciphers
        "socket.getaddrinfo('example.com', 80)",
        "__import__('urllib.request').request.urlopen('http://127.0.0.1:{port}/', timeout=2)",
        "ctypes.CDLL(None, use_errno=True).socket(2 | 1 << 32, 1, 0) >= 0 or (_ for _ in ()).throw(OSError)",
    ],
)
async def test_there_is_no_network(steady: Sandbox, listener: tuple[int, list[object]], code: str) -> None:
    port, callers = listener
    socket.create_connection(("127.0.0.1", port), 10).close()  # it can be reached from here
    result = await steady.run(f"import ctypes, socket\n{code.format(port=port)}")
    assert result.status == "failed"
    assert "error" in text(result).lower()
    assert len(callers) <= 1, "nobody but the test itself"


async def test_no_name_is_resolved_by_a_server_of_this_machine(steady: Sandbox) -> None:
    assert (
        text(await steady.run("import os; os.path.exists('/etc/resolv.conf'), os.path.exists('/run')"))
        == "(False, False)\n"
    )


async def test_abstract_sockets_of_this_machine_are_out_of_reach(steady: Sandbox) -> None:
    name = f"\0homeport-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(name)
        server.listen()
        with socket.socket(socket.AF_UNIX) as neighbour:
            neighbour.connect(name)
        result = await steady.run(f"import socket\nsocket.socket(socket.AF_UNIX).connect({name!r})")
    assert result.error == "ConnectionRefusedError: [Errno 111] Connection refused"


@pytest.mark.parametrize(
    "path",
    [
        "/etc/shadow",
        "/etc/hostname",
        "/root",
        "/home",
        "/var",
        "/sys",
        "/boot",
        "/usr/bin",
        "/usr/lib/python3",
        "/opt",
        str(Path(homeport.__file__).parent),
        str(Path(homeport.__file__).parent.parent / "pyproject.toml"),
        "/python/packages/homeport",
        "/python/packages/pyseccomp.py",
        "/python/packages/msgspec",
        "/python/lib/python3.11/site-packages/pip",
        "/proc/kcore",
        "/proc/1/mem",
        "/proc/1/environ",
        "/proc/1/root",
        "/proc/1/fd",
        "/proc/sysrq-trigger",
        "/dev/mem",
        "/dev/kmsg",
        "/dev/vda",
        "/dev/kvm",
        "/dev/fuse",
    ],
)
async def test_files_of_this_machine_are_not_there(steady: Sandbox, path: str) -> None:
    result = await steady.run(
        f"import os\n_ = os.listdir({path!r}) if os.path.isdir({path!r}) else open({path!r}, 'rb').read(1)"
    )
    assert result.status == "failed", path
    assert result.error is not None
    assert result.error.startswith(("FileNotFoundError", "PermissionError", "OSError"))


async def test_the_servers_files_are_not_there(box: Sandbox, sandboxes: Sandboxes) -> None:
    here = await box.put("mine.txt", b"mine")
    code = (
        "import os\n"
        "[os.path.join(d, f) for d, _, names in os.walk('/') for f in names if f == 'mine.txt' and '/proc/' not in d]"
    )
    assert text(await box.run(code)) == f"['/mnt/data/{here.name}']\n"
    mounts = text(await box.run("print(open('/proc/self/mountinfo').read())"))
    assert box.key not in mounts


@pytest.mark.parametrize(
    "path", ["/", "/etc", "/python", "/python/packages/numpy", "/interpreter", "/usr/lib", "/dev", "/mnt"]
)
async def test_nothing_but_the_folders_for_it_can_be_written(steady: Sandbox, path: str) -> None:
    result = await steady.run(f"open('{path}/new', 'w')")
    assert result.error is not None
    assert "Read-only file system" in result.error or "Permission denied" in result.error


async def test_the_worker_can_not_be_changed_for_the_next(steady: Sandbox) -> None:
    for path in (
        "/interpreter/homeport_worker.py",
        "/python/bin/python3",
        "/etc/passwd",
        "/python/lib/python3.11/os.py",
    ):
        assert (await steady.run(f"open({path!r}, 'a')")).status == "failed"
        assert (await steady.run(f"import os; os.chmod({path!r}, 0o777)")).status == "failed"
        assert (await steady.run(f"import os; os.rename({path!r}, '/tmp/x')")).status == "failed"


async def test_secrets_in_the_servers_environment_stay_there(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMEPORT_SECRET_FOR_TESTS", "hunter2")
    await box.stop()
    code = (
        "import glob, os\n"
        "found = repr(dict(os.environ))\n"
        "for path in glob.glob('/proc/*/environ') + glob.glob('/proc/*/cmdline'):\n"
        "    try: found += repr(open(path, 'rb').read())\n"
        "    except OSError: pass\n"
        "print(found)"
    )
    seen = text(await box.run(code))
    assert "PATH" in seen, "it did see its own"
    assert "hunter2" not in seen
    assert "HOMEPORT" not in seen
    assert str(Path(homeport.__file__).parent) not in seen


async def test_no_process_of_this_machine_can_be_seen(box: Sandbox) -> None:
    seen = text(await box.run("import os; sorted(int(name) for name in os.listdir('/proc') if name.isdigit())"))
    assert seen == "[1, 2]\n"


@pytest.mark.parametrize(
    "code",
    [
        "os.kill(-1, signal.SIGKILL)",
        "os.kill({server}, signal.SIGKILL)",
        "os.kill(os.getppid(), signal.SIGKILL)",
        "os.killpg(0, signal.SIGTERM) if signal.signal(signal.SIGTERM, signal.SIG_IGN) else None",
        "[os.kill(pid, signal.SIGKILL) for pid in range(1, 5000) if pid != os.getpid()]",
        "ctypes.CDLL(None).kill(-1, 19)",
        "[signal.pidfd_send_signal(os.pidfd_open(1), signal.SIGKILL)]",
    ],
)
async def test_signals_stay_inside(box: Sandbox, code: str) -> None:
    await box.run("x = 1")
    await box.run(f"import ctypes, os, signal\n{code.format(server=os.getpid())}", timeout_s=5)
    assert text(await box.run("'alive'")) == "'alive'\n"  # and so is this process, the server


@pytest.mark.parametrize(
    "path", ["kernel/panic", "kernel/core_pattern", "kernel/hostname", "vm/drop_caches", "fs/file-max"]
)
async def test_settings_of_the_kernel_can_not_be_changed(steady: Sandbox, path: str) -> None:
    before = Path("/proc/sys", path)
    value = before.read_text() if os.access(before, os.R_OK) and path != "vm/drop_caches" else None
    assert (await steady.run(f"open('/proc/sys/{path}', 'w').write('1')")).status == "failed"
    assert value is None or before.read_text() == value


async def test_it_runs_as_nobody(steady: Sandbox) -> None:
    status = text(await steady.run("print(open('/proc/self/status').read())"))
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert {fields[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert (fields["NoNewPrivs"], fields["Seccomp"]) == ("1", "2")
    assert fields["Uid"].split() == ["1000"] * 4
    assert steady.interpreter is not None
    assert steady.interpreter.watch is not None
    owner = os.fstat(steady.interpreter.watch.data).st_uid
    assert owner == (64_321 if os.geteuid() == 0 else os.geteuid()), "seen from here, it is nobody either"


async def test_it_has_no_terminal(steady: Sandbox) -> None:
    assert (await steady.run("open('/dev/tty')")).status == "failed"
    assert text(await steady.run("import os, sys; [os.isatty(n) for n in range(3)], os.read(0, 1)")) == (
        "([False, False, False], b'')\n"
    )


@pytest.mark.parametrize(
    ("number", "arguments", "expected"),
    [
        ("mount", "b'none', b'/tmp', b'tmpfs', 0, None", "EPERM"),
        ("umount2", "b'/mnt/data', 2", "EPERM"),
        ("unshare", "0x10000000", "EPERM"),
        ("setns", "3, 0", "EPERM"),
        ("ptrace", "16, 1, 0, 0", "EPERM"),
        ("process_vm_readv", "1, 0, 0, 0, 0, 0", "EPERM"),
        ("bpf", "0, 0, 0", "EPERM"),
        ("keyctl", "0, -3, 0", "EPERM"),
        ("userfaultfd", "0", "EPERM"),
        ("perf_event_open", "0, 0, 0, -1, 0", "EPERM"),
        ("io_uring_setup", "1, 0", "EPERM"),
        ("kexec_load", "0, 0, 0, 0", "EPERM"),
        ("init_module", "0, 0, b''", "EPERM"),
        ("chroot", "b'/tmp'", "EPERM"),
        ("pivot_root", "b'/', b'/'", "EPERM"),
        ("open_by_handle_at", "0, 0, 0", "EPERM"),
        ("mknod", "b'/tmp/null', 0o20666, 0x103", "EPERM"),
        ("mknod", "b'/tmp/pipe', 0o10666, 0", "EPERM"),
        ("personality", "0x0040000", "EPERM"),
        ("clone", "0x10000000 | 17, 0, 0, 0, 0", "ENOSYS"),  # a user namespace, where it would be root
        ("clone3", "0, 0", "ENOSYS"),
        ("memfd_create", "b'x', 0", "ENOSYS"),
        ("fallocate", "1, 0, 0, 4096", "ENOSYS"),
        ("shmget", "0, 4096, 0o600", "ENOSYS"),
    ],
)
async def test_dangerous_system_calls_are_refused(steady: Sandbox, number: str, arguments: str, expected: str) -> None:
    from pyseccomp import Arch, resolve_syscall

    code = (
        "import ctypes, errno\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        f"result = libc.syscall({resolve_syscall(Arch.NATIVE, number)}, {arguments})\n"
        "result, errno.errorcode.get(ctypes.get_errno())"
    )
    assert text(await steady.run(code)) == f"(-1, '{expected}')\n"


async def test_old_system_call_interfaces_are_closed(box: Sandbox) -> None:
    """The 32-bit table has other numbers, which a filter for 64 bits would misread."""
    if os.uname().machine != "x86_64":
        code = "import ctypes; ctypes.CDLL(None).syscall(0x40000000 + 39)"
    else:
        # mov eax, 20 (getpid); int 0x80; ret
        code = (
            "import ctypes, mmap\n"
            "page = mmap.mmap(-1, 4096, prot=7)\n"
            "page.write(bytes.fromhex('b814000000cd80c3'))\n"
            "ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()"
        )
    result = await box.run(code)
    assert result.status == "crashed"
    assert result.error is not None
    assert "SIGSYS" in result.error


async def test_process_1_can_not_be_taken_over(steady: Sandbox) -> None:
    """It is what dies with the server; nobody inside may touch it."""
    for code in ("open('/proc/1/mem', 'r+b')", "import os; os.readlink('/proc/1/exe')", "open('/proc/1/maps').read(1)"):
        assert "PermissionError" in ((await steady.run(code)).error or "")


async def test_one_sandbox_sees_nothing_of_another(box: Sandbox, sandboxes: Sandboxes) -> None:
    other = sandboxes.sandbox(new_id("cntr"))
    secret = new_id("secret")
    await box.put(f"{secret}.txt", secret.encode())
    await box.run(
        f"import os, socket\nfor folder in ('/tmp', '/dev/shm'): open(folder + '/{secret}', 'w').write('{secret}')\n"
        f"os.environ['LEAK'] = '{secret}'\n"
        f"server = socket.socket(socket.AF_UNIX); server.bind('\\0{secret}'); server.listen()"
    )
    code = (
        "import os\n"
        "found = [str(names) for _, *names in os.walk('/mnt')]\n"
        "found += [str(os.listdir(folder)) for folder in ('/tmp', '/dev/shm', '/proc')]\n"
        "found += [open('/proc/net/unix').read(), str(dict(os.environ)), str(os.uname())]\n"
        "print(*found)"
    )
    try:
        seen = text(await other.run(code))
        assert seen
        assert secret not in seen
        assert (
            await other.run(f"import socket; socket.socket(socket.AF_UNIX).connect('\\0{secret}')")
        ).status == "failed"
        assert await other.files() == []
    finally:
        await other.delete()
    assert text(await box.run("import os; sorted(os.listdir('/mnt/data'))")) == f"['{secret}.txt']\n"
