"""What doesn't fit its type is told with OpenAI's message, `param` and `code`."""

from __future__ import annotations

import re
import time
from typing import Any

import msgspec
import pytest

from homeport.core.decode import decode_chat, decode_completion, decode_embedding
from homeport.errors import BadRequestError


def as_is(body: dict[str, Any]) -> None:
    """The canonical dialect."""


def refusal(**changes: Any) -> tuple[str, str | None, str | None]:
    body = {"messages": [{"role": "user", "content": "x"}]} | changes
    with pytest.raises(BadRequestError) as caught:
        decode_chat(msgspec.json.encode({name: value for name, value in body.items() if value != "LEFT OUT"}), as_is)
    return caught.value.message, caught.value.param, caught.value.code


ROLES = "'system', 'assistant', 'user', 'function', 'tool', and 'developer'"


@pytest.mark.parametrize(
    ("messages", "message", "param", "code"),
    [
        ("LEFT OUT", "Missing required parameter: 'messages'.", "messages", "missing_required_parameter"),
        (
            [],
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
            "messages",
            "empty_array",
        ),
        (
            "hello",
            "Invalid type for 'messages': expected an array of objects, but got a string instead.",
            "messages",
            "invalid_type",
        ),
        (
            None,
            "Invalid type for 'messages': expected an array of objects, but got null instead.",
            "messages",
            "invalid_type",
        ),
        (
            [5],
            "Invalid type for 'messages[0]': expected an object, but got an integer instead.",
            "messages[0]",
            "invalid_type",
        ),
        ([{}], "Missing required parameter: 'messages[0].role'.", "messages[0].role", "missing_required_parameter"),
        (
            [{"role": "user", "content": "x"}, {"role": "foo", "content": "x"}],
            f"Invalid value: 'foo'. Supported values are: {ROLES}.",
            "messages[1].role",
            "invalid_value",
        ),
        (
            [{"role": 5, "content": "x"}],
            "Invalid type for 'messages[0].role': expected a string, but got an integer instead.",
            "messages[0].role",
            "invalid_type",
        ),
        (
            [{"role": "user"}],
            "Missing required parameter: 'messages[0].content'.",
            "messages[0].content",
            "missing_required_parameter",
        ),
        (
            [{"role": "user", "content": 5}],
            "Invalid type for 'messages[0].content': expected one of a string or array of objects, "
            "but got an integer instead.",
            "messages[0].content",
            "invalid_type",
        ),
        (
            [{"role": "user", "content": None}],
            "Invalid type for 'messages[0].content': expected one of a string or array of objects, "
            "but got null instead.",
            "messages[0].content",
            "invalid_type",
        ),
        (
            [{"role": "user", "content": []}],
            "Invalid 'messages[0].content': empty array. Expected an array with minimum length 1, "
            "but got an empty array instead.",
            "messages[0].content",
            "empty_array",
        ),
        (
            [{"role": "user", "content": [{"type": "smell", "smell": "x"}]}],
            "Invalid value: 'smell'. Supported values are: 'text', 'refusal', 'image_url', 'input_audio', and 'file'.",
            "messages[0].content[0].type",
            "invalid_value",
        ),
        (
            [{"role": "system", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}],
            "Invalid value: 'image_url'. Supported values are: 'text'.",
            "messages[0].content[0].type",
            "invalid_value",
        ),
        (
            [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x", "detail": "huge"}}]}],
            "Invalid value: 'huge'. Supported values are: 'auto', 'high', and 'low'.",
            "messages[0].content[0].image_url.detail",
            "invalid_value",
        ),
        (
            [{"role": "user", "content": [{"type": "text"}]}],
            "Missing required parameter: 'messages[0].content[0].text'.",
            "messages[0].content[0].text",
            "missing_required_parameter",
        ),
        (
            [{"role": "tool", "content": "x"}],
            "Missing required parameter: 'messages[0].tool_call_id'.",
            "messages[0].tool_call_id",
            "missing_required_parameter",
        ),
        (
            [{"role": "assistant", "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": {}}}]}],
            "Invalid type for 'messages[0].tool_calls[0].function.arguments': expected a string, "
            "but got an object instead.",
            "messages[0].tool_calls[0].function.arguments",
            "invalid_type",
        ),
    ],
)
def test_messages(messages: Any, message: str, param: str, code: str) -> None:
    assert refusal(messages=messages) == (message, param, code)


TOOL_NAME = "tools[0].function.name"


