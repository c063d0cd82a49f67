"""`client.tokens`: exact counts before anything is sent to a model, and nothing to download for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import openai

Message = Mapping[str, Any]
Tool = Mapping[str, Any]


class Tokens:
    """Counts by the model's own tokenizer, on the server. `model` may be left out where there is a default one."""

    def __init__(self, client: openai.OpenAI) -> None:
        self._client = client

    def count(
        self,
        *,
        model: str | None = None,
        messages: Iterable[Message] | None = None,
        input: str | None = None,
        tools: Iterable[Tool] | None = None,
        **more: Any,
    ) -> int:
        """The prompt tokens of a chat completion with these messages and tools, or of a completion with this text."""
        return int(self._post("/tokenize", _counted(model, messages, input, tools, more))["count"])

    def encode(self, text: str, *, model: str | None = None) -> list[int]:
        """The tokens of a text, without the special ones that a model may begin or end its prompts with."""
        return cast(list[int], self._post("/tokenize", _encoded(text, model))["tokens"])

    def decode(self, tokens: Sequence[int], *, model: str | None = None) -> str:
        """The text of tokens."""
        return str(self._post("/detokenize", _given(model=model, tokens=list(tokens)))["prompt"])

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return cast(dict[str, Any], self._client.post(path, cast_to=object, body=body))


class AsyncTokens:
    """`Tokens` for asyncio."""

    def __init__(self, client: openai.AsyncOpenAI) -> None:
        self._client = client

    async def count(
        self,
        *,
        model: str | None = None,
        messages: Iterable[Message] | None = None,
        input: str | None = None,
        tools: Iterable[Tool] | None = None,
        **more: Any,
    ) -> int:
        """The prompt tokens of a chat completion with these messages and tools, or of a completion with this text."""
        return int((await self._post("/tokenize", _counted(model, messages, input, tools, more)))["count"])

    async def encode(self, text: str, *, model: str | None = None) -> list[int]:
        """The tokens of a text, without the special ones that a model may begin or end its prompts with."""
        return cast(list[int], (await self._post("/tokenize", _encoded(text, model)))["tokens"])

    async def decode(self, tokens: Sequence[int], *, model: str | None = None) -> str:
        """The text of tokens."""
        return str((await self._post("/detokenize", _given(model=model, tokens=list(tokens))))["prompt"])

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return cast(dict[str, Any], await self._client.post(path, cast_to=object, body=body))


def _counted(
    model: str | None,
    messages: Iterable[Message] | None,
    input: str | None,
    tools: Iterable[Tool] | None,
    more: dict[str, Any],
) -> dict[str, Any]:
    conversation = None if messages is None else list(messages)
    offered = None if tools is None else list(tools)
    return _given(model=model, messages=conversation, input=input, tools=offered, **more)


def _encoded(text: str, model: str | None) -> dict[str, Any]:
    return _given(model=model, input=text, add_special_tokens=False)


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
