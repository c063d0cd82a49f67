"""Filling JSON from a text: under a schema, with the keys named in words, or as the arguments of a call."""

from __future__ import annotations

from typing import Any

from ..render import Conversation, Message, assistant, calls, system, to_json, user
from .nested_records import nested, review, task, with_list
from .records import Record, described, form, jumble, person, put_together, sentence, shuffled
from .words import NOUNS, Words, join_words, upper_first


def schema_for(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {"type": "object", "properties": {k: schema_for(v) for k, v in value.items()}, "required": list(value)}
    if isinstance(value, list):
        return {"type": "array", "items": schema_for(value[0]) if value else {"type": "string"}}
    if value is None:
        return {"type": ["string", "null"]}
    names = {bool: "boolean", int: "integer", float: "number"}
    return {"type": names.get(type(value), "string")}


def wanted(w: Words, data: dict[str, Any]) -> dict[str, Any]:
    """The schema of a request for `data`: at times with descriptions, a few options, or what may be missing."""
    schema = schema_for(data)
    for key, part in schema["properties"].items():
        if key in ("priority", "sentiment") and w.chance(0.7):
            part["enum"] = {"priority": ["low", "medium", "high", "critical"], "sentiment": ["positive", "negative"]}[key]
        elif w.chance(0.05) and part["type"] in ("string", "integer"):
            part["type"] = [part["type"], "null"]
        if w.chance(0.08):
            said = key.replace("_", " ")
            part["description"] = w.pick((f"The {said}", upper_first(said), f"{upper_first(said)} in the text"))
    return schema


ASK_KEYS = (
    "Extract {k}: {t}", "Extract {k} as JSON: {t}", "Give {k} in JSON. {t}", "Extract {k} from this text as JSON: {t}", "Return JSON with the keys {k}.\n\n{t}", "Read the text and fill {k}.\n{t}", "{t}\n\nExtract {k} as JSON.",
    "{t}\nReturn {k} as JSON.", "Which {k} does the text give? Answer in JSON.\n{t}", "Text: {t}\nFields: {c}", "Fields: {c}\nText: {t}", "Fill in a JSON object with {k} from: {t}", "I need {k} as a JSON object. {t}", "Parse this into JSON with the fields {k}: {t}",
    "Convert to JSON ({c}): {t}", "JSON with {k} please: {t}", "From the following message take {k} and write JSON.\n\"{t}\"", "Extract the fields {c}.\n\n{t}", "Get {k} out of this: {t}", "What are {k}? Reply with JSON only.\n\n{t}", "Turn this into JSON. Keys: {c}.\n{t}", "{t}\n\nKeys: {c}",
)  # fmt: skip
#: The same, put together: who asks how for the keys, as what, of which text.
ASK_WAYS = (
    "extract {k}", "return {k}", "give me {k}", "list {k}", "find {k}", "get {k}", "pull out {k}", "write down {k}", "collect {k}", "report {k}", "fill in {k}", "identify {k}", "provide {k}", "tell me {k}", "show {k}", "determine {k}", "record {k}", "capture {k}", "detect {k}", "supply {k}", "pick out {k}", "look for {k}",
    "note {k}", "save {k}", "name {k}", "state {k}", "read off {k}", "parse out {k}", "search for {k}", "mark {k}", "isolate {k}", "gather {k}", "retrieve {k}", "spell out {k}", "copy {k}", "answer with {k}", "reply with {k}", "respond with {k}", "convert {k}", "encode {k}",
)  # fmt: skip
ASK_AS = ("", "", "", " as JSON", " in JSON", " as a JSON object", " in JSON format", " as valid JSON", " (JSON)", ", formatted as JSON", " in a JSON record", ", JSON please", ", only JSON", " and answer in JSON", " using JSON", ". Reply in JSON only", ". No prose, just JSON")  # fmt: skip
ASK_OF = ("", "", "", " from this text", " from the following", " from the text", " given here", " of this entry", " found in this message", " in the passage", " from what follows", " from my mail", " of the record", " from the notes", " from this line", " as the text has them", " mentioned in the message")  # fmt: skip
ASK_WHO = ("{}", "{}", "{}", "{}", "please {}", "can you {}", "would you {}", "kindly {}", "I need you to {}", "you should {}", "your task: {}", "task: {}", "now {}", "first read, then {}", "I would like you to {}", "go and {}", "let us {}", "just {}", "next, {}")  # fmt: skip
ASK_FRAMES = ("{a}: {t}", "{a}: {t}", "{a}:\n{t}", "{a}.\n\n{t}", "{a}.\n{t}", "{a}\n===\n{t}", "{a}\n\n\"{t}\"", "{a}. {t}", "{t}\n\n{a}.", "{t}\n{a}", "{t} {a}.", "Text: {t}\n{a}", "Message: {t}\n\n{a}.", "<text>{t}</text>\n{a}", "{a}.\n<text>\n{t}\n</text>", "[{t}]\n\n{a}", "Input:\n{t}\n\nTask:\n{a}", "\"{t}\" - {a}", "{a} >> {t}", "{t}\n***\n{a}.", "{t}\n\n({a})")  # fmt: skip
ASK_SCHEMA = ("Answer with JSON that follows this schema: {s}\n\n{t}", "Extract the data as JSON.\nSchema: {s}\nText: {t}", "{t}\n\nReturn JSON for this schema:\n{s}", "Fill this JSON schema from the text.\n{s}\n{t}", "Schema:\n{s}\n\nInput:\n{t}", "Extract according to {s}: {t}")  # fmt: skip
ASK_NOTHING = (
    "{t}", "Extract the information: {t}", "Extract the data from this text.\n\n{t}", "Parse: {t}", "Analyze this: {t}", "Analyze this review:\n\n{t}", "Extract: {t}", "Turn this into JSON: {t}", "{t}\n\nExtract the details.", "Extract the event information. {t}", "Process this text: {t}", "Input: {t}",
)  # fmt: skip
SYSTEMS = (
    "Extract the event information.",
    "You extract data from text.",
    "Extract information accurately from the provided text.",
    "You are a data extraction assistant. Answer in JSON.",
    "Answer with JSON only.",
    "You turn text into JSON.",
    "Analyze the text accurately.",
    "Extract the fields that the user asks for.",
)


RECORDS = ((person, 8), (sentence, 32), (put_together, 44), (described, 18), (form, 14), (jumble, 7), (with_list, 14), (nested, 5), (review, 7), (task, 5))

HARD = (jumble, nested)


def record(w: Words) -> Record:
    weights = [weight * (w.level if make in HARD else 1) for make, weight in RECORDS]
    found = w.rng.choices([make for make, _ in RECORDS], weights)[0](w)
    if w.chance(0.25) and len(found.data) > 1 and found.data.get("sentiment") is None:
        found.data = {key: found.data[key] for key in w.some(list(found.data), w.number(1, len(found.data)))}
    elif w.chance(0.1):
        found.data = shuffled(w, found.data)
    if w.chance(0.12):
        said_first = w.pick((f"{upper_first(w.clause())}. ", f"{upper_first(w.thing())} news. ", "Hello! ", "Note: "))
        found.text = said_first + found.text
    return found


def extract(w: Words) -> Conversation:
    """A text to fill in. Mostly under a schema, which the template shows, whatever else is said of the keys."""
    found = record(w)
    way = w.rng.random()
    if way < 0.72:
        if w.chance(0.05):  # asked for, but not in the text
            found.data = shuffled(w, {**found.data, w.identifier(): None})
        messages = [user(_ask(w, found, 0.5)), assistant(to_json(found.data))]
        if w.chance(0.35):
            messages.insert(0, system(w.pick(SYSTEMS)))
        return Conversation(messages, schema=wanted(w, found.data))
    while any(_has_objects(value) for value in found.data.values()):  # whose keys nothing tells
        found = record(w)
    if way < 0.86:
        if w.chance(0.07):
            found.data = shuffled(w, {**found.data, w.identifier(): None})
        messages = [user(_ask(w, found, 1)), assistant(to_json(found.data))]
        if w.chance(0.25):
            messages.insert(0, system(w.pick(SYSTEMS)))
    elif way < 0.94:
        schema = to_json(schema_for(found.data))
        if w.chance(0.4):
            messages = [
                system(f"{w.pick(SYSTEMS)} {w.pick(('Schema: ', 'Follow this JSON schema: ', ''))}{schema}"),
                user(w.pick(ASK_NOTHING).format(t=found.text)),
            ]
        else:
            messages = [user(w.pick(ASK_SCHEMA).format(s=schema, t=found.text))]
        messages.append(assistant(to_json(found.data)))
    else:
        messages = [
            system(f"{w.pick(SYSTEMS)} Keys: {', '.join(found.data)}."),
            user(_ask(w, found, 0)),
            assistant(to_json(found.data)),
        ]
    return Conversation(messages)


def _ask(w: Words, found: Record, named: float) -> str:
    """The text and what is wanted, with the keys named in so many cases."""
    if w.chance(named):
        if w.chance(0.5):
            ask = w.pick(ASK_WHO).format(w.pick(ASK_WAYS) + w.pick(ASK_OF) + w.pick(ASK_AS))
            return w.pick(ASK_FRAMES).format(a=upper_first(ask).format(k=spoken(w, found)), t=found.text)
        return w.pick(ASK_KEYS).format(k=spoken(w, found), c=", ".join(found.data), t=found.text)
    return w.pick(ASK_NOTHING).format(t=found.text)


def _has_objects(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(map(_has_objects, value)))


def spoken(w: Words, found: Record) -> str:
    names = [f'"{key}"' if w.chance(0.08) else key for key in found.data]
    return join_words(names) if w.chance(0.8) else ", ".join(names)


def extract_by_tool(w: Words) -> Conversation:
    """The same work asked for as a function call, whose arguments are the fields."""
    found = w.pick((task, task, record, record))(w)
    thing = w.pick(("task", "record", "data", "contact", "event", "info", "review", w.pick(NOUNS), w.invented()))
    verb = w.pick(("extract", "extract", "save", "parse", "record", "create", "store"))
    schema = schema_for(found.data)
    for key, part in schema["properties"].items():
        if key == "priority":
            part["enum"] = ["low", "medium", "high", "critical"]
        if w.chance(0.3):
            part["description"] = (
                f"The {key.replace('_', ' ')}"
                if w.chance(0.7)
                else f"{upper_first(key.replace('_', ' '))} in the text, or null"
            )
    about = w.pick(
        (
            f"{upper_first(verb)} a {thing} from text",
            f"{upper_first(verb)} a structured {thing} from natural language",
            f"{upper_first(verb)} the {thing}",
        )
    )
    tool = {"type": "function", "function": {"name": f"{verb}_{thing}", "description": about, "parameters": schema}}
    ask = w.pick(
        (
            "Extract {n}: {t}",
            "{v} the {n}: {t}",
            "{t}",
            "{t}\n\n{v} this {n}.",
            "{v} this {n}: {t}",
            "Please {v} the {n}.\n{t}",
        )
    )
    messages: list[Message] = [
        user(upper_first(ask.format(n=thing, v=verb, t=found.text))),
        calls((f"{verb}_{thing}", found.data)),
    ]
    if w.chance(0.4):
        messages.insert(
            0, system(w.pick((f"{upper_first(verb)} {thing} information accurately from the provided text.", *SYSTEMS)))
        )
    return Conversation(messages, [tool])
