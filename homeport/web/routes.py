"""Routes as data, and how one becomes an endpoint: authentication, decoding, encoding and errors, once for all."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from time import perf_counter, time
from typing import Any, Literal

import msgspec
from msgspec import Struct, field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as StarletteRoute
from starlette.types import Receive, Scope, Send

from homeport.core.decode import convert_query, decode
from homeport.core.metering import HUNG_UP, UsageRecord
from homeport.errors import ApiError, BadRequestError, NotFoundError, RequestTooLarge
from homeport.ids import new_request_id
from homeport.web.downloads import Download
from homeport.web.errors import as_api_error, render
from homeport.web.gate import Admission, Gate, Principal, limit_headers, refuse_region, require_admin
from homeport.web.multipart import Form
from homeport.web.streams import EventStream

POLL_AFTER_MS = 250
LINGER_S = 2.0  # for a refused caller to notice, before the connection is closed


class Call(Struct):
    """A request as a handler sees it."""

    principal: Principal
    path: dict[str, str]  # path parameters
    query: Any  # an instance of the route's `params`
    body: Any  # an instance of the route's `body`, or the `multipart.Form` of a route that has a `form`
    last_event_id: str | None = None  # the header: after which event of a stream to go on
    answer_headers: dict[str, str] = field(default_factory=dict)  # that the handler wants sent with its answer

    def ask_again_soon(self) -> None:
        """Tell the SDKs' polling helpers when to ask again: unasked, they wait for a second."""
        self.answer_headers["openai-poll-after-ms"] = str(POLL_AFTER_MS)


Handler = Callable[[Call], Coroutine[Any, Any, Any]]


class Route(Struct, frozen=True, kw_only=True):
    """One operation. Names and ids follow OpenAI's specification where it has the operation."""

    method: Literal["GET", "POST", "DELETE"]
    path: str  # below the dialect's prefix, "/models/{model}"
    operation_id: str
    summary: str
    tag: str
    params: type | None = None  # query parameters
    body: type | None = None  # of JSON
    form: type | None = None  # of multipart/form-data: the handler reads its fields as they come. With a `body`: either
    result: type | None = None  # JSON; `bytes` where the handler returns a Download
    event: type | None = (
        None  # what each event holds, where the operation streams or the handler returns an EventStream
    )
    admin: bool = False
    ends_with_caller: bool = False  # a caller who hangs up wants no answer: the handler is cancelled
    handler: Handler | None = None  # None: a generation route, served ahead of the router


class Body:
    """A request's body, in the pieces that the network brings."""

    def __init__(self, receive: Receive) -> None:
        self.complete = False
        self._receive = receive

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while not self.complete:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise BadRequestError("The caller hung up before the body was whole.")
            self.complete = not message["more_body"]
            if message["body"]:
                yield message["body"]


def error_response(error: ApiError, unread: Body | None = None) -> Response:
    """`unread`: the rest of the request's body, where that may be large."""
    headers, body = render(error)
    response = Response(body, error.status) if unread is None or unread.complete else _Refusal(body, error.status)
    response.raw_headers += headers
    return response