@pytest.mark.parametrize(
    ("changes", "message", "param", "code"),
    [
        (
            {"temperature": 3},
            "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead.",
            "temperature",
            "decimal_above_max_value",
        ),
        (
            {"top_p": -0.5},
            "Invalid 'top_p': decimal below minimum value. Expected a value >= 0, but got -0.5 instead.",
            "top_p",
            "decimal_below_min_value",
        ),
        (
            {"n": 0},
            "Invalid 'n': integer below minimum value. Expected a value >= 1, but got 0 instead.",
            "n",
            "integer_below_min_value",
        ),
        (
            {"max_tokens": 10**12},
            "Invalid 'max_tokens': integer above maximum value. Expected a value <= 2147483647, "
            "but got 1000000000000 instead.",
            "max_tokens",
            "integer_above_max_value",
        ),
        (
            {"max_tokens": 1.5},
            "Invalid type for 'max_tokens': expected an integer, but got a decimal instead.",
            "max_tokens",
            "invalid_type",
        ),
        (
            {"temperature": True},
            "Invalid type for 'temperature': expected a decimal, but got a boolean instead.",
            "temperature",
            "invalid_type",
        ),
        (
            {"stream": "yes"},
            "Invalid type for 'stream': expected a boolean, but got a string instead.",
            "stream",
            "invalid_type",
        ),
        (
            {"stop": ["a", "b", "c", "d", "e"]},
            "Invalid 'stop': array too long. Expected an array with maximum length 4, "
            "but got an array with length 5 instead.",
            "stop",
            "array_above_max_length",
        ),
        (
            {"stop": [1]},
            "Invalid type for 'stop[0]': expected a string, but got an integer instead.",
            "stop[0]",
            "invalid_type",
        ),
        (
            {"stop": 1},
            "Invalid type for 'stop': expected one of a string or array of strings, but got an integer instead.",
            "stop",
            "invalid_type",
        ),
        (
            {"logit_bias": {"7": 1, "50256": 101}},
            "Invalid 'logit_bias.50256': decimal above maximum value. Expected a value <= 100, but got 101 instead.",
            "logit_bias.50256",
            "decimal_above_max_value",
        ),
        (
            {"metadata": {"a": "x", "b": 1}},
            "Invalid type for 'metadata.b': expected a string, but got an integer instead.",
            "metadata.b",
            "invalid_type",
        ),
        (
            {"metadata": {str(i): "x" for i in range(17)}},
            "Invalid 'metadata': object too long. Expected an object with maximum properties 16, "
            "but got an object with properties 17 instead.",
            "metadata",
            "object_above_max_properties",
        ),
        (
            {"safety_identifier": "x" * 65},
            "Invalid 'safety_identifier': string too long. Expected a string with maximum length 64, "
            "but got a string with length 65 instead.",
            "safety_identifier",
            "string_above_max_length",
        ),
        (
            {"tools": []},
            "Invalid 'tools': empty array. Expected an array with minimum length 1, but got an empty array instead.",
            "tools",
            "empty_array",
        ),
        (
            {"tools": [{"type": "function", "function": {"name": "get weather"}}]},
            f"Invalid '{TOOL_NAME}': string does not match pattern. "
            "Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
            TOOL_NAME,
            "invalid_value",
        ),
        (
            {"tools": [{"type": "function", "function": {"name": "f\n"}}]},
            f"Invalid '{TOOL_NAME}': string does not match pattern. "
            "Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
            TOOL_NAME,
            "invalid_value",
        ),
        (
            {"tools": [{"type": "function", "function": {"name": ""}}]},
            f"Invalid '{TOOL_NAME}': empty string. Expected a string with minimum length 1, "
            "but got an empty string instead.",
            TOOL_NAME,
            "empty_string",
        ),
        (
            {"tools": [{"type": "function"}]},
            "Missing required parameter: 'tools[0].function'.",
            "tools[0].function",
            "missing_required_parameter",
        ),
        (
            {"tools": [{"type": "hammer"}]},
            "Invalid value: 'hammer'. Supported values are: 'function'.",
            "tools[0].type",
            "invalid_value",
        ),
        (
            {"tool_choice": "maybe"},
            "Invalid value: 'maybe'. Supported values are: 'auto', 'none', and 'required'.",
            "tool_choice",
            "invalid_value",
        ),
        (
            {"tool_choice": {"type": "function"}},
            "Missing required parameter: 'tool_choice.function'.",
            "tool_choice.function",
            "missing_required_parameter",
        ),
        (
            {"tool_choice": 5},
            "Invalid type for 'tool_choice': expected one of a string or object, but got an integer instead.",
            "tool_choice",
            "invalid_type",
        ),
        (
            {"response_format": {"type": "yaml"}},
            "Invalid value: 'yaml'. Supported values are: 'text', 'json_object', and 'json_schema'.",
            "response_format.type",
            "invalid_value",
        ),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": []}}},
            "Invalid type for 'response_format.json_schema.schema': expected an object, but got an array instead.",
            "response_format.json_schema.schema",
            "invalid_type",
        ),
        (
            {"top_logprobs": 21, "logprobs": True},
            "Invalid 'top_logprobs': integer above maximum value. Expected a value <= 20, but got 21 instead.",
            "top_logprobs",
            "integer_above_max_value",
        ),
        (
            {"seed": 2**64},
            f"Invalid 'seed': integer above maximum value. Expected a value <= {2**63 - 1}, but got {2**64} instead.",
            "seed",
            "integer_above_max_value",
        ),
        (
            {"model": 5},
            "Invalid type for 'model': expected a string, but got an integer instead.",
            "model",
            "invalid_type",
        ),
    ],
)
def test_parameters(changes: dict[str, Any], message: str, param: str, code: str) -> None:
    assert refusal(**changes) == (message, param, code)


