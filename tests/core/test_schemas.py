"""Schemas of callers at the door: what is refused, in whose words, and how long that may take."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.core.chat import (
    ChatRequest,
    FunctionDefinition,
    FunctionTool,
    JsonSchema,
    JsonSchemaFormat,
    TextFormat,
    UserMessage,
)
from homeport.core.schemas import BoundedCache, check_request, validate, validate_arguments
from homeport.errors import BadRequestError


def request(**fields: Any) -> ChatRequest:
    return ChatRequest(messages=[UserMessage(content="Hi")], **fields)


def answering(schema: dict[str, Any] | None, *, strict: bool | None = None) -> ChatRequest:
    return request(response_format=JsonSchemaFormat(JsonSchema("answer", schema, None, strict)))


def calling(schema: dict[str, Any] | None, *, strict: bool | None = None) -> ChatRequest:
    fine = FunctionTool(FunctionDefinition("fine", None, {"type": "object"}))
    return request(tools=[fine, FunctionTool(FunctionDefinition("f", None, schema, strict))])


def refusal(request: ChatRequest) -> BadRequestError:
    with pytest.raises(BadRequestError) as caught:
        check_request(request)
    assert caught.value.status == 400
    return caught.value


def closed(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


STRING = {"type": "string"}
EVERY_KEY = "'required' is required to be supplied and to be an array including every key in properties."
FINE = closed(name=STRING, tags={"type": "array", "items": STRING}, size={"type": ["integer", "null"]})


def test_requests_without_schemas_pass() -> None:
    check_request(request())
    check_request(request(response_format=TextFormat()))
    check_request(calling(None))
    check_request(calling(None, strict=True))


@pytest.mark.parametrize("strict", [True, False, None])
def test_good_schemas_pass(strict: bool | None) -> None:
    for _ in range(2):  # the second time from the cache
        check_request(answering(FINE, strict=strict))
        check_request(calling(FINE, strict=strict))


def test_a_format_without_its_schema_is_refused() -> None:
    error = refusal(answering(None))
    assert (error.param, error.code) == ("response_format.json_schema.schema", "missing_required_parameter")


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        (closed(x={"type": "strin"}), "In context=('properties', 'x', 'type'), \"strin\" is not valid"),
        ({"type": "object", "properties": []}, "In context=('properties',), [] is not of type \"object\""),
        ({"type": "object", "required": "a"}, 'In context=(\'required\',), "a" is not of type "array"'),
        ({"type": "object", "minProperties": -1}, "In context=('minProperties',), -1 is less than the minimum of 0"),
        ({"type": "object", "properties": {"a": {"pattern": "("}}}, "In context=('properties', 'a', 'pattern'), \"(\""),
        ({"type": "object", "properties": {"a": 1}}, "In context=('properties', 'a'), 1 is not of types"),
        ({"type": "object", "allOf": []}, "In context=('allOf',), [] has less than 1 item"),
        ({"type": "object", "$schema": "http://example.com/other"}, "In context=(), Unknown meta-schema"),
        (
            {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}},
            "In context=('properties', 'a'), reference to component '#/$defs/A' which was not found in the schema",
        ),
        (
            {"type": "object", "$ref": "http://127.0.0.1:1/x"},
            "In context=(), reference to 'http://127.0.0.1:1/x' is not",
        ),
        ({"type": "object", "$ref": "file:///etc/passwd"}, "In context=(), reference to 'file:///etc/passwd' is not"),
        ({"type": "object", "$ref": "other.json#/a"}, "In context=(), reference to 'other.json#/a' is not"),
        ({"type": "object", "$ref": "#anchor"}, "In context=(), reference to '#anchor' is not permitted"),
        (
            {"type": "object", "anyOf": [{}], "$ref": "#/anyOf/" + "9" * 5000},
            "In context=(), reference to component '#/anyOf/9999",
        ),
        ({"type": "object", "$ref": 5}, "In context=(), reference to '5' is not permitted"),
        (
            {"type": "object", "default": {"x": 1}, "$ref": "#/default"},
            "In context=(), reference to '#/default' which is no",
        ),
        ({"type": "object", "$ref": "#"}, "In context=(), reference leads back to itself"),
        (
            {
                "type": "object",
                "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}]}},
                "properties": {"x": {"$ref": "#/$defs/a"}},
            },
            "In context=('$defs', 'a'), reference leads back to itself",
        ),
        ({"type": "object", "properties": {"a": {"$dynamicRef": "#nope"}}}, "In context=(), "),
    ],
)
def test_broken_schemas_are_refused(schema: dict[str, Any], message: str) -> None:
    error = refusal(answering(schema))
    assert error.message.startswith(f"Invalid schema for response_format 'answer': {message}")
    assert (error.param, error.code) == ("response_format", "invalid_json_schema")
    error = refusal(calling(schema))
    assert error.message.startswith(f"Invalid schema for function 'f': {message.partition(', ')[0]}")
    assert (error.param, error.code) == ("tools[1].function.parameters", "invalid_function_parameters")


def test_a_type_that_is_none_is_refused() -> None:
    error = refusal(answering({"type": "foo"}))
    assert error.message.startswith("Invalid schema for response_format 'answer': In context=('type',), \"foo\" is not")


@pytest.mark.parametrize("kind", ["array", ["object", "null"], None])
def test_arguments_are_an_object(kind: Any) -> None:
    error = refusal(calling({"type": kind}))
    assert error.message == (
        f"Invalid schema for function 'f': schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{kind}\"'."
    )


def test_what_only_strict_forbids_passes_otherwise() -> None:
    for schema in ({}, {"type": "object"}, {"type": "object", "properties": {"a": {}}}, {"allOf": [{"not": {}}]}):
        check_request(answering(schema))
        check_request(calling(schema))
        refusal(answering(schema, strict=True))
        refusal(calling(schema, strict=True))


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        (
            {"type": "array", "items": STRING},
            "In context=(), schema must be a JSON Schema of 'type: \"object\"', got 'type: \"array\"'.",
        ),
        ({**FINE, "anyOf": [FINE]}, "In context=(), schema must not have 'anyOf' at the top level"),
        (
            {"type": "object", "properties": {"a": STRING}, "required": ["a"]},
            "In context=(), 'additionalProperties' is required to be supplied and to be false.",
        ),
        (
            closed(a={**closed(b=STRING), "additionalProperties": True}),
            "In context=('properties', 'a'), 'additionalProperties' is required to be supplied and to be false.",
        ),
        (
            {"type": "object", "properties": {"a": STRING}, "additionalProperties": False},
            f"In context=(), {EVERY_KEY} Missing 'a'.",
        ),
        (
            closed(l={"type": "array", "items": {**closed(a=STRING, b=STRING), "required": ["a"]}}),
            f"In context=('properties', 'l', 'items'), {EVERY_KEY} Missing 'b'.",
        ),
        (
            {**closed(a=STRING), "required": ["a", "z"]},
            f"In context=(), {EVERY_KEY} Extra required key 'z' supplied.",
        ),
        (closed(a={"type": "array"}), "In context=('properties', 'a'), array schema missing items."),
        (closed(a={"description": "?"}), "In context=('properties', 'a'), schema must have a 'type' key."),
        (closed(a={"oneOf": [STRING]}), "In context=('properties', 'a'), 'oneOf' is not permitted."),
        (
            closed(a={"anyOf": [STRING, {"allOf": [STRING]}]}),
            "In context=('properties', 'a', 'anyOf', '1'), 'allOf' is not permitted.",
        ),
        (
            {**closed(a={"$ref": "#/$defs/x"}), "$defs": {"x": {**STRING, "not": {}}}},
            "In context=('$defs', 'x'), 'not' is not permitted.",
        ),
        (
            closed(a={"type": "array", "items": STRING, "uniqueItems": True}),
            "In context=('properties', 'a'), 'uniqueItems' is not permitted.",
        ),
        (closed(a={**STRING, "format": "uri"}), "In context=('properties', 'a'), 'uri' is not a valid format."),
        (
            closed(**{f"p{i}": STRING for i in range(5001)}),
            "In context=(), Expected at most 5000 object properties in total",
        ),
        (
            closed(a={"enum": [f"v{i}" for i in range(1001)]}),
            "In context=(), Expected at most 1000 enum values in total",
        ),
        (
            closed(a={"enum": ["v" * 120_001]}),
            "In context=(), Expected at most 120000 characters of names and enum values",
        ),
    ],
)
def test_strict_has_rules_of_its_own(schema: dict[str, Any], message: str) -> None:
    error = refusal(answering(schema, strict=True))
    assert error.message.startswith(f"Invalid schema for response_format 'answer': {message}")
    assert (error.param, error.code) == ("response_format", "invalid_json_schema")


@pytest.mark.parametrize(("levels", "fine"), [(10, True), (11, False)])
def test_strict_schemas_may_be_ten_levels_deep(levels: int, fine: bool) -> None:
    schema = closed()
    for _ in range(levels - 1):
        schema = closed(a=schema)
    if fine:
        check_request(answering(schema, strict=True))
    else:
        assert "Expected at most 10 levels of nesting." in refusal(answering(schema, strict=True)).message


def test_strict_takes_what_the_sdk_makes_of_a_model() -> None:
    """The shape of openai-python's `to_strict_json_schema`: titles, definitions, recursion, unions, defaults."""
    schema = {
        "$defs": {
            "Kind": {"enum": ["a", "b"], "title": "Kind", "type": "string"},
            "Node": {**closed(next={"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]}), "title": "Node"},
        },
        **closed(
            kind={"$ref": "#/$defs/Kind"},
            node={"$ref": "#/$defs/Node"},
            when={"format": "date-time", "title": "When", "type": "string"},
            pair={"type": "array", "prefixItems": [STRING, {"type": "integer"}], "minItems": 2, "maxItems": 2},
            note={"anyOf": [STRING, {"type": "null"}], "default": None, "description": "x"},
        ),
        "title": "Answer",
    }
    check_request(answering(schema, strict=True))
    check_request(calling(schema, strict=True))


# --- hostile schemas --------------------------------------------------------------------


def nested(depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object"}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"a": schema}}
    return schema


def chained(length: int) -> dict[str, Any]:
    links = {f"d{i}": {"type": "array", "items": {"$ref": f"#/$defs/d{i + 1}"}} for i in range(length)}
    return {"type": "object", "properties": {"a": {"$ref": "#/$defs/d0"}}, "$defs": {**links, f"d{length}": STRING}}


def doubling(keyword: str, times: int) -> dict[str, Any]:
    steps = {f"a{i + 1}": {keyword: [{"$ref": f"#/$defs/a{i}"}] * 2} for i in range(times)}
    return {"type": "object", "properties": {"x": {"$ref": f"#/$defs/a{times}"}}, "$defs": {"a0": STRING, **steps}}


@pytest.mark.parametrize(
    "schema",
    [
        nested(40),
        nested(20_000),
        {"type": "object", "default": [[[[]]]] * 100_000},
        {"type": "object", "description": "x" * 300_000},
        {"type": "object", "properties": {f"p{i}": {} for i in range(60_000)}},
        chained(300),
        chained(10_000),
        {**chained(30), "$defs": {name: nested(18) | link for name, link in chained(30)["$defs"].items()}},
        doubling("anyOf", 30),
        doubling("allOf", 500),
        doubling("oneOf", 14),
    ],
    ids=lambda schema: str(len(schema)),
)
def test_hostile_schemas_are_refused_at_once(schema: dict[str, Any]) -> None:
    started = time.process_time()
    refusal(answering(schema))
    refusal(calling(schema, strict=True))
    assert time.process_time() - started < 1


def test_large_honest_schemas_pass_and_cost_little_the_second_time() -> None:
    fields = {f"field_{i}": closed(name=STRING, size={"type": "integer", "minimum": i}) for i in range(600)}
    check_request(answering(closed(**fields), strict=True))
    check_request(calling(chained(200)))
    check_request(answering(doubling("anyOf", 10)))
    started = time.process_time()
    for _ in range(10):
        check_request(answering(closed(**fields), strict=True))
    assert time.process_time() - started < 0.5


keywords = st.sampled_from(
    [
        *("type", "properties", "required", "items", "anyOf", "allOf", "enum", "const", "$ref", "$defs", "pattern"),
        *("format", "additionalProperties", "minLength", "$schema", "$id", "definitions", "dependencies", "not", "if"),
    ]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keywords | st.text(max_size=2), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(keywords, json_values | st.sampled_from(["object", "#", "#/$defs/a"]), max_size=5), st.booleans()
)
def test_no_schema_is_a_bug(schema: dict[str, Any], strict: bool) -> None:
    """Whatever a caller sends as a schema is accepted or refused as a BadRequestError; never another error."""
    for wanted in (answering(schema, strict=strict), calling({"type": "object", **schema}, strict=strict)):
        try:
            check_request(wanted)
        except BadRequestError:
            continue
        validate(schema, "{}")


# --- validation --------------------------------------------------------------------------


def tool(schema: dict[str, Any] | None) -> FunctionTool:
    return FunctionTool(FunctionDefinition("f", None, schema))


WEATHER = tool(closed(city=STRING, unit={"enum": ["C", "F"]}, days={"type": "array", "items": {"type": "integer"}}))


@pytest.mark.parametrize(
    ("arguments", "reasons"),
    [
        ('{"city": "Rome", "unit": "C", "days": []}', []),
        ('{"city": "Rome", "unit": "K", "days": []}', ['/unit: "K" is not one of "C" or "F"']),
        (
            '{"city": 1, "unit": "C", "days": [1, "x"]}',
            ['/city: 1 is not of type "string"', '/days/1: "x" is not of type "integer"'],
        ),
        ('{"unit": "C", "days": []}', ['"city" is a required property']),
        (
            '{"city": "Rome", "unit": "C", "days": [], "x": 1}',
            ["Additional properties are not allowed ('x' was unexpected)"],
        ),
        ("[]", ['[] is not of type "object"']),
        ("", ["not valid JSON: Input data was truncated"]),
        ('{"city": "Rome"', ["not valid JSON: Input data was truncated"]),
        ("{'city': 'Rome'}", ["not valid JSON: JSON is malformed: object keys must be strings (byte 1)"]),
    ],
)
def test_why_arguments_are_wrong(arguments: str, reasons: list[str]) -> None:
    assert validate_arguments(WEATHER, arguments) == reasons


def test_a_function_without_parameters_takes_any_object() -> None:
    assert validate_arguments(tool(None), '{"x": 1}') == []
    assert validate_arguments(tool(None), "3") == ['3 is not of type "object"']


def test_reasons_are_few_and_short() -> None:
    schema = {"type": "object", "additionalProperties": {"type": "integer"}}
    reasons = validate(schema, msgspec.json.encode({str(i): "y" * 10_000 for i in range(50)}).decode())
    assert len(reasons) == 6
    assert reasons[-1] == "and more"
    assert all(len(reason) <= 300 for reason in reasons)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "[" * 100_000 + "]" * 100_000, "1e999", '"\\ud800"', "1" * 5000, "\x00", "nul"]
)
def test_any_text_can_be_validated(text: str) -> None:
    assert isinstance(validate({"type": ["number", "array"]}, text), list)
    assert validate({"type": "boolean"}, text)


def test_a_hostile_pattern_does_not_hang() -> None:
    started = time.process_time()
    validate({"type": "string", "pattern": "^(a|a)*(?=b)$"}, '"' + "a" * 5_000 + '!"')
    validate({"type": "string", "pattern": "^(a+)+$"}, '"' + "a" * 50_000 + '!"')
    assert time.process_time() - started < 1


# --- the cache -----------------------------------------------------------------------------


def test_the_cache_is_bounded_by_size_and_forgets_the_oldest() -> None:
    cache: BoundedCache[int] = BoundedCache(30)
    for number in range(3):
        cache.put(b"0123456789"[: 9 - number] + bytes([number]), number)
    assert len(cache) == 3
    assert cache.get(b"012345678\x00") == 0  # used, so not the oldest any more
    cache.put(b"abcdefgh", 3)
    assert cache.get(b"01234567\x01") is None
    assert cache.get(b"012345678\x00") == 0
    cache.put(b"x" * 31, 4)
    assert cache.get(b"x" * 31) is None
    assert cache.get(b"abcdefgh") == 3
    cache.put(b"abcdefgh", 5)
    assert (cache.get(b"abcdefgh"), len(cache)) == (5, 3)
