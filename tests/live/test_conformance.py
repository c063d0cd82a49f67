"""The official SDK against the live server with the real engine: bodies and events are as OpenAI specifies them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI
from pydantic import BaseModel

from tests.openai_spec import JudgingTransport, httpx, judge
from tests.support import LiveServer, live_server

ASK: list[dict[str, Any]] = [{"role": "user", "content": "Say something."}]
SHORT: dict[str, Any] = {"model": "tiny", "messages": ASK, "max_tokens": 8}
CITY = {"type": "object", "properties": {"city": {"enum": ["Paris", "Rome"]}}, "required": ["city"]}
WEATHER = {"name": "get_weather", "description": "Weather of a city", "parameters": CITY}
TIME = {"name": "get_time", "parameters": {"type": "object", "properties": {}, "additionalProperties": False}}
TOOLS = [{"type": "function", "function": WEATHER}, {"type": "function", "function": TIME}]
NAMED = {"type": "function", "function": {"name": "get_weather"}}
ANSWER = {
    "type": "object",
    "properties": {"yes": {"type": "boolean"}, "why": {"enum": ["a", "b"]}},
    "required": ["yes", "why"],
    "additionalProperties": False,
}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "answer", "schema": ANSWER, "strict": True}}
TOOL_TURN = [
    *ASK,
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Rome"}'}}
        ],
    },
    {"role": "tool", "tool_call_id": "call_1", "content": "sunny"},
]
EVERY_ROLE = [
    {"role": "system", "content": "Be short."},
    {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]},
    {"role": "user", "content": [{"type": "text", "text": "Hello"}, {"type": "text", "text": " there"}], "name": "Ada"},
    {"role": "assistant", "content": "Hi!"},
    {"role": "user", "content": "How are you?"},
]


class Judged(OpenAI):
    """The official SDK; `passed()` says that what went by was as specified, and what."""

    def __init__(self, server: LiveServer, **options: Any) -> None:
        self.transport = JudgingTransport()
        client = httpx.Client(transport=self.transport, timeout=60)
        super().__init__(
            base_url=options.pop("base_url", server.base_url),
            api_key=options.pop("api_key", server.key),
            max_retries=0,
            http_client=client,
        )

    def passed(self) -> list[tuple[str, int]]:
        verdicts, self.transport.verdicts = self.transport.verdicts, []
        assert [verdict for verdict in verdicts if verdict[2]] == []
        return [(operation, status) for operation, status, _ in verdicts]


@pytest.fixture(scope="module")
def relay(server: LiveServer) -> Iterator[LiveServer]:
    """A second Homeport in front of the first: an engine over HTTP with a real model behind it."""
    with live_server("", "--engine", server.base_url, "--engine-key", server.key) as running:
        yield running


@pytest.fixture(scope="module", params=["embedded", "over http"])
def judged(request: pytest.FixtureRequest) -> Iterator[Judged]:
    server: LiveServer = request.getfixturevalue("server" if request.param == "embedded" else "relay")
    with Judged(server) as client:
        yield client


@pytest.fixture
def sdk(judged: Judged) -> Judged:
    judged.transport.verdicts.clear()
    return judged


CHATS: dict[str, dict[str, Any]] = {
    "plain": {},
    "every role": {"messages": EVERY_ROLE},
    "a tool's result": {"messages": TOOL_TURN},
    "sampling": {"temperature": 0.5, "top_p": 0.9, "seed": 7, "presence_penalty": 0.5, "frequency_penalty": -0.5},
    "max_completion_tokens": {"max_tokens": openai.omit, "max_completion_tokens": 3},
    "one token": {"max_tokens": 1},
    "stop": {"stop": ["e", "a", "\n", " "], "max_tokens": 64},
    "n": {"n": 3},
    "logprobs": {"logprobs": True},
    "top_logprobs": {"logprobs": True, "top_logprobs": 5},
    "logit_bias": {"logit_bias": {"5": -100, "7": 3}},
    "json_object": {"messages": [{"role": "user", "content": "json"}], "response_format": {"type": "json_object"}},
    "json_schema": {"response_format": SCHEMA, "max_tokens": 64},
    "tools": {"tools": TOOLS},
    "tool required": {"tools": TOOLS, "tool_choice": "required", "max_tokens": 64},
    "tool named": {"tools": TOOLS, "tool_choice": NAMED, "max_tokens": 64},
    "one tool at most": {"tools": TOOLS, "parallel_tool_calls": False, "tool_choice": "required", "max_tokens": 64},
    "no tool": {"tools": TOOLS, "tool_choice": "none"},
    "metadata": {"metadata": {"feature": "test"}, "store": False, "user": "u-1"},
}


@pytest.mark.parametrize("name", CHATS)
def test_chat_completions(sdk: Judged, name: str) -> None:
    answer = sdk.chat.completions.create(**SHORT | CHATS[name])
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert len(answer.choices) == CHATS[name].get("n", 1)
    assert sdk.passed() == [("POST /chat/completions", 200)]


@pytest.mark.parametrize("name", CHATS)
def test_streamed_chat_completions(sdk: Judged, name: str) -> None:
    with sdk.chat.completions.create(
        **SHORT | CHATS[name], stream=True, stream_options={"include_usage": True}
    ) as chunks:
        seen = list(chunks)
    assert seen[-1].choices == []
    assert seen[-1].usage is not None
    finished = [choice.finish_reason for chunk in seen for choice in chunk.choices if choice.finish_reason]
    assert len(finished) == CHATS[name].get("n", 1)
    assert len({chunk.id for chunk in seen}) == 1
    assert sdk.passed() == [("POST /chat/completions", 200)]


def test_a_stream_without_usage(sdk: Judged) -> None:
    with sdk.chat.completions.create(**SHORT, stream=True) as chunks:
        assert all(chunk.choices and chunk.usage is None for chunk in chunks)
    assert sdk.passed() == [("POST /chat/completions", 200)]


def test_forced_calls_are_calls(sdk: Judged) -> None:
    answer = sdk.chat.completions.create(**SHORT | CHATS["tool named"])
    calls = answer.choices[0].message.tool_calls
    assert calls is not None
    assert calls[0].type == "function"
    assert calls[0].function.name == "get_weather"
    assert json.loads(calls[0].function.arguments)["city"] in ("Paris", "Rome")
    assert answer.choices[0].finish_reason == "tool_calls"
    sdk.passed()


def test_the_sdk_s_own_helpers(sdk: Judged) -> None:
    class Answer(BaseModel):
        yes: bool

    parsed = sdk.chat.completions.parse(**SHORT | {"max_tokens": 64}, response_format=Answer)
    assert isinstance(parsed.choices[0].message.parsed, Answer)
    with sdk.chat.completions.stream(**SHORT | {"max_tokens": 64}, response_format=Answer) as stream:
        for _ in stream:
            pass
        assert isinstance(stream.get_final_completion().choices[0].message.parsed, Answer)
    assert sdk.passed() == [("POST /chat/completions", 200)] * 2


LEGACY: dict[str, Any] = {"model": "tiny", "prompt": "Once upon", "max_tokens": 6}
COMPLETIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "several": {"prompt": ["Once", "Twice"]},
    "tokens": {"prompt": [5, 6, 7]},
    "several of tokens": {"prompt": [[5, 6], [7]]},
    "n": {"n": 2},
    "logprobs": {"logprobs": 3},
    "echo": {"echo": True},
    "stop": {"stop": "e", "max_tokens": 64},
    "sampling": {"temperature": 0, "seed": 1, "top_p": 0.5, "presence_penalty": 1, "logit_bias": {"9": 5}},
}


@pytest.mark.parametrize("name", COMPLETIONS)
@pytest.mark.parametrize("stream", [False, True])
def test_completions(sdk: Judged, name: str, stream: bool) -> None:
    answer = sdk.completions.create(**LEGACY | COMPLETIONS[name], stream=stream)
    if stream:
        with answer as chunks:
            assert [choice for chunk in chunks for choice in chunk.choices]
    else:
        assert answer.choices
        assert answer.usage is not None
    assert sdk.passed() == [("POST /completions", 200)]


@pytest.mark.parametrize(
    "body",
    [
        {"input": "Hello"},
        {"input": ["Hello", "World"]},
        {"input": "Hello", "dimensions": 64},
        {"input": [101, 7592, 102]},
        {"input": [[101, 7592, 102], [101, 102]]},
    ],
)
def test_embeddings(sdk: Judged, body: dict[str, Any]) -> None:
    answer = sdk.embeddings.create(model="text-embedding-3-small", encoding_format="float", **body)
    assert answer.usage.prompt_tokens > 0
    assert sdk.passed() == [("POST /embeddings", 200)]
    # The SDK's own default is base64, for which the specification has no words: it must mean the same.
    packed = sdk.embeddings.create(model="text-embedding-3-small", **body)
    assert [len(item.embedding) for item in packed.data] == [len(item.embedding) for item in answer.data]
    assert packed.data[0].embedding == pytest.approx(answer.data[0].embedding, abs=1e-6)


def test_models(sdk: Judged) -> None:
    listed = [model.id for model in sdk.models.list()]
    assert {"tiny", "gpt-4.5-mini"} <= set(listed)
    assert sdk.models.retrieve("tiny").id == "tiny"
    assert sdk.passed() == [("GET /models", 200), ("GET /models/{model}", 200)]


def test_input_tokens(server: LiveServer) -> None:
    with Judged(server) as sdk:
        assert sdk.responses.input_tokens.count(model="tiny", input="Hello").input_tokens > 0
        assert sdk.passed() == [("POST /responses/input_tokens", 200)]


# --- errors ------------------------------------------------------------------------

Call = Callable[[OpenAI], Any]
BROKEN_SCHEMA = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "fish"}, "strict": True}}
ERRORS: dict[str, tuple[Call, type[openai.APIStatusError], str | None, str | None]] = {
    "unknown model": (
        lambda c: c.chat.completions.create(**SHORT | {"model": "nope"}),
        openai.NotFoundError,
        "model_not_found",
        None,
    ),
    "unknown model of a stream": (
        lambda c: c.chat.completions.create(**SHORT | {"model": "nope"}, stream=True),
        openai.NotFoundError,
        "model_not_found",
        None,
    ),
    "unknown model retrieved": (
        lambda c: c.models.retrieve("nope"),
        openai.NotFoundError,
        "model_not_found",
        "model",
    ),
    "unknown url": (lambda c: c.get("/nothing", cast_to=object), openai.NotFoundError, "unknown_url", None),
    "empty messages": (
        lambda c: c.chat.completions.create(**SHORT | {"messages": []}),
        openai.BadRequestError,
        "empty_array",
        "messages",
    ),
    "unknown role": (
        lambda c: c.chat.completions.create(**SHORT | {"messages": [{"role": "wizard", "content": "x"}]}),
        openai.BadRequestError,
        "invalid_value",
        "messages[0].role",
    ),
    "wrong type": (
        lambda c: c.chat.completions.create(**SHORT | {"temperature": "hot"}),
        openai.BadRequestError,
        "invalid_type",
        "temperature",
    ),
    "unknown parameter": (
        lambda c: c.chat.completions.create(**SHORT, extra_body={"top_k": 5}),
        openai.BadRequestError,
        "unknown_parameter",
        "top_k",
    ),
    "context too long": (
        lambda c: c.chat.completions.create(**SHORT | {"messages": [{"role": "user", "content": "long " * 20_000}]}),
        openai.BadRequestError,
        "context_length_exceeded",
        "messages",
    ),
    "an image for a model without eyes": (
        lambda c: c.chat.completions.create(
            **SHORT
            | {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,x"}}]}]}
        ),
        openai.BadRequestError,
        "unsupported_parameter",
        "messages[0].content[0]",
    ),
    "a broken schema": (
        lambda c: c.chat.completions.create(**SHORT, response_format=BROKEN_SCHEMA),
        openai.BadRequestError,
        None,
        "response_format",
    ),
    "a broken schema of a tool": (
        lambda c: c.chat.completions.create(
            **SHORT, tools=[{"type": "function", "function": {"name": "f", "parameters": {"type": "fish"}}}]
        ),
        openai.BadRequestError,
        "invalid_function_parameters",
        "tools[0].function.parameters",
    ),
    "an embedding from a chat model": (
        lambda c: c.embeddings.create(model="tiny", input="x"),
        openai.BadRequestError,
        None,
        "model",
    ),
    "a chat with an embedding model": (
        lambda c: c.chat.completions.create(**SHORT | {"model": "text-embedding-3-small"}),
        openai.BadRequestError,
        None,
        "model",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(sdk: Judged, name: str) -> None:
    call, expected, code, param = ERRORS[name]
    with pytest.raises(expected) as caught:
        call(sdk)
    error = caught.value
    assert type(error) is expected
    assert error.request_id is not None
    assert error.param == param, error.message
    assert error.code == code or code is None
    [(_, status)] = sdk.passed()
    assert status == error.status_code
    assert sdk.chat.completions.create(**SHORT).choices
    sdk.passed()


@pytest.mark.parametrize("key", ["sk-wrong", "Bearer", "sk-" + "x" * 4000])
def test_a_wrong_key(server: LiveServer, key: str) -> None:
    with Judged(server, api_key=key) as sdk:
        with pytest.raises(openai.AuthenticationError) as caught:
            sdk.chat.completions.create(**SHORT)
        assert caught.value.code == "invalid_api_key"
        assert sdk.passed() == [("POST /chat/completions", 401)]


@pytest.mark.parametrize("prefix", ["v1", "v2", "v3", "v26"])
def test_every_prefix_serves_the_same(server: LiveServer, prefix: str) -> None:
    with Judged(server, base_url=f"{server.url}/{prefix}") as sdk:
        assert sdk.chat.completions.create(**SHORT).choices
        assert sdk.completions.create(**LEGACY).choices
        assert sdk.embeddings.create(model="text-embedding-3-small", input="x", encoding_format="float").data
        assert sdk.models.retrieve("gpt-4.5-mini").id
        assert [status for _, status in sdk.passed()] == [200] * 4


# --- other dialects ------------------------------------------------------------------


def test_a_prompt_in_a_chat_is_answered_with_text(sdk: Judged) -> None:
    answer: Any = sdk.post(
        "/chat/completions", body={"model": "tiny", "prompt": "Once", "max_tokens": 5, "seed": 1}, cast_to=object
    )
    choice = answer["choices"][0]
    assert choice["text"] == choice["message"]["content"]
    assert sdk.passed() == [("POST /chat/completions", 200)]


@pytest.mark.parametrize("stream", [False, True])
def test_functions_are_answered_with_a_function_call(sdk: Judged, stream: bool) -> None:
    answer = sdk.chat.completions.create(
        **SHORT | {"max_tokens": 64}, functions=[WEATHER, TIME], function_call={"name": "get_weather"}, stream=stream
    )
    if stream:
        with answer as chunks:
            calls = [c.delta.function_call for chunk in chunks for c in chunk.choices if c.delta.function_call]
        assert [call.name for call in calls if call.name] == ["get_weather"]
        arguments = "".join(call.arguments or "" for call in calls)
    else:
        call = answer.choices[0].message.function_call
        assert call is not None
        assert answer.choices[0].finish_reason == "function_call"
        assert answer.choices[0].message.tool_calls is None
        arguments = call.arguments
    assert json.loads(arguments)["city"] in ("Paris", "Rome")
    assert sdk.passed() == [("POST /chat/completions", 200)]


def test_the_tools_of_the_first_document(sdk: Judged) -> None:
    tools: Any = [
        {"type": "function", **WEATHER},
        {"type": "code_interpreter", "name": "run_python", "description": "Run Python code safely in a sandbox"},
    ]
    choice: Any = {"type": "function", "name": "run_python"}
    answer = sdk.chat.completions.create(**SHORT | {"max_tokens": 200}, tools=tools, tool_choice=choice)
    calls = answer.choices[0].message.tool_calls
    assert calls is not None
    assert calls[0].type == "function"
    assert calls[0].function.name == "run_python"
    assert sdk.passed() == [("POST /chat/completions", 200)]
    messages: Any = [*ASK, {"role": "tool", "content": "sunny", "tool_call_id": "call_123"}]
    assert sdk.chat.completions.create(**SHORT | {"messages": messages}).choices
    assert sdk.passed() == [("POST /chat/completions", 200)]


# --- the judge itself ------------------------------------------------------------------


def test_the_judge_finds_faults() -> None:
    url = "/v1/chat/completions"
    assert judge("POST", url, 200, "application/json", b"{}")
    assert judge("POST", url, 200, "text/html", b"{}")
    assert judge("POST", url, 400, "application/json", b'{"error": {"detail": "x"}}')
    assert judge("POST", url, 502, "text/html", b"<html>")
    assert judge("POST", url, 200, "text/event-stream", b'data: {"id": 5}\n\ndata: [DONE]\n\n')
    assert judge("POST", url, 200, "text/event-stream", b"data: [DONE]\n\nx")
    assert judge("POST", url, 200, "text/event-stream", b"")
    assert judge("POST", url, 200, "text/event-stream", b"data: [DONE]\n\n") == []
    assert judge("GET", "/v3/models/a/b", 200, "application/json", b"{}")