def test_a_metadata_key_that_is_too_long() -> None:
    message, param, code = refusal(metadata={"k" * 65: "x"})
    assert message.endswith("maximum length 64, but got a string with length 65 instead.")
    assert (param, code) == (f"metadata.{'k' * 65}", "string_above_max_length")


def test_long_values_are_not_echoed_whole() -> None:
    message, _, _ = refusal(messages=[{"role": "x" * 10_000, "content": ""}])
    assert len(message) < 400


@pytest.mark.parametrize("value", ["x` - at `$.temperature`", "a - at `$[0]`", "`", "$"])
def test_a_caller_s_words_are_not_taken_for_a_path(value: str) -> None:
    message, param, code = refusal(messages=[{"role": value, "content": "x"}])
    assert message.startswith(f"Invalid value: '{value}'. ")
    assert (param, code) == ("messages[0].role", "invalid_value")


def test_a_large_wrong_body_is_refused_as_fast_as_a_small_one() -> None:
    messages = [{"role": "user", "content": "x"}] * 20_000 + [{"role": "user", "content": 5}]
    body = msgspec.json.encode({"messages": messages})
    started_s = time.perf_counter()
    with pytest.raises(BadRequestError, match=re.escape("messages[20000].content")):
        decode_chat(body, as_is)
    assert time.perf_counter() - started_s < 0.5


def test_a_refusal_costs_microseconds() -> None:
    best_s = 1.0
    for _ in range(50):
        started_s = time.perf_counter()
        refusal(messages=[{"role": "wizard", "content": "x"}])
        best_s = min(best_s, time.perf_counter() - started_s)
    assert best_s < 500e-6


@pytest.mark.parametrize(
    ("prompt", "param", "code"),
    [
        (5, "prompt", "invalid_type"),
        ([], "prompt", "empty_array"),
        (["x", 1], "prompt[1]", "invalid_type"),
        ([1, "x"], "prompt[1]", "invalid_type"),
        ([[1], 2], "prompt[1]", "invalid_type"),
        ([[]], "prompt[0]", "empty_array"),
        ([1, -1], "prompt[1]", "integer_below_min_value"),
        ([1.5], "prompt[0]", "invalid_type"),
        ([{}], "prompt[0]", "invalid_type"),
    ],
)
def test_prompts(prompt: Any, param: str, code: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        decode_completion(msgspec.json.encode({"prompt": prompt}), as_is)
    assert (caught.value.param, caught.value.code) == (param, code)


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({}, "input", "missing_required_parameter"),
        ({"input": None}, "input", "invalid_type"),
        ({"input": ""}, "input", "empty_string"),
        ({"input": []}, "input", "empty_array"),
        ({"input": ["x", ""]}, "input[1]", "empty_string"),
        ({"input": ["x", 1]}, "input[1]", "invalid_type"),
        ({"input": ["x"] * 2049}, "input", "array_above_max_length"),
        ({"input": "x", "dimensions": 0}, "dimensions", "integer_below_min_value"),
        ({"input": "x", "encoding_format": "hex"}, "encoding_format", "invalid_value"),
    ],
)
def test_embeddings(body: dict[str, Any], param: str, code: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        decode_embedding(msgspec.json.encode(body), as_is)
    assert (caught.value.param, caught.value.code) == (param, code)
