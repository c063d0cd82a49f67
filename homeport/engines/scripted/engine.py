"""The scripted engine as an `Engine`."""

from __future__ import annotations

import asyncio
import itertools
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import msgspec
from msgspec import UNSET

from homeport.config import EngineConfig, TimeoutsConfig
from homeport.core import chat, sse
from homeport.core.models import ModelInfo
from homeport.core.rules import number_of_completions
from homeport.engines.base import Answer, Blocks
from homeport.engines.scripted.recital import Recital, check_format, recite, split_tokens
from homeport.engines.scripted.script import Rule, ScriptedError, load_script
from homeport.errors import (
    ApiError,
    BadRequestError,
    ContextLengthExceeded,
    EngineError,
    EngineTimeout,
    ModelNotFound,
    Overloaded,
    RateLimitError,
    UnsupportedParameter,
)
from homeport.ids import new_completion_id

Generating = chat.ChatRequest | chat.CompletionRequest

# What would change the shape of an answer and no script can do; refused unless it has no effect.
_REFUSED = ("logprobs", "logit_bias", "audio", "prediction", "web_search_options", "suffix", "echo", "best_of")


class ScriptedEngine:
    """An engine that answers from a script. The script is read when it is made: raises ConfigError."""

    def __init__(self, name: str, config: EngineConfig, timeouts: TimeoutsConfig) -> None:
        assert config.script is not None  # homeport.config checks it
        self.name = name
        self._script = load_script(Path(config.script))
        self._timeouts = timeouts
        self._answered = [0] * len(self._script.rules)
        self._pieces: dict[int, str] = {}  # the tokens handed out so far, for detokenize
        self._call_numbers = itertools.count(1)

    async def start(self) -> None:
        """Nothing to make ready."""

    async def close(self) -> None:
        """Nothing to let go of."""

    def healthy(self) -> bool:
        return True

    async def models(self) -> list[ModelInfo]:
        return [
            ModelInfo(
                id=model, created=0, context_length=self._script.context_length, capabilities=("chat", "completion")
            )
            for model in self._script.models
        ]

    # --- generation ---------------------------------------------------------------

    async def answer(self, request: chat.GenerationRequest, model: str) -> Answer:
        performance = self._perform(request, model)
        duration_s = sum(step.delay_s for step in performance.steps)
        await asyncio.sleep(min(duration_s, self._timeouts.answer_s))
        if duration_s > self._timeouts.answer_s:
            raise EngineTimeout(f"The engine `{self.name}` did not answer in time.")
        if performance.dies:
            raise EngineError(f"The engine `{self.name}` died, as its script says.")
        return Answer(performance.body(), performance.usage)

    async def stream(self, request: chat.GenerationRequest, model: str) -> Blocks:
        return await _Stream(self.name, self._perform(request, model), self._timeouts.next_token_s).opened()

    def _perform(self, request: chat.GenerationRequest, model: str) -> _Performance:
        if model not in self._script.models:
            raise ModelNotFound(f"The model `{model}` does not exist or you do not have access to it.")
        if isinstance(request, chat.EmbeddingRequest):
            raise BadRequestError(f"The model `{model}` is no embedding model.", param="model")
        for field in _REFUSED:
            if getattr(request, field, None):
                raise UnsupportedParameter(f"`{field}` is not supported with the model `{model}`.", param=field)
        if isinstance(request, chat.ChatRequest) and "audio" in (request.modalities or ()):
            raise UnsupportedParameter(f"The model `{model}` does not speak.", param="modalities")
        if isinstance(request, chat.CompletionRequest):
            number_of_completions(request)
        prompts = self._prompts(request, model)
        prompt_tokens = self._count(request) if isinstance(request, chat.ChatRequest) else _count_all(prompts)
        if prompt_tokens > self._script.context_length:
            raise ContextLengthExceeded(
                f"This model's maximum context length is {self._script.context_length} tokens. "
                f"However, your messages resulted in {prompt_tokens} tokens.",
                param="messages" if isinstance(request, chat.ChatRequest) else "prompt",
            )
        rule = self._rule(request, prompts[-1], model)
        ids = (f"call_{number}" for number in self._call_numbers)
        recitals = [recite(rule, prompt, index, request, ids) for prompt in prompts for index in range(request.n or 1)]
        if isinstance(request, chat.ChatRequest):
            for recital in recitals:
                check_format(recital, request)
        return _Performance(request, model, rule, recitals, prompt_tokens)

    def _prompts(self, request: Generating, model: str) -> list[str]:
        """The texts that are answered: a completion may hold several."""
        if isinstance(request, chat.CompletionRequest):
            prompt = request.prompt
            if prompt is None or isinstance(prompt, str):
                return [prompt or ""]
            if isinstance(prompt[0], int):
                return [self._text([token for token in prompt if isinstance(token, int)])]
            return [item if isinstance(item, str) else self._text(item) for item in prompt if not isinstance(item, int)]
        for position, message in enumerate(request.messages):
            if isinstance(message, chat.UserMessage) and not isinstance(message.content, str):
                for number, part in enumerate(message.content):
                    if not isinstance(part, chat.TextPart):
                        kind = type(part).__struct_config__.tag
                        raise UnsupportedParameter(
                            f"The model `{model}` takes no `{kind}` parts.",
                            param=f"messages[{position}].content[{number}]",
                        )
        texts = [chat.text_of(message.content) for message in request.messages if isinstance(message, chat.UserMessage)]
        return texts[-1:] or [""]

    def _rule(self, request: Generating, text: str, model: str) -> Rule:
        tools, must_call, role = _callable(request)
        for index, rule in enumerate(self._script.rules):
            used_up = rule.times is not None and self._answered[index] >= rule.times
            if not used_up and rule.applies(text, role, model, tools, must_call):
                self._answered[index] += 1
                if rule.error is not None:
                    raise _scripted_error(rule.error)
                return rule
        raise EngineError(f"No rule of the script of `{self.name}` applies to this request.", retryable=False)

    # --- tokens -------------------------------------------------------------------

    async def tokenize(self, text: str, model: str, *, special: bool = False) -> list[int]:
        """A token's id is the CRC-32 of its text: the same in every process."""
        ids = []
        for piece in split_tokens(text):
            ids.append(zlib.crc32(piece.encode("utf-8", "surrogatepass")) & 0x7FFFFFFF)
            self._pieces[ids[-1]] = piece
        return ids

    async def detokenize(self, tokens: list[int], model: str) -> str:
        return self._text(tokens)

    async def count_chat(self, request: chat.ChatRequest, model: str) -> int:
        return self._count(request)

    def _text(self, tokens: list[int]) -> str:
        try:
            return "".join(self._pieces[token] for token in tokens)
        except KeyError as error:
            raise BadRequestError(f"{error} is no token that this model has handed out.", param="tokens") from None

    def _count(self, request: chat.ChatRequest) -> int:
        texts = []
        for message in request.messages:
            texts.append(chat.text_of(message.content))
            if isinstance(message, chat.AssistantMessage):
                for call in message.tool_calls or ():
                    texts += [call.function.name, call.function.arguments]
        texts += [msgspec.json.encode(tool).decode() for tool in request.tools or ()]
        return len(request.messages) + 1 + _count_all(texts)


