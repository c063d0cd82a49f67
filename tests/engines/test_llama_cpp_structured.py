"""Tools and structured output on the embedded engine. A model that says anything at all is a good fuzzer."""

from __future__ import annotations

import asyncio
import json
import re
import runpy
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from homeport.engines.llama_cpp.engine import LlamaCppEngine
from homeport.errors import BadRequestError, UnsupportedParameter
from tests.engines.llama import EOS, LONG, answer, chat, events, new_engine

pytestmark = pytest.mark.anyio

BUILDER = Path(__file__).parents[2] / "scripts" / "build_tiny_model.py"
THINK, NO_THINK = "6", "7"  # the tiny model's <think> and </think>
TOOL_CALL = "4"


@pytest.fixture(scope="module")
async def engine(anyio_backend: Any, tiny_model: Path) -> AsyncIterator[LlamaCppEngine]:
    engine = new_engine(tiny_model, slots=8)
    await engine.start()
    yield engine
    await engine.close()


@pytest.fixture(scope="module", params=["tags are text", "tags are control tokens"])
async def thinker(anyio_backend: Any, tmp_path_factory: Any, request: Any) -> AsyncIterator[LlamaCppEngine]:
    """A model whose prompt opens a reasoning block, unless told not to."""
    builder = runpy.run_path(str(BUILDER))
    end = "{{- '<|im_start|>assistant\\n' }}"
    assert end in builder["CHAT_TEMPLATE"]
    thinking = end + "{%- if enable_thinking is not defined or enable_thinking %}{{- '<think>\\n' }}{%- endif %}"
    path = tmp_path_factory.mktemp("models") / "thinker.gguf"
    template = builder["CHAT_TEMPLATE"].replace(end, thinking)
    builder["build"](path, chat_template=template, tags_are_control=request.param == "tags are control tokens")
    engine = new_engine(path)
    await engine.start()
    yield engine
    await engine.close()


def tool(name: str, strict: bool | None = None, **properties: Any) -> dict[str, Any]:
    parameters = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return {"type": "function", "function": {"name": name, "parameters": parameters, "strict": strict}}


CITY = {"type": "string", "enum": ["Tokyo", "Paris", "Rome"]}
WEATHER = tool("get_weather", city=CITY, days={"type": "integer", "minimum": 1, "maximum": 9})
CLOCK = tool("get_time", city=CITY)
TOOLS = [WEATHER, CLOCK]


def check_call(call: dict[str, Any], tools: list[dict[str, Any]] = TOOLS) -> str:
    """The call's function name; its arguments are valid."""
    assert call["type"] == "function"
    assert call["id"].startswith("call_")
    (schema,) = [t["function"]["parameters"] for t in tools if t["function"]["name"] == call["function"]["name"]]
    jsonschema.validate(json.loads(call["function"]["arguments"]), schema)
    return str(call["function"]["name"])


async def choices(engine: LlamaCppEngine, seeds: range, **parameters: Any) -> list[dict[str, Any]]:
    requests = [chat(**{"max_tokens": 200, "seed": seed} | parameters) for seed in seeds]
    bodies = await asyncio.gather(*(answer(engine, request) for request in requests))
    return [body["choices"][0] for body in bodies]


# --- response formats ---------------------------------------------------------------


ADDRESS = {
    "type": "object",
    "properties": {
        "street": {"type": "string", "maxLength": 8},
        "number": {"type": "integer", "minimum": 1, "maximum": 400},
        "kind": {"enum": ["home", "work", None]},
    },
    "required": ["street", "number", "kind"],
    "additionalProperties": False,
}
SCHEMAS: dict[str, dict[str, Any]] = {
    "object": ADDRESS,
    "reference": {
        "type": "object",
        "properties": {"from": {"$ref": "#/$defs/place"}, "to": {"$ref": "#/$defs/place"}},
        "required": ["from", "to"],
        "additionalProperties": False,
        "$defs": {"place": ADDRESS},
    },
    "array": {
        "type": "object",
        "properties": {"items": {"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 5}},
        "required": ["items"],
        "additionalProperties": False,
    },
    "union": {
        "type": "object",
        "properties": {
            "value": {"anyOf": [{"type": "null"}, {"type": "string", "pattern": "^[a-c]{1,3}$"}, {"const": 7}]}
        },
        "required": ["value"],
        "additionalProperties": False,
    },
}


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("name", SCHEMAS)
async def test_answers_always_match_their_schema(engine: LlamaCppEngine, name: str, strict: bool) -> None:
    schema = SCHEMAS[name]
    wanted = {"type": "json_schema", "json_schema": {"name": name, "schema": schema, "strict": strict}}
    for choice in await choices(engine, range(12), response_format=wanted):
        assert choice["finish_reason"] == "stop"
        jsonschema.validate(json.loads(choice["message"]["content"]), schema)


async def test_a_json_object_is_one(engine: LlamaCppEngine) -> None:
    finished = 0
    for choice in await choices(
        engine, range(16), content="Write JSON", response_format={"type": "json_object"}, max_tokens=300
    ):
        if choice["finish_reason"] == "stop":
            assert isinstance(json.loads(choice["message"]["content"]), dict)
            finished += 1
        else:
            assert choice["finish_reason"] == "length"
            assert choice["message"]["content"].startswith("{")
    assert finished > 4


async def test_a_truncated_object_says_so(engine: LlamaCppEngine) -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "a", "schema": ADDRESS, "strict": True}}
    for choice in await choices(engine, range(4), response_format=wanted, max_tokens=5):
        assert choice["finish_reason"] == "length"


