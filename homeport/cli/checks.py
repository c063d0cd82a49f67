"""What `homeport doctor` looks at. Each check finds out one thing; none changes anything."""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import urllib.error
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Literal

from msgspec import Struct

import homeport
from homeport import __version__
from homeport.cli import transport
from homeport.cli.client import BASE_URL_VARIABLES, Client, ServerError, first_set
from homeport.cli.serve import port_error
from homeport.cli.table import size
from homeport.config import Config, ConfigError, EngineConfig
from homeport.engines.build import BUILT_IN_CHAT, BUILT_IN_EMBEDDINGS
from homeport.engines.folder import discover_models, models_dir, read_header
from homeport.engines.minilm import weights
from homeport.errors import ApiError, SandboxUnavailable
from homeport.sandbox import probe

LEAST_SPACE_BYTES = 100 << 20
LITTLE_SPACE_BYTES = 2 << 30
LEAST_PYTHON = (3, 11)
PROBE_TIMEOUT_S = 3.0
_IMPORT_TIMEOUT_S = 60.0
_MEMORY_SHARE = 0.8  # of the machine's memory that a model's weights may take: its cache needs some too


class Check(Struct):
    state: Literal["ok", "warning", "failure"]
    what: str
    found: str
    remedy: str | None = None


def ok(what: str, found: str) -> Check:
    return Check("ok", what, found)


def warning(what: str, found: str, remedy: str) -> Check:
    return Check("warning", what, found, remedy)


def failure(what: str, found: str, remedy: str) -> Check:
    return Check("failure", what, found, remedy)


def every(config: Config, base_url: str | None, key: str | None) -> Iterator[Check]:
    """All checks of a server with this configuration, quick ones first."""
    yield python()
    yield machine()
    yield data_dir(config.data_dir)
    yield disk(config.data_dir)
    engines = {**discover_models(config.data_dir), **config.engines}
    local = {name: engine for name, engine in engines.items() if engine.type == "llama_cpp"}
    yield embedded_engine(needed=bool(local))
    yield sdk()
    yield code_interpreter()
    yield from model_folder(config.data_dir)
    for name, engine in local.items():
        yield model_file(name, engine)
    for name, engine in engines.items():
        for url in (*engine.urls, *filter(None, [engine.url])):
            yield http_engine(name, url, engine)
    if all(engine.embedding for engine in engines.values()):
        yield built_in_chat()
    if not any(engine.embedding for engine in engines.values()):
        yield built_in_embeddings(config.data_dir)
    yield listening(config)
    yield server(config, base_url, key)


def python() -> Check:
    found = f"{platform.python_version()} ({sys.executable}), homeport {__version__}"
    if sys.version_info < LEAST_PYTHON:
        return failure("Python", found, "use Python 3.11 or newer")
    return ok("Python", found)


