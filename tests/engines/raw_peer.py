"""A real HTTP server on a real socket that answers just what it is told, byte for byte: an engine at its worst."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Self

import msgspec

from homeport.config import EngineConfig, TimeoutsConfig
from homeport.core.chat import ChatRequest
from homeport.engines.openai_http import OpenAIHTTPEngine

KEY = "sk-the-operators-own-key"
CLOSE, RESET, HANG = "close", "reset", "hang"  # steps of an answer, besides bytes to send and seconds to wait

Step = bytes | float | str
Answer = bytes | Sequence[Step]


class Request(msgspec.Struct):
    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class RawPeer:
    """Answers its n-th request with the n-th of `answers`; the last one is repeated."""

    def __init__(self, *answers: Answer | Callable[[Request], Answer]) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []
        self.connections = 0
        self.hung_up = asyncio.Event()
        self.port = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        await self.up()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.down()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def up(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Stop listening and cut all connections."""
        if self._server is not None:
            self._server.close()
            for task in list(self._tasks):
                task.cancel()
                await task
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            while request := await self._read(reader):
                answer = self.answers[min(len(self.requests), len(self.answers) - 1)]
                self.requests.append(request)
                steps = answer(request) if callable(answer) else answer
                await self._say([steps] if isinstance(steps, bytes) else steps, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.hung_up.set()
        except asyncio.CancelledError:
            pass  # the server goes down
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _read(self, reader: asyncio.StreamReader) -> Request | None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        return Request(head[0], headers, await reader.readexactly(int(headers.get("content-length", 0))))

    async def _say(self, steps: Sequence[Step], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for step in steps:
            if isinstance(step, bytes):
                writer.write(step)
                await writer.drain()
            elif isinstance(step, float):
                gone = asyncio.ensure_future(reader.read(1))
                done, _ = await asyncio.wait({gone}, timeout=step)
                if done:
                    raise ConnectionError
                gone.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await gone
            elif step == HANG:
                await reader.read(1)  # until the client hangs up
                raise ConnectionError
            else:
                if step == RESET:
                    linger = struct.pack("ii", 1, 0)
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                writer.close()
                raise ConnectionResetError


# --- what a peer says --------------------------------------------------------------


def whole(body: bytes | Any, status: int = 200, **headers: str | int) -> bytes:
    """A whole answer; other values than bytes become JSON. A header given as "" is left out."""
    data = body if isinstance(body, bytes) else msgspec.json.encode(body)
    fields = {"content_type": "application/json", "content_length": len(data)} | headers
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items() if value != "")
    return f"HTTP/1.1 {status} Status\r\n{lines}\r\n".encode() + data


STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"
DONE = b"data: [DONE]\n\n"
USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


def chunk(data: bytes) -> bytes:
    """A chunk of HTTP's chunked encoding."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def event(delta: dict[str, Any] | None = None, finish_reason: str | None = None, **fields: Any) -> bytes:
    """An event of a chat stream, in canonical form."""
    choice = {"index": 0, "delta": delta or {}, "logprobs": None, "finish_reason": finish_reason}
    frame = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "m"}
    return b"data: " + msgspec.json.encode(frame | {"choices": [choice]} | fields) + b"\n\n"


def usage_event() -> bytes:
    return event(choices=[], usage=USAGE)


def text_stream(*texts: str) -> list[bytes]:
    """A well-behaved stream that says `texts`: its events, the last `[DONE]`."""
    return [
        event({"role": "assistant", "content": ""}),
        *(event({"content": text}) for text in texts),
        event({}, "stop"),
        usage_event(),
        DONE,
    ]


def streamed(*data: bytes) -> bytes:
    """A whole streamed answer, each of `data` a chunk."""
    return STREAM + b"".join(chunk(item) for item in data) + END


def completion(text: str = "Hi", **fields: Any) -> dict[str, Any]:
    """The body of a whole answer."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    frame = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1_700_000_000, "model": "m"}
    return frame | {"choices": [choice], "usage": USAGE} | fields


# --- an engine in front of peers -------------------------------------------------------


def chat(**fields: Any) -> ChatRequest:
    wire = {"model": "public", "messages": [{"role": "user", "content": "Hello"}], **fields}
    request = msgspec.convert(wire, ChatRequest)
    request.wire = wire
    return request


@contextlib.asynccontextmanager
async def engine_for(*peers: RawPeer, **options: Any) -> AsyncIterator[OpenAIHTTPEngine]:
    """An engine whose replicas are `peers`. `options`: of its configuration, and time limits."""
    timeouts = {"answer_s": 5.0, "next_token_s": 5.0, "connect_s": 1.0}
    timeouts |= {name: options.pop(name) for name in list(options) if name in timeouts}
    config = EngineConfig(urls=tuple(peer.url for peer in peers), **({"retries": 0} | options))
    engine = OpenAIHTTPEngine("far", config, TimeoutsConfig(**timeouts), KEY)
    await engine.start()
    yield engine
    await engine.close()
