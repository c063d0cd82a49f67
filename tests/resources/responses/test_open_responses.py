"""The cases of the public compliance suite openresponses/openresponses, by hand.

That of an image is in tests/live/test_responses_engine.py.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.openai_spec import httpx
from tests.responses_server import WEATHER
from tests.support import LiveServer

NUMBERS = ("created_at", "top_p", "temperature", "presence_penalty", "frequency_penalty", "top_logprobs")
STRINGS = ("id", "status", "model", "truncation", "service_tier")
MEMBERS = (
    *("completed_at", "incomplete_details", "previous_response_id", "instructions", "error", "tool_choice", "usage"),
    *("reasoning", "max_output_tokens", "max_tool_calls", "metadata", "safety_identifier", "prompt_cache_key"),
)
SAY: dict[str, Any] = {"type": "message", "role": "user"}
COMPLIANCE: list[tuple[str, dict[str, Any], str]] = [
    ("basic", {"input": [SAY | {"content": "Say hello in exactly 3 words."}]}, "message"),
    (
        "system prompt",
        {"input": [SAY | {"role": "system", "content": "You are a pirate."}, SAY | {"content": "Say hello."}]},
        "message",
    ),
    (
        "phases",
        {
            "input": [
                SAY | {"role": "assistant", "phase": "commentary", "content": "I should answer with the number."},
                SAY | {"role": "assistant", "phase": "final_answer", "content": "The number is four."},
                SAY | {"content": "Repeat only the number."},
            ]
        },
        "message",
    ),
    (
        "several turns",
        {
            "input": [
                SAY | {"content": "My name is Alice."},
                SAY | {"role": "assistant", "content": "Hello Alice!"},
                SAY | {"content": "What is my name?"},
            ]
        },
        "message",
    ),
    (
        "tool",
        {
            "input": [SAY | {"content": "call well"}],
            "tools": [{name: value for name, value in WEATHER.items() if name != "strict"}],
        },
        "function_call",
    ),
]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("body", "kind"), [case[1:] for case in COMPLIANCE], ids=[case[0] for case in COMPLIANCE])
def test_open_responses(server: LiveServer, body: dict[str, Any], kind: str, stream: bool) -> None:
    headers = {"Authorization": f"Bearer {server.key}"}
    asked = {"model": "scripted", "stream": stream} | body
    answer = httpx.post(f"{server.base_url}/responses", json=asked, headers=headers)
    assert answer.status_code == 200, answer.text
    if stream:
        *blocks, last, end = answer.text.split("\n\n")
        assert (last, end) == ("data: [DONE]", "")
        events = [block.split("\n") for block in blocks]
        data = [json.loads(lines[1].removeprefix("data: ")) for lines in events]
        assert [lines[0] for lines in events] == [f"event: {event['type']}" for event in data]
        made = data[-1]["response"]
        if kind == "function_call":
            types = {event["type"] for event in data}
            assert {"response.function_call_arguments.delta", "response.function_call_arguments.done"} <= types
    else:
        made = answer.json()
    assert made["status"] == "completed"
    assert kind in [item["type"] for item in made["output"]]
    assert all(isinstance(made[name], int | float) for name in NUMBERS)
    assert all(isinstance(made[name], str) for name in STRINGS)
    assert all(isinstance(made[name], bool) for name in ("parallel_tool_calls", "store", "background"))
    assert made.keys() >= set(MEMBERS)
    assert made["text"]["format"] == {"type": "text"}
