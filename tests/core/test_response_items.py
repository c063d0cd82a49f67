"""Responses' input items as chat messages."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.core.response_items import sealed, to_messages
from homeport.errors import BadRequestError, UnsupportedParameter


def call(number: int) -> dict[str, Any]:
    return {"type": "function_call", "id": f"fc_{number}", "call_id": f"call_{number}", "name": "f", "arguments": "{}"}


def tool_call(number: int) -> dict[str, Any]:
    return {"id": f"call_{number}", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def reasoning(text: str) -> dict[str, Any]:
    return {"type": "reasoning", "id": "rs", "summary": [], "content": [{"type": "reasoning_text", "text": text}]}


ASSISTANT = {"type": "message", "role": "assistant", "content": "Wait."}


def test_a_text_and_instructions() -> None:
    assert to_messages("Hi") == [{"role": "user", "content": "Hi"}]
    assert to_messages("Hi", "Be kind.") == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Hi"},
    ]


def test_messages_keep_role_and_content_only() -> None:
    item = {"type": "message", "id": "msg", "status": "completed", "role": "user", "content": [{"type": "input_text"}]}
    assert to_messages([item]) == [{"role": "user", "content": [{"type": "input_text"}]}]
    assert to_messages([{"role": "developer", "content": "x"}]) == [{"role": "developer", "content": "x"}]


def test_calls_join_the_message_before_them_and_each_other() -> None:
    assert to_messages([ASSISTANT, call(1), call(2)]) == [
        {"role": "assistant", "content": "Wait.", "tool_calls": [tool_call(1), tool_call(2)]}
    ]
    assert to_messages([{"role": "user", "content": "x"}, call(1)])[1] == {
        "role": "assistant",
        "content": None,
        "tool_calls": [tool_call(1)],
    }


def test_images_in_outputs_follow_all_outputs() -> None:
    text, image = {"type": "input_text", "text": "Look."}, {"type": "input_image", "image_url": "https://a.b/c.png"}
    outputs = [
        {"type": "function_call_output", "call_id": "call_1", "output": [text, image]},
        {"type": "function_call_output", "call_id": "call_2", "output": [image]},
    ]
    shown = [
        {"role": "tool", "tool_call_id": "call_1", "content": "Look."},
        {"role": "tool", "tool_call_id": "call_2", "content": "See below."},
        {"role": "user", "content": [image, image]},
    ]
    assert to_messages([call(1), call(2), *outputs])[1:] == shown
    assert to_messages([call(1), call(2), *outputs, ASSISTANT])[1:] == [
        *shown,
        {"role": "assistant", "content": "Wait."},
    ]


def test_results_stand_between_two_messages_of_calls() -> None:
    result = {"type": "function_call_output", "call_id": "call_1", "output": "42"}
    assert [message["role"] for message in to_messages([call(1), result, call(2)])] == [
        "assistant",
        "tool",
        "assistant",
    ]
    assert to_messages([result]) == [{"role": "tool", "tool_call_id": "call_1", "content": "42"}]


def test_reasoning_belongs_to_the_answer_after_it() -> None:
    (one,) = to_messages([reasoning("Hm. "), reasoning("So."), ASSISTANT, call(1)])
    assert (one["reasoning_content"], one["content"], one["tool_calls"]) == ("Hm. So.", "Wait.", [tool_call(1)])
    first, second = to_messages([ASSISTANT, reasoning("Hm."), call(1)])
    assert "reasoning_content" not in first
    assert (second["reasoning_content"], second["tool_calls"]) == ("Hm.", [tool_call(1)])
    summary = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Short."}]}
    assert to_messages([summary, ASSISTANT])[0]["reasoning_content"] == "Short."
    user = {"role": "user", "content": "x"}
    assert to_messages([reasoning("Cut off."), user, ASSISTANT]) == [user, {"role": "assistant", "content": "Wait."}]


@pytest.mark.parametrize(
    ("item", "error", "param"),
    [
        ("text", BadRequestError, "input[1]"),
        ({}, UnsupportedParameter, "input[1].type"),
        ({"type": "computer_call"}, UnsupportedParameter, "input[1].type"),
        ({"role": "user"}, BadRequestError, "input[1].content"),
        ({"type": "message", "content": "x"}, BadRequestError, "input[1].role"),
        ({"type": "function_call", "call_id": "c", "name": "f"}, BadRequestError, "input[1].arguments"),
        ({"type": "function_call_output", "output": "x"}, BadRequestError, "input[1].call_id"),
        ({"type": "reasoning", "content": [{"text": 3}]}, BadRequestError, "input[1].content"),
    ],
)
def test_what_is_no_item_is_named(item: Any, error: type[BadRequestError], param: str) -> None:
    with pytest.raises(error) as refused:
        to_messages([ASSISTANT, item])
    assert refused.value.param == param


def test_sealed_thoughts_come_back_and_nothing_else_does() -> None:
    def input_with(content: Any) -> list[dict[str, Any]]:
        return [{"type": "reasoning", "summary": [], "encrypted_content": content}, ASSISTANT]

    (message,) = to_messages(input_with(sealed(reasoning("Hm. Ω"))))
    assert message["reasoning_content"] == "Hm. Ω"
    whole = sealed(reasoning("Hm."))
    bomb = sealed(reasoning("a" * 50_000_000))  # in some 70 kB
    for content in (whole.removeprefix("homeport1."), whole[:-8], "homeport1.", "homeport1.é", 7, ["x"], bomb):
        with pytest.raises(BadRequestError) as caught:
            to_messages(input_with(content))
        assert caught.value.code == "invalid_encrypted_content"
