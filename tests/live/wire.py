"""HTTP/1.1 by hand on a real socket: what no client library would let one send."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from types import TracebackType
from typing import Any, NamedTuple, Self

from tests.support import LiveServer

CHAT = "/v1/chat/completions"
HELLO: dict[str, Any] = {"model": "tiny", "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 3}


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        """The error, which must be in OpenAI's envelope."""
        error: dict[str, Any] = self.json()["error"]
        assert error.keys() == {"message", "type", "param", "code"}, error
        assert self.headers["content-type"] == "application/json"
        return error


def request(
    server: LiveServer,
    body: bytes | Mapping[str, Any] = HELLO,
    *lines: str,
    method: str = "POST",
    path: str = CHAT,
    key: str | None = None,
    length: bool = True,
) -> bytes:
    """A request's bytes; `lines` are further header lines."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = [f"{method} {path} HTTP/1.1", "Host: homeport", f"Authorization: Bearer {key or server.key}", *lines]
    if length:
        head.append(f"Content-Length: {len(data)}")
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + data


class Wire:
    """One connection."""

    def __init__(self, server: LiveServer, timeout_s: float = 20) -> None:
        host, _, port = server.url.removeprefix("http://").rpartition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=timeout_s)
        self._file = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def ask(self, data: bytes) -> Answer:
        self.send(data)
        return self.receive()

    def receive(self, head_only: bool = False) -> Answer:
        """The next answer. `head_only`: it's one to HEAD, or an interim one."""
        line = self._file.readline()
        assert line, "the connection was closed without an answer"
        headers: dict[str, str] = {}
        while (header := self._file.readline().rstrip(b"\r\n")) != b"":
            name, _, value = header.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        body = b""
        if not head_only:
            if headers.get("transfer-encoding") == "chunked":
                while size := int(self._file.readline(), 16):
                    body += self._file.read(size)
                    assert self._file.readline() == b"\r\n"
                assert self._file.readline() == b"\r\n"
            elif "content-length" in headers:
                body = self._file.read(int(headers["content-length"]))
            elif headers.get("connection") == "close":
                body = self._file.read()
        return Answer(int(line.split()[1]), headers, body)

    def closed(self) -> bool:
        """Whether the server has closed the connection with nothing more to say (waits for it)."""
        try:
            return self._file.read(1) == b""
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False
