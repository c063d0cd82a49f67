"""The one reader of files and environment: flag > environment > file > default, into one frozen object.

The file is TOML; unknown keys fail. Every value of `[server]`, `[limits]`, `[timeouts]`,
`[storage]`, `[jobs]`, `[search]`, `[interpreter]` and `[assistants]` can also be set as
`HOMEPORT_<SECTION>_<NAME>`, lists with commas.
What an operator changes while the server runs (keys) is a resource, not a setting.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_origin
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

Positive = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(gt=0, le=100 * 365 * 86_400.0)]  # "never" is a century
MAX_REQUESTS = 1_000_000_000  # the most that a limit may be set to: more than a machine answers in a day
Requests = Annotated[int, Meta(ge=1, le=MAX_REQUESTS)]


class ConfigError(Exception):
    """The configuration can't work; the message says which setting and why."""


class ServerConfig(Struct, frozen=True, forbid_unknown_fields=True):
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8000
    data_dir: str = "./data"
    max_body_bytes: Positive = 64 * 1024 * 1024
    max_header_bytes: Positive = 64 * 1024
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    cors_origins: tuple[str, ...] = ()  # pages whose programs may use this server from a browser; "*": all


class LimitsConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Requests a key may make, unless the key says otherwise; seed 0's bucket."""

    burst: Requests = 100
    requests_per_minute: Requests = 1_200
    requests_per_day: Requests = 100_000
    admin_requests_per_minute: Requests = 60_000_000  # the admin key is limited only nominally


class TimeoutsConfig(Struct, frozen=True, forbid_unknown_fields=True):
    next_token_s: Seconds = 30.0  # between two streamed tokens, the first included
    answer_s: Seconds = 60.0  # for a whole answer
    connect_s: Seconds = 5.0
    request_s: Seconds = 30.0  # for a client to send its headers, and between two pieces of its body


class StorageConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Where state is kept; by default in the data directory."""

    database_url: str | None = None  # postgresql://user:password@host/name
    files_url: str | None = None  # s3://bucket/prefix, or a folder


class JobsConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Work that takes longer than a request."""

    inside: bool = True  # `homeport serve` works on jobs itself; false where `homeport worker` does
    concurrency: Positive = 8  # jobs at a time in one process
    lease_s: Seconds = 30.0  # how long a job of a worker that died waits for another
    events_kept_s: Seconds = 86_400.0  # of runs and responses, after their end: for as long they can be streamed again


class SearchConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Vector stores."""

    embedding_model: str | None = None  # a model that can be asked for; default: the built-in one


class InterpreterConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """The code interpreter and its containers."""

    interpreters: Positive = 8  # that run at once in one process
    max_memory_gb: Positive = 4  # the most that a container may ask for


class AssistantsConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Runs on threads."""

    run_expires_s: Seconds = 600.0  # after its creation, whatever it waits for
    working_memory_tokens: Positive = 16_384  # the newest of a thread that a run reads, if it doesn't say how much


class EngineConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One `[engines.NAME]` table. `type` decides which of the groups below applies."""

    type: Literal["openai", "llama_cpp", "scripted"] = "openai"

    # openai: anything that speaks OpenAI over HTTP
    url: str | None = None
    urls: tuple[str, ...] = ()  # several replicas of the same models
    api_key: str | None = None
    api_key_env: str | None = None
    headers: dict[str, str] = {}
    stream_usage: bool = True  # ask for `stream_options.include_usage`; false for engines that refuse it
    max_connections: Positive = 1024
    retries: Annotated[int, Meta(ge=0, le=10)] = 2
    verify_tls: bool = True

    # llama_cpp: a GGUF file run in a supervised child process
    path: str | None = None
    embedding: bool = False
    slots: Positive = 8
    queue: Annotated[int, Meta(ge=0)] = 64  # requests that may wait for a slot; one more is 503
    threads: Annotated[int, Meta(ge=0)] | None = None  # default, also of 0: cores - 1
    gpu_layers: Annotated[int, Meta(ge=-2)] = 0  # as llama.cpp has it: -1 leaves the choice to it, -2 is all
    idle_unload_s: Annotated[float, Meta(ge=0, le=100 * 365 * 86_400.0)] | None = None
    prewarm: bool = True

    # llama_cpp and openai
    context_length: Positive | None = None  # openai: what the engine reports, if it does
    models: tuple[str, ...] = ()  # openai: when the engine has no /models

    # scripted: answers from a file, for tests and documentation
    script: str | None = None


class ModelConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """One `[models.NAME]` table: a public name for a model of an engine."""

    engine: str
    name: str | None = None  # the engine's own name; default: the same
    context_length: Positive | None = None
    fallback: tuple[str, ...] = ()  # public names to try when this one's engines fail before the first byte


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    server: ServerConfig = ServerConfig()
    limits: LimitsConfig = LimitsConfig()
    timeouts: TimeoutsConfig = TimeoutsConfig()
    storage: StorageConfig = StorageConfig()
    jobs: JobsConfig = JobsConfig()
    search: SearchConfig = SearchConfig()
    interpreter: InterpreterConfig = InterpreterConfig()
    assistants: AssistantsConfig = AssistantsConfig()
    engines: dict[str, EngineConfig] = {}
    models: dict[str, ModelConfig] = {}
    aliases: dict[str, str] = {}
    default_model: str | None = None
    admin_key: str | None = None  # environment only: HOMEPORT_ADMIN_KEY
    sources: dict[str, str] = {}  # "server.port" -> "flag" | "env HOMEPORT_…" | "file PATH"; absent: default

    @property
    def data_dir(self) -> Path:
        return Path(self.server.data_dir)


_ENV_SECTIONS: dict[str, type[Struct]] = {
    "server": ServerConfig,
    "limits": LimitsConfig,
    "timeouts": TimeoutsConfig,
    "storage": StorageConfig,
    "jobs": JobsConfig,
    "search": SearchConfig,
    "interpreter": InterpreterConfig,
    "assistants": AssistantsConfig,
}
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@*\s]+", re.IGNORECASE)


def load(
    file: str | os.PathLike[str] | None = None,
    *,
    flags: Mapping[str, Any] | None = None,
    env: Mapping[str, str] | None = None,
) -> Config:
    """Read the configuration. `flags` maps dotted names ("server.port") to values; None values are left out."""
    env = os.environ if env is None else env
    tree: dict[str, Any] = {}
    sources: dict[str, str] = {}
    file = file or env.get("HOMEPORT_CONFIG") or None  # a variable that is empty is not set: `${NAME:-}`
    if file is not None:
        tree = _read_toml(Path(file))
        for key in ("admin_key", "sources"):
            if key in tree:
                hint = " (set HOMEPORT_ADMIN_KEY)" if key == "admin_key" else ""
                raise ConfigError(f"{file}: unknown key `{key}`{hint}")
        for section in (*_ENV_SECTIONS, "engines", "models", "aliases"):
            if not isinstance(tree.get(section, {}), dict):
                raise ConfigError(f"{file}: `{section}` is a table, `[{section}]`")
        sources.update(dict.fromkeys(_leaves(tree), f"file {file}"))
    for section, kind in _ENV_SECTIONS.items():
        for field in msgspec.structs.fields(kind):
            variable = f"HOMEPORT_{section}_{field.name}".upper()
            if env.get(variable) or (variable in env and get_origin(field.type) is tuple):
                value: Any = env[variable]
                if get_origin(field.type) is tuple:
                    value = [item.strip() for item in value.split(",") if item.strip()]
                tree.setdefault(section, {})[field.name] = value
                sources[f"{section}.{field.name}"] = f"env {variable}"
    if env.get("HOMEPORT_DEFAULT_MODEL"):
        tree["default_model"], sources["default_model"] = env["HOMEPORT_DEFAULT_MODEL"], "env HOMEPORT_DEFAULT_MODEL"
    if env.get("HOMEPORT_ADMIN_KEY"):
        tree["admin_key"], sources["admin_key"] = _key(env["HOMEPORT_ADMIN_KEY"]), "env HOMEPORT_ADMIN_KEY"
    for name, value in (flags or {}).items():
        if value is None:
            continue
        *path, leaf = name.split(".")
        node = tree
        for part in path:
            node = node.setdefault(part, {})
        node[leaf] = value
        sources[name] = "flag"
    tree["sources"] = sources
    try:
        config = msgspec.convert(tree, Config, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{file or 'configuration'}: {error}") from None
    _check(config)
    return config


def _key(given: str) -> str:
    """As a caller can send it: files and secrets of Kubernetes often end with a line feed."""
    key = given.strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigError("HOMEPORT_ADMIN_KEY: a key is of visible ASCII characters, without blanks")
    return key


def _check_url(engine: str, url: str) -> None:
    """Says nothing of a password in it."""
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    else:
        if parts.username is not None:
            raise ConfigError(f"engines.{engine}: a URL with a user is not sent as such; see `api_key` and `headers`")
    if not fits:
        raise ConfigError(f"engines.{engine}: `{url.rpartition('@')[2]}` is no http(s) URL")


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from None


def _leaves(tree: Mapping[str, Any], prefix: str = "") -> list[str]:
    names: list[str] = []
    for key, value in tree.items():
        names += _leaves(value, f"{prefix}{key}.") if isinstance(value, dict) and value else [prefix + key]
    return names


def _check(config: Config) -> None:
    for origin in config.server.cors_origins:
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            raise ConfigError(f"server.cors_origins: `{origin}` is no origin; one looks like https://app.example.org")
    for name, engine in config.engines.items():
        needs = {"openai": engine.url or engine.urls, "llama_cpp": engine.path, "scripted": engine.script}[engine.type]
        if not needs:
            wanted = {"openai": "url", "llama_cpp": "path", "scripted": "script"}[engine.type]
            raise ConfigError(f"engines.{name}: an engine of type {engine.type} needs `{wanted}`")
        for url in (*engine.urls, *filter(None, [engine.url])):
            _check_url(name, url)
    for name, model in config.models.items():
        if model.engine not in config.engines:
            raise ConfigError(f"models.{name}: there is no engine `{model.engine}`")
        for other in model.fallback:
            if other not in config.models:
                raise ConfigError(f"models.{name}: fallback `{other}` is no configured model")
