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

    def room(self, now: float) -> float:
        """How many requests fit at `now` (monotonic seconds), in parts of one too."""
        ahead_s = self._tat - now
        return (self._window_s - ahead_s) / self._interval_s + 1e-9 if ahead_s > 0.0 else float(self.capacity)

    def take(self, now: float) -> None:
        """Take one request that fits."""
        self._tat = (self._tat if self._tat > now else now) + self._interval_s

    def verdict(self, now: float, room: float, *, admitted: bool) -> Verdict:
        """What is told of a request: `room` as it is after it."""
        retry_after_s = 0.0 if admitted else max((1.0 - room) * self._interval_s, 0.001)
        return Verdict(admitted, self.capacity, int(room), max(0.0, self._tat - now), retry_after_s)


class Limiter:
    """A key's buckets: bursts and the sustained rate, and the day. A request passes both or takes from none."""

    __slots__ = ("_day", "_minute")

    def __init__(self, burst: int, per_minute: int, per_day: int) -> None:
        self._minute = Bucket(burst, per_minute / 60.0)
        self._day = Bucket(per_day, per_day / 86_400.0)

    def reserve(self, now: float) -> Verdict:
        """Admit one request at `now`, or say when one would be; the tighter bucket speaks."""
        minute, day = self._minute, self._day
        room, room_today = minute.room(now), day.room(now)
        if room >= 1.0 and room_today >= 1.0:
            minute.take(now)
            day.take(now)
            room, room_today = room - 1.0, room_today - 1.0
            tighter, left = (minute, room) if room <= room_today else (day, room_today)
            return tighter.verdict(now, left, admitted=True)
        tighter, left = (day, room_today) if room_today < 1.0 else (minute, room)
        return tighter.verdict(now, left, admitted=False)
