"""Grammars: what is refused and how it is said, what is narrowed, and what the engine is told."""

from __future__ import annotations

import time
from typing import Any

import pytest

from homeport.core.chat import (
    FunctionDefinition,
    FunctionName,
    FunctionTool,
    JsonObjectFormat,
    JsonSchema,
    JsonSchemaFormat,
    NamedToolChoice,
    TextFormat,
)
from homeport.core.grammar import Constraint, for_response_format, for_tool_calls
from homeport.core.grammar import enforceable as enforceable_module
from homeport.core.grammar.enforceable import enforceable
from homeport.core.parsers import ModelFormat
from homeport.errors import BadRequestError, UnsupportedParameter

PLAIN, HERMES, LLAMA3 = ModelFormat(), ModelFormat("hermes"), ModelFormat("llama3")
STRING = {"type": "string"}
CLOSED = {"type": "object", "properties": {"a": STRING}, "required": ["a"], "additionalProperties": False}


def answering(schema: dict[str, Any]) -> Constraint:
    constraint = for_response_format(JsonSchemaFormat(JsonSchema("answer", schema)), PLAIN)
    assert constraint is not None
    return constraint


def tool(name: str = "f", schema: dict[str, Any] | None = None, *, strict: bool | None = None) -> FunctionTool:
    return FunctionTool(FunctionDefinition(name, None, schema, strict))


def holding(schema: Any) -> dict[str, Any]:
    """An object with `schema` two levels down, where every value needs it."""
    array = {"type": "array", "items": schema, "minItems": 1}
    return {"type": "object", "properties": {"a": array}, "required": ["a"]}


# --- refusals -----------------------------------------------------------------------------

