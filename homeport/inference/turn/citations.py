"""Citations in a message as it is streamed: the marks a model writes become annotations, as Responses have them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

_MARK = re.compile(r"【(\d+)(?::\d+)?(?:†[^【】]*)?】")
_MAX_MARK = 200  # characters; what is longer is no mark


class Citations:
    """Takes a text in pieces; gives it back without the marks of search results, and an annotation for each mark.

    `results`: what can be cited, in the order of their numbers. A mark that names none of them stays text.
    """

    def __init__(self, results: Sequence[dict[str, Any]]) -> None:
        self.text = ""  # what was given back until now
        self.annotations: list[dict[str, Any]] = []
        self._results = results
        self._held = ""  # from a 【 on that may become a mark

    def take(self, piece: str) -> Iterator[str | dict[str, Any]]:
        if not self._results:
            self.text += piece
            yield piece
            return
        self._held += piece
        while (start := self._held.find("【")) >= 0:
            yield from self._give(start)
            end = self._held.find("】")
            if end < 0 and len(self._held) <= _MAX_MARK:
                return
            mark = _MARK.match(self._held)
            number = int(mark[1]) if mark else 0
            if mark is None or not 0 < number <= len(self._results):
                yield from self._give(1)
                continue
            self._held = self._held[mark.end() :]
            found = self._results[number - 1]
            annotation = {
                "type": "file_citation",
                "index": len(self.text),
                "file_id": found["file_id"],
                "filename": found["filename"],
            }
            self.annotations.append(annotation)
            yield annotation
        yield from self._give(len(self._held))

    def end(self) -> Iterator[str | dict[str, Any]]:
        """What was held back."""
        yield from self._give(len(self._held))

    def _give(self, length: int) -> Iterator[str]:
        given, self._held = self._held[:length], self._held[length:]
        if given:
            self.text += given
            yield given
