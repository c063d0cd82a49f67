"""Streams in which nothing comes for long: comments keep the connection, and a caller who leaves is noticed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from openai._streaming import SSEDecoder

from homeport.web import streams

pytestmark = pytest.mark.anyio


async def test_a_silent_stream_is_kept_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "KEEP_ALIVE_S", 0.01)
    spoken, ended = asyncio.Event(), asyncio.Event()

    async def blocks() -> AsyncIterator[bytes]:
        try:
            yield b"data: 1\n\n"
            await spoken.wait()
            yield b"data: 2\n\n"
            await asyncio.Event().wait()
        finally:
            ended.set()

    body = streams.EventStream(blocks()).response().body_iterator  # type: ignore[attr-defined]
    assert await anext(body) == b"data: 1\n\n"
    assert [await anext(body) for _ in range(3)] == [b": keep-alive\n"] * 3
    spoken.set()
    while (block := await anext(body)) == b": keep-alive\n":
        pass
    assert block == b"data: 2\n\n"  # nothing was lost over the waiting
    assert await anext(body) == b": keep-alive\n"
    await body.aclose()  # the caller hangs up: what is waited for is given up
    await ended.wait()


async def test_the_official_client_passes_over_what_keeps_a_stream_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "KEEP_ALIVE_S", 0.01)

    async def blocks() -> AsyncIterator[bytes]:
        for number in range(3):
            yield b"event: e\ndata: {}\nid: %d\n\n" % number
            await asyncio.sleep(0.05)

    taken = [block async for block in streams.EventStream(blocks()).response().body_iterator]  # type: ignore[attr-defined]
    assert b": keep-alive\n" in taken
    read = SSEDecoder().iter_bytes(iter(taken))
    assert [(event.event, event.data, event.id) for event in read] == [("e", "{}", str(number)) for number in range(3)]


@pytest.mark.parametrize("count", [0, 1, 3, 1000])
async def test_what_comes_together_goes_together(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(streams, "KEEP_ALIVE_S", 60)
    made = 0

    async def blocks() -> AsyncIterator[bytes]:
        nonlocal made
        for number in range(count):
            made += 1
            yield b"data: %d\n\n" % number

    body = streams.EventStream(blocks()).response().body_iterator  # type: ignore[attr-defined]
    taken, largest = b"", 0
    async for block in body:
        taken += block
        largest = max(largest, block.count(b"\n\n"))
        await asyncio.sleep(0)
        assert made <= taken.count(b"\n\n") + 100  # a slow caller is waited for
    assert taken == b"".join(b"data: %d\n\n" % number for number in range(count))
    assert largest <= 50
    assert count < 3 or largest > 1


async def test_an_error_comes_after_what_was_said_before_it() -> None:
    async def blocks() -> AsyncIterator[bytes]:
        yield b"data: 1\n\n"
        raise ZeroDivisionError

    body = streams.EventStream(blocks()).response().body_iterator  # type: ignore[attr-defined]
    assert await anext(body) == b"data: 1\n\n"
    with pytest.raises(ZeroDivisionError):
        await anext(body)
