"""Streams on real sockets: hanging up, numbering, resuming, usage."""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from openai import APIError, NotFoundError, OpenAI

from tests.support import LiveServer, live_server

LONG = {
    "model": "tiny",
    "messages": [{"role": "user", "content": "Go on."}],
    "max_tokens": 3000,
    "logit_bias": {"1": -100, "3": -100},
}


@pytest.fixture(scope="module")
def relay(server: LiveServer) -> Iterator[LiveServer]:
    """A second Homeport in front of the first: an engine over HTTP with a real model behind it."""
    with live_server("", "--engine", server.base_url, "--engine-key", server.key) as running:
        yield running


@pytest.fixture(params=["embedded", "http"])
def either(request: pytest.FixtureRequest, server: LiveServer, relay: LiveServer) -> LiveServer:
    return server if request.param == "embedded" else relay


def post(server: LiveServer, body: dict[str, Any], **headers: str) -> tuple[http.client.HTTPConnection, Any]:
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)
    sent = {"Authorization": f"Bearer {server.key}", "Content-Type": "application/json", **headers}
    connection.request("POST", "/v1/chat/completions", json.dumps(body), sent)
    return connection, connection.getresponse()


def events(text: str) -> list[tuple[str, str]]:
    """(id, data) of each event."""
    return re.findall(r"^id: (\S+)\ndata: (.*)\n$", text, re.MULTILINE)


def counted(server: LiveServer, status: int) -> float:
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    lines = re.findall(rf'^homeport_requests_total{{.*status="{status}"}} (\S+)$', text, re.MULTILINE)
    return sum(map(float, lines))


@pytest.mark.parametrize("stream", [True, False])
def test_hanging_up_stops_the_generation_at_once(either: LiveServer, server: LiveServer, stream: bool) -> None:
    before = counted(server, 499)
    connection = http.client.HTTPConnection(either.url.removeprefix("http://"), timeout=30)
    sent = {"Authorization": f"Bearer {either.key}"}
    connection.request("POST", "/v1/chat/completions", json.dumps(LONG | {"stream": stream, "n": 8}), sent)
    if stream:
        assert b"data: " in connection.getresponse().read(200)
    else:
        time.sleep(0.05)
    hung_up = time.perf_counter()
    connection.close()
    while counted(server, 499) == before:
        assert time.perf_counter() - hung_up < 1, "the generation went on"
        time.sleep(0.005)


def test_every_event_has_a_number(either: LiveServer) -> None:
    connection, response = post(either, LONG | {"max_tokens": 5, "stream": True})
    found = events(response.read().decode())
    connection.close()
    stream_id = response.headers["x-request-id"]
    assert [id for id, _ in found] == [f"{stream_id}:{number}" for number in range(len(found))]
    assert len(found) >= 2


def test_usage_is_sent_where_it_was_asked_for_and_only_there(either: LiveServer) -> None:
    for options, expected in ((None, 0), ({"include_usage": True}, 1)):
        body = LONG | {"max_tokens": 5, "stream": True} | ({"stream_options": options} if options else {})
        connection, response = post(either, body)
        chunks = [json.loads(data) for _, data in events(response.read().decode())]
        connection.close()
        with_usage = [chunk for chunk in chunks if chunk.get("usage")]
        assert len(with_usage) == expected
        if expected:
            assert chunks[-1]["choices"] == []
            assert chunks[-1]["usage"]["completion_tokens"] == 5


def test_a_cut_stream_is_resumed_where_it_broke_off(either: LiveServer) -> None:
    body = LONG | {"max_tokens": 400, "seed": 7, "stream": True, "stream_options": {"resumable": True}}
    connection, response = post(either, body)
    first = b""
    while first.count(b"\n\n") < 3:
        first += response.read1(200)
    connection.close()
    got = events(first[: first.rfind(b"\n\n") + 2].decode())
    last_id = got[-1][0]

    connection, response = post(either, body, **{"Last-Event-ID": last_id})
    rest = response.read().decode()
    connection.close()
    all_events = got + events(rest)
    stream_id = last_id.partition(":")[0]
    assert [id for id, _ in all_events] == [f"{stream_id}:{number}" for number in range(len(all_events))]
    assert rest.endswith("data: [DONE]\n\n")
    text = "".join(json.loads(data)["choices"][0]["delta"].get("content") or "" for _, data in all_events)

    connection, response = post(either, body | {"stream": False, "stream_options": None})
    whole = json.loads(response.read())["choices"][0]["message"]["content"]
    connection.close()
    assert text == whole


