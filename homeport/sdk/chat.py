"""`client.chat.completions`, which lets through what the server takes and the official signatures don't."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from openai import NOT_GIVEN
from openai.resources import chat
from openai.resources.chat.completions import AsyncCompletions as OfficialAsyncCompletions
from openai.resources.chat.completions import Completions as OfficialCompletions


class Chat(chat.Chat):
    @cached_property
    def completions(self) -> Completions:
        return Completions(self._client)


class AsyncChat(chat.AsyncChat):
    @cached_property
    def completions(self) -> AsyncCompletions:
        return AsyncCompletions(self._client)


class Completions(OfficialCompletions):
    """The official resource. Parameters it doesn't know (`prompt`, `session_id`, `output`, …) go into the body as they
    are, for the server to take or to refuse by name; `model` and `messages` may be left out.

    `stream()` asks for usage, and its stream has `text_stream`, the answer's text alone.
    """

    if not TYPE_CHECKING:  # a type checker goes on with the official signatures

        def create(self, **arguments: Any) -> Any:
            return super().create(**_widened(OfficialCompletions.create, arguments))

        def parse(self, **arguments: Any) -> Any:
            return super().parse(**_widened(OfficialCompletions.parse, arguments))

        def stream(self, **arguments: Any) -> Any:
            arguments.setdefault("stream_options", {"include_usage": True})
            return _TextStream(super().stream(**_widened(OfficialCompletions.stream, arguments)))


class AsyncCompletions(OfficialAsyncCompletions):
    """`Completions` for asyncio."""

    if not TYPE_CHECKING:

        async def create(self, **arguments: Any) -> Any:
            return await super().create(**_widened(OfficialAsyncCompletions.create, arguments))

        async def parse(self, **arguments: Any) -> Any:
            return await super().parse(**_widened(OfficialAsyncCompletions.parse, arguments))

        def stream(self, **arguments: Any) -> Any:
            arguments.setdefault("stream_options", {"include_usage": True})
            return _AsyncTextStream(super().stream(**_widened(OfficialAsyncCompletions.stream, arguments)))


def _widened(method: Callable[..., Any], arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments that the official method takes and that make the body the caller meant."""
    known = _parameters(method)
    foreign = {name: value for name, value in arguments.items() if name not in known}
    ours: dict[str, Any] = {"messages": NOT_GIVEN, "model": NOT_GIVEN}
    ours |= {name: value for name, value in arguments.items() if name in known}
    if foreign:
        ours["extra_body"] = {**foreign, **(arguments.get("extra_body") or {})}
    return ours


@cache
def _parameters(method: Callable[..., Any]) -> frozenset[str]:
    return frozenset(inspect.signature(method).parameters)


class _TextStream:
    """The official manager of a stream, whose stream also has `text_stream`."""

    def __init__(self, manager: Any) -> None:
        self._manager = manager

    def __enter__(self) -> Any:
        stream = self._manager.__enter__()
        stream.text_stream = _texts(stream)
        return stream

    def __exit__(self, *error: Any) -> Any:
        return self._manager.__exit__(*error)


class _AsyncTextStream:
    def __init__(self, manager: Any) -> None:
        self._manager = manager

    async def __aenter__(self) -> Any:
        stream = await self._manager.__aenter__()
        stream.text_stream = _async_texts(stream)
        return stream

    async def __aexit__(self, *error: Any) -> Any:
        return await self._manager.__aexit__(*error)


def _texts(stream: Any) -> Iterator[str]:
    for event in stream:
        if event.type == "content.delta":
            yield event.delta


async def _async_texts(stream: Any) -> AsyncIterator[str]:
    async for event in stream:
        if event.type == "content.delta":
            yield event.delta
