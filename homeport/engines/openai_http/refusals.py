"""What a peer's failure means to the caller: its own words where they are the caller's to know, a 502 otherwise.

A peer's 401 and 403 are about Homeport's key, not the caller's. HTML, or any text that is no JSON, is never passed on.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from homeport.engines.http_client import AllBusy, HttpError, Response, TimedOut
from homeport.errors import (
    ApiError,
    ContextLengthExceeded,
    EngineError,
    EngineTimeout,
    ModelNotFound,
    Overloaded,
    RateLimitError,
    RequestTooLarge,
)

LONGEST_MESSAGE = 2000  # characters
LONGEST_RETRY_AFTER_S = 86_400.0
_SHORTEST_SECRET = 8  # characters; what is shorter may well be a word
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)  # what decoding a peer's JSON may raise

# How vLLM, SGLang, llama.cpp and Ollama say it, each in its own way.
_TOO_LONG = re.compile(
    r"context.?(length|size|window)|(input|prompt) (length|is too long)|exceed\w* .*(context|max_model_len)",
    re.IGNORECASE,
)


class PeerError(msgspec.Struct):
    """A peer's error object, whichever of the usual forms it came in."""

    message: str
    type: str | None = None
    param: str | None = None
    code: str | None = None


def read_error(payload: Any) -> PeerError | None:
    """The error in a decoded JSON value: OpenAI's ``{"error": {…}}``, or a flat, textual or FastAPI's own form."""
    if not isinstance(payload, dict):
        return None
    error = payload.get("error")
    if error is None and (payload.get("object") == "error" or "detail" in payload):
        error = payload.get("detail") or payload
    if isinstance(error, str):
        return PeerError(error)
    if isinstance(error, list):  # FastAPI: one object a field
        error = next((item for item in error if isinstance(item, dict)), {})
        place = error.get("loc")
        path = ".".join(map(str, place[1:])) if isinstance(place, list) else None
        error = {"message": error.get("msg"), "param": path}
    if not isinstance(error, dict) or not isinstance(error.get("message"), str):
        return None
    type_, param, code = error.get("type"), error.get("param"), error.get("code")
    return PeerError(
        error["message"],
        type_ if isinstance(type_, str) else None,
        param if isinstance(param, str) and param else None,
        str(code) if isinstance(code, str | int) and code != "" else None,
    )


class Refusals:
    """Makes the errors of one engine. `secrets`, and the words they are made of, never appear in them."""

    def __init__(self, engine: str, secrets: list[str]) -> None:
        self._engine = engine
        words = {word for secret in secrets for word in (secret, *secret.split())}
        self._secrets = sorted((word for word in words if len(word) >= _SHORTEST_SECRET), key=len, reverse=True)

    def broken(self, what: str, *, retryable: bool = True) -> EngineError:
        """The engine spoke nonsense: "sent …", "cut …", "answered …"."""
        return EngineError(f"The engine `{self._engine}` {what}.", retryable=retryable)

    def timed_out(self) -> EngineTimeout:
        return EngineTimeout(f"The engine `{self._engine}` did not answer in time.")

    def down(self, retry_after_s: float, problem: str) -> Overloaded:
        """Every replica's circuit is open."""
        message = f"The engine `{self._engine}` is not available: {problem}"
        return Overloaded(message, retry_after_s=retry_after_s)

    def failed(self, error: HttpError) -> ApiError:
        """No usable HTTP answer came."""
        if isinstance(error, TimedOut):
            return self.timed_out()
        if isinstance(error, AllBusy):
            return Overloaded(f"The engine `{self._engine}` is busy: {error}.")
        return self.broken(f"failed: {self._clean(str(error))}")

    def refused(self, response: Response, path: str) -> ApiError:
        """An answer that is not 200."""
        status = response.status
        try:
            error = read_error(msgspec.json.decode(response.body))
        except UNREADABLE:
            error = None
        if status in (401, 403):
            return self.broken(f"refused Homeport's own credentials ({status})")
        if 300 <= status < 400:
            return self.broken(f"answered {status}, a redirect, which is not followed: configure the URL it leads to")
        if error is None and status == RequestTooLarge.status:
            return RequestTooLarge(f"The engine `{self._engine}` takes no request of this size.")
        if error is None:
            kind = response.headers.get("content-type", "no content type").partition(";")[0]
            hint = ": is its URL right?" if status in (404, 405) else ""
            return self.broken(f"answered {status} with {self._clean(kind)[:80]} to {path}{hint}")
        if status < 400:
            return self.told(error, status_in(error))
        return self.told(error, status, retry_after_s(response.headers))

    def told(self, error: PeerError, status: int, retry_after: float | None = None) -> ApiError:
        """An error in the peer's own words. `status`: of the answer, or what an error in a stream says of itself."""
        message = self._clean(error.message)
        headers = {} if retry_after is None else {"retry-after": str(max(1, round(retry_after)))}
        if status in (401, 403):
            return self.broken(f"refused Homeport's own credentials ({status})")
        if status == RateLimitError.status:
            return RateLimitError(message, type=error.type, code=error.code, headers=headers)
        if status == Overloaded.status:
            return Overloaded(f"The engine `{self._engine}` is overloaded: {message}", retry_after_s=retry_after or 1.0)
        if not 400 <= status < 500 or status == 408:
            return self.broken(f"failed: {message}")
        if status == ModelNotFound.status and "model" in message.lower():
            return ModelNotFound(message, param=error.param)
        if status in (400, 413, 422) and _TOO_LONG.search(message):
            return ContextLengthExceeded(message, param=error.param or "messages")
        kind = error.type if error.type and "_" in error.type else "invalid_request_error"
        code = None if error.code == str(status) else error.code  # some repeat the status there
        return ApiError(message, status=status, type=kind, param=error.param, code=code)

    def _clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text[:LONGEST_MESSAGE]


def status_in(error: PeerError) -> int:
    """The HTTP status that an error without one of its own stands for: its code, if that is a number."""
    return int(error.code) if error.code and error.code.isdecimal() and len(error.code) < 10 else 500


def retry_after_s(headers: dict[str, str]) -> float | None:
    """`Retry-After` in seconds, or its variant in milliseconds; None without, for dates and for nonsense."""
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            value = float(headers[name]) * unit_s
        except (KeyError, ValueError):
            continue
        if 0 <= value <= LONGEST_RETRY_AFTER_S:
            return value
    return None
