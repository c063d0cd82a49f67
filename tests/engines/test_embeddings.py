"""Embeddings by the built-in model: the real weights in the real engine, measured against a forward pass in numpy."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from homeport.config import TimeoutsConfig
from homeport.core.answers import Usage
from homeport.core.decode import decode_embedding
from homeport.engines.llama_cpp.embeddings import _prepare
from homeport.engines.minilm.engine import MiniLMEngine
from homeport.errors import BadRequestError, ContextLengthExceeded, Overloaded
from tests.engines.bert_reference import Array, reference
from tests.minilm import source, with_model

TEXTS = [
    "Hello world!",
    "a",
    ".",
    "The quick brown fox jumps over the lazy dog.",
    "café RÉSUMÉ naïve Ångström façade",
    "cafe\u0301 with the accent apart",
    "日本語のテキストです。",
    "中文文本嵌入",
    "한국어 문장입니다",
    "Привет, как дела? Ёлка",
    "שלום עולם · مرحبا بالعالم",
    "tiếng Việt · αβγ Άλφα · Straße İstanbul",
    "😀 emoji 👍🏽 test 🇩🇪",
    "x²+y²=z² ½ ℃ ﬁ \uff26\uff35\uff2c\uff2c \uff57\uff49\uff44\uff54\uff48",
    "tab\tnew\nline\r\nend zero\u200bwidth\u00a0nbsp \x01control",
    "def f(x): return x**2  # https://example.com/a?b=c&d=e",
    "[CLS] written [SEP] in a text [MASK]",
    "   spaces   around   ",
    "word " * 510,  # with [CLS] and [SEP] all there is room for
]


@pytest.fixture(scope="module")
def expected() -> tuple[list[list[int]], Array]:
    """What the published tokenizer and weights make of TEXTS: token ids and vectors."""
    return reference(TEXTS, source())


@pytest.fixture(scope="module")
async def engine(tmp_path_factory: pytest.TempPathFactory, anyio_backend: Any) -> AsyncIterator[MiniLMEngine]:
    data_dir = with_model(tmp_path_factory.mktemp("data"))
    engine = MiniLMEngine("all-minilm-l6-v2", data_dir, TimeoutsConfig(), prewarm=True)
    await engine.start()
    yield engine
    await engine.close()


async def create(engine: MiniLMEngine, given: Any, **parameters: Any) -> dict[str, Any]:
    """The answer's body, for `input`."""
    request = decode_embedding(msgspec.json.encode({"model": "m", "input": given} | parameters), lambda _: None)
    answer = await engine.answer(request, "all-minilm-l6-v2")
    body: dict[str, Any] = msgspec.json.decode(answer.body)
    tokens = body["usage"]["prompt_tokens"]
    assert answer.usage == Usage(prompt_tokens=tokens, total_tokens=tokens)
    assert body["usage"]["total_tokens"] == tokens
    return body


async def vectors(engine: MiniLMEngine, given: Any, **parameters: Any) -> Array:
    """The vectors, as rows."""
    data = (await create(engine, given, **parameters))["data"]
    assert [item["index"] for item in data] == list(range(len(data)))
    return np.array([item["embedding"] for item in data], np.float32)


# --- what the vectors are ---------------------------------------------------------


@pytest.mark.anyio
async def test_vectors_are_those_of_the_published_model(
    engine: MiniLMEngine, expected: tuple[list[list[int]], Array]
) -> None:
    ours = await vectors(engine, TEXTS)
    assert ours.shape == (len(TEXTS), 384)
    assert np.allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-5)
    cosines = (ours * expected[1]).sum(axis=1)
    assert cosines.min() >= 0.999, dict(zip(TEXTS, cosines, strict=True))


@pytest.mark.anyio
async def test_tokens_are_those_of_the_published_tokenizer(
    engine: MiniLMEngine, expected: tuple[list[list[int]], Array]
) -> None:
    for text, tokens in zip(TEXTS, expected[0], strict=True):
        assert await engine.tokenize(text, "m", special=True) == tokens, text


