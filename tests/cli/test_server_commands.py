"""`models` and `keys` against a real server; `serve` and `config` with real files, ports and signals."""

from __future__ import annotations

import json
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from homeport.cli import main, vector_stores
from homeport.cli.client import Client, ServerError
from tests.cli.file_server import FileServer
from tests.cli.terminal import homeport
from tests.support import LiveServer, live_server

NOWHERE = "http://127.0.0.1:9/v1"


@pytest.fixture
def reach(server: LiveServer) -> dict[str, str]:
    return {"HOMEPORT_BASE_URL": server.base_url, "HOMEPORT_ADMIN_KEY": server.key}


# --- models --------------------------------------------------------------------------


def test_models(reach: dict[str, str]) -> None:
    result = homeport("models", **reach)
    assert result.returncode == 0, result.stderr
    head, *rows = result.stdout.splitlines()
    assert head.split() == ["ID", "CONTEXT", "OWNER", "ALIAS", "OF"]
    assert [row for row in rows if row.startswith("tiny ")]
    assert [row for row in rows if row.startswith("gpt-4.5-mini ") and row.endswith(" tiny")]
    aliases = [len(row.split()) > 3 and row.split()[3] != "-" for row in rows]
    assert aliases == sorted(aliases), "what there is comes before other names for it"
    as_json = json.loads(homeport("models", "--json", **reach).stdout)
    assert [model["id"] for model in as_json] == [row.split()[0] for row in rows]


def test_base_url_without_a_path_means_v1(server: LiveServer) -> None:
    assert homeport("models", "--base-url", f"{server.url}/", "--key", server.key).returncode == 0


def test_openai_variables_serve_too(server: LiveServer) -> None:
    variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": server.key}
    assert homeport("models", **variables).returncode == 0
    assert homeport("models", **variables, HOMEPORT_BASE_URL=NOWHERE).returncode == 1
    assert homeport("models", "--key", "sk-wrong", **variables).returncode == 1


@pytest.mark.parametrize("body", [b"<html>", b"[1, 2]", b'{"data": "models"}'])
def test_server_of_another_kind(files: FileServer, body: bytes) -> None:
    files.add("/v1/models", body)
    result = homeport("models", "--base-url", files.url)
    assert result.returncode == 1
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.stderr


# --- keys ----------------------------------------------------------------------------


def test_a_key_from_creation_to_revocation(server: LiveServer, reach: dict[str, str]) -> None:
    made = homeport("keys", "create", "--name", "bot", "--expires-in-days", "3", **reach)
    assert made.returncode == 0, made.stderr
    key = made.stdout.strip()
    key_id = made.stderr.split()[0]
    assert made.stdout == f"{key}\n"
    assert "bot  expires 20" in made.stderr
    assert homeport("models", "--base-url", server.base_url, "--key", key).returncode == 0

    listed = homeport("keys", "list", **reach)
    (row,) = [line for line in listed.stdout.splitlines() if line.startswith(key_id)]
    assert "bot" in row
    assert key not in listed.stdout
    assert key[-4:] in row

    forbidden = homeport("keys", "list", "--base-url", server.base_url, "--key", key)
    assert forbidden.returncode == 1
    assert "403: " in forbidden.stderr

    misspelt = homeport("keys", "revoke", key_id[:-1], **reach)
    assert misspelt.returncode == 1
    assert f"Did you mean '{key_id}'" in misspelt.stderr
    assert homeport("keys", "revoke", key_id, **reach).stdout == f"{key_id} revoked\n"
    refused = homeport("models", "--base-url", server.base_url, "--key", key)
    assert refused.returncode == 1
    assert "401: " in refused.stderr


