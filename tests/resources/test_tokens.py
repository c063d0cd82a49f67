"""Token counts over HTTP: what is counted before is what `usage.prompt_tokens` says after."""

from __future__ import annotations

from typing import Any

import openai
import pytest
from openai import OpenAI

from tests.openai_spec import violations
from tests.support import LiveServer, live_server

WEATHER: dict[str, Any] = {
    "name": "get_weather",
    "description": "The weather of a city",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
NESTED = [{"type": "function", "function": WEATHER}]
FLAT = [{"type": "function", **WEATHER}]
SCHEMA = {
    "type": "object",
    "properties": {"yes": {"type": "boolean"}},
    "required": ["yes"],
    "additionalProperties": False,
}
CALL = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Rome"}'}}
PLAIN = [{"role": "user", "content": "Grüße, 世界 🌍"}]
TURNS = [
    {"role": "system", "content": "Be short."},
    {"role": "user", "content": [{"type": "text", "text": "Hello"}, {"type": "text", "text": " there"}]},
    {"role": "assistant", "content": "Hi!"},
    {"role": "user", "content": "And the weather in Rome?"},
]
TOOL_TURN = [
    *TURNS,
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "call_1", "content": "sunny"},
]

CHATS: dict[str, dict[str, Any]] = {
    "plain": {"messages": PLAIN},
    "turns": {"messages": TURNS},
    "tools": {"messages": TURNS, "tools": NESTED},
    "flat tools": {"messages": TURNS, "tools": FLAT},
    "no tools after all": {"messages": TURNS, "tools": NESTED, "tool_choice": "none"},
    "forced": {"messages": TURNS, "tools": NESTED, "tool_choice": "required", "parallel_tool_calls": False},
    "results": {"messages": TOOL_TURN, "tools": NESTED},
    "schema": {
        "messages": PLAIN,
        "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA, "strict": True}},
    },
}


def post(client: OpenAI, path: str, **body: Any) -> dict[str, Any]:
    answer = client.post(path, cast_to=object, body=body)
    assert isinstance(answer, dict)
    return answer


def refused(client: OpenAI, path: str, **body: Any) -> tuple[str | None, str | None]:
    """`param` and `code` of the 400."""
    with pytest.raises(openai.BadRequestError) as error:
        post(client, path, **body)
    assert error.value.message
    return error.value.param, error.value.code


def spent(client: OpenAI, **chat: Any) -> int:
    """What a chat completion says it took."""
    usage = client.chat.completions.create(model="tiny", max_tokens=1, **chat).usage
    assert usage is not None
    return usage.prompt_tokens


# --- a count is what it costs --------------------------------------------------------


@pytest.mark.parametrize("name", CHATS)
def test_a_conversation_counts_what_it_will_cost(client: OpenAI, name: str) -> None:
    found = post(client, "/tokenize", model="tiny", **CHATS[name])
    assert found["count"] == spent(client, **CHATS[name])
    assert (found["object"], found["model"], found["max_model_len"]) == ("tokenization", "tiny", 4096)
    assert found["tokens"] is None


def test_tools_forms_and_choices_make_a_difference_where_they_should(client: OpenAI) -> None:
    count = {name: post(client, "/tokenize", **chat)["count"] for name, chat in CHATS.items()}
    assert count["tools"] == count["flat tools"] > count["turns"] == count["no tools after all"]
    assert count["results"] > count["tools"]


def test_a_text_counts_what_it_will_cost(client: OpenAI) -> None:
    for text in ("Once upon a time", "Grüße, 世界 🌍", "<|im_start|>user"):
        found = post(client, "/tokenize", model="tiny", prompt=text)
        completion = client.completions.create(model="tiny", prompt=text, max_tokens=1)
        assert completion.usage is not None
        assert found["count"] == len(found["tokens"]) == completion.usage.prompt_tokens
        again = client.completions.create(model="tiny", prompt=found["tokens"], max_tokens=1)
        assert again.usage is not None
        assert again.usage.prompt_tokens == found["count"]


