"""A server with small limits and little patience, and a real engine."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.support import LiveServer, live_server

MAX_BODY_BYTES = 100_000
MAX_HEADER_BYTES = 16_384
REQUEST_S = 1.0


@contextlib.contextmanager
def strict_server(tiny_model: Path) -> Iterator[LiveServer]:
    config = f"""
        default_model = "tiny"
        [server]
        max_body_bytes = {MAX_BODY_BYTES}
        max_header_bytes = {MAX_HEADER_BYTES}
        [timeouts]
        request_s = {REQUEST_S}
        [engines.tiny]
        type = "llama_cpp"
        path = "{tiny_model}"
        threads = 1
    """
    with live_server(config) as running:
        yield running
        assert not [line for line in running.output if "Traceback" in line], "".join(running.output)
