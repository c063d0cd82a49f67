"""The generation path in front of a mock engine, against an nginx proxy with a key check and the engine itself.

One worker on one core; mock and load generator on another. What counts is CPU per request and the ratios: the three are
run in turn, so that a machine whose speed drifts slows them all.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.processes import (
    KEY,
    PEER_CORE,
    build,
    cpu_s,
    homeport,
    litellm,
    mock_engine,
    nginx,
    resident_mb,
    wait_for,
)

ROUNDS = 5
MESSAGES = [
    {"role": "system", "content": "You are a helpful assistant."},
    {"role": "user", "content": "Say something about foxes, please."},
]
CASES = [("whole", 32), ("whole", 1), ("stream", 32), ("stream", 1), ("slow", 256)]


def load(port: int, kind: str, connections: int, seconds: float, requests: int = 0) -> dict[str, Any]:
    """Run the load generator; its JSON line. Latencies in µs."""
    body = {"model": "mock-slow" if kind == "slow" else "mock-model", "messages": MESSAGES, "temperature": 0.7}
    text = json.dumps(body | ({} if kind == "whole" else {"stream": True}), separators=(",", ":"))
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(text)
        file.flush()
        command = [
            *("taskset", "-c", str(PEER_CORE), build("lg"), "127.0.0.1", str(port), "/v1/chat/completions", KEY),
            *(file.name, str(connections), str(seconds), str(requests), "0" if kind == "whole" else "1"),
        ]
        output = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True).stdout
    result: dict[str, Any] = json.loads(output)
    return result


def measured(port: int, pid: int, kind: str, connections: int, seconds: float) -> dict[str, Any]:
    before_s = cpu_s(pid)
    result = load(port, kind, connections, seconds)
    result["cpu_us"] = (cpu_s(pid) - before_s) * 1e6 / max(1, result["ok"])
    return result


def compare(engine: int, ours: tuple[int, int], reference: tuple[int, int] | None) -> None:
    head = f"{'case':12} {'CPU µs':>8} {'nginx':>8} {'ratio':>6} {'p50 µs':>8} {'nginx':>8} {'direct':>8} {'added':>7}"
    print(head + f" {'TTFT added':>11} {'req/s':>8} {'chunks vs direct':>17} {'bad':>4}")
    for kind, connections in CASES:
        seconds = 4.0 if kind == "slow" else 1.5
        rounds: dict[str, list[dict[str, Any]]] = {"ours": [], "nginx": [], "direct": []}
        for _ in range(2 if kind == "slow" else ROUNDS):
            rounds["ours"].append(measured(*ours, kind, connections, seconds))
            if reference is not None:
                rounds["nginx"].append(measured(*reference, kind, connections, seconds))
            rounds["direct"].append(load(engine, kind, connections, seconds))

        def middle(who: str, what: str, rounds: dict[str, list[dict[str, Any]]] = rounds) -> float:
            values = [result[what] for result in rounds[who] if what in result]
            return statistics.median(values) if values else float("nan")

        ratio = middle("ours", "cpu_us") / middle("nginx", "cpu_us")
        print(
            f"{kind + '@' + str(connections):12} {middle('ours', 'cpu_us'):8.0f} {middle('nginx', 'cpu_us'):8.0f}"
            f" {ratio:6.2f} {middle('ours', 'p50'):8.0f} {middle('nginx', 'p50'):8.0f} {middle('direct', 'p50'):8.0f}"
            f" {middle('ours', 'p50') - middle('direct', 'p50'):7.0f}"
            f" {middle('ours', 'ttft50') - middle('direct', 'ttft50'):11.0f} {middle('ours', 'rps'):8.0f}"
            f" {middle('ours', 'chunks_s') / middle('direct', 'chunks_s'):17.3f}"
            f" {sum(result['bad'] + result['err'] for result in rounds['ours']):4d}",
            flush=True,
        )


def compare_litellm(engine: int) -> None:
    with litellm(engine, "mock-model") as theirs:
        if theirs is None:
            print("litellm: not measured (HOMEPORT_BENCH_LITELLM names no program)")
            return
        for kind, connections in (("whole", 32), ("whole", 1), ("stream", 32)):
            load(theirs[0], kind, connections, 2)
            result, direct = measured(*theirs, kind, connections, 5), load(engine, kind, connections, 1)
            print(
                f"litellm {kind}@{connections}: {result['cpu_us']:.0f} CPU µs, p50 {result['p50']:.0f} µs"
                f" ({result['p50'] - direct['p50']:.0f} added), {result['rps']:.0f} req/s, bad {result['bad']},"
                f" {resident_mb(theirs[1]):.0f} MB"
            )


def memory(port: int, pid: int) -> None:
    """Resident memory over 50,000 requests."""
    load(port, "whole", 32, 60, 5_000)
    readings = []
    for _ in range(5):
        load(port, "whole", 32, 60, 10_000)
        readings.append(resident_mb(pid))
    spread = (max(readings) - min(readings)) / readings[0] * 100
    print(
        f"resident MB after each 10,000 of 50,000 requests: {', '.join(f'{r:.1f}' for r in readings)} (±{spread:.1f}%)"
    )


def start_time() -> None:
    times = []
    with mock_engine() as engine:
        for _ in range(5):
            started_s = time.perf_counter()
            with homeport("--engine", f"http://127.0.0.1:{engine}/v1") as (port, _):
                wait_for(port)
                times.append(time.perf_counter() - started_s)
    print(f"start to ready: median {statistics.median(times):.2f} s of {len(times)}")


def install_size() -> None:
    """The core install, measured in a fresh environment."""
    import sys

    with tempfile.TemporaryDirectory() as folder:
        root = Path(__file__).parent.parent
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        site = next(Path(folder).glob("lib/python*/site-packages"))
        command = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--target", site, root]
        subprocess.run(list(map(str, command)), check=True, capture_output=True)
        size = sum(file.stat().st_size for file in site.rglob("*") if file.is_file())
    print(f"core install: {size / 1e6:.0f} MB")


def main() -> None:
    print("gateway: Homeport in front of a mock engine, nginx as the reference")
    with (
        mock_engine() as engine,
        nginx(engine) as reference,
        homeport("--engine", f"http://127.0.0.1:{engine}/v1") as ours,
    ):
        load(ours[0], "whole", 32, 1)  # warm
        compare(engine, ours, reference)
        memory(*ours)
    with mock_engine() as engine:
        compare_litellm(engine)
    start_time()
    install_size()
