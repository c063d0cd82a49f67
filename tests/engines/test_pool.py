"""A pool's start and end, and what engines there are without being configured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import UNSET

import homeport
from homeport.config import Config, ConfigError
from homeport.engines.build import BUILT_IN_CHAT, Arrivals, build_engines
from homeport.engines.pool import Pool
from tests.engines.pools import Start, said, says

pytestmark = pytest.mark.anyio


async def test_a_wrong_engine_fails_the_start_and_is_named(tmp_path: Path) -> None:
    config = msgspec.convert({"engines": {"s": {"type": "scripted", "script": str(tmp_path / "gone.toml")}}}, Config)
    with pytest.raises(ConfigError, match="gone"):
        build_engines(config)
    config = msgspec.convert({"engines": {"o": {"url": "http://x", "api_key_env": "NOT_SET_ANYWHERE"}}}, Config)
    with pytest.raises(ConfigError, match="NOT_SET_ANYWHERE"):
        build_engines(config)


async def test_closing_twice_is_closing_once(start: Start) -> None:
    pool = await start({"a": says("a")})
    await pool.close()
    await pool.close()


def built(tmp_path: Path, **engines: dict[str, Any]) -> list[str]:
    server = {"data_dir": str(tmp_path)}
    return list(build_engines(msgspec.convert({"engines": engines, "server": server}, Config)))


def test_models_in_the_data_directory_are_served_after_those_configured(tmp_path: Path, tiny_model: Path) -> None:
    (tmp_path / "models").mkdir()
    for name in ("mine", "other"):
        (tmp_path / "models" / f"{name}.gguf").symlink_to(tiny_model)
    assert built(tmp_path)[:2] == ["mine", "other"]
    names = built(tmp_path, other={"url": "http://far"})
    assert names[:2] == ["other", "mine"], "a configured engine keeps its name"
    assert BUILT_IN_CHAT not in names


def test_the_built_in_models_fill_what_is_missing(tmp_path: Path) -> None:
    packaged = (Path(homeport.__file__).parent / "models" / f"{BUILT_IN_CHAT}.gguf").exists()
    assert (BUILT_IN_CHAT in built(tmp_path)) == packaged
    assert built(tmp_path, far={"url": "http://far"})[0] == "far"
    assert BUILT_IN_CHAT not in built(tmp_path, far={"url": "http://far"})


# --- models that come while the server runs ----------------------------------------------


async def test_a_model_that_comes_is_listed_and_found(tmp_path: Path, tiny_model: Path) -> None:
    scripted = tmp_path / "script.toml"
    scripted.write_text(says("hello", "first"))
    server = {"data_dir": str(tmp_path)}
    engines = {"first": {"type": "scripted", "script": str(scripted)}}
    config = msgspec.convert({"engines": engines, "server": server}, Config)
    pool = Pool(config, {"first": build_engines(config)["first"]}, Arrivals(config))
    await pool.start()

    def come(name: str, data: bytes | None = None) -> None:
        (tmp_path / "models").mkdir(exist_ok=True)
        part = tmp_path / f"{name}.part"  # as `homeport pull` does: a file is whole when it has its name
        if data is None:
            part.symlink_to(tiny_model)
        else:
            part.write_bytes(data)
        part.replace(tmp_path / "models" / f"{name}.gguf")

    async def listed() -> list[str]:
        return [info.id for info in await pool.models() if info.alias_of is UNSET]

    assert await listed() == ["first"]
    come("second")
    assert await listed() == ["first", "second"]
    come("third")
    assert (await pool.model("third")).id == "third"  # asked for by its name, ahead of any list
    come("broken", b"GGUF")
    assert await listed() == ["first", "second", "third"]
    assert (await pool.target("", "chat")).name == "first", "the default stays what it is"
    assert await said(pool, "second")
    await pool.close()
