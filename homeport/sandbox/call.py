"""One request to the worker of an interpreter, and what comes back until it ends.

The worker may be in the hands of the code that it runs, so nothing from it is trusted: lines are bounded and must have
the right shape, and the worst that a forged one can do is to misstate that code's own output.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import codecs
import os
import socket
from contextlib import suppress
from typing import Any, Literal

import msgspec
from msgspec import Struct

from homeport.sandbox.events import Image, Limits, Logs, Status

READ_BYTES = 1 << 16
_PIPE_MAX_BYTES = 1 << 20  # what a pipe can hold at most
_TAKE_EVERY_S = 0.005  # so that many small writes become few events
_DISCARD_EVERY_S = 0.001
_MAX_ERROR_CHARS = 1000
_MAX_STRAYS = 1000  # replies that are none of this call's
_SENSELESS = "The interpreter sent a reply that makes no sense and was stopped."
_SIGNATURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}


class Ended(Struct):
    """The last event of a call; its fields as in `Finished`."""

    status: Status
    error: str | None = None
    truncated: bool = False


class _Picture(Struct):
    media_type: Literal["image/png", "image/jpeg"]
    data: str


class _Reply(Struct):
    """A line of the worker's: an image, that one was too large to send, or the end of a call."""

    id: int
    image: _Picture | None = None
    image_left_out: bool = False
    status: Literal["completed", "failed"] | None = None
    error: str | None = None


_decode_reply = msgspec.json.Decoder(_Reply).decode


class Call:
    """Sends a request; `events` then gets what comes back, the last one an `Ended`.

    What the code writes and what the worker replies come by different ways. Before a reply is taken, everything written
    before it is; and the worker waits after an image, so that what is written after it comes after it.
    """

    def __init__(self, control: socket.socket, output: int, limits: Limits, number: int) -> None:
        self.events: asyncio.Queue[Logs | Image | Ended] = asyncio.Queue()
        self.truncated = False  # whether something was dropped for being too much
        self._control = control
        self._output = output
        self._limits = limits
        self._number = number
        self._loop = asyncio.get_running_loop()
        self._unsent = b""
        self._received = bytearray()
        self._longest_line = limits.image_bytes * 4 // 3 + 4096
        self._decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
        self._logs_bytes = self._images = self._strays = 0
        self._pause: asyncio.TimerHandle | None = None
        self._open = False

    def begin(self, **request: Any) -> None:
        for _ in range(0, _PIPE_MAX_BYTES, READ_BYTES):
            if not read_available(self._output):  # what earlier calls have left running has written since
                break
        self._open = True
        self._loop.add_reader(self._control, self._on_control)
        self._loop.add_reader(self._output, self._on_output)
        self._send(id=self._number, **request)

    def close(self) -> None:
        """Take nothing more."""
        if self._open:
            self._open = False
            self._loop.remove_reader(self._control)
            self._loop.remove_writer(self._control)
            self._loop.remove_reader(self._output)
            if self._pause:
                self._pause.cancel()

    def end(self, event: Ended) -> None:
        """Let this be the last event, after what was written until now. Nothing is taken after it."""
        if self._open:
            self._take_output()
            if rest := self._decode(b"", True):
                self.events.put_nowait(Logs(rest))
            self.events.put_nowait(event)
            self.close()

    # --- to the worker ---------------------------------------------------------------------------

    def _send(self, **message: Any) -> None:
        self._unsent += msgspec.json.encode(message) + b"\n"
        self._on_writable()

    def _on_writable(self) -> None:
        try:
            self._unsent = self._unsent[self._control.send(self._unsent) :]
        except BlockingIOError:
            pass
        except OSError:
            self.end(Ended("crashed"))
            return
        if self._unsent:
            self._loop.add_writer(self._control, self._on_writable)
        else:
            self._loop.remove_writer(self._control)

    # --- what the code writes --------------------------------------------------------------------

    def _on_output(self) -> None:
        data = read_available(self._output)
        if data is None:
            return
        self._loop.remove_reader(self._output)
        if data:  # or else all ends inside are closed
            self._take(data)
            self._pause = self._loop.call_later(_TAKE_EVERY_S, self._go_on)

    def _go_on(self) -> None:
        if self._logs_bytes < self._limits.logs_bytes:
            self._loop.add_reader(self._output, self._on_output)
            return
        # A flood is read on, so that the code can go on, but slowly.
        self.truncated |= bool(read_available(self._output))
        self._pause = self._loop.call_later(_DISCARD_EVERY_S, self._go_on)

    def _take_output(self) -> None:
        """Take what was written until now. It may never end, since processes may be left that go on writing."""
        for _ in range(0, _PIPE_MAX_BYTES, READ_BYTES):
            if not (data := read_available(self._output)):
                break
            self._take(data)

    def _take(self, data: bytes) -> None:
        room = self._limits.logs_bytes - self._logs_bytes
        self.truncated |= len(data) > room
        self._logs_bytes += len(data[:room])
        if text := self._decode(data[:room]):
            self.events.put_nowait(Logs(text))

    # --- what the worker replies -----------------------------------------------------------------

    def _on_control(self) -> None:
        try:
            data = self._control.recv(1 << 20)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.end(Ended("crashed"))
            return
        searched = len(self._received)
        self._received += data
        while self._open and (newline := self._received.find(b"\n", searched)) >= 0:
            line = bytes(self._received[:newline])
            del self._received[: newline + 1]
            searched = 0
            self._on_line(line)
        if len(self._received) > self._longest_line:
            self.end(Ended("crashed", "The interpreter sent an overlong reply and was stopped."))

    def _on_line(self, line: bytes) -> None:
        try:
            reply = _decode_reply(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            self.end(Ended("crashed", _SENSELESS))
            return
        if reply.id != self._number:  # from a thread that an earlier call has left running
            self._strays += 1
            if self._strays > _MAX_STRAYS:
                self.end(Ended("crashed", _SENSELESS))
        elif self._unsent:  # the worker reads all that it is sent before it replies: here somebody else writes
            self.end(Ended("crashed", _SENSELESS))
        elif reply.image is not None:
            self._on_image(reply.image)
        elif reply.image_left_out:
            self.truncated = True
            self._send(ack=self._number)
        elif reply.status is not None:
            self.end(Ended(reply.status, reply.error and reply.error[:_MAX_ERROR_CHARS]))
        else:
            self.end(Ended("crashed", _SENSELESS))

    def _on_image(self, picture: _Picture) -> None:
        self._take_output()
        data = b""
        with suppress(binascii.Error, ValueError):
            data = base64.b64decode(picture.data, validate=True)
        if not data.startswith(_SIGNATURES[picture.media_type]):
            self.end(Ended("crashed", "The interpreter sent a picture that is none and was stopped."))
            return
        self._images += 1
        if self._images <= self._limits.images and len(data) <= self._limits.image_bytes:
            self.events.put_nowait(Image(data, picture.media_type))
        else:
            self.truncated = True
        self._send(ack=self._number)


def read_available(descriptor: int) -> bytes | None:
    """What a pipe has now: None for nothing yet, nothing for its end."""
    try:
        return os.read(descriptor, READ_BYTES)
    except BlockingIOError:
        return None
