"""Stream parsers: what each family's text becomes, and that it becomes the same however the stream is cut."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.core.parsers import (
    ContentText,
    Event,
    ModelFormat,
    OutputParser,
    ReasoningText,
    ToolCallArguments,
    ToolCallStart,
)
from homeport.core.parsers.formats import (
    DEEPSEEK_CALL_BEGIN as CB,
)
from homeport.core.parsers.formats import (
    DEEPSEEK_CALL_END as CE,
)
from homeport.core.parsers.formats import (
    DEEPSEEK_CALLS_BEGIN as CSB,
)
from homeport.core.parsers.formats import (
    DEEPSEEK_CALLS_END as CSE,
)
from homeport.core.parsers.formats import (
    DEEPSEEK_SEP as SEP,
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


def parse(format: ModelFormat, pieces: Iterable[str], tools: frozenset[str], in_reasoning: bool = False) -> Result:
    ids = iter(range(1_000_000))
    parser = OutputParser(format, tools=tools, in_reasoning=in_reasoning, new_call_id=lambda: f"call_{next(ids)}")
    events: list[Event] = []
    for piece in pieces:
        events += parser.feed(piece)
    events += parser.finish()
    result = fold(events)
    assert parser.calls == len(result.calls)
    return result


def fold(events: list[Event]) -> Result:
    """What a client would put together; checks the order of events on the way."""
    content, reasoning = "", ""
    calls: list[list[str]] = []
    for event in events:
        match event:
            case ContentText(text):
                content += text
            case ReasoningText(text):
                assert not content
                assert not calls
                reasoning += text
            case ToolCallStart(index, id, name):
                assert index == len(calls)
                assert id == f"call_{index}"
                calls.append([name, ""])
            case ToolCallArguments(index, text):
                assert index == len(calls) - 1
                calls[index][1] += text
        assert event not in (ContentText(""), ReasoningText(""))
    return Result(content, tuple((name, arguments) for name, arguments in calls), reasoning)


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
    Case("not offered", HERMES, hermes('{"name": "rm", "arguments": {}}'), Result("", (("rm", "{}"),))),
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
    Case("text, python tag", LLAMA, 'ok <|python_tag|>{"name": "x", "parameters": {}}', Result("ok", (("x", "{}"),))),
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

cases = pytest.mark.parametrize("case", CASES, ids=[f"{case.format.family}: {case.name}" for case in CASES])


@cases
def test_what_the_text_becomes(case: Case) -> None:
    assert parse(case.format, [case.text], case.tools, case.in_reasoning) == case.want


@cases
def test_the_same_at_every_cut(case: Case) -> None:
    text = case.text
    for at in range(len(text) + 1):
        assert parse(case.format, [text[:at], text[at:]], case.tools, case.in_reasoning) == case.want, repr(text[:at])
    assert parse(case.format, list(text), case.tools, case.in_reasoning) == case.want
    assert (
        parse(case.format, [x for character in text for x in (character, "")], case.tools, case.in_reasoning)
        == case.want
    )


@cases
def test_the_same_at_every_three_way_cut(case: Case) -> None:
    text = case.text[:120]
    want = parse(case.format, [text], case.tools, case.in_reasoning)
    step = max(1, len(text) // 25)
    for i in range(0, len(text) + 1, step):
        for j in range(i, len(text) + 1):
            assert parse(case.format, [text[:i], text[i:j], text[j:]], case.tools, case.in_reasoning) == want


FRAGMENTS = [
    *("<tool_call>", "</tool_call>", "<|python_tag|>", "[TOOL_CALLS]", "[ARGS]", "[CALL_ID]", "<think>", "</think>"),
    *("[THINK]", "[/THINK]", CSB, CB, SEP, CE, CSE, "```json\n", "\n```", "function", "f", "g", " ", "\n", ";", ","),
    *('{"name": "f", "arguments": ', '{"name": "f"', '"arguments"', '"parameters":', '"name"', ":", "{", "}", "[", "]"),
    *('"', "\\", '\\"', "\\u00e9", "\\ud83c", "\\udf89", '{"x": 1}', "{}", "null", "12", "é", "🎉", "'", "<", "\uff5c"),
    *(F, G, NASTY, hermes(F), "text "),
]
soups = st.lists(st.sampled_from(FRAGMENTS), max_size=14).map("".join) | st.text(max_size=40)


@settings(max_examples=250, deadline=None)
@given(soups, st.sampled_from(EVERY_FORMAT), st.booleans(), st.data())
def test_soup_is_the_same_however_cut(text: str, format: ModelFormat, in_reasoning: bool, data: Any) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[i:j] for i, j in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    want = parse(format, [text], TOOLS, in_reasoning)
    assert parse(format, pieces, TOOLS, in_reasoning) == want
    assert parse(format, list(text), TOOLS, in_reasoning) == want


@settings(max_examples=300, deadline=None)
@given(soups, st.sampled_from(EVERY_FORMAT))
def test_nothing_is_lost(text: str, format: ModelFormat) -> None:
    """Every character of the result stands in the text, in order; without calls and reasoning it is the whole text."""
    result = parse(format, [text], TOOLS)
    if not result.calls and not (format.reasoning_tags and text.lstrip().startswith(format.reasoning_tags[0])):
        assert result.content == text
    letters = iter(text)
    assert all(character in letters for character in result.reasoning + result.content)
    assert parse(format, [text], frozenset()).calls == ()


def test_arguments_stream_as_they_arrive() -> None:
    """No character of a call's arguments, and no plain word, waits for the next piece."""
    parser = OutputParser(HERMES, tools=TOOLS)
    assert parser.feed("Hi") == [ContentText("Hi")]
    assert parser.feed(' <b> <tool_call>\n{"name": "f", "argu') == [ContentText(" <b>")]
    start, first = parser.feed('ments": {"x')
    assert isinstance(start, ToolCallStart)
    assert (start.index, start.name, start.id[:5]) == (0, "f", "call_")
    assert first == ToolCallArguments(0, '{"x')
    for piece in ('"', ": ", '"a\\', 'n b"', "}"):
        assert parser.feed(piece) == [ToolCallArguments(0, piece)]
    assert parser.feed("}\n</tool_call>") == []
    assert parser.finish() == []


