"""The narrow waist: what an engine is.

Engines speak OpenAI's wire format upward too. A whole answer is the JSON body, a stream is a sequence of *blocks*:
bytes that hold one or more whole Server-Sent Events in canonical form (`data: {…}\\n\\n`, no comments, no `[DONE]`).
Bytes because most blocks are only passed on; who must look inside decodes them with `core.sse`.

Contract of a stream, for every engine:
- `stream()` returns once the engine has admitted the request and produced its first block; until then errors are
  raised with their HTTP status, afterwards iteration raises an `ApiError`.
- The last events carry `finish_reason` and then one chunk with `choices: []` and `usage`, always: `complete` meters by
  it and strips it where the caller did not ask for it.
- `aclose()` at any moment stops the generation within 100 ms. It is idempotent, and a cancelled `__anext__` counts as
  `aclose()`.
"""

from __future__ import annotations

from typing import Protocol, Self

from msgspec import Struct

from homeport.core.chat import ChatRequest, GenerationRequest, Usage
from homeport.core.models import ModelInfo


class Answer(Struct):
    """A whole answer: the JSON body as it goes to the caller, and what it cost."""

    body: bytes
    usage: Usage | None = None


class Blocks(Protocol):
    """An open stream of blocks."""

    def __aiter__(self) -> Self: ...
    async def __anext__(self) -> bytes: ...
    async def aclose(self) -> None: ...


class Engine(Protocol):
    """Anything that generates. `model` is the engine's own name for it; `request.model` is what the caller wrote."""

    name: str

    async def start(self) -> None:
        """Make ready. Must not fail because a remote peer is down; raises ConfigError for what can never work."""

    async def close(self) -> None: ...

    def healthy(self) -> bool: ...

    async def models(self) -> list[ModelInfo]: ...

    async def answer(self, request: GenerationRequest, model: str) -> Answer: ...

    async def stream(self, request: GenerationRequest, model: str) -> Blocks: ...

    async def tokenize(self, text: str, model: str, *, special: bool = False) -> list[int]:
        """Token ids of plain text. `special`: with those that a completion or embedding of the text has besides."""

    async def detokenize(self, tokens: list[int], model: str) -> str: ...

    async def count_chat(self, request: ChatRequest, model: str) -> int:
        """Exact prompt tokens of a chat request, template and tools included."""
