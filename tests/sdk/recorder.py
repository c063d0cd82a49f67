"""An OpenAI-speaking server that notes what it is sent: the wire is what the SDK's tests are about."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_CHOICE = {"index": 0, "finish_reason": "stop", "logprobs": None}
_COMPLETION = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 0,
    "model": "default",
    "choices": [
        {**_CHOICE, "message": {"role": "assistant", "content": '{"n": 1}', "refusal": None}, "text": "legacy"}
    ],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
}
_CHUNK = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 0, "model": "default"}
_CHUNKS = [
    {**_CHUNK, "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Hel"}, "finish_reason": None}]},
    {**_CHUNK, "choices": [{"index": 0, "delta": {"content": "lo"}, "finish_reason": None}]},
    {**_CHUNK, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    {**_CHUNK, "choices": [], "usage": _COMPLETION["usage"]},
]


class Recorder:
    """`url` is the base URL; the last request is in `path`, `headers` (names in lower case) and `body`."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
        self.path = ""
        self.headers: dict[str, str] = {}
        self.body: Any = None


@contextmanager
def recorder() -> Iterator[Recorder]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            noted.path = self.path
            noted.headers = {name.lower(): value for name, value in self.headers.items()}
            noted.body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            streamed = noted.body.get("stream")
            if streamed:
                events = [f"data: {json.dumps(chunk)}\n\n" for chunk in _CHUNKS]
                answer = "".join([*events, "data: [DONE]\n\n"]).encode()
            else:
                answer = json.dumps(_COMPLETION).encode()
            self.close_connection = True
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream" if streamed else "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = False
        noted = Recorder(server)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield noted
        finally:
            server.shutdown()
            thread.join()
