"""A folder of models: headers as the gguf package writes them, and what is made of them."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import gguf
import pytest

import homeport
from homeport.config import Config, ConfigError, EngineConfig, ServerConfig
from homeport.engines.build import BUILT_IN_CHAT, build_engines
from homeport.engines.folder import IDLE_UNLOAD_S, GgufHeader, discover_models, read_header
from tests.cli.model_files import write_model


def test_header(tmp_path: Path, tiny_model: Path) -> None:
    path = write_model(tmp_path / "m.gguf", "qwen3")
    assert read_header(path) == GgufHeader("qwen3", "Test", 4096)
    assert read_header(tiny_model).architecture == "llama"


@pytest.mark.parametrize(
    ("architecture", "pooling", "embedding"),
    [
        ("llama", None, False),
        ("bert", None, True),
        ("nomic-bert", gguf.PoolingType.MEAN, True),
        ("qwen3", gguf.PoolingType.LAST, True),
        ("qwen3", gguf.PoolingType.NONE, False),
    ],
)
def test_embedding_models_are_known_by_their_header(
    tmp_path: Path, architecture: str, pooling: gguf.PoolingType | None, embedding: bool
) -> None:
    write_model(tmp_path / "models" / "m.gguf", architecture, pooling=pooling)
    assert discover_models(tmp_path)["m"].embedding is embedding


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"GG", "no GGUF file: it starts with b'GG'"),
        (b"<html></html>", "no GGUF file: it starts with b'<htm'"),
        (b"GGUF\x01\x00\x00\x00" + bytes(100), "GGUF version 1 is not supported"),
        (b"GGUF\x00\x00\x00\x03" + bytes(100), "GGUF version 50331648 is not supported"),  # big-endian
        (b"GGUF\x03\x00\x00\x00" + bytes(16), "names no architecture"),
        (b"GGUF\x03\x00\x00\x00" + b"\xff" * 16, "damaged or cut short"),
        (b"GGUF\x03\x00\x00\x00" + b"\xff" * 100, "damaged or cut short"),
    ],
)
def test_what_is_no_model(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read_header(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert reason in str(caught.value)


def test_header_cut_at_every_byte_is_an_error_and_never_another(tmp_path: Path) -> None:
    whole = write_model(tmp_path / "whole.gguf", "qwen3", size=4).read_bytes()
    vocabulary = whole.index(b"tokenizer.ggml.model")
    path = tmp_path / "cut.gguf"
    for length in range(vocabulary):
        path.write_bytes(whole[:length])
        with pytest.raises(ConfigError):
            read_header(path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"m\.gguf: No such file or directory"):
        read_header(tmp_path / "m.gguf")


def test_no_folder(tmp_path: Path) -> None:
    assert discover_models(tmp_path) == {}


def test_a_single_model_is_loaded_at_start_and_several_on_demand(tmp_path: Path) -> None:
    write_model(tmp_path / "models" / "one.gguf")
    (tmp_path / "models" / "one.gguf.part").write_bytes(b"unfinished")
    assert [(name, e.prewarm, e.idle_unload_s) for name, e in discover_models(tmp_path).items()] == [
        ("one", True, None)
    ]
    write_model(tmp_path / "models" / "two.gguf")
    assert [(name, e.prewarm, e.idle_unload_s) for name, e in discover_models(tmp_path).items()] == [
        ("one", False, IDLE_UNLOAD_S),
        ("two", False, IDLE_UNLOAD_S),
    ]


def test_what_cannot_be_served_is_left_out_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "models"
    write_model(folder / "good.gguf")
    write_model(folder / "mmproj-good.gguf", "clip")
    write_model(folder / "rank.gguf", "bert", pooling=gguf.PoolingType.RANK)
    (folder / "broken.gguf").write_bytes(b"broken")
    caplog.set_level(logging.INFO)
    assert list(discover_models(tmp_path)) == ["good"]
    assert "broken.gguf: no GGUF file" in caplog.text
    assert "mmproj-good.gguf is a vision projector" in caplog.text
    assert "rank.gguf is a reranker" in caplog.text


def test_model_in_parts(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "models"
    write_model(folder / "big-00001-of-00002.gguf")
    assert discover_models(tmp_path) == {}
    assert "1 of 2 files are missing, first big-00002-of-00002.gguf" in caplog.text
    write_model(folder / "big-00002-of-00002.gguf")
    found = discover_models(tmp_path)
    assert list(found) == ["big"]
    assert found["big"].path == str(folder / "big-00001-of-00002.gguf")


def test_a_server_that_cannot_chat_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    config = Config(server=ServerConfig(data_dir=str(tmp_path)))
    monkeypatch.setattr(homeport, "__file__", str(tmp_path / "without a model of its own" / "__init__.py"))
    assert BUILT_IN_CHAT not in build_engines(config)
    assert "no chat model: fetch one with `homeport pull`" in caplog.text
    caplog.clear()
    write_model(tmp_path / "models" / "one.gguf")
    assert "one" in build_engines(config)
    assert caplog.text == ""


def test_a_server_without_engines_and_without_the_embedded_one_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)  # as if it were not installed
    config = Config(server=ServerConfig(data_dir=str(tmp_path)))
    assert build_engines(config) == {}
    assert "pip install '.[local]' in Homeport's checkout" in caplog.text
    caplog.clear()
    far = {"far": EngineConfig(url="http://127.0.0.1:9/v1")}
    assert list(build_engines(Config(server=config.server, engines=far))) == ["far"]
    assert caplog.text == ""
