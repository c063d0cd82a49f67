"""The embedded engine: tokens a second through Homeport against llama.cpp's server driven directly, and batching.

Both run the same file in the same kind of process with the same slots and threads; only one of them has Homeport in
front. The model is random and of the size of the smallest useful ones (30 million parameters): a smaller one would
measure the price of a token's way, not of decoding it.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.processes import BUILD, KEY, PEER_CORE, SERVER_CORE, free_port, homeport, running
from homeport.engines.http_client import HttpClient

ROUNDS = 5
STREAMS, TOKENS = 8, 96
SLOTS, THREADS, CONTEXT = 8, 1, 1024

_DIRECT = """
import sys, time
import xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.n_ctx, params.n_parallel = sys.argv[1], {context} * {slots}, {slots}
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = {threads}
params.hostnames, params.port, params.api_keys = ["127.0.0.1"], int(sys.argv[2]), [sys.argv[3]]
params.n_threads_http, params.endpoint_metrics, params.verbosity = {slots} + 2, True, 2
server = xllamacpp.Server(params)
time.sleep(600)
"""


def model() -> Path:
    """A random model of 30 million parameters, built once."""
    path = BUILD / "bench-30m.gguf"
    BUILD.mkdir(exist_ok=True)
    if not path.exists():
        script = Path(__file__).parent.parent / "scripts" / "build_tiny_model.py"
        size = ["--width", "512", "--layers", "8"]
        subprocess.run([sys.executable, script, path, *size], check=True)
    return path


async def stream(client: HttpClient, path: str, body: dict[str, Any], headers: bytes = b"") -> int:
    """Read one stream to its end; how many events it had."""
    response = await client.stream("POST", path, body=json.dumps(body).encode(), headers=headers)
    assert response.status == 200, await response.read(1000)
    events = 0
    async for block in response:
        events += block.count(b"\n\n")
    return events


async def decodes(client: HttpClient) -> int:
    """Decode calls of the engine so far."""
    response = await client.request("GET", "/metrics")
    for line in response.body.decode().splitlines():
        if line.startswith("llamacpp:n_decode_total"):
            return int(float(line.split()[-1]))
    raise LookupError("no n_decode_total")


async def measure(direct: int, ours: int) -> None:
    bearer = {"authorization": f"Bearer {KEY}"}
    engine = HttpClient(f"http://127.0.0.1:{direct}", headers=bearer)
    front = HttpClient(f"http://127.0.0.1:{ours}", headers=bearer)
    prompt = "The quick brown fox jumps over the lazy dog. "
    plain = {"prompt": prompt, "stream": True, "temperature": 0, "ignore_eos": True, "cache_prompt": False}
    ask_engine = plain | {"n_predict": TOKENS}
    ask_front = {
        "model": "bench",
        "prompt": prompt,
        "stream": True,
        "temperature": 0,
        "max_tokens": TOKENS,
        "logit_bias": {"1": -100, "3": -100},  # the ends of a turn
    }
    rates: dict[str, list[float]] = {"direct": [], "homeport": []}
    for _ in range(ROUNDS):
        for name, client, path, body in (
            ("direct", engine, "/completion", ask_engine),
            ("homeport", front, "/v1/completions", ask_front),
        ):
            started_s = time.perf_counter()
            await asyncio.gather(*(stream(client, path, body) for _ in range(STREAMS)))
            rates[name].append(STREAMS * TOKENS / (time.perf_counter() - started_s))
    middle = {name: statistics.median(values) for name, values in rates.items()}
    ratio = statistics.median(ours / theirs for ours, theirs in zip(rates["homeport"], rates["direct"], strict=True))
    print(
        f"{STREAMS} streams of {TOKENS} tokens: {middle['direct']:.0f} tokens/s direct,"
        f" {middle['homeport']:.0f} through Homeport, {ratio * 100:.1f}% pair by pair"
    )
    before = await decodes(engine)
    await stream(engine, "/completion", ask_engine)
    alone = await decodes(engine) - before
    before = await decodes(engine)
    await asyncio.gather(*(stream(engine, "/completion", ask_engine) for _ in range(STREAMS)))
    together = await decodes(engine) - before
    print(f"decode steps: {alone} for one request, {together} for {STREAMS} at once ({together / alone:.2f} times)")
    await engine.close()
    await front.close()


def main() -> None:
    print("embedded: a model of 30M parameters, 8 slots, 1 thread")
    path, port = model(), free_port()
    code = _DIRECT.format(context=CONTEXT, slots=SLOTS, threads=THREADS)
    config = (
        f'default_model = "bench"\n[engines.bench]\ntype = "llama_cpp"\npath = "{path}"\nslots = {SLOTS}\n'
        f"threads = {THREADS}\ncontext_length = {CONTEXT}\n"
    )
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(config)
        file.flush()
        cores = f"{SERVER_CORE},{PEER_CORE}"
        passive = {"OMP_WAIT_POLICY": "passive"}
        with (
            running([sys.executable, "-c", code, path, str(port), KEY], port, cores, passive),
            homeport("--config", file.name, core=cores) as (ours, _),
        ):
            asyncio.run(measure(port, ours))
