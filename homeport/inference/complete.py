"""The one function that everything that generates goes through.

    reserve → guard → context → engine → meter

Reserving is the gate's today (requests) and becomes the ledger's with projects and prices; guardrails and memory will
stand between it and the engine. What is here is the engine call and the meter.
"""

from __future__ import annotations

from typing import Protocol, Self

import msgspec

from homeport.core.answers import Usage
from homeport.core.chat import ChatRequest, EmbeddingRequest, GenerationRequest
from homeport.engines.base import Answer, Blocks
from homeport.errors import ApiError


class Router(Protocol):
    """Where requests go: `engines.pool`."""

    async def answer(self, request: GenerationRequest) -> Answer: ...
    async def stream(self, request: GenerationRequest) -> Blocks: ...
    def serves(self, model: str) -> bool: ...


async def complete(request: GenerationRequest, router: Router) -> Generation:
    """Generate. A whole answer is whole on return; a stream has produced its first block.

    An error of the engine's, or of the server's, says which model it befell (`ApiError.model`).
    """
    try:
        if request.stream:
            return Generation(request, None, await router.stream(request), None)
        answer = await router.answer(request)
    except ApiError as error:
        if error.status >= 500 and router.serves(request.model):
            error.model = request.model
        raise
    body = answer.body
    if type(request) is ChatRequest and request.answer_form is not None:
        body = request.answer_form.body(body)
    return Generation(request, body, None, answer.usage)


class _Chunk(msgspec.Struct):
    choices: list[msgspec.Raw] = []
    usage: Usage | None = None


# Cheap to look for, and right: a string in a JSON text can't hold an unescaped quotation mark.
_USAGE = b'_tokens":'
_decode_chunk = msgspec.json.Decoder(_Chunk).decode


class Generation:
    """An answer, whole (`body`) or as an iterator of blocks, metered as it passes. `usage` is final at the end."""

    def __init__(
        self, request: GenerationRequest, body: bytes | None, blocks: Blocks | None, usage: Usage | None
    ) -> None:
        self.body = body
        self.model = request.model
        self.usage = usage
        self._blocks = blocks
        self._keep_usage = not isinstance(request, EmbeddingRequest) and request.include_usage
        options = None if isinstance(request, EmbeddingRequest) else request.stream_options
        self.resumable = options is not None and options.resumable
        self._form = request.answer_form if type(request) is ChatRequest else None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        assert self._blocks is not None
        while True:
            block = await self._blocks.__anext__()
            if _USAGE in block:
                block = self._meter(block)
            if block:
                return block if self._form is None else self._form.block(block)

    async def aclose(self, events: int = 0) -> None:
        """Stop generating. `events`: how many had passed; they are metered, an event being a token, near enough."""
        if self._blocks is None:
            return
        await self._blocks.aclose()
        if self.usage is None:
            self.usage = Usage(completion_tokens=events, total_tokens=events)

    def _meter(self, block: bytes) -> bytes:
        """Read the usage in a block; drop the event that carries nothing else where the caller didn't ask for it."""
        position = block.find(_USAGE)
        while position >= 0:
            start, end = block.rfind(b"\n\n", 0, position) + 2, block.find(b"\n\n", position) + 2
            if start == 1:
                start = 0
            chunk = _decode_chunk(block[start + len(b"data: ") : end])
            if chunk.usage is not None:
                self.usage = chunk.usage
                if not chunk.choices and not self._keep_usage:
                    block, end = block[:start] + block[end:], start
            position = block.find(_USAGE, end)
        return block
