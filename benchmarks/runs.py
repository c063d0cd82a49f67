"""Runs: what one adds to the first token over the same chat completion, and what a long thread costs.

A mock engine that says its first word at once and a few more 5 ms apart; SQLite and PostgreSQL, chat completions and
runs in turns. One caller, one connection. A figure is the time from the request to the first piece of text.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from benchmarks.processes import KEY, homeport, mock_engine

ROUNDS = 200
WARM = 20
LONG = 10_000  # messages
_HEADERS = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
MODEL = "mock-slow"
PACE = (5_000, 4)  # microseconds between words, words
_CHAT_BODY = {"model": MODEL, "stream": True, "messages": [{"role": "user", "content": "Hello"}]}


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """URLs of empty ones, by what they are."""
    from tests.postgres import postgres_server

    with tempfile.TemporaryDirectory() as folder, postgres_server() as postgres:
        yield {"SQLite": f"sqlite:///{folder}/homeport.db", "PostgreSQL": postgres.new_database()}


@contextmanager
def server(url: str, engine: int) -> Iterator[tuple[int, int]]:
    """Homeport on a database, with the mock engine: (port, pid)."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "homeport.toml"
        file.write_text(
            f'[storage]\ndatabase_url = "{url}"\n'
            f'[engines.mock]\ntype = "openai"\nurl = "http://127.0.0.1:{engine}/v1"\n'
        )
        with homeport("--config", str(file)) as started:
            yield started


def ask(connection: HTTPConnection, method: str, path: str, body: Any = None) -> Any:
    connection.request(method, f"/v1{path}", None if body is None else json.dumps(body), _HEADERS)
    with connection.getresponse() as response:
        answer = json.load(response)
        assert response.status == 200, answer
    return answer


def first_text_s(connection: HTTPConnection, path: str, body: Any, mark: bytes) -> float:
    """Seconds to the first line that has `mark`; the rest is read, too."""
    started_s = time.perf_counter()
    connection.request("POST", f"/v1{path}", json.dumps(body), _HEADERS)
    with connection.getresponse() as response:
        assert response.status == 200, response.read()
        first_s = 0.0
        for line in response:
            if not first_s and mark in line:
                first_s = time.perf_counter() - started_s
    return first_s


def thread_of(connection: HTTPConnection, messages: int) -> str:
    said = [{"role": "user", "content": "Hello"}] * messages
    thread: str = ask(connection, "POST", "/threads", {"messages": said})["id"]
    return thread


def main() -> None:
    print(f"runs: first text in ms, median and 99th percentile of {ROUNDS}; load {os.getloadavg()[0]:.1f}")
    with databases() as urls, mock_engine(*PACE) as engine:
        for name, url in urls.items():
            with server(url, engine) as (port, _pid):
                print(name)
                measure(HTTPConnection("127.0.0.1", port))


def measure(connection: HTTPConnection) -> None:
    assistant = ask(connection, "POST", "/assistants", {"model": MODEL})["id"]
    run = {
        "assistant_id": assistant,
        "stream": True,
        "truncation_strategy": {"type": "last_messages", "last_messages": 10},
    }
    background = {"model": MODEL, "input": "Hello", "stream": True, "background": True}
    kinds = {
        "chat completion": ("/chat/completions", _CHAT_BODY, b"@"),
        "response in the background": ("/responses", background, b"@"),
        "run on 10 messages": (f"/threads/{thread_of(connection, 10)}/runs", run, b"@"),
        f"run on {LONG} messages": (f"/threads/{thread_of(connection, LONG)}/runs", run, b"@"),
    }
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(WARM + ROUNDS):
        for kind, asked in kinds.items():
            times[kind].append(first_text_s(connection, *asked) * 1000)
    chat = statistics.median(times["chat completion"][WARM:])
    for kind, all_ms in times.items():
        taken = sorted(all_ms[WARM:])
        median, p99 = statistics.median(taken), taken[int(len(taken) * 0.99)]
        added = "" if kind == "chat completion" else f"  {median - chat:+6.2f} over the chat completion"
        print(f"  {kind:28} {median:6.2f}  p99 {p99:6.2f}{added}")
