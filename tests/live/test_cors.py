"""Programs on pages of other origins: what their browser asks, and what it is told, on real sockets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from homeport.config import ConfigError, load
from tests.live.wire import CHAT, HELLO, Wire, request
from tests.support import LiveServer, live_server

PAGE = "https://app.example.org"
SCRIPT = 'models = ["tiny"]\n[[rules]]\nreply = "Hello there"\n'
PREFLIGHT = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
ROUTES = ["/v1/chat/completions", "/v1/embeddings", "/v1/models", "/v1/files", "/v1/nowhere"]


def config(folder: Path, origins: list[str]) -> str:
    (folder / "script.toml").write_text(SCRIPT)
    engine = f'[engines.tiny]\ntype = "scripted"\nscript = "{folder / "script.toml"}"\n'
    return f"[server]\ncors_origins = {json.dumps(origins)}\n{engine}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    folder = tmp_path_factory.mktemp("cors")
    with live_server(config(folder, [PAGE, "http://localhost:5173"])) as running:
        yield running


@pytest.fixture
def http(server: LiveServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {server.key}"}) as session:
        yield session


@pytest.mark.parametrize("path", ROUTES)
def test_a_preflight_is_answered_without_a_key(server: LiveServer, path: str) -> None:
    wanted = "authorization,content-type,x-stainless-lang"
    answer = httpx.options(server.url + path, headers=PREFLIGHT | {"Access-Control-Request-Headers": wanted})
    assert answer.status_code == 200
    assert answer.content == b""
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert answer.headers["access-control-allow-headers"] == wanted
    assert answer.headers["access-control-allow-methods"] == "GET, POST, DELETE"
    assert answer.headers["vary"] == "Origin"


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {}])
def test_other_pages_are_told_nothing(http: httpx.Client, headers: dict[str, str]) -> None:
    answers = [http.options(path, headers={**PREFLIGHT, **headers} if headers else {}) for path in ROUTES]
    assert {answer.status_code for answer in answers} <= {404, 405}
    answers += [http.get("/v1/models", headers=headers), http.post(CHAT, headers=headers, json=HELLO)]
    assert answers[-1].status_code == answers[-2].status_code == 200
    assert not [name for answer in answers for name in answer.headers if name.startswith("access-control")]


def test_every_answer_names_the_page(http: httpx.Client) -> None:
    page = {"Origin": PAGE}
    answers = {
        "a chat": http.post(CHAT, headers=page, json=HELLO),
        "a stream": http.post(CHAT, headers=page, json=HELLO | {"stream": True}),
        "an ordinary route": http.get("/v1/models", headers=page),
        "an error of a chat": http.post(CHAT, headers=page, json={}),
        "an unknown path": http.get("/v1/nowhere", headers=page),
        "no key": http.post(CHAT, headers=page | {"Authorization": ""}, json=HELLO),
        "OPTIONS that is no preflight": http.options(CHAT, headers=page),
        "another page": http.get("/v1/models", headers={"Origin": "HTTP://LOCALHOST:5173"}),
    }
    assert {name: answer.status_code for name, answer in answers.items()} == {
        "a chat": 200,
        "a stream": 200,
        "an ordinary route": 200,
        "an error of a chat": 400,
        "an unknown path": 404,
        "no key": 401,
        "OPTIONS that is no preflight": 405,
        "another page": 200,
    }
    for name, answer in answers.items():
        assert answer.headers["access-control-allow-origin"].lower() in (PAGE, "http://localhost:5173"), name
        exposed = answer.headers["access-control-expose-headers"].split(", ")
        assert {"x-request-id", "openai-poll-after-ms", "content-range", "etag"} <= set(exposed)
        if name in ("a chat", "an ordinary route"):
            sent = {header for header in answer.headers if header.startswith("x-")}
            assert sent <= set(exposed)
    assert answers["a stream"].text.endswith("data: [DONE]\n\n")


def test_requests_on_one_connection_don_t_mix(server: LiveServer) -> None:
    with Wire(server) as wire:
        for page in (PAGE, None, PAGE, None):
            lines = [f"Origin: {page}"] if page else []
            assert wire.ask(request(server, HELLO, *lines)).headers.get("access-control-allow-origin") == page
    with Wire(server) as wire:  # and where they come together
        preflight = f"OPTIONS {CHAT} HTTP/1.1\r\nHost: x\r\n" + "".join(f"{n}: {v}\r\n" for n, v in PREFLIGHT.items())
        models = f"GET /v1/models HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.key}\r\nOrigin: {PAGE}\r\n\r\n"
        wire.send(preflight.encode() + b"\r\n" + models.encode() + request(server, HELLO))
        first, second, third = wire.receive(), wire.receive(), wire.receive()
    assert "access-control-max-age" in first.headers
    assert second.headers["access-control-allow-origin"] == PAGE
    assert "access-control-max-age" not in second.headers
    assert third.json()["object"] == "chat.completion"
    assert "access-control-allow-origin" not in third.headers


def test_all_pages(tmp_path: Path) -> None:
    with live_server(config(tmp_path, []), env={"HOMEPORT_SERVER_CORS_ORIGINS": "https://a.example, *"}) as server:
        answer = httpx.options(f"{server.url}{CHAT}", headers=PREFLIGHT | {"Origin": "null"})
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "vary" not in answer.headers


def test_none_by_default(tmp_path: Path) -> None:
    with live_server(config(tmp_path, [])) as server:
        answer = httpx.options(f"{server.url}{CHAT}", headers=PREFLIGHT)
        assert answer.status_code == 405
        assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("origin", ["app.example.org", "https://app.example.org/", "https://*.example.org/x", ""])
def test_what_is_no_origin_is_refused(origin: str) -> None:
    with pytest.raises(ConfigError, match="is no origin"):
        load(flags={"server.cors_origins": [origin]}, env={})
