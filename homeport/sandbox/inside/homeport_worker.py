"""The interpreter inside the sandbox. Speaks lines of JSON on the socket that it finds as descriptor 0.

    → {"id": 1, "code": "…"}                     run this; variables are kept from call to call
    → {"id": 0, "preload": ["numpy", …]}         import these, so that the first call needn't
    ← {"id": 1, "image": {"media_type": "image/png", "data": "<base64>"}}
    ← {"id": 1, "image_left_out": true}          instead of an image that is too large
    → {"ack": 1}                                 after each of both, so that what is printed later comes later
    ← {"id": 1, "status": "completed" | "failed", "error": "ValueError: …"}

What the code writes goes straight to descriptors 1 and 2, one pipe, which the server reads. The code can write to the
socket too: nothing that comes from here is believed to be more than this code's own output.
"""

from __future__ import annotations

import ast
import base64
import builtins
import importlib
import inspect
import json
import linecache
import os
import resource
import signal
import socket
import sys
import threading
import traceback
import types
from collections.abc import Iterable
from typing import Any, NoReturn

_PR_SET_DUMPABLE = 4
_MAX_TRACEBACK_CHARS = 32_000
_MAX_ERROR_CHARS = 500


class Channel:
    """The way to the server. Only the thread that is called may use it; images from others take turns.

    `image_bytes`: the most that an image may have.
    """

    def __init__(self, connection: socket.socket, image_bytes: int) -> None:
        self._connection = connection
        self._image_bytes = image_bytes
        self._lines = connection.makefile("rb")
        self._turn = threading.Lock()
        self._call = 0

    def next_request(self) -> dict[str, Any] | None:
        """The next thing to do; None when the server has gone."""
        while line := self._lines.readline():
            request: dict[str, Any] = json.loads(line)
            if "ack" not in request:  # one that the code sent for has been overtaken by the end of its call
                self._call = request["id"]
                return request
        return None

    def send(self, **message: Any) -> None:
        self._connection.sendall(json.dumps({"id": self._call, **message}).encode() + b"\n")

    def send_image(self, data: bytes, media_type: str) -> None:
        """Send an image, unless it is too large, and wait until the server knows."""
        with self._turn:
            if len(data) <= self._image_bytes:
                self.send(image={"media_type": media_type, "data": base64.b64encode(data).decode()})
            else:
                self.send(image_left_out=True)
            self._lines.readline()


class Notebook:
    """Runs pieces of code one after another in one namespace, as a notebook runs its cells."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._count = 0
        main = types.ModuleType("__main__")
        sys.modules["__main__"] = main  # classes pickle by it
        self._names = main.__dict__
        self._names.update(__builtins__=builtins, display=self.display, In=[], Out={})

    def run(self, code: str) -> tuple[str, str | None]:
        """Run code; returns how it ended and, where it failed, the last line of the traceback, which went to stderr."""
        self._count += 1
        name = f"<cell {self._count}>"
        linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
        try:
            self._execute(code, name)
            status, error = "completed", None
        except SystemExit as exit:
            status, error = ("completed", None) if not exit.code else ("failed", f"SystemExit: {exit.code}")
        except BaseException as exception:
            status, error = "failed", _report(exception)
        self._show_open_figures()
        for stream in (sys.stdout, sys.stderr):
            _attempt(stream.flush)
        return status, error

    def _execute(self, code: str, name: str) -> None:
        tree = ast.parse(code, name)
        if "matplotlib" in code:
            _import_figures()  # first, since figures that are saved are noticed only from then on
        last = None
        if tree.body and isinstance(tree.body[-1], ast.Expr):
            last = ast.Expression(tree.body.pop().value)  # type: ignore[attr-defined]
        self._evaluate(tree, name, "exec")
        if last is not None:
            value = self._evaluate(last, name, "eval")
            if value is not None and not code.rstrip().endswith(";"):
                self._names["_"] = value
                self.display(value)

    def _evaluate(self, tree: Any, name: str, mode: str) -> Any:
        code = compile(tree, name, mode, flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        value = eval(code, self._names)
        if code.co_flags & inspect.CO_COROUTINE:
            import asyncio

            value = asyncio.run(value)
        return value

    def display(self, *values: Any) -> None:
        """Show values as a notebook does: figures and pictures as images, everything else as its repr."""
        for value in values:
            figures = _figures()
            if figures and figures.is_figure(value):
                figures.send(value)
            elif (png := _png(value)) is not None:
                self._channel.send_image(png, "image/png")
            else:
                print(repr(value))

    def _show_open_figures(self) -> None:
        figures = _figures()
        if figures:
            try:
                figures.finish()
            except BaseException as exception:
                _report(exception)


def _figures() -> Any:
    """homeport_figures if there may be figures. Code that chooses another backend does not import it by itself."""
    return _import_figures() if "matplotlib.figure" in sys.modules else None


def _import_figures() -> Any:
    import logging

    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # that it looks for fonts is no output
    return _attempt(importlib.import_module, "homeport_figures")


def _png(value: Any) -> bytes | None:
    method = getattr(type(value), "_repr_png_", None)
    picture = _attempt(method, value) if method else None
    return picture if isinstance(picture, bytes) else None


def _report(exception: BaseException) -> str:
    """Write a traceback to stderr, without this file's own frames; returns its last line."""
    trace = exception.__traceback__
    while trace and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    kind = type(exception).__name__
    try:
        lines = traceback.format_exception(type(exception), exception, trace)
        text = "".join(lines)
        last = lines[-1].strip()
    except BaseException:  # its __str__ or __repr__ raised
        text = last = f"{kind}: this exception can't be shown\n"
    if len(text) > _MAX_TRACEBACK_CHARS:
        half = _MAX_TRACEBACK_CHARS // 2
        text = f"{text[:half]}\n… {len(text) - 2 * half:,} characters left out …\n{text[-half:]}"
    try:
        sys.stderr.write(text)
    except BaseException:  # the code replaced or closed it
        os.write(2, text.encode(errors="backslashreplace"))
    return last[:_MAX_ERROR_CHARS]


