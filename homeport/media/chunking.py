"""Chunks: pieces of a document of at most so many tokens, each overlapping the one before, as OpenAI's are."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from msgspec import Struct

from homeport.errors import BadRequestError
from homeport.media.documents.block import Block
from homeport.media.tokens import Tokenizer

MIN_CHUNK_TOKENS, MAX_CHUNK_TOKENS = 100, 4096


class Chunking(Struct, frozen=True):
    """OpenAI's static strategy. Raises BadRequestError, with OpenAI's `param`, for sizes that can't be."""

    max_chunk_size_tokens: int = 800
    chunk_overlap_tokens: int = 400

    def __post_init__(self) -> None:
        if not MIN_CHUNK_TOKENS <= self.max_chunk_size_tokens <= MAX_CHUNK_TOKENS:
            raise BadRequestError(
                f"max_chunk_size_tokens must be between {MIN_CHUNK_TOKENS} and {MAX_CHUNK_TOKENS}.",
                param="chunking_strategy.static.max_chunk_size_tokens",
            )
        if not 0 <= self.chunk_overlap_tokens <= self.max_chunk_size_tokens // 2:
            raise BadRequestError(
                "chunk_overlap_tokens must not be negative, nor exceed half of max_chunk_size_tokens.",
                param="chunking_strategy.static.chunk_overlap_tokens",
            )


class Chunk(Struct, frozen=True, tag=True, omit_defaults=True):
    """`text` is the document's text from character `start` up to `end`; `page` and `heading` are where it begins."""

    text: str
    index: int
    start: int
    end: int
    tokens: int
    page: int | None = None
    last_page: int | None = None
    heading: str | None = None


_SEGMENT_CHARS = 32 * 1024  # that are tokenized at once
_NEAR = 8  # a better place to end is looked for in a chunk's last eighth
# Places to end a chunk, the best kind first: after a paragraph, a line, a sentence.
_ENDINGS = tuple(re.compile(ending) for ending in (r"\n\s*\n", r"\n", r"[.!?…][\"'”’)\]]*\s|[。！？]"))  # noqa: RUF001


def chunks(blocks: Iterable[Block], tokenize: Tokenizer, chunking: Chunking) -> Iterator[Chunk]:
    """Every character that is not blank is in a chunk; no more than a few chunks of text are held.

    A chunk has at most `max_chunk_size_tokens`, fewer where a paragraph, line or sentence ends near. Its first
    `chunk_overlap_tokens` are the last of the chunk before.
    """
    size, overlap = chunking.max_chunk_size_tokens, chunking.chunk_overlap_tokens
    places = _Places()
    window, start, index = "", 0, 0  # the text not yet done with, where it starts in the document
    begins: list[int] = []  # where the window's tokens begin in the document
    for segment in _segments(blocks, places):
        offset = start + len(window)
        begins += [offset + begin for begin in tokenize(segment)]
        window += segment
        done = 0  # tokens
        while len(begins) - done > size:
            count = _count(window, start, begins[done : done + size + 1])
            chunk = places.chunk(window, start, index, begins[done], begins[done + count], count)
            if chunk is not None:
                yield chunk
                index += 1
            done += count - overlap
        if done:
            window = window[begins[done] - start :]
            start = begins[done]
            del begins[:done]
            places.forget(start)
    if begins:
        chunk = places.chunk(window, start, index, start, start + len(window), len(begins))
        if chunk is not None:
            yield chunk


def _segments(blocks: Iterable[Block], places: _Places) -> Iterator[str]:
    """The blocks' text in stretches that a tokenizer takes at once, cut where that changes nothing: between words."""
    pending, length = "", 0
    for block in blocks:
        places.add(length, block.page, block.heading)
        length += len(block.text)
        pending += block.text
        while len(pending) >= _SEGMENT_CHARS:
            cut = _SEGMENT_CHARS
            for blank in "\n ":
                if (found := pending.rfind(blank, _SEGMENT_CHARS // 2, _SEGMENT_CHARS)) != -1:
                    cut = found + 1
                    break
            yield pending[:cut]
            pending = pending[cut:]
    if pending:
        yield pending


def _count(window: str, start: int, begins: list[int]) -> int:
    """How many tokens the chunk gets that begins with these; the last of them is one too many."""
    most = len(begins) - 1
    least = most - most // _NEAR
    near = window[begins[least] - start : begins[most] - start]
    for ending in _ENDINGS:
        ends = [match.end() for match in ending.finditer(near)]
        if ends:
            return min(bisect_left(begins, begins[least] + ends[-1]), most)
    return most


_Place: TypeAlias = tuple[int | None, str | None]  # page, heading


class _Places:
    """What page and heading the document's characters are under."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._places: list[_Place] = []

    def add(self, start: int, page: int | None, heading: str | None) -> None:
        if not self._places or self._places[-1] != (page, heading):
            self._starts.append(start)
            self._places.append((page, heading))

    def forget(self, before: int) -> None:
        gone = bisect_right(self._starts, before) - 1
        del self._starts[:gone], self._places[:gone]

    def chunk(self, window: str, offset: int, index: int, start: int, end: int, tokens: int) -> Chunk | None:
        """The chunk of these characters; None if they are all blank."""
        text = window[start - offset : end - offset]
        if text.isspace():
            return None
        page, heading = self._at(start)
        return Chunk(text, index, start, end, tokens, page=page, last_page=self._at(end - 1)[0], heading=heading)

    def _at(self, character: int) -> _Place:
        return self._places[bisect_right(self._starts, character) - 1]
