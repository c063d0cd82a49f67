"""What the dialects call canonical is what OpenAI's specification says a request is."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from homeport.dialects import from_chat
from tests.dialects.documents import CANONICAL, REWRITTEN
from tests.openai_spec import violations

# Ours: the model may be left out (contract A4), a session named (F5).
OURS: dict[str, Any] = {"model": "the default"}


@pytest.mark.parametrize("name", [*CANONICAL, *REWRITTEN])
def test_canonical_bodies_are_openai_s(name: str) -> None:
    body = copy.deepcopy(REWRITTEN[name][0] if name in REWRITTEN else CANONICAL[name])
    from_chat(body)
    assert violations("CreateChatCompletionRequest", OURS | body) == []


@pytest.mark.parametrize("name", REWRITTEN)
def test_the_documents_own_shapes_are_not(name: str) -> None:
    """Or there would be nothing to rewrite."""
    body = REWRITTEN[name][0]
    if "output" in body or "prompt" in body:  # unknown members don't offend a schema, missing messages do
        assert name.startswith(("0 audio", "1 prompt"))
    assert violations("CreateChatCompletionRequest", OURS | body)


def test_functions_become_what_openai_has_now() -> None:
    function = {"name": "f", "parameters": {"type": "object"}}
    body: dict[str, Any] = {
        "model": "m",
        "messages": [
            {"role": "user", "content": "x"},
            {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
            {"role": "function", "name": "f", "content": "y"},
        ],
        "functions": [function],
        "function_call": {"name": "f"},
    }
    from_chat(body)
    assert violations("CreateChatCompletionRequest", body) == []
    assert "functions" not in body
