"""Token counts from a peer's own tokenizer, where it has one: vLLM, SGLang and llama.cpp do, beside their /v1, and
another Homeport under it.

The first three take and give nearly the same, so that one request fits them all:

    POST /tokenize    {"prompt" or "content", "add_special_tokens" or "add_special"}  →  {"tokens"}
    POST /detokenize  {"tokens"}                                                      →  {"prompt", "text" or "content"}

A chat is rendered by the peer too: vLLM's /tokenize takes `messages` itself, llama.cpp has /apply-template.
"""

from __future__ import annotations

from typing import Any

import msgspec

from homeport.core.chat import ChatRequest
from homeport.engines.openai_http.refusals import UNREADABLE, Refusals
from homeport.engines.openai_http.replicas import Replica
from homeport.errors import ApiError, UnsupportedParameter

# What of a chat request the template may look at.
_RENDERED = ("messages", "tools", "tool_choice", "chat_template_kwargs", "reasoning_effort", "documents")
# What only llama.cpp knows. Beside the API it is ignored where it is not known; under it, it would be refused.
_LLAMA_CPP = ("content", "add_special", "parse_special")


class Tokenizer:
    """The tokenizer of one engine. Raises UnsupportedParameter where it has none, what it says, or HttpError."""

    def __init__(self, engine: str, refusals: Refusals, timeout_s: float) -> None:
        self._engine = engine
        self._refusals = refusals
        self._timeout_s = timeout_s

    async def tokenize(self, peer: Replica, text: str, model: str, *, special: bool) -> list[int]:
        asked = {"prompt": text, "content": text, "add_special_tokens": special, "add_special": special}
        tokens = (await self._ask(peer, "/tokenize", {"model": model, **asked})).get("tokens")
        if not isinstance(tokens, list) or not all(isinstance(token, int) for token in tokens):
            raise self._none()
        return tokens

    async def detokenize(self, peer: Replica, tokens: list[int], model: str) -> str:
        answer = await self._ask(peer, "/detokenize", {"model": model, "tokens": tokens})
        for key in ("prompt", "text", "content"):
            if isinstance(text := answer.get(key), str):
                return text
        raise self._none()

    async def count_chat(self, peer: Replica, request: ChatRequest, model: str) -> int:
        rendered = {key: request.wire[key] for key in _RENDERED if key in request.wire}
        whole = {"model": model, **rendered, "add_generation_prompt": True}
        answer = await self._ask(peer, "/tokenize", whole, or_else={})
        if isinstance(count := answer.get("count"), int):
            return count
        prompt = (await self._ask(peer, "/apply-template", whole)).get("prompt")
        if not isinstance(prompt, str):
            raise self._none()
        # The template has written the special tokens as text.
        asked = {"content": prompt, "add_special": True, "parse_special": True}
        tokens = (await self._ask(peer, "/tokenize", asked)).get("tokens")
        if not isinstance(tokens, list):
            raise self._none()
        return len(tokens)

    async def _ask(
        self, peer: Replica, path: str, body: dict[str, Any], or_else: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        response = await peer.root.request("POST", path, body=msgspec.json.encode(body), timeout_s=self._timeout_s)
        if response.status == 404:
            rest = msgspec.json.encode({key: value for key, value in body.items() if key not in _LLAMA_CPP})
            response = await peer.client.request("POST", path, body=rest, timeout_s=self._timeout_s)
        if response.status == 200:
            try:
                return msgspec.json.decode(response.body, type=dict[str, Any])
            except UNREADABLE:
                raise self._none() from None
        if or_else is not None and response.status < 500:
            return or_else
        if response.status in (404, 405, 501):
            raise self._none()
        raise self._refusals.refused(response, f"POST {path}")

    def _none(self) -> ApiError:
        message = f"The engine `{self._engine}` offers no tokenizer for this, so its tokens can't be counted."
        return UnsupportedParameter(message, param="model")