class _Refusal(Response):
    """Answers while the caller still sends, and closes the connection: what is left of the body isn't wanted.

    A connection closed with bytes unread is reset, and the caller might lose the answer. So what comes is passed over
    for a moment, in which a caller that listens stops sending.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.raw_headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        with contextlib.suppress(TimeoutError, BadRequestError):
            async with asyncio.timeout(LINGER_S):
                async for _ in Body(receive):
                    pass
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class Endpoints:
    """Makes Starlette routes of ours."""

    def __init__(
        self,
        gate: Gate,
        record: Callable[[UsageRecord], None],
        max_body_bytes: int,
        normalisers: Mapping[str, Callable[[dict[str, Any]], None]],
    ) -> None:
        """`normalisers` make bodies canonical, in place, by operation id: the dialects'."""
        self._gate = gate
        self._record = record
        self._max_body_bytes = max_body_bytes
        self._normalisers = normalisers

    def mount(self, routes: list[Route], prefix: str) -> list[StarletteRoute]:
        return [
            StarletteRoute(
                prefix + _starlette_path(route.path),
                self._endpoint(route) if route.handler is not None else _served_elsewhere,
                methods=[route.method],
            )
            for route in routes
        ]

    def _endpoint(self, route: Route) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            started_at, started_s = time(), perf_counter()
            request_id = new_request_id()
            admission: Admission | None = None
            call: Call | None = None
            body = Body(request.receive)
            try:
                admission = self._gate.admit(request.scope["headers"])
                if region := request.headers.get("openai-data-region"):
                    refuse_region(region.encode("latin-1"))
                if route.admin:
                    require_admin(admission.principal)
                if "\0" in request.scope["path"]:
                    raise NotFoundError("No id has a NUL in it.")  # and PostgreSQL would not even look for one
                assert route.handler is not None
                call = Call(
                    admission.principal,
                    request.path_params,
                    _query(route, request),
                    await self._body(route, request, body),
                    request.headers.get("last-event-id"),
                )
                handling = route.handler(call)
                result = await (_while_there(request, handling) if route.ends_with_caller else handling)
                if isinstance(result, Download):
                    response = await result.response(request)
                elif isinstance(result, EventStream):
                    response = result.response()
                else:
                    response = Response(msgspec.json.encode(result), media_type="application/json")
            except _HungUp:
                response = Response(status_code=HUNG_UP)  # that nobody reads
            except Exception as error:
                response = error_response(as_api_error(error, request_id), body if route.form else None)
            response.raw_headers.append((b"x-request-id", request_id.encode()))
            if call is not None:
                response.raw_headers += [(name.encode(), value.encode()) for name, value in call.answer_headers.items()]
            project_id = key_id = ""
            if admission is not None:
                response.raw_headers += limit_headers(admission.verdict)
                project_id, key_id = admission.principal.project_id, admission.principal.key_id
            self._record(
                UsageRecord(
                    started_at,
                    request_id,
                    project_id,
                    key_id,
                    route.operation_id,
                    "",
                    response.status_code,
                    0,
                    0,
                    0,
                    perf_counter() - started_s,
                    None,
                )
            )
            return response

        return endpoint

    async def _body(self, route: Route, request: Request, body: Body) -> Any:
        if route.form is not None and (route.body is None or _is_form(request)):
            return Form(request.headers, aiter(body))
        if route.body is None:
            return None
        pieces, size = [], int(request.headers.get("content-length", 0))
        if size <= self._max_body_bytes:
            size = 0
            async for piece in body:
                pieces.append(piece)
                size += len(piece)
                if size > self._max_body_bytes:
                    break
        if size > self._max_body_bytes:
            # The rest of the body is not read, so the connection can't go on.
            message = f"The request's body is larger than {self._max_body_bytes} bytes."
            raise RequestTooLarge(message, headers={"connection": "close"})
        return decode(b"".join(pieces) or b"{}", route.body, self._normalisers.get(route.operation_id))


class _HungUp(Exception):
    """The caller has left."""


async def _while_there(request: Request, handling: Awaitable[Any]) -> Any:
    """The handler's result. Where the caller hangs up before there is one, the handler is cancelled: raises _HungUp."""
    work, gone = asyncio.ensure_future(handling), asyncio.ensure_future(_hung_up(request))
    try:
        await asyncio.wait([work, gone], return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            raise _HungUp
        return work.result()
    finally:
        for task in (work, gone):
            task.cancel()
        await asyncio.wait([work, gone])


async def _hung_up(request: Request) -> None:
    """Returns when the caller has. The request's body has been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("multipart/form-data")


async def _served_elsewhere(request: Request) -> Response:
    """Generation routes are found by `web.connection`. They stand here for other methods to be 405."""
    path = request.scope["raw_path"].decode("latin-1")
    return error_response(NotFoundError(f"Invalid URL ({request.method} {path})", code="unknown_url"))


def _query(route: Route, request: Request) -> Any:
    if route.params is None:
        return None
    params: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        if "\0" in value:
            raise BadRequestError("No parameter has a NUL in it.", param=name)
        if name.endswith("[]"):  # as OpenAI's clients send lists
            params.setdefault(name, []).append(value)
        elif name not in params:
            params[name] = value
        else:  # as others send them; where one value is wanted, several are refused
            before = params[name]
            params[name] = [*(before if isinstance(before, list) else [before]), value]
    return convert_query(params, route.params)


def _starlette_path(path: str) -> str:
    # A model's name may hold slashes ("Qwen/Qwen3-8B").
    return path.replace("{model}", "{model:path}")
