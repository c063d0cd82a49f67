"""Questions about a passage: copy the right span, or say that the text does not tell."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..render import Conversation, Message, assistant, calls, system, to_json, tool_result, user
from .fields import BY_KIND, FIELDS, Entity, Field, entity, told, value_of
from .relations import ATTRIBUTES, GENERIC, GENERIC_ASK, RELATIONS, VERBS
from .rough import rough
from .words import NOUNS, Words, upper_first

UNKNOWN = "The text does not say."
STARTS = frozenset(
    "The A As For Our It Its This There Many Nobody See All You From In On We They Write Delivery".split()
)


@dataclass(slots=True)
class Fact:
    """A sentence with the questions it answers."""

    text: str
    answers: list[tuple[str, str]] = field(default_factory=list)


def property_of(w: Words, field: Field, subject: Entity) -> Fact:
    value = str(value_of(w, field.kind))
    questions = w.some(field.questions, min(2, len(field.questions)))
    return Fact(told(w, field, subject, value), [(upper_first(q.format(e=subject.phrase)), value) for q in questions])


def described(w: Words) -> Fact:
    field = w.pick(FIELDS)
    return property_of(w, field, entity(w, field.about))


def relation(w: Words) -> Fact:
    kind, statements, questions, value_kind = w.pick(RELATIONS)
    entity, value = w.kind(kind), str(w.kind(value_kind))
    questions = tuple(q.format(e=entity) for q in questions)
    return Fact(upper_first(w.pick(statements).format(e=entity, v=value)), [(w.pick(questions), value)])


def attribute(w: Words) -> Fact:
    """Any property of anything: nothing but the shape of the sentence can be learned here."""
    name = (
        w.pick(ATTRIBUTES) if w.chance(0.55) else w.noun() if w.chance(0.5) else f"{w.pick(NOUNS)} {w.pick(ATTRIBUTES)}"
    )
    entity = w.pick(
        (f"the {w.thing()}", f"the {w.thing()}", w.name(), w.company(), f"{w.pick(NOUNS)} {w.code()}", w.city())
    )
    value = str(
        w.kind(
            w.pick(
                (
                    "name",
                    "city",
                    "thing",
                    "code",
                    "date",
                    "measure",
                    "amount",
                    "int",
                    "word",
                    "color",
                    "state",
                    "clock",
                    "company",
                )
            )
        )
    )
    made = w.pick(GENERIC).format(a=name, e=entity, E=upper_first(entity), v=value)
    return Fact(upper_first(made), [(upper_first(w.pick(GENERIC_ASK).format(a=name, e=entity)), value)])


def event(w: Words) -> Fact:
    """Who did what, where, when, how many, why: a question for each."""
    past, base = w.pick(VERBS)
    who, where, when = (
        w.person()
        if w.chance(0.75)
        else f"the {w.pick(('team', 'board', 'council', 'committee', 'manager', 'neighbour'))} of {w.city()}",
        w.city(),
        w.when(),
    )
    many, thing = w.number(2, 90), w.thing()
    plural = w.chance(0.25)
    obj = f"{many} {thing}s" if plural else w.pick((f"the {thing}", f"a {thing}"))
    on = f"on {when}" if when[0].isdigit() or when.split()[0].istitle() else when
    answers = [
        (f"Who {past} the {thing}{'s' if plural else ''}?", who),
        (f"Who {past} {obj}?", who),
        (f"What did {who} {base}?", obj),
    ]
    parts = []
    if w.chance(0.6):
        parts.append(f"in {where}")
        answers += [
            (f"Where did {who} {base} {obj if plural else f'the {thing}'}?", where),
            (f"In which city did {who} {base} {obj}?", where),
        ]
    if w.chance(0.6):
        parts.append(on)
        answers += [(f"When did {who} {base} {obj if plural else f'the {thing}'}?", when)]
    if w.chance(0.2):
        reason = f"because the {w.noun()} was {w.state()}"
        answers.append((f"Why did {who} {base} the {thing}{'s' if plural else ''}?", reason))
        parts.append(reason)
    elif w.chance(0.2):
        friend = w.name()
        parts.insert(0, f"with {friend}")
        answers.append((f"With whom did {who} {base} {obj if plural else f'the {thing}'}?", friend))
    if plural:
        answers.append((f"How many {thing}s did {who} {base}?", str(many)))
    front = parts.pop() if len(parts) > 1 and parts[-1].startswith(("on ", "in ")) and w.chance(0.4) else ""
    body = f"{who} {past} {obj} {' '.join(parts)}".strip()
    text = f"{front}, {body}" if front else body
    if w.chance(0.15) and not front and not plural:
        text = f"{obj} was {past if base not in ('break', 'steal', 'write', 'hide', 'draw', 'eat') else base + 'en'} by {who} {' '.join(parts)}".strip()
    return Fact(upper_first(text) + ".", [(upper_first(q), a) for q, a in answers])


#: How a preposition is asked for.
WHERE_TO = {"in": ("Where", "In which place"), "at": ("At what time", "When"), "for": ("For whom", "Who is it for, whom"), "with": ("With whom", "With which person"), "to": ("To whom", "To which person"), "on": ("When", "On which day"), "from": ("From where", "From which city")}  # fmt: skip
KIND_OF = {"in": "city", "at": "clock", "for": "name", "with": "name", "to": "name", "on": "date", "from": "city"}


def loose(w: Words) -> Fact:
    """Somebody does something, mostly with words that mean nothing: question and sentence agree in all but the answer."""
    who = w.pick(
        (
            w.person,
            w.company,
            lambda: f"the {w.noun()} of {w.name()}",
            lambda: f"the {w.thing()}",
            lambda: f"the {w.noun()} in {w.city()}",
        )
    )()
    verb = w.pick(VERBS)[1] if w.chance(0.4) else w.pick((w.noun(), w.invented()))
    many = w.pick(("", "", f" the {w.noun()}", f" {w.noun()}s", f" its {w.noun()}"))
    if w.chance(0.45):
        word = w.pick(list(KIND_OF))
        value = str(w.kind(KIND_OF[word]))
        return Fact(
            upper_first(f"{who} {verb}s{many} {word} {value}."),
            [(f"{w.pick(WHERE_TO[word])} does {who} {verb}{many}?", value)],
        )
    value = str(w.kind(w.pick(("thing", "name", "word", "int", "code", "amount", "measure", "company"))))
    role = w.pick((w.noun(), w.pick(ATTRIBUTES)))
    shapes = (
        (f"{who} {verb}s {value}.", (f"What does {who} {verb}?", f"Whom does {who} {verb}?", f"Which thing does {who} {verb}?")),
        (f"{value} {verb}s {who}.", (f"Who {verb}s {who}?", f"What {verb}s {who}?", f"By whom is {who} {verb}ed?")),
        (f"{who} was {verb}ed by {value}.", (f"Who {verb}ed {who}?", f"By whom was {who} {verb}ed?", f"By what was {who} {verb}ed?")),
        (f"The {role} of {who} {verb}s {value}.", (f"What does the {role} of {who} {verb}?",)),
        (f"The {role} that {verb}s {who} is {value}.", (f"What is the {role} that {verb}s {who}?", f"Which {role} {verb}s {who}?")),
        (f"{who} has {value} as its {role}.", (f"Who is the {role} of {who}?", f"What is the {role} of {who}?")),
        (f"{who} {verb}s with a {role} of {value}.", (f"With which {role} does {who} {verb}?", f"What {role} does {who} {verb} with?")),
    )  # fmt: skip
    text, asks = w.pick(shapes)
    return Fact(upper_first(text), [(upper_first(ask), value) for ask in asks])


def statement(w: Words) -> Fact:
    """A rule or remark on a topic; asked about the topic, the whole sentence is the answer."""
    topic = w.pick((w.pick(ATTRIBUTES), w.noun(), w.thing(), f"{w.pick(NOUNS)} {w.pick(ATTRIBUTES)}"))
    rest = w.pick((
        f"is limited to {w.amount()} a year", f"must be {w.state()} within {w.measure()}", f"applies to all {w.noun()}s", f"was {w.state()} by {w.name()}", f"may not be used in {w.city()}", f"is the duty of {w.company()}",
        f"needs the {w.thing()}", f"ends after {w.measure()}", f"caps the {w.noun()} at {w.amount()}", f"covers the {w.thing()} and the {w.noun()}", f"has to be paid by {w.name()}", f"is not part of the {w.noun()}", f"starts on {w.date()}",
    ))  # fmt: skip
    name = w.pick(
        (
            f"The {topic}",
            f"The {topic}",
            f"The {topic} clause",
            f"Section {w.number(1, 40)}: the {topic}",
            f"The {topic} of {w.name()}",
        )
    )
    text = f"{name} {rest}."
    asks = (
        "What does it say about the {t}?",
        "What is said about the {t}?",
        "What does the text say about the {t}?",
        "Tell me about the {t}.",
        "What about the {t}?",
        "Which sentence is about the {t}?",
        "Find the part on the {t}.",
        "What do you know about the {t}?",
        "What does the contract say about the {t}?",
        "Quote the sentence on the {t}.",
        "Summarize the {t} clause.",
        "Can you summarize what it says about the {t}?",
        "Give me the {t} clause.",
    )
    return Fact(text, [(ask.format(t=topic), text) for ask in w.some(asks, 4)])


def filler(w: Words) -> str:
    return w.pick((
        lambda: f"The {w.noun()} is {w.pick(('very', 'quite', 'rather', 'not'))} {w.pick(('big', 'nice', 'old', 'common', 'loud', 'cheap'))}.",
        lambda: f"Many people like the {w.thing()}.", lambda: f"It was a {w.pick(('cold', 'long', 'quiet', 'busy', 'warm'))} day.",
        lambda: f"Nobody knows much about the {w.thing()}.", lambda: "This is described below.", lambda: f"{w.name()} was not there.",
        lambda: f"See also the {w.thing()}.", lambda: f"There is a {w.thing()} near the {w.noun()}.", lambda: f"All {w.noun()}s must be {w.state()}.",
    ))()  # fmt: skip


def fact(w: Words) -> Fact:
    weights = (30, 30, 20, 28, 5 + 14 * w.level, 10)
    return w.rng.choices((relation, described, attribute, event, loose, statement), weights)[0](w)


def facts_for(w: Words, count: int) -> list[Fact]:
    """Facts of one passage; often of the same kind, so that question and sentence must be matched by their names."""
    style = w.rng.random()
    if style < 0.25:
        make = w.pick((relation, described, described, attribute, event, loose, statement))
        return [make(w) for _ in range(count)]
    if style < 0.35:  # one property of several
        field = w.pick(FIELDS)
        made = [property_of(w, field, entity(w, field.about)) for _ in range(min(count, 5))]
        return made + [fact(w) for _ in range(count - len(made))]
    if style < 0.45:  # one relation for several entities
        kind, statements, questions, value_kind = w.pick(RELATIONS)
        made = []
        for _ in range(min(count, 5)):
            what, value = w.kind(kind), str(w.kind(value_kind))
            made.append(
                Fact(
                    upper_first(w.pick(statements).format(e=what, v=value)),
                    [(w.pick(questions).format(e=what), value)],
                )
            )
        return made + [fact(w) for _ in range(count - len(made))]
    if style < 0.57:  # several properties of one
        subject = entity(w, w.pick(list(BY_KIND)))
        made = [property_of(w, field, subject) for field in w.some(BY_KIND[subject.about], min(count, 4))]
        return made + [fact(w) for _ in range(count - len(made))]
    if style < 0.65:  # several relations of one entity
        kind = w.pick(("name", "company", "thing", "city"))
        what = w.kind(kind)
        made = []
        for _, statements, questions, value_kind in w.some([r for r in RELATIONS if r[0] == kind], min(count, 4)):
            value = str(w.kind(value_kind))
            made.append(
                Fact(
                    upper_first(w.pick(statements).format(e=what, v=value)),
                    [(w.pick(questions).format(e=what), value)],
                )
            )
        return made + [fact(w) for _ in range(count - len(made))]
    return [fact(w) for _ in range(count)]


def passage(w: Words, count: int) -> tuple[str, list[Fact]]:
    facts: list[Fact] = []
    while len(facts) < count:  # a long one has several groups of facts that only names tell apart
        facts += facts_for(w, min(count - len(facts), w.number(5, 9)))
    w.rng.shuffle(facts)
    sentences = []
    for one in facts:
        sentences.append(one.text)
        if w.chance(0.2):
            sentences.append(filler(w))
    gap = w.pick((" ", " ", " ", " ", "\n", "\n\n"))
    return gap.join(sentences), facts


FRAMES = (
    "{p}\n{q}", "{p}\n\n{q}", "{p} {q}", "Context: {p}\nQuestion: {q}", "Context:\n{p}\n\nQuestion: {q}", "Passage: {p}\n\nQ: {q}", "Read this: {p}\n\n{q}", "Text: {p}\nQuestion: {q}\nAnswer:", "{q}\n\n{p}", "{q}\nText: {p}",
    "Answer from the text.\n\n{p}\n\n{q}", "Use only this text to answer.\nText: {p}\n{q}", "<context>\n{p}\n</context>\n{q}", "Here is a document:\n{p}\n\n{q}", "[1] {p}\n\n{q}", "According to the text: {q}\n\n{p}", "\"{p}\"\n\n{q}", "Document: {p}\n\nUser question: {q}", "Given the following, {q}\n{p}", "Notes:\n{p}\n\n{q} Answer briefly.",
)  # fmt: skip
SYSTEMS = (
    "Answer from this text: {p}",
    "Use the following context to answer.\n\n{p}",
    "You answer questions about a document.\nDocument:\n{p}",
    "Context:\n{p}",
    "Answer only from the sources.\n[1] {p}",
    "Relevant passages from the user's files:\n\n{p}",
    "Knowledge:\n{p}\nAnswer with the exact words of the text.",
)


def span(w: Words, count: int = 0) -> Conversation:
    """A passage and questions on it: the longer it is, the more of them, since reading is what costs."""
    count = count or (w.number(2, 3 + round(4 * w.level)) if w.chance(0.75) else w.number(5, 6 + round(16 * w.level)))
    text, facts = passage(w, count)
    order = w.some(facts, len(facts))
    wanted = w.pick((2, 3, 3, 4, 5, 6)) + min(count // 3, 14)
    asked = dict(_question(w, order[n % len(order)], text) for n in range(wanted))
    questions = list(asked.items())
    style = w.rng.random()
    if style < 0.14:
        return _through_tool(w, text, *questions[0])
    if style < 0.3:
        messages: list[Message] = [system(w.pick(SYSTEMS).format(p=text)), user(questions[0][0])]
    elif style < 0.38:
        messages = [
            user(w.pick(("Here is a text: {p}", "Remember this: {p}", "Read this.\n\n{p}", "{p}")).format(p=text)),
            assistant("Ok. What do you want to know?"),
            user(questions[0][0]),
        ]
    else:
        messages = [user(w.pick(FRAMES).format(p=text, q=questions[0][0]))]
    messages.append(assistant(questions[0][1]))
    for question, answer in questions[1:]:
        messages += [user(question), assistant(answer)]
    return Conversation(messages)


def _question(w: Words, chosen: Fact, text: str) -> tuple[str, str]:
    """A question on one fact, or on something that the text does not tell."""
    if w.chance(0.17):
        question, _ = w.pick(fact(w).answers)  # about something else: new names, perhaps an attribute the text has
        if w.chance(0.3):
            names = [word.rstrip(".,:") for word in text.split() if word[:1].isupper() and word not in STARTS]
            about = w.invented() if w.chance(0.4) else f"{w.pick(ATTRIBUTES)} {w.pick(NOUNS)}"
            if names:
                question = w.pick(("What is the {a} of {e}?", "Which {a} does {e} have?")).format(
                    a=about, e=w.pick(names)
                )
        return rough(w, question), UNKNOWN
    question, answer = w.pick(chosen.answers)
    return (rough(w, question), answer)


def _through_tool(w: Words, text: str, question: str, answer: str) -> Conversation:
    """What file search does: the question, a call, the passages found, the answer."""
    name, key = w.pick(
        (
            ("file_search", "query"),
            ("search_documents", "query"),
            ("search_files", "text"),
            ("retrieve", "question"),
            ("knowledge_base", "query"),
        )
    )
    tool = {
        "type": "function",
        "function": {
            "name": name,
            "description": w.pick(
                ("Search the uploaded documents", "Find passages in the files", "Search the knowledge base")
            ),
            "parameters": {"type": "object", "properties": {key: {"type": "string"}}, "required": [key]},
        },
    }
    shown = w.pick(
        (
            text,
            text,
            to_json({"results": [{"text": text}]}),
            to_json([{"text": text, "score": float(w.decimal())}]),
            f"[1] {w.path()}\n{text}",
        )
    )
    if "\\n" in shown:
        shown = text
    messages = [user(question), calls((name, {key: question})), tool_result(shown), assistant(answer)]
    return Conversation(messages, [tool])
