"""Model names that work out of the box: every one that the five documents use, and the defaults of common clients.

Each stands for the default model of its kind, so that a client written for one of these names runs unchanged. A model
or a configured alias of the same name goes first; see `engines.names`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Literal

Kind = Literal["chat", "embeddings"]

_CHAT = (
    "gpt-4.5-mini",
    "gpt-4o",
    "gpt-4o-mini",
    "gpt-4o-2026",
    "gpt-4o-vision",
    "gpt-4o-memory",
    "gpt-4o-local",
    "gpt-4o-agent",
    "gpt-4-2026",
    "gpt-4-turbo",
    "gpt-4-vision",
    "gpt-4-32k",
    "gpt-4-base",
    "gpt-4-reasoner-2026",
    # What clients ask for when nobody told them a name.
    "gpt-3.5-turbo",
    "gpt-3.5-turbo-instruct",  # the usual one for /completions
    "gpt-4",
    "gpt-4.1",
    "gpt-4.1-mini",
)
_EMBEDDINGS = ("text-embedding-3-small", "text-embedding-3-large", "text-embedding-ada-002")

_chat: dict[str, Kind] = dict.fromkeys(_CHAT, "chat")
_embeddings: dict[str, Kind] = dict.fromkeys(_EMBEDDINGS, "embeddings")

ALIASES = MappingProxyType(_chat | _embeddings)
"""Public name → the kind of model it stands for."""
