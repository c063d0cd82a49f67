"""Windows: the stretches of a chunk that are embedded, each short enough for the embedding model.

Chunks overlap, and a stretch that two chunks share is a window of both: it is embedded once. With the default chunks
(800 tokens, 400 of them shared) every text goes through the model once instead of twice.
"""

from __future__ import annotations

from homeport.media.chunking import Chunk


def windows(chunk: Chunk, before: Chunk | None, after: Chunk | None, overlap_tokens: int, max_tokens: int) -> list[str]:
    """The chunk's texts to embed, which cover it: one, or several where it has more than `max_tokens`.

    `before` and `after` are its neighbours in the document, which share `overlap_tokens` with it.
    """
    if chunk.tokens <= max_tokens:
        return [chunk.text]
    shared_until = max(before.end, chunk.start) if before is not None else chunk.start
    shared_from = min(after.start, chunk.end) if after is not None else chunk.end
    own_tokens = chunk.tokens - overlap_tokens * ((before is not None) + (after is not None))
    found: list[str] = []
    for start, end, tokens in (
        (chunk.start, shared_until, overlap_tokens),
        (shared_until, shared_from, own_tokens),
        (shared_from, chunk.end, overlap_tokens),
    ):
        if start < end:
            found += _pieces(chunk.text[start - chunk.start : end - chunk.start], -(-tokens // max_tokens))
    return [text for text in found if not text.isspace()]


def halves(text: str) -> tuple[str, str]:
    """A text in two, between words if it has any."""
    middle = len(text) // 2
    cut = text.rfind(" ", 0, middle) + 1 or middle
    return text[:cut], text[cut:]


def _pieces(text: str, count: int) -> list[str]:
    """The text in `count` pieces of about the same length, cut between words where there are any."""
    pieces = []
    for left in range(max(count, 1), 1, -1):
        cut = len(text) // left
        cut = text.rfind(" ", cut // 2, cut) + 1 or cut
        pieces.append(text[:cut])
        text = text[cut:]
    return [*pieces, text]
