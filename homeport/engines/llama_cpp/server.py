"""llama.cpp's HTTP routes in the child, typed. HttpError: the child failed; BadRequestError: it refuses."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, structs

from homeport.core.parsers import ModelFormat, detect_format
from homeport.core.parsers.formats import END_TEXTS
from homeport.engines.http_client import HttpClient, PeerClosed, Response
from homeport.errors import ApiError, BadRequestError, EngineError

Decoded = TypeVar("Decoded")

_encode = msgspec.json.encode
_MAX_ERROR_BYTES = 64 * 1024


class TokenProbability(Struct):
    """A generated token, or one it was chosen over. `token` is "" where its bytes are no whole character."""

    id: int
    token: str
    logprob: float
    bytes: list[int] = []
    top_logprobs: list[TokenProbability] = []


class PromptProgress(Struct):
    total: int = 0
    cache: int = 0  # prompt tokens that were in the slot's cache


class CompletionEvent(Struct):
    """One event of `/completion`. Tokens that are part of a character are held back and come with its last one, so
    `tokens_predicted` (so far) may rise by more than one."""

    content: str = ""
    tokens_predicted: int = 0
    completion_probabilities: list[TokenProbability] = []
    prompt_progress: PromptProgress | None = None
    stop_type: str | None = None  # in the last event only: "eos", "limit" or "word"
    cache_n: int = msgspec.field(default=0, name="timings/cache_n")  # in the last event only
    error: dict[str, Any] | None = None


class _Prompt(Struct):
    prompt: str


class _Tokens(Struct):
    tokens: list[int]


class _Content(Struct):
    content: str


class _Meta(Struct):
    n_vocab: int
    n_embd: int


class _Model(Struct):
    meta: _Meta


class _Models(Struct):
    data: list[_Model]


class _GenerationSettings(Struct):
    n_ctx: int


class _Props(Struct):
    default_generation_settings: _GenerationSettings
    chat_template: str = ""
    bos_token: str = ""
    eos_token: str = ""


class Properties(Struct, frozen=True):
    """What the child says of its model."""

    context_length: int  # tokens of one slot
    vocabulary: int
    dimensions: int  # of an embedding
    bos_token: str
    format: ModelFormat


class _Embedding(Struct):
    index: int
    embedding: str  # base64 of little-endian float32


class _EmbeddingUsage(Struct):
    prompt_tokens: int


class Embeddings(Struct):
    """Unit vectors in any order, and how many tokens they took."""

    data: list[_Embedding]
    usage: _EmbeddingUsage


# The last event else repeats the whole prompt and every setting.
_LAST_EVENT_FIELDS = ["content", "stop_type", "tokens_predicted", "timings/cache_n"]


class LlamaServer:
    """A client of one child."""

    def __init__(self, socket: str, api_key: str, *, max_connections: int) -> None:
        self._client = HttpClient(
            "http://localhost",
            uds=socket,
            headers={"authorization": f"Bearer {api_key}"},
            max_connections=max_connections,
        )

    async def close(self) -> None:
        await self._client.close()

    async def properties(self) -> Properties:
        props = _decoded(await self._get("/props"), _Props)
        model = _decoded(await self._get("/v1/models"), _Models).data[0]
        format = detect_format(props.chat_template)
        ends = await self._control_tokens({props.eos_token, *END_TEXTS} - {""})
        return Properties(
            context_length=props.default_generation_settings.n_ctx,
            vocabulary=model.meta.n_vocab,
            dimensions=model.meta.n_embd,
            bos_token=props.bos_token,
            format=structs.replace(
                format,
                control_tokens=await self._control_tokens(format.special_texts),
                ends=tuple(sorted(ends.values())),
            ),
        )

    async def alive(self, timeout_s: float) -> bool:
        """Whether the child answers at all."""
        try:
            return (await self._client.request("GET", "/health", timeout_s=timeout_s)).status == 200
        except Exception:
            return False

    async def metrics(self) -> dict[str, float]:
        """llama.cpp's counters by name, like `n_decode_total`."""
        lines = (await self._get("/metrics")).decode().splitlines()
        pairs = (line.removeprefix("llamacpp:").rsplit(" ", 1) for line in lines if line.startswith("llamacpp:"))
        return {name: float(value) for name, value in pairs}

    async def busy_slots(self) -> int:
        return sum(slot["is_processing"] for slot in msgspec.json.decode(await self._get("/slots")))

    async def apply_template(self, body: dict[str, Any]) -> str:
        """The prompt for `{"messages", "tools", "chat_template_kwargs"}`."""
        return _decoded(await self._post("/apply-template", body), _Prompt).prompt

    async def tokenize(self, text: str, *, special: bool) -> list[int]:
        """Token ids of `text`. `special`: add what a prompt begins with, and read control tokens written as text."""
        return await self._tokenize(text, add_special=special, parse_special=special)

    async def _tokenize(self, text: str, **how: bool) -> list[int]:
        return _decoded(await self._post("/tokenize", {"content": text} | how), _Tokens).tokens

    async def _control_tokens(self, texts: Iterable[str]) -> dict[str, int]:
        """Those that are control tokens, with their ids: they are one token only where control tokens are read."""
        found = {}
        for text in texts:
            tokens = await self._tokenize(text, parse_special=True)
            if len(tokens) == 1 and tokens != await self._tokenize(text, parse_special=False):
                found[text] = tokens[0]
        return found

    async def detokenize(self, tokens: Sequence[int]) -> str:
        return _decoded(await self._post("/detokenize", {"tokens": tokens}), _Content).content

    async def embed(self, inputs: Sequence[str | Sequence[int]], timeout_s: float) -> Embeddings:
        """A unit vector for each text or token array. Texts get their special tokens, arrays are taken as given."""
        body = {"input": inputs, "encoding_format": "base64"}
        return _decoded(await self._post("/v1/embeddings", body, timeout_s=timeout_s), Embeddings)

    @contextlib.asynccontextmanager
    async def complete(self, body: dict[str, Any], timeout_s: float) -> AsyncIterator[AsyncIterator[CompletionEvent]]:
        """The events of one generation; leaving the context stops it. `timeout_s` bounds each wait."""
        fixed = {"stream": True, "return_progress": True, "cache_prompt": True, "response_fields": _LAST_EVENT_FIELDS}
        response = await self._client.stream("POST", "/completion", body=_encode(fixed | body), timeout_s=timeout_s)
        try:
            if response.status != 200:
                text = await response.read(_MAX_ERROR_BYTES)
                raise _refused(Response(response.status, response.headers, text))
            yield _events(response)
        finally:
            await response.aclose()

    async def _get(self, path: str) -> bytes:
        return _checked(await self._client.request("GET", path, timeout_s=10.0))

    async def _post(self, path: str, body: dict[str, Any], timeout_s: float = 10.0) -> bytes:
        return _checked(await self._client.request("POST", path, body=_encode(body), timeout_s=timeout_s))


