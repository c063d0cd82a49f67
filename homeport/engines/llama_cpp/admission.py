"""Slots and queue: so many generations run, so many wait, one more is turned away."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

from homeport.errors import Overloaded

_SMOOTHING = 0.2  # of the moving average of how long a generation takes
_FIRST_GUESS_S = 2.0


class Admission:
    """`slots` generations at a time, in order of arrival; `queue` more may wait."""

    def __init__(self, slots: int, queue: int) -> None:
        self.slots = slots
        self._capacity = slots + queue
        self._inside = 0
        self._free = asyncio.Semaphore(slots)
        self._generation_s = _FIRST_GUESS_S

    @property
    def inside(self) -> int:
        """Generations running or waiting."""
        return self._inside

    @contextlib.contextmanager
    def admitted(self, generations: int = 1) -> Iterator[None]:
        """Be inside. A request that wants several generations counts as many, but never as more than there are slots:
        what its first ones leave over runs after them, and waits for nobody else. Raises Overloaded."""
        weight = min(generations, self.slots)
        if self._inside + weight > self._capacity:
            wait_s = self._generation_s * max(1, self._inside - self.slots + 1) / self.slots
            waiting = max(0, self._inside - self.slots)
            raise Overloaded(
                f"The model is busy: {self._inside - waiting} generations are running and {waiting} are waiting.",
                retry_after_s=min(wait_s, 60.0),
            )
        self._inside += weight
        try:
            yield
        finally:
            self._inside -= weight

    @contextlib.asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold a slot; waits for one."""
        loop = asyncio.get_running_loop()
        async with self._free:
            began = loop.time()
            try:
                yield
            finally:
                self._generation_s += _SMOOTHING * (loop.time() - began - self._generation_s)
