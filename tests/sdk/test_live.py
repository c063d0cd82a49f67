"""The documents' ways of calling, through the SDK against a real server with a real model."""

from __future__ import annotations

from collections.abc import Iterator

import openai
import pytest
from pydantic import BaseModel

from homeport import OpenAI
from tests.support import LiveServer


class Point(BaseModel):
    x: bool


MESSAGES = [{"role": "user", "content": "Hello, how are you?"}]


@pytest.fixture(scope="module")
def client(server: LiveServer) -> Iterator[OpenAI]:
    with OpenAI(base_url=server.base_url, api_key=server.key, max_retries=0) as sdk:
        yield sdk


def test_prompt_is_answered_with_text(client: OpenAI) -> None:
    response = client.chat.completions.create(model="gpt-4-2026", prompt="Generate a post.", max_tokens=5)
    assert response.choices[0].text == response.choices[0].message.content


def test_default_model(client: OpenAI) -> None:
    assert client.chat.completions.create(messages=MESSAGES, max_tokens=2).usage is not None


def test_stream_helper(client: OpenAI) -> None:
    with client.chat.completions.stream(
        model="gpt-4o-mini", messages=MESSAGES, max_tokens=100, temperature=0, response_format=Point
    ) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_completion()
    assert final.choices[0].message.content == text
    assert isinstance(final.choices[0].message.parsed, Point)
    assert final.usage is not None
    assert final.usage.completion_tokens > 0


def test_structured_output(client: OpenAI) -> None:
    for completions in (client.chat.completions, client.beta.chat.completions):
        parsed = completions.parse(
            model="tiny", messages=MESSAGES, response_format=Point, max_tokens=100, temperature=0
        )
        assert isinstance(parsed.choices[0].message.parsed, Point)


def test_misspelt_parameter_is_refused_by_name(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(messages=MESSAGES, temprature=0)
    assert caught.value.param == "temprature"
