"""The code interpreter: how long a call takes beyond the code's own time.

Three ways to the first call of a container (cold, cold with the imports that most code begins with, and from a spare
that has them), and calls after it, of which the shortest possible shows what each costs.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from homeport.sandbox import Image, Sandbox, Sandboxes

FIRST_ROUNDS, WARM_ROUNDS = 10, 300
IMPORTS = "import numpy, pandas, matplotlib.pyplot"
PLOT = "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2]); plt.show()"


async def _timed_ms(box: Sandbox, code: str) -> float:
    started = time.perf_counter()
    result = await box.run(code)
    assert result.status == "completed", result
    return 1e3 * (time.perf_counter() - started)


async def _first_ms(owner: Sandboxes, code: str) -> list[float]:
    times = []
    for number in range(FIRST_ROUNDS):
        while len(owner._spares) < owner._wanted_spares:  # noqa: ASYNC110 (nobody tells)
            await asyncio.sleep(0.05)
        times.append(await _timed_ms(owner.sandbox(f"first{number}"), code))
        await owner.delete(f"first{number}")
    return times


async def _measure(folder: Path) -> None:
    async with Sandboxes(folder / "cold", spares=0) as owner:
        started = time.perf_counter()
        await owner.prepare()
        _report("once, `prepare`", [1e3 * (time.perf_counter() - started)])
        _report("first call, cold", await _first_ms(owner, "1"))
        _report(f"first call, cold, `{IMPORTS}`", await _first_ms(owner, IMPORTS))
        box = owner.sandbox("warm")
        await box.run(PLOT)
        _report("warm call, `x = 1`", [await _timed_ms(box, "x = 1") for _ in range(WARM_ROUNDS)])
        _report("warm call, a line of output", [await _timed_ms(box, "print(x)") for _ in range(WARM_ROUNDS)])
        writes = [await _timed_ms(box, "open('f', 'wb').write(b'x' * 1_000_000)") for _ in range(WARM_ROUNDS // 10)]
        _report("warm call, a file of 1 MB", writes)
        result = await box.run(PLOT)
        assert any(isinstance(output, Image) for output in result.outputs)
        _report("warm call, a plot", [await _timed_ms(box, PLOT) for _ in range(WARM_ROUNDS // 10)])
    async with Sandboxes(folder / "spare") as owner:
        await owner.sandbox("a").run("1")
        _report(f"first call, from a spare, `{IMPORTS}`", await _first_ms(owner, IMPORTS))


def _report(what: str, times_ms: list[float]) -> None:
    worst = f", at worst {max(times_ms):.1f}" if len(times_ms) > 1 else ""
    print(f"{what}: {statistics.median(times_ms):.2f} ms{worst}")


def main() -> None:
    print("interpreter: wall time of calls, sandbox included")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_measure(Path(folder)))
