"""Engines over HTTP: whole answers, and everything that peers do wrong with them."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import msgspec
import pytest

from homeport.core.chat import EmbeddingRequest, Usage
from homeport.engines.http_client import BadAnswer, HttpClient
from homeport.errors import (
    ApiError,
    ContextLengthExceeded,
    EngineError,
    EngineTimeout,
    ModelNotFound,
    Overloaded,
    RateLimitError,
    UnsupportedParameter,
)
from tests.engines.raw_peer import CLOSE, HANG, KEY, RESET, RawPeer, chat, completion, engine_for, whole

pytestmark = pytest.mark.anyio

HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


async def refusal(answer: Any, **options: Any) -> ApiError:
    """The error that an answer becomes. No answer may tell the operator's key."""
    async with RawPeer(answer) as peer, engine_for(peer, **options) as engine:
        with pytest.raises(ApiError) as caught:
            await engine.answer(chat(), "m")
    assert KEY not in caught.value.message
    assert "<" not in caught.value.message
    return caught.value


# --- requests and answers ----------------------------------------------------------


async def test_a_request_goes_out_as_it_came_and_the_answer_comes_back_as_it_is() -> None:
    answer = completion("Hi", extra={"a vendor's own": [1]})
    async with RawPeer(whole(answer)) as peer, engine_for(peer, headers={"X-Team": "7"}) as engine:
        result = await engine.answer(chat(temperature=0.5, top_k=3), "m")
    assert msgspec.json.decode(result.body) == answer
    assert result.usage == Usage(prompt_tokens=3, completion_tokens=2, total_tokens=5)
    request = peer.requests[0]
    assert request.line == "POST /v1/chat/completions HTTP/1.1"
    assert request.json == {
        "model": "m",
        "messages": [{"role": "user", "content": "Hello"}],
        "temperature": 0.5,
        "top_k": 3,
    }
    assert request.headers["authorization"].lower() == f"bearer {KEY}"
    assert request.headers["x-team"] == "7"
    assert request.headers["accept-encoding"] == "identity"


async def test_connections_are_used_again() -> None:
    async with RawPeer(whole(completion())) as peer, engine_for(peer) as engine:
        for _ in range(5):
            await engine.answer(chat(), "m")
    assert (len(peer.requests), peer.connections) == (5, 1)


async def test_a_body_that_ends_with_the_connection_is_whole() -> None:
    answer = whole(completion(), content_length="").replace(b"HTTP/1.1", b"HTTP/1.0")
    async with RawPeer([answer, CLOSE]) as peer, engine_for(peer) as engine:
        assert (await engine.answer(chat(), "m")).usage is not None
        assert (await engine.answer(chat(), "m")).usage is not None
    assert peer.connections == 2


@pytest.mark.parametrize("early", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"])
async def test_interim_answers_are_skipped(early: bytes) -> None:
    for answer in ([early + whole(completion())], [early, 0.01, whole(completion())]):
        async with RawPeer(answer) as peer, engine_for(peer) as engine:
            assert (await engine.answer(chat(), "m")).usage is not None


async def test_usage_that_is_missing_is_estimated_and_wrong_numbers_count_as_none() -> None:
    broken = {"prompt_tokens": 7, "completion_tokens": None, "prompt_tokens_details": {"cached_tokens": None}}
    bodies = [completion(usage=None), completion(usage=broken), {"data": [], "object": "list"}]
    async with RawPeer(*map(whole, bodies)) as peer, engine_for(peer) as engine:
        estimated = (await engine.answer(chat(), "m")).usage
        repaired = (await engine.answer(chat(), "m")).usage
        listed = (await engine.answer(EmbeddingRequest(input="x", wire={"input": "x"}), "m")).usage
    assert estimated is not None
    assert 10 < estimated.prompt_tokens < 30
    assert estimated.total_tokens == estimated.prompt_tokens + estimated.completion_tokens
    assert repaired is not None
    assert (repaired.prompt_tokens, repaired.completion_tokens, repaired.total_tokens) == (7, 0, 7)
    assert listed is not None


async def test_reasoning_is_called_reasoning_content() -> None:
    body = completion()
    body["choices"][0]["message"]["reasoning"] = 'I think: "reasoning":"'
    async with RawPeer(whole(body)) as peer, engine_for(peer) as engine:
        message = msgspec.json.decode((await engine.answer(chat(), "m")).body)["choices"][0]["message"]
    assert message == {"role": "assistant", "content": "Hi", "reasoning_content": 'I think: "reasoning":"'}


async def test_what_is_homeports_own_is_not_sent_on() -> None:
    async with RawPeer(whole(completion())) as peer, engine_for(peer) as engine:
        await engine.answer(chat(truncation="disabled"), "m")
        with pytest.raises(UnsupportedParameter) as caught:
            await engine.answer(chat(truncation="auto"), "m")
    assert caught.value.param == "truncation"
    assert len(peer.requests) == 1
    assert "truncation" not in peer.requests[0].json


# --- what peers refuse -----------------------------------------------------------------


def openai_error(message: str = "No.", **fields: Any) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None, **fields}}


