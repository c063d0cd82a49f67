"""Grammars that constrain decoding, so that an answer has the wanted form whatever the model would rather write.

What is accepted here is enforced: a schema with a keyword that the engine would ignore is refused by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from homeport.core.chat import (
    FunctionTool,
    JsonObjectFormat,
    JsonSchemaFormat,
    NamedToolChoice,
    ResponseFormat,
    ToolChoice,
)
from homeport.core.grammar.lark import TEXT, compile_grammar, grammar, json_body
from homeport.core.grammar.tool_calls import STYLES, call_rules, escape, free_text_rules, sequence
from homeport.core.parsers import ModelFormat
from homeport.core.schemas import InvalidSchema, Place
from homeport.errors import BadRequestError, UnsupportedParameter

__all__ = ["Constraint", "for_response_format", "for_tool_calls"]

MAX_UNASKED_BYTES = 100_000  # of schemas that nobody asked to enforce: more would hold up other requests for 50 ms
_OBJECT: dict[str, Any] = {"type": "object"}
_NO_ARGUMENTS: dict[str, Any] = {"type": "object", "properties": {}, "additionalProperties": False}


class Constraint(Struct, frozen=True):
    """What an engine must do so that the output has the wanted form."""

    grammar: str  # llama.cpp's `grammar`
    prefill: str = ""  # append to the rendered prompt, and feed to the parser before the output


def for_response_format(
    response_format: ResponseFormat | None, format: ModelFormat, *, in_reasoning: bool = False
) -> Constraint | None:
    """The constraint for `response_format`; None where any text will do.

    Raises BadRequestError, naming keyword and place, where the schema cannot be enforced.
    """
    body = _content_body(response_format)
    if body is None:
        return None
    if format.reasoning_tags is None:
        return Constraint(_checked(body, [], format))
    return Constraint(_whole([f"answer: {body}"], format, in_reasoning))


def for_tool_calls(
    tools: Sequence[FunctionTool],
    choice: ToolChoice | None,
    format: ModelFormat,
    *,
    parallel: bool = True,
    in_reasoning: bool = False,
    response_format: ResponseFormat | None = None,
) -> Constraint | None:
    """The constraint for `tools` and `tool_choice`, and for `response_format` where the model may do either.

    named: exactly one call to that function; required: one call (or more where `parallel`) to any of them; auto: free
    text, or what `response_format` asks for, in which a call is to one of the tools and held to its schema; none: no
    calls. None where any text will do. Raises BadRequestError (no such function, a strict schema that cannot be
    enforced), UnsupportedParameter (the model's format has no tool calls).
    """
    if choice == "none" or not tools:
        return for_response_format(response_format, format, in_reasoning=in_reasoning)
    if format.family == "plain":
        raise UnsupportedParameter("This model has no format for tool calls.", param="tools")
    if choice is None or choice == "auto":
        return _for_auto(tools, format, parallel, in_reasoning, _content_body(response_format))
    if isinstance(choice, NamedToolChoice):
        tools = [tool for tool in tools if tool.function.name == choice.function.name]
        if not tools:
            raise BadRequestError(
                f"Tool choice '{choice.function.name}' not found in 'tools' parameter.", param="tool_choice"
            )
        parallel = False
    bodies = [(tool.function.name, _arguments_body(tool, index)) for index, tool in enumerate(tools)]
    style = STYLES[format.family]
    if format.reasoning_tags is None:
        # All that is certain is put in the model's mouth, in the tokens in which it learnt to write it.
        rules = call_rules(bodies, format, parallel=parallel, begun=True)
        return Constraint(_checked("calls", rules, format), prefill="".join((*style.opening, style.before_name)))
    rules = call_rules(bodies, format, parallel=parallel)
    return Constraint(_whole([f"answer: {sequence(style.opening, format)} calls", *rules], format, in_reasoning))


def _for_auto(
    tools: Sequence[FunctionTool], format: ModelFormat, parallel: bool, in_reasoning: bool, content: str | None
) -> Constraint | None:
    style = STYLES[format.family]
    must = content is not None or any(tool.function.strict for tool in tools)
    if not must and not style.opening:
        return None  # a text that begins as a call does may be meant as text
    if not must and len(msgspec.json.encode(tools)) > MAX_UNASKED_BYTES:
        return None
    bodies = [(tool.function.name, _arguments_body(tool, index)) for index, tool in enumerate(tools)]
    rules = call_rules(bodies, format, parallel=parallel)
    try:
        if content is not None:
            opening = sequence(style.opening, format)
            return Constraint(_whole([f"answer: {opening} calls | {content}", *rules], format, in_reasoning))
        rules += free_text_rules(format)
        if not in_reasoning and not _thinks_in_control_tokens(format):
            return Constraint(_checked("answer", rules, format))
        return Constraint(_whole(rules, format, in_reasoning))
    except BadRequestError:
        if must:
            raise
        return None


def _content_body(response_format: ResponseFormat | None) -> str | None:
    if isinstance(response_format, JsonObjectFormat):
        return json_body(_OBJECT)
    if isinstance(response_format, JsonSchemaFormat):
        wanted = response_format.json_schema
        try:
            return json_body(wanted.schema_ or {})
        except InvalidSchema as error:
            raise Place.of_response_format(wanted).refuse(error.reason, error.context) from None
    return None


def _arguments_body(tool: FunctionTool, index: int) -> str:
    """A strict tool's schema is enforced or refused; another's is enforced where it can be."""
    function = tool.function
    if function.parameters is None:
        return json_body(_NO_ARGUMENTS)
    try:
        return json_body({"type": "object", **function.parameters})
    except InvalidSchema as error:
        if function.strict:
            place = Place.of_function(function, f"tools[{index}].function.parameters")
            raise place.refuse(error.reason, error.context) from None
        return json_body(_OBJECT)


def _whole(rules: list[str], format: ModelFormat, in_reasoning: bool) -> str:
    """A grammar for `answer`, after the reasoning that the model is in or may want to begin with."""
    if format.reasoning_tags is None:
        return _checked("answer", rules, format)
    opening, closing = format.reasoning_tags
    if closing in format.control_tokens:
        thought = f"thought: {TEXT} {sequence((closing,), format)}"
    else:
        thought = f"thought[lazy]: /(?s:.*){escape(closing)}/"
    gap = 'gap: ("\\n" | "\\n\\n")?'
    start = "thought gap answer" if in_reasoning else f"answer | {sequence((opening,), format)} thought gap answer"
    return _checked("whole", [f"whole: {start}", thought, gap, *rules], format)


def _thinks_in_control_tokens(format: ModelFormat) -> bool:
    """No text is such a token: a grammar that begins with text would rule thinking out."""
    return format.reasoning_tags is not None and format.reasoning_tags[0] in format.control_tokens


def _checked(rule: str, rules: Sequence[str], format: ModelFormat) -> str:
    """A grammar for `rule` and whatever token the model ends an answer with."""
    end = f"( {' | '.join(f'<[{token}]>' for token in format.ends)} )?" if format.ends else ""
    text = grammar(f"start: {rule} {end}", *rules)
    try:
        compile_grammar(text)
    except InvalidSchema as error:
        raise BadRequestError(f"The schemas of this request taken together {error.reason}", param="tools") from None
    return text
