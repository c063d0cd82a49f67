"""API keys: create (shown once), list, revoke. Admin keys only."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated, Literal, Protocol

from msgspec import UNSET, Meta, Struct, UnsetType

from homeport.config import Requests
from homeport.errors import NotFoundError
from homeport.web.routes import Call, Route

# --- shapes --------------------------------------------------------------------

DEFAULT_EXPIRY_DAYS = 90


class CreateApiKey(Struct, forbid_unknown_fields=True):
    """`expires_in_days`: null for a key that never expires."""

    name: Annotated[str, Meta(min_length=1, max_length=256)] = "key"
    expires_in_days: Annotated[int, Meta(ge=1, le=36_500)] | None = DEFAULT_EXPIRY_DAYS
    requests_per_minute: Requests | None = None


class ApiKey(Struct):
    """Times in seconds since 1970. `key` is there once, in the answer to its creation."""

    id: str
    name: str
    project_id: str
    redacted_value: str
    admin: bool
    created_at: int
    expires_at: int | None
    requests_per_minute: int | None
    object: Literal["api_key"] = "api_key"
    key: str | UnsetType = UNSET


class ApiKeyList(Struct):
    data: list[ApiKey]
    object: Literal["list"] = "list"


class ApiKeyDeleted(Struct):
    id: str
    deleted: bool = True
    object: Literal["api_key.deleted"] = "api_key.deleted"


# --- rules ---------------------------------------------------------------------


class StoredKey(Protocol):
    id: str
    name: str
    project_id: str
    redacted_value: str
    admin: bool
    created_at: int
    expires_at: int | None
    requests_per_minute: int | None


class KeyTable(Protocol):
    """`storage.api_keys`, as far as this resource needs it."""

    async def create(
        self, name: str, *, expires_at: int | None = None, requests_per_minute: int | None = None
    ) -> tuple[StoredKey, str]: ...
    async def all(self) -> Sequence[StoredKey]: ...
    async def revoke(self, key_id: str) -> bool: ...


class ApiKeyNotFound(NotFoundError):
    """There is no such key."""


def _shown(stored: StoredKey, key: str | UnsetType = UNSET) -> ApiKey:
    return ApiKey(
        stored.id,
        stored.name,
        stored.project_id,
        stored.redacted_value,
        stored.admin,
        stored.created_at,
        stored.expires_at,
        stored.requests_per_minute,
        key=key,
    )


# --- routes --------------------------------------------------------------------


def routes(keys: KeyTable) -> list[Route]:
    async def create_api_key(call: Call) -> ApiKey:
        asked: CreateApiKey = call.body
        days = asked.expires_in_days
        expires_at = None if days is None else int(time.time()) + days * 86_400
        stored, key = await keys.create(
            asked.name, expires_at=expires_at, requests_per_minute=asked.requests_per_minute
        )
        return _shown(stored, key)

    async def list_api_keys(call: Call) -> ApiKeyList:
        return ApiKeyList([_shown(stored) for stored in await keys.all()])

    async def delete_api_key(call: Call) -> ApiKeyDeleted:
        key_id = call.path["key_id"]
        if not await keys.revoke(key_id):
            raise ApiKeyNotFound(f"There is no key `{key_id}`.")
        return ApiKeyDeleted(key_id)

    return [
        Route(
            method="POST",
            path="/api_keys",
            operation_id="createApiKey",
            summary="Create a key. The answer is the only one that holds it.",
            tag="API keys",
            body=CreateApiKey,
            result=ApiKey,
            admin=True,
            handler=create_api_key,
        ),
        Route(
            method="GET",
            path="/api_keys",
            operation_id="listApiKeys",
            summary="List the keys.",
            tag="API keys",
            result=ApiKeyList,
            admin=True,
            handler=list_api_keys,
        ),
        Route(
            method="DELETE",
            path="/api_keys/{key_id}",
            operation_id="deleteApiKey",
            summary="Revoke a key at once.",
            tag="API keys",
            result=ApiKeyDeleted,
            admin=True,
            handler=delete_api_key,
        ),
    ]
