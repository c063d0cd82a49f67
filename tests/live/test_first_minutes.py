"""A server with no configuration at all: its own model, and the calls that the documents begin with."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx2 as httpx
import pytest
from openai import OpenAI

from homeport.engines.build import BUILT_IN_CHAT, BUILT_IN_EMBEDDINGS
from tests.support import LiveServer, live_server

WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "Get weather for a city",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


@pytest.fixture(scope="module")
def bare() -> Iterator[LiveServer]:
    with live_server() as running:
        yield running


@pytest.fixture
def sdk(bare: LiveServer) -> Iterator[OpenAI]:
    with OpenAI(base_url=bare.base_url, api_key=bare.key, max_retries=0) as client:
        yield client


def test_the_quick_check_of_the_first_document(bare: LiveServer) -> None:
    body = '{"model":"gpt-4.5-mini","messages":[{"role":"user","content":"Hello world"}]}'
    headers = {"Authorization": f"Bearer {bare.key}", "Content-Type": "application/json"}
    answer = httpx.post(f"{bare.url}/v26/chat/completions", content=body, headers=headers)
    assert answer.status_code == 200
    (choice,) = answer.json()["choices"]
    assert choice["message"]["content"]


def test_the_smoke_test_of_the_first_document(bare: LiveServer) -> None:
    """In your CI pipeline, run a smoke test against the /v26/models endpoint."""
    listed = httpx.get(f"{bare.url}/v26/models", headers={"Authorization": f"Bearer {bare.key}"}).json()["data"]
    stands_for = {model["id"]: model.get("alias_of") for model in listed}
    assert stands_for["gpt-4.5-mini"] == BUILT_IN_CHAT
    assert stands_for["text-embedding-3-small"] == BUILT_IN_EMBEDDINGS


def test_it_streams(sdk: OpenAI) -> None:
    messages = [{"role": "user", "content": "Hello"}]
    stream = sdk.chat.completions.create(model="gpt-4.5-mini", messages=messages, stream=True)
    assert len([chunk for chunk in stream if chunk.choices[0].delta.content]) > 1


def test_its_own_model_knows_how_to_call_a_tool(sdk: OpenAI) -> None:
    messages = [{"role": "user", "content": "What's the weather in Tokyo?"}]
    answer = sdk.chat.completions.create(
        model="gpt-4.5-mini",
        messages=messages,
        tools=[WEATHER],
        tool_choice="required",
        parallel_tool_calls=False,
        temperature=0,
    )
    (call,) = answer.choices[0].message.tool_calls
    assert call.function.name == "get_weather"
    assert list(json.loads(call.function.arguments)) == ["city"]
