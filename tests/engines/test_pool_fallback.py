"""Engines that stand in for others."""

from __future__ import annotations

import pytest

from homeport.core.sse import payloads
from homeport.errors import ApiError, EngineError, Overloaded
from tests.engines.pools import Start, chat, fails, said, says

pytestmark = pytest.mark.anyio


CHAIN = {
    "models": {
        "main": {"engine": "a", "name": "x", "fallback": ["second", "third"]},
        "second": {"engine": "b", "name": "y"},
        "third": {"engine": "c", "name": "z"},
    }
}


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_failing_engine_is_stood_in_for(start: Start, status: int) -> None:
    pool = await start({"a": fails(status, "x"), "b": fails(500, "y"), "c": says("c", "z")}, **CHAIN)
    assert await said(pool, "main") == "c"
    blocks = await pool.stream(chat("main"))
    text = [payload async for block in blocks for payload in payloads(block)]
    assert b'"content":"c"' in b"".join(text)


@pytest.mark.parametrize("status", [400, 401, 404, 422, 429])
async def test_a_callers_own_mistake_is_not(start: Start, status: int) -> None:
    pool = await start({"a": fails(status, "x"), "b": says("b", "y"), "c": says("c", "z")}, **CHAIN)
    for attempt in (pool.answer, pool.stream):
        with pytest.raises(ApiError, match=f"E{status}"):
            await attempt(chat("main"))


async def test_when_all_fail_the_error_is_that_of_the_model_asked_for(start: Start) -> None:
    pool = await start({"a": fails(503, "x"), "b": fails(400, "y"), "c": fails(500, "z")}, **CHAIN)
    with pytest.raises(Overloaded, match="E503") as caught:
        await pool.answer(chat("main"))
    assert caught.value.headers == {"retry-after": "1"}


async def test_a_stream_is_not_started_again_after_its_first_block(start: Start) -> None:
    pool = await start(
        {"a": 'models = ["x"]\n[[rules]]\nreply = "one two"\ndie_after = 2', "b": says("b", "y"), "c": says("c", "z")},
        **CHAIN,
    )
    blocks = await pool.stream(chat("main"))
    received = [await anext(blocks), await anext(blocks)]
    assert b"one" in received[1]
    with pytest.raises(EngineError):
        await anext(blocks)


async def test_what_will_fail_again_is_not_tried_elsewhere(start: Start) -> None:
    unanswerable = 'models = ["x"]\n[[rules]]\nmatch = "never"\nreply = "x"'  # an EngineError that is not retryable
    pool = await start({"a": unanswerable, "b": says("b", "y"), "c": says("c", "z")}, **CHAIN)
    with pytest.raises(EngineError, match="No rule"):
        await pool.answer(chat("main"))
