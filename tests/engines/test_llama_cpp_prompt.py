"""What truncation may drop. The rest of prompts is tested on a model, in test_llama_cpp_chat."""

from __future__ import annotations

from homeport.core.chat import (
    AssistantMessage,
    DeveloperMessage,
    FunctionCall,
    Message,
    SystemMessage,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from homeport.engines.llama_cpp.prompt import droppable

LETTERS = {"s": SystemMessage("s"), "d": DeveloperMessage("d"), "u": UserMessage("u"), "a": AssistantMessage("a")}
CALLING = AssistantMessage(tool_calls=[ToolCall("1", FunctionCall("f", "{}"))])


def conversation(text: str) -> list[Message]:
    """u user, a assistant, c assistant with a call, t tool, s system, d developer."""
    return [
        CALLING if letter == "c" else ToolMessage("t", "1") if letter == "t" else LETTERS[letter] for letter in text
    ]


def units(text: str) -> list[str]:
    return ["".join(text[index] for index in unit) for unit in droppable(conversation(text))]


def test_instructions_and_the_newest_turn_stay() -> None:
    assert units("su") == []
    assert units("suauau") == ["ua", "ua"]
    assert units("duadu") == ["ua"]
    assert units("s") == []


def test_calls_go_with_their_results() -> None:
    assert units("suctctauau") == ["uctcta", "ua"]


def test_in_the_newest_turn_old_calls_may_go_and_the_newest_stays() -> None:
    assert units("uauctctctt") == ["ua", "ct", "ct"]
    assert units("uct") == []


def test_two_messages_of_the_user_in_a_row_are_two_turns() -> None:
    assert units("uuau") == ["u", "ua"]


def test_a_conversation_may_begin_with_the_assistant() -> None:
    assert units("auau") == ["a", "ua"]