async def _events(pieces: AsyncIterator[bytes]) -> AsyncIterator[CompletionEvent]:
    tail = b""
    async for piece in pieces:
        *whole, tail = (tail + piece).split(b"\n\n")
        for text in whole:
            name, _, data = text.partition(b": ")
            if name == b"data":
                event = _decoded(data, CompletionEvent)
            elif name == b"error":
                event = CompletionEvent(error=_decoded(data, dict[str, Any]))
            else:
                continue
            if event.error is not None:
                raise EngineError(f"The engine failed: {event.error.get('message')}", retryable=False)
            yield event
            if event.stop_type is not None:
                return
    raise PeerClosed("the engine cut its answer")


def _decoded(data: bytes, type: type[Decoded]) -> Decoded:
    try:
        return msgspec.json.decode(data, type=type)
    except msgspec.MsgspecError as error:
        raise EngineError(f"The engine spoke nonsense: {error}.") from None


def _checked(response: Response) -> bytes:
    if response.status != 200:
        raise _refused(response)
    return response.body


def _refused(response: Response) -> ApiError:
    try:
        error = msgspec.json.decode(response.body)["error"]
        message = str(error["message"])
    except (msgspec.MsgspecError, KeyError, TypeError):
        message = f"status {response.status}"
    if response.status == 400:
        return BadRequestError(message)
    return EngineError(f"The engine failed: {message}")