NO, NOT = "cannot be enforced while decoding", " cannot be enforced while decoding."


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"not": STRING}, "'not'" + NOT),
        ({"not": True}, "'not'" + NOT),
        ({"if": {}, "then": {}}, "'if'" + NOT),
        ({"if": True, "then": {}}, "'if'" + NOT),
        ({"type": "array", "uniqueItems": True}, "'uniqueItems'" + NOT),
        ({"type": "array", "contains": STRING}, "'contains'" + NOT),
        ({"type": "array", "unevaluatedItems": False}, "'unevaluatedItems'" + NOT),
        ({"type": "object", "unevaluatedProperties": False}, "'unevaluatedProperties'" + NOT),
        ({"type": "object", "propertyNames": {"maxLength": 3}}, "'propertyNames'" + NOT),
        ({"type": "object", "patternProperties": {"^a": {}}}, "'patternProperties'" + NOT),
        ({"type": "object", "dependentRequired": {"a": ["b"]}}, "'dependentRequired'" + NOT),
        ({"type": "object", "dependentSchemas": {"a": {}}}, "'dependentSchemas'" + NOT),
        ({"type": "object", "minProperties": 2}, "'minProperties' above the number of required properties cannot be"),
        ({**STRING, "format": "regex"}, "'regex' is not a format that can be enforced while decoding."),
        (
            {"$id": "x:q", "properties": {"a": {"$ref": "#/$defs/i"}}, "$defs": {"i": {}}},
            "references within a schema that has an '$id' of its own are not permitted",
        ),
        ({**STRING, "pattern": "(?=a)b"}, NO + ": 'pattern': look-around"),
        ({**STRING, "pattern": r"(a)\1"}, NO + ": 'pattern': backreferences"),
        ({**STRING, "pattern": r"\bx"}, NO + ": 'pattern': lookarounds"),
        ({**STRING, "minLength": 3, "maxLength": 2}, NO + ": Unsatisfiable schema: minLength"),
        ({**STRING, "maxLength": 2_000_000}, "'maxLength' may be at most 1000000."),
        ({"type": "array", "minItems": 20_000}, "'minItems' and 'maxItems' may be at most 10000 in all"),
        ({"type": "array", "minItems": 6_000, "items": {"type": "array", "maxItems": 6_000}}, "'minItems' and 'max"),
        ({"type": "integer", "minimum": 2**60}, "'minimum' must be a number between -2^53 and 2^53."),
        ({"type": "integer", "minimum": 3, "maximum": 2}, NO + ": Unsatisfiable schema: minimum"),
        ({"type": "integer", "maximum": -1, "multipleOf": 2}, "'multipleOf' cannot be enforced on negative numbers."),
        ({"type": "integer", "minimum": 1, "maximum": 2, "multipleOf": 5}, NO + ": Unsatisfiable"),
        ({"const": 2**60}, "'const' has a number beyond 2^53, which" + NOT),
        ({"enum": [1, {"x": [2.0**70]}]}, "'enum' has a number beyond 2^53, which" + NOT),
        ({"oneOf": [{"type": "number"}, {"type": "integer"}]}, NO + ": the alternatives of 'oneOf'"),
        ({"oneOf": [{"required": ["a"]}, {"properties": {"b": {}}}]}, NO + ": the alternatives"),
        ({"type": "object", "properties": {f"p{i}": {} for i in range(1001)}}, "an object may have at most 1000"),
    ],
)  # fmt: skip
def test_what_would_not_be_enforced_is_refused_by_name_and_place(schema: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        answering(holding(schema))
    prefix = "Invalid schema for response_format 'answer': In context=('properties', 'a', 'items'), "
    assert caught.value.message.startswith(prefix + reason)
    assert (caught.value.param, caught.value.code) == ("response_format", "invalid_json_schema")


def test_keywords_without_effect_pass() -> None:
    for keyword, value in {
        "uniqueItems": False,
        "unevaluatedItems": True,
        "propertyNames": True,
        "nullable": True,
    }.items():
        answering({"type": ["array", "object"], keyword: value})


def test_a_place_in_a_definition_is_named() -> None:
    schema = {
        **holding({"$ref": "#/$defs/x"}),
        "$defs": {"x": {"type": "array", "items": {**STRING, "pattern": "^(?!a)"}}},
    }
    with pytest.raises(
        BadRequestError, match=r"In context=\('\$defs', 'x', 'items'\), cannot be enforced.*look-around"
    ):
        answering(schema)


def test_what_cannot_be_satisfied_is_refused() -> None:
    for schema in (
        {"enum": []},
        {"properties": {"a": False}, "required": ["a"]},
        {"allOf": [STRING, {"type": "null"}]},
    ):
        with pytest.raises(BadRequestError, match="Unsatisfiable schema"):
            answering(schema)


def test_a_remote_reference_is_refused_here_too() -> None:
    with pytest.raises(BadRequestError, match=r"reference to 'http://example\.com/x' is not permitted"):
        answering(holding({"$ref": "http://example.com/x"}))


@pytest.mark.parametrize(
    "schema",
    [
        {"anyOf": [{"type": "object", "properties": {f"p{i}": STRING}, "required": [f"p{i}"]} for i in range(5000)]},
        {"type": "object", "properties": {f"p{i}": STRING for i in range(3000)}},
        {"type": "object", "allOf": [{"properties": {f"p{i}": {"enum": list(range(40))}}} for i in range(400)]},
        {"type": "array", "minItems": 10_000, "items": {"pattern": "(a{1,99}){1,99}"}},
        {"type": "object", "properties": {f"p{i}": {"type": "array", "minItems": 100_000} for i in range(200)}},
        {"type": "object", "properties": {f"p{i}": {"type": "array", "minItems": 9_000} for i in range(900)}},
    ],
    ids=["anyOf", "properties", "allOf", "repetition", "long arrays", "many arrays"],
)  # fmt: skip
def test_no_grammar_takes_long(schema: dict[str, Any]) -> None:
    started = time.process_time()
    try:
        answering(schema)
    except BadRequestError as error:
        assert "too" in error.message or "at most" in error.message  # noqa: PT017
    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    "schema",
    [
        {"prefixItems": 5},
        {"prefixItems": [5]},
        {"prefixItems": [{"allOf": 5}]},
        {"prefixItems": [{"properties": 5}]},
        {"prefixItems": [{"properties": {"a": 5}}]},
        {"prefixItems": [{"additionalProperties": 5}]},
        {"prefixItems": [{"required": [[]]}]},
        {"prefixItems": [{"minItems": "x"}]},
        {"prefixItems": [{"format": []}]},
    ],
)
def test_what_an_older_draft_does_not_know_is_checked_all_the_same(schema: dict[str, Any]) -> None:
    with pytest.raises(BadRequestError, match=r"^Invalid schema for .*: In context=\('properties', 'a', 'items'"):
        answering(holding(schema) | {"$schema": "http://json-schema.org/draft-07/schema#"})


