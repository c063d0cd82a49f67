"""Connections on real sockets, seen from the server's side: when one rests, what it holds, how a stream is cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
import uvicorn
from uvicorn.server import ServerState

from homeport import dialects
from homeport.config import Config
from homeport.core.decode import decode_chat
from homeport.core.gcra import Limiter
from homeport.core.metering import UsageRecord
from homeport.core.sse import DONE
from homeport.engines.build import build_engines
from homeport.engines.pool import Pool
from homeport.inference.complete import complete
from homeport.web.connection import Connection, Exchange
from homeport.web.gate import Gate
from homeport.web.generation import GenerationRoute
from homeport.web.replays import Replays
from homeport.web.streams import EventIds

pytestmark = pytest.mark.anyio

REQUEST_S, REST_S = 30.0, 75.0
LONG_S = 1_000.0


class Joined(NamedTuple):
    """Both ends of a connection."""

    served: Connection
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def answer(self) -> bytes:
        """An answer whose body has no bytes."""
        return await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 5)

    def later(self, seconds: float) -> tuple[bool, bool]:
        """Whether it will have rested, and have stalled, when nothing comes for so long."""
        now_s = self.served.loop.time() + seconds + 0.001  # of floats
        return self.served.rested(now_s), self.served.stalled(now_s)


@asynccontextmanager
async def joined(route: Callable[[Exchange], Awaitable[None]]) -> AsyncIterator[Joined]:
    """A connection to a server whose one route, `/`, is this."""
    served: list[Connection] = []
    config = uvicorn.Config("", timeout_keep_alive=int(REST_S), lifespan="off", log_config=None)
    config.load_app = lambda: None  # type: ignore[method-assign]  # nothing comes to it
    state = ServerState()

    def connection() -> Connection:
        made = type("Served", (Connection,), {"routes": {b"/": route}, "request_timeout_s": REQUEST_S})
        served.append(made(config, state, {}))
        return served[-1]

    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    while not served:
        await asyncio.sleep(0)
    try:
        yield Joined(served[0], reader, writer)
    finally:
        server.close()
        writer.transport.abort()
        served[0].transport.abort()
        await asyncio.sleep(0)  # closed in this round, before the loop is


def post(body: bytes = b"", *lines: str) -> bytes:
    head = "\r\n".join(["POST / HTTP/1.1", f"Content-Length: {len(body)}", *lines])
    return head.encode() + b"\r\n\r\n" + body


async def test_a_served_connection_rests() -> None:
    async def route(exchange: Exchange) -> None:
        exchange.respond(200, b"", b"")

    async with joined(route) as it:
        assert it.later(REQUEST_S) == (False, True)  # it says nothing at all
        it.writer.write(post())
        await it.answer()
        assert it.later(REQUEST_S) == (False, False)
        assert it.later(REST_S) == (True, False)
        it.writer.write(b"\r\n")  # what old clients send after a body
        await asyncio.sleep(0.02)
        assert it.later(REST_S) == (True, False)
        it.writer.write(b"POST / HT")
        while it.served._head_began_s is None:
            await asyncio.sleep(0.001)
        assert it.later(REST_S) == (False, True)


async def test_a_connection_rests_from_its_answer_on() -> None:
    async def route(exchange: Exchange) -> None:
        exchange.connection._last_read_s -= REST_S  # so long ago was the request
        exchange.respond(200, b"", b"")

    async with joined(route) as it:
        it.writer.write(post())
        await it.answer()
        assert it.later(0) == (False, False)
        assert it.later(REST_S) == (True, False)


async def test_a_body_that_comes_after_its_answer_leaves_the_connection_at_rest() -> None:
    async def route(exchange: Exchange) -> None:
        exchange.respond(401, b"", b"")

    async with joined(route) as it:
        whole = post(b"x" * 100)
        it.writer.write(whole[:-100])
        assert b" 401 " in await it.answer()
        it.writer.write(whole[-100:])
        await asyncio.sleep(0.02)
        assert it.later(REQUEST_S) == (False, False)
        assert it.later(REST_S) == (True, False)
        it.writer.write(whole)
        assert b" 401 " in await it.answer()


async def test_a_pipelined_request_that_takes_long_is_no_rest() -> None:
    goes_on = asyncio.Semaphore(1)

    async def route(exchange: Exchange) -> None:
        await goes_on.acquire()
        exchange.respond(200, b"", b"")

    async with joined(route) as it:
        it.writer.write(post() * 3)
        for _ in range(2):
            await it.answer()
            assert it.later(LONG_S) == (False, False)
            goes_on.release()
        await it.answer()
        assert it.later(LONG_S) == (True, False)


@pytest.mark.parametrize("limit_bytes", [1_000_000, 100_000])
async def test_a_connection_at_rest_holds_no_body(limit_bytes: int) -> None:
    read: list[bytes | None] = []

    async def route(exchange: Exchange) -> None:
        read.append(await exchange.read(limit_bytes))
        exchange.respond(200, b"", b"")

    async with joined(route) as it:
        body = bytes(range(256)) * 2_000
        it.writer.write(post(body))
        await it.answer()
        assert read == [body if limit_bytes > len(body) else None]
        assert not it.served.cycle.body


@pytest.mark.parametrize("size", [1_000, 500_000])
async def test_a_caller_that_hangs_up_is_noticed_however_long_its_body_was(size: int) -> None:
    read, stopped = asyncio.Event(), asyncio.Event()

    async def route(exchange: Exchange) -> None:
        assert await exchange.read(1_000_000) == b"x" * size
        read.set()
        try:
            await asyncio.sleep(LONG_S)
        finally:
            stopped.set()

    async with joined(route) as it:
        it.writer.write(post(b"x" * size))
        await asyncio.wait_for(read.wait(), 5)
        it.writer.close()
        await asyncio.wait_for(stopped.wait(), 5)


OFFER = ("Connection: Upgrade", "{}: h2c")


async def echoes(exchange: Exchange) -> None:
    exchange.respond(200, b"", await exchange.read(1_000) or b"")


@pytest.mark.parametrize("name", ["Upgrade", "upgrade", "UPGRADE"])
async def test_an_offer_to_upgrade_is_passed_over_however_it_is_written(name: str) -> None:
    async with joined(echoes) as it:
        for body in (b"hello", b"again"):
            it.writer.write(post(body, OFFER[0], OFFER[1].format(name)))
            assert b"content-length: 5\r\n" in await it.answer()
            assert await it.reader.readexactly(5) == body


async def test_a_body_that_comes_after_its_answer_does_not_hide_the_next_offer_to_upgrade() -> None:
    async def route(exchange: Exchange) -> None:
        if b"late" in dict(exchange.headers):
            exchange.respond(429, b"", b"")
        else:
            await echoes(exchange)

    async with joined(route) as it:
        offer = (OFFER[0], OFFER[1].format("Upgrade"))
        late = post(b"hello", "Late: 1", *offer)
        it.writer.write(late[:-5])
        assert b" 429 " in await it.answer()
        it.writer.write(late[-5:])
        await asyncio.sleep(0.02)
        it.writer.write(post(b"again", *offer))
        assert b"content-length: 5\r\n" in await it.answer()
        assert await it.reader.readexactly(5) == b"again"


async def test_the_body_after_an_offer_in_pieces_is_no_request() -> None:
    seen: list[bytes | None] = []

    async def route(exchange: Exchange) -> None:
        seen.append(await exchange.read(1_000))
        exchange.respond(200, b"", b"")

    async with joined(route) as it:
        whole = post(post(b"hidden"), OFFER[0], OFFER[1].format("Upgrade"))
        at = whole.index(b"grade: h2c")
        it.writer.write(whole[:at])
        await asyncio.sleep(0.02)
        it.writer.write(whole[at:])
        answer = await asyncio.wait_for(it.reader.read(), 5)  # to its end
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b"invalid_http" in answer
        assert not seen


@pytest.mark.parametrize("slow", [False, True])
async def test_a_caller_that_takes_nothing_of_a_stream_is_cut_and_a_slow_one_is_not(slow: bool) -> None:
    ended = asyncio.Event()
    blocks = 0

    async def route(exchange: Exchange) -> None:
        nonlocal blocks
        exchange.connection.taking_timeout_s = 3.0 if slow else 0.5
        exchange.begin(200, b"")
        try:
            while blocks < 120:
                await exchange.write(b"x" * 65_536)
                blocks += 1
            exchange.end()
        finally:
            ended.set()

    async with joined(route) as it:
        it.writer.write(post())
        taking = asyncio.create_task(take_slowly(it.reader)) if slow else None
        await asyncio.wait_for(ended.wait(), 30)
        assert (blocks == 120) is slow
        if taking is not None:
            taking.cancel()


async def take_slowly(reader: asyncio.StreamReader) -> None:
    while await reader.read(64_000):  # the kernel lets the server know of it every second or so
        await asyncio.sleep(0.05)


# --- streams -----------------------------------------------------------------------------


class Caller:
    """Who asks, as `storage.api_keys` would make it."""

    key_id = "key_a"
    project_id = "proj_a"
    admin = False

    def __init__(self) -> None:
        self.limiter = Limiter(1000, 1000, 1000)


@pytest.fixture
async def pool(tmp_path: Path) -> AsyncIterator[Pool]:
    """A model that says two words and falls silent."""
    script = tmp_path / "script.toml"
    script.write_text(f'[[rules]]\nchunks = ["Hi", " there", {{text = "!", delay_s = {LONG_S}}}]\n')
    tree = {"engines": {"a": {"type": "scripted", "script": str(script)}}, "server": {"data_dir": str(tmp_path)}}
    config = msgspec.convert(tree, Config)
    made = Pool(config, build_engines(config))
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def replays() -> AsyncIterator[Replays]:
    made = Replays()
    yield made
    await made.close()


async def test_resumable_streams_are_bounded_together(replays: Replays, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("homeport.web.replays.MAX_BYTES", 2000)
    ended: list[int] = []

    async def note(status: int) -> None:
        ended.append(status)

    async def blocks(gate: asyncio.Event) -> AsyncIterator[bytes]:
        yield b"data: %s\n\n" % (b"x" * 800)
        await gate.wait()

    going = asyncio.Event()
    for number in range(5):
        replays.start(f"req_{number}", "key", EventIds(f"req_{number}"), blocks(going), note)
    while len(ended) < 3:
        await asyncio.sleep(0.01)
    assert ended == [503, 503, 503], "there was room for two"
    going.set()
    while len(ended) < 5:
        await asyncio.sleep(0.01)
    assert ended[3:] == [200, 200]
    last = replays.start("req_5", "key", EventIds("req_5"), blocks(going), note)
    assert b"".join([block async for block in last.follow(-1)]).endswith(DONE)
    assert ended[5] == 200, "those that have ended made room"


@pytest.mark.parametrize("kind", ["plain", "resumable", "resumed"])
async def test_a_stream_that_the_server_cuts_ends_with_an_error_event(pool: Pool, replays: Replays, kind: str) -> None:
    records: list[UsageRecord] = []
    route = GenerationRoute(
        "chat",
        partial(decode_chat, normalise=dialects.from_chat),
        partial(complete, router=pool),
        Gate(lambda key: Caller()),
        records.append,
        replays,
        1_000_000,
    )
    asked: dict[str, Any] = {"model": "scripted", "messages": [{"role": "user", "content": "x"}], "stream": True}
    body = msgspec.json.encode(asked | {"stream_options": {"resumable": kind != "plain"}})
    key = "Authorization: Bearer sk-a"

    async def begin(it: Joined, *lines: str) -> bytes:
        it.writer.write(post(body, key, *lines))
        head = await it.answer()
        await asyncio.wait_for(it.reader.readuntil(b"\n\n\r\n"), 5)  # its first block
        return head

    async def cut(it: Joined) -> bytes:
        """What comes after its first block."""
        (task,) = it.served.tasks
        task.cancel()  # as uvicorn does with those that don't end in time
        return await asyncio.wait_for(it.reader.readuntil(b"\r\n0\r\n\r\n"), 5)

    async with joined(route) as first:
        head = await begin(first)
        if kind == "resumed":
            stream_id = head.partition(b"x-request-id: ")[2].partition(b"\r\n")[0].decode()
            async with joined(route) as second:
                await begin(second, f"Last-Event-ID: {stream_id}:0")
                rest = await cut(second)
        else:
            rest = await cut(first)
    await replays.close()
    assert b"HTTP/1.1" not in rest
    assert b"event: error" in rest
    assert rest.endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n")
    assert records[0].status == 503
