"""Texts put together by a small grammar: any role, any action, any order.

What `sentences/` words by hand can be learned by heart. Here it is the kind of a key (a `mentor` is a person, a `curfew`
a time of day) and what stands around a value that tell which value is whose; or the key itself stands beside it. No two
values of a kind are left untold apart: of two persons, one at least is called by its key.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import composed_words as lists
from .words import Words, join_words, upper_first

Part = tuple[str, dict[str, Any]]
"""A stretch of text and the fields that it fills."""

PRESENT = """reads rents pays sells keeps wants needs likes knows teaches visits drives leads wins buys cleans paints repairs collects studies
plays speaks writes brings carries orders checks prefers loves uses shows holds takes opens tests makes finds loses offers wears hides packs
returns borrows lends signs guards moves plans covers records misses seeks plants grows cooks bakes serves rides owns shares sends prints reviews
hires trains tutors""".split()  # fmt: skip
TITLES = ("Mr", "Mrs", "Ms", "Dr", "Professor", "Miss", "Sir", "Mr.", "Dr.", "Captain")
BEGINS = "begins starts opens ends is closes finishes resumes".split()
PREFACES = ("Note: {}", "Reminder: {}", "For the record: {}", "Today: {}", "{} That is all.", "{} Thanks!", "News: {}", "Hi, {}", "FYI {}", "- {}")  # fmt: skip


def said(key: str) -> str:
    return key.replace("_", " ")


def article(word: str) -> str:
    return "an" if word[0].lower() in "aeiou" else "a"


def happening(w: Words) -> str:
    return said(w.pick(lists.EVENTS))


def building(w: Words) -> str:
    return said(w.pick(lists.BUILDINGS))


def person(w: Words, called: bool = False) -> Part:
    key, name = w.pick(lists.PERSONS), w.person()
    if called or w.chance(0.2):
        role = said(key)
        shown = w.pick(("the {k} {v}", "our {k} {v}", "{v}, the {k},", "{v} ({k})", "{k} {v}", "{v}, our {k},", "{v} as {k}", "the {k}, {v},", "{k} {t} {v}", "his {k} {v}", "the {k}, {t} {v},"))
        return shown.format(k=role, v=name, t=w.pick(TITLES)), {key: name}
    return (f"{w.pick(TITLES)} {name}" if w.chance(0.12) else name), {key: name}


def firm(w: Words) -> Part:
    key, name = w.pick(lists.FIRMS_AS), w.company()
    return (w.pick(("the {k} {v}", "our {k} {v}", "{v}, the {k},", "{k} {v}")).format(k=said(key), v=name) if w.chance(0.2) else name), {key: name}


def thing(w: Words) -> Part:
    key, value = w.pick(lists.OBJECTS), w.thing()
    if w.chance(0.12):
        return w.pick(("a {k}, the {v}", "the {k}: {v}", "the {v} as {k}", "the {v}, a {k},")).format(k=said(key), v=value), {key: value}
    return f"{w.pick((article(value), article(value), 'the', 'the', 'her', 'our', 'one', 'his', 'this', 'another'))} {value}", {key: value}


def several(w: Words) -> Part:
    """A list of things."""
    key = w.pick(("items", "things", "goods", "objects", "articles", "products", f"{w.pick(lists.OBJECTS)}s", f"{w.pick(lists.OBJECTS)}s"))
    values = [w.thing() for _ in range(w.pick((2, 2, 3, 3, 4)))]
    shown = [f"{article(value)} {value}" for value in values] if w.chance(0.2) else values
    return join_words(shown), {key: values}


def named(w: Words) -> Part:
    key, value = w.pick(lists.NAMED), w.invented()
    value = value.capitalize() if w.chance(0.3) else value
    return (w.pick(("the {k} {v}", "{v}, a {k},", "the {k} called {v}", "the {k} \"{v}\"", "{k} {v}")).format(k=said(key), v=value) if w.chance(0.5) else value), {key: value}


def coded(w: Words) -> Part:
    """A noun and its code. The key is that noun, or another of the kind."""
    noun, code = w.pick(lists.CODED), w.code()
    key = noun if w.chance(0.6) else w.pick(lists.CODED)
    return w.pick(("{k} {v}", "{k} {v}", "{k} no. {v}", "the {k} {v}", "{k} number {v}")).format(k=said(noun), v=code), {key: code}


def whence(w: Words) -> Part:
    key, town = w.pick(lists.PLACES), w.city()
    way = w.pick(("in {v}", "in {v}", "in {v}", "near {v}", "from {v}", "to {v}", "at the {b} in {v}", "at the {b} of {v}", "in our {v} {b}", "for the {v} {b}", "outside {v}", "for the trip to {v}", "on the way to {v}", "of the {b} in {v}", "at our {v} {k}", "with {v} as {k}", "for {e} in {v}"))
    return way.format(v=town, b=building(w), k=said(key), e=happening(w)), {key: town}


def at(w: Words) -> Part:
    key, time = w.pick(lists.TIMES), w.clock()
    return w.pick(("at {v}", "at {v}", "at {v}", "from {v} on", "until {v}", "by {v}", "before {v}", "around {v}", "at {v} sharp", "({v})", "with {k} at {v}", "after {v}")).format(v=time, k=said(key)), {key: time}


def on(w: Words) -> Part:
    key, day = w.pick(lists.DATES), w.date()
    return w.pick(("on {v}", "on {v}", "on {v}", "since {v}", "until {v}", "by {v}", "from {v} on", "before {v}", "(from {v})", "({v})", "as of {v}", "after {v}")).format(v=day), {key: day}


def counted(w: Words) -> Part:
    key, how = w.pick(list(lists.UNITS.items()))
    value = w.integer()
    return w.pick(("with {n}", "for {n}", "after {n}", "({n})", "and counts {n}", "at {n}", "in spite of {n}", "- {n} -", "and has {n}")).format(n=how.format(v=value)), {key: value}


def numbered(w: Words) -> Part:
    text, data = coded(w)
    (code,) = data.values()
    return w.pick(("under {t}", "({t})", "as {t}", "with {t}", "from {t}", "({v})", "under {v}", "(no. {v})", ", {t},")).format(t=text, v=code), data


def written(w: Words) -> Part:
    key, mail = w.pick(lists.MAILBOXES), w.email()
    return w.pick(("via {v}", "under {v}", "at {v}", "({v})", "by mail to {v}", "with {v}", "from {v}")).format(v=mail), {key: mail}


def by_firm(w: Words) -> Part:
    text, data = firm(w)
    return w.pick(("by {t}", "for {t}", "on behalf of {t}", "of {t}", "with {t}", "for the {e} of {t}")).format(t=text, e=happening(w)), data


def with_person(w: Words) -> Part:
    """A second person, who is called by the key."""
    text, data = person(w, called=True)
    return w.pick(("with {t}", "for {t}", "and thanks {t}", "instead of {t}", "like {t}", "thanks to {t}", "and is looked after by {t}")).format(t=text.removesuffix(",")), data


ADJUNCTS: dict[str, Callable[[Words], Part]] = {
    "place": whence, "time": at, "date": on, "count": counted, "code": numbered, "mail": written, "firm": by_firm, "person": with_person,
}  # fmt: skip


def joined(*parts: Part | str) -> Part:
    texts = [part if isinstance(part, str) else part[0] for part in parts]
    data: dict[str, Any] = {}
    for part in parts:
        if not isinstance(part, str):
            data |= part[1]
    return " ".join(text for text in texts if text).replace(" ,", ",").replace(",,", ","), data


def adjuncts(w: Words, count: int, without: tuple[str, ...] = ()) -> list[Part]:
    return [ADJUNCTS[kind](w) for kind in w.some([kind for kind in ADJUNCTS if kind not in without], count)]


def acts(w: Words) -> Part:
    """Somebody does something, somewhere, at some time."""
    subject, without = (person(w), ("",)) if w.chance(0.75) else (firm(w), ("firm",))
    verb = said(w.pick(PRESENT) if w.chance(0.3) else w.pick(lists.ACTIONS))
    kind = w.rng.random()
    if kind < 0.4:
        what: Part | str = thing(w)
    elif kind < 0.55:
        what = several(w)
    elif kind < 0.7:
        what = named(w)
    elif kind < 0.8:
        verb, what = said(w.pick(lists.MOTIONS)) + " to", w.city()
        what, without = (what, {w.pick(lists.PLACES): what}), (*without, "place")
    else:
        what = f"the {w.noun()}" if w.chance(0.5) else ""
    rest = adjuncts(w, w.pick((0, 1, 1, 2)), without)
    return ahead(w, subject, verb, what, rest)


def ahead(w: Words, subject: Part, verb: str, what: Part | str, rest: list[Part]) -> Part:
    """At times one of the circumstances stands first."""
    first = rest.pop() if rest and rest[-1][0][0].isalpha() and w.chance(0.4) else None
    if first and not first[0].startswith("and "):
        return joined((upper_first(first[0]) + ",", first[1]), subject, verb, what, *rest)
    return joined(subject, verb, what, *([first] if first else []), *rest)


def suffers(w: Words) -> Part:
    """Something is done, by somebody or by nobody in particular."""
    subject = w.pick((thing, thing, named, coded))(w)
    verb = w.pick([said(verb) for verb in w.some(lists.ACTIONS, 12) if verb.endswith("ed")] or ["used"])
    doer: Part | str = ""
    if w.chance(0.6):
        text, data = person(w) if w.chance(0.6) else firm(w)
        doer = (f"by {text}", data)
    return ahead(w, subject, f"{w.pick(('was', 'has been', 'is', 'will be', 'had been', 'must be'))} {verb}", doer, adjuncts(w, w.pick((0, 1, 1, 2)), ("code", "firm")))


def heads(w: Words) -> Part:
    """A noun with a code or none, a colon, and what is the matter with it."""
    noun = happening(w)
    head = coded(w) if w.chance(0.5) else (f"{noun} {w.pick(('of', 'at', 'from', 'for', 'at the'))} {building(w)}", {})
    rest = adjuncts(w, w.pick((1, 2, 2, 3)), ("code",))
    if w.chance(0.5):
        rest.insert(w.number(0, len(rest)), (f"{happening(w)} {w.pick(BEGINS) if w.chance(0.4) else ''}".strip(), {}))
    return joined((head[0] + w.pick((":", ":", ":", ",", " -")), head[1]), *rest)


def informs(w: Words) -> Part:
    """We did something to somebody; and when it begins."""
    text, data = person(w, called=w.chance(0.3))
    start = joined(f"{w.pick(('We', 'They', 'I', 'Our team', 'The board', 'The office'))} {said(w.pick(lists.PERSON_ACTIONS))}", (text, data), *adjuncts(w, w.pick((1, 1, 2)), ("date", "time")))
    if w.chance(0.6):
        when = w.pick((on, at))(w)
        return joined((start[0].rstrip(",") + w.pick((";", ",", " and", ".")), start[1]), f"{w.pick(('she', 'he', 'it', 'the work', 'the ' + happening(w)))} {w.pick(BEGINS)}", when)
    return start


def lists_it(w: Words) -> Part:
    """Catchwords: no verb, commas or strokes."""
    kinds = w.some(["person", "place", "date", "time", "count", "code", "mail", "thing", "firm"], w.pick((2, 3, 3, 4)))
    bare: list[Part] = []
    for kind in kinds:
        text, data = {"person": person, "thing": thing, "firm": firm, "code": coded}.get(kind, ADJUNCTS.get(kind, whence))(w)
        key, value = next(iter(data.items()))
        plain = w.chance(0.5) and kind not in ("count", "person", "firm", "thing")
        bare.append((str(value) if plain else text.strip(" ,()-"), {key: value}))
    between = w.pick((", ", ", ", "; ", " / ", " - ", "\n", " | "))
    return between.join(text for text, _ in bare), {key: value for _, data in bare for key, value in data.items()}


WAYS = ((acts, 45), (suffers, 18), (heads, 14), (informs, 13), (lists_it, 10))


def composed(w: Words) -> Part:
    """A text of one sentence or two, and what it says in an order of its own."""
    while True:
        text, data = w.rng.choices([way for way, _ in WAYS], [weight for _, weight in WAYS])[0](w)
        if 1 < len(data) < 6:
            break
    text = text.strip(" ,")
    if not text.startswith(tuple(value for value in data.values() if isinstance(value, str))):
        text = upper_first(text)
    text = text if text.endswith(".") else text + w.pick((".", ".", ".", "", "!"))
    if w.chance(0.1):
        text = w.pick(PREFACES).format(text)
    if w.chance(0.5):
        data = dict(w.some(list(data.items()), len(data)))
    return text, data
