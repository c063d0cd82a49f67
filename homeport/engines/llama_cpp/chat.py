"""Chat completions."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import msgspec
from msgspec import UNSET, UnsetType

from homeport.core import schemas
from homeport.core.chat import (
    ChatChunk,
    ChatCompletion,
    ChatRequest,
    ChunkChoice,
    Delta,
    JsonSchemaFormat,
    Usage,
)
from homeport.core.parsers import ModelFormat, OutputParser
from homeport.core.sse import event as sse_event
from homeport.engines.base import Answer
from homeport.engines.llama_cpp.generation import Runtime, merged, token_limit, usage_of
from homeport.engines.llama_cpp.output import ChatChoice
from homeport.engines.llama_cpp.prompt import Prompt, PromptBuilder
from homeport.engines.llama_cpp.sampling import refuse_unsupported_chat, sampling, seed_of_choice, stop_sequences
from homeport.errors import EngineError
from homeport.ids import new_completion_id


class ChatGeneration:
    """One request, while it runs."""

    def __init__(self, runtime: Runtime, request: ChatRequest, model: str) -> None:
        self._runtime = runtime
        self._request = request
        self._id = new_completion_id()
        self._created = int(time.time())
        self._model = request.model or model
        self._prompt_tokens = 0
        self._choices: list[ChatChoice] = []

    async def answer(self) -> Answer:
        async with aclosing(self._pieces()) as pieces:
            async for _ in pieces:
                pass
        usage = self._usage()
        completion = ChatCompletion(
            id=self._id,
            created=self._created,
            model=self._model,
            choices=[choice.whole() for choice in self._choices],
            usage=usage,
            system_fingerprint=self._runtime.fingerprint,
        )
        return Answer(msgspec.json.encode(completion), usage)

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """Canonical events: a role, pieces, a finish reason for each choice, and the usage at last."""
        begun: set[int] = set()
        async with aclosing(self._pieces()) as pieces:
            async for found in pieces:
                block = b""
                for piece in found:
                    if piece.index not in begun:
                        begun.add(piece.index)
                        block += self._event([ChunkChoice(piece.index, Delta(role="assistant", content=""))])
                    block += self._event([piece])
                yield block
        yield self._event([], self._usage())

    def _event(self, choices: list[ChunkChoice], usage: Usage | UnsetType | None = UNSET) -> bytes:
        if usage is UNSET and self._request.include_usage:
            usage = None
        chunk = ChatChunk(
            id=self._id,
            created=self._created,
            model=self._model,
            choices=choices,
            system_fingerprint=self._runtime.fingerprint,
            usage=usage,
        )
        return sse_event(chunk)

    def _usage(self) -> Usage:
        return usage_of(self._prompt_tokens, self._choices)

    async def _pieces(self) -> AsyncGenerator[Sequence[ChunkChoice], None]:
        request, runtime = self._request, self._runtime
        stops = stop_sequences(request)
        schemas.check_request(request)
        with runtime.admission.admitted(request.n or 1):
            async with runtime.use() as (server, properties):
                format = properties.format
                refuse_unsupported_chat(request, format)
                fixed = sampling(request, properties)
                prompt = await PromptBuilder(server, properties).build(request)
                self._prompt_tokens = len(prompt.tokens)
                fixed["prompt"] = prompt.tokens
                fixed["n_predict"] = token_limit(request.token_limit, len(prompt.tokens), properties.context_length)
                fixed["preserved_tokens"] = format.special_texts
                if prompt.constraint is not None:
                    fixed["grammar"] = prompt.constraint.grammar
                if request.logprobs:
                    fixed["n_probs"] = max(1, request.top_logprobs or 0)
                self._choices = [self._choice(index, format, prompt, stops=stops) for index in range(request.n or 1)]
                sources = [
                    runtime.run(server, choice, fixed | seed_of_choice(request, choice.index))
                    for choice in self._choices
                ]
                async with aclosing(merged(sources)) as pieces:
                    async for found in pieces:
                        yield found
        for choice in self._choices:
            self._check(choice)

    def _choice(self, index: int, format: ModelFormat, prompt: Prompt, *, stops: Sequence[str]) -> ChatChoice:
        request = self._request
        parser = OutputParser(format, tools=prompt.tools, in_reasoning=prompt.in_reasoning)
        return ChatChoice(
            index,
            parser,
            stops=stops,
            top_logprobs=(request.top_logprobs or 0) if request.logprobs else None,
            single_call=request.parallel_tool_calls is False,
            prefill=prompt.constraint.prefill if prompt.constraint is not None else "",
        )

    def _check(self, choice: ChatChoice) -> None:
        """A finished answer that breaks its schema would mean that the grammar let it: never pass that off as valid."""
        wanted = self._request.response_format
        if not isinstance(wanted, JsonSchemaFormat) or choice.finish_reason != "stop" or choice.cut:
            return
        broken = schemas.validate(wanted.json_schema.schema_ or {}, choice.text)
        if broken:
            raise EngineError(f"The model's answer does not match the schema: {broken[0]}", retryable=False)
