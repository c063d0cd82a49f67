"""Legacy completions and embeddings on the embedded engine."""

from __future__ import annotations

import base64
import math
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from homeport.core.chat import EmbeddingRequest
from homeport.core.decode import decode_embedding
from homeport.engines.llama_cpp.engine import LlamaCppEngine
from homeport.errors import BadRequestError, ContextLengthExceeded, UnsupportedParameter
from tests.engines.llama import EOS, LONG, answer, chat, completion, events, new_engine

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def engine(anyio_backend: Any, tiny_model: Path) -> AsyncIterator[LlamaCppEngine]:
    engine = new_engine(tiny_model)
    await engine.start()
    yield engine
    await engine.close()


@pytest.fixture(scope="module")
async def embedder(anyio_backend: Any, tiny_model: Path) -> AsyncIterator[LlamaCppEngine]:
    """The same weights, asked for vectors; the file does not say how to pool, so they are averaged."""
    engine = new_engine(tiny_model, embedding=True, context_length=512)
    await engine.start()
    yield engine
    await engine.close()


async def text(engine: LlamaCppEngine, *prompt: Any, **parameters: Any) -> str:
    return str((await answer(engine, completion(*prompt, **parameters)))["choices"][0]["text"])


async def test_a_whole_completion(engine: LlamaCppEngine) -> None:
    body = await answer(engine, completion(logit_bias=LONG))
    assert body["object"] == "text_completion"
    assert body["id"].startswith("cmpl-")
    (choice,) = body["choices"]
    assert (choice["finish_reason"], choice["logprobs"]) == ("length", None)
    assert body["usage"]["completion_tokens"] == 16  # OpenAI's default
    assert body["usage"]["prompt_tokens"] == len(await engine.tokenize("Hello", "tiny"))


async def test_a_stream_says_the_same(engine: LlamaCppEngine) -> None:
    whole = await text(engine, seed=1, logit_bias=LONG)
    streamed = await events(await engine.stream(completion(seed=1, logit_bias=LONG, stream=True), "tiny"))
    assert {event["object"] for event in streamed} == {"text_completion"}
    assert "".join(event["choices"][0]["text"] for event in streamed[:-1]) == whole
    assert [e["choices"][0]["finish_reason"] for e in streamed[:-1]] == [None] * (len(streamed) - 2) + ["length"]
    assert streamed[-1]["choices"] == []
    assert streamed[-1]["usage"]["completion_tokens"] == 16


async def test_token_arrays_are_prompts_too(engine: LlamaCppEngine) -> None:
    tokens = await engine.tokenize("Hello world", "tiny")
    assert await text(engine, tokens, seed=1) == await text(engine, "Hello world", seed=1)
    body = await answer(engine, completion([tokens, tokens[:1]], seed=1, n=2, logit_bias=LONG))
    assert [choice["index"] for choice in body["choices"]] == [0, 1, 2, 3]
    assert body["usage"]["prompt_tokens"] == len(tokens) + 1
    assert body["usage"]["completion_tokens"] == 64


async def test_several_prompts_and_choices(engine: LlamaCppEngine) -> None:
    body = await answer(engine, completion(["Hello", "One two"], n=2, seed=4, logit_bias=LONG, max_tokens=6))
    texts = [choice["text"] for choice in body["choices"]]
    alone = [await text(engine, p, seed=s, logit_bias=LONG, max_tokens=6) for p in ("Hello", "One two") for s in (4, 5)]
    assert texts == alone
    streamed = await events(
        await engine.stream(
            completion(["Hello", "One two"], n=2, seed=4, logit_bias=LONG, max_tokens=6, stream=True), ""
        )
    )
    for index in range(4):
        pieces = [e["choices"][0]["text"] for e in streamed[:-1] if e["choices"][0]["index"] == index]
        assert "".join(pieces) == alone[index]


async def test_echo_repeats_the_prompt(engine: LlamaCppEngine) -> None:
    plain = await text(engine, "Hello", seed=1)
    assert await text(engine, "Hello", seed=1, echo=True) == "Hello" + plain
    assert await text(engine, await engine.tokenize("Hello", "tiny"), seed=1, echo=True) == "Hello" + plain
    streamed = await events(await engine.stream(completion("Hello", seed=1, echo=True, stream=True), "tiny"))
    assert "".join(event["choices"][0]["text"] for event in streamed[:-1]) == "Hello" + plain


