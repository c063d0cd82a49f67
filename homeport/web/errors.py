"""The only renderer of errors: OpenAI's envelope, whatever happened."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import msgspec

from homeport.errors import ApiError, InternalServerError

log = logging.getLogger("homeport")

Headers = list[tuple[bytes, bytes]]


def as_api_error(error: BaseException, request_id: str) -> ApiError:
    """An ApiError as it is; anything else is a bug of ours: logged with its trace, told without it."""
    if isinstance(error, ApiError):
        return error
    log.error("request %s failed", request_id, exc_info=error)
    return InternalServerError(f"The server had an error while processing your request (request id {request_id}).")


def header_lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"".join([b"%b: %b\r\n" % header for header in headers])


def render(error: ApiError) -> tuple[Headers, bytes]:
    """Headers (without a length) and body of an error's response."""
    headers = [(b"content-type", b"application/json")]
    headers += [(name.encode("latin-1"), value.encode("latin-1")) for name, value in error.headers.items()]
    return headers, msgspec.json.encode(error.envelope())
