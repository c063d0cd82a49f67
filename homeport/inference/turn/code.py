"""The code in the arguments of a code interpreter's call, piece by piece as the model writes them."""

from __future__ import annotations

import re

import msgspec

_BEGINNING = re.compile(r'\{\s*"code"\s*:\s*"')
_STRING = re.compile(r'(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*')
_HALF_A_PAIR = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\Z")


class CodeReader:
    """Reads `{"code": "…"}` as it comes."""

    def __init__(self) -> None:
        self._unread = ""
        self._is_inside = False

    def take(self, text: str) -> str:
        """What another piece of the JSON adds to the code. An escape is given out when it is whole."""
        self._unread += text
        if not self._is_inside:
            found = _BEGINNING.match(self._unread)
            if found is None:
                return ""
            self._is_inside = True
            self._unread = self._unread[found.end() :]
        whole = _STRING.match(self._unread)
        assert whole is not None  # it matches nothing, too
        end = whole.end()
        if half := _HALF_A_PAIR.search(self._unread, max(0, end - 6), end):
            end = half.start()
        raw, self._unread = self._unread[:end], self._unread[end:]
        try:
            return msgspec.json.decode(f'"{raw}"', type=str) if raw else ""
        except msgspec.DecodeError:  # half of a pair by itself, or a bare control character: no text, and no matter
            return ""
