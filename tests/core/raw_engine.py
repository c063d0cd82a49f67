"""llama.cpp's own server with the tiny model, for tests of what its grammars enforce."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from homeport.core.grammar import Constraint

_CHILD = """
import os, sys, time
os.environ["OMP_WAIT_POLICY"] = "passive"
import xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.hostnames = sys.argv[1], [sys.argv[2]]
params.n_ctx, params.n_parallel, params.cpuparams.n_threads = 4096, 1, 1
server = xllamacpp.Server(params)
print("up", flush=True)
sys.stdin.read()
"""
PROMPT = "Hello world"


class RawEngine:
    """llama.cpp's own server, with nothing of ours between."""

    def __init__(self, path: str) -> None:
        self._path = path

    def complete(
        self, constraint: Constraint, *, seed: int = 1, tokens: int = 160, bias: dict[int, float] | None = None
    ) -> tuple[str, str]:
        """Why it stopped ("eos", "limit"), and what it wrote."""
        body = {
            "prompt": PROMPT + constraint.prefill,
            "n_predict": tokens,
            "seed": seed,
            "temperature": 1,
            "top_k": 0,
            "top_p": 1,
            "min_p": 0,
            "grammar": constraint.grammar,
            "preserved_tokens": ["<|im_start|>"],
            "logit_bias": [[token, value] for token, value in (bias or {}).items()],
        }
        answer = self._post("/completion", body)
        return answer["stop_type"], answer["content"]

    def token(self, text: str) -> int:
        """The id of the one token that `text` is."""
        (token,) = self._post("/tokenize", {"content": text, "parse_special": True})["tokens"]
        return int(token)

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        connection = http.client.HTTPConnection("localhost", timeout=60)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(self._path)
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer: dict[str, Any] = msgspec.json.decode(connection.getresponse().read())
        connection.close()
        return answer


@contextmanager
def raw_engine(model: Path, folder: Path) -> Iterator[RawEngine]:
    """A server of its own in a child process, on a socket in `folder`."""
    path = str(folder / "s.sock")
    with subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(model), path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == b"up\n"
            yield RawEngine(path)
        finally:
            child.kill()


def closed(**properties: Any) -> dict[str, Any]:
    """The schema of an object with just these properties."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
