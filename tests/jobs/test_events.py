"""Event logs and who follows them, on both databases."""

from __future__ import annotations

import asyncio
import time

import msgspec
import pytest
from sqlalchemy import Connection, Engine, event, func, select

from homeport.errors import ConflictError
from homeport.jobs import events
from homeport.jobs.events import (
    Event,
    NewEvent,
    StreamEnded,
    append,
    append_all,
    append_many,
    close,
    delete,
    follow,
    leave_out_lost,
    prune,
)
from homeport.storage.database import Database
from tests.jobs.workers import replica

pytestmark = pytest.mark.anyio


async def add(database: Database, stream: str, *types: str, final: bool = False) -> None:
    new = [NewEvent(type, {"is": type}) for type in types]
    new[-1] = msgspec.structs.replace(new[-1], final=final)
    await database.write(lambda c: append_many(c, stream, new))


async def read(database: Database, stream: str, after: int = 0) -> list[Event]:
    """All events of a stream that ends."""
    return [event async for event in follow(database, stream, after)]


def types(found: list[Event]) -> str:
    return " ".join(event.type for event in found)


async def test_numbers_are_from_one_without_gaps(database: Database) -> None:
    assert await database.write(lambda c: append(c, "s", "a", 1)) == 1
    assert await database.write(lambda c: append_many(c, "s", [NewEvent("b", 2), NewEvent("c", 3)])) == 3

    def undone(connection: Connection) -> None:
        append(connection, "s", "never", 4)
        raise KeyError

    with pytest.raises(KeyError):
        await database.write(undone)
    assert await database.write(lambda c: append(c, "other", "a", 1)) == 1
    assert await database.write(lambda c: append(c, "s", "d", {"é": None}, final=True)) == 4
    assert await read(database, "s") == [
        Event(1, "a", b"1"),
        Event(2, "b", b"2"),
        Event(3, "c", b"3"),
        Event(4, "d", '{"é":null}'.encode(), final=True),
    ]


async def test_appends_from_everywhere_at_once(database: Database) -> None:
    async with replica(database) as other:
        numbers = await asyncio.gather(
            *(
                each.write(lambda c, n=n: append(c, "s", "x", n))  # type: ignore[misc]
                for n in range(40)
                for each in (database, other)
            )
        )
    assert sorted(numbers) == list(range(1, 81))


async def test_several_streams_in_one_call(database: Database) -> None:
    await add(database, "ended", "x", final=True)
    new = [
        ("a", [NewEvent("1", 1)]),
        ("ended", [NewEvent("no", 1)]),
        ("b", [NewEvent("1", 1), NewEvent("2", 2, final=True)]),
        ("a", [NewEvent("2", 1, final=True)]),
        ("a", [NewEvent("no", 1)]),
    ]
    results = await database.write(lambda c: append_all(c, new))
    assert [result if isinstance(result, int) else type(result) for result in results] == [
        *(1, StreamEnded, 2, 2, StreamEnded)
    ]
    for stream in "ab":
        assert types(await read(database, stream)) == "1 2"
    with pytest.raises(ConflictError):
        await add(database, "b", "late")


async def test_followers_hear_of_events_as_they_come(database: Database) -> None:
    async with replica(database) as other:
        here = follow(database, "s")
        there = follow(other, "s")
        delays = []
        for number in range(1, 8):
            waiting = [asyncio.ensure_future(anext(stream)) for stream in (here, there)]
            await asyncio.sleep(0.05)
            appended = time.monotonic()
            await add(database if number % 2 else other, "s", str(number), final=number == 7)
            for event in await asyncio.gather(*waiting):
                assert (event.number, event.type, event.final) == (number, str(number), number == 7)
            delays.append(time.monotonic() - appended)
        for stream in (here, there):
            with pytest.raises(StopAsyncIteration):
                await anext(stream)
    assert sorted(delays)[3] < 0.5, "much sooner than a look that nobody asked for"


async def test_a_follower_goes_on_where_it_was(database: Database) -> None:
    await add(database, "s", *"abcdef", final=True)
    assert types(await read(database, "s", after=4)) == "e f"
    assert await read(database, "s", after=6) == []
    assert await read(database, "s", after=99) == []


async def test_long_logs_are_read_in_pieces(database: Database) -> None:
    count = events.BATCH * 3 + 7
    new = [NewEvent("x", n, n == count) for n in range(1, count + 1)]
    await database.write(lambda c: append_many(c, "s", new))
    sizes: list[int] = []
    look = events._select
    found = await database.read(lambda c: look([("s", 0)], c))
    sizes.append(len(found))
    assert sizes == [events.BATCH]
    assert [event.number for event in await read(database, "s")] == list(range(1, count + 1))


async def test_a_deleted_stream_ends_its_followers(database: Database) -> None:
    await add(database, "s", "a")
    await add(database, "other", "a", final=True)
    stream = follow(database, "s")
    assert (await anext(stream)).type == "a"
    waiting = asyncio.ensure_future(anext(stream))
    await database.write(lambda c: delete(c, ["s"]))
    with pytest.raises(StopAsyncIteration):
        await waiting
    assert len(await read(database, "other")) == 1
    assert await database.write(lambda c: append(c, "s", "anew", 1)) == 1


