"""Whatever is sent, rewriting and decoding end in a request or a BadRequestError; and twice is once."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeport.core.chat import ChatRequest
from homeport.core.decode import decode_chat, decode_completion, decode_embedding, unknown_parameters
from homeport.dialects import from_chat, from_completion, from_embedding
from homeport.errors import BadRequestError

QUICK = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])

WORDS = st.sampled_from(
    [
        "text",
        "image_url",
        "input_image",
        "input_audio",
        "audio",
        "file",
        "input_file",
        "function",
        "code_interpreter",
        "allowed_tools",
        "json_schema",
        "json_object",
        "auto",
        "none",
        "required",
        "user",
        "system",
        "assistant",
        "tool",
        "developer",
        "a",
        "foo",
    ]
)
SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-3, 3) | WORDS | st.text(max_size=5)
KEYS = st.sampled_from(
    [
        "type",
        "role",
        "content",
        "url",
        "image_url",
        "data",
        "file_id",
        "name",
        "function",
        "parameters",
        "schema",
        "tools",
        "mode",
        "text",
        "tool_call_id",
        "tool_calls",
        "id",
        "arguments",
        "json_schema",
        "allowed_tools",
        "input_audio",
        "detail",
        "format",
        "function_call",
        "file",
    ]
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)
PARAMETERS = [
    "model",
    "messages",
    "prompt",
    "output",
    "modalities",
    "tools",
    "tool_choice",
    "functions",
    "function_call",
    "response_format",
    "max_tokens",
    "max_output_tokens",
    "max_completion_tokens",
    "stop",
    "stream",
    "stream_options",
    "logit_bias",
    "metadata",
    "logprobs",
    "top_logprobs",
    "n",
    "audio",
    "input",
    "parallel_tool_calls",
    "foo",
]

# Bodies that are nearly right reach further than bodies that are nothing.
PARTS = st.fixed_dictionaries(
    {"type": WORDS},
    optional={"text": SCALARS, "image_url": JSON, "url": SCALARS, "data": SCALARS, "file_id": SCALARS, "file": JSON},
)
MESSAGES = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "system", "assistant", "tool", "function"]), "content": st.lists(PARTS) | JSON},
    optional={"tool_call_id": SCALARS, "tool_calls": JSON, "function_call": JSON, "name": SCALARS},
)
TOOLS = st.fixed_dictionaries({"type": WORDS}, optional={"name": WORDS, "function": JSON, "parameters": JSON})
BODIES = st.builds(
    lambda base, rest: base | rest,
    st.fixed_dictionaries({}, optional={"messages": st.lists(MESSAGES, max_size=3), "tools": st.lists(TOOLS)}),
    st.dictionaries(st.sampled_from(PARAMETERS), JSON, max_size=4),
)


def tried(decode: Callable[..., Any], *arguments: Any) -> Any:
    """What `decode` returns, or the BadRequestError that it raises; any other exception is the test's failure."""
    try:
        return decode(*arguments)
    except BadRequestError as error:
        return error


@QUICK
@given(BODIES)
def test_any_body_is_a_request_or_a_bad_request(body: dict[str, Any]) -> None:
    data = msgspec.json.encode(body)
    for decode, normalise in (
        (decode_chat, from_chat),
        (decode_completion, from_completion),
        (decode_embedding, from_embedding),
    ):
        outcome = tried(decode, data, normalise)
        if isinstance(outcome, BadRequestError):
            assert outcome.message
            assert msgspec.json.encode(outcome.envelope())
        else:
            assert isinstance(unknown_parameters(outcome), list)
            assert msgspec.json.decode(msgspec.json.encode(outcome.wire)) == outcome.wire


@QUICK
@given(BODIES)
def test_rewriting_twice_is_rewriting_once(body: dict[str, Any]) -> None:
    try:
        from_chat(body)
    except BadRequestError:
        return
    once = copy.deepcopy(body)
    from_chat(body)
    assert body == once


@QUICK
@given(
    st.binary(max_size=200) | BODIES.map(msgspec.json.encode).flatmap(lambda b: st.binary(max_size=3).map(b.__add__))
)
def test_any_bytes_are_a_request_or_a_bad_request(body: bytes) -> None:
    assert isinstance(tried(decode_chat, body, from_chat), ChatRequest | BadRequestError)


CANONICAL_PARTS = st.sampled_from(
    [
        {"type": "text", "text": "t"},
        {"type": "image_url", "image_url": {"url": "u", "detail": "low"}},
        {"type": "input_audio", "input_audio": {"data": "d", "format": "mp3"}},
        {"type": "file", "file": {"file_id": "f"}},
        {"type": "text", "text": "t", "cache_control": {"type": "ephemeral"}},
    ]
)
CANONICAL_MESSAGES = st.one_of(
    st.builds(lambda content: {"role": "user", "content": content}, st.text() | st.lists(CANONICAL_PARTS, min_size=1)),
    st.builds(lambda text: {"role": "assistant", "content": text, "annotations": []}, st.none() | st.text()),
    st.builds(lambda role, text: {"role": role, "content": text}, st.sampled_from(["system", "developer"]), st.text()),
)
FUNCTION = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
CANONICAL_BODIES = st.fixed_dictionaries(
    {"messages": st.lists(CANONICAL_MESSAGES, min_size=1)},
    optional={
        "model": st.text(),
        "temperature": st.none() | st.floats(0, 2),
        "max_tokens": st.integers(1, 100),
        "stop": st.none() | st.text() | st.lists(st.text(), max_size=4),
        "stream": st.booleans(),
        "tools": st.just([FUNCTION]),
        "response_format": st.sampled_from(
            [{"type": "text"}, {"type": "json_schema", "json_schema": {"name": "n", "schema": {}}}]
        ),
        "modalities": st.just(["text"]),
        "vendor": JSON,
    },
)


@QUICK
@given(CANONICAL_BODIES)
def test_canonical_bodies_come_through_untouched(body: dict[str, Any]) -> None:
    before = copy.deepcopy(body)
    assert from_chat(body) is None
    assert body == before
    assert decode_chat(msgspec.json.encode(body), from_chat).wire == before
