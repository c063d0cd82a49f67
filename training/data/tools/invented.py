"""Tools made up on the spot, with a request for each."""

from __future__ import annotations

from collections.abc import Sequence

from ..fields import CALLED, FIELDS, entity
from ..lexicon import LEXICON
from ..words import ADJECTIVES, NOUNS, Words, join_words, upper_first
from .use import Use, Value, draw, schema_of, spaced
from .words import EXPLICIT, PAIRS, PARAMS, VERBS


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


#: What a tool of words A, B and C may say of itself, and how it may be asked for: any words will do, as long as they agree.
ABOUTS = (
    "{A} the {b} of a {c}", "{A} the {b}", "{A} a {b} and its {c}", "The {a} of the {b}", "Tells which {a} the {b} has", "{A} {b} {c}", "Everything about {a}, {b} and {c}", "For {a}s that {b} a {c}", "{A} a {b} with a {c}",
    "{A} or {b} the {c}", "Find the {a} of a {b} by its {p}", "{A} the {b} with the given {p}", "Get the {a} {b} for a {p}", "Says whether a {a} is {b}", "{A} {b} for the {c}", "Use this for the {b} of any {a}",
)  # fmt: skip
REQUESTS = (
    "{a} the {b}{v}", "{a} {b}{v}", "{b} the {a}{v}", "Which {a} has the {b}{v}?", "What {b} does the {a} get{v}?", "When is the {b} {a}{v}?", "How many {a}s does the {b} have{v}?", "Where does one {a} the {b}{v}?", "Who can {a} a {b}{v}?",
    "Is there any {b} {a}{v}?", "Do they {a} {b}s{v}?", "Has the {b} been {a}{v}?", "The {b} should be {a}{v}", "My {a} {b}{v}", "I need the {b} {a}{v}", "It is about the {a} and its {b}{v}", "{A}, {b}{v}", "{B} and {a}{v}", "There has to be a {a} {b}{v}",
    "Somebody wants {a} and {b}{v}", "How is the {a} of the {b}{v}?", "Tell me the {b} of the {a}{v}", "We have a {a} here, the {b} is missing{v}", "{B}{v}, {a}", "Could the {a} get {b}{v}?", "a {a} for the {b}{v}", "What about {a}? The {b}{v}", "I wonder how {a} the {b} is{v}",
    "{A} {b} {c}{v}", "the {a} {b} of the {c}{v}", "Which {c} did the {a} {b}{v}?", "{a} a {b} with the {c}{v}", "If the {a} is {b}, {c} it{v}", "How much {a} do the {b} and the {c} need{v}?", "Has anybody {a} the {b} of this {c}{v}?",
)  # fmt: skip


def overlapping(w: Words, noun: str = "") -> Use:
    """A tool of words that mean nothing together: a request fits it by the words they share, whatever these are."""
    words, count = [noun] if noun else [], w.pick((2, 3, 3, 4))
    while len(words) < count:
        word = w.pick(LEXICON) if w.chance(0.65) else w.invented() if w.chance(0.7) else w.pick(NOUNS)
        if word not in words:
            words.append(word)
    w.rng.shuffle(words)
    values, clauses = _parameters(w, w.pick((1, 1, 1, 2, 2, 3)))
    named = w.some(words, min(len(words), w.pick((1, 2, 2, 2, 3))))
    if len(named) == 1:
        named.insert(0, w.pick(list(VERBS)))
    name = "_".join(named) if w.chance(0.9) else named[0] + "".join(part.capitalize() for part in named[1:])
    first, second, third = (*words, w.noun())[:3]
    about = w.pick(ABOUTS).format(a=first, b=second, c=third, A=upper_first(first), p=spaced(values[0].key))
    said = [inflected(w, word) for word in w.some(words, len(words))]
    form = w.pick(REQUESTS if len(words) > 2 else [one for one in REQUESTS if "{c}" not in one])
    tail = "".join(clause if clause.startswith((":", ",")) else f" {clause}" for clause in clauses)
    request = form.format(a=said[0], b=said[1], c=said[-1], A=upper_first(said[0]), B=upper_first(said[1]), v=tail)
    return Use(schema_of(w, name, w.pick((about, about, f"{about}.")), values), request, values, words[0], words[-1])


def inflected(w: Words, word: str) -> str:
    """The word, or another form of it."""
    if not w.chance(0.25) or len(word) < 4:
        return word
    ending = w.pick(("s", "s", "ed", "ing", "er"))
    return (word[:-1] if word.endswith("e") and ending != "s" else word) + ending


#: What a tool that tells the property F of some E may be called and say, and how it may be asked for but by a question.
ASKED_NAMES = "get_{f} get_{f} find_{f} lookup_{f} {f}_lookup {f}_of_{e} get_{e}_{f} {f} fetch_{f} query_{f}".split()
ASKED_ABOUTS = (
    "Get the {f} of a {e}", "Look up the {f} of a {e}", "{F} of a {e}", "Tells the {f} of a {e}", "The {f} of the {e}", "Find the {f} for a {e}", "{E} {f}", "Which {f} a {e} has",
)  # fmt: skip
ASKED_PARAMETERS = ("The {e}", "Name of the {e}", "Which {e}", "{E}")
ASKED_SHORTLY = ("{F} of {e}?", "I need the {f} of {e}", "{E}: {f}?", "the {f} of {e}, please", "Somebody asks for the {f} of {e}")  # fmt: skip


def asked_of(w: Words) -> Use:
    """A tool that tells one property of something, asked for by a question."""
    field = w.pick(FIELDS)
    subject, called = entity(w, field.about), CALLED[field.about][1]
    asked = w.pick(field.keys)

    def filled(forms: Sequence[str], key: str, thing: str) -> str:
        f = spaced(key)
        return w.pick(forms).format(f=f, F=upper_first(f), e=thing, E=upper_first(thing))

    name = w.pick(ASKED_NAMES).format(f=asked, e=w.pick(called))
    kind = spaced(w.pick(called))
    about = filled(ASKED_ABOUTS, w.pick(field.keys), kind)
    schema = {"type": "string"}
    if w.chance(0.35):
        schema["description"] = filled(ASKED_PARAMETERS, asked, kind)
    value = Value(w.pick(called), subject.name, subject.name, schema)
    request = w.pick(field.questions).format(e=subject.phrase)
    if w.chance(0.15):
        request = filled(ASKED_SHORTLY, asked, subject.phrase)
    return Use(schema_of(w, name, about, [value]), upper_first(request), [value], name.split("_")[0], asked)
