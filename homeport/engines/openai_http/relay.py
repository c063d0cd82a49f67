"""A peer's stream as canonical blocks.

Most of what comes is passed on as it came. Once a chunk with text has been looked at, others are recognised by the
bytes they begin and end with (`data: {"id":…,"delta":{"content":"` and `"},"finish_reason":null}]}`), which costs two
comparisons and a search a read. Everything else goes the long way: comments, CRLF, `event:` lines, data in several
lines, errors, tool calls, the first and last chunks. What the peer leaves out at the end, finish reasons and usage, is
put in.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any, Self

import msgspec
from msgspec import UNSET, Struct, UnsetType

from homeport.core import sse
from homeport.core.chat import Usage
from homeport.engines.http_client import HttpError, StreamResponse
from homeport.engines.openai_http.refusals import UNREADABLE, PeerError, Refusals, read_error, status_in
from homeport.engines.openai_http.usage import estimate, is_strict, read_usage
from homeport.errors import ApiError

LONGEST_EVENT_BYTES = 16 * 1024 * 1024
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_END_S = 0.25  # how long a peer may take to end its answer after `[DONE]`
# A chunk with text: what is before its text, the text as JSON, what is after.
_BEFORE = rb'data: \{[^\\\n]*?(?:"delta": ?\{[^{}\\\n]*?"(?:reasoning_)?content"|"text"): ?"'
_TEXT_CHUNK = re.compile(b"(" + _BEFORE + rb')[^"\\]*(?:\\.[^"\\]*)*("[^\\]*)\Z')


class _Delta(Struct):
    content: Any = None
    reasoning: Any = None
    reasoning_content: Any | UnsetType = UNSET
    tool_calls: Any = None


class _Choice(Struct):
    index: int = 0
    delta: _Delta | None = None
    text: Any = None
    finish_reason: str | None = None


class _Chunk(Struct):
    id: str | None = None
    created: Any = 0
    model: str | None = None
    object: Any = None
    choices: list[_Choice] | None = None
    usage: Any = None
    error: Any = None


_decode = msgspec.json.Decoder(_Chunk).decode


class Relay:
    """The blocks of one stream; `ended` is called once, with the error if there was one."""

    def __init__(
        self,
        response: StreamResponse,
        refusals: Refusals,
        ended: Callable[[ApiError | None], None],
        *,
        is_chat: bool,
        choices: int,
        request_bytes: int,
        next_token_s: float,
    ) -> None:
        self._response = response
        self._refusals = refusals
        self._report: Callable[[ApiError | None], None] | None = ended
        self._is_chat = is_chat
        self._choices = choices
        self._request_bytes = request_bytes
        self._next_token_s = next_token_s
        self._before: bytes | tuple[()] = ()  # how usual events begin; nothing begins with ()
        self._after = b""  # and end
        self._first = b""
        self._tail = b""
        self._done = False  # [DONE] has been seen
        self._over = False  # everything has been passed on
        self._error: ApiError | None = None  # to be raised when what came before it has been passed on
        self._events = 0
        self._quiet_since: tuple[int, float] | None = None
        self._chunk: _Chunk | None = None  # the last one taken the long way
        self._finished: set[int] = set()
        self._called: set[int] = set()
        self._usage: Usage | None = None
        self._usage_sent = False

    async def opened(self) -> Self:
        """Wait for the first block, so that a peer that fails before it fails with a status."""
        try:
            self._first = await self.__anext__()
        except StopAsyncIteration:
            raise self._failed(self._empty()) from None
        return self

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._first:
            block, self._first = self._first, b""
            return block
        while not self._over:
            if self._error is not None:
                raise await self._hung_up(self._error)
            if self._done:
                await self._response.finish(_END_S)
                return self._end()
            try:
                data = await self._response.__anext__()
            except StopAsyncIteration:
                return self._end()
            except HttpError as error:
                if self._report is None:  # closed meanwhile
                    raise StopAsyncIteration from None
                raise self._failed(self._refusals.failed(error)) from None
            except asyncio.CancelledError:
                await self.aclose()
                raise
            if (
                data.startswith(self._before)
                and data.endswith(self._after)
                and data.find(b"\n") == len(data) - 2
                and not self._tail
            ):
                self._events += 1
                return data
            try:
                block = self._take(data)
            except ApiError as error:
                raise await self._hung_up(error) from None
            if block:
                return block
        raise StopAsyncIteration

    async def _hung_up(self, error: ApiError) -> ApiError:
        await self._response.aclose()
        return self._failed(error)

    async def aclose(self) -> None:
        """Hang up: the peer stops generating."""
        self._over = True
        self._first = b""
        self._ended(None)
        await self._response.aclose()

    # --- the long way ------------------------------------------------------------------

    def _take(self, data: bytes) -> bytes:
        """What can be passed on of `data` and what was left of the data before it."""
        data = self._tail + data
        if self._chunk is None and data.startswith(_BYTE_ORDER_MARK):
            data = data[3:]
        held = b""
        if b"\r" in data:
            if data.endswith(b"\r"):  # the first half of a line end, perhaps
                data, held = data[:-1], b"\r"
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        end = data.rfind(b"\n\n") + 2
        if end == 1:
            end = 0
        self._tail = data[end:] + held
        if len(self._tail) > LONGEST_EVENT_BYTES:
            raise self._refusals.broken("sent an event without an end")
        block, start, try_run = b"", 0, True
        while start < end:
            if try_run and data.startswith(self._before, start):
                try_run = False
                if run := self._usual_run(data, start):
                    block += run
                    start += len(run)
                    continue
            stop = data.find(b"\n\n", start) + 2
            try:
                block += self._event(data[start : stop - 2])
            except ApiError as error:
                if not block:
                    raise
                self._error = error
                return block
            start = stop
        if not block and not self._done:
            self._check_silence()
        return block

    def _usual_run(self, data: bytes, start: int) -> bytes:
        """The usual events at `start`, as many as follow each other; empty where others stand among them."""
        assert isinstance(self._before, bytes)
        seam = self._after + self._before
        last = data.rfind(seam, start)
        stop = data.find(b"\n\n", start if last < 0 else last + len(self._after)) + 2
        if not data.endswith(self._after, start, stop):
            stop = start if last < 0 else last + len(self._after)
        run = data[start:stop]
        events = run.count(seam) + 1
        if self._done or not run or run.count(b"\n") != 2 * events:
            return b""
        self._events += events
        return run

    def _event(self, event: bytes) -> bytes:
        """One event in canonical form; empty for what is not to be passed on. Raises what the peer reports."""
        if self._done:
            return b""
        if event.startswith(self._before) and event.endswith(self._after[:-2]) and b"\n" not in event:
            self._events += 1
            return event + b"\n\n"
        name, lines = b"", []
        for line in event.split(b"\n"):
            if line.startswith(b"data:"):
                lines.append(line[6:] if line.startswith(b"data: ") else line[5:])
            elif line.startswith(b"event:"):
                name = line[6:].strip()
        payload = lines[0] if len(lines) == 1 else b" ".join(lines)
        if not payload:
            return b""
        if payload.strip() == b"[DONE]":
            self._done = True
            return b""
        try:
            return self._read_event(name, payload)
        except UNREADABLE:
            if name and name not in (b"message", b"error"):
                return b""  # some other kind of event, a ping say
            raise self._refusals.broken("sent an event that is no JSON object of OpenAI's") from None

    def _read_event(self, name: bytes, payload: bytes) -> bytes:
        chunk = _decode(payload)
        if chunk.error is not None or name == b"error" or (chunk.choices is None and chunk.object == "error"):
            raise self._reported(payload)
        if chunk.choices is None and chunk.usage is None:
            return b""
        return self._chunk_event(chunk, payload)

    def _chunk_event(self, chunk: _Chunk, payload: bytes) -> bytes:
        self._chunk = chunk
        if chunk.usage is not None:
            self._usage = read_usage(chunk.usage)
            self._usage_sent = self._usage_sent or not chunk.choices
        for choice in chunk.choices or ():
            self._events += 1
            if choice.finish_reason is not None:
                self._finished.add(choice.index)
            if choice.delta is not None and choice.delta.tool_calls:
                self._called.add(choice.index)
            delta = choice.delta or _Delta()
            if delta.reasoning and delta.reasoning_content is UNSET:
                payload = payload.replace(b'"reasoning":', b'"reasoning_content":', 1)  # the field's other name
            elif (
                (delta.content or delta.reasoning_content or choice.text)
                and choice.finish_reason is None
                and chunk.usage is None
                and self._choices == 1
                and self._events > 1  # the first has the role too
            ):
                self._learn(payload)
        if chunk.usage is not None and not is_strict(chunk.usage):
            whole = msgspec.json.decode(payload)
            whole["usage"] = self._usage
            payload = msgspec.json.encode(whole)
        return b"data: " + payload + b"\n\n"

    def _learn(self, payload: bytes) -> None:
        """Chunks that differ from this one in their text only are just more text."""
        match = _TEXT_CHUNK.match(b"data: " + payload)
        if match is not None:
            self._before, self._after = match[1], match[2] + b"\n\n"

    def _check_silence(self) -> None:
        """Comments keep a connection alive, but they are no tokens."""
        now_s = asyncio.get_running_loop().time()
        if self._quiet_since is None or self._quiet_since[0] != self._events:
            self._quiet_since = (self._events, now_s)
        elif now_s - self._quiet_since[1] > self._next_token_s:
            raise self._refusals.timed_out()

    # --- the end -------------------------------------------------------------------------

    def _end(self) -> bytes:
        """The peer has said all: add what it left out. Raises where it broke off; StopAsyncIteration with no more."""
        self._over = True
        try:
            block = self._last_event() + self._missing()
        except ApiError as error:
            raise self._failed(error) from None
        self._ended(None)
        if not block:
            raise StopAsyncIteration
        return block

    def _last_event(self) -> bytes:
        """The event that the end of the stream ended, in place of a blank line."""
        try:
            return self._event(self._tail.strip())
        except ApiError:
            if self._finished:
                return b""
            raise self._refusals.broken("cut its stream within an event") from None

    def _missing(self) -> bytes:
        chunk = self._chunk
        if not self._done and not self._finished:
            raise self._refusals.broken("cut its stream") if self._events else self._empty()
        if chunk is None or (not self._events and not self._finished):
            raise self._empty()
        block = b""
        frame: dict[str, Any] = {
            "id": chunk.id or "",
            "object": "chat.completion.chunk" if self._is_chat else "text_completion",
            "created": chunk.created if isinstance(chunk.created, int) else 0,
            "model": chunk.model or "",
        }
        for index in range(self._choices):
            if index not in self._finished:
                reason = "tool_calls" if index in self._called else "stop"
                what: dict[str, Any] = {"delta": {}} if self._is_chat else {"text": ""}
                block += sse.event({**frame, "choices": [{"index": index, **what, "finish_reason": reason}]})
        if not self._usage_sent:
            usage = self._usage or estimate(self._request_bytes, self._events)
            block += sse.event({**frame, "choices": [], "usage": usage})
        return block

    def _empty(self) -> ApiError:
        encoding = self._response.headers.get("content-encoding")
        what = f" encoded as {encoding[:20]}, which was not asked for" if encoding else ""
        return self._refusals.broken(f"sent an empty stream{what}")

    def _reported(self, payload: bytes) -> ApiError:
        """The error that the peer tells within its stream."""
        decoded = msgspec.json.decode(payload)
        error = read_error(decoded) or read_error({"error": decoded}) or PeerError("it did not say why")
        return self._refusals.told(error, status_in(error))

    def _failed(self, error: ApiError) -> ApiError:
        self._over = True
        self._ended(error)
        return error

    def _ended(self, error: ApiError | None) -> None:
        report, self._report = self._report, None
        if report is not None:
            report(error)
