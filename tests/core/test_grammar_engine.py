"""Accepted means enforced: under our grammars the real engine, with a model of random weights, can only write what the
schema allows. A model that knows nothing is the hardest test there is."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from homeport.core.chat import (
    FunctionDefinition,
    FunctionName,
    FunctionTool,
    JsonObjectFormat,
    JsonSchema,
    JsonSchemaFormat,
    NamedToolChoice,
)
from homeport.core.grammar import Constraint, for_response_format, for_tool_calls
from homeport.core.grammar.lark import compile_grammar, grammar
from homeport.core.parsers import (
    ContentText,
    ModelFormat,
    OutputParser,
    ReasoningText,
    ToolCallArguments,
    ToolCallStart,
)
from homeport.core.parsers.formats import OPENING_TAGS
from homeport.core.schemas import InvalidSchema, validate
from homeport.errors import BadRequestError

_CHILD = """
import os, sys, time
os.environ["OMP_WAIT_POLICY"] = "passive"
import xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.hostnames = sys.argv[1], [sys.argv[2]]
params.n_ctx, params.n_parallel, params.cpuparams.n_threads = 4096, 1, 1
server = xllamacpp.Server(params)
print("up", flush=True)
sys.stdin.read()
"""
EXAMPLES = 80
PLAIN, HERMES = ModelFormat(), ModelFormat("hermes")
IM_START, TOOL_CALL, THINK_END = 2, 4, 7  # in the tiny model's vocabulary; the first is a control token
PROMPT = "Hello world"


class Engine:
    """llama.cpp's own server, with nothing of ours between."""

    def __init__(self, path: str) -> None:
        self._path = path

    def complete(
        self, constraint: Constraint, *, seed: int = 1, tokens: int = 160, bias: dict[int, float] | None = None
    ) -> tuple[str, str]:
        """Why it stopped ("eos", "limit"), and what it wrote."""
        body = {
            "prompt": PROMPT + constraint.prefill,
            "n_predict": tokens,
            "seed": seed,
            "temperature": 1,
            "top_k": 0,
            "top_p": 1,
            "min_p": 0,
            "grammar": constraint.grammar,
            "preserved_tokens": ["<|im_start|>"],
            "logit_bias": [[token, value] for token, value in (bias or {}).items()],
        }
        answer = self._post("/completion", body)
        return answer["stop_type"], answer["content"]

    def token(self, text: str) -> int:
        """The id of the one token that `text` is."""
        (token,) = self._post("/tokenize", {"content": text, "parse_special": True})["tokens"]
        return int(token)

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        connection = http.client.HTTPConnection("localhost", timeout=60)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(self._path)
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer: dict[str, Any] = msgspec.json.decode(connection.getresponse().read())
        connection.close()
        return answer


