"""A timer for what is seldom silent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self


class IdleTimer:
    """Calls `then` on the event loop after every `idle_s` without a `touch`, until it is closed.

    A touch only notes the time, and the timer moves on when it is due: an `asyncio.timeout` around every wait for the
    next event was a tenth of what a stream costs.
    """

    def __init__(self, idle_s: float, then: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._idle_s = idle_s
        self._then = then
        self._since_s = self._loop.time()
        self._timer = self._loop.call_later(idle_s, self._due)

    def touch(self) -> None:
        self._since_s = self._loop.time()

    def close(self) -> None:
        self._timer.cancel()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _due(self) -> None:
        left_s = self._since_s + self._idle_s - self._loop.time()
        if left_s <= 0:
            self._then()
            self._since_s, left_s = self._loop.time(), self._idle_s
        self._timer = self._loop.call_later(left_s, self._due)
