"""Bearer keys: stored hashed, looked up in memory.

Every replica has an image of the table. A change is signalled, and who hears of it reads the table again; so does
everyone now and then, because a signal can be lost.

A key carries 190 bits of randomness, so a plain SHA-256 is enough to store it. The digest is the lookup key, so the
time of a look-up tells nothing of a guess; the final check is constant-time all the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import secrets
import time
from typing import Any

from msgspec import Struct
from sqlalchemy import BigInteger, Boolean, Column, Connection, Integer, Row, String, Table, delete, insert, select

from homeport.config import LimitsConfig
from homeport.core.gcra import Limiter
from homeport.errors import StorageUnavailable
from homeport.ids import new_id
from homeport.storage.database import Database
from homeport.storage.schema import metadata
from homeport.storage.signals import signal, wait

DEFAULT_PROJECT = "proj_default"
TOPIC = "api_keys"
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
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
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
        self._changes = 0  # made to the image by this process
        self._follower: asyncio.Task[None] | None = None

    def authenticate(self, key: bytes) -> Principal | None:
        """The key's principal; None for a key that is unknown or expired."""
        digest = hashlib.sha256(key).digest()
        principal = self._by_digest.get(digest)
        if principal is None or not hmac.compare_digest(principal.digest, digest):
            return None
        if principal.expires_at is not None and principal.expires_at <= time.time():
            return None
        return principal

    async def open(self, admin_key: str | None) -> str | None:
        """Make sure that there is an admin key, read the table and follow it from now on.

        Returns the admin key made now, to be shown once; None where there was one.
        """
        made = await self._database.write(lambda connection: _ensure_admin(connection, admin_key))
        await self._load()
        self._follower = asyncio.create_task(self._follow(), name="api-keys")
        return made

    async def close(self) -> None:
        if self._follower is not None:
            self._follower.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._follower

    async def create(
        self, name: str, *, expires_at: int | None = None, requests_per_minute: int | None = None
    ) -> tuple[StoredKey, str]:
        """Make a key of the default project. Returns its row and the key, which is not kept."""
        key = _new_key()
        values = _values(key, name, expires_at=expires_at, requests_per_minute=requests_per_minute)
        row = await self._database.write(lambda connection: _insert(connection, values))
        self._by_digest[bytes.fromhex(row.hash)] = self._principal(row)
        self._changes += 1
        return _stored(row), key

    async def all(self) -> list[StoredKey]:
        query = select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id)
        return [_stored(row) for row in await self._database.read(lambda c: c.execute(query).all())]

    async def revoke(self, key_id: str) -> bool:
        """Delete a key: it is refused from this moment on. False where there is none."""

        def work(connection: Connection) -> bool:
            signal(connection, TOPIC)
            return connection.execute(delete(api_keys).where(api_keys.c.id == key_id)).rowcount > 0

        gone = await self._database.write(work)
        self._by_digest = {d: principal for d, principal in self._by_digest.items() if principal.key_id != key_id}
        self._changes += 1
        return gone

    async def _follow(self) -> None:
        with self._database.signals.subscribe(TOPIC) as changed:
            while True:
                await wait(changed)
                changed.clear()
                with contextlib.suppress(StorageUnavailable):  # the image is as good as it gets
                    await self._load()

    async def _load(self) -> None:
        """Read the table. A principal that is there already stays, with what its limiter has counted."""
        while True:
            changes = self._changes
            rows = await self._database.read(lambda c: c.execute(select(api_keys)).all())
            if changes == self._changes:  # else this may be older than the image
                break
        known = self._by_digest
        digests = {bytes.fromhex(row.hash): row for row in rows}
        self._by_digest = {
            digest: kept if (kept := known.get(digest)) and kept.key_id == row.id else self._principal(row)
            for digest, row in digests.items()
        }

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


def _ensure_admin(connection: Connection, admin_key: str | None) -> str | None:
    """Store the admin key of the environment, or make one where there is none at all. Returns the one made.

    Replicas that start together have one key: where it is there already, nobody touches it.
    """
    if connection.dialect.name == "postgresql":  # SQLite lets one write at a time anyhow
        connection.exec_driver_sql("LOCK TABLE api_keys IN SHARE ROW EXCLUSIVE MODE")
    if admin_key is not None:
        replaced = (api_keys.c.id == _ENVIRONMENT_KEY_ID) & (api_keys.c.hash != _hash(admin_key))
        if connection.execute(delete(api_keys).where(replaced)).rowcount:
            signal(connection, TOPIC)
        same = (api_keys.c.hash == _hash(admin_key)) & api_keys.c.admin
        if connection.execute(select(api_keys.c.id).where(same)).first() is None:
            connection.execute(delete(api_keys).where(api_keys.c.hash == _hash(admin_key)))  # it was no admin's
            _insert(connection, _values(admin_key, "environment", admin=True, id=_ENVIRONMENT_KEY_ID))
        return None
    if connection.execute(select(api_keys.c.id).where(api_keys.c.admin)).first() is not None:
        return None
    made = _new_key()
    _insert(connection, _values(made, "admin", admin=True))
    return made


def _values(key: str, name: str, *, admin: bool = False, id: str | None = None, **columns: Any) -> dict[str, Any]:
    return {
        "id": id or new_id("key"),
        "project_id": DEFAULT_PROJECT,
        "name": name,
        "hash": _hash(key),
        "redacted_value": f"{key[:8]}…{key[-4:]}" if len(key) >= 24 else "…",
        "admin": admin,
        "created_at": int(time.time()),
        **columns,
    }


def _insert(connection: Connection, values: dict[str, Any]) -> Row[Any]:
    signal(connection, TOPIC)
    connection.execute(insert(api_keys).values(values))
    return connection.execute(select(api_keys).where(api_keys.c.id == values["id"])).one()


def _new_key() -> str:
    return "sk-proj-" + secrets.token_urlsafe(24)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _stored(row: Row[Any]) -> StoredKey:
    return StoredKey(**{name: getattr(row, name) for name in StoredKey.__struct_fields__})
