"""The command line as a whole: version, help, spelling, and how little it loads."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from homeport import __version__
from homeport.cli import COMMANDS, main
from tests.cli.terminal import environment, homeport

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"(?:^|[`(]|&& |bin/)homeport ([a-z](?:\\\||[^`)#\n&|>\\])*)", re.MULTILINE)  # in tables, \| is |
HEAVY = {"starlette", "uvicorn", "sqlalchemy", "openai", "jsonschema_rs", "msgspec", "urllib.request", "asyncio"}


def test_version() -> None:
    result = homeport("--version")
    assert (result.returncode, result.stdout) == (0, f"homeport {__version__}\n")


def test_help_names_every_command() -> None:
    result = homeport("--help")
    assert result.returncode == 0
    for command, summary in COMMANDS.items():
        assert f"  {command} " in result.stdout
        assert summary in " ".join(result.stdout.split())  # a long line is folded


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command(command: str) -> None:
    result = CliRunner().invoke(main, [command, "--help"], prog_name="homeport")
    assert result.exit_code == 0
    assert f"Usage: homeport {command}" in result.output


@pytest.mark.parametrize("command", ["files", "vector-stores", "keys", "import", "db"])
def test_help_of_a_group_says_in_full_what_its_commands_do(command: str) -> None:
    _, commands = homeport(command, "--help").stdout.split("\nCommands:\n")
    assert "..." not in commands


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["serv"], "There is no command 'serv'. Did you mean 'serve'?"),
        (["xyzzy"], "There is no command 'xyzzy'."),
        (["serve", "--prot", "80"], "--port"),
        (["keys", "lst"], "There is no command 'lst'. Did you mean 'list'?"),
        (["files", "upload"], "There is no command 'upload'. There are: content, create, delete, get, list."),
        (["serve", "--port", "eighty"], "'eighty' is not a valid integer"),
        (["serve", "--port", "70000"], "70000 is not in the range"),
    ],
)
def test_mistakes_are_explained(arguments: list[str], says: str) -> None:
    result = homeport(*arguments)
    assert result.returncode == 2
    assert says in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("document", ["README.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))])
def test_commands_that_documents_name_are_there(document: str) -> None:
    for said in NAMED.findall((ROOT / document).read_text()):
        name, *words = said.split()
        context = click.Context(main)
        command = main.get_command(context, name)
        assert command is not None, said
        if isinstance(command, click.Group) and words and words[0][0] != "-":
            found = [command.get_command(context, each) for each in words.pop(0).replace("\\", "").split("|")]
            assert all(found), said
            command = found[-1]
        assert command is not None
        options = {name for option in command.params for name in option.opts}
        assert {word for word in words if re.match("--?[a-z]", word)} <= options, said


def test_module_and_script_are_the_same() -> None:
    outputs = {
        subprocess.run([sys.executable, "-m", module, "--version"], capture_output=True, text=True, check=True).stdout
        for module in ("homeport", "homeport.cli")
    }
    assert outputs == {f"homeport {__version__}\n"}


def test_nothing_heavy_is_loaded_before_a_command_needs_it() -> None:
    program = "import sys, homeport.cli; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment()
    ).stdout.split()
    assert "homeport.cli" in loaded
    assert not HEAVY & set(loaded)