async def test_structured_output_streams(engine: LlamaCppEngine) -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "a", "schema": ADDRESS, "strict": True}}
    request = chat(response_format=wanted, max_tokens=200, n=4, stream=True)
    streamed = await events(await engine.stream(request, "tiny"))
    for index in range(4):
        pieces = [e["choices"][0]["delta"] for e in streamed[:-1] if e["choices"][0]["index"] == index]
        jsonschema.validate(json.loads("".join(piece.get("content", "") for piece in pieces)), ADDRESS)
        assert len(pieces) > 6


@pytest.mark.parametrize(
    "schema", [{"type": "foo"}, {"type": "object", "properties": {"a": {"$ref": "#/nowhere"}}}, {"type": ["strin"]}]
)
async def test_a_broken_schema_is_refused(engine: LlamaCppEngine, schema: dict[str, Any]) -> None:
    with pytest.raises(BadRequestError) as caught:
        wanted = {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}}
        await engine.answer(chat(response_format=wanted), "tiny")
    assert (caught.value.param, caught.value.code) == ("response_format", "invalid_json_schema")
    broken = {"type": "function", "function": {"name": "f", "parameters": schema}}
    with pytest.raises(BadRequestError) as caught:
        await engine.answer(chat(tools=[broken]), "tiny")
    assert caught.value.code == "invalid_function_parameters"


# --- tools -----------------------------------------------------------------------------


async def test_required_always_calls(engine: LlamaCppEngine) -> None:
    names = set()
    for choice in await choices(engine, range(16), tools=TOOLS, tool_choice="required", parallel_tool_calls=False):
        assert choice["finish_reason"] == "tool_calls"
        assert choice["message"]["content"] is None
        (call,) = choice["message"]["tool_calls"]
        names.add(check_call(call))
    assert names == {"get_weather", "get_time"}


async def test_required_may_call_several_at_once(engine: LlamaCppEngine) -> None:
    counts = set()
    for choice in await choices(engine, range(16), tools=TOOLS, tool_choice="required", max_tokens=400):
        calls = choice["message"]["tool_calls"]
        for call in calls if choice["finish_reason"] == "tool_calls" else calls[:-1]:
            check_call(call)
        assert len({call["id"] for call in calls}) == len(calls)
        counts.add(len(calls))
    assert max(counts) > 1


async def test_a_named_function_is_the_one_called(engine: LlamaCppEngine) -> None:
    named = {"type": "function", "function": {"name": "get_time"}}
    for choice in await choices(engine, range(8), tools=TOOLS, tool_choice=named):
        (call,) = choice["message"]["tool_calls"]
        assert check_call(call) == "get_time"


async def test_allowed_tools(engine: LlamaCppEngine) -> None:
    allowed = {"mode": "required", "tools": [{"type": "function", "function": {"name": "get_time"}}]}
    choice_ = {"type": "allowed_tools", "allowed_tools": allowed}
    for choice in await choices(engine, range(4), tools=TOOLS, tool_choice=choice_, parallel_tool_calls=False):
        (call,) = choice["message"]["tool_calls"]
        assert check_call(call) == "get_time"
    both = await engine.count_chat(chat(tools=TOOLS), "tiny")
    one = await engine.count_chat(chat(tools=TOOLS, tool_choice=choice_), "tiny")
    assert one < both


