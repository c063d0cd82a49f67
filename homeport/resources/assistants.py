"""Assistants: create, list, retrieve, modify, delete.

Shapes: `AssistantObject`, `CreateAssistantRequest` and `ModifyAssistantRequest` of OpenAI's specification.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, field
from sqlalchemy import Connection

from homeport.core.chat import (
    FunctionTool,
    JsonObjectFormat,
    JsonSchemaFormat,
    Metadata,
    Temperature,
    TextFormat,
    TopP,
)
from homeport.core.schemas import check_function, check_response_format
from homeport.errors import BadRequestError, NotFoundError
from homeport.ids import new_id
from homeport.resources.lists import ListOf, list_of
from homeport.resources.tool_resources import NewToolResources, Resolver, ToolResources
from homeport.storage.database import Database
from homeport.storage.objects import Objects, Page, Stored, object_table
from homeport.web.routes import Call, Route

# --- shapes --------------------------------------------------------------------


class CodeInterpreterTool(Struct, tag_field="type", tag="code_interpreter", forbid_unknown_fields=True):
    pass


class RankingOptions(Struct, omit_defaults=True):
    score_threshold: Annotated[float, Meta(ge=0, le=1)]
    ranker: Literal["auto", "default_2024_08_21"] | None = None


class FileSearchSettings(Struct, omit_defaults=True):
    max_num_results: Annotated[int, Meta(ge=1, le=50)] | None = None
    ranking_options: RankingOptions | None = None


class FileSearchTool(Struct, tag_field="type", tag="file_search", omit_defaults=True, forbid_unknown_fields=True):
    file_search: FileSearchSettings | None = None


Tool: TypeAlias = CodeInterpreterTool | FileSearchTool | FunctionTool
Tools: TypeAlias = Annotated[list[Tool], Meta(max_length=128)]
Format: TypeAlias = Literal["auto"] | TextFormat | JsonObjectFormat | JsonSchemaFormat
Name: TypeAlias = Annotated[str, Meta(max_length=256)]
Description: TypeAlias = Annotated[str, Meta(max_length=512)]
Instructions: TypeAlias = Annotated[str, Meta(max_length=256_000)]
Effort: TypeAlias = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


class CreateAssistant(Struct, forbid_unknown_fields=True):
    model: str
    name: Name | None = None
    description: Description | None = None
    instructions: Instructions | None = None
    reasoning_effort: Effort | None = None
    tools: Tools = []
    tool_resources: NewToolResources | None = None
    metadata: Metadata | None = None
    temperature: Temperature | None = None
    top_p: TopP | None = None
    response_format: Format | None = None


class ModifyAssistant(Struct, forbid_unknown_fields=True):
    """What is left out stays as it is; null removes it."""

    model: str | UnsetType = UNSET
    name: Name | UnsetType | None = UNSET
    description: Description | UnsetType | None = UNSET
    instructions: Instructions | UnsetType | None = UNSET
    reasoning_effort: Effort | UnsetType | None = UNSET
    tools: Tools | UnsetType = UNSET
    tool_resources: ToolResources | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    temperature: Temperature | UnsetType | None = UNSET
    top_p: TopP | UnsetType | None = UNSET
    response_format: Format | UnsetType | None = UNSET


class AssistantObject(Struct):
    id: str
    created_at: int
    name: str | None
    description: str | None
    model: str
    instructions: str | None
    tools: list[Tool]
    tool_resources: dict[str, Any]
    metadata: dict[str, str]
    temperature: float
    top_p: float
    response_format: Format
    reasoning_effort: str | None
    object: Literal["assistant"] = "assistant"


class AssistantDeleted(Struct):
    id: str
    deleted: bool = True
    object: Literal["assistant.deleted"] = "assistant.deleted"


# --- rules ---------------------------------------------------------------------


class Assistant(Stored, kw_only=True):
    """As it is kept. `tool_resources` holds ids of files and stores that were there when it was given."""

    model: str
    name: str | None = None
    description: str | None = None
    instructions: str | None = None
    reasoning_effort: str | None = None
    tools: list[Tool] = field(default_factory=list)
    tool_resources: dict[str, Any] | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    temperature: float | None = None
    top_p: float | None = None
    response_format: Format = "auto"


class _Assistants(Objects[Assistant]):
    def not_found(self, id: str) -> NotFoundError:
        return NotFoundError(f"No assistant found with id '{id}'.")


assistants = _Assistants(object_table("assistants"), Assistant, "assistant")


def check_tools(tools: list[Tool] | UnsetType | None, format: Format | UnsetType | None) -> None:
    """What no run could use is refused when it is given: two tools of one name, or a schema that holds for nothing."""
    names: set[str] = set()
    for index, tool in enumerate(tools or ()):
        name = tool.function.name if isinstance(tool, FunctionTool) else str(tool.__struct_config__.tag)
        if name in names:
            raise BadRequestError(f"There are two tools named '{name}'.", param=f"tools[{index}]", code="invalid_value")
        names.add(name)
        if isinstance(tool, FunctionTool):
            check_function(tool.function, f"tools[{index}].function.parameters")
    if isinstance(format, JsonSchemaFormat):
        check_response_format(format)


def _shown(kept: Assistant) -> AssistantObject:
    return AssistantObject(
        id=kept.id,
        created_at=kept.created_at,
        name=kept.name,
        description=kept.description,
        model=kept.model,
        instructions=kept.instructions,
        tools=kept.tools,
        tool_resources=kept.tool_resources or {},
        metadata=kept.metadata,
        temperature=1.0 if kept.temperature is None else kept.temperature,
        top_p=1.0 if kept.top_p is None else kept.top_p,
        response_format=kept.response_format,
        reasoning_effort=kept.reasoning_effort,
    )


# --- routes --------------------------------------------------------------------


def routes(database: Database, resolve: Resolver, check_model: Callable[[str], Awaitable[Any]]) -> list[Route]:
    """`check_model` raises for a model that can't be asked for."""

    async def create_assistant(call: Call) -> AssistantObject:
        asked: CreateAssistant = call.body
        project_id = call.principal.project_id
        check_tools(asked.tools, asked.response_format)
        await check_model(asked.model)
        made = Assistant(
            id=new_id("asst"),
            created_at=int(time.time()),
            model=asked.model,
            name=asked.name,
            description=asked.description,
            instructions=asked.instructions,
            reasoning_effort=asked.reasoning_effort,
            tools=asked.tools,
            tool_resources=await resolve(project_id, asked.tool_resources),
            metadata=asked.metadata or {},
            temperature=asked.temperature,
            top_p=asked.top_p,
            response_format=asked.response_format or "auto",
        )
        await database.write(lambda c: assistants.insert(c, project_id, made))
        return _shown(made)

    async def list_assistants(call: Call) -> ListOf[AssistantObject]:
        page = call.query
        listing = await database.read(lambda c: assistants.list(c, call.principal.project_id, page))
        return list_of(listing, [_shown(kept) for kept in listing.data])

    async def get_assistant(call: Call) -> AssistantObject:
        id = call.path["assistant_id"]
        return _shown(await database.read(lambda c: assistants.retrieve(c, call.principal.project_id, id)))

    async def modify_assistant(call: Call) -> AssistantObject:
        asked: ModifyAssistant = call.body
        project_id, id = call.principal.project_id, call.path["assistant_id"]
        check_tools(asked.tools, asked.response_format)
        if asked.model is not UNSET:
            await check_model(asked.model)
        changes = {name: value for name, value in _given(asked).items() if name != "tool_resources"}
        if asked.tool_resources is not UNSET:
            await database.read(lambda c: assistants.retrieve(c, project_id, id))  # before a store is made for nobody
            changes["tool_resources"] = await resolve(project_id, asked.tool_resources)

        def change(connection: Connection) -> Assistant:
            kept = assistants.retrieve(connection, project_id, id)
            return assistants.update(connection, project_id, msgspec.structs.replace(kept, **changes))

        return _shown(await database.write(change))

    async def delete_assistant(call: Call) -> AssistantDeleted:
        id = call.path["assistant_id"]
        await database.write(lambda c: assistants.delete(c, call.principal.project_id, id))
        return AssistantDeleted(id)

    return [
        Route(
            method="POST",
            path="/assistants",
            operation_id="createAssistant",
            summary="Create an assistant with a model and instructions.",
            tag="Assistants",
            body=CreateAssistant,
            result=AssistantObject,
            handler=create_assistant,
        ),
        Route(
            method="GET",
            path="/assistants",
            operation_id="listAssistants",
            summary="List the assistants.",
            tag="Assistants",
            params=Page,
            result=ListOf[AssistantObject],
            handler=list_assistants,
        ),
        Route(
            method="GET",
            path="/assistants/{assistant_id}",
            operation_id="getAssistant",
            summary="Retrieve an assistant.",
            tag="Assistants",
            result=AssistantObject,
            handler=get_assistant,
        ),
        Route(
            method="POST",
            path="/assistants/{assistant_id}",
            operation_id="modifyAssistant",
            summary="Modify an assistant.",
            tag="Assistants",
            body=ModifyAssistant,
            result=AssistantObject,
            handler=modify_assistant,
        ),
        Route(
            method="DELETE",
            path="/assistants/{assistant_id}",
            operation_id="deleteAssistant",
            summary="Delete an assistant.",
            tag="Assistants",
            result=AssistantDeleted,
            handler=delete_assistant,
        ),
    ]


_DEFAULTS = {"tools": [], "metadata": {}, "response_format": "auto"}  # what null stands for


def _given(asked: ModifyAssistant) -> dict[str, Any]:
    given = {name: getattr(asked, name) for name in asked.__struct_fields__}
    return {
        name: _DEFAULTS.get(name) if value is None else value for name, value in given.items() if value is not UNSET
    }
