"""Outputs of models, and what they should be read as."""

from __future__ import annotations

from typing import NamedTuple

from homeport.core.parsers import ModelFormat
from homeport.core.parsers.formats import (
    DEEPSEEK_CALL_BEGIN,
    DEEPSEEK_CALL_END,
    DEEPSEEK_CALLS_BEGIN,
    DEEPSEEK_CALLS_END,
    DEEPSEEK_SEP,
)

CSB, CB, SEP, CE, CSE = (
    DEEPSEEK_CALLS_BEGIN,
    DEEPSEEK_CALL_BEGIN,
    DEEPSEEK_SEP,
    DEEPSEEK_CALL_END,
    DEEPSEEK_CALLS_END,
)
THINK = ("<think>", "</think>")
PLAIN = ModelFormat("plain")
HERMES = ModelFormat("hermes")
QWEN3 = ModelFormat("hermes", THINK)
LLAMA = ModelFormat("llama3")
MISTRAL = ModelFormat("mistral")
MISTRAL_V11 = ModelFormat("mistral_v11")
MAGISTRAL = ModelFormat("mistral_v11", ("[THINK]", "[/THINK]"))
DEEPSEEK = ModelFormat("deepseek", THINK)
DEEPSEEK_V31 = ModelFormat("deepseek_v31", THINK)
EVERY_FORMAT = [PLAIN, HERMES, QWEN3, LLAMA, MISTRAL, MISTRAL_V11, MAGISTRAL, DEEPSEEK, DEEPSEEK_V31]

TOOLS = frozenset({"f", "g", "get_weather"})


class Result(NamedTuple):
    content: str = ""
    calls: tuple[tuple[str, str], ...] = ()
    reasoning: str = ""


class Case(NamedTuple):
    name: str
    format: ModelFormat
    text: str
    want: Result
    tools: frozenset[str] = TOOLS
    in_reasoning: bool = False


def hermes(*calls: str) -> str:
    return "\n".join(f"<tool_call>\n{call}\n</tool_call>" for call in calls)


F = '{"name": "f", "arguments": {"x": 1}}'
G = '{"name": "g", "arguments": {}}'
FX, GE = ("f", '{"x": 1}'), ("g", "{}")
NASTY = r'{"s": "a } ] \" \\ </tool_call> <think> [TOOL_CALLS] 日本語 🎉 \u00e9", "n": [[{"x": {}}], -1.5e3, null]}'

RM = hermes('{"name": "rm", "arguments": {}}')

