"""What no client should send, on real sockets: each gets OpenAI's error, and the next request works."""

from __future__ import annotations

import json
import re
import select
import socket
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import OpenAI

from tests.live.wire import CHAT, HELLO, Wire, request
from tests.support import LiveServer, live_server

MAX_BODY_BYTES = 100_000
MAX_HEADER_BYTES = 16_384
REQUEST_S = 1.0


@pytest.fixture(scope="module")
def strict(tiny_model: Path) -> Iterator[LiveServer]:
    """A server of this module's own: small limits, little patience, a real engine."""
    config = f"""
        default_model = "tiny"
        [server]
        max_body_bytes = {MAX_BODY_BYTES}
        max_header_bytes = {MAX_HEADER_BYTES}
        [timeouts]
        request_s = {REQUEST_S}
        [engines.tiny]
        type = "llama_cpp"
        path = "{tiny_model}"
        threads = 1
    """
    with live_server(config) as running:
        yield running
        assert not [line for line in running.output if "Traceback" in line], "".join(running.output)


@pytest.fixture(autouse=True)
def _next_request_works(strict: LiveServer) -> Iterator[None]:
    yield
    with Wire(strict) as wire:
        assert wire.ask(request(strict)).json()["object"] == "chat.completion"


# --- bodies ------------------------------------------------------------------------

