"""Files up and down: speed, CPU, memory, and how long a small request takes meanwhile.

One worker on one core, the caller on another, a folder of files. The disk itself is measured for comparison: the same
bytes written and synced by a plain program.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import socket
import statistics
import tempfile
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

from benchmarks.processes import KEY, PEER_CORE, cpu_s, homeport

SIZE_BYTES = 256 * 1024 * 1024
PIECE = os.urandom(1024 * 1024)
ROUNDS = 3
_HEAD = b'--b\r\ncontent-disposition: form-data; name="purpose"\r\n\r\n%b\r\n'
_FILE = b'--b\r\ncontent-disposition: form-data; name="file"; filename="a.%b"\r\n\r\n'
_END = b"\r\n--b--\r\n"


def upload(port: int, pieces: list[bytes], purpose: bytes = b"user_data", suffix: bytes = b"bin") -> str:
    """POST /files by hand: the caller costs next to nothing. Returns the file's id."""
    before = _HEAD % purpose + _FILE % suffix
    length = len(before) + sum(map(len, pieces)) + len(_END)
    head = f"POST /v1/files HTTP/1.1\r\nhost: h\r\nauthorization: Bearer {KEY}\r\ncontent-length: {length}\r\n"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(f"{head}content-type: multipart/form-data; boundary=b\r\n\r\n".encode() + before)
        for piece in pieces:
            connection.sendall(piece)
        connection.sendall(_END)
        with HTTPResponse(connection) as response:
            response.begin()
            file_id: str = json.load(response)["id"]
    return file_id


def download(port: int, file_id: str) -> None:
    buffer = bytearray(1024 * 1024)
    head = f"GET /v1/files/{file_id}/content HTTP/1.1\r\nhost: h\r\nauthorization: Bearer {KEY}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(head.encode())
        received = 0
        while received < SIZE_BYTES:
            received += connection.recv_into(buffer)


def delete(port: int, file_id: str) -> None:
    _ask(HTTPConnection("127.0.0.1", port), "DELETE", f"/v1/files/{file_id}")


def small_requests(port: int, meanwhile: Callable[[], object]) -> list[float]:
    """Seconds of each `GET /files?limit=1`, one after the other, while something else is done."""
    times: list[float] = []
    working = multiprocessing.get_context("fork").Process(target=meanwhile)
    connection = HTTPConnection("127.0.0.1", port)
    working.start()
    while working.is_alive():
        at_s = time.perf_counter()
        _ask(connection, "GET", "/v1/files?limit=1")
        times.append(time.perf_counter() - at_s)
        time.sleep(0.002)
    connection.close()
    working.join()
    return times


def _ask(connection: HTTPConnection, method: str, path: str) -> None:
    connection.request(method, path, headers={"authorization": f"Bearer {KEY}"})
    response = connection.getresponse()
    response.read()
    assert response.status == 200, response.status


def peak_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/status").read_text().split("VmHWM:")[1].split()[0]) / 1024


def disk_s() -> float:
    """Seconds to write and sync as much by a plain program."""
    started_s = time.perf_counter()
    with tempfile.TemporaryFile() as file:
        for _ in range(SIZE_BYTES // len(PIECE)):
            file.write(PIECE)
        file.flush()
        os.fsync(file.fileno())
    return time.perf_counter() - started_s


def batch_lines() -> list[bytes]:
    """A file for a batch: 45,000 requests of 4 kB."""
    body = {"model": "m", "messages": [{"role": "user", "content": "words " * 650}]}
    lines = [
        json.dumps({"custom_id": f"r-{n}", "method": "POST", "url": "/v1/chat/completions", "body": body}).encode()
        for n in range(45_000)
    ]
    return [b"\n".join(lines[at : at + 250]) + b"\n" for at in range(0, len(lines), 250)]


def measured(pid: int, size_bytes: int, work: Callable[[], object]) -> str:
    times, cpus = [], []
    for _ in range(ROUNDS):
        cpu, at_s = cpu_s(pid), time.perf_counter()
        work()
        times.append(time.perf_counter() - at_s)
        cpus.append(cpu_s(pid) - cpu)
    speed = size_bytes / 1e6 / statistics.median(times)
    return f"{speed:6.0f} MB/s  {statistics.median(cpus) / size_bytes * 1e9:5.2f} CPU s per GB"


def main() -> None:
    os.sched_setaffinity(0, {PEER_CORE})
    print("files: one worker on one core, the caller on another")
    pieces = [PIECE] * (SIZE_BYTES // len(PIECE))
    with homeport("--engine", "http://127.0.0.1:9/v1") as (port, pid):
        delete(port, upload(port, pieces[:4]))
        before_mb = peak_mb(pid)
        disk = statistics.median(disk_s() for _ in range(ROUNDS))
        print(f"the disk itself   {SIZE_BYTES / 1e6 / disk:6.0f} MB/s")
        print(f"upload 256 MiB    {measured(pid, SIZE_BYTES, lambda: delete(port, upload(port, pieces)))}")
        kept = upload(port, pieces)
        print(f"download          {measured(pid, SIZE_BYTES, lambda: download(port, kept))}")
        lines = batch_lines()
        size_bytes = sum(map(len, lines))
        check = measured(pid, size_bytes, lambda: delete(port, upload(port, lines, b"batch", b"jsonl")))
        print(f"batch file, {size_bytes / 1e6:.0f} MB {check}")
        print(f"peak memory       {before_mb:.0f} MB before, {peak_mb(pid):.0f} MB after all of it")
        idle = small_requests(port, lambda: time.sleep(3))
        for name, work in (
            ("upload", lambda: delete(port, upload(port, pieces))),
            ("download", lambda: download(port, kept)),
        ):
            busy = small_requests(port, lambda work=work: [work() for _ in range(3)])
            alone_ms, beside_ms = (statistics.quantiles(times, n=100)[98] * 1e3 for times in (idle, busy))
            print(f"p99 of GET /files?limit=1: idle {alone_ms:.1f} ms, during {name}s {beside_ms:.1f} ms")
