"""Model names that work out of the box: every one that the five documents use, and the defaults of common clients.

Each stands for the default model of its kind, so that a client written for one of these names runs unchanged. A model
or a configured alias of the same name goes first; see `engines.names`.
"""

from __future__ import annotations

import re
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

# What else assistants could be made with at OpenAI, and the models that came after. These are not listed.
_FAMILIES = {
    *("gpt-3.5-turbo-16k", "gpt-4-turbo-preview", "gpt-4-vision-preview", "gpt-4.1-nano", "gpt-4.5-preview"),
    *("gpt-5", "gpt-5-mini", "gpt-5-nano", "gpt-5.1", "gpt-5.2", "gpt-5.4", "gpt-5.4-mini", "gpt-5.4-nano", "gpt-5.5"),
    *("chatgpt-4o-latest", "o1", "o1-mini", "o1-preview", "o3", "o3-mini", "o4-mini"),
}
_KNOWN = _FAMILIES.union(_CHAT)
_SNAPSHOT = re.compile(r"(.+?)-(?:\d{4}-\d{2}-\d{2}|\d{4}(?:-preview)?)", re.ASCII)


def family(name: str) -> str | None:
    """Of a chat model of OpenAI's, the name without its date: `gpt-4o-2024-08-06` is a `gpt-4o`. None for any other."""
    if name in _KNOWN:  # some end in a year
        return name
    dated = _SNAPSHOT.fullmatch(name)
    return dated[1] if dated and dated[1] in _KNOWN else None
