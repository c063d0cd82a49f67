"""Completions (legacy): a prompt in, text out.

Served ahead of the router, by `web.generation`; what it means is in `core.chat` and `inference.complete`.
"""

from __future__ import annotations

from homeport.core.answers import Completion
from homeport.core.chat import CompletionRequest
from homeport.web.routes import Route


def routes() -> list[Route]:
    return [
        Route(
            method="POST",
            path="/completions",
            operation_id="createCompletion",
            summary="Create a completion, whole or streamed (legacy).",
            tag="Completions",
            body=CompletionRequest,
            result=Completion,
            event=Completion,
        )
    ]