@pytest.mark.parametrize(("echo", "expected"), [(True, "Hello"), (False, "")])
async def test_no_tokens_wanted(engine: LlamaCppEngine, echo: bool, expected: str) -> None:
    body = await answer(engine, completion("Hello", max_tokens=0, echo=echo))
    assert body["choices"][0] == {"index": 0, "text": expected, "finish_reason": "length", "logprobs": None}
    assert body["usage"]["completion_tokens"] == 0
    assert body["usage"]["prompt_tokens"] > 0


@pytest.mark.parametrize("prompt", ["", None])
async def test_an_empty_prompt_begins_a_document(engine: LlamaCppEngine, prompt: str | None) -> None:
    body = await answer(engine, completion(prompt, logit_bias=LONG))
    assert body["usage"] | {"prompt_tokens_details": 0, "completion_tokens_details": 0} == {
        "prompt_tokens": 1,
        "completion_tokens": 16,
        "total_tokens": 17,
        "prompt_tokens_details": 0,
        "completion_tokens_details": 0,
    }


async def test_log_probabilities_in_the_old_form(engine: LlamaCppEngine) -> None:
    request = completion(seed=3, logprobs=2, logit_bias=LONG)
    (choice,) = (await answer(engine, request))["choices"]
    logprobs = choice["logprobs"]
    assert "".join(logprobs["tokens"]) == choice["text"]
    for token, offset in zip(logprobs["tokens"], logprobs["text_offset"], strict=True):
        assert choice["text"].startswith(token, offset)
    assert all(len(top) == 2 for top in logprobs["top_logprobs"])
    assert len(logprobs["token_logprobs"]) == len(logprobs["tokens"])
    streamed = await events(await engine.stream(completion(seed=3, logprobs=2, logit_bias=LONG, stream=True), "tiny"))
    pieces = [e["choices"][0]["logprobs"] for e in streamed[:-1]]
    for field, values in logprobs.items():
        assert [value for piece in pieces for value in piece[field]] == values
    body = await answer(engine, completion(logprobs=0, logit_bias=LONG))
    assert set(body["choices"][0]["logprobs"]["top_logprobs"]) == {None}


async def test_stops(engine: LlamaCppEngine) -> None:
    whole = await text(engine, seed=5, logit_bias=LONG)
    body = await answer(engine, completion(seed=5, logit_bias=LONG, stop=[whole[6:8]]))
    assert body["choices"][0]["text"] == whole.partition(whole[6:8])[0]
    assert body["choices"][0]["finish_reason"] == "stop"
    ended = await answer(engine, completion(logit_bias={EOS: 100}))
    assert (ended["choices"][0]["text"], ended["choices"][0]["finish_reason"]) == ("", "stop")


@pytest.mark.parametrize(
    ("parameters", "param"),
    [
        ({"suffix": "the end"}, "suffix"),
        ({"best_of": 3}, "best_of"),
        ({"echo": True, "logprobs": 1}, "logprobs"),
        ({"min_p": 0.1}, "min_p"),
    ],
)
async def test_what_cannot_be_done_is_refused_by_name(
    engine: LlamaCppEngine, parameters: dict[str, Any], param: str
) -> None:
    with pytest.raises(BadRequestError) as caught:
        await engine.answer(completion(**parameters), "tiny")
    assert caught.value.param == param
    assert isinstance(caught.value, UnsupportedParameter) or param == "min_p"


async def test_best_of_n_is_n(engine: LlamaCppEngine) -> None:
    assert len((await answer(engine, completion(best_of=2, n=2)))["choices"]) == 2


async def test_prompts_that_are_too_long_or_no_tokens(engine: LlamaCppEngine) -> None:
    with pytest.raises(ContextLengthExceeded, match=r"maximum context length is 4096 tokens.* 5000 tokens"):
        await engine.answer(completion([10] * 5000), "tiny")
    with pytest.raises(BadRequestError, match="none of this model's 384") as caught:
        await engine.answer(completion([10, 384]), "tiny")
    assert caught.value.param == "prompt"


