"""What the reader of the configuration refuses, in one line each, before anything is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeport.cli.config import explain
from homeport.config import ConfigError, load
from homeport.storage.database import database_url


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("server = 3", "`server` is a table"),
        ("engines = 3", "`engines` is a table"),
        ("[assistants]\nrun_expires_s = inf", "assistants.run_expires_s"),
        ("[assistants]\nrun_expires_s = nan", "assistants.run_expires_s"),
        ('[engines.a]\ntype = "llama_cpp"\npath = "m.gguf"\nthreads = -5', "threads"),
        ('[engines.a]\ntype = "llama_cpp"\npath = "m.gguf"\nidle_unload_s = -1', "idle_unload_s"),
        ('[engines.a]\nurl = "http://h:99999/v1"', "`http://h:99999/v1` is no http(s) URL"),
        ('[engines.a]\nurl = "http://[::1/v1"', "is no http(s) URL"),
        ('[engines.a]\nurl = "http:///v1"', "is no http(s) URL"),
        ('[engines.a]\nurl = "ftp://h/v1"', "is no http(s) URL"),
        ('[engines.a]\nurls = ["http://h/v1", "http://user:hunter2@h/v1"]', "a URL with a user"),
    ],
)
def test_what_would_break_later_is_refused(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "homeport.toml"
    file.write_text(text)
    for env in ({}, {"HOMEPORT_SERVER_PORT": "1"}):
        with pytest.raises(ConfigError) as refused:
            load(file, env=env, flags={"engines.engine.url": "http://h"} if "engines" in text else {})
        assert says in str(refused.value).replace("$.", "").replace("`$.", "`")
        assert "hunter2" not in str(refused.value)


def test_an_engine_s_url_of_the_command_line() -> None:
    for url in ("http://h:99999/v1", "http://[::1", "h/v1"):
        with pytest.raises(ConfigError, match="is no http"):
            load(env={}, flags={"engines.engine.url": url})


@pytest.mark.parametrize("given", ["sk-mine\n", " sk-mine ", "sk-mine\r\n"])
def test_an_admin_key_is_what_a_caller_can_send(given: str) -> None:
    assert load(env={"HOMEPORT_ADMIN_KEY": given}).admin_key == "sk-mine"


@pytest.mark.parametrize("given", [" ", "\n", "sk-mine\nsk-other", "sk mine", "sk-müne", "sk-\0"])
def test_an_admin_key_that_nobody_can_send(given: str) -> None:
    with pytest.raises(ConfigError, match="HOMEPORT_ADMIN_KEY"):
        load(env={"HOMEPORT_ADMIN_KEY": given})


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:hunter2@h/db",
        "postgresql://u@h/db?password=hunter2&sslmode=require",
        "postgresql:///db?user=u&password=hunter2&host=h",
    ],
)
def test_a_password_is_masked_wherever_it_stands(url: str) -> None:
    config = load(env={}, flags={"storage.database_url": url})
    (shown,) = [value for name, value, _ in explain(config) if name == "storage.database_url"]
    assert "hunter2" not in shown
    assert "••••" in shown
    parsed = database_url(url, Path())
    assert parsed.password == "hunter2"
    assert "hunter2" not in parsed.render_as_string()
    again = database_url(parsed.render_as_string(hide_password=False), Path())
    assert (again.username, again.password) == ("u", "hunter2")


def test_an_empty_variable_is_none_that_is_set(tmp_path: Path) -> None:
    """As `${NAME:-}` of a compose file makes it. A list may be empty, though."""
    names = ("CONFIG", "LIMITS_BURST", "STORAGE_DATABASE_URL", "ADMIN_KEY", "DEFAULT_MODEL")
    assert load(env={f"HOMEPORT_{name}": "" for name in names}).limits == load(env={}).limits
    file = tmp_path / "homeport.toml"
    file.write_text('[server]\ncors_origins = ["https://a.b"]')
    assert load(file, env={"HOMEPORT_SERVER_CORS_ORIGINS": ""}).server.cors_origins == ()
