"""Windows cover a chunk, are short enough, and are the same texts in two chunks that overlap."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from homeport.media.chunking import Chunk, Chunking, chunks
from homeport.media.documents.block import Block
from homeport.media.tokens import load_tokenizer
from homeport.retrieval.windows import halves, windows
from tests.minilm import source

TEXT = Path(__file__).parent.parent.parent.joinpath("docs", "ARCHITECTURE.md").read_text()


def cut(size: int, overlap: int) -> list[Chunk]:
    tokenize = load_tokenizer(source() / "tokenizer.json")
    return list(chunks([Block(TEXT)], tokenize, Chunking(size, overlap)))


@pytest.mark.parametrize(("size", "overlap"), [(800, 400), (4096, 2048), (1000, 0), (600, 100), (300, 150)])
@pytest.mark.parametrize("max_tokens", [409, 200])
def test_windows_of_a_document(size: int, overlap: int, max_tokens: int) -> None:
    tokenize = load_tokenizer(source() / "tokenizer.json")
    found = cut(size, overlap)
    neighbours = zip([None, *found], found, [*found[1:], None], strict=False)
    embedded: list[list[str]] = []
    for before, chunk, after in neighbours:
        texts = windows(chunk, before, after, overlap, max_tokens)
        place = 0
        for text in texts:  # in order, with nothing left out but what is blank
            at = chunk.text.index(text, 0 if text in chunk.text[:place] else max(place - len(text), 0))
            assert not chunk.text[place:at].strip()
            place = max(place, at + len(text))
            assert len(tokenize(text)) <= max_tokens * 1.2  # pieces are cut by length, not by tokens
        assert not chunk.text[place:].strip()
        embedded.append(texts)
    if overlap and size > max_tokens:
        for (chunk, texts), (after, following) in pairwise(zip(found, embedded, strict=True)):
            if min(chunk.tokens, after.tokens) > max_tokens:  # a short one, at the end, is a window by itself
                assert set(texts) & set(following)


def test_by_default_no_text_is_embedded_twice() -> None:
    found = cut(800, 400)
    texts = {
        text
        for before, chunk, after in zip([None, *found], found, [*found[1:], None], strict=False)
        for text in windows(chunk, before, after, 400, 409)
    }
    assert sum(map(len, texts)) < len(TEXT) * 1.25  # chunks that end early, at a paragraph, share a little more


def test_halves() -> None:
    assert halves("one two three") == ("one ", "two three")
    assert halves("onetwo") == ("one", "two")
    assert "".join(halves("a ")) == "a "