def test_key_as_json(reach: dict[str, str]) -> None:
    made = json.loads(homeport("keys", "create", "--requests-per-minute", "7", "--json", **reach).stdout)
    assert made["requests_per_minute"] == 7
    most = homeport("keys", "create", "--requests-per-minute", "1000000000", "--json", **reach)
    assert json.loads(most.stdout)["requests_per_minute"] == 1_000_000_000
    assert homeport("keys", "create", "--requests-per-minute", "1000000001", **reach).returncode == 2
    listed = json.loads(homeport("keys", "list", "--json", **reach).stdout)
    assert made["id"] in [item["id"] for item in listed]


# --- serve ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "flags", "says"),
    [
        ("[server]\nprot = 1\n", [], "unknown field `prot`"),
        ("[server\n", [], "homeport.toml: "),
        ('[engines.e]\ntype = "openai"\n', [], "engines.e: an engine of type openai needs `url`"),
        ("", ["--engine", "localhost:8000"], "engines.engine: `localhost:8000` is no http(s) URL"),
        ("", ["--engine-key", "sk-x"], "--engine-key needs --engine"),
        ("", ["--config", "missing.toml"], "missing.toml: No such file or directory"),
    ],
)
def test_wrong_configuration_is_one_line(tmp_path: Path, file: str, flags: list[str], says: str) -> None:
    (tmp_path / "homeport.toml").write_text(file)
    for command in ("serve", "config"):
        result = CliRunner().invoke(main, [command, "--config", str(tmp_path / "homeport.toml"), *flags])
        assert result.exit_code == 2
        assert says.lower() in result.stderr.lower()
        assert result.stderr.count("\n") == 1


