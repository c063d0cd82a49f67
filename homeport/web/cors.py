"""Programs in browsers, on pages of other origins (`server.cors_origins`).

A browser asks first what it may send (a preflight, which carries no key) and then hides an answer whose headers don't
name the page's origin. Both concern every route and every error, so they are seen to at the connection. A server that
allows no origins runs without any of this.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from homeport.web.connection import Connection, Exchange
from homeport.web.errors import Headers, header_lines

MAX_AGE_S = 7200  # how long a browser remembers a preflight's answer: the most that one of them does
EXPOSED = b", ".join(
    (
        b"x-request-id",
        b"x-ratelimit-limit",
        b"x-ratelimit-remaining",
        b"x-ratelimit-reset",
        b"x-ratelimit-limit-requests",
        b"x-ratelimit-remaining-requests",
        b"x-ratelimit-reset-requests",
        b"retry-after",
        b"openai-poll-after-ms",
        b"content-disposition",
        b"content-range",
        b"etag",
    )
)


class CorsExchange(Exchange):
    """Names the page's origin in the head of every answer."""

    __slots__ = ("_cors_lines",)

    def __init__(self, connection: CorsConnection, *args: Any, **kwargs: Any) -> None:
        super().__init__(connection, *args, **kwargs)
        self._cors_lines = header_lines(connection.cors_headers)

    def _head(self, status: int, lines: bytes) -> bytes:
        return super()._head(status, lines + self._cors_lines)


class CorsConnection(Connection):
    """`origins`: those that may read answers, in lower case; `*` among them stands for all."""

    exchange_type = CorsExchange
    origins: Collection[bytes] = ()
    cors_headers: Headers = ()  # type: ignore[assignment]  # of the request that is being read

    def on_headers_complete(self) -> None:
        self.cors_headers = self._allowed()
        super().on_headers_complete()

    def _hand_over(self) -> None:
        """Preflights are answered here, ahead of authentication; uvicorn gets what else is no generation."""
        if self.cors_headers and self.parser.get_method() == b"OPTIONS":
            asked = dict(self.headers)
            if b"access-control-request-method" in asked:
                self.cors_headers += _permissions(asked.get(b"access-control-request-headers", b""))
                self._serve(_nothing)
                return
        super()._hand_over()
        if self.cors_headers:
            cycle: Any = self.cycle
            cycle.default_headers = cycle.default_headers + self.cors_headers

    def _allowed(self) -> Headers:
        """What tells a browser that its page may read the answer: nothing for a page that may not."""
        origin = next((value for name, value in self.headers if name == b"origin"), None)
        if origin is None:
            return []
        if b"*" in self.origins:
            allowed = [(b"access-control-allow-origin", b"*")]
        elif origin.lower() in self.origins:
            allowed = [(b"access-control-allow-origin", origin), (b"vary", b"Origin")]
        else:
            return []
        return [*allowed, (b"access-control-expose-headers", EXPOSED)]


def _permissions(headers: bytes) -> Headers:
    """What a page may send. Any headers: the SDKs have a dozen of their own, and none means anything without a key."""
    permitted = [
        (b"access-control-allow-methods", b"GET, POST, DELETE"),
        (b"access-control-max-age", b"%d" % MAX_AGE_S),
    ]
    return [*permitted, (b"access-control-allow-headers", headers)] if headers else permitted


async def _nothing(exchange: Exchange) -> None:
    exchange.respond(200, b"", b"")