@pytest.mark.anyio
async def test_hangul_syllables_differ_by_their_vowels(engine: MiniLMEngine) -> None:
    tokens = [tuple(await engine.tokenize(text, "m")) for text in ("가", "거", "고", "간")]
    assert len(set(tokens)) == 4


@pytest.mark.anyio
async def test_meaning_brings_texts_together(engine: MiniLMEngine) -> None:
    cat, kitten, tax, levy = await vectors(
        engine,
        [
            "A cat is sleeping on the sofa.",
            "The kitten naps on the couch.",
            "The parliament raised the income tax.",
            "Lawmakers voted for a higher levy on earnings.",
        ],
    )
    assert cat @ kitten > 0.6
    assert tax @ levy > 0.5
    assert max(cat @ tax, cat @ levy, kitten @ tax, kitten @ levy) < 0.2


# --- what can be sent -------------------------------------------------------------


@pytest.mark.anyio
async def test_many_texts_give_what_each_gives_alone(engine: MiniLMEngine) -> None:
    texts = [f"{TEXTS[number % 4]} {number}" for number in range(150)]  # more than one call of the engine's
    together = await vectors(engine, texts)
    for index in (0, 1, 63, 64, 127, 128, 149):
        alone = await vectors(engine, texts[index])
        assert alone.shape == (1, 384)
        assert together[index] @ alone[0] > 0.99999


@pytest.mark.anyio
async def test_tokens_give_what_their_text_gives(engine: MiniLMEngine) -> None:
    text = TEXTS[3]
    plain = await engine.tokenize(text, "m")
    special = await engine.tokenize(text, "m", special=True)
    assert special == [101, *plain, 102]
    (of_text,) = await vectors(engine, text)
    for given in (plain, special, [plain], [special]):
        body = await create(engine, given)
        assert body["usage"]["prompt_tokens"] == len(special)
        assert np.array(body["data"][0]["embedding"]) @ of_text > 0.99999
    both = await vectors(engine, [plain, special, [7592]])
    assert both.shape == (3, 384)
    assert both[2] @ of_text < 0.5


@pytest.mark.anyio
@pytest.mark.parametrize(("before", "after"), [([1], [2]), ([], [2]), ([1], []), ([], [])])
async def test_tokens_get_what_the_model_s_texts_get(before: list[int], after: list[int]) -> None:
    """Models that add both special tokens, the last one only (and pool there), the first one only, or none."""

    class Server:
        async def tokenize(self, text: str, *, special: bool) -> list[int]:
            letters = list(text.encode())
            return [*before, *letters, *after] if special else letters

    properties: Any = type("Properties", (), {"vocabulary": 256, "context_length": 512})
    server: Any = Server()
    plain = [98, 99]
    whole = await server.tokenize("bc", special=True)
    assert await _prepare(server, properties, [plain, whole], 0) == [whole, whole]


@pytest.mark.anyio
async def test_base64_is_the_same_vector_in_little_endian_float32(engine: MiniLMEngine) -> None:
    floats = await vectors(engine, TEXTS[:3])
    body = await create(engine, TEXTS[:3], encoding_format="base64")
    coded = np.array([np.frombuffer(base64.b64decode(item["embedding"]), "<f4") for item in body["data"]])
    assert np.array_equal(floats, coded)


@pytest.mark.anyio
@pytest.mark.parametrize("encoding_format", ["float", "base64"])
async def test_dimensions_shorten_to_a_unit_vector(engine: MiniLMEngine, encoding_format: str) -> None:
    (whole,) = await vectors(engine, TEXTS[0])
    for dimensions in (1, 128, 384):
        body = await create(engine, TEXTS[0], dimensions=dimensions, encoding_format=encoding_format)
        coded = body["data"][0]["embedding"]
        short = np.frombuffer(base64.b64decode(coded), "<f4") if encoding_format == "base64" else np.array(coded)
        assert len(short) == dimensions
        assert np.allclose(short, whole[:dimensions] / np.linalg.norm(whole[:dimensions]), atol=1e-6)
    with pytest.raises(BadRequestError, match="have 384") as refused:
        await create(engine, TEXTS[0], dimensions=385)
    assert (refused.value.param, refused.value.code) == ("dimensions", "invalid_value")


