"""Held-out cases for texts: JSON from text, spans, what is not there, titles, summaries, long contexts."""

from __future__ import annotations

from typing import Any

from .draw import Answer, Case, Draw, assistant, bare, is_json, says, says_exactly, system, user

#: A text and its fields: key -> kind of value. `number` becomes an integer.
RECORDS: tuple[tuple[str, dict[str, str]], ...] = (
    ("{curator} of the museum in {venue} has shown the {exhibit} since {opened}.", {"curator": "full_name", "exhibit": "thing", "opened": "date", "venue": "city"}),
    ("Patient {patient}, bed {bed}, needs {doses} doses and is looked after by {physician}.", {"patient": "full_name", "bed": "code", "doses": "number", "physician": "name"}),
    ("Parcel {tracking} weighs {kilos} kg and goes to {addressee} in {destination}.", {"tracking": "code", "kilos": "number", "addressee": "name", "destination": "city"}),
    ("We hired {candidate} for our {branch} branch; she begins on {start}.", {"candidate": "full_name", "branch": "city", "start": "date"}),
    ("Gate {gate}: boarding of {airline} to {arrival} begins at {boarding}.", {"gate": "code", "airline": "company", "arrival": "city", "boarding": "clock"}),
    ("A {article} by {brand} is on offer for {euros} euros until {until}.", {"article": "thing", "brand": "company", "euros": "number", "until": "date"}),
    ("Species: {species}\nHabitat: {habitat}\nObserver: {observer}\nSightings: {sightings}", {"species": "word", "habitat": "city", "observer": "name", "sightings": "number"}),
    ("plaintiff = {plaintiff}; defendant = {defendant}; court = {court}; docket = {docket}", {"plaintiff": "name", "defendant": "company", "court": "city", "docket": "code"}),
    ("The skipper is {skipper}, the vessel is {vessel} and the harbor is {harbor}.", {"skipper": "name", "vessel": "word", "harbor": "city"}),
    ("{tenant} rents the flat {flat} and pays {rent} a month.", {"tenant": "full_name", "flat": "code", "rent": "number"}),
    ("Reach our sales lead {lead} under {mailbox}; the deal is worth {worth} thousand.", {"lead": "name", "mailbox": "email", "worth": "number"}),
    ("With {goals} goals for {club}, {striker} was the best of the evening.", {"goals": "number", "club": "company", "striker": "name"}),
    ("Subject: {subject}\nFrom: {sender}\nSize: {size}", {"subject": "thing", "sender": "email", "size": "number"}),
    ("{pupil} ({grade}) reads {novel} with Mrs {mentor}.", {"pupil": "name", "grade": "number", "novel": "word", "mentor": "name"}),
    ("Alarm from sensor {probe} in {plant}: {reading} units at {moment}.", {"probe": "code", "plant": "city", "reading": "number", "moment": "clock"}),
    ("The violin teacher {teacher} charges {fee} for each lesson in {town}.", {"teacher": "full_name", "fee": "number", "town": "city"}),
)  # fmt: skip
WITH_KEYS = (
    "Here is a text. {t}\nPlease produce a JSON object; its keys are {k}.",
    "Take {k} from the text below, JSON only.\n\n{t}",
    "{t}\n---\nOutput JSON with: {k}",
    "Could you put {k} into JSON? The text is: {t}",
    "I want {k} in a JSON object for this note: {t}",
)
LISTS = (
    "{who} packed {items} for the trip to {where}.",
    "In {where}, {who} looked at {items}.",
    "{who} wants to sell {items}; pickup in {where}.",
)


def _record(d: Draw) -> tuple[str, dict[str, Any]]:
    if d.rng.random() < 0.15:
        items, who, where = [d.thing() for _ in range(d.rng.randint(2, 4))], d.name(), d.city()
        shown = ", ".join(items[:-1]) + f" and {items[-1]}"
        return d.pick(LISTS).format(who=who, items=shown, where=where), {"who": who, "items": items, "where": where}
    template, kinds = d.pick(RECORDS)
    data = {key: d.value(kind) for key, kind in kinds.items()}
    return template.format(**data), data