async def test_a_closed_stream_takes_no_more(database: Database) -> None:
    """Somebody who does not know yet that its object is gone may append: nothing begins anew."""
    await add(database, "s", "a", "b")
    followers = [follow(database, "s"), follow(database, "s", 2)]
    assert (await anext(followers[0])).type == "a"
    assert (await anext(followers[0])).type == "b"
    waiting = [asyncio.ensure_future(anext(follower)) for follower in followers]
    await database.write(lambda c: close(c, ["s", "never begun"]))
    for wait in waiting:
        with pytest.raises(StopAsyncIteration):
            await wait
    for stream in ("s", "never begun"):
        with pytest.raises(StreamEnded):
            await add(database, stream, "late")
        assert await read(database, stream) == []
    count = select(func.count()).select_from(events.events)
    assert await database.read(lambda c: c.execute(count).scalar()) == 0
    assert await database.write(lambda c: prune(c, "", time.time() + 1)) == 2


async def test_a_number_that_no_database_can_hold_disturbs_nobody(database: Database) -> None:
    await add(database, "s", "a")
    await add(database, "other", "a", final=True)
    absurd = asyncio.ensure_future(anext(follow(database, "s", 10**30)))
    assert types(await read(database, "other")) == "a"
    await database.write(lambda c: delete(c, ["s"]))
    with pytest.raises(StopAsyncIteration):
        await absurd


async def test_pruning_takes_what_has_ended_and_has_the_prefix(database: Database) -> None:
    for stream, final in (("run_old", True), ("run_open", False), ("ftjob_old", True)):
        await add(database, stream, "a", "b", final=final)
    assert await database.write(lambda c: prune(c, "run_", time.time() - 100)) == 0
    assert await database.write(lambda c: prune(c, "run_", time.time() + 100)) == 1
    left = select(events.events.c.stream_id).distinct().order_by(events.events.c.stream_id)
    assert await database.read(lambda c: c.execute(left).scalars().all()) == ["ftjob_old", "run_open"]


async def test_numbers_that_a_machine_may_have_lost_are_not_given_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite, when it has been down since; who follows goes on over the gap."""
    await database.write(leave_out_lost)
    await add(database, "s", "a", "b")
    await add(database, "over", "a", final=True)
    await database.write(leave_out_lost)
    await add(database, "s", "c")
    live = asyncio.create_task(read(database, "s", 1))
    monkeypatch.setattr(events, "_boot", lambda: 1)
    await database.write(leave_out_lost)
    await database.write(leave_out_lost)
    await add(database, "s", "d", "e", final=True)
    gap = 0 if database.is_postgres else 1_000_000
    expected = [(2, "b"), (3, "c"), (4 + gap, "d"), (5 + gap, "e")]
    assert [(event.number, event.type) for event in await live] == expected
    assert [(event.number, event.type) for event in await read(database, "s", 1)] == expected
    assert [event.number for event in await read(database, "over")] == [1]


async def test_a_stream_followed_from_before_its_beginning_is_not_read_back(database: Database) -> None:
    following = events.Following(database, "s", is_new=True)
    queries = 0

    def count(*_: object) -> None:
        nonlocal queries
        queries += 1

    await add(database, "s", "a", "b")
    await add(database, "s", "c", final=True)
    event.listen(Engine, "before_cursor_execute", count)
    try:
        found = [each async for each in following.after(0)]
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    assert types(found) == "a b c"
    assert queries == 0


async def test_a_follower_who_was_slow_reads_what_it_has_missed(database: Database) -> None:
    following = events.Following(database, "s", is_new=True)
    for _ in range(3):
        await add(database, "s", *("x" for _ in range(events.BATCH)))
    await add(database, "s", "end", final=True)
    assert [each.number async for each in following.after(0)] == list(range(1, 3 * events.BATCH + 2))


async def test_many_followers_share_their_reads(database: Database) -> None:
    """200 streams and as many followers: an event each is found by far fewer queries."""
    queries = 0

    def count(*_: object) -> None:
        nonlocal queries
        queries += 1

    followers = [asyncio.create_task(read(database, f"s{n}")) for n in range(200)]
    await asyncio.sleep(0.05)
    engine = database._backend._reading if not database.is_postgres else database._backend.engine  # type: ignore[attr-defined]
    event.listen(engine, "before_cursor_execute", count)
    new = [(f"s{n}", [NewEvent("end", n, final=True)]) for n in range(200)]
    await database.write(lambda c: append_all(c, new))
    found = await asyncio.gather(*followers)
    event.remove(engine, "before_cursor_execute", count)
    assert [events[0].data for events in found] == [str(n).encode() for n in range(200)]
    assert queries < 40


async def test_a_slow_follower_costs_nothing_and_misses_nothing(database: Database) -> None:
    slow = follow(database, "s")
    await add(database, "s", "first")
    assert (await anext(slow)).number == 1
    for _ in range(5):
        await add(database, "s", *("x" for _ in range(events.BATCH)))
    await add(database, "s", "last", final=True)
    numbers = [event.number async for event in slow]
    assert numbers == list(range(2, events.BATCH * 5 + 3))
    assert await database.read(lambda c: c.execute(select(func.count()).select_from(events.events)).scalar()) == 502
