"""Grammars that constrain decoding: llguidance's Lark dialect, as llama.cpp's server takes it in `grammar`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct

from homeport.core.chat import FunctionTool, ResponseFormat, ToolChoice
from homeport.core.parsers import ModelFormat

Reasoning = Literal["none", "open"]


class Constraint(Struct, frozen=True):
    """What an engine must do so that the output has the wanted form."""

    grammar: str  # llama.cpp's `grammar`
    prefill: str = ""  # append to the rendered prompt, and feed to the parser before the output


def for_response_format(
    response_format: ResponseFormat | None, format: ModelFormat, *, in_reasoning: bool = False
) -> Constraint | None:
    """The constraint for `response_format`; None where any text will do. Raises BadRequestError (schema refused)."""
    raise NotImplementedError


def for_json_object() -> str:
    raise NotImplementedError


def for_schema(schema: Mapping[str, Any], *, strict: bool) -> str:
    raise NotImplementedError


def for_tool_calls(
    tools: Sequence[FunctionTool],
    choice: ToolChoice | None,
    format: ModelFormat,
    *,
    parallel: bool = True,
    in_reasoning: bool = False,
) -> Constraint | None:
    """The constraint for `tools` and `tool_choice`.

    named: exactly one call to that function; required: one call (or more where `parallel`) to any of them; auto: None,
    unless a tool is strict, then free text in which every call is held to its schema; none: None.
    A constraint is in the model's own format, so the output goes through the same `OutputParser` as any other.
    """
    raise NotImplementedError
