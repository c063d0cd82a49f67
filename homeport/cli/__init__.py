"""The command line: a client of the public API, except where it is about this machine (serve, pull, config, doctor).

One command is one module, imported when it is called: `homeport --version` costs no more than click.
"""

from __future__ import annotations

import difflib
import errno
import importlib
import keyword
from collections.abc import Iterable
from typing import Any

import click

from homeport import __version__

# command -> its line in `homeport --help`; the module, and the function in it, have its name, with _ for - and after a
# keyword of Python's
COMMANDS = {
    "serve": "Run the server.",
    "worker": "Work on the jobs of running servers, without HTTP.",
    "chat": "Talk to a model in the terminal.",
    "models": "List the models of a running server.",
    "files": "Upload, list, fetch and delete files.",
    "vector-stores": "Create, fill, search and delete vector stores.",
    "keys": "Create, list and revoke API keys.",
    "pull": "Fetch a model file: from a path, a URL or a Hugging Face repository.",
    "import": "Bring along assistants and threads that were exported from OpenAI.",
    "db": "Upgrade, inspect and back up the database.",
    "config": "Show the effective configuration and where each value comes from.",
    "doctor": "Check this machine and say what to do about what is wrong.",
}

_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENAMETOOLONG}  # paths that the user has to do something about


class Group(click.Group):
    """Commands under one name. It shows what each does in full, and knows what a misspelt one was meant to be."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        names = self.list_commands(ctx)
        if args and args[0] not in names and not args[0].startswith("-"):
            hint = did_you_mean(args[0], names) or f"There are: {', '.join(names)}."
            raise click.UsageError(f"There is no command '{args[0]}'. {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, command.get_short_help_str(limit=200)) for name, command in self.commands.items()]
            )


class Commands(Group):
    """Loads a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = cmd_name.replace("-", "_") + "_" * keyword.iskeyword(cmd_name)
        command = getattr(importlib.import_module(f"homeport.cli.{module}"), module)
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except OSError as error:
            if error.filename is None or error.errno not in _REFUSED:
                raise
            raise click.ClickException(f"{error.filename}: {error.strerror}") from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """`Did you mean …?` for a misspelt word, or nothing where no word is close."""
    close = difflib.get_close_matches(word, words, n=3)
    return f"Did you mean {' or '.join(repr(other) for other in close)}?" if close else ""


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, message="homeport %(version)s")
def main() -> None:
    """The OpenAI platform on machines of your own."""
