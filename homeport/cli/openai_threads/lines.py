"""The objects in an export: JSON Lines, pages of lists, or one JSON document; gzip is seen by its first bytes."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any, TypeAlias, cast

import msgspec
from msgspec import Struct

MAX_LINE_BYTES = 64 * 1024 * 1024  # a page of a hundred of the longest messages is half of that
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_PIECE_BYTES = 1 << 20


class Bad(Struct):
    """What could not be read. `place`: `FILE:12`, or `FILE:12 data[3]`."""

    place: str
    reason: str


class Found(Struct):
    """An object of any kind, not looked at yet."""

    place: str
    value: dict[str, Any]


Line: TypeAlias = Found | Bad


def objects(file: IO[bytes], name: str, read: Callable[[int], None] = lambda size_bytes: None) -> Iterator[Line]:
    """What is in `file`, in its order. `name` is for the places; `read` is told how far the file has been read."""
    head = file.read(len(_GZIP))
    source = _Rest(head, file)
    content: Any = gzip.GzipFile(fileobj=cast("IO[bytes]", source)) if head == _GZIP else source
    for number, line in _lines(content, name):
        read(source.read_bytes)
        if isinstance(line, Bad):
            yield line
        else:
            yield from _found(line, f"{name}:{number}")


class _Rest:
    """A file of which the first bytes have been read already; it need not be one that can be rewound."""

    def __init__(self, head: bytes, file: IO[bytes]) -> None:
        self.read_bytes = 0
        self._head = head
        self._file = file

    def read(self, size_bytes: int) -> bytes:
        head, self._head = self._head, b""
        data = head + self._file.read(size_bytes - len(head))
        self.read_bytes += len(data)
        return data

    read1 = read


def _lines(content: Any, name: str) -> Iterator[tuple[int, bytes | Bad]]:
    """(number, line); a document over many lines is one line. Long lines are passed over."""
    number, begun, too_long = 0, bytearray(), False
    is_document: bool | None = None
    is_first = True
    while True:
        try:
            piece = content.read1(_PIECE_BYTES)  # of gzip, what there is before it turns out to be cut off
        except (OSError, EOFError, zlib.error) as error:
            yield number + 1, Bad(f"{name}:{number + 1}", f"the file can't be read on: {error}")
            return
        if is_first:
            piece, is_first = piece.removeprefix(_BOM), False
        if is_document and piece:
            begun += piece
            continue
        head, *others = piece.split(b"\n") if piece else (b"", b"")
        begun += head
        if len(begun) > MAX_LINE_BYTES and not is_document:
            begun, too_long = bytearray(), True
        if not others:
            continue
        lines = [bytes(begun), *others[:-1]]
        if is_document is None and (first := next(filter(bytes.strip, lines), b"")):
            is_document = first.strip() in (b"{", b"[")  # an opening bracket alone: the rest is on other lines
            if is_document and piece:
                begun = bytearray(b"\n".join([*lines, others[-1]]))
                continue
        for line in lines:
            number += 1
            if too_long:
                yield number, Bad(f"{name}:{number}", f"the line is longer than {MAX_LINE_BYTES >> 20} MB")
                too_long = False
            elif line.strip():
                yield number, line
        if not piece:
            return
        begun = bytearray(others[-1])


def _found(line: bytes, place: str) -> Iterator[Line]:
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError) as error:
        yield Bad(place, f"this is no JSON: {error}")
        return
    yield from _unfolded(value, place)


def _unfolded(value: Any, place: str) -> Iterator[Line]:
    """An object, the members of a list, the messages that a thread was exported with."""
    if isinstance(value, dict) and value.get("object") == "list":
        value, place = value.get("data"), f"{place} data"
    if isinstance(value, list):
        for index, member in enumerate(value):
            yield from _unfolded(member, f"{place}[{index}]")
        return
    if not isinstance(value, dict):
        yield Bad(place, "this is neither an object nor a list of objects")
        return
    messages = value.get("messages") if value.get("object") == "thread" else None
    yield Found(place, value)
    if messages is not None:
        yield from _unfolded(messages, f"{place} messages")
