"""The text of a stream, read by a parser that is written as if all of it were there.

A parser is a generator; where it needs a character that has not come yet, it yields. What it decides therefore depends
on the text alone, never on where the text was cut.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from typing import TypeAlias, TypeVar

import msgspec

T = TypeVar("T")
Reading: TypeAlias = Generator[None, None, T]

SPACE = " \t\r\n"
NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")

MAX_HELD = 65_536  # characters held back at most while it is open whether they are a call

# Outside strings `<` is in no JSON: a tag begins there, and the value before it is broken.
_STRUCTURE = re.compile(r'["{}\[\]<]')
_STRING = re.compile(r'["\\]')
_ESCAPE = re.compile(r'\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|["\\/bfnrt])')
_SCALAR_END = re.compile(r'[\s,}\]<"{\[:]')


def decode_string(text: str) -> str | None:
    """The content of a JSON string; None where it is broken (a lone surrogate, a bare control character)."""
    try:
        return msgspec.json.decode(text, type=str)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None


class Reader:
    """Unread text, a reading position, and a mark to fall back to."""

    def __init__(self) -> None:
        self._text = ""
        self._at = 0
        self._ended = False
        self._mark: int | None = None
        self._sink: Callable[[str], None] | None = None
        self._sent = 0

    # --- the stream's side ---------------------------------------------------------

    def append(self, text: str) -> None:
        keep = self._at if self._mark is None else self._mark
        self._text = self._text[keep:] + text
        self._at -= keep
        self._sent -= keep
        if self._mark is not None:
            self._mark = 0

    def end(self) -> None:
        self._ended = True

    @property
    def unread(self) -> str:
        """What came and may still be read as anything."""
        return self._text[self._at if self._mark is None else self._mark :]

    # --- trying: read on, then either go on from here or go back ----------------------

    def mark(self) -> None:
        self._mark = self._at

    def accept(self) -> bool:
        """Drop the mark; False where too much was held back since, and the caller must go back instead."""
        if self._mark is not None and self._at - self._mark > MAX_HELD:
            return False
        self._mark = None
        return True

    def back(self) -> None:
        """To where the mark was set."""
        if self._mark is not None:
            self._at, self._mark = self._mark, None

    @property
    def position(self) -> int:
        """Characters read since the mark."""
        return self._at - (self._mark or 0)

    def since(self, position: int) -> str:
        """The text from a `position` to here; only while there is a mark."""
        return self._text[(self._mark or 0) + position : self._at]

    # --- reading ---------------------------------------------------------------------

    def _wait(self) -> Reading[bool]:
        """Until more has come; False when nothing will, or when too much is held back already."""
        if self._ended or (self._mark is not None and self._at - self._mark > MAX_HELD):
            return False
        self._flush()
        yield
        return True

    def peek(self) -> Reading[str]:
        """The next character, not consumed; "" at the end."""
        while self._at == len(self._text):
            if not (yield from self._wait()):
                return ""
        return self._text[self._at]

    def literal(self, text: str, *, cut: bool = False) -> Reading[bool]:
        """Consume `text` if it is next; with `cut`, also the first part of it where the output ends within."""
        while len(self._text) - self._at < len(text):
            if not text.startswith(self._text[self._at :]):
                return False
            if not (yield from self._wait()):
                if cut and self._ended:
                    self._at = len(self._text)
                return cut and self._ended
        if not self._text.startswith(text, self._at):
            return False
        self._at += len(text)
        return True

    def skip(self, characters: str | frozenset[str] = SPACE) -> Reading[str]:
        """Consume the characters that follow and are among these; the one after them, or "" at the end."""
        while (character := (yield from self.peek())) and character in characters:
            self._at += 1
        return character

    def until(self, tags: tuple[str, ...], emit: Callable[[str], None]) -> Reading[str]:
        """Emit text up to the first of `tags`, which is consumed and returned; "" at the end."""
        first = re.compile("|".join({re.escape(tag[0]) for tag in tags}) or "(?!)")
        while True:
            start = at = self._at
            while match := first.search(self._text, at):
                at = match.start()
                for tag in tags:
                    if self._text.startswith(tag, at):
                        emit(self._text[start:at])
                        self._at = at + len(tag)
                        return tag
                if any(tag.startswith(self._text[at : at + len(tag)]) for tag in tags):
                    break  # the text ends in what may become a tag
                at += 1
            else:
                at = len(self._text)
            emit(self._text[start:at])
            self._at = at
            if not (yield from self._wait()):
                emit(self._text[at:])
                self._at = len(self._text)
                return ""

    # --- JSON --------------------------------------------------------------------------

    def _flush(self) -> None:
        if self._sink is not None:
            self._sink(self._text[self._sent : self._at])
            self._sent = self._at

    def value(self, sink: Callable[[str], None] | None = None) -> Reading[bool]:
        """Consume one JSON value, handing its text to `sink` as it comes. False where it is broken or cut off.

        Only its extent is found (strings and brackets); whether it is valid JSON is for the reader of the value.
        """
        first = yield from self.peek()
        self._sink, self._sent = sink, self._at
        if first == '"':
            whole = yield from self._quoted()
        elif first and first in "{[":
            whole = yield from self._container()
        else:
            whole = yield from self._scalar()
        self._flush()
        self._sink = None
        return whole

    def _container(self) -> Reading[bool]:
        depth = 0
        while True:
            match = _STRUCTURE.search(self._text, self._at)
            if match is None:
                self._at = len(self._text)
                if not (yield from self._wait()):
                    return False
                continue
            character = match[0]
            self._at = match.start()
            if character == "<":
                return False
            if character == '"':
                if not (yield from self._quoted()):
                    return False
                continue
            self._at += 1
            depth += 1 if character in "{[" else -1
            if depth == 0:
                return True

    def _quoted(self) -> Reading[bool]:
        self._at += 1
        while True:
            match = _STRING.search(self._text, self._at)
            if match is None:
                self._at = len(self._text)
                if not (yield from self._wait()):
                    return False
                continue
            self._at = match.end()
            if match[0] == '"':
                return True
            if not (yield from self.peek()):
                return False
            self._at += 1  # the escaped character

    def _scalar(self) -> Reading[bool]:
        seen = False
        while True:
            match = _SCALAR_END.search(self._text, self._at)
            end = len(self._text) if match is None else match.start()
            seen = seen or end > self._at
            self._at = end
            if match is not None:
                return seen
            if not (yield from self._wait()):
                return False

    def string(self) -> Reading[str | None]:
        """Consume a JSON string and decode it; None where there is none or it is broken."""
        if (yield from self.peek()) != '"':
            return None
        start = self.position
        if not (yield from self._quoted()):
            return None
        return decode_string(self.since(start))

    def string_content(self, sink: Callable[[str], None]) -> Reading[bool]:
        """Like `value`, for a string whose decoded content is wanted: escapes are resolved as they come."""
        self._at += 1
        while True:
            match = _STRING.search(self._text, self._at)
            end = len(self._text) if match is None else match.start()
            if end > self._at:
                sink(self._text[self._at : end])
                self._at = end
            if match is None:
                if not (yield from self._wait()):
                    return False
            elif match[0] == '"':
                self._at += 1
                return True
            else:
                yield from self._escape(sink)

    def _escape(self, sink: Callable[[str], None]) -> Reading[None]:
        while len(self._text) - self._at < 12:  # the longest: a surrogate pair
            if not (yield from self._wait()):
                break
        match = _ESCAPE.match(self._text, self._at)
        raw = match[0] if match else "\\"
        self._at += len(raw)
        sink(decode_string(f'"{raw}"') or raw)
