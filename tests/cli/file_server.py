"""A file server that misbehaves on demand: real HTTP on a real port."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class File:
    """One path. Lists are used up answer by answer; when they are empty, the server behaves."""

    content: bytes = b""
    content_type: str = "application/octet-stream"
    statuses: list[int] = field(default_factory=list)  # answers with these, and nothing else, first
    cut_after: list[int] = field(default_factory=list)  # closes the connection after so many bytes of body
    ranges: bool = True
    tells_total: bool = True  # in the Content-Range of a part
    validator: bool = True
    announced_bytes: int | None = None  # a Content-Length that is not true
    redirect: str | None = None
    needs_key: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    pause: threading.Event | None = None  # sends the first half, then waits

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.content).hexdigest()}"'


class FileServer:
    """`files` by path, `requests` as they came: (path, headers)."""

    def __init__(self) -> None:
        self.files: dict[str, File] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = False
        self._server.block_on_close = True
        self.port = int(self._server.server_address[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def add(self, path: str, content: bytes = b"", **behaviour: Any) -> str:
        """Serve `content` at `path`; returns its URL."""
        self.files[path] = File(content, **behaviour)
        return self.url + path

    def asked(self, path: str) -> list[dict[str, str]]:
        """The headers of the requests for `path`, names in lower case."""
        return [headers for asked, headers in self.requests if asked == path]

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextmanager
def file_server() -> Iterator[FileServer]:
    server = FileServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _handler(server: FileServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            self.close_connection = True
            file = server.files.get(self.path)
            if file is None:
                self.send_error(404)
            elif file.statuses:
                self.send_response(file.statuses.pop(0))
                self._finish(file, 0)
            elif file.needs_key is not None and self.headers.get("Authorization") != f"Bearer {file.needs_key}":
                self.send_error(401)
            elif file.redirect is not None:
                self.send_response(302)
                self.send_header("Location", file.redirect)
                self._finish(file, 0)
            else:
                self._serve(file)

        def do_POST(self) -> None:
            self.close_connection = True
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(301)
            self.send_header("Location", server.files[self.path].redirect or "/")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _serve(self, file: File) -> None:
            start = self._start(file)
            if start > 0 and start >= len(file.content):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(file.content)}")
                self._finish(file, 0)
                return
            self.send_response(206 if start else 200)
            if start:
                total = len(file.content) if file.tells_total else "*"
                self.send_header("Content-Range", f"bytes {start}-{len(file.content) - 1}/{total}")
            body = file.content[start:]
            self._finish(file, len(body) if file.announced_bytes is None else file.announced_bytes)
            if file.cut_after:
                body = body[: file.cut_after.pop(0)]
            if file.pause is not None:
                half = len(body) // 2
                self.wfile.write(body[:half])
                self.wfile.flush()
                file.pause.wait(10)
                body = body[half:]
            self.wfile.write(body)

        def _start(self, file: File) -> int:
            asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
            condition = self.headers.get("If-Range")
            if asked is None or not file.ranges or (condition is not None and condition != file.etag):
                return 0
            return int(asked[1])

        def _finish(self, file: File, length: int) -> None:
            if file.validator:
                self.send_header("ETag", file.etag)
            for name, value in file.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", file.content_type)
            self.send_header("Content-Length", str(length))
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
