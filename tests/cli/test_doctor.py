"""`homeport doctor` on real folders, ports and servers."""

from __future__ import annotations

import socket
from contextlib import closing
from pathlib import Path

from homeport.cli import checks
from homeport.config import load
from homeport.engines.build import BUILT_IN_EMBEDDINGS
from tests.cli.file_server import FileServer
from tests.cli.model_files import write_model
from tests.cli.terminal import homeport
from tests.support import LiveServer


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        return int(probe.getsockname()[1])


def test_a_healthy_machine(tmp_path: Path) -> None:
    write_model(tmp_path / "data" / "models" / "m.gguf")
    result = homeport("doctor", "--port", str(free_port()), cwd=tmp_path)
    assert result.returncode == 0, result.stdout
    assert "✗" not in result.stdout
    for line in (
        "✓ configuration: valid, from flag",
        "✓ data folder: data is writable",
        "✓ embedded engine: xllamacpp ",
        "✓ model m: ",
        "! server: No server at http://127.0.0.1:",
        "    → start it with `homeport serve`",
    ):
        assert line in result.stdout
    assert result.stderr == ""


def test_a_sick_one(tmp_path: Path, server: LiveServer, files: FileServer) -> None:
    (tmp_path / "homeport.toml").write_text(
        f'[engines.down]\nurl = "http://127.0.0.1:9/v1"\n[engines.up]\nurl = "{server.base_url}"\napi_key = "wrong"\n'
        f'[engines.lost]\ntype = "llama_cpp"\npath = "nothing.gguf"\n'
        f'[engines.keyless]\nurl = "http://127.0.0.1:9/v1"\napi_key_env = "UNSET_KEY"\n'
    )
    broken = tmp_path / "data" / "models" / "broken.gguf"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"broken")
    (broken.parent / "rest.gguf.part").write_bytes(b"GGUF")
    result = homeport("doctor", "--config", "homeport.toml", "--port", str(files.port), cwd=tmp_path)
    assert result.returncode == 1
    for line in (
        f"✗ port: port {files.port} on 127.0.0.1 is in use",
        "! engine down: http://127.0.0.1:9/v1: connection refused",
        f"! engine up: {server.base_url} answers 401",
        "! engine keyless: UNSET_KEY is not set",
        "✗ model lost: nothing.gguf: No such file or directory",
        "broken.gguf: no GGUF file",
        f"✗ server: {files.url}/v1 answers 404: ",
        "! model: rest.gguf.part: 4 B of an unfinished download",
    ):
        assert line in result.stdout
    assert result.stdout.count("    → ") == result.stdout.count("✗") + result.stdout.count("! ")
    assert result.stderr == ""


def test_wrong_configuration_does_not_end_it(tmp_path: Path) -> None:
    (tmp_path / "homeport.toml").write_text("[server]\nport = 'x'\n")
    result = homeport("doctor", "--config", "homeport.toml", cwd=tmp_path)
    assert result.returncode == 1
    assert "✗ configuration: homeport.toml: " in result.stdout
    assert "✓ Python: " in result.stdout


def test_running_server_is_recognised(server: LiveServer, tmp_path: Path) -> None:
    port = server.url.rpartition(":")[2]
    result = homeport("doctor", "--port", port, cwd=tmp_path, HOMEPORT_API_KEY=server.key)
    assert result.returncode == 0, result.stdout
    assert f"✓ port: {port} on 127.0.0.1 is taken by a running Homeport" in result.stdout
    assert f"✓ server: {server.base_url} serves " in result.stdout
    keyless = homeport("doctor", "--port", port, cwd=tmp_path)
    assert "    → set HOMEPORT_API_KEY to one of its keys" in keyless.stdout


def test_data_folder_where_nobody_may_write() -> None:
    check = checks.data_dir(Path("/proc/homeport"))
    assert check.state == "failure"
    assert check.remedy == "make /proc writable for this user, or choose another with --data-dir"


def test_data_folder_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    check = checks.data_dir(tmp_path / "data")
    assert (check.state, check.found) == ("failure", f"{tmp_path / 'data'}: {tmp_path / 'data'} is no folder")


def test_model_larger_than_memory_is_told(tmp_path: Path) -> None:
    path = write_model(tmp_path / "m.gguf")
    with path.open("r+b") as file:
        file.truncate(10**13)  # sparse: it takes no space
    config = load(flags={"engines.m.type": "llama_cpp", "engines.m.path": str(path)}, env={})
    check = checks.model_file("m", config.engines["m"])
    assert check.state == "warning"
    assert check.remedy is not None
    assert "hardly fits" in check.remedy


def test_embedding_weights(tmp_path: Path) -> None:
    assert checks.built_in_embeddings(tmp_path).state == "ok"
    folder = tmp_path / "models" / BUILT_IN_EMBEDDINGS
    folder.mkdir(parents=True)
    for name in ("model.safetensors", "tokenizer.json"):
        (folder / name).write_bytes(b"damaged")
    check = checks.built_in_embeddings(tmp_path)
    assert check.state == "warning"
    assert check.found == f"{folder / 'model.safetensors'} is damaged"
