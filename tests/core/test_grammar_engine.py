"""Accepted means enforced: under our grammars the real engine, with a model of random weights, can only write what the
schema allows. A model that knows nothing is the hardest test there is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from homeport.core.chat import (
    JsonObjectFormat,
    JsonSchema,
    JsonSchemaFormat,
)
from homeport.core.grammar import Constraint, for_response_format
from homeport.core.grammar.lark import compile_grammar, grammar
from homeport.core.parsers import (
    ModelFormat,
)
from homeport.core.schemas import InvalidSchema, validate
from homeport.errors import BadRequestError
from tests.core.raw_engine import RawEngine, closed, raw_engine

EXAMPLES = 80
PLAIN = ModelFormat()


@pytest.fixture(scope="module")
def engine(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RawEngine]:
    with raw_engine(tiny_model, tmp_path_factory.mktemp("engine")) as running:
        yield running


def constrained(schema: dict[str, Any]) -> Constraint:
    constraint = for_response_format(JsonSchemaFormat(JsonSchema("answer", schema)), PLAIN)
    assert constraint is not None
    return constraint


def check(engine: RawEngine, schema: dict[str, Any], *, seeds: int = 3) -> list[Any]:
    """The values of the answers that were finished; each is valid."""
    constraint = constrained(schema)
    values = []
    for seed in range(seeds):
        stopped, text = engine.complete(constraint, seed=seed)
        if stopped == "eos":
            assert validate(schema, text) == [], text
            values.append(json.loads(text))
        else:
            assert stopped == "limit"
            assert text[:1] in '{["-0123456789tfn'
    return values


# --- what schemas may say ------------------------------------------------------------


LINKED = {
    "$ref": "#/$defs/node",
    "$defs": {
        "node": closed(
            v={"type": "integer", "minimum": 0, "maximum": 3},
            next={"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
        )
    },
}

SCHEMAS: dict[str, dict[str, Any]] = {
    "object": closed(a={"type": "integer"}, b={"type": "boolean"}),
    "keys that need escapes": closed(**{'q"\\\n': {"const": 1}, "é🎉": {"const": 2}, "//x": {"const": 3}}),
    "optional": {"type": "object", "properties": {"a": {"type": "null"}, "b": {"type": "null"}}, "required": ["b"]},
    "required but not described": {"type": "object", "properties": {}, "required": ["x"]},
    "enum of everything": {"enum": ["a", 1, 1.5, None, True, {"k": [1, "z"]}, [], {}]},
    "const": {"const": {"a": [1, {"b": "c d"}], "//": "# %json {"}},
    "strings": {"type": "string", "minLength": 2, "maxLength": 4},
    "pattern": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{3}$"},
    "pattern within": {"type": "string", "pattern": "b+c", "maxLength": 6},
    "pattern of escapes": {"type": "string", "pattern": r"^\d\w\/\-\u0041\.[\]\\]$"},
    "integers": {"type": "integer", "minimum": -3, "exclusiveMaximum": 12},
    "multiples": {"type": "integer", "minimum": 0, "maximum": 100, "multipleOf": 7},
    "numbers": {"type": "number", "minimum": 0.25, "maximum": 0.75},
    "decimals": {"type": "number", "minimum": 0, "maximum": 10, "multipleOf": 0.25},
    "types": {"type": ["integer", "null", "boolean"]},
    "array": {"type": "array", "items": {"enum": [1, 2]}, "minItems": 1, "maxItems": 3},
    "tuple": {"type": "array", "prefixItems": [{"const": "x"}, {"type": "boolean"}], "items": False, "minItems": 2},
    "empty array": {"type": "array", "items": {"type": "string"}, "maxItems": 0},
    "anyOf": {"anyOf": [closed(t={"const": "a"}), closed(t={"const": "b"}, n={"type": "boolean"})]},
    "oneOf told apart": {"oneOf": [closed(t={"const": "a"}), closed(t={"const": "b"})]},
    "allOf": {"allOf": [{"type": "integer", "minimum": 3}, {"maximum": 5}]},
    "allOf of objects": {
        "type": "object",
        "allOf": [{"properties": {"a": {"enum": [1, 2]}}, "required": ["a"]}, {"properties": {"a": {"enum": [2, 3]}}}],
        "additionalProperties": False,
        "properties": {"a": {}},
    },
    "map": {"type": "object", "additionalProperties": {"enum": [0, 1]}, "minProperties": 1, "maxProperties": 2},
    "recursion": LINKED,
    "a reference anywhere": {**closed(a={"enum": ["x"]}, b={"$ref": "#/properties/a"})},
    "escaped references": {**closed(a={"$ref": "#/$defs/x~1y~0%20"}), "$defs": {"x/y~ ": {"const": 1}}},
    "definitions": {**closed(a={"$ref": "#/definitions/x"}), "definitions": {"x": {"const": 1}}},
    "annotations": {**closed(a={"const": 1, "title": "A", "x-y": {"z": 1}, "deprecated": True}), "title": "T"},
    "draft 7": {"$schema": "http://json-schema.org/draft-07/schema#", **closed(a={"const": 1})},
    "uri": {"type": "string", "format": "uri", "maxLength": 40},
    "meaning an object": {"properties": {"a": {"const": 1}}, "required": ["a"]},
}
FORMATS = ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_answers_satisfy_their_schema(engine: RawEngine, name: str) -> None:
    assert check(engine, SCHEMAS[name], seeds=6)


@pytest.mark.parametrize("name", FORMATS)
def test_formats_are_enforced(engine: RawEngine, name: str) -> None:
    schema = {"type": "string", "format": name, "maxLength": 60}
    checker = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    for value in check(engine, schema, seeds=8):
        leap = "-02-29" in value or ":60" in value  # which years have a leap day, a grammar cannot know
        labels = name in ("email", "hostname") and any(len(label) > 63 or "--" in label for label in value.split("."))
        assert leap or labels or checker.is_valid(value), value


def test_a_json_object_is_an_object(engine: RawEngine) -> None:
    constraint = for_response_format(JsonObjectFormat(), PLAIN)
    assert constraint is not None
    for seed in range(8):
        stopped, text = engine.complete(constraint, seed=seed)
        assert text.startswith("{")
        if stopped == "eos":
            assert validate({"type": "object"}, text) == []


# --- what grammars do the engine refuses are refused here ------------------------------


@pytest.mark.parametrize(
    "body",
    [
        *('{"type":"foo"}', '{"not":{}}', '{"type":"string","pattern":"(?=a)b"}', '{"type":"string","format":"uri"}'),
        *('{"type":"array","uniqueItems":true}', '{"type":"integer","minimum":3,"maximum":1}', "{", "false"),
        *('{"oneOf":[{"type":"number"},{"type":"integer"}]}', '{"$ref":"http://example.com/x"}'),
        *('{"x-guidance":{"json_allowed_escapes":"n"}}', '{"x-guidance":{"no":1}}'),
    ],
)
def test_the_compiler_here_is_the_engines_own(engine: RawEngine, body: str) -> None:
    """What the package `llguidance` refuses is what llama.cpp carries on without: the two are of one version."""
    text = grammar(f"start: %json {body}")
    with pytest.raises(InvalidSchema):
        compile_grammar(text)
    written = [engine.complete(Constraint(text), seed=seed, tokens=24)[1] for seed in range(3)]
    assert written == [engine.complete(Constraint(""), seed=seed, tokens=24)[1] for seed in range(3)]


# --- schemas at random ---------------------------------------------------------------

names = st.sampled_from(["a", "b", "c d", "é", 'q"', "n\n", "\\", "$ref", "properties", "0"])
patterns = st.sampled_from(
    [
        "^[ab]{1,3}$",
        "x",
        "^a|b$",
        r"^\d+$",
        r"\s",
        "^$",
        "[^a-z]",
        "^(ab)*$",
        r"^\p{L}$",
        ".",
        "(?=a)",
        r"\bx",
        r"(a)\1",
    ]
)
numbers = st.integers(-20, 20) | st.sampled_from([0.5, -1.25, 3.75, 0.1, 1e-3, 12.5])
constants = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=2),
    max_leaves=4,
)


@st.composite
def optional(draw: Any, **keywords: st.SearchStrategy[Any]) -> dict[str, Any]:
    """Some of these keywords, in any order."""
    chosen = draw(st.permutations(sorted(keywords)))[: draw(st.integers(0, len(keywords)))]
    return {key: draw(keywords[key]) for key in chosen}


leaves = st.one_of(
    optional(minLength=st.integers(0, 4), maxLength=st.integers(0, 6), pattern=patterns).map(
        lambda more: {"type": "string", **more}
    ),
    st.sampled_from(FORMATS).map(lambda name: {"type": "string", "format": name}),
    st.tuples(
        st.sampled_from(["integer", "number"]),
        optional(
            minimum=numbers,
            maximum=numbers,
            exclusiveMinimum=numbers,
            exclusiveMaximum=numbers,
            multipleOf=st.sampled_from([1, 2, 3, 0.5, 0.1, 0.01]),
        ),
    ).map(lambda both: {"type": both[0], **both[1]}),
    st.lists(st.sampled_from(["null", "boolean", "integer"]), min_size=1, unique=True).map(
        lambda kinds: {"type": kinds}
    ),
    constants.map(lambda value: {"const": value}),
    st.lists(constants, min_size=1, max_size=3).map(lambda values: {"enum": values}),
    st.sampled_from(["r0", "r1"]).map(lambda name: {"$ref": f"#/$defs/{name}"}),
)


def containers(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    schemas = inner | st.booleans()
    several = st.lists(inner, min_size=1, max_size=3)
    objects = optional(
        properties=st.dictionaries(names, schemas, max_size=3),
        required=st.lists(names, max_size=2, unique=True),
        additionalProperties=schemas,
        minProperties=st.integers(0, 2),
        maxProperties=st.integers(0, 3),
    )
    arrays = optional(items=schemas, prefixItems=several, minItems=st.integers(0, 2), maxItems=st.integers(0, 3))
    odd = optional(
        **dict.fromkeys(["uniqueItems", "unevaluatedItems", "unevaluatedProperties", "propertyNames"], st.booleans()),
        **dict.fromkeys(["not", "if", "then", "contains", "additionalItems"], schemas),
    )
    return st.one_of(
        st.tuples(odd, objects, arrays).map(lambda all: {**all[0], **all[1], **all[2]}),
        objects.map(lambda more: {"type": "object", **more}),
        objects,
        arrays.map(lambda more: {"type": "array", **more}),
        several.map(lambda them: {"anyOf": them}),
        several.map(lambda them: {"allOf": them}),
        several.map(lambda them: {"oneOf": them}),
        st.tuples(several, objects).map(lambda both: {"anyOf": both[0], **both[1]}),
        st.tuples(objects, several).map(lambda both: {"type": "object", **both[0], "allOf": both[1]}),
    )


trees = st.recursive(leaves, containers, max_leaves=8)


@st.composite
def roots(draw: Any) -> dict[str, Any]:
    return {**draw(trees), "$defs": {"r0": draw(trees), "r1": draw(trees)}}


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(roots(), st.integers(0, 1000))
def test_random_schemas_are_refused_or_enforced(engine: RawEngine, schema: dict[str, Any], seed: int) -> None:
    try:
        constraint = constrained(schema)
    except BadRequestError:
        assume(False)
    stopped, text = engine.complete(constraint, seed=seed, tokens=120)
    if stopped == "eos":
        assert validate(schema, text) == [], text
    else:
        assert stopped == "limit"