def _count_all(texts: list[str]) -> int:
    return sum(len(split_tokens(text)) for text in texts)


def _callable(request: Generating) -> tuple[frozenset[str], bool, str | None]:
    """The tools that may be called, whether one must be, and the role of the last message."""
    if isinstance(request, chat.CompletionRequest):
        return frozenset(), False, None
    tools = frozenset(tool.function.name for tool in request.tools or ())
    role = str(type(request.messages[-1]).__struct_config__.tag)
    choice = request.tool_choice
    if isinstance(choice, chat.NamedToolChoice):
        return tools & {choice.function.name}, True, role
    if isinstance(choice, chat.AllowedToolsChoice):
        allowed = {tool.get("function", {}).get("name") for tool in choice.allowed_tools.tools}
        return tools & allowed, choice.allowed_tools.mode == "required", role
    return (frozenset() if choice == "none" else tools), choice == "required", role


def _scripted_error(error: ScriptedError) -> ApiError:
    """The error as this engine's own failure would be: the pool may turn to another engine for a 5xx."""
    details: dict[str, Any] = {"type": error.type, "param": error.param, "code": error.code}
    if error.status == Overloaded.status:
        return Overloaded(error.message, retry_after_s=error.retry_after_s or 1.0, **details)
    if error.retry_after_s is not None:
        details["headers"] = {"retry-after": str(max(1, round(error.retry_after_s)))}
    if error.status == EngineTimeout.status:
        return EngineTimeout(error.message, **details)
    if error.status == RateLimitError.status:
        return RateLimitError(error.message, **details)
    if error.status >= 500:
        return EngineError(error.message, status=error.status, **details)
    return ApiError(error.message, status=error.status, **(details | {"type": error.type or "invalid_request_error"}))


class _Step(msgspec.Struct):
    """One event of a stream, `delay_s` after the one before."""

    event: bytes
    delay_s: float


