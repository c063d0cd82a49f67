from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from homeport.config import Config
from homeport.engines.build import build_engines
from homeport.engines.pool import Pool
from tests.engines.pools import Start


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Make and start a pool of scripted engines: name → its script, or the rules of it."""
    pools = []

    async def start(scripts: dict[str, str], **config: Any) -> Pool:
        engines = {}
        for name, script in scripts.items():
            path = tmp_path / f"{name}.toml"
            path.write_text(script)
            engines[name] = {"type": "scripted", "script": str(path)}
        server = {"data_dir": str(tmp_path / "data")}
        whole = msgspec.convert({"engines": engines, "server": server, **config}, Config)
        pools.append(Pool(whole, {name: build_engines(whole)[name] for name in engines}))
        await pools[-1].start()
        return pools[-1]

    yield start
    for pool in pools:
        await pool.close()
