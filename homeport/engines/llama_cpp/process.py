"""One life of a child process: spawned, ready, dead."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import secrets
import shutil
import signal
import sys
import tempfile
from collections import deque
from pathlib import Path

import msgspec
from msgspec import Struct

from homeport.engines.llama_cpp.server import LlamaServer

logger = logging.getLogger(__name__)

# What llama.cpp, its back ends and the dynamic linker read; nothing else of our environment reaches the child.
_INHERITED = re.compile(
    r"PATH|LD_LIBRARY_PATH|HOME|LANG|LC_ALL|TMPDIR|PYTHONPATH|PYTHONHOME|SYSTEMROOT|(CUDA|NVIDIA|HIP|ROCR|GGML|VK)_.*"
)
_LOAD_ERROR = re.compile(r"error loading model: (?!.*failed to load model from )(.+)")
_ERROR_LINE = re.compile(r"^[\d.]+ E (?:\S+ +)?[^:]*: (.+)")
_WARNING_LINE = re.compile(r"^[\d.]+ W ")
_LONGEST_DIRECTORY = 80  # the path of a UNIX socket holds 107 bytes at most


class ChildSpec(Struct, kw_only=True):
    """A child's orders; see `child`."""

    path: str
    slots: int
    context_length: int  # tokens a slot
    threads: int
    gpu_layers: int
    embedding: bool
    mean_pooling: bool  # the file does not say how to make one vector of many
    connections: int
    prompt_cache_mib: int
    socket: str = ""
    api_key: str = ""
    parent_pid: int = 0


class _Report(Struct):
    ready: bool = False
    error: str | None = None


class LoadFailed(Exception):
    """The child could not serve the model; the message says why."""


class ModelProcess:
    """A running child. `exited` is set when it is dead, and `server` speaks to it until then."""

    def __init__(self, process: asyncio.subprocess.Process, directory: Path, server: LlamaServer) -> None:
        self._process = process
        self._directory = directory
        self._log: deque[str] = deque(maxlen=50)
        self._reader = asyncio.create_task(self._read_log())
        self._reaper = asyncio.create_task(self._reap())
        self.server = server
        self.exited = asyncio.Event()
        self.pid = process.pid

    @classmethod
    async def spawn(cls, spec: ChildSpec) -> ModelProcess:
        """Start a child and wait until it serves. Raises LoadFailed; cancelling ends the child."""
        starting = asyncio.create_task(cls._start(spec))
        try:
            child = await asyncio.shield(starting)
        except asyncio.CancelledError:
            await (await starting).stop()
            raise
        try:
            await child._wait_until_ready(spec)
        except BaseException:
            await child.stop()
            raise
        return child

    @classmethod
    async def _start(cls, spec: ChildSpec) -> ModelProcess:
        temporary = tempfile.gettempdir()
        if len(os.fsencode(temporary)) > _LONGEST_DIRECTORY:
            temporary = "/tmp"
        directory = Path(tempfile.mkdtemp(prefix="homeport-", dir=temporary))  # mode 0700
        spec.socket = str(directory / "s.sock")
        spec.api_key = secrets.token_urlsafe(24)
        spec.parent_pid = os.getpid()
        environment = {name: value for name, value in os.environ.items() if _INHERITED.fullmatch(name)}
        environment["OMP_WAIT_POLICY"] = "passive"  # spinning OpenMP threads starve everything else
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "homeport.engines.llama_cpp.child"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=environment,
                limit=1024 * 1024,
            )
        except BaseException:
            shutil.rmtree(directory, ignore_errors=True)
            raise
        return cls(process, directory, LlamaServer(spec.socket, spec.api_key, max_connections=spec.connections))

    async def _wait_until_ready(self, spec: ChildSpec) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(ConnectionError):
            self._process.stdin.write(msgspec.json.encode(spec) + b"\n")
            await self._process.stdin.drain()
        line = await self._process.stdout.readline()
        report = msgspec.json.decode(line, type=_Report) if line else _Report()
        if not report.ready:
            await self.exited.wait()
            await asyncio.wait([self._reader])
            raise LoadFailed(self._load_error() or report.error or self.ending())
        self._log.clear()

    def _load_error(self) -> str | None:
        """Why the model did not load, in llama.cpp's own words."""
        for pattern in (_LOAD_ERROR, _ERROR_LINE):
            for line in self._log:
                if match := pattern.search(line):
                    return match[1]
        return None

    def ending(self) -> str:
        """How the process ended, and the last it said."""
        code = self._process.returncode
        if code is None:
            return "its process is running"
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
        return f"its process {how}" + (f" after: {self._log[-1]}" if self._log else "")

    async def stop(self) -> None:
        """End the child, gently for a moment, and wait until it is gone. Idempotent."""
        await self.server.close()
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self.exited.wait(), 1.0 if self._process.returncode is None else None)
        except TimeoutError:
            self.kill()
            await self.exited.wait()
        await asyncio.wait([self._reader, self._reaper])

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def _reap(self) -> None:
        await self._process.wait()
        shutil.rmtree(self._directory, ignore_errors=True)
        self.exited.set()

    async def _read_log(self) -> None:
        assert self._process.stderr is not None
        while True:
            try:
                line = await self._process.stderr.readline()
            except ValueError:  # a line over the limit
                continue
            if not line:
                return
            text = line.decode(errors="replace").rstrip()
            logger.debug("llama.cpp: %s", text)
            if not _WARNING_LINE.match(text):
                self._log.append(text)
