"""Responses that fail, and requests that are refused."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from tests.live.test_conformance import Judged
from tests.openai_spec import httpx
from tests.responses_server import WEATHER
from tests.support import LiveServer


def test_an_engine_that_fails_in_the_middle(sdk: Judged) -> None:
    events = list(sdk.responses.create(model="scripted", input="break in the middle", stream=True))
    assert events[-1].type == "response.failed"
    assert events[-1].response.error is not None
    assert events[-1].response.error.code == "server_error"
    with pytest.raises(openai.InternalServerError):
        sdk.responses.create(model="scripted", input="break in the middle")
    made = sdk.responses.create(model="scripted", input="break in the middle", background=True)
    assert list(sdk.responses.retrieve(made.id, stream=True))[-1].type == "response.failed"
    failed = sdk.responses.retrieve(made.id)
    assert failed.status == "failed"
    assert failed.error is not None


def test_an_engine_that_fails_at_once_is_an_error(sdk: Judged) -> None:
    with pytest.raises(openai.InternalServerError):
        sdk.responses.create(model="scripted", input="break at once", stream=True)


REFUSED: list[tuple[dict[str, Any], str, str | None]] = [
    ({}, "input", "missing_required_parameter"),
    ({"input": []}, "input", "invalid_value"),
    ({"input": 5}, "input", "invalid_type"),
    ({"input": [{"type": "message", "content": "x"}]}, "input[0].role", "missing_required_parameter"),
    ({"input": [{"type": "web_search_call"}]}, "input[0].type", "unsupported_parameter"),
    ({"input": [{"type": "item_reference"}]}, "input[0].id", "missing_required_parameter"),
    ({"input": "x", "max_output_tokens": 1}, "max_output_tokens", None),
    ({"input": "x", "tools": [{"type": "web_search"}]}, "tools[0].type", None),
    ({"input": "x", "tools": [{"type": "function"}]}, "tools[0].name", "missing_required_parameter"),
    ({"input": "x", "tools": [WEATHER, WEATHER]}, "tools[1]", "invalid_value"),
    ({"input": "x", "tools": [WEATHER | {"parameters": {"type": "string"}}]}, "tools[0].parameters", None),
    ({"input": "x", "tool_choice": "required"}, "tool_choice", None),
    ({"input": "x", "tools": [WEATHER], "tool_choice": {"type": "function", "name": "no"}}, "tool_choice", None),
    ({"input": "x", "tools": [WEATHER], "tool_choice": {"type": "file_search"}}, "tool_choice", None),
    (
        {"input": "x", "text": {"format": {"type": "json_schema", "name": "a", "schema": {"type": "none"}}}},
        "text.format",
        "invalid_json_schema",
    ),
    ({"input": "x", "background": True, "store": False}, "store", None),
    ({"input": "x", "previous_response_id": "resp_a", "conversation": "conv_a"}, "conversation", None),
    ({"input": "x", "prompt": {"id": "pmpt_1"}}, "prompt", "unsupported_parameter"),
    ({"input": "x", "moderation": {}}, "moderation", "unsupported_parameter"),
    ({"input": "x", "context_management": [{"type": "compaction"}]}, "context_management", "unsupported_parameter"),
    ({"input": "x", "top_logprobs": 2}, "top_logprobs", "unsupported_parameter"),
    ({"input": "x", "include": ["web_search_call.nonsense"]}, "include[0]", None),
    ({"input": "x", "nonsense": 1}, "nonsense", "unknown_parameter"),
    (
        {"input": [{"type": "function_call_output", "call_id": "call_none", "output": "x"}]},
        "input",
        None,
    ),
    (
        {"input": [{"type": "function_call", "call_id": "c", "name": "n", "arguments": "{}"}]},
        "input",
        None,
    ),
]


@pytest.mark.parametrize(("body", "param", "code"), REFUSED, ids=[str(refused[0])[:60] for refused in REFUSED])
def test_what_is_refused(server: LiveServer, body: dict[str, Any], param: str, code: str | None) -> None:
    headers = {"Authorization": f"Bearer {server.key}"}
    answer = httpx.post(f"{server.base_url}/responses", json={"model": "scripted"} | body, headers=headers)
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert error["param"] == param, error
    assert code in (None, error["code"])


def test_no_such_thing(sdk: Judged) -> None:
    with pytest.raises(openai.NotFoundError) as missing:
        sdk.responses.create(model="none", input="x")
    assert missing.value.code == "model_not_found"
    for ask in (sdk.responses.retrieve, sdk.responses.delete, sdk.responses.cancel, sdk.responses.input_items.list):
        with pytest.raises(openai.NotFoundError):
            ask("resp_none")  # type: ignore[operator]
    with pytest.raises(openai.NotFoundError):
        sdk.responses.create(model="scripted", input="x", conversation="conv_none")


def test_what_was_made_in_the_foreground_is_neither_cancelled_nor_streamed_again(sdk: Judged) -> None:
    made = sdk.responses.create(model="scripted", input="Hello")
    with pytest.raises(openai.BadRequestError):
        sdk.responses.cancel(made.id)
    with pytest.raises(openai.BadRequestError):
        sdk.responses.retrieve(made.id, stream=True)