@pytest.fixture(scope="module")
def engine(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    path = str(tmp_path_factory.mktemp("engine") / "s.sock")
    with subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(tiny_model), path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == b"up\n"
            yield Engine(path)
        finally:
            child.kill()


def constrained(schema: dict[str, Any]) -> Constraint:
    constraint = for_response_format(JsonSchemaFormat(JsonSchema("answer", schema)), PLAIN)
    assert constraint is not None
    return constraint


def check(engine: Engine, schema: dict[str, Any], *, seeds: int = 3) -> list[Any]:
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


def closed(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


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
def test_answers_satisfy_their_schema(engine: Engine, name: str) -> None:
    assert check(engine, SCHEMAS[name], seeds=6)


@pytest.mark.parametrize("name", FORMATS)
def test_formats_are_enforced(engine: Engine, name: str) -> None:
    schema = {"type": "string", "format": name, "maxLength": 60}
    checker = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    for value in check(engine, schema, seeds=8):
        leap = "-02-29" in value or ":60" in value  # which years have a leap day, a grammar cannot know
        labels = name in ("email", "hostname") and any(len(label) > 63 or "--" in label for label in value.split("."))
        assert leap or labels or checker.is_valid(value), value


def test_a_json_object_is_an_object(engine: Engine) -> None:
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
def test_the_compiler_here_is_the_engines_own(engine: Engine, body: str) -> None:
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
def test_random_schemas_are_refused_or_enforced(engine: Engine, schema: dict[str, Any], seed: int) -> None:
    try:
        constraint = constrained(schema)
    except BadRequestError:
        assume(False)
    stopped, text = engine.complete(constraint, seed=seed, tokens=120)
    if stopped == "eos":
        assert validate(schema, text) == [], text
    else:
        assert stopped == "limit"


# --- tool calls ----------------------------------------------------------------------

WEATHER = FunctionDefinition("get_weather", None, closed(city={"enum": ["Rome", "Tōkyō"]}, days={"const": 3}), True)
TIME = FunctionDefinition("get_time", None, {"properties": {"zone": {"enum": ["UTC"]}}, "required": ["zone"]})
PING = FunctionDefinition("ping")
TOOLS = [FunctionTool(function) for function in (WEATHER, TIME, PING)]
THINK = ("<think>", "</think>")
FAMILIES = ["hermes", "llama3", "mistral", "mistral_v11", "deepseek", "deepseek_v31"]
family = pytest.mark.parametrize("family", FAMILIES)


class Output:
    """An output put together: every finished call's arguments are checked against its schema."""

    def __init__(self, engine: Engine, constraint: Constraint, format: ModelFormat, **more: Any) -> None:
        in_reasoning = more.pop("in_reasoning", False)
        self.stopped, text = engine.complete(constraint, **more)
        for tag in format.control_tokens:
            text = text.replace("<|im_start|>", tag)
        parser = OutputParser(format, tools=[tool.function.name for tool in TOOLS], in_reasoning=in_reasoning)
        self.content, self.reasoning = "", ""
        self.calls: list[list[str]] = []
        for event in [*parser.feed(constraint.prefill), *parser.feed(text), *parser.finish()]:
            match event:
                case ContentText(text):
                    self.content += text
                case ReasoningText(text):
                    self.reasoning += text
                case ToolCallStart(_, _, name):
                    self.calls.append([name, ""])
                case ToolCallArguments(index, text):
                    self.calls[index][1] += text
        finished = self.calls if self.stopped == "eos" else self.calls[:-1]
        for name, arguments in finished:
            function = next(tool.function for tool in TOOLS if tool.function.name == name)
            assert validate(function.parameters or {"const": {}}, arguments) == []


def tools_constraint(choice: Any, format: ModelFormat, **more: Any) -> Constraint:
    constraint = for_tool_calls(more.pop("tools", TOOLS), choice, format, **more)
    assert constraint is not None
    return constraint


@family
def test_a_named_function_is_called_once_and_nothing_else_is_said(engine: Engine, family: Any) -> None:
    format = ModelFormat(family)
    constraint = tools_constraint(NamedToolChoice(FunctionName("get_weather")), format)
    for seed in range(4):
        output = Output(engine, constraint, format, seed=seed)
        assert output.stopped == "eos"
        assert [name for name, _ in output.calls] == ["get_weather"]
        assert output.content == ""


@family
def test_required_means_a_call_at_least(engine: Engine, family: Any) -> None:
    format = ModelFormat(family)
    most = 0
    for seed in range(40):
        output = Output(engine, tools_constraint("required", format), format, seed=seed, tokens=250)
        assert output.calls
        assert output.content == "" or output.stopped == "limit"  # the next tag, cut off
        most = max(most, len(output.calls))
        if seed > 4 and most > 1:
            break
    assert most > 1
    for seed in range(4):
        alone = Output(engine, tools_constraint("required", format, parallel=False), format, seed=seed)
        assert (alone.stopped, len(alone.calls), alone.content) == ("eos", 1, "")


@family
@pytest.mark.parametrize("in_reasoning", [False, True])
def test_a_reasoning_model_may_think_before_it_must_call(engine: Engine, family: Any, in_reasoning: bool) -> None:
    format = ModelFormat(family, THINK)
    constraint = tools_constraint("required", format, parallel=False, in_reasoning=in_reasoning)
    assert constraint.prefill == ""
    outputs = [
        Output(engine, constraint, format, seed=seed, tokens=400, in_reasoning=in_reasoning) for seed in range(4)
    ]
    for output in outputs:
        assert output.content == ""
        assert len(output.calls) == 1 if output.stopped == "eos" else output.reasoning
    assert any(output.stopped == "eos" for output in outputs)
    assert not in_reasoning or any(output.reasoning for output in outputs)


@family
def test_auto_leaves_text_free_and_holds_calls_to_their_schema(engine: Engine, family: Any) -> None:
    """The random model hardly ever begins a call, so the opening is made as likely as can be."""
    tag = OPENING_TAGS[family][0]
    format = ModelFormat(family, control_tokens={} if family in ("hermes", "llama3") else {tag: IM_START})
    constraint = tools_constraint(None, format, parallel=False, tools=[TOOLS[0], TOOLS[2]])
    free = [Output(engine, constraint, format, seed=seed, tokens=30) for seed in range(4)]
    assert not any(output.calls for output in free)
    assert any(output.content for output in free)
    likely = {"hermes": TOOL_CALL, "llama3": engine.token("{")}.get(family, IM_START)
    for seed in range(4):
        output = Output(engine, constraint, format, seed=seed, bias={likely: 100.0})
        assert (output.stopped, len(output.calls), output.content) == ("eos", 1, "")


@pytest.mark.parametrize("choice", ["required", None])
def test_control_tokens_are_written_as_such(engine: Engine, choice: Any) -> None:
    control = {"[TOOL_CALLS]": IM_START, "[/THINK]": IM_START}
    format = ModelFormat("mistral_v11", ("[THINK]", "[/THINK]"), control)
    constraint = tools_constraint(choice, format, parallel=False, in_reasoning=True)
    stopped, text = engine.complete(constraint, bias={IM_START: 3.0}, tokens=400)
    assert stopped == "eos"
    assert text.count("<|im_start|>") == (2 if "{" in text.split("<|im_start|>")[-1] else 1)


def test_tools_beside_a_response_format_leave_both_open(engine: Engine) -> None:
    wanted = JsonSchemaFormat(JsonSchema("answer", closed(ok={"type": "boolean"})))
    constraint = tools_constraint("auto", HERMES, response_format=wanted)
    contents = {Output(engine, constraint, HERMES, seed=seed).content for seed in range(12)}
    assert contents <= {"", '{"ok": true}', '{"ok": false}'}
    assert len(contents) > 1


def test_thought_comes_before_an_answer_in_json(engine: Engine) -> None:
    format = ModelFormat("hermes", THINK)
    wanted = JsonSchemaFormat(JsonSchema("answer", closed(ok={"type": "boolean"})))
    constraint = for_response_format(wanted, format, in_reasoning=True)
    assert constraint is not None
    output = Output(engine, constraint, format, bias={THINK_END: 4.0}, in_reasoning=True, tokens=400)
    assert output.stopped == "eos"
    assert output.content in ('{"ok": true}', '{"ok": false}')
    assert output.reasoning
