"""Engines over HTTP: several replicas, retries, circuit breakers and health."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from homeport.engines.openai_http import OpenAIHTTPEngine
from homeport.engines.openai_http.replicas import Replica
from homeport.errors import ApiError, EngineError, Overloaded, RateLimitError
from tests.engines.raw_peer import (
    CLOSE,
    DONE,
    HANG,
    RESET,
    STREAM,
    Answer,
    RawPeer,
    chat,
    completion,
    engine_for,
    streamed,
    text_stream,
    whole,
)

pytestmark = pytest.mark.anyio

FINE = whole(completion("fine"))
STREAMED = streamed(*text_stream("fine"))
HTML = whole(b"<html>Bad Gateway</html>", 502, content_type="text/html")


def error(status: int, **headers: str | int) -> bytes:
    return whole({"error": {"message": "No.", "type": "x_error", "param": None, "code": None}}, status, **headers)


async def ask(engine: OpenAIHTTPEngine, *, stream: bool = False) -> bytes:
    if not stream:
        return (await engine.answer(chat(), "m")).body
    return b"".join([block async for block in await engine.stream(chat(stream=True), "m")])


def replica(engine: OpenAIHTTPEngine, index: int = 0) -> Replica:
    return engine._replicas.all[index]


# --- retries -----------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    "bad",
    [
        [CLOSE],
        [RESET],
        [STREAM, RESET],
        b"garbage\r\n\r\n",
        HTML,
        error(500),
        error(503),
        error(429),
        whole(b"not JSON"),
        streamed(),
    ],
)
async def test_before_the_first_byte_another_replica_is_asked(bad: Answer, stream: bool) -> None:
    good = STREAMED if stream else FINE
    async with RawPeer(bad) as first, RawPeer(good) as second, engine_for(first, second, retries=1) as engine:
        for _ in range(4):
            assert b"fine" in await ask(engine, stream=stream)
        assert [peer.pending for peer in engine._replicas.all] == [0, 0]
    assert len(first.requests) >= 1
    assert len(second.requests) == 4


@pytest.mark.parametrize("stream", [False, True])
async def test_a_replica_that_is_alone_is_asked_again_after_a_pause(stream: bool) -> None:
    good = STREAMED if stream else FINE
    async with RawPeer([RESET], HTML, good) as peer, engine_for(peer, retries=2) as engine:
        started_s = time.perf_counter()
        assert b"fine" in await ask(engine, stream=stream)
        assert 0.07 < time.perf_counter() - started_s < 1
    assert len(peer.requests) == 3


async def test_the_number_of_retries_is_bounded() -> None:
    async with RawPeer(HTML) as peer, engine_for(peer, retries=1) as engine:
        with pytest.raises(EngineError):
            await ask(engine)
    assert len(peer.requests) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
async def test_what_is_refused_is_not_asked_again(status: int) -> None:
    first, second = RawPeer(error(status)), RawPeer(error(status))
    async with first, second, engine_for(first, second, retries=3) as engine:
        with pytest.raises(ApiError):
            await ask(engine)
    assert len(first.requests) + len(second.requests) == 1


async def test_after_the_first_byte_nothing_is_asked_again() -> None:
    cut = [STREAMED[:400], RESET]
    async with RawPeer(cut) as first, RawPeer(cut) as second, engine_for(first, second, retries=3) as engine:
        with pytest.raises(EngineError):
            await ask(engine, stream=True)
    assert len(first.requests) + len(second.requests) == 1


async def test_a_limit_is_passed_on_when_all_replicas_have_it() -> None:
    limited = error(429, retry_after=20)
    async with RawPeer(limited) as first, RawPeer(limited) as second, engine_for(first, second, retries=3) as engine:
        started_s = time.perf_counter()
        with pytest.raises(RateLimitError) as caught:
            await ask(engine)
        assert time.perf_counter() - started_s < 5
        assert engine.healthy()
    assert caught.value.headers == {"retry-after": "20"}
    assert (len(first.requests), len(second.requests)) == (1, 1)


async def test_a_short_retry_after_is_waited_for() -> None:
    async with RawPeer(error(429, retry_after_ms=150), FINE) as peer, engine_for(peer, retries=1) as engine:
        started_s = time.perf_counter()
        assert b"fine" in await ask(engine)
        assert 0.14 < time.perf_counter() - started_s < 1


async def test_no_retry_goes_past_the_time_limit() -> None:
    async with RawPeer([0.12, HTML]) as peer, engine_for(peer, retries=50, answer_s=0.2) as engine:
        started_s = time.perf_counter()
        with pytest.raises(ApiError):
            await ask(engine)
        assert time.perf_counter() - started_s < 3
    assert len(peer.requests) <= 2


# --- connections ---------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [False, True])
async def test_an_idle_connection_that_the_peer_has_closed_costs_nothing(stream: bool) -> None:
    good = STREAMED if stream else FINE
    async with RawPeer([good, CLOSE], [good, RESET], good) as peer, engine_for(peer, retries=0) as engine:
        for _ in range(3):
            assert b"fine" in await ask(engine, stream=stream)
            await asyncio.sleep(0.01)
        assert not replica(engine).troubled


async def test_a_peer_that_closes_idle_connections_as_we_use_them() -> None:
    """The close and the next request cross on the wire: the request goes out again on a fresh connection."""
    rude = RawPeer(FINE, [CLOSE], FINE)  # the second request is read, and the connection closed without a word
    async with rude, engine_for(rude, retries=0) as engine:
        await ask(engine)
        assert b"fine" in await ask(engine)
    assert rude.connections == 2


async def test_bytes_that_nobody_asked_for_end_a_connection() -> None:
    async with RawPeer([FINE, 0.02, whole(completion("smuggled"))], FINE) as peer, engine_for(peer) as engine:
        await ask(engine)
        await asyncio.sleep(0.05)
        assert b"smuggled" not in await ask(engine)
    assert peer.connections == 2


async def test_many_requests_through_few_connections_are_all_answered() -> None:
    async with RawPeer([0.001, FINE]) as peer, engine_for(peer, max_connections=3) as engine:
        answers = await asyncio.gather(*(ask(engine) for _ in range(60)))
        assert len(answers) == 60
    assert peer.connections == 3


async def test_requests_that_wait_for_a_connection_survive_others_that_give_up() -> None:
    async with RawPeer([0.02, FINE]) as peer, engine_for(peer, max_connections=1) as engine:
        tasks = [asyncio.create_task(ask(engine)) for _ in range(9)]
        await asyncio.sleep(0.03)
        for task in tasks[2::2]:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [isinstance(result, bytes) for result in results] == [True, True] + [False, True] * 3 + [False]
        assert replica(engine).pending == 0


# --- choice and health -----------------------------------------------------------------------


async def test_the_replica_with_the_fewest_requests_is_asked() -> None:
    async with RawPeer([HANG]) as stuck, RawPeer(FINE) as free, engine_for(stuck, free) as engine:
        waiting = [asyncio.create_task(ask(engine)) for _ in range(2)]
        while not stuck.requests:
            await asyncio.sleep(0.005)
        for _ in range(6):
            assert b"fine" in await asyncio.wait_for(ask(engine), 1)
        assert (len(stuck.requests), len(free.requests)) == (1, 7)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def test_replicas_that_are_equal_are_asked_in_turn() -> None:
    async with RawPeer(FINE) as a, RawPeer(FINE) as b, RawPeer(FINE) as c, engine_for(a, b, c) as engine:
        for _ in range(9):
            await ask(engine)
    assert [len(peer.requests) for peer in (a, b, c)] == [3, 3, 3]


async def test_streams_count_as_long_as_they_last() -> None:
    peers = [RawPeer([STREAM + STREAMED[len(STREAM) : 500], HANG]) for _ in range(3)]
    async with peers[0], peers[1], peers[2], engine_for(*peers) as engine:
        open_streams = [await engine.stream(chat(stream=True), "m") for _ in range(6)]
        assert [peer.pending for peer in engine._replicas.all] == [2, 2, 2]
        for blocks in open_streams:
            await blocks.aclose()
        assert [peer.pending for peer in engine._replicas.all] == [0, 0, 0]


async def test_a_dead_replica_is_left_alone_and_comes_back() -> None:
    async with RawPeer(FINE) as first, RawPeer(FINE) as second, engine_for(first, second, retries=1) as engine:
        await first.down()
        for _ in range(20):
            assert b"fine" in await ask(engine)
        assert replica(engine, 0).breaker.state == "open"
        assert engine.healthy()
        await first.up()
        deadline_s = time.perf_counter() + 3
        while replica(engine, 0).troubled and time.perf_counter() < deadline_s:
            await asyncio.sleep(0.02)
        assert replica(engine, 0).breaker.state == "closed", "found by asking for its models, not by a request"
        assert first.requests[-1].line.startswith("GET /v1/models")
        for _ in range(4):
            await ask(engine)
    assert sum(request.line.startswith("POST") for request in first.requests) >= 2


async def test_when_no_replica_is_left_the_answer_is_503_at_once() -> None:
    async with RawPeer(HTML) as peer, engine_for(peer, retries=0) as engine:
        for _ in range(5):
            with pytest.raises(EngineError):
                await ask(engine)
        assert not engine.healthy()
        for stream in (False, True):
            with pytest.raises(Overloaded, match=r"not available: .*502 with text/html") as caught:
                await ask(engine, stream=stream)
            assert caught.value.headers["retry-after"] == "1"
        assert len(peer.requests) == 5
        peer.answers = [FINE]
        replica(engine).breaker._open_until = 0.0  # the cool-down is over
        assert b"fine" in await ask(engine)
        assert replica(engine).breaker.state == "closed"
        assert engine.healthy()


async def test_a_try_that_the_caller_gives_up_does_not_block_the_replica() -> None:
    async with RawPeer(HTML) as peer, engine_for(peer, retries=0) as engine:
        for _ in range(5):
            with pytest.raises(EngineError):
                await ask(engine)
        for stream in (False, True):
            peer.answers = [[HANG]]
            replica(engine).breaker._open_until = 0.0
            task = asyncio.create_task(ask(engine, stream=stream))
            await asyncio.sleep(0.02)
            with pytest.raises(Overloaded):
                await ask(engine)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        peer.answers = [FINE]
        assert b"fine" in await ask(engine)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_try_that_is_refused_with_status_200_closes_the_circuit(stream: bool) -> None:
    async with RawPeer(HTML) as peer, engine_for(peer, retries=0) as engine:
        for _ in range(5):
            with pytest.raises(EngineError):
                await ask(engine)
        peer.answers = [whole({"error": {"message": "Slow down.", "code": 429}})]
        replica(engine).breaker._open_until = 0.0
        with pytest.raises(RateLimitError):
            await ask(engine, stream=stream)
        peer.answers = [FINE]
        assert b"fine" in await ask(engine)


async def test_one_callers_mistakes_do_not_open_the_circuit_for_others() -> None:
    for answer in (error(400), error(429), error(500), streamed(b'data: {"error": {"message": "x", "code": 400}}\n\n')):
        async with RawPeer(answer) as peer, engine_for(peer, retries=0) as engine:
            for _ in range(8):
                with pytest.raises(ApiError):
                    await ask(engine, stream=answer.startswith(STREAM))
            assert engine.healthy()
            peer.answers = [FINE]
            assert b"fine" in await ask(engine)


async def test_a_peer_that_refuses_connections_is_unhealthy_until_it_is_back() -> None:
    peer = RawPeer(whole({"data": []}))
    async with peer, engine_for(peer, retries=0) as engine:
        await peer.down()
        with pytest.raises(EngineError, match="failed: Connect"):
            await ask(engine)
        assert not engine.healthy()
        await peer.up()
        deadline_s = time.perf_counter() + 3
        while not engine.healthy() and time.perf_counter() < deadline_s:
            await asyncio.sleep(0.02)
        assert engine.healthy()


async def test_a_host_that_does_not_exist() -> None:
    peer = RawPeer(FINE)
    async with engine_for(peer, url="http://does-not-exist.invalid/v1", retries=0) as engine:
        engine._replicas.all[1].pending = 1
        with pytest.raises(EngineError, match="failed: "):
            await ask(engine)
        assert engine._replicas.all[0].unreachable


async def test_a_stream_that_dies_half_way_counts_against_its_replica() -> None:
    cut: Any = [STREAMED[:400], RESET]
    async with RawPeer(cut) as peer, engine_for(peer, retries=0) as engine:
        for _ in range(5):
            with pytest.raises(EngineError):
                await ask(engine, stream=True)
        assert replica(engine).troubled
        peer.answers = [streamed(*text_stream("fine")[:-1], DONE)]
        assert b"fine" in await ask(engine, stream=True)
        assert not replica(engine).troubled