def _schema(data: dict[str, Any]) -> dict[str, Any]:
    def part(value: Any) -> dict[str, Any]:
        if isinstance(value, list):
            return {"type": "array", "items": {"type": "string"}}
        return {"type": "integer" if isinstance(value, int) else "string"}

    return {
        "type": "object",
        "properties": {k: part(v) for k, v in data.items()},
        "required": list(data),
        "additionalProperties": False,
    }


def json_named(d: Draw) -> Case:
    """Keys named in the request, schema enforced by the server."""
    text, data = _record(d)
    keys = list(data)
    request = d.pick(WITH_KEYS).format(t=text, k=", ".join(keys[:-1]) + f" and {keys[-1]}")
    return Case([user(request)], is_json(data), schema=_schema(data), fields=data)


def json_schema_only(d: Draw) -> Case:
    """Nothing but the schema says what is wanted."""
    text, data = _record(d)
    prompt = d.pick(
        (
            ("Read the input and record it.", text),
            ("You fill in forms.", text),
            ("", f"Here is my note: {text}"),
            ("", text),
        )
    )
    return Case([*([system(prompt[0])] if prompt[0] else []), user(prompt[1])], is_json(data), schema=_schema(data), fields=data)


#: Statement, question, the kinds of entity and value.
FACTS: tuple[tuple[str, str, str, str], ...] = (
    ("The keys to the {e} hang in the {v}.", "Where do the keys to the {e} hang?", "thing", "thing"),
    ("{e} keeps bees in {v}.", "In which town does {e} keep bees?", "name", "city"),
    ("The lighthouse near {e} is {v} years old.", "How old is the lighthouse near {e}?", "city", "number"),
    ("{e} hired {v} as its lawyer.", "Who is the lawyer of {e}?", "company", "full_name"),
    ("The ferry {e} sails at {v}.", "At what time does the ferry {e} sail?", "word", "clock"),
    ("{e} teaches {v} at the university.", "What does {e} teach?", "full_name", "word"),
    ("The statue in {e} shows {v}.", "Whom does the statue in {e} show?", "city", "full_name"),
    ("The trainer of {e} is {v}.", "Who trains {e}? Name the trainer.", "name", "name"),
    ("The manual says that the {e} needs a fuse of type {v}.", "Which type of fuse does the {e} need?", "thing", "code"),
    ("{e} delivers its goods through {v}.", "Through which company does {e} deliver its goods?", "company", "company"),
    ("Members of {e} pay a yearly fee of {v} crowns.", "What is the yearly fee for members of {e}?", "company", "number"),
    ("The festival in {e} begins on {v}.", "On which date does the festival in {e} begin?", "city", "date"),
    ("The {e} was restored by {v}.", "Who restored the {e}?", "thing", "full_name"),
    ("The access code for the {e} reads {v}.", "What is the access code for the {e}?", "thing", "code"),
    ("{e} inherited a {v} from an uncle.", "What did {e} inherit?", "name", "thing"),
    ("Complaints about {e} go to {v}.", "Where do complaints about {e} go?", "company", "email"),
    ("The supplier of {e} sits in {v}.", "Where does the supplier of {e} sit?", "company", "city"),
    ("The audit of {e} was led by {v}.", "Who led the audit of {e}?", "company", "name"),
    ("The insurance sum for the {e} is {v} thousand.", "What is the insurance sum for the {e}?", "thing", "number"),
)  # fmt: skip
FRAMES = (
    "Below you find a text.\n{t}\nMy question: {q}",
    "{q} Look it up here: {t}",
    "Information:\n{t}\n\nPlease answer: {q}",
    "Source text ---\n{t}\n--- {q}",
    "{t}\n\nNow tell me: {q}",
)
SYSTEM_FRAMES = ("Base your answers on these notes.\n{t}", "Sources for the conversation:\n\n{t}")