DEEP = b'{"messages":' + b"[" * 40_000
BODIES: dict[str, tuple[bytes, str | None]] = {
    "empty": (b"", None),
    "cut": (b'{"messages": [{"role": "us', None),
    "no JSON": (b"model=tiny&prompt=hi", None),
    "two objects": (b"{}{}", None),
    "a byte order mark": (b"\xef\xbb\xbf{}", None),
    "bad UTF-8": (b'{"messages": [{"role": "user", "content": "\xff\xfe"}]}', None),
    "UTF-16": ('{"messages": []}'.encode("utf-16"), None),
    "a lone surrogate": (b'{"messages": [{"role": "user", "content": "\\ud800"}]}', None),
    "NaN": (b'{"temperature": NaN}', None),
    "infinity": (b'{"temperature": 1e999}', None),
    "compressed": (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", None),
    "an array": (b"[]", "invalid_type"),
    "null": (b"null", "invalid_type"),
    "deep": (DEEP, "invalid_value"),
    "deep and closed": (b'{"metadata":' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001, "invalid_value"),
    "a schema too deep": (
        json.dumps(HELLO).encode()[:-1]
        + b', "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": '
        + b'{"items":' * 2_000
        + b"{}"
        + b"}" * 2_000
        + b"}}}",
        "invalid_value",
    ),
    "nothing": (b"{}", "missing_required_parameter"),
    "wrong types": (b'{"messages": {"role": "user"}}', "invalid_type"),
}


@pytest.mark.parametrize("name", BODIES)
def test_bad_bodies(strict: LiveServer, name: str) -> None:
    body, code = BODIES[name]
    with Wire(strict) as wire:
        answer = wire.ask(request(strict, body))
        assert answer.status == 400
        assert answer.error["type"] == "invalid_request_error"
        assert answer.error["code"] == code
        assert answer.headers["x-request-id"].startswith("req_")
        assert wire.ask(request(strict)).status == 200  # on the same connection


@pytest.mark.parametrize("path", ["/v1/responses/input_tokens", "/v1/embeddings", "/v1/completions", "/v1/tokenize"])
@pytest.mark.parametrize("name", ["cut", "bad UTF-8", "an array", "deep"])
def test_bad_bodies_elsewhere(strict: LiveServer, path: str, name: str) -> None:
    with Wire(strict) as wire:
        answer = wire.ask(request(strict, BODIES[name][0], path=path))
        assert answer.status == 400
        assert answer.error["code"] == BODIES[name][1]
        assert wire.ask(request(strict)).status == 200


def test_the_sdk_raises_its_class(strict: LiveServer) -> None:
    with OpenAI(base_url=f"{strict.url}/v1", api_key=strict.key, max_retries=0) as sdk:
        messages: Any = [{"role": "user", "content": "x" * (MAX_BODY_BYTES + 1)}]
        with pytest.raises(openai.APIStatusError) as large:
            sdk.chat.completions.create(model="tiny", messages=messages)
        assert large.value.status_code == 413
        assert large.value.code == "request_too_large"
        with pytest.raises(openai.BadRequestError) as bad:
            sdk.post("/chat/completions", content=b"{", cast_to=object)
        assert "We could not parse the JSON body" in bad.value.message
        assert sdk.chat.completions.create(model="tiny", messages=HELLO["messages"], max_tokens=2).choices


# --- sizes and lengths ---------------------------------------------------------------

PATHS = [CHAT, "/v1/responses/input_tokens"]


def chunked(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@pytest.mark.parametrize("path", PATHS)
def test_a_body_too_large_is_refused_before_it_is_sent(strict: LiveServer, path: str) -> None:
    with Wire(strict) as wire:
        line = f"Content-Length: {MAX_BODY_BYTES + 1}"
        answer = wire.ask(request(strict, b"", line, "Expect: 100-continue", length=False, path=path))
        assert answer.status == 413
        assert answer.error["code"] == "request_too_large"
        assert answer.headers["connection"] == "close"
        assert wire.closed()


@pytest.mark.parametrize("path", PATHS)
def test_a_chunked_body_too_large_is_refused(strict: LiveServer, path: str) -> None:
    with Wire(strict) as wire:
        head = request(strict, b"", "Transfer-Encoding: chunked", length=False, path=path)
        answer = wire.ask(head + chunked(*[b" " * 10_000] * (MAX_BODY_BYTES // 10_000 + 1)))
        assert answer.status == 413
        assert answer.error["code"] == "request_too_large"


def test_a_body_of_just_the_limit_is_read(strict: LiveServer) -> None:
    body = json.dumps(HELLO).encode()
    with Wire(strict) as wire:
        assert wire.ask(request(strict, body + b" " * (MAX_BODY_BYTES - len(body)))).status == 200


def test_a_chunked_body_is_read(strict: LiveServer) -> None:
    body = json.dumps(HELLO).encode()
    with Wire(strict) as wire:
        head = request(strict, b"", "Transfer-Encoding: chunked", length=False)
        wire.send(head)
        for byte in chunked(body[:1], body[1:40], body[40:]):  # byte by byte
            wire.send(bytes([byte]))
        assert wire.receive().status == 200
        extended = b"5;name=value\r\n" + body[:5] + b"\r\n" + chunked(body[5:])[:-2] + b"Trailer: x\r\n\r\n"
        assert wire.ask(head + extended).status == 200


def test_a_caller_may_ask_before_it_sends_its_body(strict: LiveServer) -> None:
    body = json.dumps(HELLO).encode()
    with Wire(strict) as wire:
        wire.send(request(strict, body, "Expect: 100-continue")[: -len(body)])
        assert wire.receive(head_only=True).status == 100
        assert wire.ask(body).status == 200


def test_a_caller_without_a_key_need_not_send_its_body(strict: LiveServer) -> None:
    body = json.dumps(HELLO).encode()
    with Wire(strict) as wire:
        wire.send(request(strict, body, "Expect: 100-continue", key="sk-wrong")[: -len(body)])
        assert wire.receive().status == 401  # and no 100 before it


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        (["Content-Length: -5"], b""),
        (["Content-Length: +5"], b"{}   "),
        (["Content-Length: five"], b""),
        (["Content-Length: 2", "Content-Length: 3"], b"{} "),
        (["Content-Length: 99999999999999999999999"], b""),
        (["Content-Length: 2", "Transfer-Encoding: chunked"], b"0\r\n\r\n"),
        (["Transfer-Encoding: chunked"], b"zz\r\n"),
        (["Transfer-Encoding: chunked"], b"5\r\n{}\r\n0\r\n\r\n"),
        (["Content-Length: 2"], b"{}and more"),
    ],
)
def test_lengths_that_are_none(strict: LiveServer, lines: list[str], body: bytes) -> None:
    with Wire(strict) as wire:
        answer = wire.ask(request(strict, body, *lines, length=False))
        assert answer.status == 400
        assert answer.error["type"] == "invalid_request_error"
        assert wire.closed()


def test_a_body_that_never_comes_is_not_waited_for(strict: LiveServer) -> None:
    with Wire(strict) as wire:
        started_s = time.monotonic()
        answer = wire.ask(request(strict, b'{"mess', "Content-Length: 500", length=False))
        assert answer.status == 408
        assert answer.error["code"] == "request_timeout"
        assert REQUEST_S * 0.9 < time.monotonic() - started_s < REQUEST_S + 3
        assert wire.closed()


def test_a_body_cut_off_is_let_go(strict: LiveServer) -> None:
    for path in PATHS:
        with Wire(strict) as wire:
            wire.send(request(strict, b'{"mess', "Content-Length: 500", length=False, path=path))
            wire.socket.shutdown(socket.SHUT_WR)
            assert wire.closed()


# --- heads -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lines",
    [
        [f"X-Bomb: {'x' * MAX_HEADER_BYTES}"],
        [f"{'x' * MAX_HEADER_BYTES}: y"],
        [f"X-{i}: y" for i in range(5_000)],
        [f"Authorization: Bearer {'x' * MAX_HEADER_BYTES}"],
    ],
    ids=["a long value", "a long name", "many", "a long key"],
)
def test_headers_too_large(strict: LiveServer, lines: list[str]) -> None:
    with Wire(strict) as wire:
        answer = wire.ask(request(strict, HELLO, *lines))
        assert answer.status == 431
        assert answer.error["code"] == "headers_too_large"
        assert wire.closed()


def test_a_path_too_long(strict: LiveServer) -> None:
    with Wire(strict) as wire:
        answer = wire.ask(request(strict, path="/v1/" + "x" * MAX_HEADER_BYTES))
        assert answer.status == 431
        assert answer.error["type"] == "invalid_request_error"


def memory_bytes(server: LiveServer) -> int:
    return int(Path(f"/proc/{server.pid}/statm").read_text().split()[1]) * 4096


ENDLESS = {
    "a header's value": b"GET / HTTP/1.1\r\nX: ",
    "a header's name": b"GET / HTTP/1.1\r\n",
    "a path": b"GET /",
    "a chunk's extension": b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x=",
    "a trailer": b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ",
}


@pytest.mark.parametrize("name", ENDLESS)
def test_what_never_ends_is_not_collected(strict: LiveServer, name: str) -> None:
    before = memory_bytes(strict)
    with Wire(strict) as wire:
        wire.send(ENDLESS[name])
        with pytest.raises(ConnectionError):  # cut while it's still sending
            for _ in range(1_000):
                wire.send(b"y" * 100_000)
    assert memory_bytes(strict) - before < 30_000_000


NO_HTTP = {
    "a header with NUL": b"GET / HTTP/1.1\r\nX: a\0b\r\n\r\n",
    "a folded header": b"GET / HTTP/1.1\r\nX: a\r\n b\r\n\r\n",
    "a header without a name": b"GET / HTTP/1.1\r\n: x\r\n\r\n",
    "a space before the colon": b"GET / HTTP/1.1\r\nContent-Length : 5\r\n\r\n",
    "an unknown method": b"BREW /v1/models HTTP/1.1\r\n\r\n",
    "an unknown version": b"GET /v1/models HTTP/9.9\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": bytes.fromhex("16030100c8010000c40303") + b"x" * 200,
    "SSH": b"SSH-2.0-OpenSSH_9.6\r\n",
    "noise": bytes(range(256)),
}


@pytest.mark.parametrize("name", NO_HTTP)
def test_what_is_no_http(strict: LiveServer, name: str) -> None:
    with Wire(strict) as wire:
        answer = wire.ask(NO_HTTP[name])
        assert answer.status == 400
        assert answer.error["code"] == "invalid_http"
        assert wire.closed()


# --- slow, hasty and vanishing callers -------------------------------------------------


@pytest.mark.parametrize(
    ("begun", "drip"),
    [
        (b"", b""),
        (b"PO", b""),
        (b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nX-Slow: ", b""),
        (b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nX-Slow: ", b"x"),
        (b"POST /v1/chat/", b"x"),
        (b"POST /v1/chat/completions HTTP/1.1\r\n", b"A: b\r\n"),
    ],
    ids=["silence", "half a method", "half a header", "a dripping header", "a dripping path", "dripping headers"],
)
def test_a_head_that_does_not_come(strict: LiveServer, begun: bytes, drip: bytes) -> None:
    with Wire(strict) as wire:
        started_s = time.monotonic()
        wire.send(begun)
        while not select.select([wire.socket], [], [], 0.2)[0]:
            assert time.monotonic() - started_s < REQUEST_S + 3
            wire.send(drip)
        assert wire.receive().status == 408
        assert wire.closed()


def test_a_slow_body_that_moves_is_waited_for(strict: LiveServer) -> None:
    body = json.dumps(HELLO).encode()
    third = len(body) // 3
    with Wire(strict) as wire:
        wire.send(request(strict, body)[: -len(body)])
        for piece in (body[:third], body[third : 2 * third], body[2 * third :]):
            time.sleep(REQUEST_S * 0.6)  # altogether longer than a stall may be
            wire.send(piece)
        assert wire.receive().status == 200


def test_many_stalled_callers_are_in_nobody_s_way(strict: LiveServer) -> None:
    stalled = [Wire(strict) for _ in range(200)]
    try:
        for number, wire in enumerate(stalled):
            wire.send(request(strict)[: number + 1])
        started_s = time.monotonic()
        with Wire(strict) as wire:
            assert wire.ask(request(strict)).status == 200
        assert time.monotonic() - started_s < REQUEST_S
        assert all(wire.receive().status == 408 for wire in stalled)
    finally:
        for wire in stalled:
            wire.__exit__(None, None, None)


def test_pipelined_requests_are_answered_in_order(strict: LiveServer) -> None:
    models = request(strict, b"", method="GET", path="/v1/models/tiny", length=False)
    with Wire(strict) as wire:
        wire.send(request(strict) + request(strict, b"{") + models + request(strict, key="sk-wrong") + request(strict))
        answers = [wire.receive() for _ in range(5)]
    assert [answer.status for answer in answers] == [200, 400, 200, 401, 200]
    assert [answer.json().get("object") for answer in answers] == [
        "chat.completion",
        None,
        "model",
        None,
        "chat.completion",
    ]


def test_pipelined_streams_do_not_mix(strict: LiveServer) -> None:
    stream = request(strict, HELLO | {"stream": True, "max_tokens": 20})
    with Wire(strict) as wire:
        wire.send(stream * 3)
        bodies = [wire.receive().body for _ in range(3)]
    ids = [{json.loads(line[6:])["id"] for line in body.splitlines() if line.startswith(b"data: {")} for body in bodies]
    assert [len(each) for each in ids] == [1, 1, 1]
    assert len(set.union(*ids)) == 3
    assert all(body.endswith(b"data: [DONE]\n\n") for body in bodies)


def test_a_half_closed_connection_is_a_closed_one(strict: LiveServer) -> None:
    with Wire(strict) as wire:
        wire.send(request(strict, HELLO | {"max_tokens": 2_000, "logit_bias": {"1": -100, "3": -100}}))
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.closed()


def test_callers_that_vanish(strict: LiveServer) -> None:
    whole = request(strict, HELLO | {"stream": True, "max_tokens": 500})
    for cut in range(0, len(whole) + 1, 40):
        with Wire(strict) as wire:
            # Reset, not closed: what is under way fails on the server's side at once.
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            wire.send(whole[:cut])


# --- paths, methods, versions ------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods(strict: LiveServer, method: str) -> None:
    with Wire(strict) as wire:
        answer = wire.ask(request(strict, method=method))
        assert answer.status == 405
        assert answer.headers["allow"] == "POST"
        assert answer.error["code"] == "method_not_allowed"
        answer = wire.ask(request(strict, b"", method="PATCH", path="/v1/models"))
        assert answer.status == 405
        assert "GET" in answer.headers["allow"]
        assert answer.error["code"] == "method_not_allowed"


def test_head_has_no_body(strict: LiveServer) -> None:
    with Wire(strict) as wire:
        wire.send(request(strict, b"", method="HEAD"))
        assert wire.receive(head_only=True).status == 405
        assert wire.ask(request(strict)).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/v1/chat/completions/",
        "//v1/chat/completions",
        "/v1//chat/completions",
        "/v9/chat/completions",
        "/chat/completions",
        "/v1/chat/completions%00",
        "/v1/chat/../chat/completions",
        "/v1/nothing",
        "/",
        "/%ff",
    ],
)
def test_unknown_paths(strict: LiveServer, path: str) -> None:
    with Wire(strict) as wire:
        answer = wire.ask(request(strict, path=path))
        assert answer.status == 404
        assert answer.error["code"] == "unknown_url"
        assert answer.headers["x-request-id"].startswith("req_")
        assert wire.ask(request(strict)).status == 200


@pytest.mark.parametrize("path", [f"{CHAT}?a=b", "http://homeport/v1/chat/completions"])
def test_known_paths_spelt_otherwise(strict: LiveServer, path: str) -> None:
    with Wire(strict) as wire:
        assert wire.ask(request(strict, path=path)).status == 200


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["Authorization: Bearer sk-wrong"], 200),  # of two keys the first counts
        (["Content-Type: text/plain", "Content-Type: application/x-www-form-urlencoded"], 200),
        (["X-Twice: 1", "X-Twice: 2", "Host: other"], 200),
        (["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA"], 200),
        (["connection: upgrade", "upgrade: websocket", "sec-websocket-version: 13"], 200),
        (["X-Latin: caf\xe9"], 200),
    ],
)
def test_strange_headers(strict: LiveServer, lines: list[str], status: int) -> None:
    with Wire(strict) as wire:
        assert wire.ask(request(strict, HELLO, *lines)).status == status
        assert wire.ask(request(strict)).status == 200


