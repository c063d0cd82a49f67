"""Token counts from a peer's own tokenizer, where it has one: vLLM, SGLang and llama.cpp do, beside their /v1.

The three take and give nearly the same, so that one request fits them all:

    POST /tokenize    {"prompt" or "content", "add_special_tokens" or "add_special"}  →  {"tokens"}
    POST /detokenize  {"tokens"}                                                      →  {"prompt", "text" or "content"}

A chat is rendered by the peer too: vLLM's /tokenize takes `messages` itself, llama.cpp has /apply-template.
"""

from __future__ import annotations

from typing import Any

import msgspec

from homeport.core.chat import ChatRequest
from homeport.engines.http_client import HttpClient
from homeport.engines.openai_http.refusals import Refusals
from homeport.errors import ApiError, UnsupportedParameter

# What of a chat request the template may look at.
_RENDERED = ("messages", "tools", "tool_choice", "chat_template_kwargs", "reasoning_effort", "documents")


class Tokenizer:
    """The tokenizer of one engine. Raises UnsupportedParameter where it has none, what it says, or HttpError."""

    def __init__(self, engine: str, refusals: Refusals, timeout_s: float) -> None:
        self._engine = engine
        self._refusals = refusals
        self._timeout_s = timeout_s

    async def tokenize(self, root: HttpClient, text: str, model: str, *, special: bool) -> list[int]:
        asked = {"prompt": text, "content": text, "add_special_tokens": special, "add_special": special}
        tokens = (await self._ask(root, "/tokenize", {"model": model, **asked})).get("tokens")
        if not isinstance(tokens, list) or not all(isinstance(token, int) for token in tokens):
            raise self._none()
        return tokens

    async def detokenize(self, root: HttpClient, tokens: list[int], model: str) -> str:
        answer = await self._ask(root, "/detokenize", {"model": model, "tokens": tokens})
        for key in ("prompt", "text", "content"):
            if isinstance(text := answer.get(key), str):
                return text
        raise self._none()

    async def count_chat(self, root: HttpClient, request: ChatRequest, model: str) -> int:
        rendered = {key: request.wire[key] for key in _RENDERED if key in request.wire}
        whole = {"model": model, **rendered, "add_generation_prompt": True}
        answer = await self._ask(root, "/tokenize", whole, or_else={})
        if isinstance(count := answer.get("count"), int):
            return count
        prompt = (await self._ask(root, "/apply-template", whole)).get("prompt")
        if not isinstance(prompt, str):
            raise self._none()
        # The template has written the special tokens as text.
        asked = {"content": prompt, "add_special": True, "parse_special": True}
        tokens = (await self._ask(root, "/tokenize", asked)).get("tokens")
        if not isinstance(tokens, list):
            raise self._none()
        return len(tokens)

    async def _ask(
        self, root: HttpClient, path: str, body: dict[str, Any], or_else: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        response = await root.request("POST", path, body=msgspec.json.encode(body), timeout_s=self._timeout_s)
        if response.status == 200:
            try:
                return msgspec.json.decode(response.body, type=dict[str, Any])
            except msgspec.MsgspecError:
                raise self._none() from None
        if or_else is not None and response.status < 500:
            return or_else
        if response.status in (404, 405, 501):
            raise self._none()
        raise self._refusals.refused(response, f"POST {path}")

    def _none(self) -> ApiError:
        message = f"The engine `{self._engine}` offers no tokenizer for this, so its tokens can't be counted."
        return UnsupportedParameter(message, param="model")
