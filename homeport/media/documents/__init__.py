"""Documents to text: `read` finds out what a file is, and one module for each format yields its blocks.

What a file is, its content says; its name decides only between kinds of text. Runs only in the limited child.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

from homeport.media.documents.block import Block
from homeport.media.documents.kind import Kind, kind_of
from homeport.media.documents.refusal import Refusal

_INSTALL = "pip install '.[docs]' in Homeport's checkout"
_CONTROLS = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f\ufeff]"
)  # PostgreSQL has no \0 in texts, and nobody a use for the others
_BREAKS = re.compile("\r\n?|\x0b|\x0c")
_SURROGATES = re.compile("[\ud800-\udfff]")
_LONG_BLANK = re.compile(r"\s{65,}")


def read(path: Path, suffix: str, max_inflated_bytes: int) -> Iterator[Block]:
    """The document's text. `suffix` is that of the file's name (".pdf"). Raises Refusal, and MemoryError."""
    kind = kind_of(path, suffix, max_inflated_bytes)
    parse = _parser(kind)
    blank = True
    try:
        for block in parse(path):
            text = _clean(block.text)
            blank = blank and (not text or text.isspace())
            if text:
                yield Block(text, block.page, _clean(block.heading) if block.heading else None)
    except (Refusal, MemoryError):
        raise
    except RecursionError:
        raise Refusal("unreadable", "its content is nested too deeply") from None
    except Exception as error:  # a library's, of any kind
        said = " ".join(str(error).replace(str(path), "it").split())  # where it is stored is nobody's business
        raise Refusal("unreadable", f"it is damaged, or not {kind.title} ({type(error).__name__}: {said})") from error
    if blank:
        raise Refusal("empty", "there is no text in it")


def _parser(kind: Kind) -> Callable[[Path], Iterator[Block]]:
    try:
        parser = import_module(f"{__name__}.{kind.module}")
    except ModuleNotFoundError as error:
        reason = f"reading {kind.title} needs the package {error.name}, which is not installed: {_INSTALL}"
        raise Refusal("unsupported", reason) from error
    read: Callable[[Path], Iterator[Block]] = parser.read
    return read


def _clean(text: str) -> str:
    """The text as databases and tokenizers can take it."""
    if not text.isascii():
        text = _SURROGATES.sub("\ufffd", text)
    text = _BREAKS.sub("\n", text)
    text = _CONTROLS.sub("", text)
    return _LONG_BLANK.sub(lambda blank: "\n\n" if "\n" in blank[0] else " ", text)
