"""The circuit breaker, on a clock of its own."""

from __future__ import annotations

from homeport.engines.breaker import Breaker


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def make(clock: Clock, **options: float) -> Breaker:
    return Breaker(threshold=3, cool_down_s=2.0, longest_s=8.0, clock=clock, jitter=lambda: options.get("jitter", 0.0))


def opened(clock: Clock, **options: float) -> Breaker:
    breaker = make(clock, **options)
    for _ in range(3):
        assert breaker.allow()
        breaker.failure()
    return breaker


def test_stays_closed_below_the_threshold_and_forgets_failures_at_a_success() -> None:
    breaker = make(Clock())
    for _ in range(10):
        breaker.failure()
        breaker.failure()
        breaker.success()
    assert breaker.state == "closed"
    assert breaker.allow()


def test_opens_after_the_threshold_and_lets_one_try_after_the_cool_down() -> None:
    clock = Clock()
    breaker = opened(clock)
    assert breaker.state == "open"
    assert not breaker.allow()
    assert breaker.retry_after_s == 2.0
    clock.now_s += 2.0
    assert breaker.state == "half-open"
    assert breaker.ready()
    assert breaker.allow()
    assert not breaker.ready()
    assert not breaker.allow(), "only one request tries"
    breaker.success()
    assert breaker.state == "closed"
    assert breaker.allow()
    assert breaker.allow()


def test_waits_twice_as_long_after_every_failed_try_up_to_the_bound() -> None:
    clock = Clock()
    breaker = opened(clock)
    pauses = []
    for _ in range(4):
        pauses.append(breaker.retry_after_s)
        clock.now_s += breaker.retry_after_s
        assert breaker.allow()
        breaker.failure()
    assert pauses == [2.0, 4.0, 8.0, 8.0]
    clock.now_s += 8.0
    assert breaker.allow()
    breaker.success()
    for _ in range(3):
        breaker.failure()
    assert breaker.retry_after_s == 2.0, "a success starts over"


def test_jitter_shortens_the_pause_by_at_most_a_quarter() -> None:
    assert opened(Clock(), jitter=1.0).retry_after_s == 1.5


def test_an_abandoned_try_frees_its_place() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now_s += 2.0
    assert breaker.allow()
    breaker.abandoned()
    assert breaker.allow()


def test_requests_from_before_the_opening_that_fail_late_do_not_prolong_it() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now_s += 1.0
    breaker.failure()
    assert breaker.retry_after_s == 1.0
    clock.now_s += 1.0
    assert breaker.allow()
