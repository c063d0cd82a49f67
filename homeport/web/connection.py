"""The server's side of a connection: uvicorn's, plus what a generation server needs.

- A caller that hangs up cancels the task that serves it at once: one mechanism for whole answers and streams, and it
  costs nothing while nobody hangs up. (A half-closed connection counts as hung up; it can't be told from a closed one.)
- Headers are bounded, and a caller that is slow to send them, or stalls in its body, is cut.
- An offer to upgrade is passed over, as it may be; uvicorn would lose the body. (The JDK's own client always offers.)
- What is no HTTP gets an answer in OpenAI's shape too.
- `Exchange` answers without ASGI's messages: one write for a whole answer, one for each block of a stream.
"""

from __future__ import annotations

import asyncio
import http
import re
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from homeport.errors import ApiError, BadRequestError
from homeport.web.errors import header_lines, render

SCOPE_KEY = "homeport.exchange"


def _status_line(status: int) -> bytes:
    try:
        phrase = http.HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return f"HTTP/1.1 {status} {phrase}\r\n".encode()


_UPGRADE = re.compile(rb"(\A|\r\n)upgrade:", re.IGNORECASE)
_STATUS_LINES = {status: _status_line(status) for status in range(100, 600)}


class Connection(HttpToolsProtocol):
    """`on_hangup`: called once when the caller goes away while a request is being served."""

    max_header_bytes = 64 * 1024
    request_timeout_s = 30.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on_hangup: Callable[[], object] | None = None
        self._header_bytes = 0
        self._held_bytes = 0  # read, and not yet told of by the parser: an endless header, say
        self._last_read_s = self.loop.time()
        self._head_began_s: float | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.on_hangup is not None:
            self.on_hangup()

    def data_received(self, data: bytes) -> None:
        self._last_read_s = self.loop.time()
        self._held_bytes += len(data)
        if (self.cycle is None or not self.cycle.more_body) and b"pgrade:" in data:
            head, blank, body = data.partition(b"\r\n\r\n")
            data = _UPGRADE.sub(rb"\1x-upgrade:", head) + blank + body
        super().data_received(data)
        if self._held_bytes > self.max_header_bytes and not self.transport.is_closing():
            self._refuse_headers()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._header_bytes = 0
        self._head_began_s = self._last_read_s

    def on_url(self, url: bytes) -> None:
        self._header_bytes += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._held_bytes = 0
        self._header_bytes += len(name) + len(value)
        if self._header_bytes > self.max_header_bytes:
            raise ValueError("headers too large")  # the parser makes it a parser error, see send_400_response
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._held_bytes = 0
        self._head_began_s = None
        # The task that serves the request has been made, but runs later.
        self.scope[SCOPE_KEY] = Exchange(self, self.cycle)  # type: ignore[literal-required]  # a key of our own

    def on_body(self, body: bytes) -> None:
        self._held_bytes = 0
        super().on_body(body)

    def send_400_response(self, msg: str) -> None:
        if self._header_bytes > self.max_header_bytes:
            self._refuse_headers()
        else:
            self.refuse(BadRequestError("The request is no valid HTTP.", code="invalid_http"))

    def _refuse_headers(self) -> None:
        message = f"The request's headers are larger than {self.max_header_bytes} bytes."
        self.refuse(BadRequestError(message, status=431, code="headers_too_large"))

    def refuse(self, error: ApiError) -> None:
        """Answer outside any request, and close."""
        headers, body = render(error)
        headers += [(b"content-length", b"%d" % len(body)), (b"connection", b"close")]
        self.transport.write(_STATUS_LINES[error.status] + header_lines(headers) + b"\r\n" + body)
        self.transport.close()

    def stalled(self, now_s: float) -> bool:
        """Is a request half sent: its head begun, or nothing new of its body, `request_timeout_s` ago?"""
        since_s = self._last_read_s
        if self.cycle is None or self.cycle.response_complete:
            if self._head_began_s is not None:
                since_s = self._head_began_s
            elif self.timeout_keep_alive_task is not None:
                return False  # it has been served, and may rest; only one that never said a word may not
        elif not self.cycle.more_body:
            return False
        return now_s - since_s >= self.request_timeout_s


