"""What there is: containers, of callers and of threads and conversations, and their files."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Sequence
from contextlib import aclosing, suppress

import msgspec
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from homeport.errors import ApiError, BadRequestError
from homeport.ids import new_id
from homeport.inference.containers.calls import OUTPUT, Calls, Plot, Ran, memory_gb
from homeport.inference.containers.room import Room, full
from homeport.sandbox import Logs
from homeport.sandbox.files import checked_name, fitting_name
from homeport.sandbox.sandbox import TIMEOUT_S
from homeport.storage import containers as rows
from homeport.storage.containers import Container, ContainerFile, Content, MemoryLimit
from homeport.storage.files import FileStore, StoredFile, files
from homeport.storage.objects import Listing, Page

SWEEP = "containers.sweep"
SWEEP_EVERY_S = 60.0


class Containers:
    """All containers, as one process sees them. `max_memory_gb`: the most that a container may ask for."""

    def __init__(self, file_store: FileStore, calls: Calls, *, max_memory_gb: int) -> None:
        self._files = file_store
        self._database = file_store.database
        self._calls = calls
        self._max_memory_gb = max_memory_gb

    @property
    def max_file_bytes(self) -> int:
        return self._calls.limits.data_bytes

    async def create(self, project_id: str, container: Container, file_ids: Sequence[str] = ()) -> Container:
        """A new one (`storage.containers.new_container`), with copies of files.

        Raises SandboxUnavailable where no code can run, BadRequestError, NotFoundError and RequestTooLarge.
        """
        await self.check(project_id, container.memory_limit, file_ids)
        await self._calls.prepare()
        await self._database.write(lambda c: rows.containers.insert(c, project_id, container))
        try:
            await self.add_files(project_id, container.id, file_ids)
        except BaseException:
            with suppress(ApiError):
                await asyncio.shield(self.delete(project_id, container.id))
            raise
        return container

    async def check(self, project_id: str, memory_limit: MemoryLimit, file_ids: Sequence[str]) -> None:
        """Raises BadRequestError for more memory than a container may have, and NotFoundError for a file."""
        if memory_gb(memory_limit) > self._max_memory_gb:
            raise BadRequestError(
                f"A container on this server may have at most {self._max_memory_gb} GB of memory.", param="memory_limit"
            )
        await self._database.read(lambda c: [files.retrieve(c, project_id, id) for id in file_ids])

    async def owned(
        self, project_id: str, owner: str, *, file_ids: Sequence[str] = (), memory_limit: MemoryLimit = "1g"
    ) -> Container:
        """The container of a thread, conversation or response, with copies of these files.

        It is made when its owner has none, or when that has expired. Raises as `create` does.
        """
        container = await self._database.read(lambda c: rows.find_owned(c, project_id, owner))
        if container is not None and not container.has_expired:
            await self.add_files(project_id, container.id, file_ids)
            return container
        if container is not None:
            expired = container
            await self._database.write(lambda c: rows.disown(c, project_id, expired))
        new = rows.new_container(f"Of {owner}", owner=owner, memory_limit=memory_limit)
        try:
            return await self.create(project_id, new, file_ids)
        except IntegrityError:  # somebody else has made it meanwhile
            return await self.owned(project_id, owner, file_ids=file_ids)

    async def use(self, project_id: str, container_id: str) -> Container:
        """One that can be used, and is. Raises NotFoundError, and BadRequestError for one that has expired."""
        container = await self.retrieve(project_id, container_id)
        rows.check_alive(container)
        return container

    async def retrieve(self, project_id: str, container_id: str) -> Container:
        """As `use`, but also one that has expired."""
        container = await self._database.read(lambda c: rows.containers.retrieve(c, project_id, container_id))
        if not rows.is_due(container):
            return container
        return await self._database.write(lambda c: _used(c, project_id, container_id))

    async def list_containers(self, project_id: str, page: Page, name: str | None = None) -> Listing:
        where = [] if name is None else [rows.table.c.name == name]
        return await self._database.read(lambda c: rows.containers.list(c, project_id, page, *where))

    async def delete(self, project_id: str, container_id: str) -> None:
        """With its files; a call in it is ended. Raises NotFoundError."""
        keys = await self._database.write(lambda c: rows.delete_container(c, project_id, container_id))
        await self._files.remove_blobs(keys)
        await self._calls.drop(container_id)

    async def run(
        self, project_id: str, container_id: str, code: str, *, key: str | None = None, timeout_s: float = TIMEOUT_S
    ) -> AsyncGenerator[Logs | Plot | Ran, None]:
        """Run code: its output as it comes, and `Ran` at the end, when the files that it has written are kept.

        A call under a `key` is made once: made again, it tells what came out of it, and runs nothing. Giving up the
        iteration stops the code. Raises NotFoundError, BadRequestError (the container has expired, the code is too
        long), Overloaded and SandboxUnavailable.
        """
        container = await self.use(project_id, container_id)
        if key is not None and (ran := await self._made(container_id, key)) is not None:
            for output in ran.outputs:
                yield output
            yield ran
            return
        async with aclosing(self._calls.run(project_id, container, code, key, timeout_s)) as events:
            async for event in events:
                yield event

    async def _made(self, container_id: str, key: str) -> Ran | None:
        """What came out of a call that was made before."""
        known = await self._database.read(lambda c: rows.recorded_call(c, container_id, key))
        return None if known is None else msgspec.json.decode(known, type=Ran)

    async def sweep(self, _context: object = None) -> None:
        """Empty the containers that have expired: a periodic job."""
        ids = [""]
        while ids:
            ids, keys = await self._database.write(rows.empty_expired)
            await self._files.remove_blobs(keys)
            for container_id in ids:
                await self._calls.drop(container_id)
        await self._database.write(rows.forget_expired)

    # --- files -------------------------------------------------------------------------------------

    async def add_files(self, project_id: str, container_id: str, file_ids: Sequence[str]) -> list[ContainerFile]:
        """Copies of files, under their names, cut where too long; those of which there are copies already, as they are.

        Raises NotFoundError, BadRequestError and RequestTooLarge.
        """
        added = []
        for file_id in file_ids:
            there = await self._database.read(lambda c: rows.files_of(c, container_id))
            copied = next((file for file in there if file.file_id == file_id), None)
            if copied is None:
                file = await self._files.find(project_id, file_id)
                taken = {file.path.partition("/")[0] for file in there}
                name = fitting_name(file.filename)
                if name in taken:
                    name = fitting_name(f"{file.id}-{file.filename}")
                copied = await self._put(project_id, container_id, name, self._files.stream(file), file_id)
            added.append(copied)
        return added

    async def upload(
        self, project_id: str, container_id: str, filename: str, pieces: AsyncIterable[bytes]
    ) -> ContainerFile:
        """A file of the caller's, in place of one of that name. Raises BadRequestError and RequestTooLarge."""
        await self.use(project_id, container_id)
        return await self._put(project_id, container_id, filename, pieces, None)

    async def list_files(self, project_id: str, container_id: str, page: Page) -> Listing:
        await self.use(project_id, container_id)
        of_it = rows.files_table.c.container_id == container_id
        return await self._database.read(lambda c: rows.files.list(c, project_id, page, of_it))

    async def retrieve_file(self, project_id: str, container_id: str, id: str) -> ContainerFile:
        """Raises NotFoundError, and BadRequestError for a container that has expired."""
        await self.use(project_id, container_id)
        return await self._database.read(lambda c: rows.retrieve_file(c, project_id, container_id, id))

    async def file_at(self, project_id: str, container_id: str, path: str) -> ContainerFile | None:
        """The file of this path, relative to /mnt/data. Raises as `retrieve_file` does."""
        await self.use(project_id, container_id)
        there = await self._database.read(lambda c: rows.files_of(c, container_id))
        return next((file for file in there if file.path == path), None)

    async def delete_file(self, project_id: str, container_id: str, id: str) -> None:
        """Raises as `retrieve_file` does."""

        def work(connection: Connection) -> str:
            rows.check_alive(_used(connection, project_id, container_id))
            file = rows.retrieve_file(connection, project_id, container_id, id)
            rows.files.delete(connection, project_id, id)
            return file.blob_key

        await self._files.remove_blobs([await self._database.write(work)])

    def stream(self, file: ContainerFile, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Its bytes from `start` up to `end`, in blocks."""
        return self._files.blobs.stream(file.blob_key, start, end)

    async def export(self, project_id: str, container_id: str, id: str) -> StoredFile:
        """A container's file as a file of purpose `assistants_output`; the same one as long as it doesn't change."""
        source = await self.retrieve_file(project_id, container_id, id)
        if source.exported is not None:
            exported_as = source.exported
            existing = await self._database.read(lambda c: files.find(c, project_id, exported_as))
            if existing is not None:
                return existing
        name = source.path.rpartition("/")[2]
        made = await self._files.add(project_id, name, OUTPUT, self.stream(source))

        def work(connection: Connection) -> None:
            rows.lock(connection, project_id, container_id)
            now = rows.retrieve_file(connection, project_id, container_id, id)
            if now.blob_key == source.blob_key:
                rows.files.update(connection, project_id, msgspec.structs.replace(now, exported=made.id))

        await self._database.write(work)
        return made

    async def _put(
        self, project_id: str, container_id: str, name: str, pieces: AsyncIterable[bytes], file_id: str | None
    ) -> ContainerFile:
        path = checked_name(name)
        blob_key = new_id("cblob")
        async with self._files.blobs.writer(blob_key) as writer:
            async for piece in pieces:
                if writer.size_bytes + len(piece) > self.max_file_bytes:
                    raise full(self._calls.limits)
                await writer.write(piece)
        content = Content(path, writer.size_bytes, blob_key, "user", file_id)

        def work(connection: Connection) -> tuple[list[ContainerFile], list[str]]:
            rows.check_alive(_used(connection, project_id, container_id))
            Room(rows.files_of(connection, container_id), self._calls.limits).take(content)
            return rows.put_files(connection, project_id, container_id, [content])

        try:
            [file], unneeded = await self._database.write(work)
        except ApiError as error:
            if error.status < 500:  # else the row may name it all the same
                await self._files.remove_blobs([blob_key])
            raise
        await self._files.remove_blobs(unneeded)
        return file


def _used(connection: Connection, project_id: str, container_id: str) -> Container:
    """The container, held, and used now."""
    container = rows.lock(connection, project_id, container_id)
    return rows.touch(connection, project_id, container) if rows.is_due(container) else container
