"""The queue and the event logs: `python -m benchmarks jobs`, on SQLite and on PostgreSQL, in one process.

Queue: 50,000 jobs of ten projects whose handler does nothing, claimed and completed; and memory before and after.
Events: 500 jobs run at once, each appends ten events a second to a stream of its own that somebody follows; the delay
is from before an event is appended to when the follower has it.
"""

from __future__ import annotations

import asyncio
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import uvloop

from homeport.jobs.events import NewEvent, follow
from homeport.jobs.queue import counts, enqueue_many
from homeport.jobs.worker import Context, Worker
from homeport.storage.database import Database, database_url

JOBS = 50_000
STREAMS = 500
EVENTS_PER_S = 5_000
SECONDS = 10


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def _queue(database: Database, jobs: int, concurrency: int) -> None:
    done = 0
    all_done = asyncio.Event()

    async def nothing(_ctx: Context) -> None:
        nonlocal done
        done += 1
        if done == jobs:
            all_done.set()

    started_s = time.perf_counter()
    for project in range(10):
        for _ in range(5):
            payloads = [{"item": number} for number in range(jobs // 50)]
            await database.write(partial(enqueue_many, kind="bench", payloads=payloads, project_id=f"proj_{project}"))
    enqueued_s = time.perf_counter() - started_s
    started_s = time.perf_counter()
    await database.read(counts)
    counted_s = time.perf_counter() - started_s
    before_mb, before_cpu_s, started_s = _rss_mb(), _cpu_s(), time.perf_counter()
    worker = Worker(database, {"bench": nothing}, concurrency)
    worker.start()
    await all_done.wait()
    await worker.close()
    took_s = time.perf_counter() - started_s
    print(
        f"  {jobs} jobs, {concurrency} at a time: enqueued in {enqueued_s:.1f} s, "
        f"claimed and completed in {took_s:.1f} s "
        f"({_cpu_s() - before_cpu_s:.1f} s of CPU), memory {before_mb:.0f} → {_rss_mb():.0f} MB, "
        f"counted for /metrics in {counted_s * 1000:.0f} ms"
    )


async def _events(database: Database) -> None:
    delays_s: list[float] = []
    pause_s = STREAMS / EVENTS_PER_S

    async def produce(ctx: Context) -> None:
        place = ctx.job.payload
        at = time.perf_counter() + pause_s * place / STREAMS
        for number in range(round(SECONDS / pause_s)):
            await asyncio.sleep(max(0.0, at - time.perf_counter()))
            at += pause_s
            final = number == round(SECONDS / pause_s) - 1
            await ctx.append(f"run_{place}", [NewEvent("delta", [time.perf_counter(), "x" * 150], final)])

    async def consume(place: int) -> None:
        async for event in follow(database, f"run_{place}"):
            sent = float(event.data[1 : event.data.index(b",")])
            delays_s.append(time.perf_counter() - sent)

    worker = Worker(database, {"produce": produce}, slots={"produce": STREAMS})
    worker.start()
    followers = [asyncio.create_task(consume(place)) for place in range(STREAMS)]
    cpu_s, started_s = _cpu_s(), time.perf_counter()
    await database.write(partial(enqueue_many, kind="produce", payloads=range(STREAMS), project_id="proj_0"))
    await asyncio.gather(*followers)
    took_s = time.perf_counter() - started_s
    await worker.close()
    delays_s.sort()
    p50, p99 = (delays_s[int(len(delays_s) * part)] * 1000 for part in (0.5, 0.99))
    print(
        f"  {len(delays_s)} events in {took_s:.1f} s over {STREAMS} streams, "
        f"delay p50 {p50:.1f} ms, p99 {p99:.1f} ms, "
        f"max {delays_s[-1] * 1000:.0f} ms ({(_cpu_s() - cpu_s) / took_s:.0%} of a core)"
    )


async def _measure(url: str) -> None:
    database = Database(database_url(url, Path()))
    await database.open()
    try:
        await _queue(database, JOBS, 256)
        await _queue(database, JOBS // 10, 8)
        await _events(database)
    finally:
        await database.close()


@contextmanager
def _databases() -> Iterator[dict[str, str]]:
    from tests.postgres import postgres_server

    with tempfile.TemporaryDirectory() as folder, postgres_server() as postgres:
        yield {"SQLite": f"sqlite:///{folder}/homeport.db", "PostgreSQL": postgres.new_database()}


def main() -> None:
    with _databases() as urls:
        for name, url in urls.items():
            print(f"jobs on {name}")
            uvloop.run(_measure(url))