CASES = [
    # plain text
    Case("plain text", PLAIN, "Hello, world.\n", Result("Hello, world.\n")),
    Case("plain keeps what others parse", PLAIN, hermes(F), Result(hermes(F))),
    Case("hermes text", HERMES, "1 < 2 <to be> <tool_calls \n", Result("1 < 2 <to be> <tool_calls \n")),
    Case("white space only", HERMES, " \n ", Result(" \n ")),
    Case("nothing", QWEN3, "", Result()),
    Case("no tools, no calls", HERMES, hermes(F), Result(hermes(F)), frozenset()),
    # hermes
    Case("one call", HERMES, hermes(F), Result("", (FX,))),
    Case("two calls", HERMES, hermes(F, G), Result("", (FX, GE))),
    Case("text before", HERMES, "Let me see.\n\n" + hermes(F), Result("Let me see.", (FX,))),
    Case("text around", HERMES, "a " + hermes(F) + "\nb\n", Result("a \nb\n", (FX,))),
    Case("text between", HERMES, hermes(F) + " and " + hermes(G), Result("and", (FX, GE))),
    Case("compact", HERMES, '<tool_call>{"name":"f","arguments":{"x":1}}</tool_call>', Result("", (("f", '{"x":1}'),))),
    Case("not offered", HERMES, RM, Result(RM)),
    Case("no arguments", HERMES, hermes('{"name": "g"}'), Result("", (GE,))),
    Case("null arguments", HERMES, hermes('{"name": "g", "arguments": null}'), Result("", (GE,))),
    Case("empty string arguments", HERMES, hermes('{"name": "g", "arguments": ""}'), Result("", (GE,))),
    Case("parameters", HERMES, hermes('{"name": "f", "parameters": {"x": 1}}'), Result("", (FX,))),
    Case("arguments first", HERMES, hermes('{"arguments": {"x": 1}, "name": "f"}'), Result("", (FX,))),
    Case(
        "other keys",
        HERMES,
        hermes('{"id": "a", "name": "f", "arguments": {"x": 1}, "t": [0]}'),
        Result("", (FX,)),
    ),
    Case(
        "arguments as written",
        HERMES,
        hermes('{"name": "f", "arguments":  {"b" :1,\n  "a": [ ]} }'),
        Result("", (("f", '{"b" :1,\n  "a": [ ]}'),)),
    ),
    Case("nasty strings", HERMES, hermes(f'{{"name": "f", "arguments": {NASTY}}}'), Result("", (("f", NASTY),))),
    Case("escaped name", HERMES, hermes(r'{"name": "get\u005fweather"}'), Result("", (("get_weather", "{}"),))),
    Case(
        "arguments in a string",
        HERMES,
        hermes(r'{"name": "f", "arguments": "{\"x\": \"\ud83c\udf89 \\\" é\"}"}'),
        Result("", (("f", '{"x": "🎉 \\" é"}'),)),
    ),
    Case(
        "arguments in a string, before the name",
        HERMES,
        hermes(r'{"arguments": "{\"x\": 1}", "name": "f"}'),
        Result("", (FX,)),
    ),
    Case(
        "broken escapes in a string",
        HERMES,
        hermes(r'{"name": "f", "arguments": "a\q\ud800\u12"}'),
        Result("", (("f", r"a\q\ud800\u12"),)),
    ),
    Case("a brace too many", HERMES, "<tool_call>" + F + "}\n</tool_call>", Result("", (FX,))),
    Case("a brace too few", HERMES, "<tool_call>" + F[:-1] + "\n</tool_call>", Result("", (FX,))),
    Case("list in a tag", HERMES, f"<tool_call>[{F}, {G}]</tool_call>", Result("", (FX, GE))),
    Case("two in a tag", HERMES, f"<tool_call>{F}\n{G}</tool_call>", Result("", (FX, GE))),
    Case("unclosed tag", HERMES, "<tool_call>\n" + F, Result("", (FX,))),
    Case("closing tag cut off", HERMES, "<tool_call>\n" + F + "\n</tool", Result("", (FX,))),
    Case("no closing tag, next call", HERMES, f"<tool_call>{F}\n<tool_call>{G}", Result("", (FX, GE))),
    Case("text in the tag", HERMES, f"<tool_call>{F} ok</tool_call>", Result("ok</tool_call>", (FX,))),
    Case(
        "arguments cut off",
        HERMES,
        '<tool_call>\n{"name": "f", "arguments": {"x": "a b',
        Result("", (("f", '{"x": "a b'),)),
    ),
    Case(
        "broken arguments end at the tag",
        HERMES,
        '<tool_call>{"name": "f", "arguments": {"x": [1</tool_call>ok',
        Result("ok", (("f", '{"x": [1'),)),
    ),
    # hermes, malformed: content, nothing lost
    Case("tag cut off", HERMES, "so <tool_c", Result("so <tool_c")),
    Case("tag only", HERMES, "<tool_call>", Result("<tool_call>")),
    Case("empty tag", HERMES, "<tool_call>\n\n</tool_call>", Result("<tool_call>\n\n</tool_call>")),
    Case("no json", HERMES, "<tool_call>get_weather(1)</tool_call>", Result("<tool_call>get_weather(1)</tool_call>")),
    Case("no name", HERMES, hermes('{"arguments": {}}'), Result(hermes('{"arguments": {}}'))),
    Case("empty name", HERMES, hermes('{"name": ""}'), Result(hermes('{"name": ""}'))),
    Case("name is no string", HERMES, hermes('{"name": 1}'), Result(hermes('{"name": 1}'))),
    Case("single quotes", HERMES, hermes("{'name': 'f'}"), Result(hermes("{'name': 'f'}"))),
    Case("name cut off", HERMES, '<tool_call>{"name": "get_', Result('<tool_call>{"name": "get_')),
    Case(
        "value missing",
        HERMES,
        '<tool_call>{"name": "f", "arguments":',
        Result('<tool_call>{"name": "f", "arguments":'),
    ),
    Case("broken, then a call", HERMES, "<tool_call>no " + hermes(F), Result("<tool_call>no", (FX,))),
    Case("a call, then broken", HERMES, hermes(F) + "<tool_call>{]", Result("<tool_call>{]", (FX,))),
    Case("stray closing tag", HERMES, "a</tool_call>b", Result("a</tool_call>b")),
    # reasoning
    Case("think", QWEN3, "<think>\nhm, <b>\n</think>\n\nHi\n", Result("Hi\n", (), "hm, <b>")),
    Case("think, no tools", QWEN3, "<think>a </thin k</think> Hi \n", Result("Hi \n", (), "a </thin k"), frozenset()),
    Case("empty think", QWEN3, "<think>\n\n</think>\n\nHi", Result("Hi")),
    Case("think, then call", QWEN3, "<think>a</think>\n" + hermes(F), Result("", (FX,), "a")),
    Case("no think", QWEN3, "\n Hi <think>a</think>", Result("\n Hi <think>a</think>")),
    Case("call inside think", QWEN3, f"<think>{hermes(F)}</think>b", Result("b", (), hermes(F))),
    Case("think unclosed", QWEN3, "<think>a b </thi", Result("", (), "a b </thi")),
    Case("think cut off", QWEN3, " <thin", Result(" <thin")),
    Case("opened by the prompt", DEEPSEEK, "hm\n</think>\nHi", Result("Hi", (), "hm"), TOOLS, True),
    Case("opened twice", DEEPSEEK, "\n<think>\nhm</think>Hi", Result("Hi", (), "hm"), TOOLS, True),
    Case("opened, never closed", DEEPSEEK, "hm ", Result("", (), "hm"), TOOLS, True),
    Case("prefilled", QWEN3, "</think>\n\n" + hermes(F), Result("", (FX,)), TOOLS, True),
    # llama 3
    Case("bare", LLAMA, '{"name": "f", "parameters": {"x": 1}}', Result("", (FX,))),
    Case("bare, indented", LLAMA, '\n {"name": "f",\n "parameters": {"x": 1}\n}\n', Result("", (FX,))),
    Case("bare, typed", LLAMA, '{"type": "function", "name": "f", "parameters": {"x": 1}}', Result("", (FX,))),
    Case("several", LLAMA, '{"name": "f", "parameters": {"x": 1}}; {"name": "g"}', Result("", (FX, GE))),
    Case("python tag", LLAMA, '<|python_tag|>{"name": "f", "parameters": {"x": 1}}', Result("", (FX,))),
    Case("text, python tag", LLAMA, 'ok <|python_tag|>{"name": "g", "parameters": {}}', Result("ok", (GE,))),
    Case("python code", LLAMA, "<|python_tag|>print(1)", Result("<|python_tag|>print(1)")),
    Case("bare, not offered", LLAMA, '{"name": "Ann", "age": 3}', Result('{"name": "Ann", "age": 3}')),
    Case("json answer", LLAMA, '{"answer": {"name": "f"}}', Result('{"answer": {"name": "f"}}')),
    Case("json later", LLAMA, 'Use {"name": "f"}', Result('Use {"name": "f"}')),
    Case("brace only", LLAMA, " {", Result(" {")),
    Case("second not offered", LLAMA, '{"name": "g"}; {"name": "x"}', Result('; {"name": "x"}', (GE,))),
    # mistral
    Case("list", MISTRAL, f"[TOOL_CALLS][{F}, {G}]", Result("", (FX, GE))),
    Case("list, spaced", MISTRAL, f"ok\n[TOOL_CALLS] [\n{F}\n,{G} ]\n", Result("ok", (FX, GE))),
    Case("list, unclosed", MISTRAL, f"[TOOL_CALLS][{F}", Result("", (FX,))),
    Case("list of nothing", MISTRAL, "[TOOL_CALLS][]", Result("[TOOL_CALLS][]")),
    Case("args", MISTRAL_V11, '[TOOL_CALLS]f[ARGS]{"x": 1}', Result("", (FX,))),
    Case("args, parallel", MISTRAL_V11, '[TOOL_CALLS]f[ARGS]{"x": 1}[TOOL_CALLS]g[ARGS]{}', Result("", (FX, GE))),
    Case("call id", MISTRAL_V11, 'a[TOOL_CALLS]f[CALL_ID]a1B2[ARGS]{"x": 1}', Result("a", (FX,))),
    Case("no args tag", MISTRAL_V11, '[TOOL_CALLS]f{"x": 1}', Result("", (FX,))),
    Case("args cut off", MISTRAL_V11, "[TOOL_CALLS]f[AR", Result("[TOOL_CALLS]f[AR")),
    Case("args, nameless", MISTRAL_V11, "[TOOL_CALLS][ARGS]{}", Result("[TOOL_CALLS][ARGS]{}")),
    Case("a list in brackets", MISTRAL_V11, "[TOOL] [1, 2] [", Result("[TOOL] [1, 2] [")),
    Case("nasty args", MISTRAL_V11, f"[TOOL_CALLS]f[ARGS]{NASTY}", Result("", (("f", NASTY),))),
    Case("think in brackets", MAGISTRAL, "[THINK]a[/THINK]b[TOOL_CALLS]g[ARGS]{}", Result("b", (GE,), "a")),
    # deepseek
    Case(
        "fenced",
        DEEPSEEK,
        f'ok\n\n{CSB}{CB}function{SEP}f\n```json\n{{"x": 1}}\n```{CE}\n{CB}function{SEP}g\n```json\n{{}}\n```{CE}{CSE}',
        Result("ok", (FX, GE)),
    ),
    Case("fenced, cut off", DEEPSEEK, f'{CSB}{CB}function{SEP}f\n```json\n{{"x": 1}}\n``', Result("", (FX,))),
    Case(
        "fenced, nasty",
        DEEPSEEK,
        f"{CSB}{CB}function{SEP}f\n```json\n{NASTY}\n```{CE}{CSE}",
        Result("", (("f", NASTY),)),
    ),
    Case("unfenced", DEEPSEEK_V31, f'{CSB}{CB}f{SEP}{{"x": 1}}{CE}{CB}g{SEP}{{}}{CE}{CSE}', Result("", (FX, GE))),
    Case("outer tag missing", DEEPSEEK_V31, f'{CB}f{SEP}{{"x": 1}}{CE}', Result("", (FX,))),
    Case("second broken", DEEPSEEK_V31, f"{CSB}{CB}g{SEP}{{}}{CE}{CB}oh", Result(f"{CB}oh", (GE,))),
    Case(
        "nameless",
        DEEPSEEK,
        f"{CSB}{CB}function{SEP}```json\n{{}}\n```",
        Result(f"{CSB}{CB}function{SEP}```json\n{{}}\n```"),
    ),
    Case("text after", DEEPSEEK_V31, f"{CSB}{CB}g{SEP}{{}}{CE}{CSE} done", Result("done", (GE,))),
    Case(
        "think and call",
        DEEPSEEK,
        f"a</think>{CSB}{CB}f{SEP}{{}}{CE}{CSE}",
        Result("", (("f", "{}"),), "a"),
        TOOLS,
        True,
    ),
]
