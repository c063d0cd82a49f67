"""A server for tests of responses: a real small model, a scripted one for exact cases, either database."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import homeport
from tests.files_server import environment
from tests.minilm import with_model
from tests.support import LiveServer

WEATHER: dict[str, Any] = {
    "type": "function",
    "name": "get_weather",
    "description": "Weather of a city",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
    "strict": True,
}
SMALL = Path(homeport.__file__).parent / "models" / "homeport-small.gguf"
SCRIPTED = """
[engines.scripted]
type = "scripted"
script = "{script}"
[jobs]
lease_s = 2
"""
REAL = """
default_model = "homeport-small"
[engines.homeport-small]
type = "llama_cpp"
path = "{small}"
threads = 1
[engines.tiny]
type = "llama_cpp"
path = "{tiny}"
threads = 1
"""
SCRIPT = r"""
[[rules]]
match = "very slow"
reply = "one two three four five six seven eight nine ten"
interval_s = 0.2

[[rules]]
match = "without end"
reply = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
interval_s = 0.5

[[rules]]
match = "slowly"
reply = "one two three four five six seven eight nine ten"
interval_s = 0.05

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
match = "search the files"
role = "user"
tool_calls = [{name = "file_search", arguments = {queries = ["How tall is a giraffe?"]}}]

[[rules]]
match = "search the files"
role = "tool"
reply = "Six metres 【1】, they say."

[[rules]]
match = "run code"
role = "user"
[[rules.tool_calls]]
name = "code_interpreter"
arguments = {code = "x = globals().get('x', 5) + 1\nprint('x is', x, '\u2713')"}

[[rules]]
match = "make a table"
role = "user"
tool_calls = [{name = "code_interpreter", arguments = {code = "open('table.csv', 'w').write('a,b\\n1,2\\n')"}}]

[[rules]]
match = "make a table"
role = "tool"
reply = "Here is [the table](sandbox:/mnt/data/table.csv)."

[[rules]]
match = "run on and on"
tool_calls = [{name = "code_interpreter", arguments = {code = "print(1)"}}]

[[rules]]
match = "run code"
role = "tool"
reply = "It ran."

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


def new_server(folder: Path, tiny: Path | None = None, database_url: str | None = None) -> LiveServer:
    """Not started yet; one made again in the same folder goes on with what is there. Real models if `tiny` is given."""
    script = folder / "script.toml"
    script.write_text(SCRIPT)
    config = SCRIPTED.format(script=script)
    if tiny is not None:
        with_model(folder / "data")
        config = REAL.format(small=SMALL, tiny=tiny) + config
    return LiveServer(folder, config, env=environment(database_url))


def types_of(events: Any) -> list[str]:
    """Their types, runs of the same one once."""
    types: list[str] = []
    for event in events:
        if not types or types[-1] != event.type:
            types.append(event.type)
    return types
