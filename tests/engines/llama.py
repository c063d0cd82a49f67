"""What the tests of the embedded engine share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from homeport.config import EngineConfig, TimeoutsConfig
from homeport.core.chat import ChatRequest, CompletionRequest
from homeport.core.decode import decode_chat, decode_completion
from homeport.core.sse import payloads
from homeport.engines.base import Blocks
from homeport.engines.llama_cpp.engine import LlamaCppEngine

EOS = "3"  # the tiny model's <|im_end|>
LONG = {EOS: -100.0, "1": -100.0}  # logit_bias with which it never ends of itself


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def new_engine(path: Path, timeouts: TimeoutsConfig | None = None, **settings: Any) -> LlamaCppEngine:
    config = EngineConfig(type="llama_cpp", path=str(path), **{"threads": 1, "slots": 4} | settings)
    return LlamaCppEngine("tiny", config, timeouts or TimeoutsConfig())


def chat(content: str | list[dict[str, Any]] = "Hello", **parameters: Any) -> ChatRequest:
    """A chat request as it comes through the door; `content`: the only user message, or all messages."""
    messages = [{"role": "user", "content": content}] if isinstance(content, str) else content
    body = {"model": "tiny", "messages": messages, "max_tokens": 24} | parameters
    return decode_chat(msgspec.json.encode(body), lambda _: None)


def completion(prompt: Any = "Hello", **parameters: Any) -> CompletionRequest:
    return decode_completion(msgspec.json.encode({"model": "tiny", "prompt": prompt} | parameters), lambda _: None)


async def answer(engine: LlamaCppEngine, request: Any) -> dict[str, Any]:
    got: dict[str, Any] = msgspec.json.decode((await engine.answer(request, "tiny")).body)
    return got


async def events(blocks: Blocks) -> list[dict[str, Any]]:
    """All events of a stream, to its end."""
    return [msgspec.json.decode(payload) async for block in blocks for payload in payloads(block)]


async def eventually(condition: Callable[[], Any], timeout_s: float = 5.0) -> float:
    """Wait until `condition()` (or what it awaits) is true; how long that took, in seconds."""
    began = time.perf_counter()
    while True:
        value = condition()
        if asyncio.iscoroutine(value):
            value = await value
        if value:
            return time.perf_counter() - began
        assert time.perf_counter() - began < timeout_s, "it did not happen in time"
        await asyncio.sleep(0.002)
