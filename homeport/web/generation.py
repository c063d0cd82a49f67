"""The generation path as bare ASGI: accept → authenticate → limit → decode → complete → relay.

Everything a request costs here is counted in microseconds (docs/benchmarks.md), so these routes stand ahead of the
router.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter, time
from typing import Any, Protocol

from homeport.core.answers import Usage
from homeport.core.chat import GenerationRequest
from homeport.core.metering import UsageRecord
from homeport.core.sse import DONE, error_event
from homeport.errors import BadRequestError, RequestTooLarge
from homeport.ids import new_request_id
from homeport.web.connection import SCOPE_KEY
from homeport.web.errors import Headers, as_api_error, render
from homeport.web.gate import Admission, Gate
from homeport.web.streams import Numbered

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_JSON = (b"content-type", b"application/json")
_EVENT_STREAM: Headers = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),  # a proxy in front must not hold tokens back
]
HUNG_UP = 499  # nginx's status for it; only our records see it


class Outcome(Protocol):
    """What `complete` gives back: a whole body, or blocks to relay; and in the end what it cost."""

    body: bytes | None
    model: str
    usage: Usage | None

    def __aiter__(self) -> Any: ...
    async def __anext__(self) -> bytes: ...
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
        connection = scope.get(SCOPE_KEY)
        if connection is not None:
            task = asyncio.current_task()
            assert task is not None
            connection.on_hangup = task.cancel
        admission: Admission | None = None
        outcome: Outcome | None = None
        streaming = False
        first_token_s: float | None = None
        status = 200
        try:
            admission = self._gate.admit(scope["headers"])
            request = self._decode(await self._read_body(scope, receive))
            outcome = await self._complete(request)
            headers = [(b"x-request-id", request_id.encode()), *admission.headers]
            if outcome.body is not None:
                body = outcome.body
                headers += [_JSON, (b"content-length", b"%d" % len(body))]
                await send({"type": "http.response.start", "status": 200, "headers": headers})
                await send({"type": "http.response.body", "body": body})
            else:
                first_token_s = perf_counter() - started_s
                streaming = True
                await send({"type": "http.response.start", "status": 200, "headers": headers + _EVENT_STREAM})
                async for block in Numbered(outcome, request_id):
                    await send({"type": "http.response.body", "body": block, "more_body": True})
                await send({"type": "http.response.body", "body": DONE})
        except asyncio.CancelledError:
            status = HUNG_UP  # nobody is left to answer; the engine has stopped, for cancelling a wait is hanging up
            if connection is None or not connection.transport.is_closing():
                raise
        except Exception as error:
            problem = as_api_error(error, request_id)
            status = problem.status
            if streaming:
                last = error_event(problem.envelope()) + DONE
                await send({"type": "http.response.body", "body": last})
            else:
                code, headers, body = render(problem)
                headers.append((b"x-request-id", request_id.encode()))
                if admission is not None:
                    headers += admission.headers
                await send({"type": "http.response.start", "status": code, "headers": headers})
                await send({"type": "http.response.body", "body": body})
        finally:
            if connection is not None:
                connection.on_hangup = None
            if outcome is not None and status != 200:
                await outcome.aclose()
            usage = outcome.usage if outcome is not None else None
            self._record(
                UsageRecord(
                    started_at,
                    request_id,
                    admission.principal.project_id if admission is not None else "",
                    admission.principal.key_id if admission is not None else "",
                    self._operation,
                    outcome.model if outcome is not None else "",
                    status,
                    usage.prompt_tokens if usage is not None else 0,
                    usage.cached_tokens if usage is not None else 0,
                    usage.completion_tokens if usage is not None else 0,
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
