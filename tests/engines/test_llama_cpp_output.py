"""Stop sequences, log probabilities and choices: the parts of the embedded engine that need no engine."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.core.chat import ChunkChoice
from homeport.core.parsers import ModelFormat, OutputParser
from homeport.engines.llama_cpp.output import ChatChoice, StopMatcher
from homeport.engines.llama_cpp.server import CompletionEvent, PromptProgress, TokenProbability

text = st.text("abc", max_size=30)
cuts = st.lists(st.integers(0, 30), max_size=8)


def pieces(whole: str, at: list[int]) -> list[str]:
    bounds = [0, *sorted(min(cut, len(whole)) for cut in at), len(whole)]
    return [whole[start:end] for start, end in itertools.pairwise(bounds)]


def by_the_letter(whole: str, stops: list[str]) -> tuple[str, bool]:
    """What stop sequences mean: read letter by letter, end where the first of them is complete."""
    for end in range(1, len(whole) + 1):
        found = [stop for stop in stops if whole[:end].endswith(stop)]
        if found:
            return whole[: end - max(map(len, found))], True
    return whole, False


@given(text, st.lists(st.text("abc", min_size=1, max_size=5), max_size=4), cuts)
def test_stop_sequences_cut_exactly_however_the_text_comes(whole: str, stops: list[str], at: list[int]) -> None:
    matcher = StopMatcher(stops)
    passed = "".join(matcher.feed(piece) for piece in pieces(whole, at))
    expected, stopped = by_the_letter(whole, stops)
    assert expected.startswith(passed)
    assert (passed + matcher.finish(), matcher.stopped) == (expected, stopped)


def test_nothing_is_held_back_that_cannot_become_a_stop_sequence() -> None:
    matcher = StopMatcher(["STOP"])
    assert [matcher.feed(piece) for piece in ("abc", "S", "T", "x", "STO", "Q")] == ["abc", "", "", "STx", "", "STOQ"]


# --- choices ---------------------------------------------------------------------


def token(text: str, tokens: int, **more: Any) -> CompletionEvent:
    probability = TokenProbability(0, text, -1.0, list(text.encode()), [TokenProbability(1, "x", -2.0, [120])])
    return CompletionEvent(text, tokens, [probability], **more)


END = {"eos": CompletionEvent("", 0, stop_type="eos"), "limit": CompletionEvent("", 0, stop_type="limit")}
HERMES = ModelFormat("hermes", ("<think>", "</think>"))


def grown(
    parts: list[str], end: str = "eos", tools: tuple[str, ...] = (), **settings: Any
) -> tuple[ChatChoice, list[ChunkChoice]]:
    choice = ChatChoice(0, OutputParser(HERMES if tools else ModelFormat(), tools=tools), **settings)
    chunks: list[ChunkChoice] = []
    for number, part in enumerate([*parts, None], 1):
        event = END[end] if part is None else token(part, number)
        chunks += choice.feed(event)
        if choice.done:
            break
    return choice, chunks


def deltas(chunks: list[ChunkChoice]) -> str:
    return "".join(chunk.delta.content for chunk in chunks if isinstance(chunk.delta.content, str))


def test_a_plain_answer() -> None:
    choice, chunks = grown(["Hel", "lo"])
    assert deltas(chunks) == choice.text == "Hello"
    assert [chunk.finish_reason for chunk in chunks] == [None, None, "stop"]
    assert choice.tokens == 2
    assert choice.whole().message.content == "Hello"


def test_an_answer_cut_by_the_limit() -> None:
    choice, chunks = grown(["Hel", "lo"], "limit")
    assert chunks[-1].finish_reason == choice.whole().finish_reason == "length"


@pytest.mark.parametrize("stop", ["lo", "l", "o wor", "d", "Hello"])
def test_log_probabilities_are_those_of_the_text(stop: str) -> None:
    choice, chunks = grown(["He", "l", "lo", " wo", "rl", "d"], stops=(stop,), top_logprobs=1)
    assert chunks[-1].finish_reason == "stop"
    assert deltas(chunks) == "Hello world".partition(stop)[0]
    entries = [entry for chunk in chunks if chunk.logprobs for entry in chunk.logprobs.content or ()]
    whole = choice.whole().logprobs
    assert whole is not None
    assert whole.content == entries
    # The tokens that began before the cut, and no other.
    assert "".join(entry.token for entry in entries).startswith(choice.text)
    assert "".join(entry.token for entry in entries[:-1]) == choice.text[: sum(len(e.token) for e in entries[:-1])]
    assert all(entry.top_logprobs[0].token == "x" for entry in entries)


def test_top_logprobs_of_zero_gives_the_tokens_alone() -> None:
    choice, _ = grown(["Hi"], top_logprobs=0)
    logprobs = choice.whole().logprobs
    assert logprobs is not None
    assert [(entry.token, entry.top_logprobs) for entry in logprobs.content or ()] == [("Hi", [])]


def test_a_token_of_broken_characters_is_shown_as_bytes() -> None:
    choice = ChatChoice(0, OutputParser(ModelFormat()), top_logprobs=2)
    broken = TokenProbability(2, "", -3.0, [0xE2, 0x82])
    choice.feed(CompletionEvent("x", 1, [TokenProbability(1, "x", -1.0, [120], [broken])]))
    choice.feed(END["eos"])
    logprobs = choice.whole().logprobs
    assert logprobs is not None
    assert (logprobs.content or [])[0].top_logprobs[0].token == r"bytes:\xe2\x82"


def test_reasoning_is_apart_and_counted() -> None:
    parts = ["<think>", "Let ", "me ", "see", "</think>", "\n\n", "42"]
    choice, chunks = grown(parts, tools=("f",), top_logprobs=0)
    message = choice.whole().message
    assert message.reasoning_content == "Let me see"
    assert message.content == "42"
    assert "".join(chunk.delta.reasoning_content or "" for chunk in chunks) == "Let me see"
    assert 3 <= choice.reasoning_tokens <= 5
    assert choice.tokens == 7
    logprobs = choice.whole().logprobs
    assert logprobs is not None
    assert [entry.token for entry in logprobs.content or ()] == ["42"]


@pytest.mark.parametrize("answer", ["Four.", "\N{GRINNING FACE}!", "a", "<b> is it"])
@pytest.mark.parametrize("size", [1, 3])
def test_log_probabilities_are_those_of_the_content_alone(answer: str, size: int) -> None:
    said = re.findall(f"(?s).{{1,{size}}}", answer)
    choice, _ = grown(["<think>", "\n", "Hm", ".", "\n", "</think>", "\n\n", *said], tools=("f",), top_logprobs=0)
    assert (choice.whole().message.content, logged(choice)) == (answer, said)
    choice, _ = grown(
        ["<tool_call>", "\n", '{"name": "f", "arguments": {', "}", "}", "\n", "</tool_call>"],
        tools=("f",),
        top_logprobs=0,
    )
    assert (choice.whole().message.content, logged(choice)) == (None, [])
    choice, _ = grown(["<think>", "\n\n", "</think>", "\n\n", *said], tools=("f",), top_logprobs=0)
    assert (choice.whole().message.content, logged(choice)) == (answer, said)


def test_log_probabilities_of_what_only_looked_like_a_call() -> None:
    thought = ["<think>", "Hm", "</think>", "\n\n"]
    for said in (
        ["<tool_call>", '{"name": "nope"}', "</tool_call>", " then", "."],
        ["<", "<tool", "x"],
        ["a", " ", "<", "b"],
    ):
        choice, _ = grown([*thought, *said], tools=("f",), top_logprobs=0)
        assert (choice.whole().message.content, logged(choice)) == ("".join(said), said)


def logged(choice: ChatChoice) -> list[str]:
    logprobs = choice.whole().logprobs
    assert logprobs is not None
    return [entry.token for entry in logprobs.content or ()]


CALL = '<tool_call>\n{"name": "%s", "arguments": {"n": %d}}\n</tool_call>'


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_tool_calls_come_as_deltas(size: int) -> None:
    output = "I look.\n" + CALL % ("f", 1) + "\n" + CALL % ("g", 2)
    parts = re.findall(f"(?s).{{1,{size}}}", output)
    choice, chunks = grown(parts, tools=("f", "g"))
    calls = choice.whole().message.tool_calls
    assert isinstance(calls, list)
    assert [(call.function.name, call.function.arguments) for call in calls] == [("f", '{"n": 1}'), ("g", '{"n": 2}')]
    assert choice.whole().message.content == "I look."
    assert chunks[-1].finish_reason == "tool_calls"
    starts = [d for chunk in chunks for d in chunk.delta.tool_calls or () if d.id is not None]
    assert [(d.index, d.type, d.function and d.function.name) for d in starts] == [
        (0, "function", "f"),
        (1, "function", "g"),
    ]
    for index, call in enumerate(calls):
        streamed = [
            d.function.arguments or ""
            for c in chunks
            for d in c.delta.tool_calls or ()
            if d.index == index and d.function
        ]
        assert "".join(streamed) == call.function.arguments


def test_without_parallel_calls_the_first_one_ends_the_answer() -> None:
    output = CALL % ("f", 1) + "\n" + CALL % ("f", 2)
    choice, chunks = grown(list(output), tools=("f",), single_call=True)
    calls = choice.whole().message.tool_calls
    assert isinstance(calls, list)
    assert [call.function.arguments for call in calls] == ['{"n": 1}']
    assert chunks[-1].finish_reason == "tool_calls"
    assert choice.tokens < len(output)


def test_a_call_cut_by_the_limit_is_no_finished_call() -> None:
    choice, _ = grown(list(CALL % ("f", 1))[:-20], "limit", tools=("f",))
    assert choice.finish_reason == "length"


def test_a_stop_sequence_does_not_look_into_calls_or_reasoning() -> None:
    output = "<think>stop here</think>" + CALL % ("stop", 1)
    choice, chunks = grown(list(output), tools=("stop",), stops=("stop",))
    assert chunks[-1].finish_reason == "tool_calls"
    assert choice.whole().message.reasoning_content == "stop here"


def test_a_prefill_is_parsed_but_not_counted() -> None:
    prefill = '<tool_call>\n{"name": "f", "arguments": '
    choice, chunks = grown(['{"n": ', "1}", "}\n</tool_call>"], tools=("f",), prefill=prefill)
    calls = choice.whole().message.tool_calls
    assert isinstance(calls, list)
    assert [(call.function.name, call.function.arguments) for call in calls] == [("f", '{"n": 1}')]
    assert choice.tokens == 3
    assert chunks[0].delta.tool_calls is not None


def test_prompt_progress_says_what_was_cached() -> None:
    choice = ChatChoice(0, OutputParser(ModelFormat()))
    assert choice.feed(CompletionEvent(prompt_progress=PromptProgress(total=10, cache=7))) == []
    assert choice.cached_tokens == 7