def machine() -> Check:
    memory = memory_bytes()
    found = f"{cores()} cores{f', {size(memory)} of memory' if memory else ''}"
    if memory is not None and memory < 1 << 30:
        return warning("machine", found, "choose a small model: weights and cache must fit into memory")
    return ok("machine", found)


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory_bytes() -> int | None:
    """The machine's memory, where the system tells."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def data_dir(path: Path) -> Check:
    where = _existing(path)
    if not where.is_dir():
        return failure("data folder", f"{path}: {where} is no folder", "choose another with --data-dir")
    try:
        with tempfile.TemporaryFile(dir=where):
            pass
    except OSError as error:
        remedy = f"make {where} writable for this user, or choose another with --data-dir"
        return failure("data folder", f"{path}: {error.strerror}", remedy)
    return ok(
        "data folder",
        f"{path} is writable" if where == path.absolute() else f"{path} will be made, {where} is writable",
    )


def disk(path: Path) -> Check:
    free = shutil.disk_usage(_existing(path)).free
    found = f"{size(free)} free at {path}"
    if free < LEAST_SPACE_BYTES:
        return failure("disk", found, "free some space: the server writes its state here")
    if free < LITTLE_SPACE_BYTES:
        return warning("disk", found, "models take gigabytes: free some space before `homeport pull`")
    return ok("disk", found)


def embedded_engine(*, needed: bool) -> Check:
    """Imports the engine in a process of its own: a wheel for another processor dies rather than raises."""
    program = "import xllamacpp; print(xllamacpp.__version__)"
    try:
        run = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            timeout=_IMPORT_TIMEOUT_S,
            env={**os.environ, "OMP_WAIT_POLICY": "passive"},
        )
        problem = run.stderr.strip().rpartition("\n")[2] or f"it ended with status {run.returncode}"
        if run.returncode == 0:
            return ok("embedded engine", f"xllamacpp {run.stdout.strip()}")
    except subprocess.TimeoutExpired:
        problem = f"it did not load in {_IMPORT_TIMEOUT_S:.0f} s"
    remedy = "pip install '.[local]' in Homeport's checkout"
    if needed:
        return failure("embedded engine", problem, remedy)
    return warning("embedded engine", problem, f"{remedy}, unless another engine is configured")


def sdk() -> Check:
    if importlib.util.find_spec("openai") is None:
        return warning(
            "SDK", "not installed", "pip install '.[sdk]' in Homeport's checkout for `from homeport import OpenAI`"
        )
    return ok("SDK", "installed")


def code_interpreter() -> Check:
    """Runs a line of code as the code interpreter would."""
    try:
        found = asyncio.run(probe())
    except SandboxUnavailable as error:
        return warning("code interpreter", error.problem, f"{error.remedy}; without it, the tool is refused")
    except ApiError as error:
        return warning("code interpreter", error.message, "try again when the machine has less to do")
    bounds = "control groups" if found.control_group else "resource limits"
    what = f"works, in bubblewrap {found.bubblewrap} with {bounds}; starts in {1000 * found.start_s:.0f} ms"
    if found.missing_packages:
        missing = ", ".join(found.missing_packages)
        return warning(
            "code interpreter",
            f"{what}; code can't import {missing}",
            "pip install '.[interpreter]' in Homeport's checkout",
        )
    return ok("code interpreter", what)


def model_folder(path: Path) -> Iterator[Check]:
    """Files in DATA/models that will not be served."""
    for file in sorted(models_dir(path).glob("*.gguf")):
        try:
            header = read_header(file)
        except ConfigError as error:
            yield failure("model", str(error), "fetch it again with `homeport pull --force`, or delete it")
            continue
        if header.unserved:
            yield warning("model", f"{file} is {header.unserved}", "it is not served by itself")
    for part in sorted(models_dir(path).glob("*.gguf.part")):
        found = f"{part.name}: {size(part.stat().st_size)} of an unfinished download"
        yield warning("model", found, "run its `homeport pull` again, or delete it")


def model_file(name: str, engine: EngineConfig) -> Check:
    path = Path(engine.path or "")
    try:
        header = read_header(path)
        weights_bytes = path.stat().st_size
    except (ConfigError, OSError) as error:
        return failure(f"model {name}", str(error), "correct `path`, or fetch it with `homeport pull`")
    kind = "embeddings" if engine.embedding or header.embedding else "chat"
    context = f", context {header.context_length:,}" if header.context_length else ""
    found = f"{path} ({header.architecture}, {kind}{context}, {size(weights_bytes)})"
    memory = memory_bytes()
    if memory is not None and weights_bytes > _MEMORY_SHARE * memory:
        return warning(f"model {name}", found, f"it hardly fits into {size(memory)} of memory: choose a smaller one")
    return ok(f"model {name}", found)


def built_in_chat() -> Check:
    """The model that answers where no other is configured or in the folder."""
    path = Path(homeport.__file__).parent / "models" / f"{BUILT_IN_CHAT}.gguf"
    if not path.exists():
        return warning("chat model", "there is none", "fetch one with `homeport pull`, or name an engine with --engine")
    return model_file(BUILT_IN_CHAT, EngineConfig(type="llama_cpp", path=str(path)))


def built_in_embeddings(path: Path) -> Check:
    what = f"model {BUILT_IN_EMBEDDINGS}"
    ready, source = weights.gguf_path(path), weights.locate(path)
    if ready.exists():
        return ok(what, f"{ready} ({size(ready.stat().st_size)})")
    if source is None:
        return warning(what, "its weights are missing: there are no embeddings", weights.GET_WEIGHTS)
    for name, expected in weights.SHA256.items():
        with (source / name).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != expected:
                return warning(what, f"{source / name} is damaged", f"{weights.GET_WEIGHTS} --force-reinstall")
    return ok(what, f"weights in {source}, made ready at the first start")


def http_engine(name: str, url: str, engine: EngineConfig) -> Check:
    what = f"engine {name}"
    key = engine.api_key or (os.environ.get(engine.api_key_env) if engine.api_key_env else None)
    if engine.api_key_env and not key:
        return warning(what, f"{engine.api_key_env} is not set", "set it to the key that the engine wants")
    try:
        with closing(
            transport.open_url(f"{url.rstrip('/')}/models", headers=engine.headers, key=key, timeout_s=PROBE_TIMEOUT_S)
        ) as response:
            models = json.loads(response.read())["data"]
    except urllib.error.HTTPError as error:
        error.close()
        remedy = "give it the right key: `api_key`" if error.code in (401, 403) else "check the URL; it ends in /v1"
        return warning(what, f"{url} answers {error.code}", remedy)
    except (KeyError, TypeError, ValueError):
        return warning(what, f"{url} does not answer as an OpenAI API does", "check the URL; it ends in /v1")
    except transport.FAILURES as error:
        return warning(what, f"{url}: {transport.reason(error)}", "start it; the server starts without it and waits")
    return ok(what, f"{url} serves {len(models)} model{'' if len(models) == 1 else 's'}")


def listening(config: Config) -> Check:
    host, port = config.server.host, config.server.port
    problem = port_error(host, port)
    if problem is None:
        return ok("port", f"{port} on {host} is free")
    if _is_homeport(host, port):
        return ok("port", f"{port} on {host} is taken by a running Homeport")
    return failure("port", problem, "stop what uses it, or choose another port")


def server(config: Config, base_url: str | None, key: str | None) -> Check:
    """Whether the commands that talk to a server find one."""
    host = "127.0.0.1" if config.server.host in ("0.0.0.0", "::") else config.server.host
    url = base_url or first_set(BASE_URL_VARIABLES) or f"http://{host}:{config.server.port}/v1"
    client = Client(url, key, timeout_s=PROBE_TIMEOUT_S)
    try:
        models = client.models()
    except ServerError as error:
        if error.status == 401:
            return warning(
                "server", f"{client.base_url} answers {error.message}", "set HOMEPORT_API_KEY to one of its keys"
            )
        if error.status is None:
            return warning("server", error.message, "start it with `homeport serve`")
        return failure("server", f"{client.base_url} answers {error.message}", "look into the server's log")
    return ok("server", f"{client.base_url} serves {len(models)} names")


def _is_homeport(host: str, port: int) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    connection = http.client.HTTPConnection(host, port, timeout=PROBE_TIMEOUT_S)
    try:
        with closing(connection):
            connection.request("GET", "/healthz")
            response = connection.getresponse()
            return response.status == 200 and response.read() == b"ok"
    except (OSError, http.client.HTTPException):
        return False


def _existing(path: Path) -> Path:
    """The nearest parent that exists."""
    path = path.absolute()
    while not path.exists():
        path = path.parent
    return path
