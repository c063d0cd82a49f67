"""Generations that the server asks for itself, in a run or a response: metered as those of a caller's are."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

from homeport.core import sse
from homeport.core.answers import Usage
from homeport.core.chat import ChatRequest
from homeport.core.decode import Normalise, chat_request
from homeport.core.metering import HUNG_UP, UsageRecord
from homeport.errors import ApiError
from homeport.ids import new_request_id
from homeport.inference.complete import Generation, Router, complete
from homeport.inference.file_parts import FileParts

Record = Callable[[UsageRecord], None]


class CountingRouter(Router, Protocol):
    """`engines.pool`."""

    async def count_chat(self, request: ChatRequest) -> int: ...


class Models:
    """The models, as whoever plays turns needs them. `normalise` makes a chat body canonical: the dialects'.

    `gone_is_told`: a file that is not there is told to the model, and is no error.
    """

    def __init__(
        self,
        router: CountingRouter,
        normalise: Normalise,
        record: Record,
        files: FileParts,
        *,
        gone_is_told: bool = False,
    ) -> None:
        self._router = router
        self._normalise = normalise
        self._record = record
        self._files = files
        self._gone_is_told = gone_is_told

    def for_threads(self) -> Models:
        """The same for threads, which outlive files that they mention, or came here without them."""
        return Models(self._router, self._normalise, self._record, self._files, gone_is_told=True)

    async def request(self, project_id: str, body: dict[str, Any]) -> ChatRequest:
        """A chat request, checked, with what is in its files. Raises BadRequestError, NotFoundError."""
        messages = await self._files.inlined(project_id, body["messages"], gone_is_told=self._gone_is_told)
        return chat_request(body | {"messages": _copied(messages)}, self._normalise)

    async def count(self, project_id: str, body: dict[str, Any]) -> int:
        """Exact prompt tokens of the request. Raises ApiError where they can't be known."""
        return await self._router.count_chat(await self.request(project_id, body))

    async def generate(self, project_id: str, key_id: str, body: dict[str, Any]) -> MeteredStream:
        """Open a stream; its first block is there. Raises ApiError."""
        meter = _Meter(project_id, key_id, self._record)
        try:
            return MeteredStream(await complete(await self.request(project_id, body), self._router), meter)
        except ApiError as error:
            meter.note(error.model, error.status, None)
            raise


def _copied(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is normalised is changed in place, and the parts of messages are those of stored items."""
    return [
        message | {"content": [dict(part) for part in content]}
        if isinstance(content := message["content"], list)
        else dict(message)
        for message in messages
    ]


class _Meter:
    def __init__(self, project_id: str, key_id: str, record: Record) -> None:
        self._project_id = project_id
        self._key_id = key_id
        self._record = record
        self._started_at, self._started_s = time.time(), time.perf_counter()
        self.first_token_s: float | None = None

    def opened(self) -> None:
        self.first_token_s = time.perf_counter() - self._started_s

    def note(self, model: str, status: int, usage: Usage | None) -> None:
        usage = usage or Usage()
        duration_s = time.perf_counter() - self._started_s
        self._record(
            UsageRecord(
                *(self._started_at, new_request_id(), self._project_id, self._key_id, "chat", model, status),
                *(usage.prompt_tokens, usage.cached_tokens, usage.completion_tokens, duration_s, self.first_token_s),
            )
        )


class MeteredStream:
    """Blocks of chat chunks; what was used is noted once, when it is closed."""

    def __init__(self, generation: Generation, meter: _Meter) -> None:
        meter.opened()
        self._generation = generation
        self._meter: _Meter | None = meter
        self._events = 0
        self._status = HUNG_UP

    @property
    def usage(self) -> Usage | None:
        return self._generation.usage

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for block in self._generation:
                self._events += sum(1 for _ in sse.payloads(block))
                yield block
        except ApiError as error:
            self._status = error.status
            raise
        self._status = 200

    async def aclose(self) -> None:
        """Stop the engine, if it has not come to its end."""
        if self._meter is None:
            return
        meter, self._meter = self._meter, None
        await self._generation.aclose(0 if self._status == 200 else self._events)
        meter.note(self._generation.model, self._status, self._generation.usage)
