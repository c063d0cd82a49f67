"""500 runs at once, streamed to 500 callers by a mock engine that says 5,000 things a second.

A delay is from when the engine sends a piece of text to when the caller has it. Whether every stream came whole is
counted. The server has a core of its own; engine, callers (and PostgreSQL) share the other.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import time
from http.client import HTTPConnection
from typing import Any

import uvloop

from benchmarks.processes import KEY, PEER_CORE, cpu_s, mock_engine
from benchmarks.runs import ask, databases, server

RUNS = 500
EVENTS_PER_S = 5_000
PIECES = 100  # of a run
_STAMP = re.compile(rb"event: thread\.message\.delta\r?\ndata: [^\n]*?@(\d{16})")


class Caller(asyncio.Protocol):
    """One run, followed to its end."""

    def __init__(self, path: str, body: bytes) -> None:
        self._request = (
            f"POST /v1{path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {KEY}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        ).encode() + body
        self._unread = b""
        self.delays_s: list[float] = []
        self.first_at = self.last_at = 0.0
        self.completed = False
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        now_s = time.monotonic()
        whole, separator, self._unread = (self._unread + data).rpartition(b"\n\n")
        for stamp in _STAMP.findall(whole + separator):
            self.delays_s.append(now_s - int(stamp) / 1e6)
            self.first_at = self.first_at or now_s
            self.last_at = now_s
        self.completed |= b"event: thread.run.completed" in whole
        if b"[DONE]" in whole or b"[DONE]" in self._unread:
            self._transport.close()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.over.done():
            self.over.set_result(None)


async def _follow_all(port: int, threads: list[str], assistant: str) -> list[Caller]:
    body = json.dumps({"assistant_id": assistant, "stream": True}).encode()
    callers: list[Caller] = []

    async def call(thread: str) -> None:
        caller = Caller(f"/threads/{thread}/runs", body)
        callers.append(caller)
        await asyncio.get_running_loop().create_connection(lambda: caller, "127.0.0.1", port)
        await caller.over

    async with asyncio.timeout(110):
        await asyncio.gather(*map(call, threads))
    return callers


def measure(port: int, pid: int) -> None:
    connection = HTTPConnection("127.0.0.1", port)
    assistant = ask(connection, "POST", "/assistants", {"model": "mock-slow"})["id"]
    said = {"messages": [{"role": "user", "content": "Hello"}]}
    threads = [ask(connection, "POST", "/threads", said)["id"] for _ in range(RUNS)]
    started_s, used_s = time.monotonic(), cpu_s(pid)
    callers = uvloop.run(_follow_all(port, threads, assistant))
    took_s, used_s = time.monotonic() - started_s, cpu_s(pid) - used_s
    whole = sum(caller.completed and len(caller.delays_s) == PIECES for caller in callers)
    delays = sorted(delay for caller in callers for delay in caller.delays_s)
    all_run_s = min(caller.last_at for caller in callers) - max(caller.first_at for caller in callers)
    p50, p99 = (delays[int(len(delays) * part)] * 1000 for part in (0.5, 0.99))
    print(
        f"  {whole} of {RUNS} runs whole, {len(delays)} pieces in {took_s:.1f} s (all {RUNS} at a time for "
        f"{all_run_s:.1f} s): delay p50 {p50:.1f} ms, p99 {p99:.1f}, max {delays[-1] * 1000:.0f}; "
        f"{used_s / took_s:.0%} of a core"
    )


def main() -> None:
    print(f"{RUNS} runs at once, {EVENTS_PER_S} events a second; load {os.getloadavg()[0]:.1f}")
    os.sched_setaffinity(0, {PEER_CORE})
    with databases() as urls, mock_engine(round(RUNS / EVENTS_PER_S * 1e6), PIECES) as engine:
        for name, url in urls.items():
            with server(url, engine) as (port, pid):
                print(name)
                sys.stdout.flush()
                measure(port, pid)
