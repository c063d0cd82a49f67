"""Engines over HTTP before a server that is not ours: llama.cpp's own, with a real model."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from homeport.config import EngineConfig, TimeoutsConfig
from homeport.core import sse
from homeport.engines.openai_http import OpenAIHTTPEngine
from homeport.errors import ContextLengthExceeded
from tests.engines.raw_peer import chat

pytestmark = pytest.mark.anyio

SERVE = """
import os, signal, sys
os.environ["OMP_WAIT_POLICY"] = "passive"
import xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.hostnames, params.port = sys.argv[1], ["127.0.0.1"], int(sys.argv[2])
params.n_ctx, params.n_parallel, params.cpuparams.n_threads = 2048, 2, 1
params.api_keys = ["sk-of-the-operator"]
server = xllamacpp.Server(params)
print("up", flush=True)
signal.pause()
"""
MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello there"}]
TOOLS = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}]


@pytest.fixture(scope="module")
def url(tiny_model: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-c", SERVE, str(tiny_model), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"up\n"
        deadline_s = time.monotonic() + 10
        while time.monotonic() < deadline_s:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}/v1"
        server.kill()


async def test_a_server_that_is_not_ours(url: str) -> None:
    engine = OpenAIHTTPEngine("far", EngineConfig(url=url), TimeoutsConfig(), "sk-of-the-operator")
    [info] = await engine.models()
    assert info.context_length == 1024, "a slot's"

    tokens = await engine.tokenize("Hello world!", info.id)
    assert await engine.detokenize(tokens, info.id) == "Hello world!"

    for extra in ({}, {"tools": TOOLS}):
        request = chat(messages=MESSAGES, max_tokens=5, temperature=0, **extra)
        answer = await engine.answer(request, info.id)
        assert answer.usage is not None
        assert answer.usage.prompt_tokens == await engine.count_chat(request, info.id)
        assert answer.usage.completion_tokens == 5

    said = msgspec.json.decode((await engine.answer(chat(messages=MESSAGES, max_tokens=9, seed=1), info.id)).body)
    request = chat(messages=MESSAGES, max_tokens=9, seed=1, stream=True)
    blocks = [block async for block in await engine.stream(request, info.id)]
    chunks = [msgspec.json.decode(payload) for payload in sse.payloads(b"".join(blocks))]
    text = "".join(choice["delta"].get("content") or "" for part in chunks for choice in part["choices"])
    assert text == said["choices"][0]["message"]["content"]
    assert chunks[-2]["choices"][0]["finish_reason"] == "length"
    assert chunks[-1]["usage"]["completion_tokens"] == 9

    with pytest.raises(ContextLengthExceeded):
        await engine.answer(chat(messages=[{"role": "user", "content": "word " * 3000}]), info.id)
    await engine.close()
