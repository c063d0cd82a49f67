"""Slow, hasty and vanishing callers on real sockets: they are in nobody's way, and the next request works."""

from __future__ import annotations

import json
import re
import select
import socket
import time
import urllib.request

import pytest

from tests.live.strict_server import REQUEST_S
from tests.live.wire import HELLO, Wire, request
from tests.support import LiveServer

pytestmark = pytest.mark.usefixtures("next_request_works")


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


def test_a_body_that_comes_after_its_answer(strict: LiveServer) -> None:
    """Refused by its head alone. The connection is a healthy one, then at rest: nobody is late."""
    whole = request(strict, key="sk-wrong")
    head, blank, body = whole.partition(b"\r\n\r\n")
    with Wire(strict) as wire:
        assert wire.ask(head + blank).status == 401
        wire.send(body)
        time.sleep(REQUEST_S * 2)
        assert wire.ask(request(strict)).status == 200


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
