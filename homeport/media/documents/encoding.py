"""In what encoding a text is, and that it is one.

The rule, in this order: a byte order mark; UTF-8, if all of it is or nearly (a few broken characters in a log);
what an HTML page declares; what `charset-normalizer` takes it for; Windows-1252.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import TextIO

from homeport.media.documents.refusal import Refusal

_MARKS = (  # the longer first: UTF-32's begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\v\f\r\b\x1b")
_MAX_CONTROLS = 1 / 50  # a text has none or a stray one; compressed or encrypted data one in ten
_SAMPLE_BYTES = 16 * 1024  # for the detector
_READ_BYTES = 1024 * 1024
_SCANNED_BYTES = 64 * 1024 * 1024  # a file that is UTF-8 so far is taken to be so to its end
_NEARLY_ALL = 0.95
_WESTERN = (
    *("àâæçéèêëîïôœùûüÿ", "äöüßé", "áéíóúñü", "áâãàçéêíóôúü", "àèéìíòóù", "åäöé", "æøåéòóôü"),
    *("áðéíóúýþæö", "éëïóöüèêá", "àçèéíïòóúü"),
)
_AS_GOOD = 0.05  # of what the detector finds typical of a language
# What pages that declare these are really in: https://encoding.spec.whatwg.org
_AS_BROWSERS_DO = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
_FEW = 1 / 10  # of the characters that are not ASCII may be broken in what is still UTF-8


def check_text(head: bytes) -> None:
    """Raises Refusal if a file that begins so is no text."""
    if _marked(head) is None and len(head) - len(head.translate(None, _CONTROLS)) > _MAX_CONTROLS * len(head):
        raise Refusal("unsupported", "it is binary data of a kind that Homeport does not read, not text")


def open_text(path: Path, *, declared: str | None = None, newline: str | None = None) -> TextIO:
    """The file as text, whatever its encoding. What can't be decoded becomes U+FFFD."""
    return open(path, encoding=encoding_of(path, declared), errors="replace", newline=newline)


def encoding_of(path: Path, declared: str | None = None) -> str:
    """A name that `open` takes. `declared` counts where the file is not in a Unicode encoding."""
    with open(path, "rb") as file:
        marked = _marked(file.read(4))
        if marked is not None:
            return marked
        strange = _first_strange_byte(path)
        if strange is None or _is_nearly_utf_8(path):
            return "utf-8"
        file.seek(max(0, strange - 256))
        sample = file.read(_SAMPLE_BYTES)
    if declared is not None:
        try:
            name = codecs.lookup(declared).name
        except LookupError:
            pass
        else:
            return _AS_BROWSERS_DO.get(name, name)
    return _guessed(sample)


def _marked(head: bytes) -> str | None:
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)


def _first_strange_byte(path: Path) -> int | None:
    """Where the file stops being UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    position = 0
    with open(path, "rb") as file:
        while position < _SCANNED_BYTES and (piece := file.read(_READ_BYTES)):
            held = len(decoder.getstate()[0])
            try:
                decoder.decode(piece)
            except UnicodeDecodeError as error:
                return position - held + error.start
            position += len(piece)
    held = len(decoder.getstate()[0])
    return position - held if held and position < _SCANNED_BYTES else None


def _is_nearly_utf_8(path: Path) -> bool:
    """Whether few of the characters that are not ASCII are broken. One that the file ends in the middle of is not."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    foreign = broken = position = 0
    with open(path, "rb") as file:
        while position < _SCANNED_BYTES and (piece := file.read(_READ_BYTES)):
            position += len(piece)
            text = decoder.decode(piece)
            foreign += len(text) - len(text.encode("ascii", errors="ignore"))
            broken += text.count("\ufffd") - piece.count(b"\xef\xbf\xbd")  # some were so before
    return foreign > 0 and broken <= _FEW * foreign


def _guessed(sample: bytes) -> str:
    try:
        from charset_normalizer import from_bytes
    except ImportError:
        return "cp1252"
    # Whole lines, so that no character is cut off at the sample's ends.
    lines = re.sub(rb"\A[^\n]*\n(?=.*\n)|(?<=\n)[^\n]*\Z", b"", sample, flags=re.DOTALL) or sample
    found = from_bytes(lines)
    best = found.best()
    if best is None or best.encoding == "ascii":
        return "cp1252"
    for match in found:  # Western languages fit Central European encodings as well, and those come first
        fits = "cp1252" in (match.encoding, *match.could_be_from_charset)
        as_good = match.chaos <= best.chaos and match.coherence >= best.coherence - _AS_GOOD
        if fits and as_good and _is_western(lines.decode("cp1252", errors="replace")):
            return "cp1252"
    return best.encoding


def _is_western(text: str) -> bool:
    """Whether nearly all letters that are not ASCII are of one Western language."""
    plain = text.lower().replace("õe", "")  # as Portuguese has it; elsewhere it is what Hungarian's ő looks like
    foreign = [char for char in plain if char > "\x7f" and char.isalpha()]
    return any(sum(char in letters for char in foreign) >= _NEARLY_ALL * len(foreign) for letters in _WESTERN)
