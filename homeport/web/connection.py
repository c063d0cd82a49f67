"""The server's side of a connection: uvicorn's, plus what a generation server needs.

- A caller that hangs up cancels the task that serves it at once: one mechanism for whole answers and streams, and it
  costs nothing while nobody hangs up. (A half-closed connection counts as hung up; it can't be told from a closed one.)
- Headers are bounded, and a caller that is slow to send them, stalls in its body or takes nothing of its stream is cut.
- An offer to upgrade is passed over, as it may be; uvicorn would lose the body. (The JDK's own client always offers.)
- What is no HTTP gets an answer in OpenAI's shape too.
- Generation routes are found and served here, without ASGI: no scope, no messages, one write for a whole answer and one
  for each block of a stream. Everything else goes uvicorn's way.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import http
import re
import sys
import termios
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Self
from urllib.parse import unquote_to_bytes

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from homeport.errors import ApiError, BadRequestError
from homeport.ids import new_request_id
from homeport.web.errors import Headers, header_lines, render

GenerationRoute = Callable[["Exchange"], Awaitable[None]]


def _status_line(status: int) -> bytes:
    try:
        phrase = http.HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return f"HTTP/1.1 {status} {phrase}\r\n".encode()


_UPGRADE = re.compile(rb"(\A|\r\n)upgrade:", re.IGNORECASE)
_STATUS_LINES = {status: _status_line(status) for status in range(100, 600)}


class Connection(HttpToolsProtocol):
    """`routes`: path → what serves it. `active`: the request that a caller's going away should stop."""

    exchange_type: type[Exchange]
    routes: Mapping[bytes, GenerationRoute] = {}
    max_header_bytes = 64 * 1024
    request_timeout_s = 30.0
    taking_timeout_s = 120.0  # a stream of which the caller takes not one byte in this time is given up

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.active: Exchange | None = None
        self._header_bytes = 0
        self._held_bytes = 0  # read, and not yet told of by the parser: an endless header, say
        self._last_read_s = self.loop.time()
        self._head_began_s: float | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.active is not None and self.active.task is not None:
            self.active.task.cancel()

    def data_received(self, data: bytes) -> None:
        self._last_read_s = self.loop.time()
        self._held_bytes += len(data)
        if (self.cycle is None or not self.cycle.more_body) and (b"pgrade:" in data or b"PGRADE:" in data):
            head, blank, body = data.partition(b"\r\n\r\n")
            data = _UPGRADE.sub(rb"\1x-upgrade:", head) + blank + body
        super().data_received(data)
        if self._held_bytes > self.max_header_bytes and not self.transport.is_closing():
            self._refuse_headers()

    def on_message_begin(self) -> None:
        self.url = b""
        self.expect_100_continue = False
        self.headers = []
        self._header_bytes = 0
        self._head_began_s = self._last_read_s

    def on_url(self, url: bytes) -> None:
        self._header_bytes += len(url)
        self.url += url

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
        self._held_bytes = 0
        self._head_began_s = None
        if self.parser.should_upgrade():  # an offer that came in pieces: its body would be read as the next request
            raise ValueError("upgrade")  # the parser makes it a parser error, as above
        route = self.routes.get(self.url) or self.routes.get(_plain_path(self.url))
        if route is None or self.parser.get_method() != b"POST":
            self._hand_over()
        else:
            self._serve(route)

    def _serve(self, route: GenerationRoute) -> None:
        before = self.cycle
        is_http_1_0 = self.parser.get_http_version() == "1.0"
        keep_alive = not is_http_1_0 and self.parser.should_keep_alive()
        exchange = self.exchange_type(self, route, is_http_1_0=is_http_1_0, keep_alive=keep_alive)
        self.cycle = exchange  # type: ignore[assignment]  # it has what the protocol needs of a cycle
        if before is None or before.response_complete:
            exchange.start()
        else:  # a pipelined request waits for its turn
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def _hand_over(self) -> None:
        """Let uvicorn have the request. Its `on_message_begin` makes the scope that it now needs."""
        url, headers, expect = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expect
        self.headers += headers
        super().on_headers_complete()

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        """A pipelined request's turn has come."""
        if isinstance(cycle, Exchange):
            cycle.start()
        else:
            super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        """As uvicorn's, but for its timer of idle connections: `cut_stalled` closes those, at no cost to a request."""
        self.server_state.total_requests += 1
        self._last_read_s = self.loop.time()  # it rests from here on, however long the answer took
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())

    def on_body(self, body: bytes) -> None:
        self._held_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """As uvicorn's, and also where the answer came first, whose body it would take for one still to come."""
        self.cycle.more_body = False
        if not self.cycle.response_complete:
            self.cycle.message_event.set()

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
        headers += [
            (b"x-request-id", new_request_id().encode()),
            (b"content-length", b"%d" % len(body)),
            (b"connection", b"close"),
        ]
        self.transport.write(_STATUS_LINES[error.status] + header_lines(headers) + b"\r\n" + body)
        self.transport.close()

    @property
    def _idle(self) -> bool:
        """Has it been served, and does it rest? What is left of a refused request's body may still come."""
        return self.cycle is not None and self.cycle.response_complete and self._head_began_s is None

    def rested(self, now_s: float) -> bool:
        """Has it been idle for `timeout_keep_alive` since its last answer?"""
        return self._idle and now_s - self._last_read_s >= self.timeout_keep_alive

    def stalled(self, now_s: float) -> bool:
        """Is a request half sent: its head begun, or nothing new of its body, `request_timeout_s` ago?"""
        if self._idle:
            return False
        since_s = self._last_read_s
        if self.cycle is None or self.cycle.response_complete:
            if self._head_began_s is not None:
                since_s = self._head_began_s
        elif not self.cycle.more_body:
            return False
        elif self.flow.read_paused:  # it's we who don't read: the caller's time stands still
            self._last_read_s = now_s
            return False
        return now_s - since_s >= self.request_timeout_s


