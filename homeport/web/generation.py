"""The generation path: accept → authenticate → limit → decode → complete → relay.

Everything a request costs here is counted in microseconds (docs/benchmarks.md), so these routes stand ahead of the
router.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from time import perf_counter, time
from typing import Protocol

from homeport.core.answers import Usage
from homeport.core.chat import GenerationRequest
from homeport.core.metering import HUNG_UP, UsageRecord
from homeport.core.sse import DONE, error_event
from homeport.errors import ApiError, Overloaded, RequestTooLarge
from homeport.ids import new_request_id
from homeport.web.connection import Exchange
from homeport.web.errors import Headers, as_api_error, header_lines, render
from homeport.web.gate import Gate, Principal, limit_lines, refuse_region
from homeport.web.replays import Replays
from homeport.web.streams import EventIds

_JSON = b"content-type: application/json\r\n"
_EVENT_STREAM = (
    b"content-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\n"
    b"x-accel-buffering: no\r\n"  # a proxy in front must not hold tokens back
)
_NOTHING = Usage()


class Outcome(Protocol):
    """What `complete` gives back: a whole body, or blocks to relay; and in the end what it cost."""

    body: bytes | None
    model: str
    usage: Usage | None
    resumable: bool

    def __aiter__(self) -> AsyncIterator[bytes]: ...
    def __anext__(self) -> Awaitable[bytes]: ...
    async def aclose(self, events: int = 0) -> None: ...


class _Served:
    """What is noted of one request, and what it takes to end it."""

    __slots__ = (
        "_operation",
        "_record",
        "_request_id",
        "_started_at",
        "_started_s",
        "first_token_s",
        "model",
        "numbered",
        "outcome",
        "principal",
    )

    def __init__(
        self,
        operation: str,
        record: Callable[[UsageRecord], None],
        started_at: float,
        started_s: float,
        request_id: str,
    ) -> None:
        self._operation = operation
        self._record = record
        self._started_at = started_at
        self._started_s = started_s
        self._request_id = request_id
        self.model = ""
        self.principal: Principal | None = None
        self.outcome: Outcome | None = None
        self.numbered: EventIds | None = None  # streams only
        self.first_token_s: float | None = None  # streams only

    async def ended(self, status: int) -> None:
        """Stop the engine if it has not come to its end, and note what was used."""
        principal, outcome = self.principal, self.outcome
        if outcome is not None and status != 200:
            await outcome.aclose(self.numbered.number if self.numbered is not None else 0)
        usage = outcome.usage if outcome is not None and outcome.usage is not None else _NOTHING
        self._record(
            UsageRecord(
                self._started_at,
                self._request_id,
                principal.project_id if principal is not None else "",
                principal.key_id if principal is not None else "",
                self._operation,
                outcome.model if outcome is not None else self.model,
                status,
                usage.prompt_tokens,
                usage.cached_tokens,
                usage.completion_tokens,
                perf_counter() - self._started_s,
                self.first_token_s,
            )
        )


class GenerationRoute:
    """One POST route that generates."""

    def __init__(
        self,
        operation: str,
        decode: Callable[[bytes], GenerationRequest],
        complete: Callable[[GenerationRequest], Awaitable[Outcome]],
        gate: Gate,
        record: Callable[[UsageRecord], None],
        replays: Replays,
        max_body_bytes: int,
    ) -> None:
        self._operation = operation
        self._decode = decode
        self._complete = complete
        self._gate = gate
        self._record = record
        self._replays = replays
        self._max_body_bytes = max_body_bytes

    async def __call__(self, exchange: Exchange) -> None:
        started_at, started_s = time(), perf_counter()
        request_id = new_request_id()
        lines = b"x-request-id: %b\r\n" % request_id.encode()
        served = _Served(self._operation, self._record, started_at, started_s, request_id)
        status = 200
        detached = False
        try:
            admission = self._gate.admit(exchange.headers)
            principal = served.principal = admission.principal
            lines += limit_lines(admission.verdict)
            last_event_id = self._last_event_id(exchange.headers)
            body = await exchange.read(self._max_body_bytes)
            if body is None:
                raise self._too_large()
            if last_event_id is not None:
                events = self._replays.resume(last_event_id, principal.key_id)
                await _relay(exchange, lines, events)
                return
            completing = self._complete(self._decode(body))
            del body  # it may be large, and the answer may take long
            outcome = served.outcome = await completing
            if outcome.body is not None:
                exchange.respond(200, lines + _JSON, outcome.body)
                return
            served.first_token_s = perf_counter() - started_s
            numbered = served.numbered = EventIds(request_id)
            if outcome.resumable:
                detached = True
                replay = self._replays.start(request_id, principal.key_id, numbered, outcome, served.ended)
                await _relay(exchange, lines, replay.follow(-1))
                return
            exchange.begin(200, lines + _EVENT_STREAM)
            async for block in outcome:
                await exchange.write(numbered(block))
            exchange.end(DONE)
        except asyncio.CancelledError:
            # Mostly nobody is left to answer; and the engine has stopped, for cancelling a wait is hanging up.
            status = HUNG_UP
            if not exchange.disconnected:
                error = Overloaded("The server is shutting down.")
                status = self._fail(exchange, lines, error)
        except Exception as error:
            problem = as_api_error(error, request_id)
            served.model = problem.model
            status = self._fail(exchange, lines, problem)
        finally:
            if not detached:
                await served.ended(status)

    def _fail(self, exchange: Exchange, lines: bytes, error: ApiError) -> int:
        """Tell an error: with its status while there is none on the wire yet, as an event after that."""
        if exchange.begun:
            exchange.end(error_event(error.envelope()) + DONE)
        else:
            error_headers, body = render(error)
            exchange.respond(error.status, lines + header_lines(error_headers), body)
        return error.status

    def _last_event_id(self, headers: Headers) -> str | None:
        """The event after which the caller wants to go on. On the way, what can be refused by headers is."""
        found: str | None = None
        for name, value in headers:
            if name == b"content-length" and int(value) > self._max_body_bytes:
                raise self._too_large()
            if name == b"last-event-id" and value:
                found = value.decode("latin-1")
            if name == b"openai-data-region":
                refuse_region(value)
        return found

    def _too_large(self) -> RequestTooLarge:
        # The rest of the body is not read, so the connection can't go on.
        message = f"The request's body is larger than {self._max_body_bytes} bytes."
        return RequestTooLarge(message, headers={"connection": "close"})


async def _relay(exchange: Exchange, lines: bytes, blocks: AsyncIterator[bytes]) -> None:
    """Stream blocks that are numbered and ended already."""
    exchange.begin(200, lines + _EVENT_STREAM)
    async for block in blocks:
        await exchange.write(block)
    exchange.end()
