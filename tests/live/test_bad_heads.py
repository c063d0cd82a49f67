"""Heads that no client should send, on real sockets: each gets OpenAI's error, and the next request works."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.live.strict_server import MAX_HEADER_BYTES
from tests.live.wire import CHAT, HELLO, Wire, request
from tests.support import LiveServer

pytestmark = pytest.mark.usefixtures("next_request_works")


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
