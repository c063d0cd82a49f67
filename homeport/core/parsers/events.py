"""What a parser makes of a model's text. The wire (`choices[].delta`) is built from these, one to one."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct


class ReasoningText(Struct, frozen=True):
    """More of the reasoning trace (`delta.reasoning_content`)."""

    text: str


class ContentText(Struct, frozen=True):
    """More of the answer (`delta.content`)."""

    text: str


class ToolCallStart(Struct, frozen=True):
    """A call begins: its place in `tool_calls` (from 0), a fresh id and the function's name."""

    index: int
    id: str
    name: str


class ToolCallArguments(Struct, frozen=True):
    """More of a call's arguments: JSON text, as the model wrote it."""

    index: int
    text: str


Event: TypeAlias = ReasoningText | ContentText | ToolCallStart | ToolCallArguments
