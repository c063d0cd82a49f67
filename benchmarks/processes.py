"""Peers of the benchmarks: built, started on a core of their own, measured from outside."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PEERS = Path(__file__).parent / "peers"
BUILD = Path(__file__).parent / ".build"
KEY = "sk-bench"
_TICK = os.sysconf("SC_CLK_TCK")
SERVER_CORE, PEER_CORE = 0, (os.cpu_count() or 2) - 1

_NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  map $http_authorization $known {{ default 0; "Bearer sk-bench" 1; }}
  upstream engine {{ server 127.0.0.1:{engine}; keepalive 512; }}
  server {{
    listen 127.0.0.1:{port}; keepalive_requests 100000000;
    location / {{
      if ($known = 0) {{ return 401; }}
      proxy_pass http://engine; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off;
    }}
  }}
}}
"""


def build(name: str) -> Path:
    """Compile a peer written in C, once."""
    BUILD.mkdir(exist_ok=True)
    source, binary = PEERS / f"{name}.c", BUILD / name
    if not binary.exists() or binary.stat().st_mtime < source.stat().st_mtime:
        subprocess.run(["cc", "-O2", "-w", "-o", binary, source, "-lm"], check=True)
    return binary


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, timeout_s: float = 60) -> float:
    """Seconds until the port is listened on."""
    started_s = time.perf_counter()
    while time.perf_counter() - started_s < timeout_s:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return time.perf_counter() - started_s
        time.sleep(0.005)
    raise TimeoutError(f"nothing listens on port {port}")


@contextlib.contextmanager
def running(command: list[str | Path], port: int, core: int | str, env: dict[str, str] | None = None) -> Iterator[int]:
    """A process pinned to a core, until the block ends. Gives its pid."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            ["taskset", "-c", str(core), *map(str, command)],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | (env or {}),
        )
        try:
            try:
                wait_for(port)
            except TimeoutError:
                output.seek(0)
                raise RuntimeError(output.read().decode(errors="replace")) from None
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextlib.contextmanager
def mock_engine(*pace: int) -> Iterator[int]:
    """The mock engine on the peers' core. `pace`: microseconds between the chunks of `mock-slow`, and their number.

    Gives its port.
    """
    port = free_port()
    with running([build("mock"), str(port), *map(str, pace)], port, PEER_CORE):
        yield port


@contextlib.contextmanager
def nginx(engine: int) -> Iterator[tuple[int, int] | None]:
    """nginx with a key check in front of the engine: (port, pid); None where it is not installed."""
    if shutil.which("nginx") is None:
        yield None
        return
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "nginx.conf").write_text(_NGINX.format(folder=folder, engine=engine, port=port))
        with running(["nginx", "-c", f"{folder}/nginx.conf"], port, SERVER_CORE) as pid:
            yield port, pid


_LITELLM = """
model_list:
  - model_name: {model}
    litellm_params: {{model: openai/{model}, api_base: "http://127.0.0.1:{engine}/v1", api_key: sk-engine}}
general_settings: {{master_key: sk-bench}}
litellm_settings: {{telemetry: false}}
"""


@contextlib.contextmanager
def litellm(engine: int, model: str) -> Iterator[tuple[int, int] | None]:
    """LiteLLM's proxy with a master key: (port, pid); None where HOMEPORT_BENCH_LITELLM doesn't name its program."""
    program = os.environ.get("HOMEPORT_BENCH_LITELLM")
    if not program:
        yield None
        return
    port = free_port()
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(_LITELLM.format(model=model, engine=engine))
        file.flush()
        command: list[str | Path] = [program, "--config", file.name, "--port", str(port), "--num_workers", "1"]
        with running(command, port, SERVER_CORE) as pid:
            yield port, pid


@contextlib.contextmanager
def homeport(*flags: str, core: int | str = SERVER_CORE) -> Iterator[tuple[int, int]]:
    """Homeport with an admin key, usage and limits on: (port, pid)."""
    port = free_port()
    with tempfile.TemporaryDirectory() as data:
        command: list[str | Path] = [
            sys.executable,
            "-m",
            "homeport",
            "serve",
            "--port",
            str(port),
            "--data-dir",
            data,
            *flags,
        ]
        with running(command, port, core, {"HOMEPORT_ADMIN_KEY": KEY}) as pid:
            yield port, pid


def family(pid: int) -> list[int]:
    """A process and its descendants."""
    found = [pid]
    for other in found:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{other}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
    return found


def cpu_s(pid: int) -> float:
    """User and system seconds of a process and its descendants."""
    total = 0
    for each in family(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
    return total / _TICK


def resident_mb(pid: int) -> float:
    """Resident memory of this one process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(pid)
