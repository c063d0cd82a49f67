"""The API as the commands see it: base URL, key, JSON in and out, and errors a person can act on."""

from __future__ import annotations

import json
import os
import urllib.error
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import click

from homeport.cli import did_you_mean, transport

DEFAULT_BASE_URL = "http://127.0.0.1:8000/v1"
BASE_URL_VARIABLES = ("HOMEPORT_BASE_URL", "OPENAI_BASE_URL")
KEY_VARIABLES = ("HOMEPORT_API_KEY", "HOMEPORT_ADMIN_KEY", "OPENAI_API_KEY")
ADMIN_KEY_VARIABLES = ("HOMEPORT_ADMIN_KEY", "HOMEPORT_API_KEY", "OPENAI_API_KEY")
REQUEST_TIMEOUT_S = 30.0
ANSWER_TIMEOUT_S = 300.0  # the server has limits of its own; this one only ends a wait for a machine that is gone
PIECE_BYTES = 256 * 1024  # of large bodies, read and written at a time

Command = TypeVar("Command", bound=Callable[..., Any])


def client_options(command: Command) -> Command:
    """`--base-url` and `--key`, for the commands that talk to a server."""
    command = click.option(
        "--key", metavar="KEY", help=f"API key [default: the first set of {', '.join(KEY_VARIABLES)}]"
    )(command)
    return click.option(
        "--base-url",
        metavar="URL",
        help=f"the server [default: {' or '.join(BASE_URL_VARIABLES)}, else {DEFAULT_BASE_URL}]",
    )(command)


def first_set(variables: tuple[str, ...]) -> str | None:
    return next((os.environ[name] for name in variables if os.environ.get(name)), None)


