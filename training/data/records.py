"""Texts together with what they say, as JSON: free sentences and forms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .composed import composed
from .fields import BY_KIND, CALLED, entity, value_of
from .sentences import WORDED
from .words import NOUNS, Words, join_words, upper_first


@dataclass(slots=True)
class Record:
    """A text and what it says, as JSON."""

    text: str
    data: dict[str, Any]


#: A field: names it may go by, the kind of its value, and clauses that tell it of somebody ("{v}" is the value).
PERSON_FIELDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("age years", "age", ("is {v} years old", "is {v}", "turned {v} this year", "is aged {v}", "has just turned {v}")),
    ("city town home location residence", "city", ("lives in {v}", "is from {v}", "comes from {v}", "moved to {v}", "has a flat in {v}", "resides in {v}", "is based in {v}")),
    ("job occupation profession role position", "job", ("works as a {v}", "is a {v}", "has a job as {v}", "earns money as a {v}")),
    ("email email_address mail", "email", ("can be reached at {v}", "has the email {v}", "uses the address {v}", "writes from {v}")),
    ("phone phone_number telephone", "phone", ("has the phone number {v}", "answers the phone at {v}", "can be called at {v}")),
    ("company employer organization firm", "company", ("works at {v}", "works for {v}", "is employed by {v}", "joined {v}")),
    ("item product purchase thing", "thing", ("bought a {v}", "ordered a {v}", "wants a {v}", "paid for a {v}", "sold a {v}")),
    ("date day when", "when", ("arrives on {v}", "comes on {v}", "has an appointment on {v}", "visits us on {v}")),
    ("hobby interest", "word", ("likes {v}", "enjoys {v}", "spends weekends on {v}", "loves {v}")),
    ("spouse partner", "name", ("is married to {v}", "is the partner of {v}")),
    ("id customer_id number code", "code", ("has the number {v}", "is listed as {v}", "has the id {v}")),
    ("salary income", "int", ("earns {v} a month", "makes {v} dollars", "gets a salary of {v}")),
    ("color favorite_color", "color", ("likes the color {v}", "prefers {v}", "chose {v}")),
)  # fmt: skip
NAME_KEYS = "name name name full_name person customer employee guest first_name contact".split()


def key_of(w: Words, names: str, taken: dict[str, Any]) -> str:
    key = w.pick(names.split())
    return key if key not in taken else f"{key}_{w.pick(NOUNS)}"


def person(w: Words) -> Record:
    data: dict[str, Any] = {w.pick(NAME_KEYS): w.person()}
    name = next(iter(data.values()))
    clauses = []
    for names, kind, ways in w.some(PERSON_FIELDS, w.pick((1, 1, 2, 2, 3, 4))):
        value = value_of(w, kind)
        data[key_of(w, names, data)] = value
        clauses.append(w.pick(ways).format(v=value))
    return Record(in_words(w, name, "person", clauses), data)


def described(w: Words) -> Record:
    """Some of all that can be told of something, in one sentence or several."""
    about = w.pick(list(CALLED))
    subject, data = entity(w, about), {}
    if w.chance(0.6):
        data[w.pick(CALLED[about][1])] = subject.name
    clauses = []
    for field in w.some(BY_KIND[about], w.pick((1, 2, 2, 3, 3, 4))):
        value = value_of(w, field.kind)
        data[key_of(w, " ".join(field.keys), data)] = value
        clauses.append(w.pick(field.clauses).format(v=value))
    return Record(in_words(w, subject.phrase, about, clauses), data)


HEADINGS = ("about", "on", "note on", "facts about", "concerning")
LEADS = ("this is", "we know", "they told me about", "meet", "remember", "there is", "I met", "yesterday I saw", "please note", "hi, this is about")  # fmt: skip
LEADS_TO_PERSONS = (*LEADS, "our new colleague", "our guest", "my friend", "a client called", "we spoke to")


def in_words(w: Words, phrase: str, about: str, clauses: list[str]) -> str:
    """What is told of somebody or something, in one sentence or several."""
    is_person = about == "person"
    short = w.pick(("She", "He", "They")) if is_person else "It"
    style = w.rng.random()
    if style < 0.45:
        text = f"{phrase} {join_words(clauses)}."
    elif style < 0.65:
        text = " ".join(f"{who} {clause}." for who, clause in zip([phrase] + [short] * 9, clauses, strict=False))
    elif style < 0.75:
        text = f"{w.pick(HEADINGS)} {phrase}: " + "; ".join(f"{short.lower()} {clause}" for clause in clauses) + "."
    elif style < 0.82:
        text = phrase + "".join(f"\n- {clause}" for clause in clauses)
    else:
        lead, who = (w.pick(LEADS_TO_PERSONS), "who") if is_person else (w.pick(LEADS), "which")
        text = f"{lead} {phrase}, {who} {join_words(clauses)}."
    return upper_first(text)


def sentence(w: Words) -> Record:
    wordings, fields = w.pick(WORDED)
    data: dict[str, Any] = {}
    for names, kind in fields:
        data[key_of(w, names, data)] = value_of(w, kind)
    return Record(w.pick(wordings).format(*data.values()), data)


def put_together(w: Words) -> Record:
    return Record(*composed(w))


FORM_STYLES: tuple[Callable[[str, Any], str], ...] = (
    lambda k, v: f"{upper_first(k)}: {v}", lambda k, v: f"{k}: {v}", lambda k, v: f"{k} = {v}", lambda k, v: f"- {k}: {v}",
    lambda k, v: f"{upper_first(k)} - {v}", lambda k, v: f"| {k} | {v} |", lambda k, v: f"{k.upper()}: {v}", lambda k, v: f"* {upper_first(k)}: {v}",
)  # fmt: skip


def form(w: Words) -> Record:
    """Lines or sentences that name each field, which may be any word at all."""
    data = {
        w.identifier(): value_of(
            w,
            w.pick(
                (
                    "name",
                    "city",
                    "thing",
                    "code",
                    "date",
                    "int",
                    "int",
                    "phrase",
                    "email",
                    "state",
                    "measure",
                    "amount",
                    "company",
                    "word",
                    "clock",
                )
            ),
        )
        for _ in range(w.number(2, 6))
    }
    said = {key.replace("_", " "): value for key, value in data.items()}
    if w.chance(0.5):
        style = w.pick(FORM_STYLES)
        text = w.pick(("\n", "\n", "; ", ", ")).join(style(key, value) for key, value in said.items())
    else:
        style_ = w.pick(
            (
                "the {k} is {v}",
                "the {k} is {v}",
                "{k} {v}",
                "its {k} is {v}",
                "the {k} was {v}",
                "we have {v} as the {k}",
                "with {v} as {k}",
                "a {k} of {v}",
                "the {k} should be {v}",
            )
        )
        text = upper_first(join_words([style_.format(k=key, v=value) for key, value in said.items()])) + "."
    return Record(text, data)


#: Names of fields that tell the kind of their value, for texts that do not name the field.
TELLING: dict[str, str] = {
    "name": "name person customer patient student buyer visitor author member player winner driver boss guest host speaker teacher pilot",
    "city": "city place town location destination origin site venue office branch region harbour station address",
    "int": "count number quantity amount total points votes pages pieces people tickets years size score fee",
    "code": "code id reference ticket serial batch file_number plate room key gate seat case order",
    "thing": "item product object article thing device gift prize goods cargo tool part",
    "date": "date day since until start end deadline arrival departure birthday",
    "clock": "time hour start_time opening closing departure_time alarm",
    "company": "company firm brand shop maker seller supplier team club bank",
    "email": "email mail mailbox contact sender", "word": "topic subject nickname project species title dish ship street", "state": "status state condition result",
}  # fmt: skip
LINKS = """for of with in by at from to and, and on near after before has gets needs sees takes brings shows keeps makes is was will be called goes to comes from
belongs to arrives at leaves under over about between costs holds wants likes sent found met chose won lost asked""".split()


def jumble(w: Words) -> Record:
    """Values of several kinds among words that mean nothing: named by the word before them or told by their kind."""
    kinds = w.some(list(TELLING), w.pick((2, 2, 3, 3, 4)))
    data: dict[str, Any] = {}
    parts: list[str] = []
    for kind in kinds:
        key = w.pick(TELLING[kind].split())
        named = w.chance(0.45)
        if named and w.chance(0.6):
            key = w.identifier()
        if key in data:
            continue
        data[key] = w.kind(kind)
        glue = [
            w.pick((w.pick(LINKS), w.pick(LINKS), w.noun(), w.invented(), "the"))
            for _ in range(w.pick((0, 1, 1, 2, 3)))
        ]
        parts += [
            *glue,
            *([key.replace("_", " ")] if named else [w.pick(LINKS)]),
            f"{data[key]}" + w.pick(("", "", "", ",", ";", ".")),
        ]
    if w.chance(0.5):
        parts.append(w.pick((w.noun(), w.pick(LINKS) + " " + w.noun(), w.invented())))
    return Record(upper_first(" ".join(parts).rstrip(",;.")) + ".", data)


def shuffled(w: Words, data: dict[str, Any]) -> dict[str, Any]:
    keys = list(data)
    w.rng.shuffle(keys)
    return {key: data[key] for key in keys}
