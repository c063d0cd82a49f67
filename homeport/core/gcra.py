"""GCRA, the leaky bucket as a single number: the theoretical arrival time of the next request.

Half a microsecond a check and no timer: a bucket that nobody asks costs nothing.
"""

from __future__ import annotations

from msgspec import Struct


class Verdict(Struct):
    """What a bucket said. Times in seconds."""

    admitted: bool
    limit: int
    remaining: int
    reset_s: float  # until the bucket is full again
    retry_after_s: float = 0.0  # only when refused: until one request would be admitted


class Bucket:
    """Admits `capacity` requests at once and `per_second` of them in the long run."""

    __slots__ = ("_interval_s", "_tat", "_window_s", "capacity")

    def __init__(self, capacity: int, per_second: float) -> None:
        self.capacity = capacity
        self._interval_s = 1.0 / per_second
        self._window_s = capacity * self._interval_s
        self._tat = 0.0

    def peek(self, now: float) -> Verdict:
        """Would a request be admitted at `now` (monotonic seconds)? Takes nothing."""
        ahead_s = self._tat - now
        if ahead_s < 0.0:
            ahead_s = 0.0
        remaining = int((self._window_s - ahead_s) / self._interval_s + 1e-9)
        if remaining < 1:
            retry_after_s = ahead_s + self._interval_s - self._window_s
            return Verdict(False, self.capacity, 0, ahead_s, max(retry_after_s, 0.001))
        return Verdict(True, self.capacity, remaining, ahead_s)

    def take(self, now: float) -> None:
        """Take one request, which `peek` has admitted."""
        self._tat = max(self._tat, now) + self._interval_s


class Limiter:
    """A key's buckets: bursts and the sustained rate, and the day. A request passes both or takes from none."""

    __slots__ = ("_day", "_minute")

    def __init__(self, burst: int, per_minute: int, per_day: int) -> None:
        self._minute = Bucket(burst, per_minute / 60.0)
        self._day = Bucket(per_day, per_day / 86_400.0)

    def reserve(self, now: float) -> Verdict:
        """Admit one request at `now`, or say when one would be; the tighter bucket speaks."""
        verdict = self._minute.peek(now)
        day = self._day.peek(now)
        if not day.admitted or (verdict.admitted and day.remaining < verdict.remaining):
            verdict = day
        if verdict.admitted:
            self._minute.take(now)
            self._day.take(now)
            verdict.remaining -= 1
        return verdict
