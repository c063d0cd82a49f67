"""A server for tests of responses: a real small model, a scripted one for exact cases, either database."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import homeport
from tests.files_server import environment
from tests.support import LiveServer

SMALL = Path(homeport.__file__).parent / "models" / "homeport-small.gguf"
CONFIG = """
default_model = "homeport-small"
[engines.homeport-small]
type = "llama_cpp"
path = "{small}"
threads = 1
[engines.tiny]
type = "llama_cpp"
path = "{tiny}"
threads = 1
[engines.scripted]
type = "scripted"
script = "{script}"
[jobs]
lease_s = 2
"""
SCRIPT = """
[[rules]]
match = "slowly"
reply = "one two three four five six seven eight nine ten"
interval_s = 0.15

[[rules]]
match = "think"
reasoning = "Let me see. It is four."
reply = "Four."

[[rules]]
match = "break in the middle"
reply = "one two three"
die_after = 2

[[rules]]
match = "break at once"
reply = "one"
die_after = 0

[[rules]]
match = "call badly"
times = 1
tool_calls = [{name = "get_weather", arguments = {town = "Rome"}}]

[[rules]]
match = "(?s)call badly|call well"
role = "user"
tool_calls = [{name = "get_weather", arguments = {city = "Rome"}}]

[[rules]]
match = "always wrong"
tool_calls = [{name = "get_weather", arguments = {town = "Rome"}}]

[[rules]]
role = "tool"
reply = "It is sunny in Rome."

[[rules]]
match = "four words"
reply = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"

[[rules]]
reply = "You said: {input}"
"""


@contextlib.contextmanager
def responses_server(tiny: Path, database_url: str | None = None) -> Iterator[LiveServer]:
    with (
        tempfile.TemporaryDirectory(prefix="homeport-test-") as name,
        new_server(Path(name), tiny, database_url) as server,
    ):
        yield server


def new_server(folder: Path, tiny: Path, database_url: str | None = None) -> LiveServer:
    """Not started yet; one made again in the same folder goes on with what is there."""
    script = folder / "script.toml"
    script.write_text(SCRIPT)
    return LiveServer(folder, CONFIG.format(script=script, tiny=tiny, small=SMALL), env=environment(database_url))
