"""Bearer keys: stored hashed, looked up in memory.

A key carries 190 bits of randomness, so a plain SHA-256 is enough to store it. The digest is the lookup key, so the
time of a look-up tells nothing of a guess; the final check is constant-time all the same.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from typing import Any

from msgspec import Struct
from sqlalchemy import Boolean, Column, Connection, Integer, Row, String, Table, delete, insert, select

from homeport.config import LimitsConfig
from homeport.core.gcra import Limiter
from homeport.ids import new_id
from homeport.storage.database import Database
from homeport.storage.schema import metadata

DEFAULT_PROJECT = "proj_default"
_ENVIRONMENT_KEY_ID = "key_environment"  # the admin key that HOMEPORT_ADMIN_KEY sets, whatever its value

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String, primary_key=True),
    Column("project_id", String, nullable=False),
    Column("name", String, nullable=False),
    Column("hash", String, nullable=False, unique=True),  # sha256 of the key, hex; the key itself is nowhere
    Column("redacted_value", String, nullable=False),
    Column("admin", Boolean, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("expires_at", Integer),
    Column("burst", Integer),
    Column("requests_per_minute", Integer),
    Column("requests_per_day", Integer),
)


class Principal(Struct):
    """Who is asking: a key of a project, with its limiter."""

    key_id: str
    project_id: str
    admin: bool
    expires_at: int | None
    limiter: Limiter
    digest: bytes


class StoredKey(Struct):
    """A row of the key table; times in seconds since 1970."""

    id: str
    project_id: str
    name: str
    redacted_value: str
    admin: bool
    created_at: int
    expires_at: int | None
    requests_per_minute: int | None


class ApiKeys:
    """The key table and its image in memory."""

    def __init__(self, database: Database, limits: LimitsConfig) -> None:
        self._database = database
        self._limits = limits
        self._by_digest: dict[bytes, Principal] = {}

    def authenticate(self, key: bytes) -> Principal | None:
        """The key's principal; None for a key that is unknown or expired."""
        digest = hashlib.sha256(key).digest()
        principal = self._by_digest.get(digest)
        if principal is None or not hmac.compare_digest(principal.digest, digest):
            return None
        if principal.expires_at is not None and principal.expires_at <= time.time():
            return None
        return principal

    async def load(self, admin_key: str | None) -> str | None:
        """Read the table and make sure that there is an admin key. Returns the one made now, to be shown once."""
        if admin_key is not None:
            await self._database.write(
                lambda c: c.execute(delete(api_keys).where(api_keys.c.id == _ENVIRONMENT_KEY_ID))
            )
            same = select(api_keys.c.id).where(api_keys.c.hash == _hash(admin_key))
            if await self._database.read(lambda c: c.execute(same).first()) is None:
                await self._insert(admin_key, "environment", admin=True, id=_ENVIRONMENT_KEY_ID)
        rows = await self._database.read(lambda c: c.execute(select(api_keys)).all())
        self._by_digest = {bytes.fromhex(row.hash): self._principal(row) for row in rows}
        if any(row.admin for row in rows):
            return None
        made = _new_key()
        await self._insert(made, "admin", admin=True)
        return made

    async def create(
        self, name: str, *, expires_at: int | None = None, requests_per_minute: int | None = None
    ) -> tuple[StoredKey, str]:
        """Make a key of the default project. Returns its row and the key, which is not kept."""
        key = _new_key()
        row = await self._insert(key, name, admin=False, expires_at=expires_at, requests_per_minute=requests_per_minute)
        return _stored(row), key

    async def all(self) -> list[StoredKey]:
        query = select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id)
        return [_stored(row) for row in await self._database.read(lambda c: c.execute(query).all())]

    async def revoke(self, key_id: str) -> bool:
        """Delete a key: it is refused from this moment on. False where there is none."""
        for digest, principal in list(self._by_digest.items()):
            if principal.key_id == key_id:
                del self._by_digest[digest]
        gone = await self._database.write(lambda c: c.execute(delete(api_keys).where(api_keys.c.id == key_id)).rowcount)
        return gone > 0

    async def _insert(self, key: str, name: str, *, admin: bool, id: str | None = None, **columns: Any) -> Row[Any]:
        values = {
            "id": id or new_id("key"),
            "project_id": DEFAULT_PROJECT,
            "name": name,
            "hash": _hash(key),
            "redacted_value": f"{key[:8]}…{key[-4:]}" if len(key) >= 24 else "…",
            "admin": admin,
            "created_at": int(time.time()),
            **columns,
        }

        def work(connection: Connection) -> Row[Any]:
            connection.execute(insert(api_keys).values(values))
            return connection.execute(select(api_keys).where(api_keys.c.id == values["id"])).one()

        row = await self._database.write(work)
        self._by_digest[bytes.fromhex(row.hash)] = self._principal(row)
        return row

    def _principal(self, row: Row[Any]) -> Principal:
        limits = self._limits
        if row.admin:
            per_minute = limits.admin_requests_per_minute
            limiter = Limiter(max(1, per_minute // 60), per_minute, per_minute * 1440)
        else:
            per_minute = row.requests_per_minute or limits.requests_per_minute
            burst = row.burst or min(limits.burst, per_minute)
            limiter = Limiter(burst, per_minute, row.requests_per_day or limits.requests_per_day)
        return Principal(row.id, row.project_id, row.admin, row.expires_at, limiter, bytes.fromhex(row.hash))


def _new_key() -> str:
    return "sk-proj-" + secrets.token_urlsafe(24)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _stored(row: Row[Any]) -> StoredKey:
    return StoredKey(**{name: getattr(row, name) for name in StoredKey.__struct_fields__})