class _Performance:
    """An answer that is ready to be given, whole or in steps."""

    def __init__(
        self, request: Generating, model: str, rule: Rule, recitals: list[Recital], prompt_tokens: int
    ) -> None:
        self._is_chat = isinstance(request, chat.ChatRequest)
        self._id = new_completion_id() if self._is_chat else new_completion_id().replace("chatcmpl", "cmpl")
        self._created = int(time.time())
        self._model = model
        self._rule = rule
        self._recitals = recitals
        generated = sum(recital.tokens for recital in recitals)
        thought = sum(recital.reasoning_tokens for recital in recitals)
        self.usage = chat.Usage(
            prompt_tokens=prompt_tokens,
            completion_tokens=generated,
            total_tokens=prompt_tokens + generated,
            completion_tokens_details=chat.CompletionTokensDetails(reasoning_tokens=thought),
        )
        self.steps = list(self._steps())
        self.dies = rule.die_after is not None and rule.die_after < len(self.steps)
        if self.dies:
            self.steps = self.steps[: rule.die_after]

    def body(self) -> bytes:
        """The whole answer."""
        if not self._is_chat:
            texts = [chat.CompletionChoice(i, r.content or "", r.finish_reason) for i, r in enumerate(self._recitals)]
            return msgspec.json.encode(chat.Completion(self._id, self._created, self._model, texts, usage=self.usage))
        choices = [
            chat.Choice(
                index,
                chat.ResponseMessage(
                    content=recital.content,
                    reasoning_content=recital.reasoning or UNSET,
                    tool_calls=recital.tool_calls or UNSET,
                ),
                recital.finish_reason,
            )
            for index, recital in enumerate(self._recitals)
        ]
        return msgspec.json.encode(chat.ChatCompletion(self._id, self._created, self._model, choices, self.usage))

    def _steps(self) -> Iterator[_Step]:
        """The events, the choices of a request with `n` in turn, as an engine that batches sends them."""
        delay_s = self._rule.delay_s
        if self._is_chat:
            for index in range(len(self._recitals)):
                yield _Step(self._event(index, chat.Delta(role="assistant", content="")), delay_s)
                delay_s = 0.0
        for row in itertools.zip_longest(*(recital.pieces for recital in self._recitals)):
            for index, piece in enumerate(row):
                if piece is not None:
                    yield _Step(self._event(index, piece.delta), delay_s + self._rule.interval_s + piece.delay_s)
                    delay_s = 0.0
        for index, recital in enumerate(self._recitals):
            yield _Step(self._event(index, chat.Delta(), recital.finish_reason), delay_s)
            delay_s = 0.0
        yield _Step(self._usage_event(), 0.0)

    def _event(self, index: int, delta: chat.Delta, finish_reason: chat.FinishReason | None = None) -> bytes:
        if self._is_chat:
            choice = chat.ChunkChoice(index, delta, finish_reason=finish_reason)
            return sse.event(chat.ChatChunk(self._id, self._created, self._model, [choice]))
        text = chat.CompletionChoice(index, delta.content or "", finish_reason)
        return sse.event(chat.Completion(self._id, self._created, self._model, [text]))

    def _usage_event(self) -> bytes:
        if self._is_chat:
            return sse.event(chat.ChatChunk(self._id, self._created, self._model, [], usage=self.usage))
        return sse.event(chat.Completion(self._id, self._created, self._model, [], usage=self.usage))


class _Stream:
    """A performance, given step by step."""

    def __init__(self, engine: str, performance: _Performance, next_token_s: float) -> None:
        self._engine = engine
        self._steps = iter(performance.steps)
        self._dies = performance.dies
        self._next_token_s = next_token_s
        self._closed = asyncio.Event()
        self._first: bytes | None = None

    async def opened(self) -> Self:
        self._first = await anext(self)
        return self

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        if self._closed.is_set():
            raise StopAsyncIteration
        step = next(self._steps, None)
        if step is None:
            self._closed.set()
            if self._dies:
                raise EngineError(f"The engine `{self._engine}` died, as its script says.")
            raise StopAsyncIteration
        if step.delay_s:
            await self._wait(step.delay_s)
        return step.event

    async def aclose(self) -> None:
        self._first = None
        self._closed.set()

    async def _wait(self, delay_s: float) -> None:
        try:
            async with asyncio.timeout(min(delay_s, self._next_token_s)):
                await self._closed.wait()
        except TimeoutError:
            if delay_s <= self._next_token_s:
                return
            self._closed.set()
            raise EngineTimeout(f"The engine `{self._engine}` sent nothing for {self._next_token_s:g} s.") from None
        except asyncio.CancelledError:
            self._closed.set()
            raise
        raise StopAsyncIteration
