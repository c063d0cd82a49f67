"""The child process: starting, dying, idling, and how many requests it takes on."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from homeport.config import ConfigError, TimeoutsConfig
from homeport.engines.llama_cpp.engine import LlamaCppEngine
from homeport.errors import EngineError, EngineTimeout, Overloaded
from tests.engines.llama import LONG, answer, chat, completion, events, eventually, listed, new_engine, written

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="session")
def model(tiny_model: Path) -> bytes:
    return tiny_model.read_bytes()


@asynccontextmanager
async def started(path: Path, timeouts: TimeoutsConfig | None = None, **settings: Any) -> AsyncIterator[LlamaCppEngine]:
    engine = new_engine(path, timeouts, **settings)
    try:
        await engine.start()
        yield engine
    finally:
        await engine.close()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def pid_of(engine: LlamaCppEngine) -> int:
    assert engine.supervisor.pid is not None
    return engine.supervisor.pid


async def busy_slots(engine: LlamaCppEngine) -> int:
    async with engine.supervisor.use() as server:
        return await server.busy_slots()


async def decode_steps(engine: LlamaCppEngine) -> float:
    async with engine.supervisor.use() as server:
        return (await server.metrics())["n_decode_total"]


async def works(engine: LlamaCppEngine) -> None:
    body = await answer(engine, completion(max_tokens=8, logit_bias=LONG))
    assert body["usage"]["completion_tokens"] == 8


def endless(**more: Any) -> Any:
    return completion(max_tokens=4000, logit_bias=LONG, stream=True, **more)


# --- starting ------------------------------------------------------------------


async def test_starts_and_ends_its_child(tiny_model: Path) -> None:
    async with started(tiny_model) as engine:
        assert engine.healthy()
        pid = pid_of(engine)
        (model,) = await engine.models()
        assert (model.id, model.context_length) == ("tiny", 4096)
    assert not alive(pid)
    assert not engine.healthy()


async def test_the_child_gets_no_secrets_and_a_private_socket(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOMEPORT_ADMIN_KEY", "sk-very-secret")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-also-secret")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    async with started(tiny_model) as engine:
        proc = Path(f"/proc/{pid_of(engine)}")
        environment = dict(item.split("=", 1) for item in proc.joinpath("environ").read_text().split("\0") if item)
        assert environment["OMP_WAIT_POLICY"] == "passive"
        assert not any("secret" in value for value in environment.values())
        assert proc.joinpath("cmdline").read_text().split("\0")[1:] == ["-m", "homeport.engines.llama_cpp.child", ""]
        (directory,) = (tmp_path / name for name in listed(tmp_path))
        assert os.stat(directory).st_mode & 0o777 == 0o700
        assert listed(directory) == ["s.sock"]
    assert listed(tmp_path) == []


async def test_the_child_dies_with_its_parent(tiny_model: Path) -> None:
    program = f"""
import asyncio, os, signal
from pathlib import Path
from tests.engines.llama import new_engine
async def main():
    engine = new_engine(Path({str(tiny_model)!r}))
    await engine.start()
    print(engine.supervisor.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""
    parent = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert parent.returncode == -signal.SIGKILL
    pid = int(parent.stdout)
    await eventually(lambda: not alive(pid))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda data: b"PK\3\4" + data[4:], "no GGUF file"),
        (lambda data: b"", "empty"),
        (lambda data: data[:4] + b"\x63\0\0\0" + data[8:], "version 99"),
        (lambda data: data[:60], "cut short"),
        (lambda data: data[:200_000], "corrupted or incomplete"),
        (lambda data: data.replace(b"\5\0\0\0\0\0\0\0llama", b"\5\0\0\0\0\0\0\0lxama", 1), "architecture: 'lxama'"),
        (lambda data: data.replace(b"blk.1.attn_q", b"blk.1.attn_x"), "blk.1.attn_q.weight' not found"),
    ],
    ids=["no GGUF", "empty", "version", "header cut", "tensors cut", "architecture", "tensor missing"],
)
async def test_a_bad_file_is_refused_with_its_name_and_the_reason(
    model: bytes, tmp_path: Path, damage: Any, reason: str
) -> None:
    path = written(tmp_path / "broken.gguf", damage(model))
    with pytest.raises(ConfigError, match=r"broken\.gguf") as caught:
        async with started(path):
            pass
    assert reason in str(caught.value)


async def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.gguf: No such file"):
        await new_engine(tmp_path / "nowhere.gguf").start()


async def test_a_file_that_goes_bad_after_the_start_is_an_engine_error(model: bytes, tmp_path: Path) -> None:
    path = written(tmp_path / "model.gguf", model)
    async with started(path, prewarm=False) as engine:
        written(path, model[:200_000])
        with pytest.raises(EngineError, match=r"could not be loaded: .*corrupted or incomplete"):
            await engine.answer(completion(), "tiny")
        written(path, model)
        await eventually(engine.healthy)
        await works(engine)


# --- dying ----------------------------------------------------------------------


