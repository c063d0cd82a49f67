"""What all generations of one engine share: the loaded model, its slots, the way from pieces to a stream of blocks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Protocol, Self, TypeVar

from msgspec import Struct

from homeport.config import TimeoutsConfig
from homeport.core.chat import CompletionTokensDetails, PromptTokensDetails, Usage
from homeport.engines.base import Blocks
from homeport.engines.http_client import HttpError, TimedOut
from homeport.engines.llama_cpp.admission import Admission
from homeport.engines.llama_cpp.server import CompletionEvent, LlamaServer, Properties
from homeport.engines.llama_cpp.supervisor import Supervisor
from homeport.errors import ApiError, EngineError, EngineTimeout

Piece = TypeVar("Piece")
PieceT = TypeVar("PieceT", covariant=True)
Result = TypeVar("Result")


class GrowingChoice(Protocol[PieceT]):
    """A choice of any kind of generation: fed with events until it is done."""

    tokens: int
    reasoning_tokens: int
    cached_tokens: int

    @property
    def done(self) -> bool: ...

    def feed(self, event: CompletionEvent) -> Sequence[PieceT]: ...


class ChildLost(EngineError):
    """The child was gone before the request reached it."""


class Runtime(Struct, frozen=True):
    """One engine's parts."""

    name: str
    supervisor: Supervisor
    admission: Admission
    timeouts: TimeoutsConfig
    fingerprint: str

    @contextlib.asynccontextmanager
    async def use(self) -> AsyncIterator[tuple[LlamaServer, Properties]]:
        """The loaded model. What goes wrong with its process inside becomes an ApiError."""
        try:
            async with self.supervisor.use() as server:
                assert self.supervisor.properties is not None  # known of every loaded model
                yield server, self.supervisor.properties
        except TimedOut:
            self.supervisor.suspect()
            raise EngineTimeout(f"The engine `{self.name}` did not answer in time.") from None
        except HttpError as error:
            await self.supervisor.settle()
            failure = EngineError if error.sent else ChildLost
            raise failure(f"The engine `{self.name}` failed: {error}.") from None

    async def once_more(self, work: Callable[[], Awaitable[Result]]) -> Result:
        """Do `work`, and again if the child had died before it could see the request."""
        try:
            return await work()
        except ChildLost:
            return await work()

    async def within(self, timeout_s: float, work: Awaitable[Result]) -> Result:
        """Await `work`. Raises EngineTimeout when it takes longer, and sees whether the model's process still lives."""
        try:
            async with asyncio.timeout(timeout_s):
                return await work
        except TimeoutError:
            self.supervisor.suspect()
            raise EngineTimeout(f"The engine `{self.name}` did not answer within {timeout_s:g} s.") from None

    async def run(
        self, server: LlamaServer, choice: GrowingChoice[Piece], body: dict[str, Any]
    ) -> AsyncGenerator[Sequence[Piece], None]:
        """The pieces of one choice, as soon as it has a slot; then to its end, or until closed."""
        async with self.admission.slot(), server.complete(body, self.timeouts.next_token_s) as events:
            async for event in events:
                pieces = choice.feed(event)
                if pieces:
                    yield pieces
                if choice.done:
                    return


def usage_of(prompt_tokens: int, choices: Sequence[GrowingChoice[Any]]) -> Usage:
    """A prompt that is used for several choices counts once."""
    completion_tokens = sum(choice.tokens for choice in choices)
    return Usage(
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        total_tokens=prompt_tokens + completion_tokens,
        prompt_tokens_details=PromptTokensDetails(
            cached_tokens=min(prompt_tokens, max((choice.cached_tokens for choice in choices), default=0))
        ),
        completion_tokens_details=CompletionTokensDetails(
            reasoning_tokens=sum(choice.reasoning_tokens for choice in choices)
        ),
    )


async def merged(sources: Sequence[AsyncGenerator[Piece, None]]) -> AsyncGenerator[Piece, None]:
    """The items of all sources as they come. The first failure of one ends all."""
    if len(sources) == 1:
        async with contextlib.aclosing(sources[0]) as source:
            async for item in source:
                yield item
        return
    # Small: a caller who reads slowly slows the generations down, as with a single one.
    queue: asyncio.Queue[Piece | BaseException | None] = asyncio.Queue(maxsize=32)

    async def drain(source: AsyncGenerator[Piece, None]) -> None:
        end: BaseException | None = None
        try:
            async with contextlib.aclosing(source):
                async for item in source:
                    await queue.put(item)
        except Exception as error:
            end = error
        await queue.put(end)

    tasks = [asyncio.create_task(drain(source)) for source in sources]
    try:
        running = len(tasks)
        while running:
            got = await queue.get()
            if got is None:
                running -= 1
            elif isinstance(got, BaseException):
                raise got
            else:
                yield got
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


class OpenStream:
    """An open stream of blocks, as `engines.base` has it, around a generator of them."""

    def __init__(self, source: AsyncGenerator[bytes, None], first: bytes) -> None:
        self._source = source
        self._first = first
        self._reader: asyncio.Task[Any] | None = None
        self._closed = False

    @classmethod
    async def open(cls, runtime: Runtime, start: Callable[[], AsyncGenerator[bytes, None]]) -> Blocks:
        """Start a generation and wait for its first block, no longer than for any token."""

        async def opened() -> OpenStream:
            source = start()
            return cls(source, await anext(source))

        return await runtime.within(runtime.timeouts.next_token_s, runtime.once_more(opened))

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._first:
            block, self._first = self._first, b""
            return block
        if self._closed:
            raise StopAsyncIteration
        reader = self._reader = asyncio.current_task()
        try:
            return await self._source.__anext__()
        except ApiError as error:
            if isinstance(error, EngineError):
                error.retryable = False  # the caller has seen the beginning
            raise
        except asyncio.CancelledError:
            if self._closed and reader is not None and not reader.uncancel():
                raise StopAsyncIteration from None
            raise
        finally:
            self._reader = None

    async def aclose(self) -> None:
        self._closed = True
        self._first = b""
        if self._reader is not None:
            self._reader.cancel()  # another task waits for a block; its wait ends, and the generation with it
        else:
            await self._source.aclose()


def token_limit(wanted: int | None, prompt_tokens: int, context_length: int) -> int:
    """How many tokens to generate at most: what the caller wants, or what is left of the context."""
    room = context_length - prompt_tokens
    return room if wanted is None else min(wanted, room)
