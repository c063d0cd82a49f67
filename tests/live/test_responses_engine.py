"""Responses over an engine that is watched: what it is asked, and that it is stopped when nobody waits any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from openai import AsyncOpenAI

from tests.engines.raw_peer import HANG, Answer, RawPeer, Request, streamed, text_stream
from tests.support import LiveServer

pytestmark = pytest.mark.anyio

CONFIG = '[engines.peer]\nurl = "{url}"\nmodels = ["sees", "hangs"]\n'


def answer(request: Request) -> Answer:
    return [HANG] if request.json["model"] == "hangs" else streamed(*text_stream("I see", " it."))


@pytest.fixture(scope="module")
async def peer() -> AsyncIterator[RawPeer]:
    async with RawPeer(answer) as peer:
        yield peer


@pytest.fixture(scope="module")
async def sdk(peer: RawPeer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AsyncOpenAI]:
    server = LiveServer(tmp_path_factory.mktemp("engine"), CONFIG.format(url=peer.url))
    await asyncio.to_thread(server.start)
    async with AsyncOpenAI(base_url=server.base_url, api_key=server.key, max_retries=0) as sdk:
        yield sdk
    await asyncio.to_thread(server.stop)
    assert "Traceback" not in "".join(server.output)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("store", [False, True])
async def test_a_caller_who_leaves_stops_the_engine(sdk: AsyncOpenAI, peer: RawPeer, stream: bool, store: bool) -> None:
    """Before there is anything to answer with. Nothing is kept."""
    asked, thread = len(peer.requests), await sdk.conversations.create()
    peer.hung_up.clear()
    create: Any = sdk.responses.create
    waiting = asyncio.create_task(create(model="hangs", input="x", stream=stream, store=store, conversation=thread.id))
    async with asyncio.timeout(30):
        while len(peer.requests) == asked:
            await asyncio.sleep(0.01)
        waiting.cancel()
        await peer.hung_up.wait()
    assert (await sdk.conversations.items.list(thread.id)).data == []
