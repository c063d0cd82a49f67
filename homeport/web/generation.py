"""The generation path as bare ASGI: accept → authenticate → limit → decode → complete → relay.

Everything a request costs here is counted in microseconds (docs/benchmarks.md), so these routes stand ahead of the
router.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from time import perf_counter, time
from typing import Any, Protocol

from homeport.core.answers import Usage
from homeport.core.chat import GenerationRequest
from homeport.core.metering import UsageRecord
from homeport.core.sse import DONE, error_event
from homeport.errors import BadRequestError, RequestTooLarge
from homeport.ids import new_request_id
from homeport.web.connection import SCOPE_KEY, Exchange
from homeport.web.errors import Headers, as_api_error, render
from homeport.web.gate import Gate, Principal
from homeport.web.streams import EventIds

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_JSON = (b"content-type", b"application/json")
_EVENT_STREAM: Headers = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),  # a proxy in front must not hold tokens back
]
_NOTHING = Usage()
HUNG_UP = 499  # nginx's status for it; only our records see it


class Outcome(Protocol):
    """What `complete` gives back: a whole body, or blocks to relay; and in the end what it cost."""

    body: bytes | None
    model: str
    usage: Usage | None

    def __aiter__(self) -> AsyncIterator[bytes]: ...
    async def aclose(self) -> None: ...


class GenerationRoute:
    """One POST route that generates."""

    def __init__(
        self,
        operation: str,
        decode: Callable[[bytes], GenerationRequest],
        complete: Callable[[GenerationRequest], Awaitable[Outcome]],
        gate: Gate,
        record: Callable[[UsageRecord], None],
        max_body_bytes: int,
    ) -> None:
        self._operation = operation
        self._decode = decode
        self._complete = complete
        self._gate = gate
        self._record = record
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started_at, started_s = time(), perf_counter()
        request_id = new_request_id()
        exchange: Exchange = scope[SCOPE_KEY]
        connection = exchange.connection
        task = asyncio.current_task(connection.loop)
        assert task is not None
        connection.on_hangup = task.cancel
        headers: Headers = [(b"x-request-id", request_id.encode())]
        principal: Principal | None = None
        outcome: Outcome | None = None
        first_token_s: float | None = None
        status = 200
        try:
            admission = self._gate.admit(scope["headers"])
            principal = admission.principal
            headers += admission.headers
            request = self._decode(await self._read_body(scope, receive))
            outcome = await self._complete(request)
            if outcome.body is not None:
                headers.append(_JSON)
                exchange.respond(200, headers, outcome.body)
            else:
                first_token_s = perf_counter() - started_s
                numbered = EventIds(request_id)
                exchange.begin(200, headers + _EVENT_STREAM)
                async for block in outcome:
                    await exchange.write(numbered(block))
                exchange.end(DONE)
        except asyncio.CancelledError:
            status = HUNG_UP  # nobody is left to answer; the engine has stopped, for cancelling a wait is hanging up
            if not connection.transport.is_closing():
                raise
        except Exception as error:
            problem = as_api_error(error, request_id)
            status = problem.status
            if first_token_s is not None:
                exchange.end(error_event(problem.envelope()) + DONE)
            else:
                error_headers, body = render(problem)
                exchange.respond(status, headers + error_headers, body)
        finally:
            connection.on_hangup = None
            if outcome is not None and status != 200:
                await outcome.aclose()
            usage = outcome.usage if outcome is not None and outcome.usage is not None else _NOTHING
            self._record(
                UsageRecord(
                    started_at,
                    request_id,
                    principal.project_id if principal is not None else "",
                    principal.key_id if principal is not None else "",
                    self._operation,
                    outcome.model if outcome is not None else "",
                    status,
                    usage.prompt_tokens,
                    usage.cached_tokens,
                    usage.completion_tokens,
                    perf_counter() - started_s,
                    first_token_s,
                )
            )

    async def _read_body(self, scope: Scope, receive: Receive) -> bytes:
        limit = self._max_body_bytes
        for name, value in scope["headers"]:
            if name == b"content-length" and int(value) > limit:
                raise self._too_large(limit)
        message = await receive()
        body: bytes = message.get("body", b"")
        if message.get("more_body"):
            pieces, size = [body], len(body)
            while message.get("more_body"):
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise BadRequestError("The caller hung up before the body was whole.")
                pieces.append(message["body"])
                size += len(pieces[-1])
                if size > limit:
                    raise self._too_large(limit)
            body = b"".join(pieces)
        return body

    def _too_large(self, limit: int) -> RequestTooLarge:
        # The rest of the body is not read, so the connection can't go on.
        return RequestTooLarge(f"The request's body is larger than {limit} bytes.", headers={"connection": "close"})