async def test_killed_in_the_middle_of_a_stream(tiny_model: Path) -> None:
    async with started(tiny_model) as engine:
        blocks = await engine.stream(endless(), "tiny")
        await anext(blocks)
        os.kill(pid_of(engine), signal.SIGKILL)
        with pytest.raises(EngineError) as caught:
            await events(blocks)
        assert caught.value.status == 502
        assert not caught.value.retryable
        await blocks.aclose()
        # The next request waits for the restart and works.
        await works(engine)


async def test_killed_under_a_whole_answer(tiny_model: Path) -> None:
    async with started(tiny_model) as engine:
        waiting = asyncio.create_task(engine.answer(completion(max_tokens=4000, logit_bias=LONG), "tiny"))
        await eventually(lambda: busy_slots(engine))
        os.kill(pid_of(engine), signal.SIGKILL)
        with pytest.raises(EngineError) as caught:
            await waiting
        assert caught.value.retryable


async def stop(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)
    await eventually(lambda: Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")


async def test_restarts_by_itself_and_slower_each_time(tiny_model: Path) -> None:
    async with started(tiny_model) as engine:
        first = pid_of(engine)
        os.kill(first, signal.SIGKILL)
        await eventually(lambda: engine.supervisor.pid not in (None, first))
        second = pid_of(engine)
        assert engine.healthy()
        os.kill(second, signal.SIGKILL)
        await eventually(lambda: not engine.healthy())
        assert await eventually(lambda: engine.supervisor.pid not in (None, second)) > 0.3


async def test_a_model_that_is_down_for_long_is_said_to_be(
    model: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homeport.engines.llama_cpp.supervisor._WORTH_WAITING_S", 0.3)
    path = written(tmp_path / "model.gguf", model)
    async with started(path) as engine:
        os.unlink(path)
        os.kill(pid_of(engine), signal.SIGKILL)
        await eventually(lambda: engine.supervisor.pid is None)
        with pytest.raises(EngineError, match=r"could not be loaded: .*No such file"):  # a near restart is waited for
            await engine.answer(completion(), "tiny")
        assert not engine.healthy()
        with pytest.raises(EngineError, match=r"is down: .*No such file"):
            await engine.answer(completion(), "tiny")
        written(path, model)
        await eventually(lambda: engine.supervisor.pid)
        await engine.answer(completion(), "tiny")


async def test_a_child_that_hangs_is_timed_out_and_replaced(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("homeport.engines.llama_cpp.supervisor._HEALTH_TIMEOUT_S", 0.2)
    async with started(tiny_model, TimeoutsConfig(next_token_s=0.3, answer_s=0.3)) as engine:
        first = pid_of(engine)
        await stop(first)
        with pytest.raises(EngineTimeout):
            await engine.stream(completion(stream=True), "tiny")
        await eventually(lambda: engine.supervisor.pid not in (None, first))
        assert not alive(first)
        await works(engine)


async def test_a_stall_within_a_stream_is_a_timeout(tiny_model: Path) -> None:
    async with started(tiny_model, TimeoutsConfig(next_token_s=0.3)) as engine:
        blocks = await engine.stream(endless(), "tiny")
        await anext(blocks)
        await stop(pid_of(engine))
        try:
            with pytest.raises(EngineTimeout):
                await events(blocks)
        finally:
            os.kill(pid_of(engine), signal.SIGCONT)


async def test_an_answer_that_takes_too_long_is_a_timeout(tiny_model: Path) -> None:
    async with started(tiny_model, TimeoutsConfig(answer_s=0.05)) as engine:
        with pytest.raises(EngineTimeout, match=r"within 0\.05 s"):
            await engine.answer(completion(max_tokens=4000, logit_bias=LONG), "tiny")
        await eventually(lambda: engine.healthy())
        assert await eventually(lambda: no_slot_is_busy(engine)) < 0.5


async def no_slot_is_busy(engine: LlamaCppEngine) -> bool:
    return await busy_slots(engine) == 0


# --- idling ---------------------------------------------------------------------


async def test_unloads_when_idle_and_loads_again_on_demand(tiny_model: Path) -> None:
    async with started(tiny_model, idle_unload_s=0.15) as engine:
        first = pid_of(engine)
        blocks = await engine.stream(endless(), "tiny")
        for _ in range(30):
            await anext(blocks)
            await asyncio.sleep(0.01)
        assert engine.supervisor.pid == first  # in use: not idle, however long it takes
        await blocks.aclose()
        await eventually(lambda: engine.supervisor.pid is None)
        await eventually(lambda: not alive(first))
        assert engine.healthy()
        assert (await engine.models())[0].context_length == 4096
        await works(engine)


async def test_a_model_that_was_restarted_is_not_unloaded_under_its_users(tiny_model: Path) -> None:
    async with started(tiny_model, idle_unload_s=1.0) as engine:
        first = pid_of(engine)
        os.kill(first, signal.SIGKILL)
        await eventually(lambda: engine.supervisor.pid not in (None, first))
        async with engine.supervisor.use():
            second = pid_of(engine)
            await asyncio.sleep(1.1)  # past the time that the first child was given
            assert engine.supervisor.pid == second


async def test_without_prewarm_nothing_runs_until_asked(tiny_model: Path) -> None:
    async with started(tiny_model, prewarm=False) as engine:
        assert engine.supervisor.pid is None
        assert engine.healthy()
        assert (await engine.models())[0].context_length == 4096
        await asyncio.gather(works(engine), works(engine))


async def test_a_caller_who_gives_up_while_loading_does_not_stop_it(tiny_model: Path) -> None:
    async with started(tiny_model, prewarm=False) as engine:
        waiting = asyncio.create_task(engine.answer(completion(), "tiny"))
        await asyncio.sleep(0.01)
        waiting.cancel()
        await eventually(lambda: engine.supervisor.pid)


@pytest.mark.parametrize("after_s", [0, 0.001, 0.01, 0.06, 0.1])
async def test_closed_while_loading(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, after_s: float
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    engine = new_engine(tiny_model, prewarm=False)
    await engine.start()
    waiting = asyncio.create_task(engine.answer(endless(), "tiny"))
    await asyncio.sleep(after_s)
    await engine.close()
    with pytest.raises(EngineError, match="closed"):
        await waiting
    assert listed(tmp_path) == []


# --- slots and queue ----------------------------------------------------------------


async def test_one_more_than_slots_and_queue_is_turned_away(tiny_model: Path) -> None:
    async with started(tiny_model, slots=1, queue=1) as engine:
        running = await engine.stream(endless(), "tiny")
        waiting = asyncio.create_task(engine.answer(completion(), "tiny"))
        await asyncio.sleep(0.05)
        with pytest.raises(Overloaded) as caught:
            await engine.stream(endless(), "tiny")
        assert caught.value.status == 503
        assert int(caught.value.headers["retry-after"]) >= 1
        assert not waiting.done()
        await running.aclose()
        assert (await waiting).usage is not None
        await works(engine)


async def test_many_choices_wait_for_slots_among_themselves(tiny_model: Path) -> None:
    async with started(tiny_model, slots=2, queue=0) as engine:
        body = await answer(engine, completion(n=5, max_tokens=4, logit_bias=LONG))
        assert [choice["index"] for choice in body["choices"]] == [0, 1, 2, 3, 4]
        assert body["usage"]["completion_tokens"] == 20


async def test_a_cancelled_wait_gives_its_place_back(tiny_model: Path) -> None:
    async with started(tiny_model, slots=1, queue=1) as engine:
        running = await engine.stream(endless(), "tiny")
        for _ in range(3):
            waiting = asyncio.create_task(engine.answer(completion(), "tiny"))
            await asyncio.sleep(0.02)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        await running.aclose()
        await works(engine)


# --- hanging up and batching ---------------------------------------------------------


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("how", ["aclose", "cancel", "aclose from another task"])
async def test_hanging_up_stops_decoding_within_100_ms(tiny_model: Path, how: str, n: int) -> None:
    async with started(tiny_model) as engine:
        blocks = await engine.stream(endless(n=n), "tiny")
        reader = asyncio.create_task(events(blocks))
        await eventually(lambda: busy_slots(engine))
        await asyncio.sleep(0.02)
        if how == "aclose from another task":
            await blocks.aclose()
            await reader
        else:
            reader.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reader
        if how == "aclose":
            await blocks.aclose()
            await blocks.aclose()
        assert await eventually(lambda: no_slot_is_busy(engine)) < 0.1
        steps = await decode_steps(engine)
        await asyncio.sleep(0.05)
        assert await decode_steps(engine) == steps


async def test_cancelling_a_whole_answer_stops_decoding(tiny_model: Path) -> None:
    async with started(tiny_model) as engine:
        waiting = asyncio.create_task(engine.answer(chat(max_tokens=4000, logit_bias=LONG, n=2), "tiny"))
        await eventually(lambda: busy_slots(engine))
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await eventually(lambda: no_slot_is_busy(engine)) < 0.1


async def test_a_long_prompt_is_given_up_between_two_batches(tiny_model: Path) -> None:
    async with started(tiny_model) as engine:
        waiting = asyncio.create_task(engine.answer(completion([10 + i % 300 for i in range(4090)]), "tiny"))
        await eventually(lambda: busy_slots(engine))
        waiting.cancel()
        await eventually(lambda: no_slot_is_busy(engine))
        assert await decode_steps(engine) < 4


async def test_eight_requests_share_their_decode_steps(tiny_model: Path) -> None:
    async with started(tiny_model, slots=8) as engine:

        async def steps_of(requests: int) -> float:
            before = await decode_steps(engine)
            request = completion("Hello world", max_tokens=400, logit_bias=LONG)
            bodies = await asyncio.gather(*(answer(engine, request) for _ in range(requests)))
            assert [body["usage"]["completion_tokens"] for body in bodies] == [400] * requests
            return await decode_steps(engine) - before

        one = await steps_of(1)
        # One after another they take eight times as many; on a busy machine they do not all begin at once.
        assert await steps_of(8) < 4 * one
