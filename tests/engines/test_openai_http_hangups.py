"""Engines over HTTP: callers who hang up in the middle of a stream, or read slowly."""

from __future__ import annotations

import asyncio

import pytest

from tests.engines.raw_peer import (
    DONE,
    HANG,
    STREAM,
    RawPeer,
    chat,
    chunk,
    engine_for,
    event,
    text_stream,
)

pytestmark = pytest.mark.anyio

GOOD = text_stream("Hel", "lo", " world")
PART = STREAM + b"".join(chunk(part) for part in GOOD[:3])
FIRST = b"".join(GOOD[:3])


@pytest.mark.parametrize("how", ["aclose", "cancel", "aclose while waiting"])
async def test_hanging_up_stops_the_peer_within_a_tenth_of_a_second(how: str) -> None:
    async with RawPeer([PART, HANG]) as peer, engine_for(peer) as engine:
        blocks = await engine.stream(chat(stream=True), "m")
        text = b""
        while text != FIRST:
            text += await anext(blocks)
        waiting = asyncio.ensure_future(anext(blocks))
        await asyncio.sleep(0.01)
        if how == "cancel":
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        else:
            await blocks.aclose()
            with pytest.raises(StopAsyncIteration):
                await waiting
        await asyncio.wait_for(peer.hung_up.wait(), 0.1)
        await blocks.aclose()
        with pytest.raises(StopAsyncIteration):
            await anext(blocks)
        assert engine._replicas.all[0].pending == 0


async def test_hanging_up_before_the_first_event_lets_go_of_the_connection() -> None:
    async with RawPeer([STREAM + chunk(DONE), HANG]) as peer, engine_for(peer) as engine:
        opening = asyncio.create_task(engine.stream(chat(stream=True), "m"))
        while not peer.requests:
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.05)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        assert engine._replicas.all[0].pending == 0
        await asyncio.wait_for(peer.hung_up.wait(), 5)


async def test_a_caller_that_reads_slowly_holds_the_peer_back() -> None:
    """What is not read stays in the sockets' buffers: memory is bounded."""
    written = 0

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await reader.readuntil(b"\r\n\r\n")
        part = chunk(event({"content": "x" * 60_000}))
        writer.write(STREAM)
        try:
            while True:
                writer.write(part)
                await writer.drain()
                written += len(part)
        except ConnectionError:
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(flood, "127.0.0.1", 0)
    peer = RawPeer(b"")
    peer.port = server.sockets[0].getsockname()[1]
    async with engine_for(peer) as engine:
        blocks = await engine.stream(chat(stream=True), "m")
        await asyncio.sleep(0.2)
        assert written < 12_000_000
        before = written
        await asyncio.sleep(0.1)
        assert written == before
        for _ in range(400):
            await anext(blocks)
        assert written > before
        await blocks.aclose()
    server.close()
    await server.wait_closed()
