"""Draws tools of all sorts for one list, so that a request fits one of them only, and wraps requests in politeness."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..words import Words, upper_first
from . import computing, industry, life, objects_a_l, objects_m_z, offices, verbs_a_f, verbs_g_p, verbs_q_z
from .asks import MORE_ASKS
from .further_asks import FURTHER_ASKS
from .invented import asked_of, invented, overlapping
from .known import KNOWN_TOOLS, KnownTool, Param
from .spoken_asks import SPOKEN_ASKS
from .stated_asks import STATED_ASKS
from .use import Use, Value, draw, schema_of
from .words import VERBS

SPECIAL_TOOLS = tuple(
    tool
    for bank in (computing, industry, life, objects_a_l, objects_m_z, offices, verbs_a_f, verbs_g_p, verbs_q_z)
    for tool in bank.TOOLS
)
#: Of every tool that has a natural request, by each of its names.
TOOL_OF = {name: tool for tool in (*SPECIAL_TOOLS, *KNOWN_TOOLS) for name in tool.names}


def any_use(w: Words) -> Use:
    """One of all tools with a request for it: more than half of them as people word them, the others made up."""
    return w.rng.choices((known, special, invented, overlapping, asked_of), (34, 32, 14, 8, 12))[0](w)


def special(w: Words) -> Use:
    return known(w, w.pick(SPECIAL_TOOLS))


def known(w: Words, tool: KnownTool | None = None) -> Use:
    """A tool that many programs have, unless another is given, with a request as people word it."""
    tool = tool or w.pick(KNOWN_TOOLS)
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
    first = tool.names[0]
    asks = tool.asks + MORE_ASKS.get(first, ()) + FURTHER_ASKS.get(first, ()) + SPOKEN_ASKS.get(first, ()) + STATED_ASKS.get(first, ())
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
    if w.chance(0.05):
        name = w.identifier()
    while name in {v.key for v in before}:
        name = w.identifier()
    return name


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
        if kind < 0.15 and use.verb in VERBS:
            other = invented(w, verb=use.verb)
        elif kind < 0.3 and use.noun:
            other = (invented if use.verb in VERBS else overlapping)(w, noun=use.noun)
            if other.verb == use.verb:
                continue
        else:
            other = any_use(w)
        same_job = any(set(other.name.split("_")) == set(n.split("_")) for n in names)
        if not same_job and not _same_known(other.name, names):
            names.add(other.name)
            others.append(other)
    return others


def _same_known(name: str, taken: set[str]) -> bool:
    """Two names of one known tool must not stand in one list: either would be right."""
    tool = TOOL_OF.get(name)
    return tool is not None and not taken.isdisjoint(tool.names)
