"""The built-in embedding model, in an engine that has one place and nowhere to wait."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from homeport.config import Config, EngineConfig, ServerConfig
from homeport.core.metering import UsageRecord
from homeport.core.models import ModelInfo
from homeport.engines.build import build_engines
from homeport.engines.minilm.weights import gguf_path
from homeport.engines.pool import Pool
from homeport.retrieval.embed import Embedder
from tests.minilm import with_model

MODEL = "narrow"
RECORDS: list[UsageRecord] = []  # what was metered


@pytest.fixture(scope="module")
async def pool(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pool]:
    data_dir = with_model(tmp_path_factory.mktemp("data"))
    engine = EngineConfig(
        type="llama_cpp", path=str(gguf_path(data_dir)), embedding=True, slots=1, queue=0, threads=1, prewarm=False
    )
    config = Config(server=ServerConfig(data_dir=str(data_dir)), engines={MODEL: engine})
    running = Pool(config, build_engines(config))
    await running.start()
    yield running
    await running.close()


@pytest.fixture
def embedder(pool: Pool) -> Embedder:
    return make_embedder(pool, MODEL)


def make_embedder(pool: Pool, model: str) -> Embedder:
    async def describe(name: str) -> ModelInfo:
        return (await pool.target(name, "embeddings")).info

    return Embedder(model, pool.answer, describe, RECORDS.append)
