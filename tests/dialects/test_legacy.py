"""`prompt` and `functions`, there and back."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from homeport.core.chat import AnswerForm, NamedToolChoice, ToolMessage
from homeport.core.decode import decode_chat, unknown_parameters
from homeport.core.sse import event
from homeport.dialects import from_chat
from homeport.errors import BadRequestError

USER = {"role": "user", "content": "What's the weather in Paris?"}
WEATHER = {"name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}
CALL = {"name": "get_weather", "arguments": '{"city": "Paris"}'}


def form_of(**body: Any) -> AnswerForm:
    form = decode_chat(msgspec.json.encode(body), from_chat).answer_form
    assert isinstance(form, AnswerForm)
    return form


def answer(form: AnswerForm, message: dict[str, Any], finish_reason: str = "stop") -> dict[str, Any]:
    choice = {"index": 0, "message": message, "finish_reason": finish_reason, "logprobs": None}
    body = {"id": "chatcmpl-1", "object": "chat.completion", "choices": [choice], "usage": {"total_tokens": 3}}
    rewritten = msgspec.json.decode(form.body(msgspec.json.encode(body)))
    assert rewritten["usage"] == {"total_tokens": 3}
    first: dict[str, Any] = rewritten["choices"][0]
    return first


def deltas(form: AnswerForm, *choices: dict[str, Any]) -> list[dict[str, Any]]:
    block = b"".join(event({"id": "chatcmpl-1", "choices": [{"index": 0} | choice]}) for choice in choices)
    usage = event({"id": "chatcmpl-1", "choices": [], "usage": {"total_tokens": 3}})
    parts = form.block(block + usage).split(b"\n\n")
    assert parts[-2:] == [usage[:-2], b""]
    return [msgspec.json.decode(part.removeprefix(b"data: "))["choices"][0] for part in parts[:-2]]


def test_a_prompt_is_answered_with_text_beside_the_message() -> None:
    choice = answer(form_of(prompt="hi"), {"role": "assistant", "content": "Hello!"})
    assert choice["text"] == "Hello!"
    assert choice["message"] == {"role": "assistant", "content": "Hello!"}
    assert choice["finish_reason"] == "stop"


def test_the_text_of_an_answer_without_content_is_empty() -> None:
    assert answer(form_of(prompt="hi"), {"role": "assistant", "content": None})["text"] == ""


def test_a_streamed_prompt_has_text_beside_the_delta() -> None:
    choices = deltas(
        form_of(prompt="hi", stream=True),
        {"delta": {"role": "assistant", "content": ""}},
        {"delta": {"content": "Hel"}},
        {"delta": {"content": "lo"}},
        {"delta": {}, "finish_reason": "stop"},
    )
    assert [choice["text"] for choice in choices] == ["", "Hel", "lo", ""]
    assert choices[1]["delta"] == {"content": "Hel"}


def test_messages_are_answered_as_ever() -> None:
    assert decode_chat(msgspec.json.encode({"messages": [USER]}), from_chat).answer_form is None


def test_functions_become_tools() -> None:
    body = {"messages": [USER], "functions": [WEATHER], "function_call": {"name": "get_weather"}}
    request = decode_chat(msgspec.json.encode(body), from_chat)
    assert request.wire == {
        "messages": [USER],
        "tools": [{"type": "function", "function": WEATHER}],
        "tool_choice": {"type": "function", "function": {"name": "get_weather"}},
        "parallel_tool_calls": False,
    }
    assert isinstance(request.tool_choice, NamedToolChoice)


@pytest.mark.parametrize("choice", ["none", "auto"])
def test_a_function_call_mode_becomes_the_tool_choice(choice: str) -> None:
    body = {"messages": [USER], "functions": [WEATHER], "function_call": choice}
    assert decode_chat(msgspec.json.encode(body), from_chat).tool_choice == choice


def test_function_results_become_tool_results() -> None:
    messages = [
        USER,
        {"role": "assistant", "content": None, "function_call": CALL},
        {"role": "function", "name": "get_weather", "content": "sunny"},
        {"role": "assistant", "content": "It's sunny.", "function_call": None},
    ]
    request = decode_chat(msgspec.json.encode({"messages": messages}), from_chat)
    assert request.wire["messages"] == [
        USER,
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "call_1", "type": "function", "function": CALL}],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "sunny"},
        {"role": "assistant", "content": "It's sunny.", "function_call": None},
    ]
    assert request.messages[2] == ToolMessage(content="sunny", tool_call_id="call_1")
    assert request.answer_form is None  # it is history; nothing was offered


def test_null_functions_ask_for_nothing() -> None:
    body = {"messages": [USER], "functions": None, "function_call": None}
    request = decode_chat(msgspec.json.encode(body), from_chat)
    assert request.wire == {"messages": [USER]}
    assert request.answer_form is None


def test_functions_beside_tools_are_unknown() -> None:
    tools = [{"type": "function", "function": WEATHER}]
    body = {"messages": [USER], "tools": tools, "tool_choice": "auto", "functions": [WEATHER], "function_call": "auto"}
    assert unknown_parameters(decode_chat(msgspec.json.encode(body), from_chat)) == ["function_call", "functions"]


def test_broken_functions_are_refused() -> None:
    with pytest.raises(BadRequestError, match=r"Missing required parameter: 'tools\[0\].function.name'"):
        form_of(messages=[USER], functions=[{"parameters": {}}])


def test_a_call_is_answered_as_function_call() -> None:
    calls = [{"id": "call_1", "type": "function", "function": CALL}]
    choice = answer(
        form_of(messages=[USER], functions=[WEATHER]),
        {"role": "assistant", "content": None, "tool_calls": calls},
        "tool_calls",
    )
    assert choice["message"] == {"role": "assistant", "content": None, "function_call": CALL}
    assert choice["finish_reason"] == "function_call"
    assert "text" not in choice


def test_a_streamed_call_is_answered_as_function_call() -> None:
    first = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": ""}}
    choices = deltas(
        form_of(messages=[USER], functions=[WEATHER], stream=True),
        {"delta": {"role": "assistant", "content": None, "tool_calls": [first]}},
        {"delta": {"tool_calls": [{"index": 0, "function": {"arguments": '{"city"'}}]}},
        {"delta": {"tool_calls": [{"index": 0, "function": {"arguments": ': "Paris"}'}}]}},
        {"delta": {"tool_calls": [{"index": 1, "function": {"arguments": "an engine's second"}}]}},
        {"delta": {}, "finish_reason": "tool_calls"},
    )
    assert [choice["delta"].get("function_call") for choice in choices] == [
        {"name": "get_weather", "arguments": ""},
        {"arguments": '{"city"'},
        {"arguments": ': "Paris"}'},
        None,
        None,
    ]
    assert not any("tool_calls" in choice["delta"] for choice in choices)
    assert choices[-1]["finish_reason"] == "function_call"
