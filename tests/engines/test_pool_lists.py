"""Lists of models that change, at real HTTP peers that come and go."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from homeport.config import Config
from homeport.engines.build import build_engines
from homeport.engines.pool import Pool
from homeport.errors import EngineError, ModelNotFound
from tests.engines.pools import said, says

pytestmark = pytest.mark.anyio


class Peer:
    """A real HTTP server that lists models and answers with the name it was asked for; it can be down."""

    def __init__(self) -> None:
        self.models: list[str] = []
        self.lists_asked = 0
        self.delay_s = 0.0
        self.port = 0
        self._server: asyncio.Server | None = None

    async def up(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{self.port}/v1"

    async def down(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = next((int(line[15:]) for line in head.splitlines() if line.startswith("content-length:")), 0)
        body = await reader.readexactly(length)
        await asyncio.sleep(self.delay_s)
        if head.startswith("get"):
            self.lists_asked += 1
            answer: Any = {"object": "list", "data": [{"id": name, "object": "model"} for name in self.models]}
        else:
            text = msgspec.json.decode(body)["model"]
            usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
            answer = {"choices": [{"index": 0, "message": {"content": text}}], "usage": usage}
        data = msgspec.json.encode(answer)
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(data) + data)
        writer.close()


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    peer = Peer()
    yield peer
    await peer.down()


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


async def remote(peer: Peer, *, is_up: bool = True, **config: Any) -> tuple[Pool, Clock]:
    url = await peer.up()
    if not is_up:
        await peer.down()
    clock = Clock()
    whole = msgspec.convert({"engines": {"far": {"url": url, "retries": 0}}, **config}, Config)
    engines = {"far": build_engines(whole)["far"]}
    pool = Pool(whole, engines, clock=clock)
    await pool.start()
    return pool, clock


async def test_a_peers_own_names_pass_through(peer: Peer) -> None:
    peer.models = ["text-embedding-3-small", "whisper-1", "gpt-4o", "big/chat"]
    pool, _ = await remote(peer)
    assert await said(pool, "gpt-4o") == "gpt-4o"  # not the default, though it is an alias too
    assert await said(pool, "gpt-4.5-mini") == "gpt-4o", "the first that sounds like a chat model"
    assert await said(pool, "big/chat@2026-04-15") == "big/chat"
    listed = {info.id: info.alias_of for info in await pool.models()}
    assert listed["text-embedding-3-small"] is msgspec.UNSET
    assert listed["text-embedding-3-large"] == "text-embedding-3-small"
    await pool.close()


async def test_an_unknown_name_asks_the_peer_again_but_not_too_often(peer: Peer) -> None:
    peer.models = ["old"]
    pool, clock = await remote(peer)
    peer.models = ["old", "new"]
    with pytest.raises(ModelNotFound):
        await said(pool, "new")
    assert peer.lists_asked == 1, "the list is fresh"
    clock.now_s += 10
    peer.delay_s = 0.02
    assert await asyncio.gather(*(said(pool, "new") for _ in range(5))) == ["new"] * 5
    assert peer.lists_asked == 2, "five requests, one question"
    clock.now_s += 10
    for _ in range(3):
        with pytest.raises(ModelNotFound):
            await said(pool, "newer")
    assert peer.lists_asked == 3
    await pool.close()


async def test_a_peer_that_is_down_does_not_keep_the_pool_from_starting(peer: Peer) -> None:
    peer.models = ["m"]
    pool, clock = await remote(peer, is_up=False, models={"mine": {"engine": "far", "name": "m"}})
    for name in ("m", "gpt-4o", "nope"):
        with pytest.raises(EngineError, match="The models of the engine `far` are not known"):
            await said(pool, name)
    status = pool.status()["far"]
    assert status.models is None
    assert status.problem
    with pytest.raises(EngineError):
        await said(pool, "mine")
    await peer.up()
    assert await said(pool, "mine") == "m", "a configured name needs no list"
    clock.now_s += 10
    assert await said(pool, "gpt-4o") == "m"
    assert pool.status()["far"].problem is None
    with pytest.raises(ModelNotFound):
        await said(pool, "nope")
    await peer.down()
    clock.now_s += 10
    with pytest.raises(ModelNotFound):
        await said(pool, "nope")  # the last list stays good
    await pool.close()


async def test_a_slow_list_does_not_hold_up_the_start(peer: Peer) -> None:
    peer.models, peer.delay_s = ["m"], 2.0
    started_s = time.perf_counter()
    pool, _ = await remote(peer)
    assert time.perf_counter() - started_s < 1.9
    peer.delay_s = 0.0
    assert await said(pool, "m") == "m", "who asks meanwhile waits for the list"
    await pool.close()


async def test_an_alias_never_means_another_model_because_a_peer_is_down(peer: Peer, tmp_path: Path) -> None:
    url = await peer.up()
    await peer.down()
    script = tmp_path / "near.toml"
    script.write_text(says("near", "near"))
    engines = {"near": {"type": "scripted", "script": str(script)}, "far": {"url": url, "retries": 0}}
    config = msgspec.convert({"engines": engines}, Config)
    clock = Clock()
    pool = Pool(config, {name: build_engines(config)[name] for name in engines}, clock=clock)
    await pool.start()
    assert await said(pool, "") == "near", "the first engine has the default"
    with pytest.raises(EngineError, match="`far`"):
        await said(pool, "gpt-4o")
    peer.models = ["gpt-4o"]
    await peer.up()
    clock.now_s += 10
    assert await said(pool, "gpt-4o") == "gpt-4o"
    assert await said(pool, "gpt-4-turbo") == "near"
    await pool.close()
