"""Embeddings: text in, vectors out.

Served ahead of the router, by `web.generation`; what it means is in `core.chat` and `inference.complete`.
"""

from __future__ import annotations

from homeport.core.answers import EmbeddingList
from homeport.core.chat import EmbeddingRequest
from homeport.web.routes import Route


def routes() -> list[Route]:
    return [
        Route(
            method="POST",
            path="/embeddings",
            operation_id="createEmbedding",
            summary="Create embedding vectors.",
            tag="Embeddings",
            body=EmbeddingRequest,
            result=EmbeddingList,
        )
    ]
