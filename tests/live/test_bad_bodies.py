"""Bodies and lengths that no client should send, on real sockets: each gets OpenAI's error, and the next works."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

import openai
import pytest
from openai import OpenAI

from tests.live.strict_server import MAX_BODY_BYTES, REQUEST_S
from tests.live.wire import CHAT, HELLO, Wire, request
from tests.support import LiveServer

pytestmark = pytest.mark.usefixtures("next_request_works")


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
