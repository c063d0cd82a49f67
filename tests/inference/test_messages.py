"""Items as the messages that a model is sent."""

from __future__ import annotations

from typing import Any

import pytest

from homeport import dialects
from homeport.core.decode import chat_request
from homeport.inference.turn.messages import messages
from tests.inference.turns import said

CALL: dict[str, Any] = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f", "arguments": "{}"}
OUTPUT: dict[str, Any] = {"type": "function_call_output", "id": "fco_1", "call_id": "call_1", "output": "done"}


def test_what_was_said_or_thought_after_a_call_stands_before_it() -> None:
    thought = {"id": "rs_1", "type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "Hm."}]}
    for after in ([said("I called it.", "assistant")], [thought, said("I called it.", "assistant")]):
        history = [said("Call it."), CALL | {"status": "completed"}, *after, OUTPUT | {"status": "completed"}]
        sent = messages(None, history, [])
        assert [message["role"] for message in sent] == ["user", "assistant", "tool"]
        assert sent[1]["content"] == "I called it."
        assert [call["id"] for call in sent[1]["tool_calls"]] == ["call_1"]
        chat_request({"model": "m", "messages": sent}, dialects.from_chat)  # engines take it


def test_what_came_between_a_call_and_its_output_stands_after_them() -> None:
    between = [said("Something else?"), said("Fine.", "assistant")]
    other = {"call_id": "call_2", "status": "completed"}
    history = [said("Call."), CALL, CALL | other, *between, OUTPUT | other, OUTPUT, said("And?")]
    sent = messages(None, history, [])
    assert [message["role"] for message in sent] == ["user", "assistant", "tool", "tool", "user", "assistant", "user"]
    assert [call["id"] for call in sent[1]["tool_calls"]] == [message["tool_call_id"] for message in sent[2:4]]


@pytest.mark.parametrize(
    "between",
    [
        [said("B takes a while.", "assistant")],
        [CALL | {"call_id": "call_3"}, OUTPUT | {"call_id": "call_3"}],
        [{"type": "code_interpreter_call", "id": "ci_1", "code": "1", "outputs": None, "status": "completed"}],
    ],
)
def test_what_came_between_the_outputs_of_calls_stands_after_them(between: list[dict[str, Any]]) -> None:
    other = {"call_id": "call_2"}
    sent = messages(None, [said("Call."), CALL, CALL | other, OUTPUT, *between, OUTPUT | other], [])
    chat_request({"model": "m", "messages": sent}, dialects.from_chat)  # engines take it
    assert [message["role"] for message in sent[:4]] == ["user", "assistant", "tool", "tool"]
    assert [message["tool_call_id"] for message in sent[2:4]] == ["call_1", "call_2"]
    assert len(sent) > 4


def test_a_call_s_id_may_come_again() -> None:
    sent = messages(None, [said("Call."), CALL, said("Again."), CALL, OUTPUT, said("And?"), CALL, said("So?")], [])
    assert [message["role"] for message in sent] == ["user", "user", "assistant", "tool", "user", "user"]
    assert sent[3]["content"] == "done"


def test_calls_of_one_turn_may_have_one_id() -> None:
    """As those of clients that take the function's name for it."""
    calls, outputs = [CALL, CALL | {"arguments": '{"n": 2}'}], [OUTPUT, OUTPUT | {"output": "two"}]
    for history in ([*calls, *outputs], [calls[0], outputs[0], calls[1], outputs[1]], [*calls, said("And?"), *outputs]):
        sent = messages(None, [said("Call."), *history], [])
        made = [call["function"]["arguments"] for message in sent for call in message.get("tool_calls", ())]
        assert made == ["{}", '{"n": 2}']
        assert [message["content"] for message in sent if message["role"] == "tool"] == ["done", "two"]


def test_code_that_was_not_run_is_not_told_as_run() -> None:
    call = {"type": "code_interpreter_call", "id": "ci_1", "code": None, "outputs": None}
    ran = messages(None, [said("Run it."), call | {"status": "completed", "code": "1"}], [])
    assert ran[-1]["content"] == "The code ran and printed nothing."
    refused = messages(None, [said("Run it."), call | {"status": "failed"}], [])
    assert refused[-1]["role"] == "tool"
    assert "was not run" in refused[-1]["content"]
