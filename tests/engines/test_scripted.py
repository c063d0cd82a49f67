"""The scripted engine: rules, streams, limits and failures."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from homeport.config import ConfigError, EngineConfig, TimeoutsConfig
from homeport.core import sse
from homeport.core.chat import ChatCompletion, ChatRequest, CompletionRequest, EmbeddingRequest
from homeport.engines.scripted import ScriptedEngine
from homeport.errors import (
    ApiError,
    BadRequestError,
    ContextLengthExceeded,
    EngineError,
    EngineTimeout,
    ModelNotFound,
    Overloaded,
    UnsupportedParameter,
)

pytestmark = pytest.mark.anyio

Make = Callable[..., ScriptedEngine]

WEATHER = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}
TIME = {"type": "function", "function": {"name": "get_time"}}
IMAGE = {"type": "image_url", "image_url": {"url": "data:,"}}
WITH_IMAGE = {"role": "user", "content": [{"type": "text", "text": "What is this?"}, IMAGE]}
CALLING = """
[[rules]]
role = "tool"
reply = "It is sunny."
[[rules]]
tool_calls = [{name = "get_weather", arguments = {city = "Tokyo", unit = "c"}}, {name = "get_time"}]
[[rules]]
tool_calls = [{name = "get_weather", arguments = "{not json"}]
[[rules]]
reply = "I can't call anything."
"""


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def make(script: str, suffix: str = ".toml", **timeouts: float) -> ScriptedEngine:
        path = tmp_path / f"script{suffix}"
        path.write_text(script)
        return ScriptedEngine("docs", EngineConfig(type="scripted", script=str(path)), TimeoutsConfig(**timeouts))

    return make


def chat(text: str = "Hello world", **fields: Any) -> ChatRequest:
    messages = fields.pop("messages", [{"role": "user", "content": text}])
    return msgspec.convert({"messages": messages, **fields}, ChatRequest)


async def answer(engine: ScriptedEngine, request: ChatRequest) -> ChatCompletion:
    return msgspec.json.decode((await engine.answer(request, "scripted")).body, type=ChatCompletion)


async def stream(engine: ScriptedEngine, request: ChatRequest | CompletionRequest) -> list[dict[str, Any]]:
    blocks = await engine.stream(request, "scripted")
    return [msgspec.json.decode(payload) async for block in blocks for payload in sse.payloads(block)]


def said(chunks: list[dict[str, Any]], index: int = 0, field: str = "content") -> str:
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"] if choice["index"] == index]
    return "".join(delta.get(field) or "" for delta in deltas)


async def test_the_first_rule_that_applies_answers(make: Make) -> None:
    engine = make(
        """
        [[rules]]
        match = "(?i)weather"
        reply = "It rains."
        [[rules]]
        times = 1
        reply = "Once: {input}"
        [[rules]]
        reply = "Always."
        """
    )
    replies = [(await answer(engine, chat(text))).choices[0].message.content for text in ("a", "the Weather?", "b")]
    assert replies == ["Once: a", "It rains.", "Always."]


async def test_a_script_may_be_json(make: Make) -> None:
    engine = make('{"models": ["scripted", "other"], "context_length": 99, "rules": [{"reply": "Hi"}]}', ".json")
    assert [(info.id, info.context_length) for info in await engine.models()] == [("scripted", 99), ("other", 99)]
    assert (await answer(engine, chat())).choices[0].message.content == "Hi"


async def test_whole_answer_and_stream_say_the_same(make: Make) -> None:
    engine = make('[[rules]]\nreasoning = "Let me see."\nreply = "You said: {input}"')
    whole = await answer(engine, chat())
    chunks = await stream(engine, chat(stream=True))
    assert whole.choices[0].message.content == said(chunks) == "You said: Hello world"
    assert whole.choices[0].message.reasoning_content == said(chunks, field="reasoning_content") == "Let me see."
    assert [choice["finish_reason"] for chunk in chunks for choice in chunk["choices"]][-1] == "stop"
    assert chunks[-1]["choices"] == []
    assert msgspec.to_builtins(whole.usage) == chunks[-1]["usage"]
    assert chunks[-1]["usage"]["prompt_tokens"] == 4  # two words, one message, the reply
    assert chunks[-1]["usage"]["completion_tokens"] == 7
    assert chunks[-1]["usage"]["completion_tokens_details"]["reasoning_tokens"] == 3
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}


async def test_chunks_are_streamed_as_they_are_cut_and_when_they_are_due(make: Make) -> None:
    engine = make('[[rules]]\nchunks = ["Hel", {text = "lo wor", delay_s = 0.05}, "ld"]')
    started_s = time.perf_counter()
    chunks = await stream(engine, chat())
    assert time.perf_counter() - started_s >= 0.045
    assert [c["choices"][0]["delta"].get("content") for c in chunks[1:4]] == ["Hel", "lo wor", "ld"]


async def test_n_choices_come_in_turn(make: Make) -> None:
    engine = make('[[rules]]\nreply = ["one two", "three"]')
    whole = await answer(engine, chat(n=3))
    assert [choice.message.content for choice in whole.choices] == ["one two", "three", "one two"]
    chunks = await stream(engine, chat(n=3))
    assert [said(chunks, index) for index in range(3)] == ["one two", "three", "one two"]
    assert [c["index"] for chunk in chunks for c in chunk["choices"]] == [0, 1, 2, 0, 1, 2, 0, 2, 0, 1, 2]


@pytest.mark.parametrize(
    ("fields", "content", "finish_reason", "tokens"),
    [
        ({"max_tokens": 2}, "one two", "length", 2),
        ({"max_completion_tokens": 4}, "one two three four", "stop", 4),
        ({"stop": " three"}, "one two", "stop", 2),
        ({"stop": ["nowhere", "four", "two"]}, "one ", "stop", 2),
    ],
)
async def test_limits(make: Make, fields: dict[str, Any], content: str, finish_reason: str, tokens: int) -> None:
    engine = make('[[rules]]\nreply = "one two three four"')
    whole = await answer(engine, chat(**fields))
    chunks = await stream(engine, chat(**fields))
    assert whole.choices[0].message.content == said(chunks) == content
    assert whole.choices[0].finish_reason == chunks[-2]["choices"][0]["finish_reason"] == finish_reason
    assert whole.usage.completion_tokens == chunks[-1]["usage"]["completion_tokens"] == tokens


async def test_tool_calls_whole_and_in_pieces(make: Make) -> None:
    engine = make(CALLING)
    whole = (await answer(engine, chat(tools=[WEATHER, TIME]))).choices[0]
    assert whole.finish_reason == "tool_calls"
    assert whole.message.content is None
    assert isinstance(whole.message.tool_calls, list)
    assert [call.function.arguments for call in whole.message.tool_calls] == ['{"city":"Tokyo","unit":"c"}', "{}"]
    chunks = await stream(engine, chat(tools=[WEATHER, TIME]))
    deltas = [call for c in chunks[:-1] for call in c["choices"][0]["delta"].get("tool_calls", [])]
    assert [delta["function"]["name"] for delta in deltas if "id" in delta] == ["get_weather", "get_time"]
    arguments = [delta["function"]["arguments"] for delta in deltas if delta["index"] == 0]
    assert "".join(arguments) == '{"city":"Tokyo","unit":"c"}'
    assert len(arguments) > 2
    ids = [delta["id"] for delta in deltas if "id" in delta] + [call.id for call in whole.message.tool_calls]
    assert len(set(ids)) == 4


@pytest.mark.parametrize(
    ("fields", "calls"),
    [
        ({}, None),
        ({"tools": [WEATHER]}, ["{not json"]),
        ({"tools": [WEATHER, TIME], "tool_choice": "none"}, None),
        ({"tools": [WEATHER, TIME], "tool_choice": "required"}, ['{"city":"Tokyo","unit":"c"}', "{}"]),
        ({"tools": [WEATHER, TIME], "parallel_tool_calls": False}, ['{"city":"Tokyo","unit":"c"}']),
        (
            {"tools": [WEATHER, TIME], "tool_choice": {"type": "function", "function": {"name": "get_weather"}}},
            ["{not json"],
        ),
    ],
)
async def test_only_tools_that_may_be_called_are(make: Make, fields: dict[str, Any], calls: list[str] | None) -> None:
    message = (await answer(make(CALLING), chat(**fields))).choices[0].message
    if calls is None:
        assert message.content == "I can't call anything."
    else:
        assert isinstance(message.tool_calls, list)
        assert [call.function.arguments for call in message.tool_calls] == calls


async def test_a_tool_result_is_answered(make: Make) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "20 C"},
    ]
    choice = (await answer(make(CALLING), chat(messages=messages, tools=[WEATHER, TIME]))).choices[0]
    assert choice.message.content == "It is sunny."


async def test_completions_take_several_prompts(make: Make) -> None:
    engine = make('[[rules]]\nreply = "re: {input}"')
    request = CompletionRequest(prompt=["a", "b"], n=2)
    body = msgspec.json.decode((await engine.answer(request, "scripted")).body)
    assert [choice["text"] for choice in body["choices"]] == ["re: a", "re: a", "re: b", "re: b"]
    assert body["usage"] == {
        "prompt_tokens": 2,
        "completion_tokens": 8,
        "total_tokens": 10,
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
    events = await stream(engine, CompletionRequest(prompt="c"))
    assert "".join(choice["text"] for event in events for choice in event["choices"]) == "re: c"


async def test_tokens_are_exact_and_reversible(make: Make) -> None:
    engine = make('[[rules]]\nreply = "{input}"')
    text = "  Tokens, two\nlines \N{PARTY POPPER} "
    tokens = await engine.tokenize(text, "scripted")
    assert tokens == await make('[[rules]]\nreply = ""').tokenize(text, "scripted")
    assert await engine.detokenize(tokens, "scripted") == text
    request = chat(messages=[{"role": "system", "content": "Be brief."}, {"role": "user", "content": text}])
    assert await engine.count_chat(request, "scripted") == (await answer(engine, request)).usage.prompt_tokens
    body = await engine.answer(CompletionRequest(prompt=tokens), "scripted")
    assert msgspec.json.decode(body.body)["choices"][0]["text"] == text
    with pytest.raises(BadRequestError):
        await engine.detokenize([12345], "scripted")


@pytest.mark.parametrize(
    ("rule", "kind", "status", "headers"),
    [
        ('{status = 400, message = "No.", param = "seed"}', ApiError, 400, {}),
        ('{status = 429, message = "Slow.", retry_after_s = 3}', ApiError, 429, {"retry-after": "3"}),
        ('{status = 500, message = "Broken."}', EngineError, 500, {}),
        ('{status = 503, message = "Full.", retry_after_s = 2}', Overloaded, 503, {"retry-after": "2"}),
        ('{status = 504, message = "Late."}', EngineTimeout, 504, {}),
    ],
)
async def test_errors(make: Make, rule: str, kind: type[ApiError], status: int, headers: dict[str, str]) -> None:
    engine = make(f"[[rules]]\nerror = {rule}")
    for attempt in (engine.answer, engine.stream):
        with pytest.raises(kind) as caught:
            await attempt(chat(), "scripted")
        assert caught.value.status == status
        assert caught.value.headers == headers


async def test_an_engine_that_dies(make: Make) -> None:
    blocks = await make('[[rules]]\nreply = "one two three"\ndie_after = 2').stream(chat(), "scripted")
    assert b'"role":"assistant"' in await anext(blocks)
    assert b"one" in await anext(blocks)
    with pytest.raises(EngineError):
        await anext(blocks)
    with pytest.raises(StopAsyncIteration):
        await anext(blocks)
    engine = make('[[rules]]\nreply = "one"\ndie_after = 0')
    for attempt in (engine.answer, engine.stream):
        with pytest.raises(EngineError) as caught:
            await attempt(chat(), "scripted")
        assert caught.value.retryable


async def test_an_engine_that_stalls(make: Make) -> None:
    script = '[[rules]]\nchunks = ["a", {text = "b", delay_s = 30}]'
    with pytest.raises(EngineTimeout):
        await make(script, answer_s=0.02).answer(chat(), "scripted")
    blocks = await make(script, next_token_s=0.02).stream(chat(), "scripted")
    with pytest.raises(EngineTimeout):
        async for _ in blocks:
            pass


async def test_closing_and_cancelling_stop_a_stream_at_once(make: Make) -> None:
    engine = make('[[rules]]\nreply = "one two"\ninterval_s = 20')
    blocks = await engine.stream(chat(), "scripted")
    await anext(blocks)
    waiting = asyncio.ensure_future(anext(blocks))
    await asyncio.sleep(0.01)
    await blocks.aclose()
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(waiting, 0.1)
    await blocks.aclose()
    blocks = await engine.stream(chat(), "scripted")
    await anext(blocks)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(blocks), 0.01)
    with pytest.raises(StopAsyncIteration):
        await anext(blocks)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"logprobs": True}, "logprobs"),
        ({"logit_bias": {"1": 5}}, "logit_bias"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"messages": [{"role": "system", "content": "x"}, WITH_IMAGE]}, "messages[1].content[1]"),
    ],
)
async def test_what_it_can_not_do_is_refused_by_name(make: Make, fields: dict[str, Any], param: str) -> None:
    with pytest.raises(UnsupportedParameter) as caught:
        await make('[[rules]]\nreply = "x"').answer(chat(**fields), "scripted")
    assert caught.value.param == param


async def test_other_refusals(make: Make) -> None:
    engine = make('context_length = 5\n[[rules]]\nmatch = "x"\nreply = "no json"')
    deep = make(f'[[rules]]\nreply = "{"[" * 5000}"')
    with pytest.raises(ContextLengthExceeded):
        await engine.answer(chat("one two three four"), "scripted")
    with pytest.raises(ModelNotFound):
        await engine.answer(chat("x"), "other")
    with pytest.raises(BadRequestError):
        await engine.answer(EmbeddingRequest(input="x"), "scripted")
    with pytest.raises(EngineError, match="No rule"):
        await engine.answer(chat("y"), "scripted")
    with pytest.raises(EngineError, match="no JSON"):
        await engine.answer(chat("x", response_format={"type": "json_object"}), "scripted")
    with pytest.raises(EngineError, match="no JSON"):
        await deep.answer(chat("x", response_format={"type": "json_object"}), "scripted")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("[[rules]\n", "Expected"),
        ('[[rules]]\nrepli = "x"', "repli"),
        ('[[rules]]\nmatch = "("\nreply = "x"', "unterminated"),
        ('[[rules]]\nmatch = "x"', "needs one of"),
        ('[[rules]]\nreply = "x"\nchunks = ["x"]', "not both"),
        ("rules = [{error = {status = 200, message = 'x'}}]", "400"),
        ("models = []\nrules = []", "models"),
    ],
)
def test_a_wrong_script_is_named(make: Make, script: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason) as caught:
        make(script)
    assert "script.toml" in str(caught.value)


def test_a_missing_script_is_named(tmp_path: Path) -> None:
    config = EngineConfig(type="scripted", script=str(tmp_path / "nowhere.toml"))
    with pytest.raises(ConfigError, match=r"nowhere\.toml: No such file"):
        ScriptedEngine("docs", config, TimeoutsConfig())