def _attempt(function: Any, *arguments: Any) -> Any:
    """Call into the code's own objects, which may do as they like."""
    try:
        return function(*arguments)
    except BaseException:
        return None


def preload(modules: Iterable[str]) -> None:
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception:
            continue  # not installed: the code will see so itself
    _figures()


def limit(memory_bytes: int, processes: int, file_bytes: int) -> None:
    """Bounds that the kernel holds this process and all that come from it to; they can't be raised again."""
    for kind, most in (
        (resource.RLIMIT_DATA, memory_bytes),
        (resource.RLIMIT_AS, memory_bytes + (2 << 30)),  # for libraries and shared mappings
        (resource.RLIMIT_NPROC, processes),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_SIGPENDING, 256),
        (resource.RLIMIT_MEMLOCK, 64 << 10),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def guard_first_process() -> None:
    """Stay behind as process 1, which buries orphans, and return in a child. When that ends, everything ends.

    Process 1 must be out of the code's reach, since the kernel ends it when the server dies, and it everything else:
    not being dumpable closes its /proc/1/mem.
    """
    import ctypes

    prctl = ctypes.CDLL(None).prctl
    prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    interpreter = os.fork()
    if interpreter == 0:
        prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # by default, process 1 is deaf to signals from inside
    os.closerange(0, 256)
    while True:
        try:
            process, status = os.wait()
        except InterruptedError:
            continue
        if process == interpreter:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)


def main() -> NoReturn:
    folders = [os.open(path, os.O_RDONLY | os.O_DIRECTORY) for path in ("/mnt/data", "/tmp", "/dev/shm", "/proc")]
    *bounds, image_bytes = map(int, sys.argv[1:])
    limit(*bounds)
    guard_first_process()
    connection = socket.socket(fileno=os.dup(0))
    os.set_inheritable(connection.fileno(), False)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.close(null)
    socket.send_fds(connection, [b'{"ready":true}\n'], folders)  # the server's own view of them
    for descriptor in folders:
        os.close(descriptor)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.argv[:] = [""]
    sys.path.insert(0, "")  # modules among the files
    process = os.getpid()
    channel = Channel(connection, image_bytes)
    notebook = Notebook(channel)
    sys.modules["homeport_worker"] = module = types.ModuleType("homeport_worker")
    module.send_image = channel.send_image  # type: ignore[attr-defined]
    while (request := channel.next_request()) is not None:
        if "preload" in request:
            preload(request["preload"])
            channel.send(status="completed")
        else:
            status, error = notebook.run(request["code"])
            if os.getpid() != process:
                os._exit(0)  # the code has forked, and this is not who was asked
            channel.send(status=status, error=error)
    os._exit(0)  # threads of the code may be running still


if __name__ == "__main__":
    main()