def test_a_text_counts_what_its_embedding_will_cost(client: OpenAI) -> None:
    text = "Grüße, 世界 🌍 한국어"
    found = post(client, "/tokenize", model="text-embedding-3-small", input=text)
    usage = client.embeddings.create(model="text-embedding-3-small", input=text).usage
    assert found["count"] == usage.prompt_tokens
    assert found["max_model_len"] == 512
    inner = post(client, "/tokenize", model="text-embedding-3-small", input=text, add_special_tokens=False)
    assert found["tokens"] == [101, *inner["tokens"], 102]


def test_another_homeport_as_the_engine_counts_the_same(server: LiveServer, client: OpenAI) -> None:
    with (
        live_server("", "--engine", server.base_url, "--engine-key", server.key) as relay,
        OpenAI(base_url=relay.base_url, api_key=relay.key, max_retries=0) as behind,
    ):
        for chat in CHATS.values():
            counted = [post(sdk, "/tokenize", model="tiny", **chat)["count"] for sdk in (client, behind)]
            assert counted[0] == counted[1]
        for path, body in (
            ("/tokenize", {"prompt": "Grüße, 世界", "add_special_tokens": False}),
            ("/detokenize", {"tokens": [72, 73, 74]}),
            ("/responses/input_tokens", {"input": "Hello", "instructions": "Be short."}),
        ):
            assert post(behind, path, model="tiny", **body) == post(client, path, model="tiny", **body)


# --- to tokens and back ----------------------------------------------------------------


def test_there_and_back(client: OpenAI) -> None:
    text = "Hello wörld,\n\n  世界 🌍 <|im_end|>"
    for special in (True, False):
        tokens = post(client, "/tokenize", model="tiny", prompt=text, add_special_tokens=special)["tokens"]
        assert post(client, "/detokenize", model="tiny", tokens=tokens) == {"prompt": text}
    assert post(client, "/detokenize", tokens=[]) == {"prompt": ""}


def test_the_text_of_each_token(client: OpenAI) -> None:
    found = post(client, "/tokenize", prompt="Hello hello 世", return_token_strs=True)
    assert len(found["token_strs"]) == found["count"]
    assert "".join(found["token_strs"]).startswith("Hello hello ")
    assert found["token_strs"][-1] == "\ufffd"  # a part of a character
    assert found["model"] == "tiny"  # nobody named one


def test_what_cannot_be_tokenized_is_refused_by_name(client: OpenAI) -> None:
    assert refused(client, "/tokenize", model="tiny") == ("prompt", "missing_required_parameter")
    assert refused(client, "/tokenize", prompt="x", messages=PLAIN) == ("messages", "invalid_parameter_combination")
    assert refused(client, "/tokenize", prompt="x", tools=NESTED) == ("tools", "unsupported_parameter")
    assert refused(client, "/tokenize", prompt=["x"])[0] == "prompt"
    assert refused(client, "/tokenize", prompt="x", truncate=3) == ("truncate", "unknown_parameter")
    assert refused(client, "/tokenize", messages=[])[0] == "messages"
    assert refused(client, "/tokenize", messages=[{"role": "alien", "content": "x"}])[0] == "messages[0].role"
    for name, value in (
        ("add_special_tokens", True),
        ("return_token_strs", True),
        ("add_generation_prompt", False),
        ("continue_final_message", True),
    ):
        assert refused(client, "/tokenize", messages=PLAIN, **{name: value}) == (name, "unsupported_parameter")
    assert refused(client, "/tokenize", model="text-embedding-3-small", messages=PLAIN)[0] == "model"
    assert refused(client, "/detokenize", tokens=[384]) == ("tokens", "invalid_value")
    for beyond in (-1, 2**31):
        assert refused(client, "/detokenize", tokens=[beyond])[0] == "tokens[0]"
    assert refused(client, "/detokenize")[0] == "tokens"
    for path, body in (
        ("/tokenize", {"prompt": "x"}),
        ("/tokenize", {"messages": PLAIN}),
        ("/detokenize", {"tokens": []}),
    ):
        with pytest.raises(openai.NotFoundError):
            post(client, path, model="nobody-knows-me", **body)


# --- POST /responses/input_tokens --------------------------------------------------------