# --- narrowing ----------------------------------------------------------------------------


def test_objects_are_closed_unless_they_say_otherwise() -> None:
    plain = {"type": "object", "properties": {"a": STRING}, "required": ["z"]}
    assert enforceable(plain) == {
        "type": "object",
        "properties": {"a": STRING, "z": True},
        "required": ["z"],
        "additionalProperties": False,
    }
    # By a pattern, which known ones in disguise don't fit (see `test_grammar_letters`).
    further = {"patternProperties": {".*": True}, "additionalProperties": False}
    assert enforceable({**plain, "additionalProperties": True}) == {**plain, **further}
    for said in (
        {"type": "object"},
        {"additionalProperties": STRING, "type": "object"},
    ):
        assert enforceable(said) == said
    layered = {"allOf": [plain, {"properties": {"b": STRING}}]}
    assert enforceable(layered) == layered
    assert plain == {"type": "object", "properties": {"a": STRING}, "required": ["z"]}  # the caller's is not touched


def test_annotations_are_dropped_and_the_order_is_kept() -> None:
    schema = {
        "title": "T",
        "x-mine": {"$ref": "http://example.com"},
        "required": ["b"],
        "type": "object",
        "properties": {"b": {"default": 1, "description": "d", "type": "integer"}, "a": {"examples": [1], "const": 1}},
        "additionalProperties": False,
        "$comment": "c",
    }
    found = enforceable(schema)
    assert list(found) == ["required", "type", "properties", "additionalProperties"]
    assert list(found["properties"]) == ["b", "a"]
    assert found["properties"] == {"b": {"type": "integer"}, "a": {"const": 1}}


def test_references_are_gathered_under_names_of_ours() -> None:
    schema = {
        "properties": {"a": {"$ref": "#/definitions/x~1y"}, "b": {"$ref": "#/properties/a"}, "c": {"$ref": "#"}},
        "definitions": {"x/y": {"type": "array", "items": {"$ref": "#/definitions/x~1y"}}, "unused": {"not": {}}},
    }
    found = enforceable(schema)
    assert found["properties"] == {
        "a": {"$ref": "#/$defs/d0"},
        "b": {"$ref": "#/$defs/d1"},
        "c": {"$ref": "#/$defs/d2"},
    }
    assert found["$defs"]["d0"] == {"type": "array", "items": {"$ref": "#/$defs/d0"}}
    assert found["$defs"]["d1"] == {"$ref": "#/$defs/d0"}
    assert found["$defs"]["d2"]["properties"] == found["properties"]
    assert len(found["$defs"]) == 3


# --- constraints ----------------------------------------------------------------------------


def test_any_text_needs_no_grammar() -> None:
    assert for_response_format(None, PLAIN) is None
    assert for_response_format(TextFormat(), HERMES, in_reasoning=True) is None
    assert for_tool_calls([], None, PLAIN) is None
    assert for_tool_calls([tool()], "none", PLAIN) is None
    assert for_tool_calls([tool()], None, LLAMA3) is None  # whose calls look like any other JSON
    assert for_tool_calls([tool()], "auto", LLAMA3) is None
    assert for_tool_calls([tool(strict=True)], "none", HERMES) is None


def test_what_is_too_much_to_enforce_is_refused_only_where_it_must_be() -> None:
    schema = {"type": "object", "properties": {f"p{i}": STRING for i in range(900)}}
    many = [tool(f"f{i}", schema) for i in range(20)]
    assert for_tool_calls(many[:1], "auto", HERMES) is not None
    assert for_tool_calls(many, "auto", HERMES) is None
    with pytest.raises(BadRequestError, match="taken together"):
        for_tool_calls([*many, tool("g", CLOSED, strict=True)], "auto", HERMES)


