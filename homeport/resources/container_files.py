"""Files of containers: add, list, retrieve, content, delete. Shapes: those of OpenAI's specification."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from msgspec import Meta, Struct

from homeport.errors import BadRequestError
from homeport.inference.containers import Containers
from homeport.resources.lists import ListOf, list_of
from homeport.sandbox.files import MOUNTED_AT
from homeport.storage.containers import ContainerFile, Source
from homeport.storage.objects import Page
from homeport.web.downloads import Download
from homeport.web.multipart import Form
from homeport.web.routes import Call, Route

# --- shapes --------------------------------------------------------------------


class CopyFileRequest(Struct, forbid_unknown_fields=True):
    """An uploaded file, to be copied under its name."""

    file_id: str


class CreateContainerFileRequest(Struct):
    """A form: a file with its name, or the id of an uploaded one."""

    file: bytes | None = None
    file_id: str | None = None


class ListContainerFilesParams(Struct, forbid_unknown_fields=True):
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    order: Literal["asc", "desc"] = "desc"
    after: str | None = None


class OpenAIContainerFile(Struct):
    """A file that code finds at `path`. Its id stays when its content changes; `source`: who has written it last."""

    id: str
    container_id: str
    created_at: int  # seconds since 1970
    bytes: int
    path: str
    source: Source
    object: Literal["container.file"] = "container.file"


class ContainerFileDeleted(Struct):
    id: str
    object: Literal["container.file.deleted"] = "container.file.deleted"
    deleted: bool = True


# --- rules ---------------------------------------------------------------------


def shown(file: ContainerFile) -> OpenAIContainerFile:
    return OpenAIContainerFile(
        file.id, file.container_id, file.created_at, file.bytes, f"{MOUNTED_AT}/{file.path}", file.source
    )


async def _received(containers: Containers, project_id: str, container_id: str, form: Form) -> ContainerFile:
    """What a form has: one file, or one id of a file."""
    form.at_most("file", containers.max_file_bytes)
    received: ContainerFile | None = None
    async for field in form:
        if field.name not in ("file", "file_id") or received is not None:
            raise BadRequestError("A form has either one `file` or one `file_id`.", param=field.name)
        if field.name == "file_id":
            [received] = await containers.add_files(project_id, container_id, [await field.text()])
        else:
            pieces = field.pieces(containers.max_file_bytes)
            received = await containers.upload(project_id, container_id, field.filename or "upload", pieces)
    if received is None:
        raise BadRequestError("Missing required parameter: 'file'.", param="file", code="missing_required_parameter")
    return received


# --- routes --------------------------------------------------------------------


def routes(containers: Containers) -> list[Route]:
    async def create_file(call: Call) -> OpenAIContainerFile:
        project_id, container_id = call.principal.project_id, call.path["container_id"]
        await containers.use(project_id, container_id)
        if isinstance(call.body, CopyFileRequest):
            [file] = await containers.add_files(project_id, container_id, [call.body.file_id])
        else:
            file = await _received(containers, project_id, container_id, call.body)
        return shown(file)

    async def list_files(call: Call) -> ListOf[OpenAIContainerFile]:
        asked: ListContainerFilesParams = call.query
        page = Page(asked.limit, asked.order, asked.after)
        found = await containers.list_files(call.principal.project_id, call.path["container_id"], page)
        return list_of(found, [shown(file) for file in found.data])

    async def find(call: Call) -> ContainerFile:
        return await containers.retrieve_file(
            call.principal.project_id, call.path["container_id"], call.path["file_id"]
        )

    async def retrieve_file(call: Call) -> OpenAIContainerFile:
        return shown(await find(call))

    async def download_file(call: Call) -> Download:
        file = await find(call)
        name = file.path.rpartition("/")[2]
        return Download(name, file.bytes, file.blob_key, partial(containers.stream, file))

    async def delete_file(call: Call) -> ContainerFileDeleted:
        file_id = call.path["file_id"]
        await containers.delete_file(call.principal.project_id, call.path["container_id"], file_id)
        return ContainerFileDeleted(file_id)

    return [
        Route(
            method="POST",
            path="/containers/{container_id}/files",
            operation_id="CreateContainerFile",
            summary="Put a file into a container: a form's, in place of one of its name, or a copy of an uploaded one.",
            tag="Containers",
            body=CopyFileRequest,
            form=CreateContainerFileRequest,
            result=OpenAIContainerFile,
            handler=create_file,
        ),
        Route(
            method="GET",
            path="/containers/{container_id}/files",
            operation_id="ListContainerFiles",
            summary="List the files of a container, also those that code has written.",
            tag="Containers",
            params=ListContainerFilesParams,
            result=ListOf[OpenAIContainerFile],
            handler=list_files,
        ),
        Route(
            method="GET",
            path="/containers/{container_id}/files/{file_id}",
            operation_id="RetrieveContainerFile",
            summary="Retrieve what is known of a container's file.",
            tag="Containers",
            result=OpenAIContainerFile,
            handler=retrieve_file,
        ),
        Route(
            method="GET",
            path="/containers/{container_id}/files/{file_id}/content",
            operation_id="RetrieveContainerFileContent",
            summary="Download the content of a container's file, or a range of it.",
            tag="Containers",
            result=bytes,
            handler=download_file,
        ),
        Route(
            method="DELETE",
            path="/containers/{container_id}/files/{file_id}",
            operation_id="DeleteContainerFile",
            summary="Delete a container's file. Code that runs next doesn't find it.",
            tag="Containers",
            result=ContainerFileDeleted,
            handler=delete_file,
        ),
    ]
