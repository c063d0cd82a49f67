"""One connection to an engine: bytes in, an HTTP answer out, one exchange at a time. `http_client` pools them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httptools


class HttpError(Exception):
    """A request that got no usable answer. `sent`: the peer may have begun to work on it."""

    def __init__(self, message: str, *, sent: bool = True) -> None:
        super().__init__(message)
        self.sent = sent


class ConnectFailed(HttpError):
    """No connection could be made."""


class AllBusy(HttpError):
    """No connection of the pool came free in time."""


class PeerClosed(HttpError):
    """The peer closed the connection before its answer was whole."""


class BadAnswer(HttpError):
    """The peer's bytes are no HTTP answer, or it is larger than allowed."""


class TimedOut(HttpError):
    """Nothing came in time."""


_HIGH_WATER_BYTES = 256 * 1024  # unread bytes of one stream at which reading from the peer pauses


class HttpConnection(asyncio.Protocol):
    """One connection; carries one exchange at a time. The parser calls its on_… methods."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        lost: Callable[[HttpConnection], None],
        max_header_bytes: int,
        max_answer_bytes: int,
    ) -> None:
        self._loop = loop
        self._lost = lost
        self._max_header_bytes = max_header_bytes
        self._max_answer_bytes = max_answer_bytes
        self.transport: asyncio.Transport = None  # type: ignore[assignment]  # set by connection_made, before any use
        self.idle_since = 0.0
        self.closed = False
        self._streaming = False
        self._waiter: asyncio.Future[None] | None = None
        self._deadline_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at_s = 0.0
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
        self._head_bytes = 0
        self._header_bytes = 0
        self._body_bytes = 0
        self._taken_bytes = 0
        self._paused = False

    # --- asyncio.Protocol -----------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self.received = True
        if self._waiter is None and self.idle_since:
            self.abort()  # bytes nobody asked for: this connection can't be trusted
            return
        if not self.headers_done:
            if self._head_bytes > self._max_header_bytes:  # the parser itself would collect one endless header
                self._fail(BadAnswer("the answer's headers are too large"))
                return
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            cause = error.__context__  # what one of our own on_… methods raised
            self._fail(cause if isinstance(cause, BadAnswer) else BadAnswer(f"not an HTTP answer: {error}"))
        if self._streaming:
            if self.pieces:
                self._wake()
                if self._body_bytes - self._taken_bytes > _HIGH_WATER_BYTES and not self._paused:
                    self._paused = True
                    self.transport.pause_reading()
        elif self._body_bytes > self._max_answer_bytes:
            self._fail(BadAnswer("the answer is too large"))

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        if self._timer is not None:
            self._timer.cancel()
        self._lost(self)
        if self.done or self.error is not None:
            return
        sized = "content-length" in self.headers or "transfer-encoding" in self.headers
        if self.headers_done and not sized and exc is None:
            self.done = True  # a body that ends with the connection
            self._wake()
        else:
            self._fail(PeerClosed("the engine closed the connection"))

    # --- httptools ------------------------------------------------------------

    def on_header(self, name: bytes, value: bytes) -> None:
        self._header_bytes += len(name) + len(value)
        if self._header_bytes > self._max_header_bytes:
            raise BadAnswer("the answer's headers are too large")
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        if self.status < 200:
            return
        if self.headers_done:
            raise BadAnswer("more than one answer to one request")
        self.headers_done = True
        self._keep_alive = self._parser.should_keep_alive()  # only now: after the message's end it is always false
        if self._streaming:
            self._wake()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        self.pieces.append(body)

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
        self._deadline_s = self._loop.time() + timeout_s
        if self._timer is None or self._timer_at_s > self._deadline_s:
            self._arm()
        waiter = self._waiter = self._loop.create_future()
        try:
            await waiter
        finally:
            self._waiter = None
        if self.error is not None:
            raise self.error

    def take(self) -> bytes:
        """The body bytes that have come since the last call."""
        pieces = self.pieces
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        self.pieces = []
        self._taken_bytes = self._body_bytes
        if self._paused:
            self._paused = False
            self.transport.resume_reading()
        return data

    def reusable(self) -> bool:
        return self.done and not self.closed and self._keep_alive and not self._paused

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

    def _arm(self) -> None:
        """Set the timer. It is left running over many waits, each of which only moves the deadline."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at_s = self._deadline_s
        self._timer = self._loop.call_at(self._deadline_s, self._timed_out)

    def _timed_out(self) -> None:
        self._timer = None
        if self._waiter is None:
            return
        if self._loop.time() < self._deadline_s:
            self._arm()
        else:
            self._fail(TimedOut("the engine did not answer in time"))
