"""A timer that counts silence."""

from __future__ import annotations

import asyncio

import pytest

from homeport.core.idle import IdleTimer

pytestmark = pytest.mark.anyio


async def test_it_is_due_after_each_silence() -> None:
    due = asyncio.Event()
    with IdleTimer(0.01, due.set):
        for _ in range(2):
            await asyncio.wait_for(due.wait(), 30)
            due.clear()
    await asyncio.sleep(0.05)
    assert not due.is_set(), "it is closed"


async def test_a_touch_moves_it_on() -> None:
    loop = asyncio.get_running_loop()
    due: list[float] = []
    with IdleTimer(0.3, lambda: due.append(loop.time())) as timer:
        touched_s = loop.time()
        while loop.time() < touched_s + 0.2:
            await asyncio.sleep(0.01)
        timer.touch()
        touched_s = loop.time()
        while not due:
            await asyncio.sleep(0.01)
    assert due[0] >= touched_s + 0.299
