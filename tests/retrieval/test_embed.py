"""Embedding documents and questions with the real engine: texts that are too long, an engine that is busy."""

from __future__ import annotations

import asyncio
from array import array

import pytest

from homeport.engines.pool import Pool
from homeport.errors import BadRequestError, ModelNotFound, Overloaded
from homeport.retrieval.embed import Embedder
from tests.retrieval.conftest import MODEL, RECORDS, make_embedder

pytestmark = pytest.mark.anyio


def cosine(a: bytes, b: bytes) -> float:
    return sum(x * y for x, y in zip(array("f", a), array("f", b), strict=True))


async def test_vectors_and_what_they_cost(embedder: Embedder) -> None:
    RECORDS.clear()
    one, two, other = await embedder.documents(["a small cat", "a little cat", "tax law"], MODEL, "p")
    assert len(one) == 4 * 384
    assert cosine(one, one) == pytest.approx(1.0, abs=1e-3)
    assert cosine(one, two) > 0.8 > 0.4 > cosine(one, other)
    [record] = RECORDS
    assert (record.project_id, record.operation, record.model, record.status) == ("p", "embeddings", MODEL, 200)
    assert record.prompt_tokens == 14


async def test_what_the_model_can_t_take_at_once(embedder: Embedder) -> None:
    words = ["harbour", "quay", "vessel", "cargo"] * 200
    long, short = await embedder.documents([" ".join(words), "tax law"], MODEL, "p")
    [same, harbour] = await embedder.questions(["tax law", "ships in a port"], MODEL, "p")
    assert cosine(short, same) == pytest.approx(1.0, abs=1e-3)
    assert cosine(long, long) == pytest.approx(1.0, abs=1e-3)
    assert cosine(long, harbour) > cosine(long, short)


async def test_documents_wait_for_a_busy_engine(embedder: Embedder) -> None:
    many = asyncio.create_task(embedder.questions([f"question {n} " * 100 for n in range(8)], MODEL, "p"))
    with pytest.raises(Overloaded):  # as soon as the only place is taken
        while not many.done():
            await asyncio.sleep(0.001)
            await embedder.questions(["a question"], MODEL, "p")
    assert not many.done()
    [vector] = await embedder.documents(["a note"], MODEL, "p")
    assert many.done()
    assert len(vector) == 4 * 384
    await many


async def test_no_model(pool: Pool, embedder: Embedder) -> None:
    assert await embedder.model() == await make_embedder(pool, "").model() == MODEL
    with pytest.raises(BadRequestError, match=r"search\.embedding_model") as caught:
        await make_embedder(pool, "nobody").model()
    assert caught.value.code == "no_embedding_model"
    with pytest.raises(ModelNotFound):
        await embedder.documents(["a note"], "nobody", "p")
    assert 300 < await embedder.window_tokens(MODEL) < 512
