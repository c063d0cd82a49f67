"""Streams in which nothing comes for long: comments keep the connection, and a caller who leaves is noticed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

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
    assert [await anext(body) for _ in range(3)] == [b": keep-alive\n\n"] * 3
    spoken.set()
    while (block := await anext(body)) == b": keep-alive\n\n":
        pass
    assert block == b"data: 2\n\n"  # nothing was lost over the waiting
    assert await anext(body) == b": keep-alive\n\n"
    await body.aclose()  # the caller hangs up: what is waited for is given up
    await ended.wait()


async def test_a_stream_that_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "KEEP_ALIVE_S", 10)

    async def blocks() -> AsyncIterator[bytes]:
        for number in range(3):
            yield b"data: %d\n\n" % number

    body = streams.EventStream(blocks()).response().body_iterator  # type: ignore[attr-defined]
    assert [block async for block in body] == [b"data: 0\n\n", b"data: 1\n\n", b"data: 2\n\n"]
