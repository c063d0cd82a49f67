"""Chat completions: messages in, a message out.

Served ahead of the router, by `web.generation`; what it means is in `core.chat` and `inference.complete`.
"""

from __future__ import annotations

from homeport.core.answers import ChatChunk, ChatCompletion
from homeport.core.chat import ChatRequest
from homeport.web.routes import Route


def routes() -> list[Route]:
    return [
        Route(
            method="POST",
            path="/chat/completions",
            operation_id="createChatCompletion",
            summary="Create a chat completion, whole or streamed.",
            tag="Chat",
            body=ChatRequest,
            result=ChatCompletion,
            event=ChatChunk,
        )
    ]
