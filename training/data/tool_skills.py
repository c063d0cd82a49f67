"""Conversations with tools: one call, two calls at once, no call, and an answer from what a tool returned."""

from __future__ import annotations

from typing import Any

from ..render import Conversation, Message, assistant, calls, to_json, tool_result, user
from .chat import greet
from .rough import rough
from .tools.toolbox import any_use, polite, rivals
from .tools.use import Use, Value, spaced
from .words import STATES, Words, join_words, upper_first

NO_TOOL = "I have no tool for that."


def spoken(w: Words, request: str, *uses: Use) -> str:
    """The request as somebody would say it, with every value of it still there."""
    return rough(w, polite(w, request), [value.said for use in uses for value in use.values])


def tool_list(w: Words, wanted: list[Use], longest: int = 6) -> list[dict[str, Any]]:
    most = 2 + round((longest - 2) * w.level)
    count = max(len(wanted), min(most, w.pick((1, 2, 2, 3, 3, 4, 6))))
    uses = [*wanted, *rivals(w, wanted[0], count - len(wanted))]
    w.rng.shuffle(uses)
    return [use.tool for use in uses]


def single_call(w: Words) -> Conversation:
    use = any_use(w)
    tools = tool_list(w, [use])
    messages: list[Message] = [user(spoken(w, use.request, use)), calls((use.name, use.arguments))]
    if w.chance(0.4):
        messages += answer_from_result(w, [use])
        if w.chance(0.35):
            messages += follow_up(w, use)
    return Conversation(messages, tools)


def session(w: Words) -> Conversation:
    """Several requests to one list of tools: read once, it teaches several choices."""
    first = any_use(w)
    uses = [first, *rivals(w, first, w.number(1, 3 + round(2 * w.level)))]
    names = [use.name for use in uses]
    tools = [use.tool for use in uses]
    w.rng.shuffle(uses)
    messages: list[Message] = []
    for _ in range(w.pick((2, 3, 3, 4))):
        kind = w.rng.random()
        if kind < 0.06:
            messages += greet(w)
            continue
        if kind < 0.22:
            stranger = rivals(w, first, 1, names)[0]
            messages += [user(spoken(w, stranger.request)), assistant(NO_TOOL)]
            continue
        if not uses:
            break
        asked = [uses.pop() for _ in range(2 if kind < 0.36 and len(uses) > 1 else 1)]
        request = _both(w, *asked) if len(asked) == 2 else asked[0].request
        messages += [user(spoken(w, request, *asked)), calls(*((use.name, use.arguments) for use in asked))]
        if w.chance(0.5):
            messages += answer_from_result(w, asked)
        else:
            messages += [*(tool_result("ok") for _ in asked), assistant("Done.")]
    w.rng.shuffle(tools)
    return Conversation(messages, tools)


def follow_up(w: Words, use: Use) -> list[Message]:
    """The same tool again with another value for its only string parameter: "And in Paris?"."""
    if len(use.values) != 1 or use.values[0].schema.get("type") != "string" or "enum" in use.values[0].schema:
        return [user(w.pick(("Thanks!", "Thank you.", "Great, thanks."))), assistant("You are welcome!")]
    said = w.pick((w.city(), w.name(), w.thing(), w.code()))
    ask = w.pick(
        (
            "And for {}?",
            "And {}?",
            "What about {}?",
            "Now the same for {}.",
            "And in {}?",
            "Do the same with {}.",
            "How about {}?",
            "Again, for {}.",
        )
    ).format(said)
    return [user(ask), calls((use.name, {use.values[0].key: said}))]


def parallel_calls(w: Words) -> Conversation:
    first = any_use(w)
    if w.chance(0.55) and len(first.values) == 1 and first.values[0].value == first.values[0].said:
        value = first.values[0]
        kind = w.pick((w.city, w.name, w.thing, w.code)) if value.schema.get("enum") is None else None
        count = 3 if w.chance(0.12) else 2
        if kind is not None and value.said in first.request:
            others = [kind() for _ in range(count - 1)]
            joined = join_words(
                [value.said, *others],
                w.pick(
                    (
                        "and",
                        "and",
                        "and",
                        "and also",
                        "as well as",
                        "and for" if f"for {value.said}" in first.request else "and",
                    )
                ),
            )
            request = rough(w, polite(w, first.request.replace(value.said, joined)), [joined])
            uses = [first, *(Use(first.tool, "", [Value(value.key, said, said, value.schema)]) for said in others)]
            messages = [user(request), calls(*((u.name, u.arguments) for u in uses))]
            if w.chance(0.4):
                messages += answer_from_result(w, uses)
            return Conversation(messages, tool_list(w, [first]))
    second = rivals(w, first, 1)[0]
    request = _both(w, first, second)
    messages = [
        user(spoken(w, request, first, second)),
        calls((first.name, first.arguments), (second.name, second.arguments)),
    ]
    return Conversation(messages, tool_list(w, [first, second]))


def _both(w: Words, first: Use, second: Use) -> str:
    one, two = (use.request.rstrip(".?!") for use in (first, second))
    return w.pick(
        (
            "{one} and {two}",
            "{one}, and {two}",
            "{one}. Also {two}",
            "{one} and then {two}",
            "{one}, then {two}",
            "do two things: {one} and {two}",
            "{One}. {Two}.",
            "{one}; {two}",
            "both: {one} and {two}",
            "first {one}, second {two}",
            "{one}. After that {two}",
            "{one}. And {two}",
            "{one} as well as {two}",
            "{one}, plus {two}",
            "{one} and also {two}",
            "{one}. Then {two}",
            "{one}, and when that is done {two}",
            "1. {One}. 2. {Two}.",
            "{One}. Moreover, {two}.",
            "not only {one}, but {two} too",
            "{one} / {two}",
            "I have two requests: {one}, {two}",
        )
    ).format(one=one, two=two, One=upper_first(one), Two=upper_first(two))


