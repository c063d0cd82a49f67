"""Tokens: exact counts by the model's own tokenizer, before anything is generated.

`POST /tokenize` and `/detokenize` take what vLLM's take. A count is what `usage.prompt_tokens` would say: of a chat
completion for messages, of a completion or an embedding for a text. `resources.responses` counts responses' input.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal, Protocol

from msgspec import UNSET, Meta, Struct

from homeport.core.chat import ChatRequest
from homeport.core.decode import Normalise, chat_request
from homeport.engines.names import Kind, Target
from homeport.errors import BadRequestError, UnsupportedParameter
from homeport.web.routes import Call, Route

# --- shapes --------------------------------------------------------------------

TokenId = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class TokenizeRequest(Struct, kw_only=True):
    """A text (`prompt`, or `input` as OpenAI would say), or `messages` with what else of a chat shapes its prompt."""

    model: str | None = None
    prompt: str | None = None
    input: str | None = None
    messages: list[dict[str, Any]] | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    response_format: dict[str, Any] | None = None
    reasoning_effort: str | None = None
    add_special_tokens: bool | None = None  # of a text, true unless said otherwise; a conversation always has its own
    return_token_strs: bool | None = None
    add_generation_prompt: bool | None = None  # as sent by vLLM's clients; only what a chat completion does is possible
    continue_final_message: bool | None = None


class Tokenization(Struct, kw_only=True):
    """`tokens` is null for a conversation: an engine behind HTTP can count it at best."""

    model: str
    count: int
    max_model_len: int | None
    tokens: list[int] | None
    token_strs: list[str] | None = None
    object: Literal["tokenization"] = "tokenization"


class DetokenizeRequest(Struct, kw_only=True):
    tokens: list[TokenId]
    model: str | None = None


class Detokenization(Struct):
    prompt: str


# --- rules ---------------------------------------------------------------------


class Tokenizers(Protocol):
    """`engines.pool`, as far as this resource needs it."""

    async def target(self, name: str, *kinds: Kind) -> Target: ...
    async def tokenize(self, text: str, model: str, *, special: bool = False) -> list[int]: ...
    async def detokenize(self, tokens: list[int], model: str) -> str: ...
    async def count_chat(self, request: ChatRequest) -> int: ...


_MANY = 16  # requests to the engine at once


async def create_tokenization(request: TokenizeRequest, pool: Tokenizers, normalise: Normalise) -> Tokenization:
    """The tokens of a text, or how many a conversation has. Raises what the engine and the checks of chat raise."""
    given = [name for name in ("prompt", "input", "messages") if getattr(request, name) is not None]
    if len(given) != 1:
        raise BadRequestError(
            "Send one of 'prompt', 'input' and 'messages'.",
            param=given[1] if given else "prompt",
            code="invalid_parameter_combination" if given else "missing_required_parameter",
        )
    if request.add_generation_prompt is False:
        raise UnsupportedParameter("Chat completions always prompt for an answer.", param="add_generation_prompt")
    if request.continue_final_message:
        raise UnsupportedParameter("Chat completions never go on with a message.", param="continue_final_message")
    model = request.model or ""
    if request.messages is not None:
        for name in ("add_special_tokens", "return_token_strs"):
            if getattr(request, name):
                raise UnsupportedParameter(f"'{name}' is supported with a text only.", param=name)
        count = await pool.count_chat(chat_request(_chat_members(request), normalise))
        return Tokenization(**await _described(model, pool), count=count, tokens=None)
    for name in _CHAT_MEMBERS:
        if getattr(request, name) is not None:
            raise UnsupportedParameter(f"'{name}' is supported with 'messages' only.", param=name)
    text = request.prompt if request.prompt is not None else request.input
    assert text is not None
    tokens = await pool.tokenize(text, model, special=request.add_special_tokens is not False)
    token_strs = await _token_strs(tokens, model, pool) if request.return_token_strs else None
    return Tokenization(**await _described(model, pool), count=len(tokens), tokens=tokens, token_strs=token_strs)


async def create_detokenization(request: DetokenizeRequest, pool: Tokenizers) -> Detokenization:
    """The text of tokens. Raises BadRequestError for one that the model does not have."""
    return Detokenization(await pool.detokenize(request.tokens, request.model or ""))


_CHAT_MEMBERS = ("tools", "tool_choice", "parallel_tool_calls", "response_format", "reasoning_effort")


def _chat_members(request: TokenizeRequest) -> dict[str, Any]:
    """The members that a chat request has too."""
    names = ("model", "messages", *_CHAT_MEMBERS)
    return {name: value for name in names if (value := getattr(request, name, None)) is not None}


async def _described(model: str, pool: Tokenizers) -> dict[str, Any]:
    info = (await pool.target(model, "chat", "completion", "embeddings")).info
    length = None if info.context_length is UNSET else info.context_length
    return {"model": model or info.id, "max_model_len": length}


async def _token_strs(tokens: list[int], model: str, pool: Tokenizers) -> list[str]:
    """The text of each token by itself; U+FFFD stands for bytes that are no whole character."""
    limit = asyncio.Semaphore(_MANY)

    async def text_of(token: int) -> tuple[int, str]:
        async with limit:
            return token, await pool.detokenize([token], model)

    texts = dict(await asyncio.gather(*(text_of(token) for token in set(tokens))))
    return [texts[token] for token in tokens]


# --- routes --------------------------------------------------------------------


def routes(pool: Tokenizers, normalise: Normalise) -> list[Route]:
    """`normalise` makes a chat body canonical: the dialects', so that a count takes every shape that a chat takes."""

    async def tokenize(call: Call) -> Tokenization:
        return await create_tokenization(call.body, pool, normalise)

    async def detokenize(call: Call) -> Detokenization:
        return await create_detokenization(call.body, pool)

    return [
        Route(
            method="POST",
            path="/tokenize",
            operation_id="createTokenization",
            summary="Tokenize a text, or count a conversation's tokens.",
            tag="Tokens",
            body=TokenizeRequest,
            result=Tokenization,
            handler=tokenize,
        ),
        Route(
            method="POST",
            path="/detokenize",
            operation_id="createDetokenization",
            summary="Turn tokens back into text.",
            tag="Tokens",
            body=DetokenizeRequest,
            result=Detokenization,
            handler=detokenize,
        ),
    ]
