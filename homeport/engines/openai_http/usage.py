"""Token counts as peers send them, and estimates for those that send none."""

from __future__ import annotations

from typing import Any

import msgspec

from homeport.core.chat import CompletionTokensDetails, PromptTokensDetails, Usage

_BYTES_PER_TOKEN = 4  # of English text and of JSON, near enough


def is_strict(value: Any) -> bool:
    """Whether a usage object is as OpenAI's specification wants it."""
    try:
        msgspec.convert(value, Usage)
    except msgspec.ValidationError:
        return False
    return True


def read_usage(value: Any) -> Usage | None:
    """The usage object of a peer. Wrong and missing numbers, which some send, count as 0."""
    if not isinstance(value, dict):
        return None
    if is_strict(value):
        return msgspec.convert(value, Usage)
    prompt, completion = _number(value, "prompt_tokens"), _number(value, "completion_tokens")
    cached = _number(value.get("prompt_tokens_details"), "cached_tokens")
    reasoning = _number(value.get("completion_tokens_details"), "reasoning_tokens")
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=_number(value, "total_tokens") or prompt + completion,
        prompt_tokens_details=PromptTokensDetails(cached_tokens=cached),
        completion_tokens_details=CompletionTokensDetails(reasoning_tokens=reasoning),
    )


def estimate(request_bytes: int, completion_tokens: int | None = None, answer_bytes: int = 0) -> Usage:
    """What a request probably cost, by the size of its JSON; a streamed delta is taken for a token."""
    prompt = -(-request_bytes // _BYTES_PER_TOKEN)
    completion = -(-answer_bytes // _BYTES_PER_TOKEN) if completion_tokens is None else completion_tokens
    return Usage(prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion)


def _number(value: Any, key: str) -> int:
    number = value.get(key) if isinstance(value, dict) else None
    return int(number) if isinstance(number, int | float) and number > 0 else 0
