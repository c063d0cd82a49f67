"""HTTP for the commands: urllib with two time limits, the environment's proxies, and keys that don't cross origins."""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from email.message import Message
from typing import IO, Any
from urllib.parse import urlsplit

from homeport import __version__

CONNECT_TIMEOUT_S = 5.0
USER_AGENT = f"homeport/{__version__}"

# What a network call can raise; ValueError is a host or URL that can't be written on the wire.
FAILURES = (OSError, http.client.HTTPException, ValueError)

Response = http.client.HTTPResponse


def open_url(
    url: str,
    *,
    method: str = "GET",
    body: bytes | Iterable[bytes] | None = None,
    headers: dict[str, str] | None = None,
    key: str | None = None,
    timeout_s: float = 60.0,
    on_redirect: Callable[[Message], None] | None = None,
) -> Response:
    """Open `url`. `key` becomes a bearer token, which a redirect to another origin never sees.

    A `body` that comes in pieces needs a content-length among the `headers`.

    `timeout_s` bounds each wait for bytes; connecting has a shorter limit of its own. `on_redirect` is shown the
    headers of every redirect. Raises HTTPError for a status of 400 and above, one of FAILURES for the network.
    """
    request = urllib.request.Request(
        url, data=body, method=method, headers={"user-agent": USER_AGENT, **(headers or {})}
    )
    if key:
        request.add_unredirected_header("Authorization", f"Bearer {key}")
    handlers: list[urllib.request.BaseHandler] = [_Http(), _Https(), _Redirects(on_redirect)]
    if is_loopback(urlsplit(url).hostname or ""):
        handlers.append(urllib.request.ProxyHandler({}))  # no proxy can reach this machine's own loopback
    response = urllib.request.build_opener(*handlers).open(request, timeout=timeout_s)
    assert isinstance(response, Response)
    return response


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def reason(error: BaseException) -> str:
    """What went wrong on the network, in words for a person."""
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, BaseException):
        error = error.reason
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, socket.gaierror):
        return "the host name does not resolve"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its TLS certificate is not trusted ({error.verify_message})"
    if isinstance(error, http.client.RemoteDisconnected | ConnectionResetError | BrokenPipeError):
        return "the connection was closed"
    if isinstance(error, http.client.IncompleteRead):
        return "the connection was cut in the middle"
    if isinstance(error, http.client.InvalidURL | UnicodeError):
        return "that is no valid URL"
    if isinstance(error, http.client.HTTPException):
        return f"it does not speak HTTP ({type(error).__name__})"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


# A blackholed host must fail in seconds, while an answer may be minutes in the making: urllib has one limit for both.


def _connect(connection: http.client.HTTPConnection, connect: Callable[[], None]) -> None:
    answer_timeout_s = connection.timeout
    connection.timeout = min(CONNECT_TIMEOUT_S, answer_timeout_s or CONNECT_TIMEOUT_S)
    connect()
    connection.timeout = answer_timeout_s
    connection.sock.settimeout(answer_timeout_s)


class _Listening(http.client.HTTPConnection):
    """A server that refuses a body answers before it has all of it, and closes: its answer says what went wrong."""

    def endheaders(self, message_body: Any = None, *, encode_chunked: bool = False) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            super().endheaders(message_body, encode_chunked=encode_chunked)


class _HttpConnection(_Listening):
    def connect(self) -> None:
        _connect(self, super().connect)


class _HttpsConnection(_Listening, http.client.HTTPSConnection):
    def connect(self) -> None:
        _connect(self, super().connect)


class _Http(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> Response:
        return self.do_open(_HttpConnection, req)


class _Https(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> Response:
        return self.do_open(_HttpsConnection, req)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Keeps the key on redirects within the origin (a renamed repository), drops it elsewhere (a content network)."""

    def __init__(self, on_redirect: Callable[[Message], None] | None) -> None:
        self.on_redirect = on_redirect

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if req.get_method() not in ("GET", "HEAD"):  # it would be sent again as a GET, without its body
            return None
        if self.on_redirect is not None:
            self.on_redirect(headers)
        redirected = super().redirect_request(req, fp, code, msg, headers, newurl)
        authorization = req.unredirected_hdrs.get("Authorization")
        if redirected is not None and authorization and _origin(req.full_url) == _origin(newurl):
            redirected.add_unredirected_header("Authorization", authorization)
        return redirected


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()
