"""`OpenAI` and `AsyncOpenAI`: where they connect to, and what they have beside the official resources."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import Any

import openai

from homeport.sdk.chat import AsyncChat, Chat
from homeport.sdk.tokens import AsyncTokens, Tokens

DEFAULT_BASE_URL = "http://127.0.0.1:8000/v1"


class OpenAI(openai.OpenAI):
    """The official client with Homeport's defaults.

    - `base_url`: else `HOMEPORT_BASE_URL`, `OPENAI_BASE_URL`, `http://127.0.0.1:8000/v1`
    - `api_key`: else `HOMEPORT_API_KEY`, `OPENAI_API_KEY`
    - `workspace_id` is another name of `organization`, sent as `OpenAI-Organization`; `project` as `OpenAI-Project`
    - `tokens` counts exactly, with the model's own tokenizer
    - `chat.completions` takes the parameters of every dialect, and no `model` where the server has a default one

    Other options are the official client's.
    """

    def __init__(
        self,
        *,
        api_key: str | Callable[[], str] | None = None,
        base_url: Any = None,
        workspace_id: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(
            api_key=api_key or _default_key(options),
            **_base_url(base_url, options),
            **_organized(workspace_id, options),
        )

    @cached_property
    def chat(self) -> Chat:
        return Chat(self)

    @cached_property
    def tokens(self) -> Tokens:
        return Tokens(self)


class AsyncOpenAI(openai.AsyncOpenAI):
    """`OpenAI` for asyncio."""

    def __init__(
        self,
        *,
        api_key: str | Callable[[], Awaitable[str]] | None = None,
        base_url: Any = None,
        workspace_id: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(
            api_key=api_key or _default_key(options),
            **_base_url(base_url, options),
            **_organized(workspace_id, options),
        )

    @cached_property
    def chat(self) -> AsyncChat:
        return AsyncChat(self)

    @cached_property
    def tokens(self) -> AsyncTokens:
        return AsyncTokens(self)


def _elsewhere(options: dict[str, Any]) -> bool:
    """Whether these options say by themselves where to connect and how (the official client's cloud providers)."""
    return any(options.get(name) is not None for name in ("provider", "data_residency", "workload_identity"))


def _default_key(options: dict[str, Any]) -> str | None:
    if _elsewhere(options):
        return None
    key = os.environ.get("HOMEPORT_API_KEY") or os.environ.get("OPENAI_API_KEY")
    if not key and options.get("admin_api_key") is None:
        raise openai.OpenAIError(
            "There is no API key: pass `api_key` or set HOMEPORT_API_KEY. `homeport keys create` makes one."
        )
    return key


def _base_url(given: Any, options: dict[str, Any]) -> dict[str, Any]:
    """`base_url` as the official client takes it, or nothing where that knows better."""
    if given is not None:
        return {"base_url": given}
    if _elsewhere(options):
        return {}
    return {"base_url": os.environ.get("HOMEPORT_BASE_URL") or os.environ.get("OPENAI_BASE_URL") or DEFAULT_BASE_URL}


def _organized(workspace_id: str | None, options: dict[str, Any]) -> dict[str, Any]:
    if workspace_id is None:
        return options
    if options.get("organization") not in (None, workspace_id):
        raise openai.OpenAIError("`workspace_id` and `organization` are two names of one thing; pass one of them.")
    return {**options, "organization": workspace_id}
