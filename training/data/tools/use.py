"""A tool together with a request for it: as JSON schema and English, with a value for each argument."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...render import Tool
from ..words import ADJECTIVES, LEVELS, NOUNS, UNITS, Words, join_words, upper_first
from .words import ENUMS


@dataclass(slots=True)
class Value:
    """One argument: its parameter's name, how a person says it, what the call must carry and its schema."""

    key: str
    said: str
    value: Any
    schema: dict[str, Any]


@dataclass(slots=True)
class Use:
    """A tool and one request for it. `request` lacks politeness: `polite` adds it."""

    tool: Tool
    request: str
    values: list[Value]
    verb: str = ""
    noun: str = ""

    @property
    def name(self) -> str:
        return self.tool["function"]["name"]

    @property
    def arguments(self) -> dict[str, Any]:
        return {v.key: v.value for v in self.values}


def spaced(identifier: str) -> str:
    return identifier.replace("_", " ")


def draw(w: Words, key: str, kind: str, about: str = "") -> Value:
    """A value of one kind for the parameter `key`."""
    schema: dict[str, Any] = {"type": "string"}
    value: Any
    if kind in ("int", "digit"):
        value = w.integer() if kind == "int" else w.number(1, 9)
        schema, said = {"type": w.pick(("integer", "integer", "number"))}, str(value)
    elif kind == "decimal":
        said = w.decimal()
        value, schema = float(said), {"type": "number"}
        said = str(value)
    elif kind in ("words", "names"):
        value = [w.name() if kind == "names" else w.thing() for _ in range(w.pick((1, 2, 2, 3, 3, 4)))]
        schema, said = {"type": "array", "items": {"type": "string"}}, join_words(value)
    elif kind == "enum":
        options = list(w.pick(ENUMS)) if w.chance(0.5) else w.some(ADJECTIVES + UNITS + NOUNS, w.number(2, 4))
        if w.chance(0.2):
            options = [w.invented() for _ in range(w.number(2, 4))]
        value = said = w.pick(options)
        schema["enum"] = options
    elif kind == "sum":
        value = said = w.pick(
            (
                f"{w.integer()} {w.pick('+-*/')} {w.integer()}",
                f"{w.integer()}{w.pick('+-*/')}{w.integer()}",
                f"({w.integer()} + {w.integer()}) * {w.number(2, 9)}",
                f"print({w.integer()})",
            )
        )
    elif kind == "currency":
        value = said = (
            w.pick("USD EUR GBP JPY CHF".split())
            if w.chance(0.5)
            else "".join(w.pick("ABCDEFGHIJKLMNOPRSTUVXYZ") for _ in range(3))
        )
    elif kind == "noun":
        value = said = w.noun()
    elif kind == "level":
        value = said = w.pick(LEVELS)
        if w.chance(0.5):
            schema["enum"] = list(LEVELS) + w.pick(([], ["critical"], ["urgent"]))
    else:
        value = said = str(w.kind(kind))
    if about:
        schema["description"] = about
    return Value(key, said, value, schema)


def schema_of(w: Words, name: str, about: str, values: Sequence[Value], optional: Sequence[Value] = ()) -> Tool:
    """The tool in OpenAI's form. Mostly with the usual key order; sometimes as code generators write it."""
    shown = sorted([*values, *optional], key=lambda _: w.rng.random()) if optional else list(values)
    parameters: dict[str, Any] = {
        "type": "object",
        "properties": {v.key: v.schema for v in shown},
        "required": [v.key for v in values],
    }
    style = w.rng.random()
    if style < 0.06:
        parameters = {
            "properties": {v.key: {"title": upper_first(spaced(v.key)), **v.schema} for v in shown},
            "required": [v.key for v in values],
            "type": "object",
        }
    elif style < 0.16:
        parameters["additionalProperties"] = False
    elif style < 0.24:
        del parameters["required"]
    # llama.cpp writes an empty description where the request gives none, so `about` may be empty but is never left out
    return {"type": "function", "function": {"name": name, "description": about, "parameters": parameters}}
