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
from functools import partial
from typing import Any, Self
from urllib.parse import urlsplit

from msgspec import Struct

from homeport.engines.http_connection import (
    AllBusy,
    BadAnswer,
    ConnectFailed,
    HttpConnection,
    HttpError,
    PeerClosed,
    TimedOut,
)

__all__ = [
    "AllBusy",
    "BadAnswer",
    "ConnectFailed",
    "HttpClient",
    "HttpError",
    "PeerClosed",
    "Response",
    "StreamResponse",
    "TimedOut",
]


class Response(Struct):
    """A whole answer; header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


_IDLE_S = 60.0  # an idle connection older than this is not used again: peers close them at about that age


class StreamResponse:
    """An answer as it comes. Iterating gives the bytes that have arrived, at least one; `aclose` hangs up."""

    def __init__(self, client: HttpClient, connection: HttpConnection, timeout_s: float) -> None:
        self.status = connection.status
        self.headers = connection.headers
        self._client = client
        self._connection: HttpConnection | None = connection
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

    async def finish(self, timeout_s: float) -> None:
        """Skip what is left, so that the connection can be used again; hang up if it does not end soon."""
        connection = self._connection
        if connection is not None and not connection.done:
            with contextlib.suppress(HttpError, TimeoutError):  # nothing of value is lost
                async with asyncio.timeout(timeout_s):
                    while not connection.done:
                        await connection.wait(timeout_s)
                        connection.take()
        await self.aclose()

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
        self._max_header_bytes = max_header_bytes
        self._max_answer_bytes = max_answer_bytes
        self._idle: deque[HttpConnection] = deque()
        self._open: set[HttpConnection] = set()
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
    ) -> HttpConnection:
        head = self._heads.get((method, path))
        if head is None:
            line = f"{method} {self._prefix}{path} HTTP/1.1\r\n".encode("latin-1")
            head = line + self._fixed + b"content-type: application/json\r\ncontent-length: "
            if len(self._heads) < 256:
                self._heads[(method, path)] = head
        request = b"%b%d\r\n%b\r\n%b" % (head, len(body), headers, body)
        while True:
            connection = self._idle_connection() or await self._connect()
            reused = connection.idle_since != 0.0
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

    def _idle_connection(self) -> HttpConnection | None:
        oldest_allowed = self.loop.time() - _IDLE_S
        while self._idle:
            connection = self._idle.pop()
            if not connection.closed and connection.idle_since > oldest_allowed:
                return connection
            connection.abort()
        return None

    async def _connect(self) -> HttpConnection:
        while len(self._open) + self._connecting >= self._max_connections:
            turn = self.loop.create_future()
            self._waiting.append(turn)
            try:
                async with asyncio.timeout(self._connect_timeout_s):
                    await turn
            except BaseException as error:
                if turn.done() and not turn.cancelled():
                    self._grant()  # it was our turn; now it is the next one's
                else:
                    with contextlib.suppress(ValueError):
                        self._waiting.remove(turn)
                if isinstance(error, TimeoutError):
                    raise AllBusy(f"all {self._max_connections} connections to it are in use", sent=False) from None
                raise
            if (connection := self._idle_connection()) is not None:
                return connection
        self._connecting += 1
        try:
            make = partial(HttpConnection, self.loop, self._lost, self._max_header_bytes, self._max_answer_bytes)
            async with asyncio.timeout(self._connect_timeout_s):
                if self._uds is not None:
                    _, connection = await self.loop.create_unix_connection(make, self._uds)
                else:
                    options: dict[str, Any] = {"ssl": self._ssl} if self._ssl else {}
                    _, connection = await self.loop.create_connection(make, self.host, self.port, **options)
        except BaseException as error:
            self._connecting -= 1
            self._grant()
            if isinstance(error, TimeoutError):
                raise ConnectFailed(f"no connection within {self._connect_timeout_s:g} s", sent=False) from None
            if isinstance(error, OSError):
                raise ConnectFailed(error.strerror or str(error), sent=False) from None
            raise
        self._connecting -= 1
        self._open.add(connection)
        return connection

    def _release(self, connection: HttpConnection) -> None:
        if connection.reusable():
            connection.idle_since = self.loop.time()
            self._idle.append(connection)
            self._grant()
        else:
            connection.abort()

    def _lost(self, connection: HttpConnection) -> None:
        self._open.discard(connection)
        self._grant()

    def _grant(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
