"""A small pooled HTTP/1.1 client for talking to engines: one origin, keep-alive, back-pressure, bounded everything.

Why not aiohttp or httpx: on the generation path they cost 60 to 1,500 µs of CPU a request, this costs about 15
(docs/benchmarks.md). It knows just what engines need: POST and GET with a body in memory, answers whole or streamed,
TCP, TLS and UNIX sockets. It follows no redirects, decodes no content encodings and keeps no cookies. Requests that
leave for anywhere but a configured engine do not belong here.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections import deque
from collections.abc import Callable
from typing import Any, Self
from urllib.parse import urlsplit

import httptools
from msgspec import Struct


class HttpError(Exception):
    """A request that got no usable answer. `sent`: the peer may have begun to work on it."""

    def __init__(self, message: str, *, sent: bool = True) -> None:
        super().__init__(message)
        self.sent = sent


class ConnectFailed(HttpError):
    """No connection could be made."""


class PeerClosed(HttpError):
    """The peer closed the connection before its answer was whole."""


class BadAnswer(HttpError):
    """The peer's bytes are no HTTP answer, or it is larger than allowed."""


class TimedOut(HttpError):
    """Nothing came in time."""


class Response(Struct):
    """A whole answer; header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


_HIGH_WATER_BYTES = 256 * 1024  # unread bytes of one stream at which reading from the peer pauses
_IDLE_S = 60.0  # an idle connection older than this is not used again: peers close them at about that age


class _Connection(asyncio.Protocol):
    """One connection; carries one exchange at a time. The parser calls its on_… methods."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client
        self._loop = client.loop
        self.transport: asyncio.Transport = None  # type: ignore[assignment]  # set by connection_made, before any use
        self.idle_since = 0.0
        self.closed = False
        self._streaming = False
        self._waiter: asyncio.Future[None] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._reset()

    def _reset(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.pieces: list[bytes] = []
        self.headers_done = False
        self.done = False
        self.received = False
        self._keep_alive = False
        self.error: HttpError | None = None
        self._header_bytes = 0
        self._body_bytes = 0
        self._buffered_bytes = 0
        self._paused = False

    # --- asyncio.Protocol -----------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self.received = True
        if self._waiter is None and self.idle_since:
            self.abort()  # bytes nobody asked for: this connection can't be trusted
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(BadAnswer(f"not an HTTP answer: {error}"))
        if self._streaming and self._buffered_bytes > _HIGH_WATER_BYTES and not self._paused:
            self._paused = True
            self.transport.pause_reading()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self._client._lost(self)
        if self.done or self.error is not None:
            return
        if self.headers_done and "content-length" not in self.headers and "transfer-encoding" not in self.headers:
            self.done = True  # a body that ends with the connection
            self._wake()
        else:
            self._fail(PeerClosed("the engine closed the connection"))

    # --- httptools ------------------------------------------------------------

    def on_header(self, name: bytes, value: bytes) -> None:
        self._header_bytes += len(name) + len(value)
        if self._header_bytes > self._client.max_header_bytes:
            raise BadAnswer("the answer's headers are too large")
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        if self.status < 200:
            return
        self.headers_done = True
        self._keep_alive = self._parser.should_keep_alive()  # only now: after the message's end it is always false
        if self._streaming:
            self._wake()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        if not self._streaming and self._body_bytes > self._client.max_answer_bytes:
            raise BadAnswer("the answer is too large")
        self.pieces.append(body)
        if self._streaming:
            self._buffered_bytes += len(body)
            self._wake()

    def on_message_complete(self) -> None:
        if self.status < 200:  # 100 Continue and its kind: the real answer follows
            self.headers = {}
            return
        self.done = True
        self._wake()

    # --- one exchange -----------------------------------------------------------

    def begin(self, request: bytes, *, streaming: bool) -> None:
        if self.received or self.error is not None:
            self._reset()
        self._streaming = streaming
        self.idle_since = 0.0
        self.transport.write(request)

    async def wait(self, timeout_s: float) -> None:
        """Until something changes: headers, a piece of body, the end, or an error (raised)."""
        if self.error is not None:
            raise self.error
        waiter = self._waiter = self._loop.create_future()
        timer = self._loop.call_later(timeout_s, self._timed_out)
        try:
            await waiter
        finally:
            timer.cancel()
            self._waiter = None
        if self.error is not None:
            raise self.error

    def take(self) -> bytes:
        """The body bytes that have come since the last call."""
        pieces = self.pieces
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        self.pieces = []
        self._buffered_bytes = 0
        if self._paused:
            self._paused = False
            self.transport.resume_reading()
        return data

    def reusable(self) -> bool:
        return self.done and not self.closed and self._keep_alive

    def abort(self) -> None:
        if not self.closed:
            self.transport.abort()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, error: HttpError) -> None:
        self.error = error
        self._wake()
        self.abort()

    def _timed_out(self) -> None:
        self._fail(TimedOut("the engine did not answer in time"))


