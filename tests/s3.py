"""A real S3 server for tests: moto's, as a process of its own, on a real port."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator

START_TIMEOUT_S = 60
_STARTED = "from moto.server import main; import sys; main(sys.argv[1:])"


class S3Server:
    """`url` of the endpoint; `env`: what a client needs in its environment. Its data is in memory."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.url = f"http://127.0.0.1:{port}"
        self.env = {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
        }
        self._buckets = 0

    def pause(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def new_bucket(self) -> str:
        """The name of an empty bucket."""
        self._buckets += 1
        name = f"bucket-{self._buckets}"
        self._ask("PUT", f"/{name}")
        return name

    def keys(self, bucket: str) -> set[str]:
        tree = ElementTree.fromstring(self._ask("GET", f"/{bucket}?list-type=2"))
        return {element.text or "" for element in tree.iter() if element.tag.endswith("Key")}

    def unfinished(self, bucket: str) -> int:
        """How many multipart uploads of a bucket were neither completed nor aborted."""
        tree = ElementTree.fromstring(self._ask("GET", f"/{bucket}?uploads"))
        return sum(element.tag.endswith("}Upload") or element.tag == "Upload" for element in tree.iter())

    def _ask(self, method: str, path: str) -> bytes:
        with urllib.request.urlopen(urllib.request.Request(self.url + path, method=method), timeout=30) as answer:
            return answer.read()


@contextlib.contextmanager
def s3_server() -> Iterator[S3Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-c", _STARTED, "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            assert process.poll() is None, "the S3 server ended"
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert time.monotonic() < deadline, "the S3 server did not start"
            time.sleep(0.05)
        yield S3Server(port, process)
    finally:
        process.terminate()
        process.wait(20)
