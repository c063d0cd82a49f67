"""Legacy completions: text in, its continuation out, no template and no parser."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import msgspec
from msgspec import UNSET, Struct, UnsetType

from homeport.core.chat import (
    Completion,
    CompletionChoice,
    CompletionLogprobs,
    CompletionRequest,
    FinishReason,
    TokenLogprob,
    Usage,
)
from homeport.core.rules import number_of_completions
from homeport.core.sse import event as sse_event
from homeport.engines.base import Answer
from homeport.engines.llama_cpp.generation import Runtime, merged, token_limit, usage_of
from homeport.engines.llama_cpp.output import LogprobQueue, StopMatcher
from homeport.engines.llama_cpp.sampling import (
    check_tokens,
    refuse_unsupported_completion,
    sampling,
    seed_of_choice,
    stop_sequences,
)
from homeport.engines.llama_cpp.server import CompletionEvent, LlamaServer, Properties
from homeport.errors import ContextLengthExceeded
from homeport.ids import new_completion_id

_DEFAULT_MAX_TOKENS = 16  # OpenAI's


class TextChoice:
    """A choice of a completion, as it grows. `prefix` is the prompt's text where it is to be repeated."""

    reasoning_tokens = 0

    def __init__(self, index: int, *, prefix: str, stops: Sequence[str], logprobs: int | None) -> None:
        self.index = index
        self.finish_reason: FinishReason | None = None
        self.tokens = 0
        self.cached_tokens = 0
        self._text = [prefix] if prefix else []
        self._unsent = prefix
        self._stop = StopMatcher(stops)
        self._top = logprobs
        self._logprobs = LogprobQueue(logprobs) if logprobs is not None else None
        self._all: list[TokenLogprob] = []

    @property
    def done(self) -> bool:
        return self.finish_reason is not None

    def feed(self, event: CompletionEvent) -> list[CompletionChoice]:
        if event.prompt_progress is not None:
            self.cached_tokens = event.prompt_progress.cache
            return []
        self.tokens = max(self.tokens, event.tokens_predicted)
        if self._logprobs is not None:
            self._logprobs.add(event.completion_probabilities)
        text = self._stop.feed(event.content)
        if self._stop.stopped:
            self.finish_reason = "stop"
        elif event.stop_type is not None:
            text += self._stop.finish()
            self.finish_reason = "length" if event.stop_type == "limit" else "stop"
        return self._pieces(text)

    def end(self) -> list[CompletionChoice]:
        """No token was wanted."""
        self.finish_reason = "length"
        return self._pieces("")

    def _pieces(self, text: str) -> list[CompletionChoice]:
        entries = self._logprobs.take(self._stop.held, cut=self.done) if self._logprobs is not None else []
        if not (text or entries or self.done):
            return []
        offset = sum(len(entry.token) for entry in self._all)
        self._all += entries
        self._text.append(text)
        text, self._unsent = self._unsent + text, ""
        return [CompletionChoice(self.index, text, self.finish_reason, self._legacy(entries, offset))]

    def whole(self) -> CompletionChoice:
        return CompletionChoice(self.index, "".join(self._text), self.finish_reason, self._legacy(self._all, 0))

    def _legacy(self, entries: Sequence[TokenLogprob], offset: int) -> CompletionLogprobs | None:
        """OpenAI's older form: parallel lists. `offset`: characters of completion before the first entry."""
        if self._logprobs is None:
            return None
        offsets = []
        for entry in entries:
            offsets.append(offset)
            offset += len(entry.token)
        tops = [{top.token: top.logprob for top in entry.top_logprobs} if self._top else None for entry in entries]
        return CompletionLogprobs(
            text_offset=offsets,
            token_logprobs=[entry.logprob for entry in entries],
            tokens=[entry.token for entry in entries],
            top_logprobs=tops,
        )


class _Prompt(Struct):
    tokens: list[int]
    text: str  # "" unless it is to be repeated


