"""Texts that say more than single values: lists, objects within objects, reviews and tasks."""

from __future__ import annotations

from typing import Any

from .exercises import NEGATIVE, POSITIVE
from .fields import value_of
from .records import Record, key_of, person, sentence, shuffled
from .sentences import LISTS
from .words import LEVELS, Words, join_words, upper_first


def with_list(w: Words) -> Record:
    """An array of strings among other fields."""
    return listed(w) if w.chance(0.7) else listed_in_general(w)


def listed(w: Words) -> Record:
    wordings, (names, kind), fields = w.pick(LISTS)
    members = [str(value_of(w, kind)) for _ in range(w.pick((2, 2, 3, 3, 4)))]
    data: dict[str, Any] = {}
    for others, other in fields:
        data[key_of(w, others, data)] = value_of(w, other)
    shown = [_article(w, one) for one in members] if kind in ("thing", "noun") and w.chance(0.5) else members
    text = w.pick(wordings).format(*data.values(), l=", ".join(shown) if w.chance(0.2) else join_words(shown))
    entries = list(data.items())
    entries.insert(w.number(0, len(entries)), (key_of(w, names, data), members))
    return Record(upper_first(text), dict(entries))


def listed_in_general(w: Words) -> Record:
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
