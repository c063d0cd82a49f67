"""The child process: llama.cpp's server on a UNIX socket. Run by `process`; imports nothing heavy but xllamacpp.

Its orders are one line of JSON on stdin (`process.ChildSpec`), so that no secret stands in argv or the environment. It
answers one line of JSON on stdout, `{"ready": true}` or `{"error": "…"}`, and ends when stdin does: a parent that dies
in any way closes it. While a model loads this process can't watch stdin (xllamacpp holds the GIL), so the kernel is
asked to send SIGTERM as well when the parent dies.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import signal
import sys
from typing import Any, NoReturn

_PR_SET_PDEATHSIG = 1


def _die_with(parent_pid: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent_pid:
        os._exit(1)  # it died before we asked


def _serve(spec: dict[str, Any]) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = spec["path"]
    params.hostnames = [spec["socket"]]
    params.api_keys = [spec["api_key"]]
    params.n_parallel = spec["slots"]
    params.n_ctx = spec["slots"] * spec["context_length"]  # shared out evenly
    params.n_gpu_layers = spec["gpu_layers"]
    params.cpuparams.n_threads = spec["threads"]
    params.cpuparams_batch.n_threads = spec["threads"]
    params.n_threads_http = spec["connections"] + 2  # an idle connection keeps a thread
    params.cache_ram_mib = spec["prompt_cache_mib"]
    params.fit_params = False  # what was configured is what is wanted
    params.endpoint_metrics = True
    params.endpoint_slots = True
    params.verbosity = 2  # errors and warnings
    params.ui = False
    params.sse_ping_interval = -1  # a ping would look like life where no token comes
    params.prefill_assistant = False  # OpenAI answers after a last message by the assistant, it does not go on with it
    if spec["embedding"]:
        params.embedding = True
        if spec["mean_pooling"]:
            params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
        # An encoder sees the whole text at once: one batch must hold it.
        params.n_batch = params.n_ubatch = max(512, spec["context_length"])
    else:
        # A batch can't be interrupted, so this bounds how long a caller who hung up, or another stream, waits.
        params.n_batch = params.n_ubatch = 512
    return xllamacpp.Server(params)


def main() -> NoReturn:
    spec = json.loads(sys.stdin.readline())
    _die_with(spec["parent_pid"])
    report = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever else prints, stdout carries the report only

    def leave(*_: object) -> NoReturn:
        shutil.rmtree(os.path.dirname(spec["socket"]), ignore_errors=True)
        os._exit(0)

    try:
        server = _serve(spec)
    except Exception as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), file=report, flush=True)
        sys.exit(1)  # in good order: llama.cpp writes its log, where the reason is, from a thread
    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    print(json.dumps({"ready": True}), file=report, flush=True)
    with contextlib.suppress(OSError):
        sys.stdin.read()
    leave(server)


if __name__ == "__main__":
    main()
