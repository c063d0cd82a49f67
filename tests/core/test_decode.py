"""Bodies become requests; what isn't JSON, too deep or unknown is told as OpenAI tells it."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import pytest

from homeport.core.chat import ChatRequest, StreamOptions, UserMessage
from homeport.core.decode import (
    MAX_DEPTH,
    MAX_VALUES,
    decode,
    decode_chat,
    decode_completion,
    decode_embedding,
    parse,
    refuse_unknown,
    unknown_parameters,
)
from homeport.errors import BadRequestError

HELLO: dict[str, Any] = {"model": "gpt-4.5-mini", "messages": [{"role": "user", "content": "Hello world"}]}


def as_is(body: dict[str, Any]) -> None:
    """The canonical dialect."""


def chat(**changes: Any) -> ChatRequest:
    return decode_chat(msgspec.json.encode(HELLO | changes), as_is)


def test_the_quick_check_of_the_first_document() -> None:
    request = chat()
    assert request.model == "gpt-4.5-mini"
    assert request.messages == [UserMessage(content="Hello world")]
    assert request.wire == HELLO
    assert request.answer_form is None


def test_the_model_may_be_left_out() -> None:
    assert decode_chat(b'{"messages":[{"role":"user","content":"x"}]}', as_is).model == ""


def test_normalise_sees_the_body_and_wire_is_what_it_left() -> None:
    class Form:
        def body(self, body: bytes) -> bytes:
            return body

        def block(self, block: bytes) -> bytes:
            return block

    form = Form()

    def normalise(body: dict[str, Any]) -> Form:
        body["temperature"] = body.pop("warmth")
        return form

    request = decode_chat(msgspec.json.encode(HELLO | {"warmth": 0.5}), normalise)
    assert request.temperature == 0.5
    assert request.wire == HELLO | {"temperature": 0.5}
    assert request.answer_form is form


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "the body is empty"),
        (b"{", "input data was truncated"),
        (b"{'a': 1}", "json is malformed: object keys must be strings (byte 1)"),
        (b"hello", "json is malformed: invalid character (byte 0)"),
        (b'{"a": 1} trailing', "json is malformed: trailing characters (byte 10)"),
        (b'{"a": NaN}', "json is malformed: invalid character (byte 6)"),
        (b'\xef\xbb\xbf{"a": 1}', "json is malformed: invalid character (byte 0)"),
        (b'{"a": "\xff"}', "a string in it is not UTF-8 (invalid start byte)"),
        (b'{"a": "\xe2\x82"}', "a string in it is not UTF-8 (unexpected end of data)"),
        (b'{"\xc3\x28": 1}', "a string in it is not UTF-8 (invalid continuation byte)"),
        (b'{"a": "\\ud83d"}', "input data was truncated"),
        (b'{"a": "\\ud83dabcdef"}', "json is malformed: unexpected end of escaped utf-16 surrogate pair"),
        (b'{"a": 1e999}', "number out of range"),
        (b'{"seed": ' + b"9" * 5000 + b"}", "integer value out of range"),
    ],
)
def test_what_is_not_json_is_told_in_openai_s_words(body: bytes, reason: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        parse(body)
    assert caught.value.message.startswith("We could not parse the JSON body of your request. (HINT: ")
    assert reason in caught.value.message
    assert caught.value.envelope()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("body", "got"),
    [
        (b"[]", "an array"),
        (b'"x"', "a string"),
        (b"1", "an integer"),
        (b"1.5", "a decimal"),
        (b"true", "a boolean"),
        (b"null", "null"),
    ],
)
def test_a_body_must_be_an_object(body: bytes, got: str) -> None:
    with pytest.raises(BadRequestError, match=f"expected an object, but got {got} instead") as caught:
        parse(body)
    assert caught.value.code == "invalid_type"


def nested(depth: int) -> bytes:
    return b'{"a":' * (depth - 1) + b"{}" + b"}" * (depth - 1)


@pytest.mark.parametrize(
    "body",
    [b'{"a":' * 100_000, b'{"a":' + b"[" * 100_000, nested(5_000), nested(MAX_DEPTH + 1)],
)
def test_deep_nesting_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequestError, match="nested more than 128 levels deep"):
        parse(body)


def test_arrays_count_as_levels() -> None:
    with pytest.raises(BadRequestError, match="levels deep"):
        parse(b'{"a":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}")


def test_the_deepest_body_that_is_taken_can_be_sent_on() -> None:
    assert msgspec.json.encode(parse(nested(MAX_DEPTH))) == nested(MAX_DEPTH)


def test_a_long_flat_body_is_not_deep() -> None:
    messages = [{"role": "user", "content": [{"type": "text", "text": "x"}]}] * 1_000
    assert len(chat(messages=messages).messages) == 1_000


def test_a_string_full_of_brackets_is_not_deep() -> None:
    assert chat(messages=[{"role": "user", "content": "[{" * 10_000}]).messages


@pytest.mark.parametrize(
    "values",
    [b"{}", b"[]", b"1", b'""', b'"x"', b'","', b'{"a":1}', b'"\\""', b'"\\\\"', b'"\\\\\\",["'],
)
def test_a_body_of_countless_values_is_refused_before_they_are_made(values: bytes) -> None:
    started_s = time.perf_counter()
    with pytest.raises(BadRequestError, match="more than 500000 values"):
        parse(b'{"messages":[' + (values + b",") * MAX_VALUES + values + b"]}")
    assert time.perf_counter() - started_s < 1


@pytest.mark.parametrize("text", [b"{[,", b'\\"[,', b"\\\\[,", b"[,\\n", b'\\"', b'\\\\\\",'])
def test_what_stands_in_strings_is_no_value(text: bytes) -> None:
    message = b'{"role":"user","content":"' + text * MAX_VALUES + b'"}'
    assert len(decode_chat(b'{"messages":[' + message + b"," + message + b"]}", as_is).messages) == 2


def test_as_many_values_as_may_be() -> None:
    tokens = b",".join([b"1"] * (MAX_VALUES - 2))
    assert decode_embedding(b'{"input":[' + tokens + b"]}", as_is).input


def test_a_string_without_an_end_is_read_once() -> None:
    started_s = time.perf_counter()
    with pytest.raises(BadRequestError, match="truncated"):
        parse(b'{"x": "' + b'\\"[,' * MAX_VALUES)
    assert time.perf_counter() - started_s < 1


def test_a_small_request_takes_microseconds() -> None:
    body = msgspec.json.encode(HELLO | {"temperature": 0.7, "max_tokens": 100, "stream": True})
    decode_chat(body, as_is)
    best_s = 1.0
    for _ in range(50):
        started_s = time.perf_counter()
        for _ in range(100):
            decode_chat(body, as_is)
        best_s = min(best_s, (time.perf_counter() - started_s) / 100)
    assert best_s < 10e-6


# --- what we do not know ---------------------------------------------------------


def test_unknown_members_are_listed_for_the_engine_to_decide() -> None:
    request = chat(
        top_k=5,
        guided_json={},
        nothing=None,
        stream=True,
        stream_options={"include_usage": True, "continuous_usage_stats": True},
        tools=[{"type": "function", "function": {"name": "f", "cache": 1}, "ttl": 3}],
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "a", "schema": {"anything": 1}, "draft": 7},
            "x": 1,
        },
    )
    assert unknown_parameters(request) == [
        "guided_json",
        "top_k",
        "stream_options.continuous_usage_stats",
        "tools[0].ttl",
        "tools[0].function.cache",
        "response_format.x",
        "response_format.json_schema.draft",
    ]
    with pytest.raises(BadRequestError) as caught:
        refuse_unknown(request)
    assert caught.value.message.startswith("Unrecognized request arguments supplied: guided_json, top_k, stream")
    assert caught.value.param == "guided_json"
    assert caught.value.code == "unknown_parameter"


def test_one_unknown_member() -> None:
    with pytest.raises(BadRequestError) as caught:
        refuse_unknown(chat(foo=1))
    assert caught.value.message == "Unrecognized request argument supplied: foo"
    assert caught.value.param == "foo"


STRICT_SCHEMA = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


def test_a_known_request_has_nothing_unknown() -> None:
    request = chat(
        stream=True,
        stream_options={"include_usage": True},
        tools=[{"type": "function", "function": {"name": "f", "parameters": STRICT_SCHEMA, "strict": True}}],
        response_format={"type": "json_schema", "json_schema": {"name": "a", "schema": STRICT_SCHEMA, "strict": True}},
    )
    assert unknown_parameters(request) == []
    refuse_unknown(request)


def test_a_schema_beside_json_object_is_not_overlooked() -> None:
    messages = [{"role": "user", "content": "json please"}]
    request = chat(messages=messages, response_format={"type": "json_object", "schema": {"type": "object"}})
    assert unknown_parameters(request) == ["response_format.schema"]


@pytest.mark.parametrize("name", ["wire", "(wire)", "answer_form", "(answer_form)", "path", "token_limit"])
def test_no_caller_can_set_our_own_fields(name: str) -> None:
    request = chat(**{name: {"messages": []}}) if "answer_form" not in name else chat(**{name: None, "x": 1})
    assert request.wire["messages"] == HELLO["messages"]
    assert request.answer_form is None
    assert unknown_parameters(request) == ([name] if "answer_form" not in name else ["x"])


@pytest.mark.parametrize("value", [5, "x", {"a": 1}, [1]])
def test_a_caller_s_answer_form_is_refused(value: Any) -> None:
    with pytest.raises(BadRequestError):
        chat(**{"(answer_form)": value})


def test_members_of_messages_survive_on_the_wire() -> None:
    message = {"role": "assistant", "content": "hi", "annotations": [], "cache_control": {"type": "ephemeral"}}
    request = chat(messages=[*HELLO["messages"], message])
    assert request.wire["messages"][1] == message
    assert unknown_parameters(request) == []


# --- the other requests ----------------------------------------------------------


@pytest.mark.parametrize("prompt", ["x", ["x", "y"], [1, 2], [[1], [2, 3]], None])
def test_a_completion_takes_every_form_of_prompt(prompt: Any) -> None:
    request = decode_completion(msgspec.json.encode({"model": "m", "prompt": prompt, "top_k": 1}), as_is)
    assert request.prompt == prompt
    assert unknown_parameters(request) == ["top_k"]


@pytest.mark.parametrize("text", ["x", ["x", "y"], [1, 2], [[1], [2, 3]]])
def test_an_embedding_takes_every_form_of_input(text: Any) -> None:
    request = decode_embedding(msgspec.json.encode({"model": "m", "input": text, "truncate": 1}), as_is)
    assert request.input == text
    assert unknown_parameters(request) == ["truncate"]


def test_any_struct_is_decoded_strictly() -> None:
    assert decode(b'{"include_usage": true}', StreamOptions) == StreamOptions(include_usage=True)
    with pytest.raises(BadRequestError, match="Unrecognized request argument supplied: foo"):
        decode(b'{"include_usage": true, "foo": 1}', StreamOptions)
    with pytest.raises(BadRequestError, match="Invalid type for 'include_usage'") as caught:
        decode(b'{"include_usage": 1}', StreamOptions)
    assert caught.value.param == "include_usage"


def test_a_broken_schema_is_refused_at_the_door_whatever_engine_would_serve() -> None:
    for schema in ({"type": "foo"}, {"type": "object", "properties": 3}, {"$ref": "http://example.com/schema.json"}):
        wanted = {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}}
        with pytest.raises(BadRequestError) as refused:
            chat(response_format=wanted)
        assert refused.value.param == "response_format"
    with pytest.raises(BadRequestError) as refused:
        chat(tools=[{"type": "function", "function": {"name": "f", "parameters": {"type": "foo"}}}])
    assert refused.value.param == "tools[0].function.parameters"