class ServerError(click.ClickException):
    """What went wrong with a request, and a hint what to do. `status` and `code` are the server's, if it answered."""

    def __init__(
        self, message: str, *, hint: str | None = None, status: int | None = None, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.hint = hint
        self.status = status
        self.code = code

    def format_message(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class Client:
    """One server. Every failure is a ServerError whose message needs no stack trace."""

    def __init__(
        self, base_url: str | None, key: str | None, *, admin: bool = False, timeout_s: float = REQUEST_TIMEOUT_S
    ) -> None:
        url = (base_url or first_set(BASE_URL_VARIABLES) or DEFAULT_BASE_URL).rstrip("/")
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise click.UsageError(f"'{url}' is no base URL; it looks like {DEFAULT_BASE_URL}")
        self.base_url = url if parts.path else url + "/v1"
        self.key = key or first_set(ADMIN_KEY_VARIABLES if admin else KEY_VARIABLES)
        self.timeout_s = timeout_s

    def request(self, method: str, path: str, body: object = None) -> Any:
        """The decoded JSON answer. Raises ServerError."""
        return self._json(self._open(method, path, body, self.timeout_s))

    def send(self, path: str, content_type: str, size_bytes: int, pieces: Iterable[bytes]) -> Any:
        """POST a large body in pieces. The decoded JSON answer. Raises ServerError."""
        headers = {"content-type": content_type, "content-length": str(size_bytes)}
        return self._json(self._ask("POST", path, pieces, headers, ANSWER_TIMEOUT_S))

    def download(self, path: str) -> Generator[tuple[bytes, int | None], None, None]:
        """The pieces of an answer's bytes, each with the size of the whole if that is known. Raises ServerError."""
        with closing(self._ask("GET", path, None, {}, self.timeout_s)) as response:
            size_bytes = response.length
            have = 0
            while True:
                try:
                    piece = response.read(PIECE_BYTES)
                except transport.FAILURES as error:
                    raise ServerError(f"The content was cut short: {transport.reason(error)}.") from None
                if not piece:
                    break
                have += len(piece)
                yield piece, size_bytes
        if size_bytes is not None and have < size_bytes:
            raise ServerError("The content was cut short: the connection was closed.")

    def _json(self, response: transport.Response) -> Any:
        with closing(response):
            try:
                data = response.read()
            except transport.FAILURES as error:
                raise self._unreachable(error) from None
        try:
            return json.loads(data)
        except ValueError:
            raise ServerError(
                f"{self.base_url} answered with something that is not JSON: is it an OpenAI API?"
            ) from None

    def stream(self, path: str, body: object) -> Generator[dict[str, Any], None, None]:
        """The events of a streamed answer. Closing the iterator ends the generation. Raises ServerError."""
        with closing(self._open("POST", path, body, ANSWER_TIMEOUT_S)) as response:
            if "event-stream" not in (response.headers.get("content-type") or ""):
                raise ServerError(f"{self.base_url} did not stream its answer: is it an OpenAI API?")
            try:
                for line in response:
                    if not line.startswith(b"data:"):
                        continue
                    data = line[5:].strip()
                    if data == b"[DONE]":
                        return
                    event = _decoded(data)
                    if "error" in event:
                        raise _refusal(None, event)
                    yield event
            except transport.FAILURES as error:
                raise ServerError(f"The answer was cut short: {transport.reason(error)}.") from None
        raise ServerError("The answer was cut short: the connection was closed.")

    def models(self) -> list[dict[str, Any]]:
        """`GET /models`, by id; aliases last."""
        answer = self.request("GET", "/models")
        data = answer.get("data") if isinstance(answer, dict) else None
        models = [model for model in data or [] if isinstance(model, dict) and "id" in model]
        return sorted(models, key=lambda model: (bool(model.get("alias_of")), str(model["id"])))

    def no_model(self, model: str) -> ServerError:
        """The error for an unknown model, with the names that come near."""
        try:
            names = [str(known["id"]) for known in self.models()]
        except ServerError:
            names = []
        hint = did_you_mean(model, names) or "See `homeport models`."
        return ServerError(f"There is no model '{model}'.", hint=hint, status=404, code="model_not_found")

    def has_model(self, model: str) -> bool:
        """Whether the server knows this name, alias or pin."""
        try:
            self.request("GET", f"/models/{quote(model, safe='')}")
        except ServerError as error:
            if error.code == "model_not_found":
                return False
            if error.status != 404:  # a server without this route knows best when it is asked to generate
                raise
        return True

    def _open(self, method: str, path: str, body: object, timeout_s: float) -> transport.Response:
        headers = {"accept": "application/json"}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["content-type"] = "application/json"
        return self._ask(method, path, data, headers, timeout_s)

    def _ask(
        self, method: str, path: str, data: bytes | Iterable[bytes] | None, headers: dict[str, str], timeout_s: float
    ) -> transport.Response:
        try:
            return transport.open_url(
                self.base_url + path,
                method=method,
                body=data,
                headers=headers,
                key=self.key,
                timeout_s=timeout_s,
            )
        except urllib.error.HTTPError as error:
            raise self._refused(error) from None
        except transport.FAILURES as error:
            raise self._unreachable(error) from None

    def _refused(self, error: urllib.error.HTTPError) -> ServerError:
        hint = None
        if error.code == 401:
            hint = "It came from --key or the environment." if self.key else f"Use --key or set {KEY_VARIABLES[0]}."
        elif error.headers.get("location"):
            hint = f"It points to {error.headers['location']}: name that server with --base-url."
        elif error.headers.get("retry-after"):
            hint = f"Try again in {error.headers['retry-after']} s."
        try:
            with error:
                body = error.read()
        except transport.FAILURES:
            body = b""
        return _refusal(error.code, _decoded(body), hint)

    def _unreachable(self, error: BaseException) -> ServerError:
        reason = transport.reason(error)
        hint = "Start one with `homeport serve`, or name one with --base-url." if "refused" in reason else None
        return ServerError(f"No server at {self.base_url}: {reason}.", hint=hint)


def _decoded(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _refusal(status: int | None, body: dict[str, Any], hint: str | None = None) -> ServerError:
    error = body.get("error")
    if not isinstance(error, dict):
        error = {"message": error} if isinstance(error, str) else {}
    message = str(error.get("message") or "The server did not say why.").rstrip()
    prefix = f"{status}: " if status else ""
    return ServerError(prefix + message, hint=hint, status=status, code=error.get("code"))
