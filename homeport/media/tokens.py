"""Where tokens begin in a text: those of a model's tokenizer, or words and parts of words.

Chunks are cut between tokens, and every character must be in a chunk. So a token reaches up to where the next begins,
and what a tokenizer takes as one long token (a word that it does not know) counts as many short ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeAlias
from unicodedata import combining

Tokenizer: TypeAlias = Callable[[str], list[int]]  # text → where its tokens begin: from 0 upwards, none twice

_MAX_TOKEN_CHARS = 24
_PART_CHARS = 4  # of a longer one: about what models make of text that has no words
# A stand-in for a model's tokenizer: about as many tokens as models count.
_PART_OF_WORD = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\w{1,6}|[^\w\s]")
_JOINERS = frozenset("\u200d\ufe0e\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")


def load_tokenizer(file: Path | None) -> Tokenizer:
    """That of a `tokenizer.json`, or the stand-in where there is none or the package `tokenizers` is not installed."""
    try:
        from tokenizers import Tokenizer as Model
    except ImportError:
        return parts_of_words
    if file is None:
        return parts_of_words
    model = Model.from_file(str(file))
    model.no_truncation()
    model.no_padding()

    def begin(text: str) -> list[int]:
        offsets: list[tuple[int, int]] = model.encode(text, add_special_tokens=False).offsets
        return _begins(text, (start for start, _ in offsets))

    return begin


def parts_of_words(text: str) -> list[int]:
    return _begins(text, (match.start() for match in _PART_OF_WORD.finditer(text)))


def _begins(text: str, tokens: Iterable[int]) -> list[int]:
    """The places where a tokenizer says that tokens begin, made to cover the text."""
    begins = [0] if text else []
    last = 0
    for token in tokens:
        if token <= last or (token - last <= _MAX_TOKEN_CHARS and _joined(text, token)):
            continue  # several tokens of one character
        if token - last > 1 and (line := text.rfind("\n", last, token) + 1) > last:
            token = line  # a line's indentation belongs to the line
        if token - last > _MAX_TOKEN_CHARS:
            begins.extend(_parts(text, last, token))
        begins.append(token)
        last = token
    if len(text) - last > _MAX_TOKEN_CHARS:
        begins.extend(_parts(text, last, len(text)))
    return begins


def _parts(text: str, start: int, end: int) -> Iterator[int]:
    """Where to cut the long token [start, end), `start` itself left out."""
    last = start
    for place in range(start + _PART_CHARS, end, _PART_CHARS):
        if place - last > _MAX_TOKEN_CHARS or not _joined(text, place):
            yield place
            last = place


def _joined(text: str, place: int) -> bool:
    """Whether what begins here is part of the character before: an accent, or more of an emoji."""
    char = text[place]
    return char >= "\u0300" and (combining(char) != 0 or char in _JOINERS or text[place - 1] == "\u200d")