class Exchange:
    """One request on a connection, for the task that serves it.

    Writes to the connection itself. That is what uvicorn's `send` does too, at the price of two dictionaries, a pattern
    match per header and a system call more; here headers are ours and known to be clean.
    """

    __slots__ = ("_chunked", "_cycle", "_transport", "connection")

    def __init__(self, connection: Connection, cycle: RequestResponseCycle) -> None:
        self.connection = connection
        self._cycle = cycle
        self._transport = connection.transport
        self._chunked = True

    def body(self) -> bytes | None:
        """The request's body if all of it has come, as it nearly always has by now; else ASGI's receive has to wait."""
        cycle = self._cycle
        return None if cycle.more_body or cycle.waiting_for_100_continue else bytes(cycle.body)

    def respond(self, status: int, lines: bytes, body: bytes) -> None:
        """A whole answer in one write. `lines`: header lines, each ended by CRLF."""
        if self._cycle.disconnected:
            return
        head = self._head(status, lines)
        self._transport.write(b"%bcontent-length: %d\r\n\r\n%b" % (head, len(body), body))
        self._complete()

    def begin(self, status: int, lines: bytes) -> None:
        """The head of a stream; the first block follows at once."""
        if self._cycle.disconnected:
            return
        if self._cycle.scope["http_version"] == "1.0":  # knows no chunks: the end of the connection is the end
            self._chunked = self._cycle.keep_alive = False
        encoding = b"transfer-encoding: chunked\r\n\r\n" if self._chunked else b"\r\n"
        self._transport.write(self._head(status, lines) + encoding)

    async def write(self, block: bytes) -> None:
        """One block of a stream. Waits while the caller reads slower than the engine writes."""
        if self._cycle.flow.write_paused:
            await self._cycle.flow.drain()
        if not self._cycle.disconnected:
            self._transport.write(b"%x\r\n%b\r\n" % (len(block), block) if self._chunked else block)

    def end(self, block: bytes = b"") -> None:
        """The end of a stream, after a last block if there is one."""
        if not self._cycle.disconnected:
            if self._chunked:
                block = (b"%x\r\n%b\r\n" % (len(block), block) if block else b"") + b"0\r\n\r\n"
            self._transport.write(block)
            self._complete()

    def _head(self, status: int, lines: bytes) -> bytes:
        cycle = self._cycle
        cycle.response_started = True
        head = _STATUS_LINES[status] + _default_lines(cycle.default_headers) + lines
        if b"\r\nconnection: close\r\n" in head:
            cycle.keep_alive = False
        elif not cycle.keep_alive:
            head += b"connection: close\r\n"
        return head

    def _complete(self) -> None:
        cycle = self._cycle
        cycle.response_complete = True
        cycle.message_event.set()
        if not cycle.keep_alive:
            self._transport.close()
        cycle.on_response()


_rendered: tuple[object, bytes] = (None, b"")


def _default_lines(headers: list[tuple[bytes, bytes]]) -> bytes:
    """uvicorn's own headers. It makes a new list, with a new `date`, once a second."""
    global _rendered
    if _rendered[0] is not headers:
        _rendered = (headers, header_lines(headers))
    return _rendered[1]


async def cut_stalled(connections: set[Any]) -> None:
    """Run for the server's life: close connections whose caller has stalled."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(min(1.0, Connection.request_timeout_s / 4))
        for connection in list(connections):
            if isinstance(connection, Connection) and connection.stalled(loop.time()):
                connection.refuse(
                    BadRequestError("The request was not sent in time.", status=408, code="request_timeout")
                )
