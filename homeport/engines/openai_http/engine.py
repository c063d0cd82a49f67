"""The engine: requests go out as they came in, answers come back as they are, failures are tried again elsewhere.

Nothing is tried again once a byte of the answer has been passed on. Before that a generation may be repeated safely:
all it can cost is tokens.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, TypeVar

import msgspec

from homeport.config import EngineConfig, TimeoutsConfig
from homeport.core.chat import ChatRequest, EmbeddingRequest, GenerationRequest, Usage
from homeport.core.models import ModelInfo
from homeport.engines.base import Answer, Blocks
from homeport.engines.http_client import AllBusy, HttpError, Response, StreamResponse
from homeport.engines.openai_http.listing import OllamaContexts, read_listing
from homeport.engines.openai_http.refusals import UNREADABLE, Refusals, read_error, retry_after_s, status_in
from homeport.engines.openai_http.relay import Relay
from homeport.engines.openai_http.replicas import BLAMED, Attempt, Replica, Replicas
from homeport.engines.openai_http.tokens import Tokenizer
from homeport.engines.openai_http.usage import estimate, read_usage
from homeport.errors import ApiError, EngineError, EngineTimeout, UnsupportedParameter

_encode = msgspec.json.encode
_MAX_ERROR_BYTES = 64 * 1024
Result = TypeVar("Result")


class _Glance(msgspec.Struct):
    """What is looked at in an answer that is passed on."""

    usage: Usage | None = None
    error: Any = None


_glance = msgspec.json.Decoder(_Glance).decode


class OpenAIHTTPEngine:
    """One or more OpenAI-speaking peers that serve the same models."""

    def __init__(self, name: str, config: EngineConfig, timeouts: TimeoutsConfig, api_key: str | None = None) -> None:
        self.name = name
        self._config = config
        self._timeouts = timeouts
        headers = dict(config.headers)
        if api_key:
            headers["authorization"] = f"Bearer {api_key}"
        self._refusals = Refusals(name, [api_key or "", *config.headers.values()])
        self._replicas = Replicas(name, config, timeouts, headers)
        self._tokenizer = Tokenizer(name, self._refusals, timeouts.answer_s)
        self._ollama = OllamaContexts()

    async def start(self) -> None:
        """Nothing to make ready: a peer that is down now may be up later."""

    async def close(self) -> None:
        await self._replicas.close()

    def healthy(self) -> bool:
        return self._replicas.healthy()

    async def models(self) -> list[ModelInfo]:
        """What the peer lists, else what the configuration says that it has."""
        config = self._config
        configured = [
            ModelInfo(id=name, created=0, owned_by=self.name, context_length=config.context_length or msgspec.UNSET)
            for name in config.models
        ]
        if configured:
            return configured
        return await self._ask(self._list)

    async def _list(self, replica: Replica) -> list[ModelInfo]:
        response = await replica.client.request("GET", "/models", timeout_s=self._timeouts.connect_s)
        if response.status in (404, 405, 501):
            return []  # it has no list
        if response.status != 200:
            raise self._refusals.refused(response, "GET /models")
        listed = read_listing(response.body, self.name, self._config.context_length)
        if listed is None:
            raise self._refusals.broken("answered GET /models with no list of models")
        return await self._ollama.complete(listed, replica.root, self._timeouts.connect_s)

    # --- generation ---------------------------------------------------------------

    async def answer(self, request: GenerationRequest, model: str) -> Answer:
        body = self._body(request, model)
        started_s = monotonic()
        replica = self._choose()
        attempt: Attempt | None = None
        limit_s = self._timeouts.answer_s
        while True:
            replica.pending += 1
            try:
                response = await replica.client.request("POST", request.path, body=body, timeout_s=limit_s)
                if response.status == 200:
                    answer = self._read(response, len(body))
                    if replica.troubled:
                        replica.worked()
                    return answer
                error, status, pause_s = self._refused(replica, response, request.path)
            except HttpError as failure:
                error, status, pause_s = self._failed(replica, failure), None, None
            except ApiError as told:  # in an answer with status 200
                if isinstance(told, EngineError):
                    self._replicas.blame(replica, None, told.message)
                elif replica.troubled:
                    replica.worked()  # it knows what it refuses
                error, status, pause_s = told, None, None
            except BaseException:
                replica.breaker.abandoned()
                raise
            finally:
                replica.pending -= 1
            attempt = attempt or Attempt(self._replicas, replica, started_s)
            replica = await attempt.next(error, status, pause_s)
            limit_s = max(0.001, self._timeouts.answer_s - (monotonic() - started_s))

    async def stream(self, request: GenerationRequest, model: str) -> Blocks:
        body = self._body(request, model)
        started_s = monotonic()
        replica = self._choose()
        attempt: Attempt | None = None
        limit_s = self._timeouts.next_token_s
        while True:
            replica.pending += 1
            relay = None
            try:
                response = await replica.client.stream("POST", request.path, body=body, timeout_s=limit_s)
                kind = response.headers.get("content-type", "")
                if response.status == 200 and "json" not in kind and "html" not in kind:
                    relay = self._relay(replica, request, response, len(body))
                    await relay.opened()
                    if replica.troubled:
                        replica.worked()
                    return relay
                whole = Response(response.status, response.headers, await response.read(_MAX_ERROR_BYTES))
                error, status, pause_s = self._refused(replica, whole, request.path)
            except HttpError as failure:
                error, status, pause_s = self._failed(replica, failure), None, None
            except ApiError as told:  # in the first event, or in place of one
                error, status, pause_s = told, None, None
            except BaseException:
                replica.breaker.abandoned()
                if relay is not None:
                    await relay.aclose()
                raise
            finally:
                if relay is None:
                    replica.pending -= 1  # else the relay does, when it ends
            attempt = attempt or Attempt(self._replicas, replica, started_s)
            replica = await attempt.next(error, status, pause_s)

    def _choose(self) -> Replica:
        replica = self._replicas.choose()
        if replica is None:
            raise self._refusals.down(self._replicas.retry_after_s(), self._replicas.problem())
        return replica

    def _failed(self, replica: Replica, failure: HttpError) -> ApiError:
        error = self._refusals.failed(failure)
        if isinstance(failure, AllBusy):
            replica.breaker.abandoned()
        else:
            self._replicas.blame(replica, failure, error.message)
        return error

    def _refused(self, replica: Replica, response: Response, path: str) -> tuple[ApiError, int | None, float | None]:
        """The error, the status to judge it by (none for a 200 that is no answer), and the pause that was asked for."""
        error = self._refusals.refused(response, f"POST {path}")
        status = None if response.status == 200 else response.status
        if status in BLAMED or (status is None and isinstance(error, EngineError)):
            self._replicas.blame(replica, None, error.message)
        elif replica.troubled:
            replica.worked()
        return error, status, retry_after_s(response.headers)

    def _body(self, request: GenerationRequest, model: str) -> bytes:
        wire = {**request.wire, "model": model}
        if "truncation" in wire and wire.pop("truncation") == "auto":
            message = f"The engine `{self.name}` can't drop turns of a conversation."
            raise UnsupportedParameter(message, param="truncation")
        if request.stream and not isinstance(request, EmbeddingRequest):
            options = {**(wire.get("stream_options") or {})}
            options.pop("resumable", None)
            if self._config.stream_usage:
                options["include_usage"] = True
            wire["stream_options"] = options
            if not options:
                del wire["stream_options"]
        return _encode(wire)

    def _read(self, response: Response, request_bytes: int) -> Answer:
        """A whole answer: JSON with no error in it. What it cost is estimated where the peer doesn't say."""
        body = response.body
        usage: Usage | None = None
        whole: Any = None
        try:
            with contextlib.suppress(msgspec.ValidationError):
                usage = _glance(body).usage
            if usage is None:
                whole = msgspec.json.decode(body)
        except UNREADABLE:
            kind = response.headers.get("content-type", "no content type").partition(";")[0][:80]
            encoding = response.headers.get("content-encoding")
            what = f"content encoded as {encoding[:20]}, which was not asked for" if encoding else f"no JSON ({kind})"
            raise self._refusals.broken(f"answered with {what}") from None
        if usage is None:
            if not isinstance(whole, dict):
                raise self._refusals.broken("answered with JSON that is no object")
            if "choices" not in whole and "data" not in whole:
                error = read_error(whole)
                if error is None:
                    raise self._refusals.broken("answered with no choices")
                raise self._refusals.told(error, status_in(error))
            usage = read_usage(whole.get("usage")) or estimate(request_bytes, answer_bytes=len(body))
        if b'"reasoning":"' in body and b'"reasoning_content"' not in body:
            body = body.replace(b'"reasoning":"', b'"reasoning_content":"')  # the field's other name
        return Answer(body, usage)

    def _relay(self, replica: Replica, request: GenerationRequest, response: StreamResponse, size: int) -> Relay:
        def ended(error: ApiError | None) -> None:
            replica.pending -= 1
            if isinstance(error, EngineError | EngineTimeout):
                self._replicas.blame(replica, None, error.message)
            elif error is not None and replica.troubled:
                replica.worked()  # it knows what it refuses

        return Relay(
            response,
            self._refusals,
            ended,
            is_chat=isinstance(request, ChatRequest),
            choices=1 if isinstance(request, EmbeddingRequest) else request.n or 1,
            request_bytes=size,
            next_token_s=self._timeouts.next_token_s,
        )

    # --- tokens ---------------------------------------------------------------------

    async def tokenize(self, text: str, model: str, *, special: bool = False) -> list[int]:
        return await self._ask(lambda peer: self._tokenizer.tokenize(peer, text, model, special=special))

    async def detokenize(self, tokens: list[int], model: str) -> str:
        return await self._ask(lambda peer: self._tokenizer.detokenize(peer, tokens, model))

    async def count_chat(self, request: ChatRequest, model: str) -> int:
        return await self._ask(lambda peer: self._tokenizer.count_chat(peer, request, model))

    async def _ask(self, what: Callable[[Replica], Awaitable[Result]]) -> Result:
        """Ask a replica something that is no generation, and others if it fails."""
        started_s = monotonic()
        replica = self._choose()
        attempt: Attempt | None = None
        while True:
            try:
                result = await what(replica)
                if replica.troubled:
                    replica.worked()
                return result
            except HttpError as failure:
                error = self._failed(replica, failure)
            except BaseException:
                replica.breaker.abandoned()
                raise
            attempt = attempt or Attempt(self._replicas, replica, started_s)
            replica = await attempt.next(error, None, None)
