"""Calls: code that runs in a container, on this process's copy of the container's files."""

from __future__ import annotations

import asyncio
import io
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, suppress
from pathlib import Path
from typing import BinaryIO
from weakref import WeakValueDictionary

import msgspec
from msgspec import Struct, field
from sqlalchemy import Connection

from homeport.errors import ApiError, NotFoundError, StorageUnavailable
from homeport.ids import new_id
from homeport.inference.containers.room import Room
from homeport.sandbox import File, Finished, Image, Limits, Logs, Sandbox, Sandboxes, Status
from homeport.sandbox.files import MOUNTED_AT
from homeport.sandbox.workplace import Workplace
from homeport.storage import containers as rows
from homeport.storage.blobs import BlobMissing
from homeport.storage.containers import Container, ContainerFile, Content, MemoryLimit
from homeport.storage.files import FileStore, files

OUTPUT = "assistants_output"  # the purpose of files that code has made

_GIB = 1 << 30
_BLOCK_BYTES = 1 << 20
_IDLE_S = 1200.0  # after which a copy is given up
_LOOK_EVERY_S = 60.0
_PLOT_S = 3600  # how long a picture is there whose call was cut short: longer than any call takes

log = logging.getLogger(__name__)


class Plot(Struct, tag="image"):
    """A picture that the code has shown, kept as a file of purpose `assistants_output`."""

    file_id: str
    media_type: str


class Written(Struct):
    """A container's file that a call has made or changed. `path` is the whole one, in /mnt/data."""

    id: str
    path: str
    bytes: int


class Ran(Struct, tag="ran", kw_only=True):
    """The last event of a call, and all that came out of it. `status` and what follows: as in `sandbox.Finished`."""

    container_id: str
    status: Status
    error: str | None = None
    truncated: bool = False
    fresh: bool = False
    duration_s: float = 0.0
    outputs: list[Logs | Plot] = field(default_factory=list)  # neighbouring logs joined
    files: list[Written] = field(default_factory=list)


