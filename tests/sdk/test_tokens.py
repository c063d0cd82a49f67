"""`client.tokens` against a real server with a real tokenizer."""

from __future__ import annotations

import openai
import pytest

from homeport import AsyncOpenAI, OpenAI
from tests.support import LiveServer

MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Count these words, please."}]
TOOL = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


def test_counts_are_what_usage_says(server: LiveServer) -> None:
    with OpenAI(base_url=server.base_url, api_key=server.key, max_retries=0) as client:
        for more in ({}, {"tools": [TOOL]}):
            answer = client.chat.completions.create(model="tiny", messages=MESSAGES, max_tokens=1, **more)
            assert client.tokens.count(model="tiny", messages=MESSAGES, **more) == answer.usage.prompt_tokens
        assert client.tokens.count(messages=MESSAGES) < client.tokens.count(messages=MESSAGES, tools=[TOOL])
        completion = client.completions.create(model="tiny", prompt="Once upon a time", max_tokens=1)
        assert client.tokens.count(model="tiny", input="Once upon a time") == completion.usage.prompt_tokens


def test_text_to_tokens_and_back(server: LiveServer) -> None:
    text = "Grüße, 世界 🌍"
    with OpenAI(base_url=server.base_url, api_key=server.key, max_retries=0) as client:
        tokens = client.tokens.encode(text, model="tiny")
        assert all(isinstance(token, int) for token in tokens)
        assert client.tokens.decode(tokens, model="tiny") == text
        assert client.tokens.encode(text) == tokens


def test_errors_are_the_official_ones(server: LiveServer) -> None:
    with OpenAI(base_url=server.base_url, api_key=server.key, max_retries=0) as client:
        with pytest.raises(openai.NotFoundError):
            client.tokens.encode("text", model="unknown")
        with pytest.raises(openai.BadRequestError):
            client.tokens.count(model="tiny")


@pytest.mark.anyio
async def test_asyncio(server: LiveServer) -> None:
    async with AsyncOpenAI(base_url=server.base_url, api_key=server.key, max_retries=0) as client:
        tokens = await client.tokens.encode("one two")
        assert await client.tokens.decode(tokens) == "one two"
        assert await client.tokens.count(messages=iter(MESSAGES), tools=iter([TOOL])) > len(tokens)
