"""Engines over HTTP: streams, however they are cut, spelt and broken off."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import pytest

from homeport.core import sse
from homeport.core.chat import ChatRequest, CompletionRequest
from homeport.engines.openai_http import OpenAIHTTPEngine
from homeport.errors import ApiError, ContextLengthExceeded, EngineError, EngineTimeout, RateLimitError
from tests.engines.raw_peer import (
    CLOSE,
    DONE,
    END,
    HANG,
    RESET,
    STREAM,
    USAGE,
    RawPeer,
    chat,
    chunk,
    completion,
    engine_for,
    event,
    streamed,
    text_stream,
    usage_event,
    whole,
)

pytestmark = pytest.mark.anyio

TEXTS = ["Hel", "lo", ' "wor\\ld"', "\n\ndata: x", " \N{PARTY POPPER}", ""]
GOOD = text_stream(*TEXTS)
CANONICAL = b"".join(GOOD[:-1])


async def received(engine: OpenAIHTTPEngine, request: ChatRequest | None = None) -> list[bytes]:
    """The events of a stream. Every block is one or more whole events in canonical form."""
    events = []
    async for block in await engine.stream(request or chat(stream=True), "m"):
        assert block.endswith(b"\n\n")
        for part in block[:-2].split(b"\n\n"):
            assert part.startswith(b"data: {")
            assert b"\n" not in part
            msgspec.json.decode(part[6:])
            events.append(part + b"\n\n")
    return events


async def relayed(*answers: Any, request: ChatRequest | None = None, **options: Any) -> list[bytes]:
    async with RawPeer(*answers) as peer, engine_for(peer, **options) as engine:
        return await received(engine, request)


def text_of(events: list[bytes], field: str = "content") -> str:
    chunks = [msgspec.json.decode(payload) for payload in sse.payloads(b"".join(events))]
    return "".join(choice["delta"].get(field) or "" for chunk in chunks for choice in chunk["choices"])


# --- what is right -----------------------------------------------------------------------


async def test_a_canonical_stream_is_passed_on_as_it_is_and_its_connection_is_used_again() -> None:
    async with RawPeer(streamed(*GOOD)) as peer, engine_for(peer) as engine:
        for _ in range(3):
            assert b"".join(await received(engine)) == CANONICAL
    assert peer.connections == 1
    assert peer.requests[0].json["stream_options"] == {"include_usage": True}


async def test_a_stream_is_the_same_however_it_is_cut() -> None:
    body = b"".join(GOOD)
    cuts = [1, 2, 3, 5, 7, 50, 199, 1000]
    answers = [[STREAM, *(chunk(body[at : at + size]) for at in range(0, len(body), size)), END] for size in cuts]
    async with RawPeer(*answers) as peer, engine_for(peer) as engine:
        for size in cuts:
            assert b"".join(await received(engine)) == CANONICAL, size


async def test_a_stream_is_the_same_when_cut_at_any_one_place() -> None:
    body = b"".join(text_stream("Hi", " you"))
    answers = [[STREAM, chunk(body[:at]), 0.0, chunk(body[at:]) + END] for at in range(1, len(body), 3)]
    async with RawPeer(*answers) as peer, engine_for(peer) as engine:
        for _ in answers:
            assert b"".join(await received(engine)) + DONE == body


@pytest.mark.parametrize(
    "spell",
    [
        lambda events: [e.replace(b"\n", b"\r\n") for e in events],
        lambda events: [b"".join(events).replace(b"\n", b"\r\n")],
        lambda events: [e.replace(b"\n", b"\r\n")[:-1] for e in events[:-1]] + [b"\ndata: [DONE]\r\n\r\n"],
        lambda events: [b": ping\n\n" + e for e in events],
        lambda events: [b": ping\n" + e for e in events],
        lambda events: [b"id: 7\nretry: 10\n" + e for e in events],
        lambda events: [b"event: message\n" + e for e in events],
        lambda events: [e[:-1] + b"id: 7\n\n" for e in events],
        lambda events: [b"data:" + e[6:] for e in events],
        lambda events: [e + b"\n\n" for e in events],
        lambda events: [b"\xef\xbb\xbf" + events[0], *events[1:]],
        lambda events: [e.replace(b'"choices":', b'\ndata: "choices":') for e in events],
        lambda events: [b'event: ping\ndata: {"type": "ping"}\n\n' + e for e in events],
        lambda events: [b"event: ping\ndata: now\n\n" + e for e in events],
        lambda events: [*events, b"data: after the end\n\n"],
        lambda events: [*events[:-1], b"data: [DONE]"],
        lambda events: [*events[:-1], b"data:[DONE] \n\n"],
        lambda events: events[:-1],
        lambda events: [*events[:-2], events[-2][:-2]],
    ],
)
async def test_a_stream_is_the_same_however_it_is_spelt(spell: Any) -> None:
    one_by_one = [STREAM, *(chunk(part) for part in spell(GOOD)), END]
    slowly = [STREAM, *(step for part in spell(text_stream("Hi")) for step in (chunk(part), 0.001)), END]
    async with RawPeer(streamed(*spell(GOOD)), one_by_one, slowly) as peer, engine_for(peer) as engine:
        for expected in (CANONICAL, CANONICAL, b"".join(text_stream("Hi")[:-1])):
            events = await received(engine)
            assert text_of(events) == text_of([expected])
            assert [msgspec.json.decode(e[6:]) for e in events] == [
                msgspec.json.decode(payload) for payload in sse.payloads(expected)
            ]


async def test_a_stream_that_ends_with_its_connection() -> None:
    head = b"HTTP/1.0 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
    assert b"".join(await relayed([head + b"".join(GOOD), CLOSE])) == CANONICAL


async def test_a_connection_that_does_not_end_after_done_is_not_waited_for() -> None:
    started_s = time.perf_counter()
    events = await relayed([STREAM + b"".join(chunk(part) for part in GOOD), HANG])
    assert b"".join(events) == CANONICAL
    assert time.perf_counter() - started_s < 1


# --- what peers leave out ------------------------------------------------------------------


def parsed(events: list[bytes]) -> list[dict[str, Any]]:
    return [msgspec.json.decode(part[6:]) for part in events]


@pytest.mark.parametrize("many", [False, True])
async def test_missing_usage_is_estimated(many: bool) -> None:
    texts = [str(number) for number in range(50)] if many else ["Hi"]
    chunks = parsed(await relayed(streamed(*text_stream(*texts)[:-2], DONE)))
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["id"] == "chatcmpl-1"
    assert chunks[-1]["usage"]["completion_tokens"] == len(texts) + 2
    assert chunks[-1]["usage"]["prompt_tokens"] > 10


async def test_usage_that_comes_with_the_last_choice_comes_once_more_by_itself() -> None:
    for last in (event({}, "stop", usage=USAGE), event({"content": "!"}, "stop", usage=USAGE)):
        chunks = parsed(await relayed(streamed(*text_stream("a", "b", "c")[:-3], last, DONE)))
        assert chunks[-1]["choices"] == []
        assert chunks[-1]["usage"] == USAGE


async def test_usage_with_wrong_numbers_is_put_right() -> None:
    broken = USAGE | {"prompt_tokens_details": {"cached_tokens": None}, "completion_tokens": 2.0}
    chunks = parsed(await relayed(streamed(*text_stream("a")[:-2], event(choices=[], usage=broken), DONE)))
    assert chunks[-1]["usage"]["prompt_tokens_details"]["cached_tokens"] == 0
    assert chunks[-1]["usage"]["completion_tokens"] == 2


@pytest.mark.parametrize("cut", [1, 2, 5])
async def test_a_last_chunk_of_text_with_usage_or_a_tool_call_is_not_taken_for_mere_text(cut: int) -> None:
    broken = USAGE | {"prompt_tokens_details": {"cached_tokens": None}}
    call = {"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    said = [event({"content": text}) for text in "abcd"]
    said += [event({"content": "e", "tool_calls": [call]}), event({"content": "f"}, "stop", usage=broken), DONE]
    joined = [b"".join(said[at : at + cut]) for at in range(0, len(said), cut)]
    chunks = parsed(await relayed([STREAM, *(step for part in joined for step in (chunk(part), 0.001)), END]))
    assert [c["choices"][0]["delta"]["content"] for c in chunks[:-1]] == list("abcdef")
    assert chunks[-2]["usage"]["prompt_tokens_details"]["cached_tokens"] == 0
    assert chunks[-1]["usage"]["total_tokens"] == 5


@pytest.mark.parametrize(
    "before_and_after",
    [
        ('{"choices":[{"finish_reason":null,"index":0,"delta":{"content":"', '"}}],"created":1,"id":"x","model":"m"}'),
        ('{"id": "x", "created": 1, "model": "m", "choices": [{"index": 0, "delta": {"content": "', '"}}]}'),
        ('{"id":"x","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"', '"}}]}'),
    ],
)
async def test_chunks_as_other_servers_write_them(before_and_after: tuple[str, str]) -> None:
    before, after = before_and_after
    texts = ["a", "\\n", '\\"', "\\\\", "}]}", "e", "f"]
    said = [f"data: {before}{text}{after}\n\n".encode() for text in texts]
    for part in (said, [b"".join(said)], [b"".join(said[:3]), b"".join(said[3:])]):
        events = await relayed([STREAM, *(step for data in part for step in (chunk(data), 0.001)), chunk(DONE) + END])
        assert events[:-2] == said


async def test_missing_finish_reasons_are_put_in() -> None:
    chunks = parsed(await relayed(streamed(*text_stream("a", "b", "c")[:-3], DONE)))
    assert [c["choices"][0]["finish_reason"] for c in chunks[:-1]] == [None] * 4 + ["stop"]
    call = {"tool_calls": [{"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}
    chunks = parsed(await relayed(streamed(event(call), usage_event(), DONE)))
    assert chunks[-1]["choices"][0]["finish_reason"] == "tool_calls"


async def test_a_finish_reason_among_text_is_not_missing() -> None:
    said = [event({"content": text}) for text in "abc"] + [event({"content": "!"}, "length")]
    chunks = parsed(await relayed(streamed(*said, usage_event(), DONE)))
    assert [c["choices"][0]["finish_reason"] for c in chunks[:-1]] == [None, None, None, "length"]
    assert len(chunks) == 5


async def test_choices_of_a_request_with_n() -> None:
    def at(index: int, delta: dict[str, Any], finish_reason: str | None = None) -> bytes:
        return event(choices=[{"index": index, "delta": delta, "finish_reason": finish_reason}])

    said = [at(0, {"content": "a"}), at(1, {"content": "b"}), at(0, {"content": "!"}, "stop"), at(1, {"content": "c"})]
    chunks = parsed(await relayed(streamed(*said, usage_event(), DONE), request=chat(stream=True, n=2)))
    ended = [(c["choices"][0]["index"], c["choices"][0]["finish_reason"]) for c in chunks if c["choices"]]
    assert ended == [(0, None), (1, None), (0, "stop"), (1, None), (1, "stop")]


async def test_tool_calls_in_pieces_pass_through() -> None:
    start = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": ""}}
    pieces = ['{"ci', 'ty": "To', "kyo", '"}']
    said = [event({"role": "assistant", "content": None, "tool_calls": [start]})]
    said += [event({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}) for piece in pieces]
    said += [event({}, "tool_calls"), usage_event()]
    assert await relayed(streamed(*said, DONE)) == said


async def test_reasoning_is_called_reasoning_content() -> None:
    said = [event({"role": "assistant", "content": "", "reasoning": "Hm"}), event({"reasoning": ' "reasoning":'})]
    said += [event({"content": "Yes", "reasoning": None}), event({"content": "."}), event({}, "stop"), usage_event()]
    events = await relayed(streamed(*said, DONE))
    assert text_of(events, "reasoning_content") == 'Hm "reasoning":'
    assert text_of(events) == "Yes."
    native = [event({"reasoning_content": text}) for text in "abc"] + said[2:]
    assert await relayed(streamed(*native, DONE)) == native


async def test_completions_are_streams_too() -> None:
    frame = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "m"}
    said = [
        sse.event(frame | {"choices": [{"index": 0, "text": text, "logprobs": None, "finish_reason": None}]})
        for text in ("a", "b", "c", "d")
    ]
    request = CompletionRequest(prompt="x", stream=True, wire={"prompt": "x", "stream": True})
    async with RawPeer(streamed(*said, DONE)) as peer, engine_for(peer) as engine:
        blocks = [block async for block in await engine.stream(request, "m")]
    chunks = [msgspec.json.decode(payload) for payload in sse.payloads(b"".join(blocks))]
    assert "".join(choice["text"] for c in chunks for choice in c["choices"]) == "abcd"
    assert chunks[-2]["choices"] == [{"index": 0, "text": "", "finish_reason": "stop"}]
    assert chunks[-1]["object"] == "text_completion"


async def test_usage_is_not_asked_for_where_the_peer_does_not_know_it() -> None:
    async with RawPeer(streamed(*GOOD)) as peer, engine_for(peer, stream_usage=False) as engine:
        await received(engine, chat(stream=True, stream_options={"resumable": True}))
        await received(engine, chat(stream=True))
    assert "stream_options" not in peer.requests[0].json
    assert "stream_options" not in peer.requests[1].json


# --- what goes wrong -------------------------------------------------------------------------


async def broken_off(*answers: Any, **options: Any) -> tuple[list[bytes], ApiError]:
    """What came of a stream, and the error that it ended with."""
    events: list[bytes] = []
    async with RawPeer(*answers) as peer, engine_for(peer, **options) as engine:
        with pytest.raises(ApiError) as caught:
            async for block in await engine.stream(chat(stream=True), "m"):
                events.append(block)
        assert engine._replicas.all[0].pending == 0
    return events, caught.value


PART = STREAM + b"".join(chunk(part) for part in GOOD[:3])
FIRST = b"".join(GOOD[:3])


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ([PART, CLOSE], "closed the connection"),
        ([PART, RESET], "closed the connection"),
        ([PART + END], "cut its stream"),
        ([PART + chunk(GOOD[3][:20]) + END], "within an event"),
        ([PART + chunk(GOOD[3][:20]), CLOSE], "closed the connection"),
        ([PART + chunk(b"data: nonsense\n\n")], "no JSON object"),
        ([PART + chunk(b"data: [1]\n\n")], "no JSON object"),
        ([PART + chunk(b'data: {"choices": 7}\n\n')], "no JSON object"),
        ([PART + chunk(b'data: {"id": "\xff", "choices": []}\n\n')], "no JSON object"),
        ([PART + chunk(b'data: {"choices": [], "usage": {"total_tokens": null}, "x": "\xff"}\n\n')], "no JSON object"),
        ([PART + chunk(b'data: {"error": "\xff"}\n\n')], "no JSON object"),
        ([PART + chunk(b'data: {"choices": [], "usage": ' + b"[" * 5000 + b"\n\n")], "no JSON object"),
        ([PART, 0.01, b"garbage\r\n"], "not an HTTP answer"),
        ([PART + chunk(b'data: {"error": {"message": "CUDA died", "code": 500}}\n\n')], "CUDA died"),
        ([PART + chunk(b'data: {"error": "it broke"}\n\n')], "it broke"),
        ([PART + chunk(b'event: error\ndata: {"message": "it broke"}\n\n')], "it broke"),
        ([PART + chunk(b'data: {"object": "error", "message": "it broke"}\n\n')], "it broke"),
        ([PART + chunk(b'data: {"id": "x", "error": {"message": "it broke"}, "choices": []}\n\n')], "it broke"),
    ],
)
async def test_a_stream_that_breaks_is_an_error_after_what_was_good(answer: Any, says: str) -> None:
    events, error = await broken_off(answer, retries=2)
    assert b"".join(events) == FIRST
    assert isinstance(error, EngineError)
    assert says in error.message


async def test_an_error_in_the_same_read_as_good_events_comes_after_them() -> None:
    bad = b'data: {"error": {"message": "it broke"}}\n\n'
    events, error = await broken_off(STREAM + chunk(b"".join(GOOD[:4]) + bad + GOOD[4]))
    assert b"".join(events) == b"".join(GOOD[:4])
    assert "it broke" in error.message


@pytest.mark.parametrize("first", [[], [PART]])
async def test_a_peer_that_stalls(first: list[Any]) -> None:
    events, error = await broken_off([*(first or [STREAM]), HANG], next_token_s=0.05)
    assert bool(events) == bool(first)
    assert isinstance(error, EngineTimeout)
    assert error.status == 504


async def test_comments_are_no_tokens() -> None:
    pings = [step for _ in range(500) for step in (chunk(b": ping\n\n"), 0.02)]
    started_s = time.perf_counter()
    _, error = await broken_off([PART, *pings], next_token_s=0.1)
    assert isinstance(error, EngineTimeout)
    assert time.perf_counter() - started_s < 5  # of ten seconds of pings


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (whole(b"<html>Bad Gateway</html>", 502, content_type="text/html"), EngineError, "502 with text/html"),
        (whole(b"<html>Hello</html>", 200, content_type="text/html"), EngineError, "200 with text/html"),
        (whole(completion()), EngineError, "200 with application/json"),
        (whole({"error": {"message": "Slow down.", "code": 429}}), RateLimitError, "Slow down."),
        (streamed(), EngineError, "empty stream"),
        (streamed(DONE), EngineError, "empty stream"),
        (streamed(b'data: {"id": "\xff"}\n\n'), EngineError, "no JSON object"),
        (streamed(b'data: {"error": ' + b"[" * 5000 + b"\n\n"), EngineError, "no JSON object"),
        (streamed(b": hello\n\n"), EngineError, "empty stream"),
        (streamed(b'data: {"error": {"message": "Too busy.", "code": 429}}\n\n'), RateLimitError, "Too busy."),
        (
            streamed(b'data: {"error": {"message": "maximum context length is 5", "code": 400}}\n\n', DONE),
            ContextLengthExceeded,
            "maximum context length",
        ),
        (streamed(b"x" * 1000), EngineError, "empty stream"),
        (streamed(DONE).replace(b"\r\n", b"\r\ncontent-encoding: gzip\r\n", 1), EngineError, "encoded as gzip"),
    ],
)
async def test_a_stream_that_fails_before_its_first_event_fails_with_a_status(
    answer: Any, kind: type[ApiError], says: str
) -> None:
    async with RawPeer(answer) as peer, engine_for(peer) as engine:
        with pytest.raises(kind) as caught:
            await engine.stream(chat(stream=True), "m")
        assert engine._replicas.all[0].pending == 0
    assert says in caught.value.message
    assert "<" not in caught.value.message


async def test_an_event_without_end_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("homeport.engines.openai_http.relay.LONGEST_EVENT_BYTES", 10_000)
    _, error = await broken_off([PART, *([chunk(b"data: " + b"x" * 3000)] * 10), HANG])
    assert "without an end" in error.message