class TextGeneration:
    """One request, while it runs. Choice `i` continues prompt `i // n`."""

    def __init__(self, runtime: Runtime, request: CompletionRequest, model: str) -> None:
        self._runtime = runtime
        self._request = request
        self._id = new_completion_id().replace("chatcmpl-", "cmpl-")
        self._created = int(time.time())
        self._model = request.model or model
        self._prompt_tokens = 0
        self._choices: list[TextChoice] = []

    async def answer(self) -> Answer:
        async with aclosing(self._pieces()) as pieces:
            async for _ in pieces:
                pass
        usage = self._usage()
        return Answer(msgspec.json.encode(self._completion([c.whole() for c in self._choices], usage)), usage)

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """Canonical events: pieces, a finish reason for each choice, and the usage at last."""
        usage: UnsetType | None = None if self._request.include_usage else UNSET
        async with aclosing(self._pieces()) as pieces:
            async for found in pieces:
                yield b"".join(sse_event(self._completion([piece], usage)) for piece in found)
        yield sse_event(self._completion([], self._usage()))

    def _completion(self, choices: list[CompletionChoice], usage: Usage | UnsetType | None) -> Completion:
        return Completion(
            id=self._id,
            created=self._created,
            model=self._model,
            choices=choices,
            system_fingerprint=self._runtime.fingerprint,
            usage=usage,
        )

    def _usage(self) -> Usage:
        return usage_of(self._prompt_tokens, self._choices)

    async def _pieces(self) -> AsyncGenerator[Sequence[CompletionChoice], None]:
        request, runtime = self._request, self._runtime
        refuse_unsupported_completion(request)
        stops = stop_sequences(request)
        n = request.n or 1
        with runtime.admission.admitted(number_of_completions(request)):
            async with runtime.use() as (server, properties):
                fixed = sampling(request, properties)
                if request.logprobs is not None:
                    fixed["n_probs"] = max(1, request.logprobs)
                prompts = [await self._prompt(server, properties, prompt) for prompt in _prompts(request)]
                self._prompt_tokens = sum(len(prompt.tokens) for prompt in prompts)
                sources = []
                for index, prompt in enumerate(prompt for prompt in prompts for _ in range(n)):
                    choice = TextChoice(index, prefix=prompt.text, stops=stops, logprobs=request.logprobs)
                    self._choices.append(choice)
                    sources.append(self._run(server, properties, choice, prompt, fixed))
                async with aclosing(merged(sources)) as pieces:
                    async for found in pieces:
                        yield found

    async def _run(
        self,
        server: LlamaServer,
        properties: Properties,
        choice: TextChoice,
        prompt: _Prompt,
        fixed: dict[str, object],
    ) -> AsyncGenerator[Sequence[CompletionChoice], None]:
        request = self._request
        wanted = _DEFAULT_MAX_TOKENS if request.max_tokens is None else request.max_tokens
        if wanted == 0:  # llama.cpp would generate one
            yield choice.end()
            return
        body = fixed | {
            "prompt": prompt.tokens,
            "n_predict": token_limit(wanted, len(prompt.tokens), properties.context_length),
            **seed_of_choice(request, choice.index % (request.n or 1)),
        }
        async with aclosing(self._runtime.run(server, choice, body)) as pieces:
            async for found in pieces:
                yield found

    async def _prompt(self, server: LlamaServer, properties: Properties, prompt: str | list[int]) -> _Prompt:
        text = ""
        if isinstance(prompt, str):
            # Nothing to go on from is what a document begins with.
            tokens = await server.tokenize(prompt, special=True) or await server.tokenize(
                properties.bos_token or "\n", special=True
            )
            text = prompt
        else:
            tokens = prompt
            check_tokens(tokens, properties, "prompt")
            if self._request.echo:
                text = await server.detokenize(tokens)
        if len(tokens) >= properties.context_length:
            raise ContextLengthExceeded(
                f"This model's maximum context length is {properties.context_length} tokens. However, your prompt "
                f"resulted in {len(tokens)} tokens. Please reduce the length of the prompt.",
                param="prompt",
            )
        return _Prompt(tokens, text if self._request.echo else "")


def _prompts(request: CompletionRequest) -> list[str | list[int]]:
    prompt = request.prompt
    if prompt is None or isinstance(prompt, str):
        return [prompt or ""]
    if isinstance(prompt[0], int):
        return [[token for token in prompt if isinstance(token, int)]]
    return [item for item in prompt if not isinstance(item, int)]
