"""A server for tests of vector stores: the real embedding model, a scripted chat model, either database."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from tests.files_server import environment
from tests.minilm import with_model
from tests.support import LiveServer

CONFIG = '[engines.scripted]\ntype = "scripted"\nscript = "{script}"\n{more}\n'
# What the chat model makes of a question: "rewrite" well, at length, or nothing.
SCRIPT = """
[[rules]]
match = "Could you please tell me how tall the giraffe is"
reply = '"giraffe height"'

[[rules]]
match = "ramble about the giraffe"
reply = "Giraffes are tall.\\nThey live in Africa."

[[rules]]
match = "fail"
error = {status = 503, message = "The model is away."}

[[rules]]
reply = "bananas"
"""

T = TypeVar("T")


@contextlib.contextmanager
def retrieval_server(
    database_url: str | None = None, more: str = "", *, env: Mapping[str, str] | None = None
) -> Iterator[LiveServer]:
    """`more`: further configuration."""
    with tempfile.TemporaryDirectory(prefix="homeport-test-") as name:
        folder = Path(name)
        with_model(folder / "data")
        script = folder / "script.toml"
        script.write_text(SCRIPT)
        config = CONFIG.format(script=script, more=more)
        with LiveServer(folder, config, env=environment(database_url) | dict(env or {})) as server:
            yield server


def eventually(look: Callable[[], T | None], timeout_s: float = 60) -> T:
    """What `look` finds, once it finds something."""
    deadline = time.monotonic() + timeout_s
    while not (found := look()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)
    return found