def _passage(d: Draw, count: int) -> tuple[str, list[tuple[str, str]]]:
    sentences, asked = [], []
    chosen = [d.pick(FACTS) for _ in range(count)] if count > len(FACTS) else d.some(FACTS, count)
    for statement, question, entity_kind, value_kind in chosen:
        entity, value = d.value(entity_kind), str(d.value(value_kind))
        sentences.append(statement.format(e=entity, v=value)[:1].upper() + statement.format(e=entity, v=value)[1:])
        asked.append((question.format(e=entity), value))
    return " ".join(sentences), asked


def _ask(d: Draw, text: str, question: str) -> list[dict[str, Any]]:
    if d.rng.random() < 0.3:
        return [system(d.pick(SYSTEM_FRAMES).format(t=text)), user(question)]
    return [user(d.pick(FRAMES).format(t=text, q=question))]


def has_span(value: str) -> Any:
    """The span, give or take the words next to it, in an answer that is no longer than a short sentence."""
    return lambda a: (
        a.finish == "stop" and not a.calls and bare(value) in a.content.lower() and len(a.content) <= len(value) + 25
    )


def span(d: Draw, count: int = 0) -> Case:
    text, asked = _passage(d, count or d.rng.randint(2, 6))
    question, value = d.pick(asked)
    return Case(_ask(d, text, question), has_span(value))


def unanswerable(d: Draw) -> Case:
    count = d.rng.randint(2, 5)
    chosen = d.some(FACTS, count + 1)
    text = " ".join(s.format(e=d.value(e), v=d.value(v)) for s, _, e, v in chosen[:-1])
    _, question, kind, _ = chosen[-1]
    return Case(
        _ask(d, text, question.format(e=d.value(kind))), lambda a: a.finish == "stop" and "not say" in a.content.lower()
    )


def long_span(d: Draw) -> Case:
    """45 to 70 sentences: 1,000 to 2,000 tokens."""
    return span(d, d.rng.randint(45, 70))


def long_memory(d: Draw) -> Case:
    name = d.name()
    talk = [user(f"Good day to you, {name} is my name."), assistant(f"Nice to meet you, {name}!")]
    for _ in range(d.rng.randint(16, 30)):
        text, asked = _passage(d, 2)
        question, value = d.pick(asked)
        talk += [user(f"{text}\n{question}"), assistant(value)]
    return Case([*talk, user("By the way, which name did I give you? What is my name?")], says(name))


LEADS = (
    "{who} has opened a new {x} in {where}",
    "{who} sold the {x} to a collector",
    "{who} cleaned the old {x} for the school",
    "{who} lost the {x} near {where}",
    "{who} presented a {x} in {where}",
)
TRAILS = (
    "Neighbours were surprised.",
    "The weather stayed dry all week.",
    "More than {n} visitors came.",
    "Nobody had expected this.",
    "The mayor gave a short speech.",
    "Tea was served afterwards.",
)


def _story(d: Draw) -> tuple[str, str]:
    lead = d.pick(LEADS).format(who=d.full_name() if d.rng.random() < 0.5 else d.company(), x=d.thing(), where=d.city())
    tail = " ".join(t.format(n=d.number()) for t in d.some(TRAILS, d.rng.randint(2, 4)))
    return lead, f"{lead}. {tail}"


def title(d: Draw) -> Case:
    """An extract of the first sentence, at least half of it."""
    lead, text = _story(d)
    ask = d.pick(
        (
            "Here comes an article. Please find a fitting title.\n\n{t}",
            "Name a title for the following story: {t}",
            "{t}\n\nWhich title would you give this?",
        )
    )

    def check(a: Answer) -> bool:
        found = a.content.strip().strip('".').lower()
        return a.finish == "stop" and found in lead.lower() and len(found) >= len(lead) / 2

    return Case([user(ask.format(t=text))], check)


def summary(d: Draw) -> Case:
    lead, text = _story(d)
    ask = d.pick(
        (
            "Boil this down to one line: {t}",
            "Please give me a summary, one sentence is enough.\n\n{t}",
            "{t}\n\nCan I have a one sentence summary?",
        )
    )
    return Case([user(ask.format(t=text))], says_exactly(lead))
