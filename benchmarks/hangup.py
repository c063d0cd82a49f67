"""How soon a caller who hangs up sets the engine free, embedded and over HTTP.

One slot: while it generates for a caller, nobody else is served. The caller hangs up, another request is sent at once;
what it takes longer than on an idle server is how long the engine went on.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time

from benchmarks.embedded import model
from benchmarks.processes import KEY, homeport
from homeport.engines.http_client import HttpClient

ROUNDS = 10
_PROMPT = {"model": "bench", "prompt": "The quick brown fox", "temperature": 0, "logit_bias": {"1": -100, "3": -100}}


async def _one_token_s(client: HttpClient) -> float:
    started_s = time.perf_counter()
    response = await client.request("POST", "/v1/completions", body=json.dumps(_PROMPT | {"max_tokens": 1}).encode())
    assert response.status == 200, response.body
    return time.perf_counter() - started_s


async def _measure(port: int) -> tuple[float, float]:
    """Seconds of one small request on an idle server, and right after a caller of a long one hung up."""
    client = HttpClient(f"http://127.0.0.1:{port}", headers={"authorization": f"Bearer {KEY}"})
    idle, after = [], []
    for _ in range(ROUNDS):
        await asyncio.sleep(0.2)
        idle.append(await _one_token_s(client))
        long = json.dumps(_PROMPT | {"max_tokens": 900, "stream": True}).encode()
        stream = await client.stream("POST", "/v1/completions", body=long)
        await stream.__anext__()
        await asyncio.sleep(0.1)
        await stream.aclose()
        after.append(await _one_token_s(client))
    await client.close()
    return statistics.median(idle), statistics.median(after)


def main() -> None:
    print("hang-up: one slot, a model of 30M parameters")
    config = (
        f'default_model = "bench"\n[engines.bench]\ntype = "llama_cpp"\npath = "{model()}"\nslots = 1\n'
        "threads = 1\ncontext_length = 1024\n"
    )
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(config)
        file.flush()
        with (
            homeport("--config", file.name) as (embedded, _),
            homeport("--engine", f"http://127.0.0.1:{embedded}/v1", "--engine-key", KEY) as (front, _),
        ):
            for name, port in (("embedded", embedded), ("over HTTP", front)):
                idle_s, after_s = asyncio.run(_measure(port))
                print(
                    f"{name}: a small request takes {idle_s * 1e3:.0f} ms idle, {after_s * 1e3:.0f} ms after a hang-up:"
                    f" the engine went on for {(after_s - idle_s) * 1e3:.0f} ms"
                )