async def test_calls_stream_as_argument_deltas(engine: LlamaCppEngine) -> None:
    request = chat(tools=TOOLS, tool_choice="required", parallel_tool_calls=False, max_tokens=200, seed=1, stream=True)
    whole = (await choices(engine, range(1, 2), tools=TOOLS, tool_choice="required", parallel_tool_calls=False))[0]
    streamed = [e["choices"][0] for e in (await events(await engine.stream(request, "tiny")))[:-1]]
    deltas = [d for c in streamed for d in c["delta"].get("tool_calls", ())]
    assert deltas[0]["function"]["name"] == whole["message"]["tool_calls"][0]["function"]["name"]
    assert (deltas[0]["index"], deltas[0]["type"], deltas[0]["function"]["arguments"]) == (0, "function", "")
    arguments = [d["function"]["arguments"] for d in deltas]
    assert len(arguments) > 4
    assert "".join(arguments) == whole["message"]["tool_calls"][0]["function"]["arguments"]
    assert all("id" not in d and "name" not in d["function"] for d in deltas[1:])
    assert streamed[-1]["finish_reason"] == "tool_calls"


async def test_none_offers_nothing_and_reads_nothing_as_a_call(engine: LlamaCppEngine) -> None:
    bare = await engine.count_chat(chat(), "tiny")
    assert await engine.count_chat(chat(tools=TOOLS, tool_choice="none"), "tiny") == bare
    assert await engine.count_chat(chat(tools=TOOLS), "tiny") > bare
    for choice in await choices(engine, range(4), tools=TOOLS, tool_choice="none", logit_bias={TOOL_CALL: 5}):
        assert "tool_calls" not in choice["message"]
        assert "<tool_call>" in choice["message"]["content"]


async def test_auto_leaves_words_free(engine: LlamaCppEngine) -> None:
    for choice in await choices(engine, range(6), tools=TOOLS):
        assert choice["finish_reason"] in ("stop", "length")
        assert choice["message"]["content"]


@pytest.mark.parametrize("token", [EOS, "1"])
async def test_any_token_that_ends_an_answer_ends_it_beside_tools(engine: LlamaCppEngine, token: str) -> None:
    """llama.cpp tells grammars of one such token, and not always of the one that a model writes."""
    for choice in await choices(engine, range(2), tools=TOOLS, logit_bias={token: 100}, max_tokens=8):
        assert choice["finish_reason"] == "stop"


@pytest.mark.parametrize("strict", [True, None])
async def test_auto_holds_calls_to_tools_and_schemas(engine: LlamaCppEngine, strict: bool | None) -> None:
    """A model of noise knows no tools: what it calls is right by construction."""
    tools = [tool("get_time", strict, city=CITY), tool("get_date", strict, city=CITY)]
    calls = []
    for choice in await choices(engine, range(16), tools=tools, logit_bias={TOOL_CALL: 4}, max_tokens=120):
        found = choice["message"].get("tool_calls", [])
        calls += found if choice["finish_reason"] == "tool_calls" else found[:-1]
    assert len(calls) > 4
    for call in calls:
        check_call(call, tools)


async def test_auto_with_a_response_format_gives_either(engine: LlamaCppEngine) -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "a", "schema": ADDRESS, "strict": True}}
    kinds = set()
    parameters = {"tools": [tool("get_time", True, city=CITY)], "parallel_tool_calls": False, "response_format": wanted}
    for choice in await choices(engine, range(12), logit_bias={TOOL_CALL: 3}, **parameters):
        kinds.add(choice["finish_reason"])
        if choice["finish_reason"] == "stop":
            jsonschema.validate(json.loads(choice["message"]["content"]), ADDRESS)
        else:
            (call,) = choice["message"]["tool_calls"]
            check_call(call)
    assert kinds == {"stop", "tool_calls"}


async def test_a_function_without_parameters(engine: LlamaCppEngine) -> None:
    ping = {"type": "function", "function": {"name": "ping"}}
    (choice,) = await choices(engine, range(1), tools=[ping], tool_choice="required", parallel_tool_calls=False)
    assert choice["message"]["tool_calls"][0]["function"] == {"name": "ping", "arguments": "{}"}


async def test_a_model_that_knows_no_tools_refuses_them(anyio_backend: Any, tmp_path: Path) -> None:
    path = tmp_path / "plain.gguf"
    template = "{%- for m in messages %}{{- m.role + ': ' + m.content + '\\n' }}{%- endfor %}{{- 'assistant:' }}"
    runpy.run_path(str(BUILDER))["build"](path, chat_template=template)
    plain = new_engine(path)
    try:
        await plain.start()
        with pytest.raises(UnsupportedParameter) as caught:
            await plain.answer(chat(tools=TOOLS), "tiny")
        assert caught.value.param == "tools"
        assert (await choices(plain, range(1), tools=TOOLS, tool_choice="none"))[0]["message"]["content"]
    finally:
        await plain.close()


