"""How each family writes tool calls, as grammar. The output goes through the same parser as any other."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from homeport.core.grammar.lark import TEXT, literal
from homeport.core.parsers.formats import (
    DEEPSEEK_CALL_BEGIN,
    DEEPSEEK_CALL_END,
    DEEPSEEK_CALLS_BEGIN,
    DEEPSEEK_CALLS_END,
    DEEPSEEK_SEP,
    OPENING_TAGS,
    Family,
    ModelFormat,
)

Texts = tuple[str, ...]


class Style(Struct, frozen=True):
    """What stands around calls: before the first, between two, after the last, and around each one's arguments."""

    opening: Texts
    between: Texts
    closing: Texts
    before_name: str
    before_arguments: Texts
    after_arguments: str = ""


STYLES: dict[Family, Style] = {
    "hermes": Style(
        opening=("<tool_call>", "\n"),
        between=("\n", "</tool_call>", "\n", "<tool_call>", "\n"),
        closing=("\n", "</tool_call>"),
        before_name='{"name": "',
        before_arguments=('", "arguments": ',),
        after_arguments="}",
    ),
    "llama3": Style(
        opening=(),
        between=("; ",),
        closing=(),
        before_name='{"name": "',
        before_arguments=('", "parameters": ',),
        after_arguments="}",
    ),
    "mistral": Style(
        opening=("[TOOL_CALLS]", "["),
        between=(", ",),
        closing=("]",),
        before_name='{"name": "',
        before_arguments=('", "arguments": ',),
        after_arguments="}",
    ),
    "mistral_v11": Style(
        opening=("[TOOL_CALLS]",),
        between=("[TOOL_CALLS]",),
        closing=(),
        before_name="",
        before_arguments=("[ARGS]",),
    ),
    "deepseek": Style(
        opening=(DEEPSEEK_CALLS_BEGIN, DEEPSEEK_CALL_BEGIN, "function", DEEPSEEK_SEP),
        between=(DEEPSEEK_CALL_END, "\n", DEEPSEEK_CALL_BEGIN, "function", DEEPSEEK_SEP),
        closing=(DEEPSEEK_CALL_END, DEEPSEEK_CALLS_END),
        before_name="",
        before_arguments=("\n```json\n",),
        after_arguments="\n```",
    ),
    "deepseek_v31": Style(
        opening=(DEEPSEEK_CALLS_BEGIN, DEEPSEEK_CALL_BEGIN),
        between=(DEEPSEEK_CALL_END, DEEPSEEK_CALL_BEGIN),
        closing=(DEEPSEEK_CALL_END, DEEPSEEK_CALLS_END),
        before_name="",
        before_arguments=(DEEPSEEK_SEP,),
    ),
}


def sequence(texts: Texts, format: ModelFormat) -> str:
    """Texts one after another, as Lark; control tokens by their ids."""
    parts: list[str] = []
    run = ""
    for text in texts:
        if text in format.control_tokens:
            parts += [literal(run)] if run else []
            parts.append(f"<[{format.control_tokens[text]}]>")
            run = ""
        else:
            run += text
    parts += [literal(run)] if run else []
    return " ".join(parts)


def call_rules(
    bodies: Sequence[tuple[str, str]], format: ModelFormat, *, parallel: bool, begun: bool = False
) -> list[str]:
    """Rule `calls` (with what closes them, not what opens them) for functions by name and grammar of arguments.

    `begun`: the first call is already written up to its name.
    """
    style = STYLES[format.family]
    rules = []
    for index, (name, body) in enumerate(bodies):
        head = sequence((name, *style.before_arguments), format)
        rules.append(f"call_{index}: {head} {body} {sequence((style.after_arguments,), format)}")
    rules.append("call: " + " | ".join(f"call_{index}" for index in range(len(bodies))))
    first = "" if begun else sequence((style.before_name,), format)
    more = f"( {sequence((*style.between, style.before_name), format)} call )*" if parallel else ""
    rules.append(f"calls: {first} call {more} {sequence(style.closing, format)}")
    return rules


def free_text_rules(format: ModelFormat) -> list[str]:
    """Rule `answer`: text in which whatever opens a call must go on as `calls`."""
    tags = OPENING_TAGS[format.family]
    if format.family == "llama3":
        tag = sequence(tags, format)
        return [
            f"answer: WORDS? | calls | {tag} calls",
            f"WORDS: /\\s*[^{{\\s](?s:.*)/ & {_without(tags)}",
        ]
    style = STYLES[format.family]
    rules = [f"answer: WORDS | lead {sequence(style.opening[1:], format)} calls", f"WORDS: {TEXT} & {_without(tags)}"]
    if tags[0] in format.control_tokens:
        return [*rules, f"lead: WORDS {sequence(tags[:1], format)}"]
    lead = f"/(?s:.*){escape(tags[0])}/"
    others = f" & {_without(tags[1:])}" if tags[1:] else ""
    return [*rules, "lead[lazy]: LEAD", f"LEAD: {lead}{others}"]


def _without(texts: Texts) -> str:
    """A Lark terminal for anything that has none of `texts` in it."""
    return f"~/(?s:.*)({'|'.join(map(escape, texts))})(?s:.*)/"


def escape(text: str) -> str:
    """Text as it stands in a Lark regular expression."""
    return "".join("\\" + character if character in r"\.+*?()|[]{}^$/#&-~" else character for character in text)