def test_only_ones_own_streams_can_be_resumed(server: LiveServer) -> None:
    connection, response = post(server, LONG | {"max_tokens": 3, "stream": True, "stream_options": {"resumable": True}})
    stream_id = response.headers["x-request-id"]
    response.read()
    connection.close()
    with OpenAI(base_url=server.base_url, api_key=server.key, max_retries=0) as admin:
        key = admin.post("/api_keys", body={"name": "other"}, cast_to=dict[str, Any])["key"]  # type: ignore[type-var]
    with OpenAI(base_url=server.base_url, api_key=key, max_retries=0) as other, pytest.raises(NotFoundError):
        other.chat.completions.create(
            model="tiny",
            messages=[{"role": "user", "content": "Go on."}],
            stream=True,
            extra_headers={"Last-Event-ID": f"{stream_id}:0"},
        )


@pytest.mark.parametrize("number", ["", "-1", "x", "9" * 5_000])
def test_what_is_no_number_of_an_event(server: LiveServer, number: str) -> None:
    asked = LONG | {"max_tokens": 3, "stream": True, "stream_options": {"resumable": True}}
    connection, response = post(server, asked)
    stream_id = response.headers["x-request-id"]
    response.read()
    connection.close()
    connection, response = post(server, asked, **{"Last-Event-ID": f"{stream_id}:{number}"})
    assert response.status == 404
    assert json.loads(response.read())["error"]["code"] == "stream_not_found"
    connection.close()


CHUNK = (
    b'data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m",'
    b'"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}\n\n'
)


def die_in_the_middle(listener: socket.socket) -> None:
    """A peer that sends one event of each answer and closes."""
    while True:
        try:
            peer, _ = listener.accept()
        except OSError:
            return
        with peer:
            if b"POST" in peer.recv(65536):
                peer.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n")
                peer.sendall(b"transfer-encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(CHUNK), CHUNK))


def test_a_failure_after_the_first_byte_is_an_error_event() -> None:
    """The SDK raises, and the next request works."""
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    thread = threading.Thread(target=die_in_the_middle, args=[listener], daemon=True)
    thread.start()
    config = f'[engines.peer]\nurl = "{url}"\nmodels = ["m"]\nretries = 0\n'
    with live_server(config) as front, OpenAI(base_url=front.base_url, api_key=front.key, max_retries=0) as sdk:
        seen = []
        with pytest.raises(APIError, match="closed the connection"):
            for part in sdk.chat.completions.create(
                model="m", messages=[{"role": "user", "content": "x"}], stream=True
            ):
                seen.append(part.choices[0].delta.content)
        assert seen == ["Hi"]
        assert "m" in [model.id for model in sdk.models.list()]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


def test_a_resumable_stream_that_fails_says_so_to_whoever_comes_back() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=die_in_the_middle, args=[listener], daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    config = f'[engines.peer]\nurl = "{url}"\nmodels = ["m"]\nretries = 0\n'
    body = {"model": "m", "messages": LONG["messages"], "stream": True, "stream_options": {"resumable": True}}
    with live_server(config) as front:
        connection, response = post(front, body)
        first = response.read().decode()
        connection.close()
        connection, response = post(front, body, **{"Last-Event-ID": f"{response.headers['x-request-id']}:0"})
        again = response.read().decode()
        connection.close()
    assert [json.loads(data)["choices"][0]["delta"]["content"] for _, data in events(first)] == ["Hi"]
    assert "event: error" in first
    assert first.endswith(again)
    assert again.startswith("id: ")
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


def test_http_1_0_gets_a_stream_without_chunks(server: LiveServer) -> None:
    """As nginx asks by default."""
    body = json.dumps(LONG | {"max_tokens": 3, "stream": True})
    host, _, port = server.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as raw:
        head = f"POST /v1/chat/completions HTTP/1.0\r\nauthorization: Bearer {server.key}\r\n"
        raw.sendall(f"{head}content-length: {len(body)}\r\n\r\n{body}".encode())
        answer = b""
        while piece := raw.recv(65536):
            answer += piece
    lines, _, stream = answer.partition(b"\r\n\r\n")
    assert b"chunked" not in lines
    assert stream.startswith(b"id: ")
    assert stream.endswith(b"data: [DONE]\n\n")
