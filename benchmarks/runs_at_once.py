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
        self.came: list[tuple[float, float]] = []  # when a piece came, and its delay, in seconds
        self.completed = False
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        now_s = time.monotonic()
        whole, separator, self._unread = (self._unread + data).rpartition(b"\n\n")
        for stamp in _STAMP.findall(whole + separator):
            self.came.append((now_s, now_s - int(stamp) / 1e6))
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
    whole = sum(caller.completed and len(caller.came) == PIECES for caller in callers)
    all_from = max(caller.came[0][0] for caller in callers)
    all_until = min(caller.came[-1][0] for caller in callers)
    came = [piece for caller in callers for piece in caller.came]
    print(f"  {whole} of {RUNS} runs whole, {len(came)} pieces in {took_s:.1f} s, {used_s / took_s:.0%} of a core")
    for when, delays in (
        ("all the time", [delay for _, delay in came]),
        ("while runs begin", [delay for at, delay in came if at < all_from]),
        (f"while all {RUNS} run", [delay for at, delay in came if all_from <= at <= all_until]),
        ("while runs end", [delay for at, delay in came if at > all_until]),
    ):
        p50, p99 = (sorted(delays)[int(len(delays) * part)] * 1000 for part in (0.5, 0.99))
        print(f"    {when:20} {len(delays):6} delays: p50 {p50:6.1f} ms, p99 {p99:6.1f}, max {max(delays) * 1000:6.1f}")


def main() -> None:
    print(f"{RUNS} runs at once, {EVENTS_PER_S} events a second; load {os.getloadavg()[0]:.1f}")
    os.sched_setaffinity(0, {PEER_CORE})
    with databases() as urls, mock_engine(round(RUNS / EVENTS_PER_S * 1e6), PIECES) as engine:
        for name, url in urls.items():
            with server(url, engine) as (port, pid):
                print(name)
                sys.stdout.flush()
                measure(port, pid)
