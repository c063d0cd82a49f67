"""Chat completions on the embedded engine: every parameter, on the real thing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from homeport.engines.llama_cpp.engine import LlamaCppEngine
from homeport.errors import BadRequestError, ContextLengthExceeded, UnsupportedParameter
from tests.engines.llama import EOS, LONG, answer, chat, events, new_engine

pytestmark = pytest.mark.anyio

IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
AUDIO = {"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}
FILE = {"type": "file", "file": {"file_id": "file-1"}}


def user(*parts: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"role": "user", "content": list(parts) or "Hi"}]


@pytest.fixture(scope="module")
async def engine(anyio_backend: Any, tiny_model: Path) -> AsyncIterator[LlamaCppEngine]:
    engine = new_engine(tiny_model)
    await engine.start()
    yield engine
    await engine.close()


async def content(engine: LlamaCppEngine, **parameters: Any) -> str:
    return str((await answer(engine, chat(**parameters)))["choices"][0]["message"]["content"])


# --- whole and streamed ---------------------------------------------------------


async def test_a_whole_answer(engine: LlamaCppEngine) -> None:
    body = await answer(engine, chat(seed=1, logit_bias=LONG))
    assert body["object"] == "chat.completion"
    assert body["id"].startswith("chatcmpl-")
    assert body["model"] == "tiny"
    assert body["system_fingerprint"].startswith("fp_")
    (choice,) = body["choices"]
    assert choice["message"]["role"] == "assistant"
    assert choice["message"]["content"]
    assert choice["message"]["refusal"] is None
    assert choice["finish_reason"] == "length"
    assert choice["logprobs"] is None
    usage = body["usage"]
    assert usage["completion_tokens"] == 24
    assert usage["prompt_tokens"] == await engine.count_chat(chat(), "tiny")
    assert usage["total_tokens"] == usage["prompt_tokens"] + 24


async def test_a_stream_says_the_same(engine: LlamaCppEngine) -> None:
    whole = await answer(engine, chat(seed=3, logit_bias=LONG))
    streamed = await events(await engine.stream(chat(seed=3, logit_bias=LONG, stream=True), "tiny"))
    assert {event["object"] for event in streamed} == {"chat.completion.chunk"}
    assert len({event["id"] for event in streamed}) == 1
    first, *middle, finish, usage = streamed
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert "".join(e["choices"][0]["delta"]["content"] for e in middle) == whole["choices"][0]["message"]["content"]
    assert all(set(e["choices"][0]["delta"]) == {"content"} for e in middle)
    assert all(e["choices"][0]["finish_reason"] is None for e in middle)
    assert (finish["choices"][0]["delta"], finish["choices"][0]["finish_reason"]) == ({}, "length")
    assert usage["choices"] == []
    for count in ("prompt_tokens", "completion_tokens", "total_tokens"):
        assert usage["usage"][count] == whole["usage"][count]
    assert "usage" not in first


async def test_usage_is_null_until_the_end_where_it_was_asked_for(engine: LlamaCppEngine) -> None:
    streamed = await events(await engine.stream(chat(stream=True, stream_options={"include_usage": True}), "tiny"))
    assert [event["usage"] for event in streamed[:-1]] == [None] * (len(streamed) - 1)
    assert streamed[-1]["usage"]["total_tokens"] > 0


async def test_ends_where_the_model_ends_it(engine: LlamaCppEngine) -> None:
    body = await answer(engine, chat(logit_bias={EOS: 100}))
    assert body["choices"][0]["finish_reason"] == "stop"
    assert body["choices"][0]["message"]["content"] == ""
    assert body["usage"]["completion_tokens"] == 1
    streamed = await events(await engine.stream(chat(logit_bias={EOS: 100}, stream=True), "tiny"))
    assert [e["choices"][0]["finish_reason"] for e in streamed if e["choices"]] == [None, "stop"]


async def test_cached_prompt_tokens_are_reported(engine: LlamaCppEngine) -> None:
    request = chat("A text that nobody has sent before, long enough to be worth a cache.", logit_bias={EOS: 100})
    first = (await answer(engine, request))["usage"]
    again = (await answer(engine, request))["usage"]
    assert first["prompt_tokens_details"]["cached_tokens"] < again["prompt_tokens_details"]["cached_tokens"]
    assert again["prompt_tokens_details"]["cached_tokens"] == first["prompt_tokens"] - 1


# --- sampling ------------------------------------------------------------------------


async def test_a_seed_decides_and_no_seed_does_not(engine: LlamaCppEngine) -> None:
    one, same, other = [await content(engine, seed=seed) for seed in (7, 7, 8)]
    assert one == same != other
    assert await content(engine) != await content(engine)
    assert await content(engine, seed=-(2**63)) == await content(engine, seed=-(2**63))


async def test_temperature_zero_and_top_p_zero_are_greedy(engine: LlamaCppEngine) -> None:
    greedy = {await content(engine, temperature=0) for _ in range(3)}
    assert len(greedy) == 1
    assert {await content(engine, top_p=0) for _ in range(2)} == greedy


async def test_the_defaults_are_openais(engine: LlamaCppEngine) -> None:
    """At temperature 1 with the whole distribution, a model that knows nothing says almost anything."""
    bodies = await asyncio.gather(*(answer(engine, chat(max_tokens=60, logit_bias=LONG)) for _ in range(4)))
    letters = {letter for body in bodies for letter in body["choices"][0]["message"]["content"]}
    assert len(letters) > 50


async def test_logit_bias(engine: LlamaCppEngine) -> None:
    (token,) = await engine.tokenize("Q", "tiny")
    assert await content(engine, logit_bias={str(token): 100}, max_tokens=5) == "QQQQQ"
    assert "Q" not in await content(engine, logit_bias={str(token): -100} | LONG, max_tokens=200)


@pytest.mark.parametrize("key", ["384", "999999999"])
async def test_logit_bias_of_a_token_there_is_not(engine: LlamaCppEngine, key: str) -> None:
    with pytest.raises(BadRequestError, match="no token of this model") as caught:
        await engine.answer(chat(logit_bias={key: 1}), "tiny")
    assert caught.value.param == "logit_bias"


@pytest.mark.parametrize("penalty", ["presence_penalty", "frequency_penalty"])
async def test_penalties_make_repetition_rarer(engine: LlamaCppEngine, penalty: str) -> None:
    (token,) = await engine.tokenize("Q", "tiny")
    # As likely as all others together: without a penalty, about half of all tokens.
    bias = {str(token): 6.0} | LONG
    free = await content(engine, logit_bias=bias, max_tokens=200, seed=1)
    held = await content(engine, logit_bias=bias, max_tokens=200, seed=1, **{penalty: 2.0})
    assert held.count("Q") < 0.8 * free.count("Q")


async def test_max_completion_tokens(engine: LlamaCppEngine) -> None:
    request = chat(max_tokens=None, max_completion_tokens=3, logit_bias=LONG)
    assert (await answer(engine, request))["usage"]["completion_tokens"] == 3


async def test_without_a_limit_the_context_is_one(engine: LlamaCppEngine) -> None:
    body = await answer(engine, chat(max_tokens=None, logit_bias=LONG))
    assert body["usage"]["total_tokens"] == 4096
    assert body["choices"][0]["finish_reason"] == "length"


async def test_stop_sequences(engine: LlamaCppEngine) -> None:
    whole = await content(engine, seed=5, logit_bias=LONG)
    stop = whole[9:12]
    expected = whole[: whole.index(stop)]
    body = await answer(engine, chat(seed=5, logit_bias=LONG, stop=stop))
    assert body["choices"][0]["message"]["content"] == expected
    assert body["choices"][0]["finish_reason"] == "stop"
    assert 0 < body["usage"]["completion_tokens"] < 24
    streamed = await events(
        await engine.stream(chat(seed=5, logit_bias=LONG, stop=["\t\t", stop], stream=True), "tiny")
    )
    assert "".join(e["choices"][0]["delta"].get("content", "") for e in streamed if e["choices"]) == expected
    assert streamed[-2]["choices"][0]["finish_reason"] == "stop"


async def test_an_empty_stop_sequence_is_refused(engine: LlamaCppEngine) -> None:
    with pytest.raises(BadRequestError) as caught:
        await engine.answer(chat(stop=["a", ""]), "tiny")
    assert caught.value.param == "stop"


# --- choices and log probabilities ---------------------------------------------------


async def test_n_choices_differ_and_are_reproducible(engine: LlamaCppEngine) -> None:
    body = await answer(engine, chat(n=3, seed=1, logit_bias=LONG))
    texts = [choice["message"]["content"] for choice in body["choices"]]
    assert [choice["index"] for choice in body["choices"]] == [0, 1, 2]
    assert len(set(texts)) == 3
    assert body["usage"]["completion_tokens"] == 72
    assert body["usage"]["prompt_tokens"] == await engine.count_chat(chat(), "tiny")
    assert texts[1] == await content(engine, seed=2, logit_bias=LONG)


async def test_n_choices_streamed(engine: LlamaCppEngine) -> None:
    whole = await answer(engine, chat(n=6, seed=1, logit_bias=LONG))
    streamed = await events(await engine.stream(chat(n=6, seed=1, logit_bias=LONG, stream=True), "tiny"))
    assert streamed[-1]["choices"] == []
    assert streamed[-1]["usage"]["completion_tokens"] == 6 * 24
    for index in range(6):
        mine = [e["choices"][0] for e in streamed[:-1] if e["choices"][0]["index"] == index]
        assert mine[0]["delta"] == {"role": "assistant", "content": ""}
        assert [choice["finish_reason"] for choice in mine] == [None] * (len(mine) - 1) + ["length"]
        said = "".join(choice["delta"].get("content", "") for choice in mine)
        assert said == whole["choices"][index]["message"]["content"]


async def test_log_probabilities(engine: LlamaCppEngine) -> None:
    body = await answer(engine, chat(seed=2, logprobs=True, top_logprobs=3, logit_bias=LONG))
    (choice,) = body["choices"]
    entries = choice["logprobs"]["content"]
    assert "".join(entry["token"] for entry in entries) == choice["message"]["content"]
    for entry in entries:
        assert entry["logprob"] <= 0
        assert bytes(entry["bytes"]).decode(errors="replace") == entry["token"]
        assert len(entry["top_logprobs"]) == 3
        best = [top["logprob"] for top in entry["top_logprobs"]]
        assert best == sorted(best, reverse=True)
    streamed = await events(
        await engine.stream(chat(seed=2, logprobs=True, top_logprobs=3, logit_bias=LONG, stream=True), "tiny")
    )
    pieces = [e["choices"][0]["logprobs"] for e in streamed if e["choices"] and e["choices"][0]["logprobs"]]
    assert [entry for piece in pieces for entry in piece["content"]] == entries


async def test_log_probabilities_without_top(engine: LlamaCppEngine) -> None:
    body = await answer(engine, chat(logprobs=True, logit_bias=LONG, max_tokens=3))
    assert all(entry["top_logprobs"] == [] for entry in body["choices"][0]["logprobs"]["content"])


# --- messages ------------------------------------------------------------------------


async def test_every_role_reaches_the_template(engine: LlamaCppEngine) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
    groups: list[list[dict[str, Any]]] = [
        [{"role": "system", "content": "Be kind."}],
        [{"role": "developer", "content": [{"type": "text", "text": "Be "}, {"type": "text", "text": "brief."}]}],
        [{"role": "user", "content": "Hi", "name": "Ann"}],
        [
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "call_1", "content": "42"},
        ],
        [{"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}],
        [{"role": "user", "content": "Well"}],
    ]
    last = [{"role": "assistant", "content": "Then"}]  # answered, not gone on with
    base = await engine.count_chat(chat(last), "tiny")
    added = [await engine.count_chat(chat(group + last), "tiny") - base for group in groups]
    assert all(tokens > 3 for tokens in added)
    messages = [message for group in groups for message in group] + last
    assert await engine.count_chat(chat(messages), "tiny") == base + sum(added)
    assert (await answer(engine, chat(messages, logit_bias=LONG)))["usage"]["completion_tokens"] == 24


@pytest.mark.parametrize("arguments", ["not json", "", "[1]", '"text"', '{"a": "\\ud800"}', "{" * 50, "[" * 2000])
async def test_broken_arguments_in_the_history_are_no_error(engine: LlamaCppEngine, arguments: str) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": arguments}}
    messages = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "That was no JSON."},
    ]
    assert (await answer(engine, chat(messages, logit_bias=LONG)))["usage"]["completion_tokens"] == 24


async def test_control_tokens_are_counted_as_the_engine_sees_them(engine: LlamaCppEngine) -> None:
    assert len(await engine.tokenize("<|im_end|>", "tiny")) > 1
    text = "Hello wörld 🙂"
    assert await engine.detokenize(await engine.tokenize(text, "tiny"), "tiny") == text
    with pytest.raises(BadRequestError):
        await engine.detokenize([5000], "tiny")


# --- refusals ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "param"),
    [
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"audio": {"voice": "alloy", "format": "mp3"}}, "audio"),
        ({"prediction": {"type": "content", "content": "x"}}, "prediction"),
        ({"web_search_options": {}}, "web_search_options"),
        ({"verbosity": "low"}, "verbosity"),
        ({"service_tier": "flex"}, "service_tier"),
        ({"reasoning_effort": "high"}, "reasoning_effort"),
        ({"top_k": 5}, "top_k"),
        ({"content": user({"type": "text", "text": "See"}, IMAGE)}, "messages[0].content[1]"),
        ({"content": user(AUDIO)}, "messages[0].content[0]"),
        ({"content": user(FILE)}, "messages[0].content[0]"),
        ({"content": [*user(), {"role": "assistant", "audio": {"id": "x"}}]}, "messages[1].audio"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
@pytest.mark.parametrize("stream", [False, True])
async def test_what_cannot_be_done_is_refused_by_name(
    engine: LlamaCppEngine, parameters: dict[str, Any], param: str, stream: bool
) -> None:
    request = chat(**parameters, stream=stream)
    with pytest.raises(BadRequestError) as caught:
        await (engine.stream(request, "tiny") if stream else engine.answer(request, "tiny"))
    assert caught.value.param == param
    assert caught.value.status == 400
    assert isinstance(caught.value, UnsupportedParameter) or param == "top_k"


async def test_bookkeeping_is_accepted(engine: LlamaCppEngine) -> None:
    request = chat(
        user="u", safety_identifier="s", prompt_cache_key="k", prompt_cache_retention="24h", metadata={"a": "b"},
        store=True, service_tier="default", verbosity="medium", modalities=["text"], reasoning_effort="none",
        parallel_tool_calls=None, truncation="disabled", response_format={"type": "text"},
    )  # fmt: skip
    assert (await answer(engine, request))["choices"]


# --- the context -----------------------------------------------------------------------

WORDS = "one two three four five six seven eight nine ten "


async def test_too_many_tokens(engine: LlamaCppEngine) -> None:
    tokens = await engine.count_chat(chat(WORDS * 400), "tiny")
    assert tokens > 4096
    for stream in (False, True):
        with pytest.raises(ContextLengthExceeded) as caught:
            request = chat(WORDS * 400, stream=stream)
            await (engine.stream(request, "tiny") if stream else engine.answer(request, "tiny"))
        assert caught.value.code == "context_length_exceeded"
        assert caught.value.message == (
            "This model's maximum context length is 4096 tokens. However, your messages resulted in "
            f"{tokens} tokens. Please reduce the length of the messages."
        )


async def test_the_last_token_that_fits(engine: LlamaCppEngine) -> None:
    def request(letters: int) -> Any:
        return chat("Q" * letters, max_tokens=None, logit_bias=LONG)

    rest = await engine.count_chat(request(1), "tiny") - 1
    body = await answer(engine, request(4095 - rest))
    assert (body["usage"]["prompt_tokens"], body["usage"]["completion_tokens"]) == (4095, 1)
    with pytest.raises(ContextLengthExceeded, match="4096 tokens"):
        await engine.answer(request(4096 - rest), "tiny")


async def test_truncation_drops_the_oldest_turns(engine: LlamaCppEngine) -> None:
    turns: list[dict[str, Any]] = [{"role": "system", "content": "Remember: 42."}]
    for number in range(12):
        turns += [{"role": "user", "content": f"{number} {WORDS * 20}"}, {"role": "assistant", "content": "Yes."}]
    turns.append({"role": "user", "content": "And now?"})
    whole = await engine.count_chat(chat(turns), "tiny")
    assert whole > 4096
    body = await answer(engine, chat(turns, truncation="auto", logit_bias=LONG))
    a_turn = await engine.count_chat(chat(turns[3:5]), "tiny")
    used = body["usage"]["prompt_tokens"]
    assert 4096 - 24 - a_turn < used <= 4096 - 24  # not one turn more than needed
    assert used == await engine.count_chat(
        chat([turns[0], *turns[1:][-((len(turns) - 1) - 2 * dropped(whole, used, a_turn)) :]]), "tiny"
    )


def dropped(whole: int, used: int, a_turn: int) -> int:
    return round((whole - used) / a_turn)


async def test_truncation_cannot_help_when_the_newest_turn_is_too_long(engine: LlamaCppEngine) -> None:
    messages = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Yes"},
        {"role": "user", "content": WORDS * 400},
    ]
    with pytest.raises(ContextLengthExceeded):
        await engine.answer(chat(messages, truncation="auto"), "tiny")


async def test_truncation_leaves_alone_what_fits(engine: LlamaCppEngine) -> None:
    messages = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Yes"},
        {"role": "user", "content": "Ho"},
    ]
    body = await answer(engine, chat(messages, truncation="auto"))
    assert body["usage"]["prompt_tokens"] == await engine.count_chat(chat(messages), "tiny")
