"""The format of a script: shapes, how a file is read, which rule applies. Described in the package's docstring."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from homeport.config import ConfigError
from homeport.core import chat

Seconds = Annotated[float, Meta(ge=0)]


class ScriptedChunk(Struct, forbid_unknown_fields=True):
    text: str
    delay_s: Seconds = 0.0


class ScriptedCall(Struct, forbid_unknown_fields=True):
    name: str
    arguments: dict[str, Any] | str = {}

    @property
    def arguments_text(self) -> str:
        return self.arguments if isinstance(self.arguments, str) else msgspec.json.encode(self.arguments).decode()


class ScriptedError(Struct, forbid_unknown_fields=True):
    status: Annotated[int, Meta(ge=400, le=599)]
    message: str
    type: str | None = None
    param: str | None = None
    code: str | None = None
    retry_after_s: Seconds | None = None


class Rule(Struct, forbid_unknown_fields=True):
    """One `[[rules]]` table."""

    match: str | None = None
    role: Literal["system", "developer", "user", "assistant", "tool", "function"] | None = None
    model: str | None = None
    times: Annotated[int, Meta(ge=1)] | None = None
    reply: str | list[str] | None = None
    chunks: list[str | ScriptedChunk] | None = None
    reasoning: str | None = None
    tool_calls: list[ScriptedCall] = []
    finish_reason: chat.FinishReason | None = None
    delay_s: Seconds = 0.0
    interval_s: Seconds = 0.0
    die_after: Annotated[int, Meta(ge=0)] | None = None
    error: ScriptedError | None = None

    def applies(self, text: str, role: str | None, model: str, tools: frozenset[str], must_call: bool) -> bool:
        """`text`: what `match` looks at; `role`: of the last message; `tools`: the names that may be called."""
        return (
            (self.match is None or re.search(self.match, text) is not None)
            and self.role in (None, role)
            and self.model in (None, model)
            and all(call.name in tools for call in self.tool_calls)
            and (not must_call or bool(self.tool_calls) or self.error is not None)
        )


class Script(Struct, forbid_unknown_fields=True):
    rules: list[Rule]
    models: Annotated[tuple[str, ...], Meta(min_length=1)] = ("scripted",)
    context_length: Annotated[int, Meta(ge=1)] = 8192


def load_script(path: Path) -> Script:
    """Read a script. Raises ConfigError that names the file and what is wrong in it."""
    try:
        text = path.read_text()
        tree = tomllib.loads(text) if path.suffix == ".toml" else msgspec.json.decode(text)
        script = msgspec.convert(tree, Script)
        for rule in script.rules:
            re.compile(rule.match or "")
            if rule.reply is not None and rule.chunks is not None:
                raise ConfigError("a rule has `reply` or `chunks`, not both")
            if rule.reply is None and rule.chunks is None and not rule.tool_calls and rule.error is None:
                raise ConfigError("a rule needs one of `reply`, `chunks`, `tool_calls` and `error`")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, msgspec.MsgspecError, UnicodeDecodeError, re.error, ConfigError) as error:
        raise ConfigError(f"{path}: {error}") from None
    return script
