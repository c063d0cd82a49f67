"""Runs: what one adds to the first token over the same chat completion, and what a long thread costs.

A scripted model that answers at once; the embedded store, or PostgreSQL where `HOMEPORT_STORAGE_DATABASE_URL` names
one. One caller, one connection. A figure is the time from the request to the first piece of text.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from benchmarks.processes import KEY, homeport

ROUNDS = 200
WARM = 20
LONG = 10_000  # messages
_SCRIPT = '[[rules]]\nreply = "Hello there, you."\n'
_HEADERS = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}


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


def median_ms(measure: Callable[[], float]) -> tuple[float, float]:
    """The median and the 99th percentile of ROUNDS."""
    times = sorted(measure() for _ in range(WARM + ROUNDS))
    return statistics.median(times) * 1000, times[int(len(times) * 0.99)] * 1000


def thread_of(connection: HTTPConnection, messages: int) -> str:
    said = [{"role": "user", "content": "Hello"}] * messages
    thread: str = ask(connection, "POST", "/threads", {"messages": said})["id"]
    return thread


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        script, file = Path(folder) / "script.toml", Path(folder) / "homeport.toml"
        script.write_text(_SCRIPT)
        file.write_text(f'[engines.scripted]\ntype = "scripted"\nscript = "{script}"\n')
        with homeport("--config", str(file)) as (port, _pid):
            measure(HTTPConnection("127.0.0.1", port))


def measure(connection: HTTPConnection) -> None:
    chat_body = {"model": "scripted", "stream": True, "messages": [{"role": "user", "content": "Hello"}]}
    chat, p99 = median_ms(lambda: first_text_s(connection, "/chat/completions", chat_body, b'"content":"Hello'))
    print(f"chat completion         first text {chat:6.2f} ms, p99 {p99:6.2f}")
    assistant = ask(connection, "POST", "/assistants", {"model": "scripted"})["id"]
    body = {
        "assistant_id": assistant,
        "stream": True,
        "truncation_strategy": {"type": "last_messages", "last_messages": 10},
    }
    for messages in (10, LONG):
        path = f"/threads/{thread_of(connection, messages)}/runs"
        run, p99 = median_ms(partial(first_text_s, connection, path, body, b"thread.message.delta"))
        added = f"{run - chat:+.2f} ms over the chat completion"
        print(f"run on {messages:>6} messages  first text {run:6.2f} ms, p99 {p99:6.2f}: {added}")
