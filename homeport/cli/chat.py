"""`homeport chat`: one question or a conversation, streamed into the terminal."""

from __future__ import annotations

import sys
from contextlib import closing, suppress
from typing import Any, TextIO

import click

from homeport.cli.client import Client, ServerError, client_options

HELP = "/exit or Ctrl-D leaves, /clear forgets the conversation, Ctrl-C stops an answer."
INTERRUPTED = 130  # the exit status of a program that Ctrl-C ended

_CUT = {"length": "cut off at the token limit", "content_filter": "stopped by the content filter"}

# What a model writes goes to a terminal: without escapes it can't move the cursor or fake a prompt.
_CONTROLS = {code: None for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


@click.command()
@client_options
@click.option("--system", metavar="TEXT", help="instructions for the model")
@click.option("--max-tokens", type=click.IntRange(min=1), metavar="N", help="the longest answer")
@click.option("--temperature", type=click.FloatRange(0, 2), metavar="T", help="0 is steady, 1 is usual")
@click.argument("model", required=False)
@click.argument("message", nargs=-1)
def chat(
    base_url: str | None,
    key: str | None,
    system: str | None,
    max_tokens: int | None,
    temperature: float | None,
    model: str | None,
    message: tuple[str, ...],
) -> None:
    """Talk to a model of a running server.

    Without a MESSAGE this is a conversation. What is piped in becomes part of the message. MODEL may be left out when
    the message is one quoted text with a space in it; then the server's default model answers. Reasoning appears
    dimmed, on stderr.

    \b
    homeport chat
    homeport chat "Why is the sky blue?"
    homeport chat gpt-4.5-mini Write a haiku about AI
    git diff | homeport chat gpt-4.5-mini "Write a commit message"
    """
    if model is not None and " " in model.strip():  # no model has a space in its name
        text, model = " ".join((model, *message)), None
    else:
        text = " ".join(message)
    if not sys.stdin.isatty():
        piped = sys.stdin.buffer.read().decode(sys.stdin.encoding, "replace").strip()
        text = "\n\n".join(part for part in (text, piped) if part)
        if not text:
            raise click.UsageError("There is no message: write one or pipe one in.")
    settings = {"model": model, "max_completion_tokens": max_tokens, "temperature": temperature}
    conversation = Conversation(Client(base_url, key), system, {k: v for k, v in settings.items() if v is not None})
    if not text:
        conversation.converse()
    elif not conversation.ask(text):
        sys.exit(INTERRUPTED)


class Conversation:
    """The history of one session, and the server that answers in it."""

    def __init__(self, client: Client, system: str | None, settings: dict[str, Any]) -> None:
        self.client = client
        self.settings = settings
        self.opening = [{"role": "system", "content": system}] if system else []
        self.messages = list(self.opening)

    def converse(self) -> None:
        """Read messages until the user leaves."""
        model = self.settings.get("model")
        if model is not None and not self.client.has_model(model):
            raise self.client.no_model(model)
        _edit_lines()
        click.secho(HELP, err=True, dim=True)
        while True:
            try:
                text = input(">>> ").strip()
            except EOFError:
                click.echo()
                return
            except KeyboardInterrupt:
                click.secho(f"\n{HELP}", err=True, dim=True)
                continue
            if text in ("/exit", "/quit"):
                return
            if text == "/clear":
                self.messages = list(self.opening)
            elif text.startswith("/") and " " not in text and text.count("/") == 1:
                click.secho(HELP, err=True, dim=True)
            elif text:
                try:
                    self.ask(text)
                except ServerError as error:
                    error.show()

    def ask(self, text: str) -> bool:
        """Send `text` and print the answer as it comes. False when Ctrl-C ended it. Raises ServerError.

        An answer that was interrupted stays in the history as far as it came; a question without any answer does not.
        """
        messages = [*self.messages, {"role": "user", "content": text}]
        body = {**self.settings, "messages": messages, "stream": True}
        printer = _Printer()
        complete = False
        try:
            with closing(self.client.stream("/chat/completions", body)) as events:
                for event in events:
                    printer.event(event)
            complete = True
        except KeyboardInterrupt:
            pass
        except ServerError as error:
            printer.end()
            if error.code == "model_not_found" and "model" in self.settings:
                raise self.client.no_model(self.settings["model"]) from None
            raise
        finally:
            if printer.answer:
                self.messages = [*messages, {"role": "assistant", "content": printer.answer}]
        printer.end("" if complete else "interrupted")
        return complete


class _Printer:
    """Writes deltas: the answer to stdout, reasoning and remarks to stderr, so that a pipe carries the answer alone."""

    def __init__(self) -> None:
        self.answer = ""
        self.finish: str | None = None
        self._reasoning = False

    def event(self, event: dict[str, Any]) -> None:
        for choice in event.get("choices") or ():
            delta = choice.get("delta") or {}
            self.finish = choice.get("finish_reason") or self.finish
            thought = delta.get("reasoning_content")
            if thought:
                self._reasoning = True
                click.secho(_printable(thought, sys.stderr), dim=True, nl=False, err=True)
            text = delta.get("content") or delta.get("refusal")
            if text:
                if self._reasoning:
                    self._reasoning = False
                    click.echo("\n", err=True)
                self.answer += text
                click.echo(_printable(text, sys.stdout), nl=False)

    def end(self, remark: str = "") -> None:
        remark = remark or _CUT.get(self.finish or "", "")
        if self._reasoning:
            click.echo(err=True)
        if self.answer and not self.answer.endswith("\n"):
            click.echo()
        if remark:
            click.secho(f"({remark})", err=True, dim=True)


def _printable(text: str, where: TextIO) -> str:
    return text.translate(_CONTROLS) if where.isatty() else text


def _edit_lines() -> None:
    """Arrow keys, history and pasting of several lines, where Python was built with readline."""
    with suppress(ImportError):
        import readline  # noqa: F401
