"""The image of the key table in memory, and that of another replica."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import delete

from homeport.config import LimitsConfig
from homeport.storage.api_keys import ApiKeys, api_keys
from homeport.storage.database import Database

pytestmark = pytest.mark.anyio


@pytest.fixture
async def keys(database: Database) -> AsyncIterator[ApiKeys]:
    keys = ApiKeys(database, LimitsConfig())
    assert await keys.open("sk-admin") is None
    yield keys
    await keys.close()


@pytest.fixture
async def elsewhere(database: Database, keys: ApiKeys) -> AsyncIterator[ApiKeys]:
    """Those of another replica."""
    replica = Database(database.url)
    await replica.open()
    keys = ApiKeys(replica, LimitsConfig())
    assert await keys.open("sk-admin") is None
    yield keys
    await keys.close()
    await replica.close()


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not reached():
            await asyncio.sleep(0.005)


async def test_what_a_key_has_used_is_kept_when_the_table_is_read_again(keys: ApiKeys, elsewhere: ApiKeys) -> None:
    _, key = await keys.create("mine", requests_per_minute=60)
    principal = keys.authenticate(key.encode())
    assert principal is not None
    assert principal.limiter.reserve(1.0).remaining == 59
    _, other = await elsewhere.create("other")
    await until(lambda: keys.authenticate(other.encode()) is not None)
    assert keys.authenticate(key.encode()) is principal


async def test_a_change_that_nobody_signalled_is_found(database: Database, keys: ApiKeys) -> None:
    stored, key = await keys.create("mine")
    assert keys.authenticate(key.encode()) is not None
    await database.write(lambda connection: connection.execute(delete(api_keys).where(api_keys.c.id == stored.id)))
    await until(lambda: keys.authenticate(key.encode()) is None)


async def test_making_and_revoking_while_the_table_is_read(keys: ApiKeys, elsewhere: ApiKeys) -> None:
    """A key works from the moment that it is shown, and never after its revocation, however the readings fall."""

    async def make_and_revoke() -> None:
        for _ in range(10):
            stored, key = await keys.create("mine")
            assert keys.authenticate(key.encode()) is not None
            assert await keys.revoke(stored.id)
            assert keys.authenticate(key.encode()) is None

    async def disturb() -> None:
        for _ in range(10):
            await elsewhere.create("other")

    await asyncio.gather(*(make_and_revoke() for _ in range(4)), disturb())
    assert not await keys.revoke("key_nothing")


async def test_an_expiry_a_century_away(keys: ApiKeys) -> None:
    far = int(time.time()) + 36_500 * 86_400
    stored, key = await keys.create("mine", expires_at=far)
    assert stored.expires_at == far
    assert keys.authenticate(key.encode()) is not None
    _, gone = await keys.create("gone", expires_at=int(time.time()))
    assert keys.authenticate(gone.encode()) is None


async def test_the_admin_key_of_the_environment(database: Database) -> None:
    async def opened(admin_key: str | None) -> tuple[ApiKeys, str | None]:
        keys = ApiKeys(database, LimitsConfig())
        made = await keys.open(admin_key)
        await keys.close()
        return keys, made

    _, first = await opened(None)
    assert first is not None
    assert (await opened(None))[1] is None
    keys, made = await opened("sk-one")
    assert made is None
    assert keys.authenticate(b"sk-one") is not None
    assert keys.authenticate(first.encode()) is not None
    keys, _ = await opened("sk-two")  # the value has changed: the old one is worth nothing
    assert keys.authenticate(b"sk-one") is None
    keys, _ = await opened(first)  # one that is there under another id
    assert keys.authenticate(b"sk-two") is None
    assert keys.authenticate(first.encode()) is not None
    _, mine = await keys.create("no admin")
    keys, _ = await opened(mine)
    admin = keys.authenticate(mine.encode())
    assert admin is not None
    assert admin.admin