def test_port_in_use(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        result = homeport("serve", "--port", str(port), cwd=tmp_path)
    assert result.returncode == 1
    assert result.stderr == f"Error: port {port} on 127.0.0.1 is in use; choose another with --port\n"


def test_a_data_dir_that_can_t_be_made(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    for data_dir, why in (("taken", "File exists"), ("taken/below", "Not a directory")):
        for command in (["serve", "--port", "0"], ["worker"]):
            result = homeport(*command, "--data-dir", data_dir, cwd=tmp_path)
            assert result.returncode == 2
            assert result.stderr == f"Error: server.data_dir: {data_dir} can't be made: {why}\n"


def test_the_first_start_says_little(tmp_path: Path) -> None:
    with LiveServer(tmp_path, "", "--engine", NOWHERE) as server:
        assert server.stop() == 0
    logged = [line for line in server.output if " INFO " in line or " WARNING " in line]
    assert len([line for line in logged if "upgraded to revision" in line]) == 1
    assert not [line for line in logged if "alembic" in line]


def test_a_pulled_model_is_there_without_a_restart(tiny_model: Path) -> None:
    with live_server('[engines.none]\nurl = "http://127.0.0.1:9/v1"\nmodels = ["none"]\n') as server:
        data = str(server.folder / "data")
        pulled = homeport("pull", str(tiny_model), "--name", "fresh", "--data-dir", data)
        assert pulled.returncode == 0, pulled.stderr
        shown = homeport("models", "--base-url", server.base_url, "--key", server.key)
        assert "fresh" in [line.split()[0] for line in shown.stdout.splitlines()]


def test_address_of_another_machine(tmp_path: Path) -> None:
    result = homeport("serve", "--host", "192.0.2.1", cwd=tmp_path)
    assert result.returncode == 1
    assert result.stderr == "Error: 192.0.2.1 is no address of this machine\n"
    result = homeport("serve", "--host", "no.such.host.invalid", cwd=tmp_path)
    assert result.stderr == "Error: the host 'no.such.host.invalid' does not resolve\n"


def test_damaged_model_ends_the_start_with_its_name_and_no_key_is_lost(tiny_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "data" / "models" / "m.gguf"
    path.parent.mkdir(parents=True)
    path.write_bytes(tiny_model.read_bytes()[:300_000])
    result = homeport("serve", "--port", "0", cwd=tmp_path)
    assert result.returncode == 2
    last = result.stderr.splitlines()[-1]
    assert last.startswith("Error: engines.m: ")
    assert "m.gguf: " in last
    assert "Traceback" not in result.stderr
    assert "admin key" not in result.stdout
    with closing(sqlite3.connect(tmp_path / "data" / "homeport.db")) as database:
        assert database.execute("SELECT count(*) FROM api_keys").fetchone() == (0,)


def test_serve_in_front_of_an_engine(server: LiveServer, tmp_path: Path) -> None:
    """`--engine` with a key from the environment: Homeport in front of Homeport."""
    flags = ("--engine", server.base_url)
    with live_server("", *flags, env={"HOMEPORT_ENGINE_KEY": server.key}) as front:
        reach = ("--base-url", front.base_url, "--key", front.key)
        listed = json.loads(homeport("models", "--json", *reach).stdout)
        assert "tiny" in [model["id"] for model in listed]
        answer = homeport("chat", "tiny", "hello", "--max-tokens", "4", "--temperature", "0", *reach)
        assert answer.returncode == 0, answer.stderr


# --- config --------------------------------------------------------------------------


def test_config_names_the_source_of_every_value(tmp_path: Path) -> None:
    (tmp_path / "homeport.toml").write_text(
        '[server]\nport = 9000\nhost = "127.0.0.2"\n[engines.remote]\nurl = "https://example.org/v1"\n'
        'api_key = "sk-secret"\nheaders = {x-token = "secret", "X.Api.Key" = "secret"}\n'
    )
    result = homeport(
        "config",
        *("--config", "homeport.toml", "--port", "9001", "--json"),
        cwd=tmp_path,
        HOMEPORT_SERVER_LOG_LEVEL="debug",
        HOMEPORT_ADMIN_KEY="sk-admin",
    )
    assert result.returncode == 0, result.stderr
    shown = json.loads(result.stdout)
    assert shown["server.port"] == {"value": 9001, "source": "flag"}
    assert shown["server.host"] == {"value": "127.0.0.2", "source": "file homeport.toml"}
    assert shown["server.log_level"] == {"value": "debug", "source": "env HOMEPORT_SERVER_LOG_LEVEL"}
    assert shown["limits.burst"] == {"value": 100, "source": "default"}
    assert shown["admin_key"] == {"value": "••••", "source": "env HOMEPORT_ADMIN_KEY"}
    assert "secret" not in result.stdout
    assert "password" not in result.stdout


def test_config_for_people() -> None:
    result = homeport("config", "--engine", "http://127.0.0.1:1/v1", "--engine-key", "sk-secret")
    lines = {line.split()[0]: line.split()[1:] for line in result.stdout.splitlines()}
    assert lines["engines.engine.url"] == ['"http://127.0.0.1:1/v1"', "flag"]
    assert lines["engines.engine.api_key"] == ['"••••"', "flag"]
    assert lines["server.port"] == ["8000", "default"]


# --- servers that are elsewhere or busy ----------------------------------------------


def test_a_redirect_of_what_is_written_names_the_server(files: FileServer) -> None:
    files.add("/v1/api_keys", redirect="/elsewhere/v1/api_keys")
    done = homeport("keys", "create", HOMEPORT_BASE_URL=f"{files.url}/v1", HOMEPORT_ADMIN_KEY="sk-x")
    assert done.returncode == 1
    assert "It points to /elsewhere/v1/api_keys: name that server with --base-url." in done.stderr


def test_a_busy_server_is_asked_again_about_what_is_under_way(
    files: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_stores, "PAUSES_S", (0.01, 0.01))
    files.add("/v1/batch", b'{"id": "b"}', statuses=[429, 503])
    client = Client(f"{files.url}/v1", "sk-x")
    assert vector_stores._patiently(client, "/batch") == {"id": "b"}
    files.files["/v1/batch"].statuses = [429, 429, 429]
    with pytest.raises(ServerError, match="429"):
        vector_stores._patiently(client, "/batch")
    files.files["/v1/batch"].statuses = [400]
    with pytest.raises(ServerError, match="400"):
        vector_stores._patiently(client, "/batch")
