"""Engines that speak OpenAI over HTTP: vLLM, SGLang, Ollama, llama.cpp's server, OpenAI itself.

Most of what they send is passed on as it came; this module only makes sure that it is what `engines.base` promises.
"""

from __future__ import annotations

from typing import Any, Self

import msgspec

from homeport.config import EngineConfig, TimeoutsConfig
from homeport.core.chat import ChatRequest, EmbeddingRequest, GenerationRequest, Usage
from homeport.core.models import ModelInfo
from homeport.engines.base import Answer, Blocks
from homeport.engines.http_client import HttpClient, HttpError, Response, StreamResponse, TimedOut
from homeport.errors import ApiError, EngineError, EngineTimeout, UnsupportedParameter

_encode = msgspec.json.encode
_MAX_ERROR_BYTES = 64 * 1024
_MAX_EVENT_BYTES = 16 * 1024 * 1024


class _UsageOnly(msgspec.Struct):
    usage: Usage | None = None


_decode_usage = msgspec.json.Decoder(_UsageOnly).decode


class OpenAIHTTPEngine:
    """One OpenAI-speaking peer."""

    def __init__(self, name: str, config: EngineConfig, timeouts: TimeoutsConfig, api_key: str | None = None) -> None:
        self.name = name
        self._config = config
        self._timeouts = timeouts
        headers = dict(config.headers)
        if api_key:
            headers["authorization"] = f"Bearer {api_key}"
        self._client = HttpClient(
            config.url or config.urls[0],
            headers=headers,
            max_connections=config.max_connections,
            connect_timeout_s=timeouts.connect_s,
            verify_tls=config.verify_tls,
        )

    async def start(self) -> None:
        """Nothing to make ready: a peer that is down now may be up later."""

    async def close(self) -> None:
        await self._client.close()

    def healthy(self) -> bool:
        return True

    async def models(self) -> list[ModelInfo]:
        response = await self._client.request("GET", "/models", timeout_s=self._timeouts.connect_s)
        listed = msgspec.json.decode(response.body, type=dict[str, Any]).get("data", [])
        return [
            ModelInfo(
                id=item["id"],
                created=int(item.get("created") or 0),
                owned_by=str(item.get("owned_by") or self.name),
                context_length=self._config.context_length or item.get("max_model_len") or msgspec.UNSET,
            )
            for item in listed
        ]

    # --- generation ---------------------------------------------------------------

    async def answer(self, request: GenerationRequest, model: str) -> Answer:
        body = _encode({**request.wire, "model": model})
        try:
            response = await self._client.request("POST", request.path, body=body, timeout_s=self._timeouts.answer_s)
        except HttpError as error:
            raise self._failed(error) from None
        if response.status != 200:
            raise self._refused(response)
        try:
            return Answer(response.body, _decode_usage(response.body).usage)
        except msgspec.MsgspecError:
            raise EngineError(f"The engine `{self.name}` sent an answer that is no JSON object.") from None

    async def stream(self, request: GenerationRequest, model: str) -> Blocks:
        wire = {**request.wire, "model": model}
        if self._config.stream_usage and not isinstance(request, EmbeddingRequest):
            options = {**(wire.get("stream_options") or {}), "include_usage": True}
            options.pop("resumable", None)
            wire["stream_options"] = options
        try:
            response = await self._client.stream(
                "POST", request.path, body=_encode(wire), timeout_s=self._timeouts.next_token_s
            )
            if response.status != 200:
                body = await response.read(_MAX_ERROR_BYTES)
                raise self._refused(Response(response.status, response.headers, body))
            return await _Relay(self, response).opened()
        except HttpError as error:
            raise self._failed(error) from None

    # --- tokens ---------------------------------------------------------------------

    async def tokenize(self, text: str, model: str, *, special: bool = False) -> list[int]:
        raise self._no_tokenizer()

    async def detokenize(self, tokens: list[int], model: str) -> str:
        raise self._no_tokenizer()

    async def count_chat(self, request: ChatRequest, model: str) -> int:
        raise self._no_tokenizer()

    def _no_tokenizer(self) -> ApiError:
        return UnsupportedParameter(f"The engine `{self.name}` offers no tokenizer.", param="model")

    # --- what goes wrong --------------------------------------------------------------

    def _failed(self, error: HttpError) -> ApiError:
        if isinstance(error, TimedOut):
            return EngineTimeout(f"The engine `{self.name}` did not answer in time.")
        return EngineError(f"The engine `{self.name}` failed: {error}.")

    def _refused(self, response: Response) -> ApiError:
        """The engine's own error, in its own words where it is the caller's to know."""
        try:
            error = msgspec.json.decode(response.body)["error"]
            message, code = str(error["message"]), error.get("code")
        except (msgspec.MsgspecError, KeyError, TypeError, AttributeError):
            return EngineError(f"The engine `{self.name}` answered {response.status} with no error object.")
        if response.status in (401, 403):
            return EngineError(f"The engine `{self.name}` refused Homeport's own credentials.", retryable=False)
        if response.status >= 500:
            return EngineError(f"The engine `{self.name}` failed: {message}")
        return ApiError(
            message,
            status=response.status,
            type=str(error.get("type") or "invalid_request_error"),
            param=error.get("param"),
            code=str(code) if code is not None else None,
        )


class _Relay:
    """A peer's stream as canonical blocks. Costs a few byte searches per read where the peer is already canonical."""

    def __init__(self, engine: OpenAIHTTPEngine, response: StreamResponse) -> None:
        self._engine = engine
        self._response = response
        self._first = b""
        self._tail = b""
        self._done = False

    async def opened(self) -> Self:
        """Wait for the first block, so that a peer that fails before it fails with a status."""
        try:
            self._first = await self._next_block()
        except StopAsyncIteration:
            raise EngineError(f"The engine `{self._engine.name}` sent an empty stream.") from None
        return self

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._first:
            block, self._first = self._first, b""
            return block
        try:
            return await self._next_block()
        except HttpError as error:
            raise self._engine._failed(error) from None

    async def aclose(self) -> None:
        await self._response.aclose()

    async def _next_block(self) -> bytes:
        while True:
            try:
                data = await self._response.__anext__()
            except StopAsyncIteration:
                if not self._done:
                    raise EngineError(f"The engine `{self._engine.name}` cut its stream.") from None
                raise
            if self._tail:
                data = self._tail + data
            end = data.rfind(b"\n\n") + 2
            if end == 1:
                self._tail = data
                if len(data) > _MAX_EVENT_BYTES:
                    await self.aclose()
                    raise EngineError(f"The engine `{self._engine.name}` sent an event without an end.")
                continue
            block, self._tail = data[:end], data[end:]
            if block.endswith(b"data: [DONE]\n\n"):
                self._done = True
                block = block[:-14]
            if block:
                return block
