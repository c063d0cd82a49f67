"""Chunks: every character in one, as many tokens as asked for, overlapping exactly, cut where it hurts least."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from unicodedata import combining

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.errors import BadRequestError
from homeport.media.chunking import Chunk, Chunking, chunks
from homeport.media.documents.block import Block
from homeport.media.tokens import Tokenizer, load_tokenizer, parts_of_words
from tests import minilm

MODEL = load_tokenizer(minilm.source() / "tokenizer.json")
TOKENIZERS = pytest.mark.parametrize("tokenize", [parts_of_words, MODEL], ids=["parts of words", "model"])

# Texts of many kinds, each long enough that it is cut.
PIECES = st.sampled_from(
    [
        "Word ",
        "two words. ",
        "\n",
        "\n\n",
        "   ",
        "    indented\n",
        "Straße, ",
        "吾輩は猫である。",
        "e\u0301",
        "👨‍👩‍👧‍👦 ",
        "x" * 40,
    ]
)
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=40).map(lambda parts: "".join(parts) * 12)
CHUNKINGS = st.integers(100, 200).flatmap(
    lambda size: st.builds(Chunking, st.just(size), st.integers(0, size // 2).map(int))
)


@TOKENIZERS
@settings(max_examples=60, deadline=None)
@given(text=TEXTS, chunking=CHUNKINGS, cuts=st.lists(st.integers(0, 4000), max_size=4).map(sorted))
def test_every_character_is_in_a_chunk(tokenize: Tokenizer, text: str, chunking: Chunking, cuts: list[int]) -> None:
    blocks = [Block(text[start:end]) for start, end in pairwise([0, *cuts, len(text)])]
    text = "".join(block.text for block in blocks)
    found = list(chunks(blocks, tokenize, chunking))
    covered = set()
    begins = tokenize(text) if len(text) < 16_000 else None
    for number, chunk in enumerate(found):
        assert chunk.index == number
        assert chunk.text == text[chunk.start : chunk.end]
        assert 0 < chunk.tokens <= chunking.max_chunk_size_tokens
        assert not combining(chunk.text[0]) or chunk.start == 0 or text[chunk.start - 24 : chunk.start].strip() == ""
        covered.update(range(chunk.start, chunk.end))
        if begins is not None:
            assert sum(chunk.start <= begin < chunk.end for begin in begins) == chunk.tokens
    assert all(text[place].isspace() for place in set(range(len(text))) - covered)
    for before, after in pairwise(found):
        if begins is not None and before.end > after.start:
            assert sum(after.start <= begin < before.end for begin in begins) == chunking.chunk_overlap_tokens


@TOKENIZERS
def test_defaults_are_openais(tokenize: Tokenizer) -> None:
    text = "one two three four five six seven eight nine ten " * 400
    found = list(chunks([Block(text)], tokenize, Chunking()))
    assert [chunk.tokens for chunk in found[:-1]] == [800] * (len(found) - 1)
    overlaps = [before.text[after.start - before.start :] for before, after in pairwise(found)]
    assert {len(tokenize(overlap)) for overlap in overlaps} == {400}


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("end. Next line\nand.\n\nThe next ", "end. Next line\nand.\n\n"),
        ("end. Next line\nand the next ", "end. Next line\n"),
        ("end. And the next ", "end. "),
        ("and the next word word word ", "and the next word word word word word word word "),
    ],
)
def test_a_chunk_ends_after_a_paragraph_else_a_line_else_a_sentence(text: str, end: str) -> None:
    words = "word " * 90
    first, *_ = chunks([Block(words + text + words)], parts_of_words, Chunking(100, 0))
    assert first.text == words + end


def test_a_line_keeps_its_indentation() -> None:
    text = "def f():\n" + "    return one + two\n" * 60
    first, second, *_ = chunks([Block(text)], parts_of_words, Chunking(100, 0))
    assert first.text.endswith("two\n")
    assert second.text.startswith("    return")


def test_pages_and_headings_are_those_that_a_chunk_begins_under() -> None:
    blocks = [Block("word " * 50 + "\n", page, f"Chapter {(page + 1) // 2}") for page in range(1, 8)]
    found = list(chunks(blocks, parts_of_words, Chunking(100, 0)))
    assert [(chunk.page, chunk.last_page, chunk.heading) for chunk in found] == [
        (1, 2, "Chapter 1"),
        (3, 4, "Chapter 2"),
        (5, 6, "Chapter 3"),
        (7, 7, "Chapter 4"),
    ]


def test_blank_stretches_are_no_chunks() -> None:
    blocks = [Block("start "), Block(" " * 5000), Block("end")]
    found = list(chunks(blocks, parts_of_words, Chunking(100, 0)))
    assert found[0].text.startswith("start")
    assert found[-1].text.endswith("end")
    assert not any(chunk.text.isspace() for chunk in found)
    assert [chunk.index for chunk in found] == list(range(len(found)))
    assert list(chunks([Block(" \n" * 50)], parts_of_words, Chunking())) == []


@TOKENIZERS
def test_what_has_no_words_is_cut_all_the_same(tokenize: Tokenizer) -> None:
    """A model's tokenizer takes an unknown word, however long, as one token."""
    found = list(chunks([Block("QUJD" * 50_000)], tokenize, Chunking(800, 400)))
    assert len(found) > 50
    assert max(len(chunk.text) for chunk in found) < 800 * 25
    assert len("".join(chunk.text for chunk in found)) > 200_000


@pytest.mark.parametrize("glyph", ["👨‍👩‍👧‍👦", "n\u0303", "👍🏽"])
def test_what_is_seen_as_one_character_is_not_cut(glyph: str) -> None:
    found = list(chunks([Block(glyph * 2000)], parts_of_words, Chunking(100, 50)))
    assert len(found) > 10
    assert all(chunk.text.startswith(glyph[0]) and len(chunk.text) % len(glyph) == 0 for chunk in found)


def test_a_long_text_is_never_held() -> None:
    """Chunks come while the text is still being read."""
    read = 0

    def blocks() -> Iterator[Block]:
        nonlocal read
        for _ in range(1000):
            read += 1
            yield Block("some words of a long text.\n" * 100)

    first: Chunk = next(chunks(blocks(), parts_of_words, Chunking()))
    assert first.index == 0
    assert read < 20


@pytest.mark.parametrize(
    ("size", "overlap", "param"),
    [
        (99, 0, "max_chunk_size_tokens"),
        (4097, 0, "max_chunk_size_tokens"),
        (800, 401, "chunk_overlap_tokens"),
        (800, -1, "chunk_overlap_tokens"),
    ],
)
def test_sizes_that_can_not_be(size: int, overlap: int, param: str) -> None:
    with pytest.raises(BadRequestError) as raised:
        Chunking(size, overlap)
    assert raised.value.param == f"chunking_strategy.static.{param}"