def test_the_first_of_two_keys_counts(strict: LiveServer) -> None:
    with Wire(strict) as wire:
        line = f"Authorization: Bearer {strict.key}"
        assert wire.ask(request(strict, HELLO, line, key="sk-wrong")).status == 401


def test_an_offer_to_upgrade_split_anywhere(strict: LiveServer) -> None:
    whole = request(strict, HELLO, "Connection: Upgrade", "Upgrade: h2c", "X-Last: 1")
    at = whole.index(b"Upgrade: h2c")
    with Wire(strict) as wire:
        for cut in (at - 2, at, at + len(b"Upgrade: h2c")):
            wire.send(whole[:cut])
            time.sleep(0.05)
            assert wire.ask(whole[cut:]).status == 200


def test_connection_close_is_heeded(strict: LiveServer) -> None:
    with Wire(strict) as wire:
        assert wire.ask(request(strict, HELLO, "Connection: close")).headers["connection"] == "close"
        assert wire.closed()


@pytest.mark.parametrize("keep_alive", [[], ["Connection: keep-alive"]])
def test_http_1_0(strict: LiveServer, keep_alive: list[str]) -> None:
    with Wire(strict) as wire:
        old = request(strict, HELLO, *keep_alive).replace(b"HTTP/1.1", b"HTTP/1.0")
        assert wire.ask(old).json()["object"] == "chat.completion"
    with Wire(strict) as wire:
        old = request(strict, HELLO | {"stream": True}, *keep_alive).replace(b"HTTP/1.1", b"HTTP/1.0")
        answer = wire.ask(old)
        assert "transfer-encoding" not in answer.headers  # it knows no chunks
        assert answer.body.startswith(b"id: ")
        assert answer.body.endswith(b"data: [DONE]\n\n")
        assert wire.closed()


