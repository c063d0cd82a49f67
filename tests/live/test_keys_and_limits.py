"""Keys, limits, metrics and the small endpoints, over HTTP."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
import urllib.error
import urllib.request
from pathlib import Path

import httpx2 as httpx
import pytest
from openai import AuthenticationError, OpenAI, PermissionDeniedError, RateLimitError

from tests.support import LiveServer, live_server

HELLO = {"model": "tiny", "prompt": "Hello", "max_tokens": 2}
FAMILIES = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"]
OPENAI_FAMILY = [f"x-ratelimit-{what}-requests" for what in ("limit", "remaining", "reset")]


@pytest.fixture
def http(server: LiveServer):
    with httpx.Client(base_url=server.base_url, headers={"Authorization": f"Bearer {server.key}"}) as session:
        yield session


def test_a_key_is_shown_once_works_and_is_revoked_at_once(server: LiveServer, http: httpx.Client) -> None:
    made = http.post("/api_keys", json={"name": "mine"}).json()
    assert made["key"].startswith("sk-proj-")
    assert made["expires_at"] == pytest.approx(time.time() + 90 * 86400, abs=60)
    listed = {key["id"]: key for key in http.get("/api_keys").json()["data"]}
    assert "key" not in listed[made["id"]]
    with OpenAI(base_url=server.base_url, api_key=made["key"], max_retries=0) as sdk:
        assert sdk.completions.create(**HELLO).usage
        with pytest.raises(PermissionDeniedError):
            sdk.get("/api_keys", cast_to=object)
        assert http.delete(f"/api_keys/{made['id']}").json()["deleted"] is True
        with pytest.raises(AuthenticationError) as refused:
            sdk.completions.create(**HELLO)
    assert refused.value.code == "invalid_api_key"
    assert made["key"] not in str(refused.value)
    assert http.delete(f"/api_keys/{made['id']}").status_code == 404


def test_no_key_is_stored_in_the_clear(server: LiveServer, http: httpx.Client) -> None:
    key = http.post("/api_keys", json={}).json()["key"]
    data = b"".join(file.read_bytes() for file in (server.folder / "data").glob("homeport.db*"))
    assert key.encode() not in data
    assert server.key.encode() not in data


@pytest.mark.parametrize("header", [None, "", "Bearer wrong", "Basic abc", "bearer\xff"])
def test_a_missing_or_wrong_key_is_401(server: LiveServer, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header.encode("latin-1")}
    for path in ("/chat/completions", "/completions"):
        answer = httpx.post(server.base_url + path, headers=headers, json=HELLO)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] in {"invalid_api_key", "missing_api_key"}
        assert answer.headers["x-request-id"]
    assert httpx.get(server.base_url + "/models", headers=headers).status_code == 401


def test_every_answer_carries_both_families_of_limits(http: httpx.Client) -> None:
    answers = [http.post("/completions", json=HELLO), http.get("/models"), http.post("/completions", json={})]
    answers.append(http.post("/completions", json=HELLO | {"stream": True}))
    for answer in answers:
        for name in FAMILIES + OPENAI_FAMILY + ["x-request-id"]:
            assert name in answer.headers, (answer.request.url, name)


def test_over_the_limit_is_429_and_then_works_again(server: LiveServer, http: httpx.Client) -> None:
    key = http.post("/api_keys", json={"requests_per_minute": 60}).json()["key"]
    with OpenAI(base_url=server.base_url, api_key=key, max_retries=0) as sdk:
        remaining = []
        with pytest.raises(RateLimitError) as refused:
            for _ in range(70):
                raw = sdk.models.with_raw_response.list()
                remaining.append(int(raw.headers["x-ratelimit-remaining-requests"]))
        assert remaining[:3] == [59, 58, 57]
        error = refused.value
        assert error.body == {
            "message": "Try again in 1s.",
            "type": "rate_limit_error",
            "param": None,
            "code": "rate_limit_exceeded",
        }
        assert error.response.headers["retry-after"] == "1"
        assert error.response.headers["x-ratelimit-remaining"] == "0"
        time.sleep(1.1)
        assert sdk.models.list().data


def test_usage_is_counted_and_kept(server: LiveServer, http: httpx.Client) -> None:
    answer = http.post("/completions", json=HELLO)
    request_id, usage = answer.headers["x-request-id"], answer.json()["usage"]
    text = httpx.get(server.url + "/metrics").text
    assert 'gen_ai_operation_name="text_completion",gen_ai_request_model="tiny",status="200"' in text
    assert "gen_ai_server_request_duration_seconds_bucket" in text
    assert 'homeport_engine_healthy{engine="tiny"} 1.0' in text
    deadline = time.time() + 5
    row = None
    while row is None and time.time() < deadline:
        time.sleep(0.1)
        with sqlite3.connect(server.folder / "data" / "homeport.db") as database:
            query = "SELECT model, status, prompt_tokens, completion_tokens FROM usage WHERE request_id = ?"
            row = database.execute(query, [request_id]).fetchone()
        database.close()
    assert row == ("tiny", 200, usage["prompt_tokens"], usage["completion_tokens"])


def test_an_invented_model_name_is_no_label(server: LiveServer, http: httpx.Client) -> None:
    assert http.post("/completions", json=HELLO | {"model": "no-such-model-xyz"}).status_code == 404
    assert "no-such-model-xyz" not in httpx.get(server.url + "/metrics").text


def test_an_invented_date_is_no_label(server: LiveServer, http: httpx.Client) -> None:
    for date in ("1111-22-33", "9999-99-99"):
        assert http.post("/completions", json=HELLO | {"model": f"tiny@{date}"}).status_code == 200
    assert http.post("/completions", json=HELLO | {"model": "tiny@१९९९-०९-०९"}).status_code == 404
    for name in ("gpt-4o-9999-99-99", "gpt-4-0000", "gpt-4-0000@1111-22-33"):
        assert http.post("/completions", json=HELLO | {"model": name}).status_code == 200
    text = httpx.get(server.url + "/metrics").text
    assert 'model="gpt-4"' in text
    for invented in ("tiny@", "-9999", "gpt-4-0"):
        assert invented not in text


def test_a_failing_engine_is_seen_at_its_model() -> None:
    down = '[engines.down]\nurl = "http://127.0.0.1:9/v1"\nretries = 0\n'  # nobody knows what it serves
    config = down + '[engines.known]\nurl = "http://127.0.0.1:9/v1"\nretries = 0\nmodels = ["known-model"]\n'
    with live_server(config) as server:
        for model in ("known-model", "known-model@2026-04-15", "invented-model"):
            for stream in (True, False):
                body = {"model": model, "messages": [{"role": "user", "content": "hi"}], "stream": stream}
                asked = httpx.post(
                    f"{server.base_url}/chat/completions", json=body, headers={"Authorization": f"Bearer {server.key}"}
                )
                assert asked.status_code == 502
        text = httpx.get(server.url + "/metrics").text
    counted = 'homeport_requests_total{gen_ai_operation_name="chat",gen_ai_request_model="%s",status="502"} %d.0'
    assert counted % ("known-model", 4) in text
    assert counted % ("", 2) in text
    assert "2026-04-15" not in text
    assert "invented-model" not in text


@pytest.mark.parametrize("limit", [0, 1_000_000_001, 10**30])
def test_a_limit_has_limits(http: httpx.Client, limit: int) -> None:
    refused = http.post("/api_keys", json={"requests_per_minute": limit})
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == "requests_per_minute"


def test_tokens_are_counted_where_there_are_some(server: LiveServer, http: httpx.Client) -> None:
    http.get("/models").raise_for_status()
    http.post("/completions", json=HELLO).raise_for_status()
    text = httpx.get(server.url + "/metrics").text
    assert 'homeport_requests_total{gen_ai_operation_name="listModels"' in text
    assert 'homeport_tokens_total{gen_ai_operation_name="text_completion"' in text
    assert 'homeport_tokens_total{gen_ai_operation_name="listModels"' not in text


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json", "/docs"])
def test_open_endpoints(server: LiveServer, path: str) -> None:
    with urllib.request.urlopen(server.url + path) as answer:
        assert answer.status == 200


def test_unknown_urls_and_methods_have_openais_shape(server: LiveServer, http: httpx.Client) -> None:
    for answer, status in (
        (http.get("/nothing"), 404),
        (http.get("/chat/completions"), 405),
        (http.put("/models"), 405),
    ):
        assert answer.status_code == status
        assert answer.json()["error"]["type"] == "invalid_request_error"
        assert answer.headers["x-request-id"]


def test_the_first_start_makes_an_admin_key_and_says_it_once(tiny_model: Path, tmp_path: Path) -> None:
    config = f'[engines.tiny]\ntype = "llama_cpp"\npath = "{tiny_model}"\nprewarm = false\n'
    first = LiveServer(tmp_path, config, env={"HOMEPORT_ADMIN_KEY": ""})
    with first:
        key = next(line.strip() for line in first.output if line.strip().startswith("sk-proj-"))
        assert httpx.get(first.base_url + "/api_keys", headers={"Authorization": f"Bearer {key}"}).status_code == 200
    second = LiveServer(tmp_path, config, env={"HOMEPORT_ADMIN_KEY": ""})
    with second:
        assert not any("sk-proj-" in line for line in second.output)
        assert httpx.get(second.base_url + "/api_keys", headers={"Authorization": f"Bearer {key}"}).status_code == 200


def test_keys_survive_a_crash(tiny_model: Path, tmp_path: Path) -> None:
    config = f'[engines.tiny]\ntype = "llama_cpp"\npath = "{tiny_model}"\nprewarm = false\n'
    server = LiveServer(tmp_path, config).start()
    admin = {"Authorization": f"Bearer {server.key}"}
    key = httpx.post(server.base_url + "/api_keys", headers=admin, json={}).json()["key"]
    server.kill()
    with LiveServer(tmp_path, config) as again:
        assert httpx.get(again.base_url + "/models", headers={"Authorization": f"Bearer {key}"}).status_code == 200


@pytest.mark.parametrize(("method", "path"), [("POST", "/completions"), ("GET", "/models")])
def test_a_region_that_cannot_be_promised_is_refused(http: httpx.Client, method: str, path: str) -> None:
    answer = http.request(method, path, json=HELLO, headers={"OpenAI-Data-Region": "eu"})
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "OpenAI-Data-Region"


def test_all_prefixes_serve_the_same(server: LiveServer) -> None:
    lists = []
    for prefix in ("v1", "v2", "v3", "v26"):
        with OpenAI(base_url=f"{server.url}/{prefix}", api_key=server.key) as sdk:
            lists.append([model.id for model in sdk.models.list()])
            assert sdk.completions.create(**HELLO, seed=1, temperature=0).choices[0].finish_reason
    assert lists[0]
    assert all(each == lists[0] for each in lists)


def test_stopping_lets_requests_finish(tiny_model: Path) -> None:
    config = f'[engines.tiny]\ntype = "llama_cpp"\npath = "{tiny_model}"\n'
    with live_server(config) as running, OpenAI(base_url=running.base_url, api_key=running.key) as sdk:
        stream = sdk.completions.create(
            model="tiny", prompt="x", max_tokens=300, stream=True, extra_body={"logit_bias": {"1": -100, "3": -100}}
        )
        next(stream)
        os.kill(running.pid, signal.SIGTERM)
        assert [part.choices[0].finish_reason for part in stream][-1] == "length"
        assert running.process is not None
        assert running.process.wait(20) == 0
        running._close()