# --- embeddings -----------------------------------------------------------------------


def embedding(input: Any, **parameters: Any) -> EmbeddingRequest:
    body = {"model": "tiny", "input": input} | parameters
    return decode_embedding(msgspec.json.encode(body), lambda _: None)


async def vectors(engine: LlamaCppEngine, input: Any, **parameters: Any) -> list[list[float]]:
    body = await answer(engine, embedding(input, **parameters))
    assert [item["index"] for item in body["data"]] == list(range(len(body["data"])))
    return [item["embedding"] for item in body["data"]]


async def test_a_vector_for_each_input(embedder: LlamaCppEngine) -> None:
    inputs = [f"text number {number}" for number in range(150)]  # several calls to the child
    body = await answer(embedder, embedding(inputs))
    assert (body["object"], body["model"], body["data"][3]["object"]) == ("list", "tiny", "embedding")
    assert body["usage"]["prompt_tokens"] == sum([len(await embedder.tokenize(text, "tiny")) for text in inputs])
    assert body["usage"]["total_tokens"] == body["usage"]["prompt_tokens"]
    found = [item["embedding"] for item in body["data"]]
    assert {len(vector) for vector in found} == {64}
    assert all(math.isclose(math.hypot(*vector), 1, rel_tol=1e-5) for vector in found)
    for number in (0, 63, 64, 149):
        (alone,) = await vectors(embedder, inputs[number])
        assert alone == pytest.approx(found[number], abs=1e-5)


async def test_tokens_give_the_same_vector_as_their_text(embedder: LlamaCppEngine) -> None:
    tokens = await embedder.tokenize("Hello world", "tiny")
    (from_text,) = await vectors(embedder, "Hello world")
    assert (await vectors(embedder, tokens))[0] == pytest.approx(from_text, abs=1e-6)
    assert (await vectors(embedder, [tokens[:1], tokens]))[1] == pytest.approx(from_text, abs=1e-5)
    with pytest.raises(BadRequestError, match="none of this model's 384") as caught:
        await embedder.answer(embedding([[1], [100_000]]), "tiny")
    assert caught.value.param == "input[1]"


async def test_base64_and_dimensions(embedder: LlamaCppEngine) -> None:
    (numbers,) = await vectors(embedder, "Hello")
    body = await answer(embedder, embedding("Hello", encoding_format="base64"))
    data = base64.b64decode(body["data"][0]["embedding"])
    assert struct.unpack(f"<{len(data) // 4}f", data) == pytest.approx(numbers, abs=1e-6)
    (short,) = await vectors(embedder, "Hello", dimensions=8)
    length = math.hypot(*numbers[:8])
    assert short == pytest.approx([x / length for x in numbers[:8]], abs=1e-6)
    body = await answer(embedder, embedding("Hello", dimensions=8, encoding_format="base64"))
    assert struct.unpack("<8f", base64.b64decode(body["data"][0]["embedding"])) == pytest.approx(short, abs=1e-6)
    with pytest.raises(BadRequestError) as caught:
        await embedder.answer(embedding("Hello", dimensions=65), "tiny")
    assert caught.value.param == "dimensions"


async def test_an_input_that_is_too_long_is_named(embedder: LlamaCppEngine) -> None:
    with pytest.raises(ContextLengthExceeded, match=r"maximum context length is 512 tokens.*input 1 resulted in 600"):
        await embedder.answer(embedding(["short", "Q" * 600]), "tiny")
    assert await vectors(embedder, "Q" * 500)


async def test_each_kind_of_model_refuses_the_other_kind_of_request(
    engine: LlamaCppEngine, embedder: LlamaCppEngine
) -> None:
    assert (await embedder.models())[0].capabilities == ("embeddings",)
    with pytest.raises(BadRequestError, match="makes no embeddings"):
        await engine.answer(embedding("Hello"), "tiny")
    for request in (chat(), completion()):
        with pytest.raises(BadRequestError, match="only embeddings"):
            await embedder.answer(request, "tiny")
        with pytest.raises(BadRequestError, match="only embeddings"):
            await embedder.stream(request, "tiny")
