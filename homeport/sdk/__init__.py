"""The official client, extended: `from homeport import OpenAI`. All that openai's has, pointed at Homeport."""

from __future__ import annotations

try:
    import openai as _openai  # noqa: F401
except ImportError as _error:
    raise ImportError("The SDK extends the official client: pip install '.[sdk]' in Homeport's checkout") from _error

from homeport.sdk.client import AsyncOpenAI as AsyncOpenAI
from homeport.sdk.client import OpenAI as OpenAI
