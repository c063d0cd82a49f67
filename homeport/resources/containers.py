"""Containers: create, list, retrieve, delete. Shapes: those of `/containers` in OpenAI's specification."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from homeport.errors import UnsupportedParameter
from homeport.inference.containers import Containers
from homeport.resources.lists import ListOf, list_of
from homeport.storage.containers import EXPIRE_MINUTES, Container, MemoryLimit, new_container
from homeport.storage.objects import Page
from homeport.web.routes import Call, Route

# --- shapes --------------------------------------------------------------------

MAX_EXPIRE_MINUTES = 30 * 24 * 60


class ExpiresAfter(Struct, forbid_unknown_fields=True):
    """When a container goes by itself: minutes after its last use, up to 30 days."""

    anchor: Literal["last_active_at"]
    minutes: Annotated[int, Meta(ge=1, le=MAX_EXPIRE_MINUTES)]


class CreateContainerRequest(Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(max_length=256)]
    file_ids: Annotated[list[str], Meta(max_length=50)] | None = None
    expires_after: ExpiresAfter | None = None
    memory_limit: MemoryLimit | None = None
    network_policy: dict[str, Any] | None = None
    skills: list[dict[str, Any]] | None = None


class ListContainersParams(Struct, forbid_unknown_fields=True):
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    order: Literal["asc", "desc"] = "desc"
    after: str | None = None
    name: str | None = None


class OpenAIContainer(Struct):
    """A container; times in seconds since 1970. One that has expired is empty and can't be used."""

    id: str
    created_at: int
    name: str
    status: Literal["running", "expired"]
    last_active_at: int
    expires_after: ExpiresAfter
    memory_limit: MemoryLimit
    object: Literal["container"] = "container"


class ContainerDeleted(Struct):
    id: str
    object: Literal["container.deleted"] = "container.deleted"
    deleted: bool = True


# --- rules ---------------------------------------------------------------------


def shown(container: Container) -> OpenAIContainer:
    return OpenAIContainer(
        id=container.id,
        created_at=container.created_at,
        name=container.name,
        status="expired" if container.has_expired else "running",
        last_active_at=container.last_active_at,
        expires_after=ExpiresAfter("last_active_at", container.expire_minutes),
        memory_limit=container.memory_limit,
    )


def check_offered(network_policy: dict[str, Any] | None, skills: list[dict[str, Any]] | None) -> None:
    """Raises UnsupportedParameter. That there is no network can be asked for."""
    if network_policy is not None and network_policy != {"type": "disabled"}:
        raise UnsupportedParameter(
            "`network_policy` is not supported: containers have no network.", param="network_policy"
        )
    if skills:
        raise UnsupportedParameter("`skills` are not supported.", param="skills")


# --- routes --------------------------------------------------------------------


def routes(containers: Containers) -> list[Route]:
    async def create_container(call: Call) -> OpenAIContainer:
        asked: CreateContainerRequest = call.body
        check_offered(asked.network_policy, asked.skills)
        new = new_container(
            asked.name,
            memory_limit=asked.memory_limit or "1g",
            expire_minutes=asked.expires_after.minutes if asked.expires_after else EXPIRE_MINUTES,
        )
        return shown(await containers.create(call.principal.project_id, new, asked.file_ids or ()))

    async def list_containers(call: Call) -> ListOf[OpenAIContainer]:
        asked: ListContainersParams = call.query
        page = Page(asked.limit, asked.order, asked.after)
        found = await containers.list_containers(call.principal.project_id, page, asked.name)
        return list_of(found, [shown(container) for container in found.data])

    async def retrieve_container(call: Call) -> OpenAIContainer:
        return shown(await containers.retrieve(call.principal.project_id, call.path["container_id"]))

    async def delete_container(call: Call) -> ContainerDeleted:
        await containers.delete(call.principal.project_id, call.path["container_id"])
        return ContainerDeleted(call.path["container_id"])

    return [
        Route(
            method="POST",
            path="/containers",
            operation_id="CreateContainer",
            summary="Create a container, in which the code interpreter runs.",
            tag="Containers",
            body=CreateContainerRequest,
            result=OpenAIContainer,
            handler=create_container,
        ),
        Route(
            method="GET",
            path="/containers",
            operation_id="ListContainers",
            summary="List the containers.",
            tag="Containers",
            params=ListContainersParams,
            result=ListOf[OpenAIContainer],
            handler=list_containers,
        ),
        Route(
            method="GET",
            path="/containers/{container_id}",
            operation_id="RetrieveContainer",
            summary="Retrieve a container, which counts as a use of it.",
            tag="Containers",
            result=OpenAIContainer,
            handler=retrieve_container,
        ),
        Route(
            method="DELETE",
            path="/containers/{container_id}",
            operation_id="DeleteContainer",
            summary="Delete a container with its files. What runs in it is ended.",
            tag="Containers",
            result=ContainerDeleted,
            handler=delete_container,
        ),
    ]