@pytest.mark.anyio
async def test_usage_counts_every_token(engine: MiniLMEngine, expected: tuple[list[list[int]], Array]) -> None:
    body = await create(engine, TEXTS[:-1])
    assert body["usage"]["prompt_tokens"] == sum(len(tokens) for tokens in expected[0][:-1])
    assert (body["object"], body["model"], body["data"][0]["object"]) == ("list", "m", "embedding")


# --- limits -----------------------------------------------------------------------


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("given", "index"),
    [("word " * 511, 0), (["short", "word " * 511], 1), ([2000] * 511, 0), ("word " * 50_000, 0)],
    ids=["text", "list", "tokens", "very long"],
)
async def test_a_text_that_does_not_fit_is_refused(engine: MiniLMEngine, given: Any, index: int) -> None:
    with pytest.raises(ContextLengthExceeded, match=f"512 tokens. However, your input {index} resulted in") as no:
        await create(engine, given)
    assert (no.value.status, no.value.code, no.value.param) == (400, "context_length_exceeded", "input")
    assert (await create(engine, "still there"))["data"]


@pytest.mark.anyio
@pytest.mark.parametrize("given", [[30522], [[1], [2, 30522]], [2**31 - 1]])
async def test_tokens_that_the_model_does_not_have_are_refused(engine: MiniLMEngine, given: Any) -> None:
    with pytest.raises(BadRequestError, match="none of this model's 30522") as refused:
        await create(engine, given)
    assert refused.value.param is not None
    assert refused.value.param.startswith("input")


@pytest.mark.anyio
async def test_unknown_parameters_are_refused(engine: MiniLMEngine) -> None:
    with pytest.raises(BadRequestError, match="truncate_prompt_tokens") as refused:
        await create(engine, "x", truncate_prompt_tokens=-1)
    assert refused.value.param == "truncate_prompt_tokens"


# --- many callers -----------------------------------------------------------------


@pytest.mark.anyio
async def test_callers_do_not_get_each_others_vectors(engine: MiniLMEngine) -> None:
    texts = [f"{text} {number}" for number in range(5) for text in TEXTS[:4]]
    alone = [(await vectors(engine, text))[0] for text in texts]
    found = await asyncio.gather(*(vectors(engine, [text, "filler"]) for text in texts))
    for mine, expected in zip(found, alone, strict=True):
        assert mine[0] @ expected > 0.99999


@pytest.mark.anyio
async def test_a_query_does_not_wait_for_a_library(engine: MiniLMEngine) -> None:
    async def timed(given: Any) -> float:
        began = time.perf_counter()
        await create(engine, given)
        return time.perf_counter() - began

    await create(engine, "loaded by now")
    library = asyncio.create_task(timed(["word " * 120] * 39))
    await asyncio.sleep(0.05)
    query_s = await timed("Where is the cat?")
    assert query_s < 0.6 * await library


@pytest.mark.anyio
async def test_who_hangs_up_leaves_the_engine_to_others(engine: MiniLMEngine) -> None:
    library = asyncio.create_task(create(engine, ["word " * 120] * 200))
    await asyncio.sleep(0.2)
    library.cancel()
    with pytest.raises(asyncio.CancelledError):
        await library
    began = time.perf_counter()
    await create(engine, "Where is the cat?")
    assert time.perf_counter() - began < 5  # of the ten and more that the rest would take


@pytest.mark.anyio
async def test_too_many_callers_are_told_to_come_back(tmp_path: Path) -> None:
    engine = MiniLMEngine("m", with_model(tmp_path), TimeoutsConfig(), prewarm=True)
    await engine.start()
    try:
        results = await asyncio.gather(*(create(engine, "x") for _ in range(80)), return_exceptions=True)
    finally:
        await engine.close()
    refused = [result for result in results if isinstance(result, Overloaded)]
    assert len(refused) == 8  # 8 slots and a queue of 64
    assert all(isinstance(result, dict) for result in results if result not in refused)
    assert int(refused[0].headers["retry-after"]) >= 1