class Exchange:
    """One request on a generation route. To uvicorn's protocol it is the connection's cycle, whose attributes it has.

    What it saves against uvicorn's own: the scope, an event, ASGI's dictionaries, a pattern match per header and a
    system call.
    """

    __slots__ = (
        "_route",
        "_transport",
        "_waiter",
        "begun",
        "body",
        "connection",
        "disconnected",
        "headers",
        "is_http_1_0",
        "keep_alive",
        "more_body",
        "response_complete",
        "task",
        "waiting_for_100_continue",
    )

    def __init__(self, connection: Connection, route: GenerationRoute, *, is_http_1_0: bool, keep_alive: bool) -> None:
        self.connection = connection
        self.headers: Headers = connection.headers
        self.is_http_1_0 = is_http_1_0
        self.keep_alive = keep_alive
        self.body = bytearray()
        self.more_body = True
        self.disconnected = False
        self.begun = False  # the head of a stream is out
        self.response_complete = False
        self.waiting_for_100_continue = connection.expect_100_continue
        self.task: asyncio.Task[None] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._transport = connection.transport
        self._route = route

    @property
    def message_event(self) -> Self:
        """What uvicorn's protocol calls `set` on. No attribute: a ring of references only the collector could free."""
        return self

    def start(self) -> None:
        """Serve it now, in a task that ends when the caller hangs up and that a stopping server waits for."""
        connection = self.connection
        task = self.task = connection.loop.create_task(self._serve())
        connection.active = self
        connection.tasks.add(task)

    async def _serve(self) -> None:
        try:
            await self._route(self)
        finally:
            if self.connection.active is self:
                self.connection.active = None
            assert self.task is not None
            self.connection.tasks.discard(self.task)
            self.task = None

    def set(self) -> None:
        """More of the body has come, or nothing will."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def read(self, limit_bytes: int) -> bytes | None:
        """The whole body, once; None when it is larger than that. Mostly it is here already."""
        if self.waiting_for_100_continue and self.more_body:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.waiting_for_100_continue = False
        while self.more_body and len(self.body) <= limit_bytes:
            self.connection.flow.resume_reading()
            self._waiter = self.connection.loop.create_future()
            await self._waiter
        if not self.more_body and not self.connection.pipeline:
            self.connection.flow.resume_reading()  # paused by a long body, it would not see the caller hang up
        body = bytes(self.body) if len(self.body) <= limit_bytes else None
        self.body = bytearray()  # the connection keeps this exchange until its next request
        return body

    def respond(self, status: int, lines: bytes, body: bytes) -> None:
        """A whole answer in one write. `lines`: header lines, each ended by CRLF."""
        if not self.disconnected:
            head = self._head(status, lines)
            self._transport.write(b"%bcontent-length: %d\r\n\r\n%b" % (head, len(body), body))
            self._complete()

    def begin(self, status: int, lines: bytes) -> None:
        """The head of a stream; the first block follows at once."""
        if self.disconnected:
            return
        self.begun = True
        if self.is_http_1_0:  # knows no chunks: the end of the connection is the end
            self.keep_alive = False
        encoding = b"\r\n" if self.is_http_1_0 else b"transfer-encoding: chunked\r\n\r\n"
        self._transport.write(self._head(status, lines) + encoding)

    async def write(self, block: bytes) -> None:
        """One block of a stream. Waits while the caller reads slower than the engine writes."""
        while self.connection.flow.write_paused:
            await self._drain()
        if not self.disconnected:
            self._transport.write(block if self.is_http_1_0 else b"%x\r\n%b\r\n" % (len(block), block))

    async def _drain(self) -> None:
        """Wait for the caller to take what is written. One that takes nothing at all would hold the engine for ever."""
        untaken = _untaken_bytes(self._transport)
        try:
            async with asyncio.timeout(self.connection.taking_timeout_s):
                await self.connection.flow.drain()
        except TimeoutError:
            if _untaken_bytes(self._transport) >= untaken:
                self._transport.abort()  # `connection_lost` stops this task
                await asyncio.sleep(0)

    def end(self, block: bytes = b"") -> None:
        """The end of a stream, after a last block if there is one."""
        if not self.disconnected:
            if not self.is_http_1_0:
                block = (b"%x\r\n%b\r\n" % (len(block), block) if block else b"") + b"0\r\n\r\n"
            self._transport.write(block)
            self._complete()

    def _head(self, status: int, lines: bytes) -> bytes:
        head = _STATUS_LINES[status] + _default_lines(self.connection.server_state.default_headers) + lines
        if b"\r\nconnection: close\r\n" in head:
            self.keep_alive = False
        elif not self.keep_alive:
            head += b"connection: close\r\n"
        return head

    def _complete(self) -> None:
        self.response_complete = True
        self.connection.active = None  # what is left to do is done whether the caller is there or not
        if not self.keep_alive:
            self._transport.close()
        self.connection.on_response_complete()


Connection.exchange_type = Exchange  # `web.cors` has one of its own


def _untaken_bytes(transport: asyncio.WriteTransport) -> int:
    """What was written and the other side has not got: ours, and the kernel's, which lets us know only now and then."""
    size = transport.get_write_buffer_size()
    with contextlib.suppress(OSError, ValueError, AttributeError):  # closed meanwhile, or no socket
        queued = fcntl.ioctl(transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, bytes(4))
        size += int.from_bytes(queued, sys.byteorder)
    return size


def _plain_path(url: bytes) -> bytes:
    """The path of a request target: without a query, an origin or escapes."""
    return unquote_to_bytes(httptools.parse_url(url).path or b"")


_rendered: tuple[object, bytes] = (None, b"")


def _default_lines(headers: list[tuple[bytes, bytes]]) -> bytes:
    """uvicorn's own headers. It makes a new list, with a new `date`, once a second."""
    global _rendered
    if _rendered[0] is not headers:
        _rendered = (headers, header_lines(headers))
    return _rendered[1]


async def cut_stalled(connections: set[Any], every_s: float) -> None:
    """Run for the server's life: close connections whose caller has stalled."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(every_s)
        for connection in list(connections):
            if not isinstance(connection, Connection):
                continue
            if connection.rested(loop.time()):
                connection.transport.close()
            elif connection.stalled(loop.time()):
                connection.refuse(
                    BadRequestError("The request was not sent in time.", status=408, code="request_timeout")
                )