class StreamResponse:
    """An answer as it comes. Iterating gives the bytes that have arrived, at least one; `aclose` hangs up."""

    def __init__(self, client: HttpClient, connection: _Connection, timeout_s: float) -> None:
        self.status = connection.status
        self.headers = connection.headers
        self._client = client
        self._connection: _Connection | None = connection
        self._timeout_s = timeout_s

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        connection = self._connection
        if connection is None:
            raise StopAsyncIteration
        while not connection.pieces:
            if connection.done:
                self._connection = None
                self._client._release(connection)
                raise StopAsyncIteration
            try:
                await connection.wait(self._timeout_s)
            except BaseException:
                await self.aclose()
                raise
        return connection.take()

    async def read(self, limit_bytes: int) -> bytes:
        """The rest of the body, at most `limit_bytes` of it; the stream is closed after."""
        data = b""
        try:
            async for piece in self:
                data += piece
                if len(data) >= limit_bytes:
                    break
        finally:
            await self.aclose()
        return data[:limit_bytes]

    async def aclose(self) -> None:
        """Hang up, unless the answer is already whole. Idempotent."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if connection.done:
            self._client._release(connection)
        else:
            connection.abort()


class HttpClient:
    """A pool of connections to one origin.

    `base_url`: scheme, host, port and a path prefix for every request. `uds`: a UNIX socket to connect to instead.
    At most `max_connections` are open; further requests wait for one in the order they came.
    """

    def __init__(
        self,
        base_url: str,
        *,
        uds: str | None = None,
        headers: dict[str, str] | None = None,
        max_connections: int = 1024,
        connect_timeout_s: float = 5.0,
        verify_tls: bool = True,
        max_header_bytes: int = 64 * 1024,
        max_answer_bytes: int = 256 * 1024 * 1024,
    ) -> None:
        url = urlsplit(base_url)
        self.base_url = base_url.rstrip("/")
        self.host = url.hostname or "localhost"
        self.port = url.port or (443 if url.scheme == "https" else 80)
        self._prefix = url.path.rstrip("/")
        self._uds = uds
        self._ssl: ssl.SSLContext | None = None
        if url.scheme == "https":
            self._ssl = ssl.create_default_context()
            if not verify_tls:
                self._ssl.check_hostname = False
                self._ssl.verify_mode = ssl.CERT_NONE
        authority = self.host if url.port is None else f"{self.host}:{url.port}"
        fixed = {"host": authority, "accept-encoding": "identity", **(headers or {})}
        self._fixed = "".join(f"{name}: {value}\r\n" for name, value in fixed.items()).encode("latin-1")
        self._heads: dict[tuple[str, str], bytes] = {}
        self._max_connections = max_connections
        self._connect_timeout_s = connect_timeout_s
        self.max_header_bytes = max_header_bytes
        self.max_answer_bytes = max_answer_bytes
        self._idle: deque[_Connection] = deque()
        self._open: set[_Connection] = set()
        self._connecting = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        return self._loop

    async def request(
        self, method: str, path: str, *, body: bytes = b"", headers: bytes = b"", timeout_s: float = 60.0
    ) -> Response:
        """Send and wait for the whole answer. `headers`: further header lines, each ended by CRLF."""
        connection = await self._exchange(method, path, body, headers, timeout_s, streaming=False)
        response = Response(connection.status, connection.headers, connection.take())
        self._release(connection)
        return response

    async def stream(
        self,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        headers: bytes = b"",
        timeout_s: float = 60.0,
    ) -> StreamResponse:
        """Send and wait for status and headers; the body is then iterated. `timeout_s` bounds every single wait."""
        connection = await self._exchange(method, path, body, headers, timeout_s, streaming=True)
        return StreamResponse(self, connection, timeout_s)

    async def close(self) -> None:
        """Cut every connection; exchanges under way fail."""
        for connection in list(self._open):
            connection.abort()
        self._idle.clear()
        await asyncio.sleep(0)

    # --- the pool -----------------------------------------------------------------

    async def _exchange(
        self, method: str, path: str, body: bytes, headers: bytes, timeout_s: float, *, streaming: bool
    ) -> _Connection:
        head = self._heads.get((method, path))
        if head is None:
            line = f"{method} {self._prefix}{path} HTTP/1.1\r\n".encode("latin-1")
            head = line + self._fixed + b"content-type: application/json\r\ncontent-length: "
            if len(self._heads) < 256:
                self._heads[(method, path)] = head
        request = b"%b%d\r\n%b\r\n%b" % (head, len(body), headers, body)
        while True:
            connection = self._idle_connection()
            reused = connection is not None
            if connection is None:
                connection = await self._connect()
            connection.begin(request, streaming=streaming)
            try:
                if streaming:
                    while not connection.headers_done:
                        await connection.wait(timeout_s)
                else:
                    while not connection.done:
                        await connection.wait(timeout_s)
            except PeerClosed:
                if reused and not connection.received:
                    continue  # the peer had closed this idle connection; it never saw the request
                raise
            except asyncio.CancelledError:
                connection.abort()
                raise
            return connection

    def _idle_connection(self) -> _Connection | None:
        oldest_allowed = self.loop.time() - _IDLE_S
        while self._idle:
            connection = self._idle.pop()
            if not connection.closed and connection.idle_since > oldest_allowed:
                return connection
            connection.abort()
        return None

    async def _connect(self) -> _Connection:
        while len(self._open) + self._connecting >= self._max_connections:
            turn = self.loop.create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                with contextlib.suppress(ValueError):
                    self._waiting.remove(turn)
                raise
            if (connection := self._idle_connection()) is not None:
                return connection
        self._connecting += 1
        try:
            make: Callable[[], _Connection] = lambda: _Connection(self)  # noqa: E731
            async with asyncio.timeout(self._connect_timeout_s):
                if self._uds is not None:
                    _, connection = await self.loop.create_unix_connection(make, self._uds)
                else:
                    options: dict[str, Any] = {"ssl": self._ssl} if self._ssl else {}
                    _, connection = await self.loop.create_connection(make, self.host, self.port, **options)
        except TimeoutError:
            raise ConnectFailed(f"no connection within {self._connect_timeout_s:g} s", sent=False) from None
        except OSError as error:
            raise ConnectFailed(error.strerror or str(error), sent=False) from None
        finally:
            self._connecting -= 1
        self._open.add(connection)
        return connection

    def _release(self, connection: _Connection) -> None:
        if connection.reusable():
            connection.idle_since = self.loop.time()
            self._idle.append(connection)
            self._grant()
        else:
            connection.abort()

    def _lost(self, connection: _Connection) -> None:
        self._open.discard(connection)
        self._grant()

    def _grant(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