class _Copy:
    """A container's files on this process's disk, and the sandbox that works on them."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.held: dict[str, tuple[str, File]] = {}  # by path: the blob it is a copy of, and how it looks on the disk
        self.last_used = time.monotonic()


class Calls:
    """The calls of one process. `folder`: where copies are made; `interpreters`: how many there are at once."""

    def __init__(self, files: FileStore, folder: Path, interpreters: int) -> None:
        self.limits = Limits()
        self._files = files
        self._database = files.database
        self._folder = folder
        self._interpreters = interpreters
        self._copies: dict[str, _Copy] = {}
        # Held during a call, from before the files are fetched until they are kept, and while a copy is given up.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._opening: asyncio.Task[tuple[Workplace, Sandboxes]]
        self._housekeeping: asyncio.Task[None]

    def start(self) -> None:
        """Find out in the background what the first call would have to."""
        self._opening = asyncio.create_task(self._open(), name="sandboxes")
        self._housekeeping = asyncio.create_task(self._keep_house(), name="copies of containers")

    async def close(self) -> None:
        """End all interpreters, and give up the copies."""
        self._housekeeping.cancel()
        await asyncio.gather(self._housekeeping, return_exceptions=True)
        with suppress(StorageUnavailable):
            workplace, sandboxes = await self._opening
            await sandboxes.close()
            await asyncio.to_thread(workplace.close)

    async def prepare(self) -> None:
        """Raises SandboxUnavailable where no code can run."""
        await (await self._sandboxes()).prepare()

    async def run(
        self, project_id: str, container: Container, code: str, key: str | None, timeout_s: float
    ) -> AsyncGenerator[Logs | Plot | Ran, None]:
        """See `Containers.run`."""
        sandboxes = await self._sandboxes()
        async with self._lock(container.id):
            if (copy := self._copies.get(container.id)) is None:
                memory_bytes = memory_gb(container.memory_limit) * _GIB
                copy = self._copies[container.id] = _Copy(sandboxes.sandbox(container.id, memory_bytes=memory_bytes))
            try:
                await self._fetch(copy, container.id)
                outputs: list[Logs | Plot] = []
                async with aclosing(copy.sandbox.stream(code, timeout_s=timeout_s)) as events:
                    async for event in events:
                        if isinstance(event, Finished):
                            finished = event
                            continue
                        output = event if isinstance(event, Logs) else await self._plot(project_id, event)
                        _join(outputs, output)
                        yield output
                ran = await self._keep(copy, project_id, container.id, finished, outputs, key)
            except BaseException:  # the call wasn't made: nothing of it may stay
                await asyncio.shield(self._give_up(container.id))
                raise
            copy.last_used = time.monotonic()
        yield ran

    async def drop(self, container_id: str) -> None:
        """End what runs in a container, and give up the copy of its files."""
        if (copy := self._copies.get(container_id)) is not None:
            await copy.sandbox.stop()
            async with self._lock(container_id):
                await self._give_up(container_id)

    # --- the copy ----------------------------------------------------------------------------------

    async def _fetch(self, copy: _Copy, container_id: str) -> None:
        """Make the copy what the container's files are now."""
        kept = await self._database.read(lambda c: rows.files_of(c, container_id))
        wanted = {file.path: file.blob_key for file in kept}
        for path in [path for path, (key, _) in copy.held.items() if wanted.get(path) != key]:
            del copy.held[path]
            with suppress(NotFoundError):
                await copy.sandbox.remove(path)
        for path, key in wanted.items():
            if path not in copy.held:
                with suppress(BlobMissing):  # replaced or deleted a moment ago
                    copy.held[path] = key, await copy.sandbox.put(path, self._files.blobs.stream(key))

    async def _keep(
        self,
        copy: _Copy,
        project_id: str,
        container_id: str,
        finished: Finished,
        outputs: list[Logs | Plot],
        key: str | None,
    ) -> Ran:
        """Make the container's files what the copy is now, and note what came out of the call.

        What there is no room for any more, since others came meanwhile (an upload, another process's call), is left
        out, and the copy given up: it can't be made what the container's files are.
        """
        there = {file.name: file for file in await copy.sandbox.files()}
        written = {file.name for file in finished.changed}
        # What an earlier call left running may have written, too.
        written |= {path for path, file in there.items() if path not in copy.held or copy.held[path][1] != file}
        contents = [await self._save(copy, there[path]) for path in sorted(written & there.keys())]
        gone = {path: blob_key for path, (blob_key, _) in copy.held.items() if path not in there}
        ran = Ran(
            container_id=container_id,
            status=finished.status,
            error=finished.error,
            truncated=finished.truncated,
            fresh=finished.fresh,
            duration_s=finished.duration_s,
            outputs=outputs,
        )

        left_out: list[Content] = []

        def work(connection: Connection) -> list[str]:
            container = rows.lock(connection, project_id, container_id)
            if container.expires_at is None:
                rows.check_alive(container)
            rows.touch(connection, project_id, container)
            unneeded = rows.remove_contents(connection, project_id, container_id, gone)
            kept, left_out[:] = _fitting(rows.files_of(connection, container_id), contents, self.limits)
            if left_out:
                names = ", ".join(f"{MOUNTED_AT}/{content.path}" for content in left_out[:5])
                told = f"{len(left_out)} files could not be kept, since others came meanwhile: {names}."
                told += " The next call has no variables of this one."
                ran.error = f"{finished.error} {told}" if finished.error else told
            put, replaced = rows.put_files(connection, project_id, container_id, kept)
            ran.files = [Written(file.id, f"{MOUNTED_AT}/{file.path}", file.bytes) for file in put]
            if key is not None:
                rows.record_call(connection, container_id, key, msgspec.json.encode(ran).decode())
            for output in outputs:
                if isinstance(output, Plot):
                    _stay(connection, project_id, output.file_id)
            return [*unneeded, *replaced, *(content.blob_key for content in left_out)]

        unneeded = await self._database.write(work)
        for path in gone:
            del copy.held[path]
        copy.held |= {content.path: (content.blob_key, there[content.path]) for content in contents}
        await self._files.remove_blobs(unneeded)
        if left_out:
            await asyncio.shield(self._give_up(container_id))
        return ran

    async def _save(self, copy: _Copy, file: File) -> Content:
        blob_key = new_id("cblob")
        with await copy.sandbox.open(file.name) as source:
            async with self._files.blobs.writer(blob_key) as writer:
                async for block in _blocks(source):
                    await writer.write(block)
        return Content(file.name, writer.size_bytes, blob_key, "assistant")

    async def _plot(self, project_id: str, image: Image) -> Plot:
        """A file at once, for whoever follows the call. It expires unless the call is kept."""
        name = f"{new_id('plot')}.{image.media_type.removeprefix('image/')}"
        pieces = _blocks(io.BytesIO(image.data))
        file = await self._files.add(project_id, name, OUTPUT, pieces, expires_after_s=_PLOT_S)
        return Plot(file.id, image.media_type)

    async def _give_up(self, container_id: str) -> None:
        if self._copies.pop(container_id, None) is not None:
            await (await self._sandboxes()).delete(container_id)

    def _lock(self, container_id: str) -> asyncio.Lock:
        return self._locks.setdefault(container_id, asyncio.Lock())

    # --- the process -------------------------------------------------------------------------------

    async def _open(self) -> tuple[Workplace, Sandboxes]:
        try:
            workplace = await asyncio.to_thread(Workplace, self._folder)
        except OSError as error:
            raise StorageUnavailable(f"The code interpreter has no folder to work in: {error.strerror}.") from None
        return workplace, Sandboxes(workplace.folder, limits=self.limits, capacity=self._interpreters)

    async def _sandboxes(self) -> Sandboxes:
        return (await asyncio.shield(self._opening))[1]

    async def _keep_house(self) -> None:
        """Give up copies that nobody has used for long. Where no code can run, say so once."""
        try:
            await self.prepare()
        except ApiError as error:
            log.info("%s", error.message)
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            idle_since = time.monotonic() - _IDLE_S
            for container_id, copy in list(self._copies.items()):
                if copy.last_used < idle_since and not self._lock(container_id).locked():
                    try:
                        await self.drop(container_id)
                    except OSError:
                        log.exception("the copy of the container %s could not be given up", container_id)


