"""Texts together with what they say, as JSON: free sentences, forms, lists, nested objects, reviews and tasks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .exercises import NEGATIVE, POSITIVE
from .words import LEVELS, NOUNS, Words, join_words, upper_first


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

#: Whole sentences with several values at once: the template and its fields (key names | kind).
SENTENCES: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("The {0} costs {1} dollars.", (("item product name", "thing"), ("price cost", "int"))),
    ("You can buy a {0} for {1} euros at {2}.", (("item product", "thing"), ("price cost amount", "int"), ("shop store seller", "company"))),
    ("We sold {1} of the {0} to {2}.", (("item product", "thing"), ("quantity count amount", "int"), ("buyer customer name", "name"))),
    ("{0} paid {1} dollars for the {2}.", (("name buyer payer", "name"), ("amount price", "int"), ("item product", "thing"))),
    ("{0} and {1} are going to a {2} on {3}.", (("first_person first", "name"), ("second_person second", "name"), ("event name", "thing"), ("date day", "when"))),
    ("Meeting with {0} on {1} at {2} in {3}.", (("person name with", "name"), ("date day", "when"), ("time start", "clock"), ("place city location", "city"))),
    ("The train from {0} to {1} leaves at {2}.", (("origin from start", "city"), ("destination to end", "city"), ("time departure", "clock"))),
    ("Flight {0} departs from {1} at {2} and lands in {3}.", (("flight number flight_number", "code"), ("origin from", "city"), ("time departure", "clock"), ("destination to", "city"))),
    ("Invoice {0} from {1} over {2} is due on {3}.", (("invoice number invoice_number id", "code"), ("company vendor supplier", "company"), ("amount total", "amount"), ("due_date date", "date"))),
    ("{0} was founded by {1} in {2}.", (("company name", "company"), ("founder person", "name"), ("city place location", "city"))),
    ("Please ship {0} {1}s to {2} in {3}.", (("quantity count", "int"), ("item product", "noun"), ("name recipient customer", "name"), ("city destination", "city"))),
    ("Order {0} of {1} contains a {2}.", (("order order_id id", "code"), ("customer name", "name"), ("item product", "thing"))),
    ("Call {0} at {1} about the {2}.", (("name contact", "name"), ("phone number", "phone"), ("topic subject", "thing"))),
    ("The book {0} was written by {1}.", (("title book", "phrase"), ("author writer", "name"))),
    ("In {0} we met {1}, a {2}.", (("city place", "city"), ("name person", "name"), ("job profession", "job"))),
    ("Ticket {0}: the {1} is {2}, reported by {3}.", (("ticket id", "code"), ("device item", "thing"), ("status state", "state"), ("reporter name", "name"))),
    ("{0} weighs {1} and is {2}.", (("name animal", "name"), ("weight mass", "measure"), ("color", "color"))),
    ("The recipe for {0} needs {1} eggs and takes {2} minutes.", (("recipe dish name", "thing"), ("eggs egg_count", "int"), ("minutes time duration", "int"))),
    ("{0} scored {1} points against {2}.", (("player team name", "name"), ("points score", "int"), ("opponent rival", "name"))),
    ("{0} sells the {1} for {2} dollars.", (("seller shop company", "company"), ("item product", "thing"), ("price cost", "int"))),
    ("A {0} in {1} costs about {2}.", (("item product", "thing"), ("city place", "city"), ("price cost amount", "amount"))),
    ("{0} borrowed {1} {2}s from {3}.", (("borrower name person", "name"), ("count quantity number", "int"), ("item thing", "noun"), ("owner lender", "name"))),
    ("Our {0} opens on {1} at {2}.", (("place shop event", "thing"), ("date day", "when"), ("time opening", "clock"))),
    ("{0}, head of {1}, spoke in {2} about {3}.", (("name speaker person", "name"), ("company organization", "company"), ("city place", "city"), ("topic subject", "thing"))),
    ("My name is {0} and my order number is {1}.", (("name customer", "name"), ("order order_number order_id", "code"))),
    ("Dear team, the {0} for {1} has been {2}. Regards, {3}", (("item subject", "thing"), ("customer client", "company"), ("status state", "state"), ("sender author name", "name"))),
    ("On {0}, {1} sent {2} to {3}.", (("date day", "date"), ("sender from", "name"), ("amount money", "amount"), ("receiver recipient to", "name"))),
    ("{0} beat {1} by {2} to {3}.", (("winner first", "name"), ("loser second", "name"), ("winner_points points", "int"), ("loser_points other_points", "int"))),
    ("It was {2} degrees in {0} on {1}.", (("city place location", "city"), ("date day", "when"), ("temperature degrees", "int"))),
    ("{0} is {1}'s {2}.", (("name person", "name"), ("relative owner other", "name"), ("relation role", "job"))),
    ("The {0} from {1} arrived, {2} pieces in {3}.", (("item goods", "thing"), ("supplier sender", "company"), ("pieces count", "int"), ("color", "color"))),
    ("I would like a {0} in {1}, my address is {2}, phone {3}.", (("item product", "thing"), ("color", "color"), ("city address", "city"), ("phone number", "phone"))),
    ("{0} (born {1}) grew up in {2}.", (("name person", "name"), ("birth_date born", "date"), ("city place", "city"))),
    ("Download {0} from {1}.", (("file name filename", "path"), ("url link address", "url"))),
    ("Room {0} is booked for {1} from {2}.", (("room room_number", "code"), ("guest name", "name"), ("date start_date", "date"))),
)  # fmt: skip


def value_of(w: Words, kind: str) -> Any:
    if kind == "age":
        return w.number(1, 99)
    return w.noun() if kind == "noun" else w.kind(kind)


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
    style = w.rng.random()
    if style < 0.5:
        text = f"{name} {join_words(clauses)}."
    elif style < 0.7:
        text = " ".join(
            f"{who} {clause}."
            for who, clause in zip([name] + [w.pick(("She", "He", "They"))] * 9, clauses, strict=False)
        )
    elif style < 0.85:
        text = (
            f"{w.pick(('Our new colleague', 'Our guest', 'My friend', 'This is', 'A client called', 'Hi, this is about'))} {name}, who {join_words(clauses)}"
            + w.pick((".", ", is here."))
        )
    else:
        text = f"{w.pick(('I met', 'We spoke to', 'Yesterday I saw', 'Please note'))} {name}: {w.pick(('she', 'he'))} {join_words(clauses)}."
    return Record(text, data)


def sentence(w: Words) -> Record:
    template, fields = w.pick(SENTENCES)
    data: dict[str, Any] = {}
    for names, kind in fields:
        data[key_of(w, names, data)] = value_of(w, kind)
    return Record(template.format(*data.values()), data)


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


def with_list(w: Words) -> Record:
    """An array of strings among other fields."""
    kind = w.pick((w.thing, w.name, w.city, w.noun))
    items = [kind() for _ in range(w.pick((1, 2, 2, 3, 3, 4)))]
    name, when = w.name(), w.when()
    shapes: tuple[tuple[str, dict[str, Any]], ...] = (
        ("{n} bought {l}.", {"name|customer|buyer": name, "items|products|purchases": items}),
        ("{n} needs {l} for {d}.", {"name|person": name, "items|needs|materials": items, "date|day": when}),
        ("Ingredients: {c}. Cook: {n}.", {"ingredients|items|foods": items, "cook|chef|name": name}),
        ("{n} visited {l} on {d}.", {"name|visitor|person": name, "places|cities|stops": items, "date|day": when}),
        ("On {d}, {n} will meet {l}.", {"date|day": when, "host|organizer|name": name, "participants|attendees|guests|people": items}),
        ("Team {n}: {c}", {"team|group|name": name, "members|players|people": items}),
        ("The {t} comes with {l}.", {"product|item|name": w.thing(), "parts|accessories|features|extras": items}),
        ("{n} can work with {l}.", {"name|candidate|applicant": name, "skills|tools|languages": items}),
        ("Article by {n}, tagged {l}.", {"author|writer": name, "tags|keywords|labels|topics": items}),
        ("{L} are going to a {t} on {d}.", {"participants|people|guests|attendees": items, "event|name|title": w.thing(), "date|day": when}),
    )  # fmt: skip
    template, fields = w.pick(shapes)
    thing = next((v for k, v in fields.items() if k.startswith(("product", "event"))), "")
    data = {w.pick(keys.split("|")): value for keys, value in fields.items()}
    text = template.format(
        n=name,
        l=join_words([_article(w, i) if kind in (w.thing, w.noun) else i for i in items]),
        c=", ".join(items),
        L=join_words(items),
        d=when,
        t=thing,
    )
    return Record(text, data)


def _article(w: Words, item: str) -> str:
    return w.pick(("a ", "the ", "", "")) + item


def nested(w: Words) -> Record:
    inner, outer = person(w), sentence(w)
    key = w.pick(("customer", "person", "contact", "client", "user", "owner", "details", w.identifier()))
    if key in outer.data:
        key = w.identifier()
    if w.chance(0.5):
        return Record(f"{outer.text} {inner.text}", {**outer.data, key: inner.data})
    rows = [{"name": w.name(), "amount": w.integer()} for _ in range(w.number(2, 4))]
    keys = w.pick(
        (("name", "amount"), ("item", "quantity"), ("product", "price"), ("person", "age"), ("city", "visitors"))
    )
    text = (
        w.pick(("The list: ", "We have ", "", "Results: ", "Order: "))
        + ", ".join(f"{r['name']} {w.pick(('', 'with '))}{r['amount']}" for r in rows)
        + "."
    )
    return Record(
        text,
        {
            w.pick(("items", "rows", "entries", "results", "lines", w.identifier())): [
                dict(zip(keys, r.values(), strict=True)) for r in rows
            ]
        },
    )


def review(w: Words) -> Record:
    good, bad = [w.thing() for _ in range(w.number(0, 3))], [w.thing() for _ in range(w.number(0, 3))]
    if not good and not bad:
        good = [w.thing()]
    positive = len(good) > len(bad) or (len(good) == len(bad) and w.chance(0.5))
    parts = []
    if good:
        parts.append(
            w.pick(
                (
                    "The {l} {is_} {a}.",
                    "I love the {l}.",
                    "{A} {l}.",
                    "I like the {l}.",
                    "Pros: {c}.",
                    "The {l} {is_} really {a}.",
                )
            ).format(
                l=join_words(good),
                c=", ".join(good),
                is_="are" if len(good) > 1 else "is",
                a=w.pick(POSITIVE),
                A=upper_first(w.pick(POSITIVE)),
            )
        )
    if bad:
        parts.append(
            w.pick(
                (
                    "The {l} {is_} {a}.",
                    "I hate the {l}.",
                    "{A} {l}.",
                    "I do not like the {l}.",
                    "Cons: {c}.",
                    "Sadly the {l} {is_} {a}.",
                    "But the {l} {is_} {a}.",
                )
            ).format(
                l=join_words(bad),
                c=", ".join(bad),
                is_="are" if len(bad) > 1 else "is",
                a=w.pick(NEGATIVE),
                A=upper_first(w.pick(NEGATIVE)),
            )
        )
    if w.chance(0.4):
        w.rng.shuffle(parts)
    parts.append(
        w.pick(
            (
                "I would buy it again.",
                "Overall I recommend it.",
                "I'd buy it again.",
                "All in all a good buy.",
                "I would recommend it to friends.",
            )
        )
        if positive
        else w.pick(
            (
                "I would not buy it again.",
                "I do not recommend it.",
                "I want my money back.",
                "I sent it back.",
                "Never again.",
            )
        )
    )
    score = w.number(1, 5)
    if stars := w.chance(0.5):
        parts.insert(
            w.pick((0, len(parts))),
            w.pick((f"{score} stars.", f"{score} out of 5.", f"I give it {score} stars.", f"Rating: {score}/5.")),
        )
    else:
        score = 5 if not bad else 1 if not good else 4 if positive else 2
    product = w.thing()
    data: dict[str, Any] = {}
    if w.chance(0.35):
        parts.insert(
            0, w.pick((f"I bought the {product}.", f"This is about the {product}.", f"Review of the {product}."))
        )
        data[w.pick(("product", "item", "name", "product_name"))] = product
    data["sentiment"] = "positive" if positive else "negative"
    if stars or w.chance(0.5):
        data[w.pick(("score", "rating", "stars"))] = score
    data[w.pick(("key_positives", "pros", "positives", "likes", "good"))] = good
    data[w.pick(("key_issues", "cons", "issues", "negatives", "dislikes", "problems"))] = bad
    if w.chance(0.6):
        data[w.pick(("would_recommend", "recommend", "would_buy_again"))] = positive
    return Record(" ".join(parts), shuffled(w, data) if w.chance(0.6) else data)


def task(w: Words) -> Record:
    verb, thing, who = (
        w.pick(
            (
                "deploy",
                "fix",
                "write",
                "clean",
                "order",
                "review",
                "test",
                "repair",
                "prepare",
                "update",
                "send",
                "check",
                "paint",
                "close",
            )
        ),
        w.thing(),
        w.name(),
    )
    when, level = w.when(), w.pick((*LEVELS, "critical"))
    tags = [w.noun() for _ in range(w.pick((1, 2, 2, 3)))]
    title = f"{upper_first(verb)} the {thing}" if w.chance(0.5) else f"{upper_first(verb)} {thing}"
    article = "the " if " the " in title else w.pick(("the ", "a ", "our ")) if w.chance(0.3) else ""
    said = f"{verb} {article}{thing}"
    parts = [
        w.pick(
            (
                f"{who} needs to {said} by {when}.",
                f"{who} must {said} before {when}.",
                f"{who} should {said} by {when}.",
                f"By {when}, {who} has to {said}.",
                f"{who} will {said} until {when}.",
            )
        )
    ]
    parts.append(
        w.pick(
            (
                f"{upper_first(level)} priority.",
                f"Priority: {level}.",
                f"This is {level} priority.",
                f"It has {level} priority.",
            )
        )
    )
    shown = join_words(tags)
    parts.append(
        w.pick((f"Tags: {', '.join(tags)}.", f"{upper_first(shown)} tags.", f"Tag it {shown}.", f"Tagged {shown}."))
    )
    if w.chance(0.2):
        parts = [f"{parts[0][:-1]}. {parts[1][:-1]}, {parts[2][:1].lower() + parts[2][1:]}"]
    data = {
        w.pick(("title", "title", "task", "name")): title,
        "priority": level,
        w.pick(("due_date", "deadline", "due", "date")): when,
        w.pick(("assignee", "assigned_to", "person", "owner")): who,
        w.pick(("tags", "labels")): tags,
    }
    return Record(" ".join(parts), shuffled(w, data) if w.chance(0.3) else data)


def shuffled(w: Words, data: dict[str, Any]) -> dict[str, Any]:
    keys = list(data)
    w.rng.shuffle(keys)
    return {key: data[key] for key in keys}


RECORDS = ((person, 24), (sentence, 24), (form, 18), (jumble, 22), (with_list, 12), (nested, 6), (review, 9), (task, 5))


def record(w: Words) -> Record:
    found = w.rng.choices([make for make, _ in RECORDS], [weight for _, weight in RECORDS])[0](w)
    if w.chance(0.25) and len(found.data) > 1 and found.data.get("sentiment") is None:
        found.data = {key: found.data[key] for key in w.some(list(found.data), w.number(1, len(found.data)))}
    elif w.chance(0.1):
        found.data = shuffled(w, found.data)
    if w.chance(
        0.12
    ):  # a key of its own making, explained by nothing but its place: the value must be told by its kind
        found.text = (
            w.pick((f"{upper_first(w.clause())}. ", f"{upper_first(w.thing())} news. ", "Hello! ", "Note: "))
            + found.text
        )
    return found
