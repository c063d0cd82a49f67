"""Requests whose types all fit and that OpenAI refuses all the same."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from homeport.core.chat import ChatRequest
from homeport.core.decode import decode_chat, decode_completion
from homeport.core.rules import number_of_completions
from homeport.errors import BadRequestError

USER = {"role": "user", "content": "What's the weather in Tokyo?"}
TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}]


def as_is(body: dict[str, Any]) -> None:
    """The canonical dialect."""


def chat(**body: Any) -> ChatRequest:
    return decode_chat(msgspec.json.encode({"messages": [USER]} | body), as_is)


def calls(*ids: str) -> dict[str, Any]:
    function = {"name": "get_weather", "arguments": "{}"}
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": i, "type": "function", "function": function} for i in ids],
    }


def result(tool_call_id: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": tool_call_id, "content": "sunny"}


@pytest.mark.parametrize(
    "messages",
    [
        [USER, calls("a"), result("a")],
        [USER, calls("a", "b"), result("b"), result("a"), USER],
        [USER, calls("a"), result("a"), calls("a"), result("a")],
        [USER, calls("a"), result("a"), {"role": "assistant", "content": "sunny"}, USER, calls("b"), result("b")],
        [USER, result("call_123")],  # as the first document sends it: no call was ever recorded
        [result("x"), USER, calls("a"), result("a")],
    ],
)
def test_conversations_with_tools(messages: list[dict[str, Any]]) -> None:
    assert len(chat(messages=messages).messages) == len(messages)


@pytest.mark.parametrize(
    ("messages", "param"),
    [
        ([USER, calls("a"), result("a"), result("z")], "messages[3].role"),
        ([USER, calls("a"), result("a"), USER, result("a")], "messages[4].role"),
        ([USER, calls("a"), result("a"), {"role": "assistant", "content": "x"}, result("a")], "messages[4].role"),
    ],
)
def test_a_result_nobody_asked_for(messages: list[dict[str, Any]], param: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        chat(messages=messages)
    assert caught.value.message == (
        "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'."
    )
    assert caught.value.param == param


@pytest.mark.parametrize(
    ("messages", "missing", "param"),
    [
        ([USER, calls("a")], "a", "messages[1].tool_calls"),
        ([USER, calls("a", "b"), result("a")], "b", "messages[1].tool_calls"),
        ([USER, calls("a", "b"), USER, result("a")], "a, b", "messages[1].tool_calls"),
        ([USER, calls("a"), result("a"), USER, calls("c"), USER], "c", "messages[4].tool_calls"),
        ([USER, calls("a"), calls("b"), result("a")], "a", "messages[1].tool_calls"),
        ([USER, calls("a"), result("a"), calls("a"), USER, calls("a")], "a", "messages[3].tool_calls"),
    ],
)
def test_a_call_without_a_result(messages: list[dict[str, Any]], missing: str, param: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        chat(messages=messages)
    assert caught.value.message == (
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
        f"The following tool_call_ids did not have response messages: {missing}"
    )
    assert caught.value.param == param


NAMED = {"type": "function", "function": {"name": "get_weather"}}
OTHER = {"type": "function", "function": {"name": "other"}}


@pytest.mark.parametrize(
    ("body", "param", "words"),
    [
        ({"max_tokens": 1, "max_completion_tokens": 1}, "max_tokens", "at the same time is not supported"),
        ({"top_logprobs": 2}, "top_logprobs", "only allowed when 'logprobs' is enabled"),
        ({"top_logprobs": 2, "logprobs": False}, "top_logprobs", "only allowed when 'logprobs' is enabled"),
        ({"stream_options": {}}, "stream_options", "only allowed when 'stream' is enabled"),
        ({"stream_options": {}, "stream": False}, "stream_options", "only allowed when 'stream' is enabled"),
        ({"tool_choice": "auto"}, "tool_choice", "only allowed when 'tools' are specified"),
        ({"tool_choice": "required"}, "tool_choice", "only allowed when 'tools' are specified"),
        ({"tool_choice": NAMED}, "tool_choice", "only allowed when 'tools' are specified"),
        ({"parallel_tool_calls": True}, "parallel_tool_calls", "only allowed when 'tools' are specified"),
        ({"tools": TOOLS, "tool_choice": OTHER}, "tool_choice", "'other' not found in 'tools'"),
        (
            {
                "tools": TOOLS,
                "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [NAMED, OTHER]}},
            },
            "tool_choice",
            "'other' not found in 'tools'",
        ),
        (
            {
                "tools": TOOLS,
                "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [{"type": "x"}]}},
            },
            "tool_choice",
            "not found in 'tools'",
        ),
        ({"tools": TOOLS * 2}, "tools[1].function.name", "'get_weather' is used more than once"),
        ({"response_format": {"type": "json_object"}}, "messages", "must contain the word 'json'"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "a"}}},
            "response_format.json_schema.schema",
            "Missing required parameter",
        ),
        ({"logit_bias": {"hello": 1}}, "logit_bias", "Invalid key in 'logit_bias': hello"),
        ({"logit_bias": {"-1": 1}}, "logit_bias", "Invalid key in 'logit_bias': -1"),
        ({"logit_bias": {"²": 1}}, "logit_bias", "Invalid key in 'logit_bias': ²"),
    ],
)
def test_parameters_that_contradict_each_other(body: dict[str, Any], param: str, words: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        chat(**body)
    assert words in caught.value.message
    assert caught.value.param == param


@pytest.mark.parametrize(
    "body",
    [
        {"max_tokens": 1},
        {"max_tokens": None, "max_completion_tokens": 1},
        {"top_logprobs": 0, "logprobs": True},
        {"stream_options": None},
        {"stream": True, "stream_options": {"include_usage": True}},
        {"tools": None, "tool_choice": None, "parallel_tool_calls": None},
        {"tool_choice": "none"},
        {"tools": TOOLS, "tool_choice": NAMED, "parallel_tool_calls": False},
        {
            "tools": TOOLS,
            "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [NAMED]}},
        },
        {"response_format": {"type": "text"}},
        {"response_format": {"type": "json_object"}, "messages": [{"role": "system", "content": "Answer in JSON."}]},
        {
            "response_format": {"type": "json_object"},
            "messages": [{"role": "user", "content": [{"type": "text", "text": "a Json, please"}]}],
        },
        {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {}}}},
        {"logit_bias": {"0": -100, "50256": 100}},
        {"logit_bias": {}},
        {"metadata": {"feature": "chat"}, "store": True, "user": "u"},
    ],
)
def test_parameters_that_go_together(body: dict[str, Any]) -> None:
    assert chat(**body).messages


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"best_of": 1, "n": 2}, "best_of"),
        ({"stream_options": {}}, "stream_options"),
        ({"logit_bias": {"x": 1}}, "logit_bias"),
    ],
)
def test_completions(body: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        decode_completion(msgspec.json.encode({"prompt": "x"} | body), as_is)
    assert caught.value.param == param


@pytest.mark.parametrize(
    "body", [{"n": 128}, {"prompt": [[1, 2]] * 64, "n": 2}, {"prompt": [1] * 2000, "n": 128}, {"prompt": ["x"] * 128}]
)
def test_a_prompt_of_tokens_is_one_prompt(body: dict[str, Any]) -> None:
    assert number_of_completions(decode_completion(msgspec.json.encode({"prompt": "x"} | body), as_is)) == 128


@pytest.mark.parametrize("body", [{"prompt": ["x"] * 129}, {"prompt": [[1]] * 65, "n": 2}])
def test_too_many_completions_for_an_engine_of_our_own(body: dict[str, Any]) -> None:
    """Other engines judge for themselves."""
    request = decode_completion(msgspec.json.encode(body), as_is)
    with pytest.raises(BadRequestError) as caught:
        number_of_completions(request)
    assert (caught.value.param, caught.value.code) == ("prompt", "invalid_value")
