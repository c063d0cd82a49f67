"""The server's side of a connection: uvicorn's, plus what a generation server needs.

- A caller that hangs up cancels the task that serves it at once: one mechanism for whole answers and streams, and it
  costs nothing while nobody hangs up. (A half-closed connection counts as hung up; it can't be told from a closed one.)
- Headers are bounded, and a caller that is slow to send them, or stalls in its body, is cut.
- What is no HTTP gets an answer in OpenAI's shape too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from homeport.errors import ApiError, BadRequestError
from homeport.web.errors import render

SCOPE_KEY = "homeport.connection"


class Connection(HttpToolsProtocol):
    """`on_hangup`: called once when the caller goes away while a request is being served."""

    max_header_bytes = 64 * 1024
    request_timeout_s = 30.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on_hangup: Callable[[], object] | None = None
        self._header_bytes = 0
        self._last_read_s = self.loop.time()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._last_read_s = self.loop.time()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.on_hangup is not None:
            self.on_hangup()

    def data_received(self, data: bytes) -> None:
        self._last_read_s = self.loop.time()
        super().data_received(data)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._header_bytes = 0
        self.scope[SCOPE_KEY] = self  # type: ignore[literal-required]  # a key of our own

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def send_400_response(self, msg: str) -> None:
        if self._header_bytes > self.max_header_bytes:
            self.refuse(ApiError("The request's headers are too large.", status=431, type="invalid_request_error"))
        else:
            self.refuse(BadRequestError("The request is no valid HTTP.", code="invalid_http"))

    def refuse(self, error: ApiError) -> None:
        """Answer outside any request, and close."""
        status, headers, body = render(error)
        lines = b"".join(b"%b: %b\r\n" % header for header in [*headers, (b"connection", b"close")])
        self.transport.write(STATUS_LINE[status] + lines + b"\r\n" + body)
        self.transport.close()

    def stalled(self, now_s: float) -> bool:
        """Is a request half sent, with nothing new for `request_timeout_s`?"""
        if now_s - self._last_read_s < self.request_timeout_s:
            return False
        if self.cycle is None or self.cycle.response_complete:
            return self.timeout_keep_alive_task is None  # in the middle of its headers, or never said a word
        return self.cycle.more_body

    def _count(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > self.max_header_bytes:
            raise ValueError("headers too large")  # the parser turns it into a parser error, see send_400_response


async def cut_stalled(connections: set[Any]) -> None:
    """Run for the server's life: close connections whose caller has stalled."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(min(1.0, Connection.request_timeout_s / 4))
        for connection in list(connections):
            if isinstance(connection, Connection) and connection.stalled(loop.time()):
                connection.refuse(ApiError("The request was not sent in time.", status=408, code="request_timeout"))