@pytest.mark.parametrize(
    ("body", "message", "param"),
    [
        (openai_error("Bad `n`.", param="n"), "Bad `n`.", "n"),
        ({"object": "error", "message": "Bad.", "type": "BadRequestError", "param": None, "code": 400}, "Bad.", None),
        ({"error": {"code": 400, "message": "Bad.", "type": "invalid_request_error"}}, "Bad.", None),
        ({"error": "Bad.", "error_type": "validation"}, "Bad.", None),
        ({"detail": "Bad."}, "Bad.", None),
        ({"detail": [{"loc": ["body", "n"], "msg": "too large", "type": "x"}]}, "too large", "n"),
    ],
)
async def test_a_callers_mistake_is_told_in_the_peers_words(body: Any, message: str, param: str | None) -> None:
    error = await refusal(whole(body, 400))
    assert error.envelope()["error"] == {
        "message": message,
        "type": "invalid_request_error",
        "param": param,
        "code": None,
    }
    assert error.status == 400


@pytest.mark.parametrize(
    "message",
    [
        "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.",
        "the request exceeds the available context size (4096 tokens), try increasing it",
        "The input (5000 tokens) is longer than the model's context length (4096 tokens).",
    ],
)
async def test_a_context_that_is_too_long_has_openais_code(message: str) -> None:
    error = await refusal(whole(openai_error(message), 400))
    assert isinstance(error, ContextLengthExceeded)
    assert error.code == "context_length_exceeded"


async def test_other_statuses_keep_their_class() -> None:
    unknown = await refusal(whole(openai_error("The model `m` does not exist."), 404))
    assert isinstance(unknown, ModelNotFound)
    limited = await refusal(whole(openai_error("Slow down.", type="tokens", code="x"), 429, retry_after=17))
    assert isinstance(limited, RateLimitError)
    assert (limited.headers, limited.code) == ({"retry-after": "17"}, "x")
    full = await refusal(whole(openai_error("Full."), 503, retry_after=3))
    assert isinstance(full, Overloaded)
    assert full.headers == {"retry-after": "3"}
    assert (await refusal(whole(openai_error("Too big."), 413))).status == 413
    assert (await refusal(whole(HTML, 413, content_type="text/html"))).status == 413
    assert (await refusal(whole(openai_error("Odd."), 422))).status == 422


@pytest.mark.parametrize("status", [401, 403])
async def test_the_operators_wrong_key_is_not_the_callers(status: int) -> None:
    error = await refusal(whole(openai_error(f"Incorrect API key provided: {KEY}."), status))
    assert isinstance(error, EngineError)
    assert error.status == 502
    assert "Homeport's own credentials" in error.message


