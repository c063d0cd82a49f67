"""A circuit breaker: after a run of failures a peer is left alone for a while, then tried with one request.

    closed ──threshold failures in a row──▶ open ──cool-down over──▶ half-open ──success──▶ closed
                                              ▲                          │
                                              └── failure: twice as long ┘

Pure: no I/O, no timers; the clock and the randomness are arguments. Not thread-safe, as everything on the event loop.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Literal

State = Literal["closed", "open", "half-open"]


class Breaker:
    """Ask `allow` before a request, then tell it the outcome: `success`, `failure`, or `abandoned` for none.

    `cool_down_s` doubles with every failed try, up to `longest_s`, each time less up to a quarter at random: replicas
    of this server that lost the same peer do not all come back to it in the same moment.
    """

    def __init__(
        self,
        *,
        threshold: int = 5,
        cool_down_s: float = 1.0,
        longest_s: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._threshold = threshold
        self._cool_down_s = cool_down_s
        self._longest_s = longest_s
        self._clock = clock
        self._jitter = jitter
        self._failures = 0  # in a row
        self._times_opened = 0  # since the last success
        self._opened = False
        self._open_until = 0.0
        self._trying = False

    @property
    def state(self) -> State:
        if not self._opened:
            return "closed"
        return "half-open" if self._trying or self._clock() >= self._open_until else "open"

    @property
    def retry_after_s(self) -> float:
        """Seconds until the next request may be tried; 0 when it may be now."""
        return max(0.0, self._open_until - self._clock()) if self._opened else 0.0

    def ready(self) -> bool:
        """Whether `allow` would say yes; takes nothing."""
        return not self._opened or (not self._trying and self._clock() >= self._open_until)

    def allow(self) -> bool:
        """Whether a request may go now. When half-open, the one who gets a yes must report its outcome."""
        if not self._opened:
            return True
        if not self.ready():
            return False
        self._trying = True
        return True

    def success(self) -> None:
        """The peer answered, whatever it said."""
        if self._failures or self._opened:
            self._failures = self._times_opened = 0
            self._opened = self._trying = False

    def failure(self) -> None:
        self._failures += 1
        if self._opened and not self._trying:
            return  # an old request that failed late says nothing new
        if self._trying or self._failures >= self._threshold:
            pause_s = min(self._longest_s, self._cool_down_s * 2**self._times_opened)
            self._open_until = self._clock() + pause_s * (1 - 0.25 * self._jitter())
            self._times_opened = min(self._times_opened + 1, 32)
            self._opened, self._trying = True, False

    def abandoned(self) -> None:
        """The request ended without telling anything about the peer, say because its caller hung up."""
        self._trying = False
