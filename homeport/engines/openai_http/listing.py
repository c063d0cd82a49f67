"""The models that a peer has, and how long their contexts are: each server says it in its own way."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from msgspec import UNSET

from homeport.core.models import ModelInfo
from homeport.engines.http_client import HttpClient, HttpError
from homeport.engines.openai_http.refusals import UNREADABLE

LONGEST_LIST = 10_000
_OLLAMA = "library"  # `owned_by` of every model there

# Keys of a listed model: vLLM and SGLang; OpenRouter and Together; Groq; Mistral and LM Studio; LiteLLM.
_CONTEXT_KEYS = ("max_model_len", "context_length", "context_window", "max_context_length", "max_input_tokens")
# llama.cpp: what a slot has, else what the model was trained for.
_META_KEYS = ("n_ctx", "n_ctx_train")


def read_listing(body: bytes, owner: str, context_length: int | None) -> list[ModelInfo] | None:
    """The models in the body of `GET /models`; None when it is no list. `context_length` overrides what it says."""
    try:
        listed = msgspec.json.decode(body)["data"]
    except (*UNREADABLE, KeyError, TypeError):
        return None
    if not isinstance(listed, list):
        return None
    items = [item for item in listed[:LONGEST_LIST] if isinstance(item, dict) and isinstance(item.get("id"), str)]
    return [
        ModelInfo(
            id=item["id"],
            created=_positive(item.get("created")) or 0,
            owned_by=item["owned_by"] if isinstance(item.get("owned_by"), str) else owner,
            context_length=context_length or _context_length(item) or UNSET,
        )
        for item in items
    ]


def _context_length(item: dict[str, Any]) -> int | None:
    meta = item.get("meta")
    found = [item.get(key) for key in _CONTEXT_KEYS]
    found += [meta.get(key) for key in _META_KEYS] if isinstance(meta, dict) else []
    return next((number for value in found if (number := _positive(value))), None)


def _positive(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) and value > 0 else None


class OllamaContexts:
    """The context lengths of Ollama's models, asked for one by one and remembered."""

    def __init__(self) -> None:
        self._known: dict[str, int | None] = {}

    async def complete(self, infos: list[ModelInfo], root: HttpClient, timeout_s: float) -> list[ModelInfo]:
        """The list with the lengths filled in. `root`: the server beside its API's prefix."""
        new = [info.id for info in infos if info.owned_by == _OLLAMA and info.id not in self._known]
        lengths = await asyncio.gather(*(_ask_ollama(model, root, timeout_s) for model in new))
        self._known.update(zip(new, lengths, strict=True))
        return [
            msgspec.structs.replace(info, context_length=length)
            if info.context_length is UNSET and (length := self._known.get(info.id))
            else info
            for info in infos
        ]


async def _ask_ollama(model: str, root: HttpClient, timeout_s: float) -> int | None:
    body = msgspec.json.encode({"model": model})
    try:
        response = await root.request("POST", "/api/show", body=body, timeout_s=timeout_s)
        about = msgspec.json.decode(response.body)["model_info"]
        return next((_positive(value) for key, value in about.items() if key.endswith(".context_length")), None)
    except (HttpError, *UNREADABLE, KeyError, TypeError, AttributeError):
        return None