def test_a_pipelined_request_stops_when_its_caller_goes(server: LiveServer) -> None:
    """The second request on the connection, too, is stopped by a hang-up: not only the first one."""
    asked = {"model": "tiny", "messages": [{"role": "user", "content": "x"}], "logit_bias": {"1": -100, "3": -100}}
    short, long = (json.dumps(asked | {"max_tokens": n, "n": 8}).encode() for n in (1, 3000))
    head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " + server.key.encode() + b"\r\n"
    host, _, port = server.url.removeprefix("http://").partition(":")

    def hung_up() -> int:
        with urllib.request.urlopen(server.url + "/metrics") as answer:
            text = answer.read().decode()
        lines = re.findall(r'^homeport_requests_total\{.*status="499"\} (\S+)$', text, re.MULTILINE)
        return sum(int(float(line)) for line in lines)

    before = hung_up()
    with socket.create_connection((host, int(port))) as raw:
        for each in (short, long):
            raw.sendall(head + b"Content-Length: %d\r\n\r\n" % len(each) + each)
        assert b"200 OK" in raw.recv(65536)
        time.sleep(0.05)
    deadline = time.monotonic() + 3
    while hung_up() == before:
        assert time.monotonic() < deadline, "the second generation went on"
        time.sleep(0.01)