def test_plain_text_passes_at_once() -> None:
    parser = OutputParser(QWEN3)
    assert parser.feed("<thi") == []
    assert parser.feed("s> \n") == [ContentText("<this> \n")]
    assert parser.feed(" <tool_call>") == [ContentText(" <tool_call>")]


def test_a_call_id_is_fresh_each_time() -> None:
    parser = OutputParser(HERMES, tools=TOOLS)
    ids = [event.id for event in parser.feed(hermes(F, G)) if isinstance(event, ToolCallStart)]
    assert len(set(ids)) == 2


@pytest.mark.parametrize(
    ("format", "text"),
    [
        (HERMES, "<" * 40_000),
        (HERMES, "<tool_call" * 4_000),
        (HERMES, "<tool_call>" * 4_000),
        (HERMES, "<tool_call>\n{" * 3_000),
        (HERMES, '<tool_call>{"a":"' * 3_000),
        (HERMES, '<tool_call>{"arguments":{"x":"' + "<tool_call>{\\" * 3_000),
        (HERMES, '<tool_call>{"arguments":{"x":"' + "y" * 200_000 + '"},"name":"f"}</tool_call>'),
        (HERMES, '<tool_call>{"name":"f","arguments":' + '{"x":[' * 10_000 + "]}" * 10_000 + "}</tool_call>"),
        (HERMES, '<tool_call>{"name":"f","arguments":"' + '\\"' * 20_000 + '"}</tool_call>'),
        (HERMES, "a" + " \n" * 40_000 + "b"),
        (HERMES, "<tool_call>" + " " * 80_000 + F),
        (LLAMA, '{"type":"' + "z" * 80_000),
        (MISTRAL_V11, "[TOOL_CALLS]" + "f" * 80_000 + "[ARGS]{}"),
        (QWEN3, "<think>" + "</think" * 8_000),
    ],
)
def test_hostile_text_takes_linear_time(format: ModelFormat, text: str) -> None:
    started = time.process_time()
    whole = parse(format, [text], TOOLS)
    in_one_s = time.process_time() - started
    started = time.process_time()
    assert parse(format, [text[i : i + 7] for i in range(0, len(text), 7)], TOOLS) == whole
    in_pieces_s = time.process_time() - started
    assert in_one_s < 0.5
    assert in_pieces_s < 2


@pytest.mark.parametrize("padding", [65_530, 65_536, 65_537, 65_700])
def test_how_much_is_held_back_does_not_depend_on_the_cut(padding: int) -> None:
    """The bound on what is held back decides by the text, too."""
    text = '<tool_call>{"arguments":{"x":"' + "y" * padding + '"},"name":"f"}</tool_call>'
    want = parse(HERMES, [text], TOOLS)
    assert (want.content == text) != bool(want.calls)
    for at in range(len(text) - 60, len(text)):
        assert parse(HERMES, [text[:70_000][:at], text[:at][70_000:], text[at:]], TOOLS) == want
