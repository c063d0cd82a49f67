"""What comes out of a call of the code interpreter, and the bounds it runs in."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

Status = Literal["completed", "failed", "timed_out", "crashed", "out_of_memory", "out_of_space"]


class Limits(Struct, frozen=True, kw_only=True):
    """What one sandbox may use, all its processes together. Sizes in bytes."""

    memory_bytes: int = 1 << 30
    processes: int = 64  # threads count too
    data_bytes: int = 512 << 20  # /mnt/data
    data_files: int = 2_000  # files and folders in /mnt/data
    scratch_bytes: int = 128 << 20  # /tmp, and as much again in /dev/shm
    scratch_files: int = 20_000  # in each of them
    sockets: int = 512  # between its own processes; there are no others
    idle_cpu_s: float = 10.0  # CPU time that what a call has left running may take before the next call
    logs_bytes: int = 256 << 10  # of one call; what comes after is dropped
    images: int = 20  # of one call
    image_bytes: int = 8 << 20
    code_bytes: int = 1 << 20


class Logs(Struct, tag="logs"):
    """A piece of what the code wrote: stdout, stderr, the last expression's repr and tracebacks, in order."""

    text: str


class Image(Struct, tag="image"):
    """A figure that was shown or saved, or an image that was displayed."""

    data: bytes
    media_type: Literal["image/png", "image/jpeg"] = "image/png"


class File(Struct, frozen=True):
    """A regular file of /mnt/data. `name` is its path in there, with `/` between folders."""

    name: str
    size_bytes: int
    modified_at: float  # seconds since 1970; the code can set it


class Finished(Struct, tag="finished", kw_only=True):
    """The last event of a call.

    completed      the code ran to its end
    failed         it raised; the traceback is in the logs, the interpreter lives on
    timed_out, crashed, out_of_memory, out_of_space
                   the interpreter is gone, and its variables with it; the next call starts a fresh one.
                   `error` is one sentence about why. The files of /mnt/data stay.
    """

    status: Status
    error: str | None = None
    truncated: bool = False  # some output was dropped: more than `logs_bytes` of logs, or `images` images
    fresh: bool = False  # this call was the first of its interpreter: no variables of earlier calls
    changed: list[File] = field(default_factory=list)  # files of /mnt/data that the call made or wrote to
    duration_s: float = 0.0


Event = Logs | Image | Finished


class Result(Finished, kw_only=True):
    """A whole call: its outputs, neighbouring logs joined, and how it ended."""

    outputs: list[Logs | Image] = field(default_factory=list)