async def test_the_operators_key_is_never_told() -> None:
    error = await refusal(whole(openai_error(f"{KEY} may not use `n` in team 7."), 400), headers={"x-team": "7"})
    assert error.message == "*** may not use `n` in team 7."
    error = await refusal(whole(openai_error("abcdefgh-1 may not."), 400), headers={"x-auth": "Token abcdefgh-1"})
    assert error.message == "*** may not."


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (whole(HTML, 502, content_type="text/html"), "answered 502 with text/html"),
        (whole(HTML, 404, content_type="text/html; charset=utf-8"), "is its URL right"),
        (whole(HTML, 200, content_type="text/html"), "answered with no JSON"),
        (whole(b"", 500, content_type=""), "answered 500 with no content type"),
        (whole(openai_error("CUDA out of memory"), 500), "failed: CUDA out of memory"),
        (whole(b"", 301, location="http://elsewhere/"), "a redirect, which is not followed"),
        (whole(b"", 204), "answered 204"),
        (whole(b'{"choices": [], "usage": null, "x": "\xff"}'), "answered with no JSON"),
        (whole(b'{"choices": [], "x": ' + b"[" * 5000), "answered with no JSON"),
        (whole(b'{"choices": [], "x": 1e999}'), "answered with no JSON"),
        (whole(b'{"error": "\xff"}', 500), "answered 500 with application/json"),
        (whole(b'{"error": ' + b"[" * 5000, 400), "answered 400 with application/json"),
        (whole(openai_error("It broke.", code="\N{SUPERSCRIPT TWO}")), "failed: It broke."),
        (whole(openai_error("It broke.", code="4" * 5000)), "failed: It broke."),
        (whole({"detail": [{"msg": "It broke.", "loc": 5}]}, 500), "failed: It broke."),
        (whole(b"[]"), "JSON that is no object"),
        (whole(b"{}"), "answered with no choices"),
        (whole(openai_error("It broke.")), "failed: It broke."),
        (whole(b"\x1f\x8b\x08", content_encoding="gzip"), "encoded as gzip"),
        (whole(completion(), content_length=20), "not an HTTP answer"),
        (whole(completion()) + whole(completion("smuggled")), "more than one answer"),
        (whole(completion()) + b"garbage", "not an HTTP answer"),
        (b"garbage\r\n\r\n", "not an HTTP answer"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n", "not an HTTP answer"),
        (b"HTTP/1.1 200 OK\r\n" + b"".join(b"x-%d: %b\r\n" % (i, b"a" * 1000) for i in range(100)), "too large"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"a" * 1_000_000, "too large"),
        ([whole(completion(), content_length=100_000), CLOSE], "closed the connection"),
        ([whole(completion(), content_length=""), RESET], "closed the connection"),
        ([b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"a\":", CLOSE], "closed the connection"),
        ([CLOSE], "closed the connection"),
        ([RESET], "closed the connection"),
    ],
)  # fmt: skip
async def test_nonsense_is_a_502_that_says_so(answer: Any, says: str) -> None:
    error = await refusal(answer)
    assert isinstance(error, EngineError)
    assert error.status in (502, 500)
    assert says in error.message


async def test_an_error_with_status_200_has_the_status_that_it_says() -> None:
    error = await refusal(whole(openai_error("Slow down.", code=429)))
    assert isinstance(error, RateLimitError)


async def test_an_answer_without_end_is_bounded() -> None:
    endless = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + b"x" * 200_000
    async with RawPeer([endless, HANG]) as peer:
        client = HttpClient(peer.url, max_answer_bytes=100_000)
        with pytest.raises(BadAnswer, match="too large"):
            await client.request("GET", "/")
        await client.close()


async def test_a_connection_whose_answer_was_not_taken_is_not_used_again() -> None:
    long = b"HTTP/1.1 200 OK\r\ncontent-length: 262600\r\n\r\n" + b"x" * 262_600  # just enough to pause at its end
    async with RawPeer([long], [b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nxx"]) as peer:
        client = HttpClient(peer.url)
        stream = await client.stream("GET", "/", timeout_s=5)
        async with asyncio.timeout(10):
            while not stream._connection.done:
                await asyncio.sleep(0.005)
        assert stream._connection._paused
        await stream.aclose()
        assert (await client.request("GET", "/", timeout_s=5)).body == b"xx"
        await client.close()


async def test_a_peer_that_takes_too_long() -> None:
    for slow in ([HANG], [b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n", *([b" ", 0.02] * 9)]):
        started_s = time.perf_counter()
        error = await refusal(slow, answer_s=0.1, retries=2)
        assert isinstance(error, EngineTimeout)
        assert time.perf_counter() - started_s < 0.5, "the time is spent: no other try"


async def test_a_caller_that_hangs_up_stops_the_peer() -> None:
    async with RawPeer([HANG]) as peer, engine_for(peer) as engine:
        task = asyncio.create_task(engine.answer(chat(), "m"))
        while not peer.requests:
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(peer.hung_up.wait(), 0.1)


async def test_a_full_pool_of_connections_is_a_503_not_an_endless_wait() -> None:
    peer = RawPeer([0.15, whole(completion())])
    async with peer, engine_for(peer, max_connections=1, connect_s=0.05) as engine:
        first = asyncio.create_task(engine.answer(chat(), "m"))
        await asyncio.sleep(0.02)
        with pytest.raises(Overloaded, match="all 1 connections"):
            await engine.answer(chat(), "m")
        await first
        assert (await engine.answer(chat(), "m")).usage is not None
