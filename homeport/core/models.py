"""What a model is, to the outside: `GET /models`."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

Capability = Literal["chat", "completion", "embeddings", "vision", "audio"]


class ModelInfo(Struct, frozen=True):
    """OpenAI's `Model`, plus what Homeport knows: the context length in tokens, and what an alias stands for."""

    id: str
    created: int
    owned_by: str = "homeport"
    object: Literal["model"] = "model"
    context_length: int | UnsetType = UNSET
    capabilities: tuple[Capability, ...] | UnsetType = UNSET
    alias_of: str | UnsetType = UNSET


class ModelList(Struct):
    data: list[ModelInfo]
    object: Literal["list"] = "list"