async def test_what_a_template_refuses_is_the_callers_error(anyio_backend: Any, tmp_path: Path) -> None:
    path = tmp_path / "picky.gguf"
    template = (
        "{%- if messages[0].role != 'user' %}{{- raise_exception('users first') }}{%- endif %}{{- 'assistant:' }}"
    )
    runpy.run_path(str(BUILDER))["build"](path, chat_template=template)
    picky = new_engine(path)
    try:
        await picky.start()
        with pytest.raises(BadRequestError, match="users first") as caught:
            await picky.answer(chat([{"role": "assistant", "content": "Hi"}]), "tiny")
        assert caught.value.param == "messages"
    finally:
        await picky.close()


async def test_a_template_that_reads_the_response_format_gets_it(anyio_backend: Any, tmp_path: Path) -> None:
    path = tmp_path / "shows.gguf"
    template = (
        "{%- if response_format %}{%- set wanted = response_format.json_schema %}"
        "{{- raise_exception(response_format.type + wanted.name + (wanted.schema.required | tojson)) }}{%- endif %}"
        "{{- messages[0].content + 'assistant:' }}"
    )
    runpy.run_path(str(BUILDER))["build"](path, chat_template=template)
    shows = new_engine(path)
    try:
        await shows.start()
        wanted = {"name": "address", "schema": ADDRESS, "strict": True}
        with pytest.raises(BadRequestError, match=re.escape('json_schemaaddress["street", "number", "kind"]')):
            await shows.answer(chat(response_format={"type": "json_schema", "json_schema": wanted}), "tiny")
        for kind in ("text", "json_object"):
            assert await shows.count_chat(chat("Answer in JSON", response_format={"type": kind}), "tiny") > 0
    finally:
        await shows.close()


async def test_a_template_that_does_not_read_it_is_not_given_it(engine: LlamaCppEngine) -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "address", "schema": ADDRESS}}
    assert await engine.count_chat(chat(response_format=wanted), "tiny") == await engine.count_chat(chat(), "tiny")


# --- reasoning -----------------------------------------------------------------------


async def test_reasoning_comes_apart_from_the_answer(thinker: LlamaCppEngine) -> None:
    both = 0
    for choice in await choices(thinker, range(8), logit_bias={NO_THINK: 3}, max_tokens=120):
        message = choice["message"]
        assert "</think>" not in message.get("reasoning_content", "")
        both += bool(message["content"] and message.get("reasoning_content"))
    assert both > 2


async def test_reasoning_tokens_are_counted(thinker: LlamaCppEngine) -> None:
    body = await answer(thinker, chat(logit_bias={NO_THINK: -100} | LONG))
    assert body["choices"][0]["message"]["content"] == ""
    assert body["usage"]["completion_tokens_details"]["reasoning_tokens"] == 24
    seen = []
    for seed in range(8):
        request = chat(seed=seed, logit_bias={NO_THINK: 3} | LONG, max_tokens=100, stream=True)
        streamed = await events(await thinker.stream(request, "tiny"))
        kinds = [next(iter(e["choices"][0]["delta"])) for e in streamed[1:-2]]
        assert kinds == sorted(kinds, reverse=True)  # first all of the reasoning, then all of the content
        seen.append(set(kinds))
    assert {"reasoning_content", "content"} in seen


async def test_effort_none_answers_at_once(thinker: LlamaCppEngine) -> None:
    thinking = await thinker.count_chat(chat(reasoning_effort="high"), "tiny")
    assert await thinker.count_chat(chat(reasoning_effort="none"), "tiny") < thinking
    (choice,) = await choices(thinker, range(1), reasoning_effort="none", logit_bias={THINK: -100, NO_THINK: -100})
    assert "reasoning_content" not in choice["message"]
    assert choice["message"]["content"]


async def test_forced_calls_and_schemas_after_reasoning(thinker: LlamaCppEngine) -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "a", "schema": ADDRESS, "strict": True}}
    forced: dict[str, Any] = {"tools": TOOLS, "tool_choice": "required", "parallel_tool_calls": False}
    for parameters in (forced, {"response_format": wanted}):
        finished = 0
        for choice in await choices(thinker, range(6), logit_bias={NO_THINK: 5}, max_tokens=300, **parameters):
            if choice["finish_reason"] == "length":
                continue  # still thinking
            finished += 1
            if choice["finish_reason"] == "tool_calls":
                check_call(choice["message"]["tool_calls"][0])
            else:
                jsonschema.validate(json.loads(choice["message"]["content"]), ADDRESS)
        assert finished > 2
