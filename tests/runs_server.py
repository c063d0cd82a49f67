"""A server for tests of runs: a scripted model for exact cases, a real small one, either database."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import openai

import homeport
from tests.files_server import environment
from tests.minilm import with_model
from tests.support import LiveServer

SMALL = Path(homeport.__file__).parent / "models" / "homeport-small.gguf"
CONFIG = """
default_model = "scripted"
[engines.homeport-small]
type = "llama_cpp"
path = "{small}"
threads = 1
[engines.scripted]
type = "scripted"
script = "{script}"
[jobs]
lease_s = {lease_s}
"""
SCRIPT_ONLY = '[engines.scripted]\ntype = "scripted"\nscript = "{script}"\n[jobs]\nlease_s = {lease_s}\n'
SCRIPT = """
context_length = 400

[[rules]]
match = "slowly"
reply = "one two three four five six seven eight nine ten eleven twelve"
interval_s = 0.15

[[rules]]
match = "forever"
reply = "one two three four five six seven eight nine ten eleven twelve"
interval_s = 30

[[rules]]
match = "say nothing"
reasoning = "Nothing, then."
reply = ""

[[rules]]
match = "think"
reasoning = "Let me see."
reply = "Four."

[[rules]]
match = "at length"
reply = "{long}"

[[rules]]
match = "break in the middle"
reply = "one two three"
die_after = 2

[[rules]]
match = "too often"
error = {status = 429, message = "Slow down."}

[[rules]]
match = "badly"
times = 1
tool_calls = [{name = "get_weather", arguments = {town = "Rome"}}]

[[rules]]
match = "badly"
times = 1
tool_calls = [{name = "get_weather", arguments = {city = "Rome"}}]

[[rules]]
match = "two cities"
times = 2
tool_calls = [{name = "get_weather", arguments = {city = "Rome"}}]

[[rules]]
match = "weather"
role = "user"
tool_calls = [{name = "get_weather", arguments = {city = "Rome"}}]

[[rules]]
match = "look it up"
role = "user"
reply = "Let me look."
tool_calls = [{name = "get_weather", arguments = {city = "Rome"}}]

[[rules]]
match = "both"
role = "user"
tool_calls = [{name = "get_weather", arguments = {city = "Rome"}}, {name = "get_weather", arguments = {city = "Bonn"}}]

[[rules]]
match = "Search"
role = "user"
tool_calls = [{name = "file_search", arguments = {queries = ["giraffe"]}}]

[[rules]]
match = "Search"
role = "tool"
reply = "Giraffes are tall【1†source】, they say."

[[rules]]
match = "Read the file"
role = "user"
tool_calls = [{name = "code_interpreter", arguments = {code = "print(open('/mnt/data/numbers.csv').read())"}}]

[[rules]]
match = "filtered"
reply = "What I think of that"
finish_reason = "content_filter"

[[rules]]
match = "Save"
role = "user"
tool_calls = [{name = "code_interpreter", arguments = {code = "open('/mnt/data/my table.csv', 'w').write('1,2')"}}]

[[rules]]
match = "Save"
role = "tool"
reply = "Here is [the table](sandbox:/mnt/data/my table.csv), not [another](sandbox:/mnt/data/none.csv)."

[[rules]]
match = "Draw"
role = "user"
tool_calls = [{name = "code_interpreter", arguments = {code = "DRAW"}}]

[[rules]]
match = "Count up"
role = "user"
tool_calls = [{name = "code_interpreter", arguments = {code = "COUNT"}}]

[[rules]]
match = "Say twice"
role = "user"
tool_calls = [{name = "code_interpreter", arguments = {code = "TWICE"}}]

[[rules]]
match = "Draw|Count up"
role = "tool"
reply = "Here it is."

[[rules]]
role = "tool"
reply = "It is sunny in Rome."

[[rules]]
match = "json"
reply = '{"a": 1}'

[[rules]]
reply = "Hello {input}"
"""
DRAW = "import matplotlib.pyplot as plt\\nplt.plot([1, 2])\\nplt.show()\\nprint('drawn')"
TWICE = "import time\\nprint('one', flush=True)\\ntime.sleep(0.3)\\nprint('two')\\n1 / 0"
COUNT = "n = globals().get('n', 0) + 1\\nprint(n)"
LONG = " ".join(["word"] * 600)

WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
    },
}

T = TypeVar("T")
MESSAGE = [
    *("thread.run.step.created", "thread.run.step.in_progress", "thread.message.created"),
    *("thread.message.in_progress", "thread.message.delta", "thread.message.completed", "thread.run.step.completed"),
]
BEGIN = ["thread.run.created", "thread.run.queued", "thread.run.in_progress"]


@contextlib.contextmanager
def runs_server(
    database_url: str | None = None,
    *,
    models: bool = False,
    embeds: bool = False,
    script: str = SCRIPT,
    lease_s: float = 30.0,
    env: Mapping[str, str] | None = None,
) -> Iterator[LiveServer]:
    """`models`: with the small chat model and the embedding model, which take a moment to load; `embeds`: with that."""
    with tempfile.TemporaryDirectory(prefix="homeport-test-") as name:
        if embeds:
            with_model(Path(name) / "data")
        server = make_server(Path(name), database_url, models=models, script=script, lease_s=lease_s, env=env)
        with server:
            yield server


def make_server(
    folder: Path,
    database_url: str | None = None,
    *,
    models: bool = False,
    script: str = SCRIPT,
    lease_s: float = 30.0,
    env: Mapping[str, str] | None = None,
) -> LiveServer:
    """A server that is not started yet."""
    if models:
        with_model(folder / "data")
    file = folder / "script.toml"
    file.write_text(
        script.replace("{long}", LONG).replace("DRAW", DRAW).replace("COUNT", COUNT).replace("TWICE", TWICE)
    )
    config = (CONFIG if models else SCRIPT_ONLY).format(small=SMALL, script=file, lease_s=lease_s)
    return LiveServer(folder, config, env=environment(database_url) | dict(env or {}))


def eventually(look: Callable[[], T | None], timeout_s: float = 60) -> T:
    """What `look` finds, once it finds something."""
    deadline = time.monotonic() + timeout_s
    while not (found := look()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)
    return found


def assistant(sdk: openai.OpenAI, **fields: Any) -> str:
    return sdk.beta.assistants.create(**{"model": "scripted", **fields}).id


def thread(sdk: openai.OpenAI, *said: str) -> str:
    return sdk.beta.threads.create(messages=[{"role": "user", "content": text} for text in said]).id


def kinds(events: list[Any]) -> list[str]:
    """Names of the events; neighbours of one name as one."""
    names = [event.event for event in events]
    return [name for place, name in enumerate(names) if place == 0 or names[place - 1] != name]


def every(stream: Any) -> list[Any]:
    return list(stream)


def call_ids(run: Any) -> list[str]:
    assert run.required_action is not None
    return [call.id for call in run.required_action.submit_tool_outputs.tool_calls]
