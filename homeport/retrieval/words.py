"""Words of texts and questions, as keyword search knows them: whatever the language, and without a dictionary."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from zlib import crc32

# Scripts that don't put spaces between words: each pair of neighbours is a word.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
# Accents, the vowel points of Hebrew and Arabic, which most texts leave out, and where a word may break or be joined.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670\u00ad\u200c\u200d\u20d0-\u20ff\ufe00-\ufe0f]"
)


def words(text: str) -> list[str]:
    """In their order: small letters, without accents, English endings off."""
    if not text.isascii():
        bare = _ACCENTS.sub("", unicodedata.normalize("NFD", text))
        text = unicodedata.normalize("NFKC", bare)
    found: list[str] = []
    for match in _runs().finditer(text.casefold()):
        run = match[0]
        if match[1] is None:
            found.append(stem(run))
        elif len(run) == 1:
            found.append(run)
        else:
            found += (run[at : at + 2] for at in range(len(run) - 1))
    return found


@cache
def _runs() -> re.Pattern[str]:
    """Words, or what stands of unspaced scripts between others. Python's `\\w` has no vowel signs, as Hindi's are."""
    marks = "".join(char for char in map(chr, range(0x370, 0x10000)) if unicodedata.category(char).startswith("M"))
    marks = re.sub(f"[{_UNSPACED}]", "", marks)
    letter = f"[^\\W_{_UNSPACED}]"
    return re.compile(f"([{_UNSPACED}]+)|{letter}+(?:[{marks}]+{letter}*)*")


def number(word: str) -> int:
    """What stands for a word in the index: 32 bits, the same everywhere. Two words rarely share one."""
    return crc32(word.encode())


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """An English word without its plural, `-ed` or `-ing`; others mostly as they are."""
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    if word.endswith("ies"):
        return word[:-3] + "y" if len(word) > 4 else word[:-1]
    if word.endswith("es") and word[:-2].endswith(("ss", "x", "ch", "sh", "zz")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= 3 and any(letter in "aeiouy" for letter in rest):
            if rest[-1] == rest[-2] and rest[-1] not in "lsz":
                return rest[:-1]  # running: run
            return rest
    return word.removesuffix("e") if len(word) > 4 else word
