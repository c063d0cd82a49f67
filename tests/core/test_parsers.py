"""Stream parsers: what each family's text becomes, and that it becomes the same however the stream is cut."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

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
from tests.core.parser_cases import (
    CASES,
    CB,
    CE,
    CSB,
    CSE,
    EVERY_FORMAT,
    HERMES,
    LLAMA,
    MISTRAL_V11,
    NASTY,
    QWEN3,
    SEP,
    TOOLS,
    Case,
    F,
    G,
    Result,
    hermes,
)


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


def test_finishing_twice_says_nothing_more() -> None:
    parser = OutputParser(HERMES, tools=TOOLS)
    assert parser.feed("a \n<tool") == [ContentText("a")]
    assert [*parser.finish(), *parser.finish()] == [ContentText(" \n<tool")]


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
