"""Builds tools (known ones and invented ones) together with a request that fits each, as JSON schemas and English."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..render import Tool
from .known_tools import KNOWN_TOOLS, KnownTool, Param
from .more_asks import MORE_ASKS
from .more_tools_a import TOOLS_A
from .more_tools_b import TOOLS_B
from .tool_words import ENUMS, EXPLICIT, PAIRS, PARAMS, VERBS
from .words import ADJECTIVES, LEVELS, NOUNS, UNITS, Words, join_words, upper_first


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


SPECIAL_TOOLS = (*TOOLS_A, *TOOLS_B)
#: Of every tool that has a natural request, by each of its names.
TOOL_OF = {name: tool for tool in (*SPECIAL_TOOLS, *KNOWN_TOOLS) for name in tool.names}


def known(w: Words, tool: KnownTool | None = None) -> Use:
    """A tool that many programs have, or a special one, with a request as people word it."""
    tool = tool or w.pick(KNOWN_TOOLS if w.chance(0.5) else SPECIAL_TOOLS)
    values: list[Value] = []
    for param in tool.params:
        values.append(
            draw(
                w,
                _param_name(w, param, values),
                param.kind,
                w.pick(param.about) if param.about and w.chance(0.45) else "",
            )
        )
    asks = tool.asks + MORE_ASKS.get(tool.names[0], ())
    request = w.pick(asks).format(**{letter: v.said for letter, v in zip("abc", values, strict=False)})
    name = w.pick(tool.names)
    optional: list[Value] = []
    if "weather" in name and w.chance(0.4):
        unit = Value(w.pick(("unit", "units")), "", "", {"type": "string", "enum": ["celsius", "fahrenheit"]})
        if w.chance(0.4):
            unit.value = w.pick(("celsius", "fahrenheit"))
            request = f"{request.rstrip('?.')} in {w.pick((str.capitalize, str))(unit.value)}" + (
                "?" if request.endswith("?") else ""
            )
            values.append(unit)
        else:
            optional.append(unit)
    about = w.pick(tool.about) + w.pick(("", "", "."))
    tool_schema = schema_of(w, name, about, values, optional)
    return Use(tool_schema, request, values, name.split("_")[0], name.split("_")[-1])


def _param_name(w: Words, param: Param, before: Sequence[Value]) -> str:
    name = w.pick(param.names)
    if w.chance(0.12):
        name = w.identifier()
    while name in {v.key for v in before}:
        name = w.identifier()
    return name


def invented(w: Words, verb: str = "", noun: str = "") -> Use:
    """A tool nobody has seen: verb and object drawn apart, one to four parameters, and a request that mentions what is needed."""
    verb = verb or w.pick(list(VERBS))
    noun = noun or (
        w.pick(NOUNS)
        if w.chance(0.6)
        else w.invented()
        if w.chance(0.5)
        else f"{w.pick(NOUNS + ADJECTIVES)}_{w.pick(NOUNS)}"
    )
    values, clauses = _parameters(w, w.pick((1, 1, 1, 1, 2, 2, 3)))
    said_verb = w.pick(VERBS[verb]) if w.chance(0.45) else verb if verb != "lookup" else "look up"
    plural = verb in ("list", "count") and w.chance(0.7)
    name = _tool_name(w, verb, f"{noun}s" if plural else noun)
    about_verb = w.pick(VERBS[verb]).removesuffix(" me")
    about = upper_first(
        w.pick(
            (
                f"{about_verb} {w.pick(('a', 'the', 'one'))} {spaced(noun)}",
                f"{about_verb} the {spaced(noun)}",
                f"{about_verb} {spaced(noun)}s",
                f"{about_verb} a {spaced(noun)} by {spaced(values[0].key)}",
                f"{about_verb} a {spaced(noun)} with the given {spaced(values[-1].key)}",
                f"use this to {about_verb} a {spaced(noun)}",
            )
        )
    )
    about += w.pick(("", "", "", ".", f" in the {w.noun()} system", f" for {w.noun()}s."))
    if w.chance(0.08):
        name = (
            w.invented() if w.chance(0.5) else f"{w.invented()}_{w.invented()}"
        )  # only the description tells what it does
    elif w.chance(0.06):
        about = ""
    article = w.pick(("the", "the", "a", "my", "this"))
    target = f"{spaced(noun)}s" if plural and w.chance(0.7) else spaced(noun)
    head = f"{said_verb} {article} {target}" if w.chance(0.85) else f"{said_verb} {target}"
    request = head
    for clause in clauses:
        request += clause if clause.startswith((":", ",")) else f" {clause}"
    if len(clauses) == 1 and w.chance(0.2):
        only, thing = values[0], spaced(noun)
        request = w.pick(
            (
                f"I want to {said_verb} {article} {thing} {clauses[0]}",
                f"{upper_first(thing)} {only.said}: {said_verb} it",
                f"{said_verb} {thing} {only.said}",
                f"For {only.said}, {said_verb} the {thing}",
                f"use {name} with {only.said}",
                f"run {name} for {only.said}",
                f"{clauses[0]}, {said_verb} the {thing}",
                f"Is there a way to {said_verb} the {thing} {clauses[0]}?",
                f"I would like you to {said_verb} the {thing} {clauses[0]}.",
            )
        )
        if request.startswith(clauses[0]):
            request = upper_first(request)
    elif w.chance(0.06):
        request = f"use {name} with " + join_words([f"{spaced(v.key)} {v.said}" for v in values])
    optional = (
        [
            draw(w, key, "word", f"The {spaced(key)}" if w.chance(0.5) else "")
            for key in {w.identifier()} - {v.key for v in values}
        ]
        if w.chance(0.12)
        else []
    )
    return Use(schema_of(w, name, about, values, optional), request, values, verb, noun)


def _parameters(w: Words, count: int) -> tuple[list[Value], list[str]]:
    """Parameters with, for each, the part of the request that gives its value."""
    values: list[Value] = []
    clauses: list[str] = []
    if count == 2 and w.chance(0.25):
        first, second = w.pick(PAIRS)
        kind = w.pick(("city", "city", "name", "word", "path", "when", "int"))
        values = [draw(w, first, kind), draw(w, second, kind)]
        return values, [f"from {values[0].said} to {values[1].said}"] if first != "first" else [
            f"{values[0].said} and {values[1].said}"
        ]
    kinds_used: set[str] = set()
    for _ in range(count):
        key, kind, ways = w.pick(PARAMS)
        novel = w.chance(0.35)
        if novel:
            key, kind = (
                w.identifier(),
                w.pick(("word", "name", "thing", "code", "int", "city", "phrase", "state", "measure", "when")),
            )
        if any(v.key == key for v in values):
            continue
        about = (
            w.pick(
                (
                    f"The {spaced(key)}",
                    f"{upper_first(spaced(key))} of the {w.noun()}",
                    upper_first(spaced(key)),
                    f"{upper_first(spaced(key))} to use",
                )
            )
            if w.chance(0.3)
            else ""
        )
        value = draw(w, key, kind, about)
        if kind in kinds_used or (novel and w.chance(0.75 if count == 1 else 1.0)) or w.chance(0.3):
            clause = w.pick(EXPLICIT).format(key=spaced(key), said=value.said)
        else:
            clause = w.pick(ways if not novel else ("for {}", "{}", "of {}", "with {}")).format(value.said)
        kinds_used.add(kind)
        values.append(value)
        clauses.append(clause)
    if len(clauses) > 1 and w.chance(0.5):
        joiner = w.pick((", ", " and ", ", "))
        clauses = [c if i == 0 else (joiner + c if joiner == ", " else f"and {c}") for i, c in enumerate(clauses)]
    if w.chance(0.3):
        paired = list(zip(values, clauses, strict=True))
        if not any(c.startswith((",", "and")) for c in clauses):
            w.rng.shuffle(paired)  # the schema's order and the sentence's order need not agree
            clauses = [c for _, c in paired]
    return values, clauses


def _tool_name(w: Words, verb: str, noun: str) -> str:
    style = w.rng.random()
    if style < 0.72:
        return f"{verb}_{noun}"
    if style < 0.8:
        return verb + "".join(part.capitalize() for part in noun.split("_"))
    if style < 0.87:
        return f"{noun}_{verb}"
    return (
        f"{w.pick((w.invented(), w.pick(NOUNS)))}_{verb}_{noun}"
        if style < 0.93
        else f"{noun}_{w.pick(('tool', 'service', 'api', 'lookup'))}"
    )


OPENINGS = (
    "",
    "",
    "",
    "",
    "",
    "please ",
    "can you ",
    "could you ",
    "could you please ",
    "I need you to ",
    "I want you to ",
    "would you ",
    "help me: ",
    "hey, ",
    "hi, please ",
    "now ",
    "next, ",
    "kindly ",
    "I'd like to ",
    "you should ",
    "let's ",
    "go ahead and ",
)
CLOSINGS = (
    "",
    "",
    "",
    "",
    " please",
    ", please",
    " for me",
    " now",
    ". Thanks!",
    " right away",
    ". Thank you.",
    ", will you",
    " as soon as possible",
    ", would you",
)


def polite(w: Words, request: str) -> str:
    """Wraps an imperative in politeness; leaves a whole sentence nearly as it is."""
    if request[:1].isupper() or request.endswith(("?", ".")):
        return (
            w.pick(("", "", "", "", "Hi! ", "Hello, ", "Hey, ", "Quick question: ", "Tell me: "))
            + request
            + w.pick(("", "", "", " Thanks!"))
        )
    opening = w.pick(OPENINGS)
    closing = w.pick(CLOSINGS) if not opening.startswith(("help", "hi,")) else ""
    text = opening + request + closing
    if opening.startswith(("can", "could", "would")):
        text = text.rstrip(".") + ("?" if not text.endswith(("!", ".", "?")) else "")
    elif not text.endswith((".", "!", "?")):
        text += w.pick((".", ".", "", "!"))
    return upper_first(text) if w.chance(0.93) else text


def rivals(w: Words, use: Use, count: int, taken: Iterable[str] = ()) -> list[Use]:
    """Other tools for the list, none named as one of `taken`, some of them confusable: the same verb on another object, or another verb on the same object."""
    others: list[Use] = []
    names = {use.name, *taken}
    while len(others) < count:
        kind = w.rng.random()
        if kind < 0.4:
            other = known(w)
        elif kind < 0.55 and use.verb in VERBS:
            other = invented(w, verb=use.verb)
        elif kind < 0.7 and use.noun:
            other = invented(w, noun=use.noun)
            if other.verb == use.verb:
                continue
        else:
            other = invented(w)
        same_job = any(set(other.name.split("_")) == set(n.split("_")) for n in names)
        if not same_job and not _same_known(other.name, names):
            names.add(other.name)
            others.append(other)
    return others


def _same_known(name: str, taken: set[str]) -> bool:
    """Two names of one known tool must not stand in one list: either would be right."""
    tool = TOOL_OF.get(name)
    return tool is not None and not taken.isdisjoint(tool.names)
