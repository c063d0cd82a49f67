"""The command line as people meet it: as a process, with pipes or in a terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]")

# The child makes the pseudo-terminal its controlling one, so that a Ctrl-C typed there becomes a signal.
_LAUNCHER = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
_HOMEPORT = [sys.executable, "-m", "homeport"]


def environment(**variables: str) -> dict[str, str]:
    """This process's, without what would configure Homeport, and with `variables`."""
    foreign = ("HOMEPORT_", "OPENAI_", "HF_")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)} | variables


def homeport(
    *arguments: str, stdin: str = "", cwd: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """`homeport ARGUMENTS` to its end, through pipes."""
    return subprocess.run(
        [*_HOMEPORT, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        env=environment(**variables),
        cwd=cwd,
        timeout=30,
    )


class Terminal:
    """`homeport ARGUMENTS` in a pseudo-terminal."""

    def __init__(self, *arguments: str, cwd: Path | None = None, **variables: str) -> None:
        self.raw = ""
        self._seen = 0
        self._end, far_end = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", _LAUNCHER, *_HOMEPORT, *arguments],
            stdin=far_end,
            stdout=far_end,
            stderr=far_end,
            env=environment(TERM="xterm", **variables),
            cwd=cwd,
            start_new_session=True,
        )
        os.close(far_end)

    @property
    def text(self) -> str:
        """All that was shown, without colours and line editing."""
        return _ESCAPES.sub("", self.raw).replace("\r\n", "\n")

    def type(self, keys: str) -> None:
        os.write(self._end, keys.encode())

    def expect(self, text: str, timeout_s: float = 30) -> None:
        """Wait until `text` is shown, after what earlier calls have waited for."""
        deadline = time.monotonic() + timeout_s
        while (at := self.text.find(text, self._seen)) < 0:
            if time.monotonic() > deadline or not self._read(deadline - time.monotonic()):
                raise AssertionError(f"{text!r} was not shown. What was:\n{self.text}")
        self._seen = at + len(text)

    def interrupt(self, shows: str) -> None:
        """Ctrl-C, once more where the line editor was between two looks for signals (it then forgets one)."""
        for _ in range(10):
            self.type("\x03")
            with suppress(AssertionError):
                return self.expect(shows, timeout_s=3)
        raise AssertionError(f"{shows!r} was not shown. What was:\n{self.text}")

    def wait(self, timeout_s: float = 30) -> int:
        """The exit status, once the program has ended."""
        deadline = time.monotonic() + timeout_s
        while self._read(deadline - time.monotonic()):
            pass
        return self.process.wait(max(0.1, deadline - time.monotonic()))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self._end)

    def _read(self, timeout_s: float) -> bool:
        """More output; False at its end or after the time."""
        ready, _, _ = select.select([self._end], [], [], max(0, timeout_s))
        if not ready:
            return False
        try:
            data = os.read(self._end, 1 << 16)
        except OSError:  # Linux's way to say that the other end is closed
            return False
        self.raw += data.decode(errors="replace")
        return bool(data)
