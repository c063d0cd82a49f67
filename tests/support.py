"""A real server for tests: `homeport serve` as a process of its own, on a real port."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

ADMIN_KEY = "sk-admin-of-the-tests"
READY = re.compile(r"is ready: (http://\S+)/v1")
START_TIMEOUT_S = 60


class LiveServer:
    """`homeport serve` with a configuration given as TOML text. `url` is without a prefix, `base_url` with /v1."""

    def __init__(self, folder: Path, config: str = "", *flags: str, env: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.key = ADMIN_KEY
        self.url = ""
        self.output: list[str] = []
        file = folder / "homeport.toml"
        file.write_text(config)
        self._command = [
            *(sys.executable, "-m", "homeport", "serve", "--port", "0"),
            *("--data-dir", str(folder / "data"), "--config", str(file), *flags),
        ]
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("HOMEPORT_", "OPENAI_"))}
        self._env = clean | {"HOMEPORT_ADMIN_KEY": ADMIN_KEY, "PYTHONUNBUFFERED": "1"} | dict(env or {})
        self.process: subprocess.Popen[str] | None = None

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self) -> Self:
        self.process = subprocess.Popen(
            self._command, env=self._env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        ready = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(self.process, ready), daemon=True)
        self._reader.start()
        if not ready.wait(START_TIMEOUT_S) or not self.url:
            self.kill()
            raise AssertionError("the server did not start:\n" + "".join(self.output))
        return self

    def stop(self, timeout_s: float = 20) -> int:
        """SIGTERM, as an operator would. Returns the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("the server did not stop:\n" + "".join(self.output)) from None
        self._close()
        return status

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self._close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop()

    def _read(self, process: subprocess.Popen[str], ready: threading.Event) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.output.append(line)
            if found := READY.search(line):
                self.url = found[1]
                ready.set()
        ready.set()

    def _close(self) -> None:
        assert self.process is not None
        self._reader.join(5)
        if self.process.stdout is not None:
            self.process.stdout.close()


@contextlib.contextmanager
def live_server(config: str = "", *flags: str, env: Mapping[str, str] | None = None) -> Iterator[LiveServer]:
    """A server in a folder of its own that goes with it."""
    with (
        tempfile.TemporaryDirectory(prefix="homeport-test-") as folder,
        LiveServer(Path(folder), config, *flags, env=env) as server,
    ):
        yield server
