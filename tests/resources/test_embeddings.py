"""Embeddings through the official SDK, out of the box: nothing but the tiny chat model is configured."""

from __future__ import annotations

import base64
import math
import struct
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
import pytest
from openai import OpenAI

from tests.openai_spec import violations

MODEL = "text-embedding-3-small"


def raw(client: OpenAI, **body: Any) -> dict[str, Any]:
    answer = client.post("/embeddings", cast_to=object, body={"model": MODEL} | body)
    assert isinstance(answer, dict)
    assert violations("CreateEmbeddingResponse", answer) == []
    return answer


def refused(client: OpenAI, **body: Any) -> tuple[str | None, str | None]:
    """`param` and `code` of the 400."""
    with pytest.raises(openai.BadRequestError) as error:
        client.post("/embeddings", cast_to=object, body={"model": MODEL} | body)
    return error.value.param, error.value.code


def dot(one: list[float], other: list[float]) -> float:
    return sum(x * y for x, y in zip(one, other, strict=True))


def test_the_sdk_gets_vectors_that_mean_something(client: OpenAI) -> None:
    texts = ["A cat is sleeping on the sofa.", "The kitten naps on the couch.", "Parliament raised the income tax."]
    answer = client.embeddings.create(model=MODEL, input=texts)  # asks for base64 and decodes it
    assert [item.index for item in answer.data] == [0, 1, 2]
    assert answer.model == MODEL
    assert answer.usage.prompt_tokens == answer.usage.total_tokens > 20
    cat, kitten, tax = (item.embedding for item in answer.data)
    assert len(cat) == 384
    assert math.isclose(dot(cat, cat), 1, abs_tol=1e-5)
    assert dot(cat, kitten) > 0.6
    assert abs(dot(cat, tax)) < 0.2


def test_floats_and_base64_are_the_same_numbers(client: OpenAI) -> None:
    floats = raw(client, input="Hello")["data"][0]["embedding"]
    assert raw(client, input="Hello", encoding_format="float")["data"][0]["embedding"] == floats
    answer = client.post(  # the specification knows no base64 in the answer
        "/embeddings", cast_to=object, body={"model": MODEL, "input": "Hello", "encoding_format": "base64"}
    )
    assert isinstance(answer, dict)
    coded = base64.b64decode(answer["data"][0]["embedding"])
    assert list(struct.unpack("<384f", coded)) == floats


def test_every_alias_is_the_same_model_and_says_its_length(client: OpenAI) -> None:
    vectors = [
        client.embeddings.create(model=name, input="Hello").data[0].embedding
        for name in ("all-minilm-l6-v2", "text-embedding-3-small", "text-embedding-3-large")
    ]
    assert vectors[0] == vectors[1] == vectors[2]
    listed = {model.id: model.to_dict() for model in client.models.list()}
    assert listed["text-embedding-3-large"]["alias_of"] == "all-minilm-l6-v2"
    assert listed["all-minilm-l6-v2"]["context_length"] == 512


def test_dimensions(client: OpenAI) -> None:
    whole = client.embeddings.create(model=MODEL, input="Hello").data[0].embedding
    short = client.embeddings.create(model=MODEL, input="Hello", dimensions=64).data[0].embedding
    assert len(short) == 64
    assert math.isclose(dot(short, short), 1, abs_tol=1e-5)
    assert dot(short, whole[:64]) / math.sqrt(dot(whole[:64], whole[:64])) > 0.9999
    assert refused(client, input="Hello", dimensions=1536) == ("dimensions", "invalid_value")
    assert refused(client, input="Hello", dimensions=0)[0] == "dimensions"


def test_2048_inputs_come_back_in_order(client: OpenAI) -> None:
    tokens = [[1000 + number % 7] for number in range(2048)]
    answer = client.embeddings.create(model=MODEL, input=tokens)
    assert [item.index for item in answer.data] == list(range(2048))
    assert answer.usage.prompt_tokens == 3 * 2048
    seven = client.embeddings.create(model=MODEL, input=tokens[:7])
    for index in (0, 6, 7, 1000, 2047):
        assert dot(answer.data[index].embedding, seven.data[index % 7].embedding) > 0.9999
    assert refused(client, input=[[1]] * 2049) == ("input", "array_above_max_length")


def test_callers_at_once_get_their_own(client: OpenAI) -> None:
    texts = [f"Number {number} of many" for number in range(24)]

    def embedding(text: str) -> list[float]:
        return client.embeddings.create(model=MODEL, input=text).data[0].embedding

    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(embedding, texts))
    for text, vector in list(zip(texts, together, strict=True))[::6]:
        assert dot(vector, embedding(text)) > 0.9999


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ("", "input"),
        ([], "input"),
        (["text", ""], "input[1]"),
        ([[1], []], "input[1]"),
        (None, "input"),
        (3, "input"),
        ({"text": "x"}, "input"),
        (["text", 3], "input[1]"),
        ([[1], "text"], "input[1]"),
        ([1.5], "input[0]"),
        ([[["x"]]], "input[0]"),
        ([-1], "input"),
        ([30522], "input"),
        (["fine", "word " * 600], "input"),
    ],
)
def test_what_cannot_be_embedded_is_refused_by_name(client: OpenAI, given: Any, param: str) -> None:
    found, code = refused(client, input=given)
    assert found is not None
    assert found.startswith(param)
    assert code


def test_other_refusals(client: OpenAI) -> None:
    assert refused(client, input="x" + " word" * 600) == ("input", "context_length_exceeded")
    assert refused(client)[0] == "input"
    assert refused(client, input="x", encoding_format="int8")[0] == "encoding_format"
    assert refused(client, input="x", input_type="query") == ("input_type", "unknown_parameter")
    assert refused(client, model="tiny", input="x")[0] == "model"
    with pytest.raises(openai.NotFoundError):
        client.embeddings.create(model="text-embedding-nobody", input="x")
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "x"}])