def test_the_tokens_that_end_an_answer_are_part_of_it() -> None:
    """llama.cpp tells llguidance of one such token only, and not always of the one that the model writes."""
    format = ModelFormat("hermes", ends=(2, 7))
    for choice in ("auto", "required"):
        constraint = for_tool_calls([tool()], choice, format)
        assert constraint is not None
        assert "( <[2]> | <[7]> )?" in constraint.grammar


def test_no_calls_leaves_the_response_format() -> None:
    for choice in ("none", None):
        tools = [tool()] if choice == "none" else []
        constraint = for_tool_calls(tools, choice, PLAIN, response_format=JsonObjectFormat())
        assert constraint == for_response_format(JsonObjectFormat(), PLAIN)


def test_a_model_without_calls_is_asked_for_none() -> None:
    with pytest.raises(UnsupportedParameter) as caught:
        for_tool_calls([tool()], "required", PLAIN)
    assert caught.value.param == "tools"


def test_a_function_that_is_not_offered_cannot_be_chosen() -> None:
    with pytest.raises(BadRequestError, match=r"Tool choice 'g' not found in 'tools' parameter\.") as caught:
        for_tool_calls([tool("f")], NamedToolChoice(FunctionName("g")), HERMES)
    assert caught.value.param == "tool_choice"


@pytest.mark.parametrize("choice", [NamedToolChoice(FunctionName("f")), "required", "auto", None])
def test_a_strict_tool_that_cannot_be_enforced_is_refused(choice: Any) -> None:
    with pytest.raises(BadRequestError) as caught:
        for_tool_calls([tool("g"), tool("f", holding({"not": {}}), strict=True)], choice, HERMES)
    assert caught.value.message == (
        "Invalid schema for function 'f': In context=('properties', 'a', 'items'), "
        "'not' cannot be enforced while decoding."
    )
    assert caught.value.code == "invalid_function_parameters"
    assert str(caught.value.param).endswith(".function.parameters")


def test_another_tool_that_cannot_be_enforced_may_take_any_object() -> None:
    loose = for_tool_calls([tool("f", holding({"not": {}}))], "required", HERMES)
    free = for_tool_calls([tool("f", {"type": "object"})], "required", HERMES)
    assert loose == free


def test_the_opening_is_put_in_the_models_mouth_unless_it_may_think_first() -> None:
    named = NamedToolChoice(FunctionName("f"))
    constraint = for_tool_calls([tool()], named, HERMES)
    assert constraint is not None
    assert constraint.prefill == '<tool_call>\n{"name": "'
    assert "<tool_call>" not in constraint.grammar
    thinking = for_tool_calls([tool()], named, ModelFormat("hermes", ("<think>", "</think>")))
    assert thinking is not None
    assert thinking.prefill == ""
    assert '"<tool_call>\\n" calls' in thinking.grammar


def test_control_tokens_are_named_by_their_ids() -> None:
    format = ModelFormat("mistral_v11", None, {"[TOOL_CALLS]": 9, "[ARGS]": 100_000})
    constraint = for_tool_calls([tool("f"), tool("g")], "required", format)
    assert constraint is not None
    assert constraint.prefill == "[TOOL_CALLS]"
    assert 'call_0: "f" <[100000]> %json' in constraint.grammar
    assert "( <[9]> call )*" in constraint.grammar


def test_a_refused_schema_is_checked_a_few_times_and_not_for_every_place(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = []
    check = enforceable_module._check_kinds
    monkeypatch.setattr(enforceable_module, "_check_kinds", lambda node: (checked.append(node), check(node)))
    properties = {f"p{i}": STRING for i in range(60)} | {"last": {"type": "string", "pattern": "a(?!b)"}}
    with pytest.raises(BadRequestError):
        answering({"type": "object", "properties": properties})
    assert len(properties) < len(checked) < 10 * len(properties)


def test_the_same_schema_is_compiled_once() -> None:
    schema = {"type": "object", "properties": {f"p{i}": STRING for i in range(400)}}
    first = answering(schema)
    started = time.process_time()
    for _ in range(20):
        assert answering(schema) == first
    assert time.process_time() - started < 0.1