def memory_gb(limit: MemoryLimit) -> int:
    return int(limit.removesuffix("g"))


def _join(outputs: list[Logs | Plot], new: Logs | Plot) -> None:
    if isinstance(new, Logs) and outputs and isinstance(last := outputs[-1], Logs):
        outputs[-1] = Logs(last.text + new.text)
    else:
        outputs.append(new)


def _stay(connection: Connection, project_id: str, file_id: str) -> None:
    """A file that was to expire does not, if nobody has deleted it."""
    if (file := files.lock(connection, project_id, file_id)) is not None:
        files.update(connection, project_id, msgspec.structs.replace(file, expires_at=None))


async def _blocks(source: BinaryIO) -> AsyncIterator[bytes]:
    while block := await asyncio.to_thread(source.read, _BLOCK_BYTES):
        yield block


def _fitting(
    there: Sequence[ContainerFile], contents: Sequence[Content], limits: Limits
) -> tuple[list[Content], list[Content]]:
    """Those that there is room for, and those that there is none for. Mostly all fit together, one growing as another
    shrinks; where they don't, each has to fit beside what the others were."""
    written = {content.path for content in contents}
    room = Room((file for file in there if file.path not in written), limits)
    with suppress(ApiError):
        for content in contents:
            room.take(content)
        return list(contents), []
    room, kept, left_out = Room(there, limits), list[Content](), list[Content]()
    for content in contents:
        try:
            room.take(content)
        except ApiError:
            left_out.append(content)
        else:
            kept.append(content)
    return kept, left_out
