"""Homeport: the OpenAI platform on machines of your own."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from homeport.sdk import AsyncOpenAI as AsyncOpenAI
    from homeport.sdk import OpenAI as OpenAI

__version__ = "0.1.0"
__all__ = ["AsyncOpenAI", "OpenAI", "__version__"]


def __getattr__(name: str) -> Any:
    """The client's names, on demand: the server must not pay for a client, nor need one installed."""
    if name in ("AsyncOpenAI", "OpenAI"):
        return getattr(importlib.import_module("homeport.sdk"), name)
    raise AttributeError(f"module 'homeport' has no attribute {name!r}")