def no_call(w: Words) -> Conversation:
    """A request for which none of the tools listed is any good."""
    wanted = any_use(w)
    while wanted.tool["function"]["parameters"]["properties"].keys() & {"expression", "formula", "input"}:
        wanted = any_use(w)  # a small sum needs no calculator
    tools = [use.tool for use in rivals(w, wanted, w.pick((1, 1, 2, 2, 3, 5)))]
    return Conversation([user(spoken(w, wanted.request)), assistant(NO_TOOL)], tools)


# -- results -------------------------------------------------------------------------------------------------------------


def result_value(w: Words) -> Any:
    return w.pick(
        (
            w.integer,
            w.integer,
            w.city,
            w.name,
            w.thing,
            w.date,
            w.clock,
            w.code,
            lambda: float(w.decimal()),
            lambda: w.pick(STATES),
            w.measure,
        )
    )()


def answer_from_result(w: Words, uses: list[Use]) -> list[Message]:
    """Results of the calls just made, and the answer that puts them into words."""
    if len(uses) > 1:
        keys = [w.identifier() for _ in range(w.pick((1, 1, 2)))]
        results, sentences = [], []
        for use in uses:
            data = {key: result_value(w) for key in keys}
            results.append(tool_result(to_json(data)))
            sentences.append(f"{use.values[0].said}: {_facts(data)}.")
        return [*results, assistant(" ".join(sentences))]
    use = uses[0]
    kind = w.rng.random()
    if "weather" in use.name and kind < 0.6:
        return _weather(w, use)
    if kind < 0.12:
        problem = w.pick(
            (
                "not found",
                "timeout",
                "permission denied",
                "service unavailable",
                f"unknown {w.noun()}",
                f"{w.noun()} {w.code()} does not exist",
                "invalid key",
                f"no such {w.noun()}",
            )
        )
        shape = w.pick(
            (
                to_json({"error": problem}),
                f"Error: {problem}",
                to_json({"error": problem}),
                to_json({"status": "error", "message": problem}),
            )
        )
        return [tool_result(shape), assistant(f"The tool failed: {problem}.")]
    if kind < 0.3:
        text = w.pick((str(result_value(w)), w.clause(), w.clause(), w.phrase()))
        return [tool_result(text), assistant(w.pick((f"The result is: {text}.",)))]
    if kind < 0.4:
        return [
            tool_result(
                w.pick(
                    (
                        "ok",
                        "done",
                        "success",
                        to_json({"ok": True}),
                        to_json({"status": "ok"}),
                        to_json({"success": True}),
                        to_json({"status": "done"}),
                    )
                )
            ),
            assistant("Done."),
        ]
    if kind < 0.5:
        items = [w.pick((w.thing, w.name, w.city))() for _ in range(w.number(2, 4))]
        key = w.pick(("results", "items", w.identifier(), w.pick(("names", "files", "matches"))))
        return [
            tool_result(to_json({key: items}) if w.chance(0.7) else to_json(items)),
            assistant(f"I found {join_words(items)}."),
        ]
    data: dict[str, Any] = {}
    if w.chance(0.45):
        data |= {v.key: v.value for v in use.values}  # tools often repeat what they were asked; the answer need not
    asked = set(data)
    wanted = len(data) + w.pick((1, 1, 2, 2, 3))
    while len(data) < wanted:
        key = (
            w.identifier()
            if w.chance(0.7)
            else w.pick(
                (
                    "price",
                    "status",
                    "total",
                    "temperature",
                    "time",
                    "balance",
                    "result",
                    "count",
                    "owner",
                    "date",
                    "name",
                    "value",
                    "capital",
                    "population",
                )
            )
        )
        if key not in data:
            data[key] = result_value(w)
    return [
        tool_result(to_json(data)),
        assistant(f"{upper_first(_facts({k: v for k, v in data.items() if k not in asked}))}."),
    ]


def _facts(data: dict[str, Any]) -> str:
    return join_words([f"the {spaced(key)} is {value}" for key, value in data.items()])


def _weather(w: Words, use: Use) -> list[Message]:
    degrees = w.number(-15, 39)
    sky = w.pick(
        (
            "sunny",
            "cloudy",
            "rainy",
            "windy",
            "snowy",
            "foggy",
            "clear",
            "stormy",
            "overcast",
            "partly cloudy",
            "light rain",
        )
    )
    data: dict[str, Any] = {use.values[0].key: use.values[0].value} if w.chance(0.6) else {}
    data[w.pick(("temperature", "temperature", "temp", "temp_c", "temperature_c", "degrees"))] = w.pick(
        (degrees, degrees, f"{degrees}", f"{degrees}C", f"{degrees}°C")
    )
    shown = list(data.values())[-1]
    data[w.pick(("condition", "conditions", "condition", "sky", "weather", "description"))] = sky
    text = to_json(data) if w.chance(0.8) else f"{sky}, {shown}"
    shown = f"{shown} degrees" if str(shown).lstrip("-").isdigit() else str(shown)
    return [tool_result(text), assistant(f"The weather in {use.values[0].value} is {sky} with {shown}.")]