ITEMS = [
    {"role": "user", "content": [{"type": "input_text", "text": "Hello"}, {"type": "input_text", "text": " there"}]},
    {
        "type": "message",
        "id": "msg_1",
        "status": "completed",
        "role": "assistant",
        "content": [{"type": "output_text", "text": "Hi!", "annotations": []}],
    },
    {"type": "message", "role": "user", "content": "And the weather in Rome?"},
    {
        "type": "function_call",
        "id": "fc_1",
        "call_id": "call_1",
        "name": "get_weather",
        "arguments": '{"city": "Rome"}',
    },
    {"type": "function_call_output", "call_id": "call_1", "output": "sunny"},
]


def counted(client: OpenAI, **body: Any) -> int:
    found = client.responses.input_tokens.count(**body)
    assert violations("TokenCountsResource", found.to_dict()) == []
    return found.input_tokens


def test_responses_count_as_the_chat_they_stand_for(client: OpenAI) -> None:
    assert counted(client, model="tiny", input="Grüße, 世界 🌍") == spent(client, messages=PLAIN)
    assert counted(client, input="Grüße, 世界 🌍", instructions="Be short.") == spent(
        client, messages=[{"role": "system", "content": "Be short."}, *PLAIN]
    )
    assert counted(client, model="gpt-4o", input=ITEMS, instructions="Be short.", tools=FLAT) == spent(
        client, messages=TOOL_TURN, tools=NESTED
    )
    assert counted(
        client,
        input="Grüße, 世界 🌍",
        text={"format": {"type": "json_schema", "name": "answer", "schema": SCHEMA, "strict": True}},
    ) == spent(client, **CHATS["schema"])
    choice = {"type": "function", "name": "get_weather"}
    assert counted(client, input=ITEMS[:1], tools=FLAT, tool_choice=choice) == spent(
        client,
        messages=TURNS[1:2],
        tools=NESTED,
        tool_choice={"type": "function", "function": {"name": "get_weather"}},
    )


def test_several_calls_and_their_reasons_are_one_message(client: OpenAI) -> None:
    again = {**ITEMS[3], "call_id": "call_2"}
    output = {**ITEMS[4], "call_id": "call_2"}
    reasoning = {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [],
        "content": [{"type": "reasoning_text", "text": "Hm."}],
    }
    items = [*ITEMS[:3], reasoning, ITEMS[3], again, ITEMS[4], output]
    calls = [CALL, {**CALL, "id": "call_2"}]
    assert counted(client, input=items, tools=FLAT) == spent(
        client,
        messages=[
            *TURNS[1:],
            {"role": "assistant", "content": None, "tool_calls": calls, "reasoning_content": "Hm."},
            {"role": "tool", "tool_call_id": "call_1", "content": "sunny"},
            {"role": "tool", "tool_call_id": "call_2", "content": "sunny"},
        ],
        tools=NESTED,
    )


def test_what_has_no_count_is_refused_by_name(client: OpenAI) -> None:
    path = "/responses/input_tokens"
    assert refused(client, path) == ("input", "missing_required_parameter")
    assert refused(client, path, input=[]) == ("input", "invalid_value")
    assert refused(client, path, input="x", personality="pirate") == ("personality", "unsupported_parameter")
    assert refused(client, path, input="x", truncation="auto") == ("truncation", "unsupported_parameter")
    assert refused(client, path, input="x", text={"colour": "red"}) == ("text.colour", "unknown_parameter")
    assert refused(client, path, input="x", tools=[{"type": "web_search"}])[0] == "tools[0].type"
    assert refused(client, path, input=["x"]) == ("input[0]", "invalid_type")
    assert refused(client, path, input=[{"role": "user"}]) == ("input[0].content", "missing_required_parameter")
    assert refused(client, path, input=[{"role": "robot", "content": "x"}])[0] == "input[0].role"
    assert refused(client, path, input=[ITEMS[4], {**ITEMS[4], "type": ["x"]}])[0] == "input[1].type"
    assert refused(client, path, input=[{"type": "reasoning", "summary": "x"}]) == ("input[0].summary", "invalid_type")
    image = {"type": "input_image", "image_url": "data:image/png;base64,AAAA"}
    assert refused(client, path, input=[{"role": "user", "content": [image]}]) == ("input", "unsupported_parameter")
