"""Questions about a passage: copy the right span, or say that the text does not tell."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..render import Conversation, Message, assistant, calls, system, to_json, tool_result, user
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


#: Past tense, base form, what follows (a "thing" is done to, "" nothing).
ACTIONS = (
    "bought buy|found find|lost lose|sold sell|repaired repair|painted paint|opened open|closed close|built build|broke break|stole steal|borrowed borrow|designed design|invented invent|wrote write|cleaned clean|"
    "ordered order|delivered deliver|inspected inspect|approved approve|rejected reject|signed sign|tested test|moved move|carried carry|hid hide|won win|made make|drew draw|fixed fix|returned return|ate eat|"
    "received receive|sent send|replaced replace|installed install|reported report|visited visit|photographed photograph|described describe|rented rent|donated donate|launched launch|presented present|collected collect"
)
VERBS = [tuple(pair.split()) for pair in ACTIONS.split("|")]

#: Relations of one entity to a value: kind of the entity, statements, questions, kind of the value.
RELATIONS: tuple[tuple[str, tuple[str, ...], tuple[str, ...], str], ...] = (
    ("name", ("{e} lives in {v}.", "{e} has lived in {v} for years.", "The home of {e} is in {v}.", "{e} moved to {v} last year."), ("Where does {e} live?", "In which city does {e} live?", "What city does {e} live in?", "Where is {e}'s home?"), "city"),
    ("name", ("{e} was born in {v}.", "The birthplace of {e} is {v}."), ("Where was {e} born?", "What is the birthplace of {e}?", "In which place was {e} born?"), "city"),
    ("name", ("{e} works as a {v}.", "{e} is a {v}.", "{e} earns a living as a {v}."), ("What is {e}'s job?", "What does {e} do for a living?", "What does {e} work as?", "What is the profession of {e}?"), "job"),
    ("name", ("{e} works for {v}.", "{e} is employed by {v}.", "{e} has a job at {v}."), ("Who does {e} work for?", "Where does {e} work?", "Which company employs {e}?", "Who is the employer of {e}?"), "company"),
    ("name", ("{e} is married to {v}.", "The spouse of {e} is {v}."), ("Who is {e} married to?", "Who is the spouse of {e}?", "What is the name of {e}'s spouse?"), "name"),
    ("name", ("The cat of {e} is called {v}.", "{e} has a cat named {v}.", "{e}'s cat is called {v}."), ("What is {e}'s cat called?", "What is the name of {e}'s cat?"), "name"),
    ("name", ("{e}'s dog is called {v}.", "{e} owns a dog named {v}."), ("What is the dog of {e} called?", "What is the name of {e}'s dog?", "How is {e}'s dog called?"), "name"),
    ("name", ("{e} is {v} years old.", "{e} turned {v} this year."), ("How old is {e}?", "What is the age of {e}?", "What age is {e}?"), "int"),
    ("name", ("The boss of {e} is {v}.", "{e} reports to {v}."), ("Who is the boss of {e}?", "Who does {e} report to?"), "name"),
    ("name", ("{e} can be reached at {v}.", "The email of {e} is {v}.", "Write to {e} at {v}."), ("What is the email of {e}?", "How can {e} be reached?", "What is {e}'s email address?"), "email"),
    ("name", ("{e} likes {v}.", "{e} is very fond of {v}.", "{e} loves {v}."), ("What does {e} like?", "What does {e} love?", "What is {e} fond of?"), "word"),
    ("name", ("{e}'s favorite color is {v}.", "The favorite color of {e} is {v}."), ("What is {e}'s favorite color?", "Which color does {e} like best?"), "color"),
    ("name", ("{e} speaks {v}.", "The mother tongue of {e} is {v}."), ("What language does {e} speak?", "Which language does {e} speak?"), "language"),
    ("company", ("{e} was founded by {v}.", "{v} founded {e}.", "{v} is the founder of {e}."), ("Who founded {e}?", "Who is the founder of {e}?", "By whom was {e} founded?", "Who started {e}?"), "name"),
    ("company", ("{e} has its headquarters in {v}.", "The main office of {e} is in {v}.", "{e} is based in {v}."), ("Where is {e} based?", "Where is the headquarters of {e}?", "Where does {e} have its headquarters?", "In which city is {e} based?"), "city"),
    ("company", ("{e} employs {v} people.", "{v} people work at {e}.", "{e} has {v} employees."), ("How many people work at {e}?", "How many employees does {e} have?", "How many people does {e} employ?"), "int"),
    ("company", ("{v} is the director of {e}.", "The head of {e} is {v}.", "{e} is led by {v}."), ("Who leads {e}?", "Who is the director of {e}?", "Who is the head of {e}?", "Who runs {e}?"), "name"),
    ("company", ("{e} makes {v}s.", "{e} produces {v}s."), ("What does {e} make?", "What does {e} produce?", "What are the products of {e}?"), "thing"),
    ("thing", ("The {e} costs {v}.", "The price of the {e} is {v}.", "You pay {v} for the {e}."), ("How much does the {e} cost?", "What is the price of the {e}?", "What does the {e} cost?", "How much is the {e}?"), "amount"),
    ("thing", ("The {e} weighs {v}.", "The weight of the {e} is {v}."), ("How much does the {e} weigh?", "What is the weight of the {e}?", "How heavy is the {e}?"), "measure"),
    ("thing", ("The {e} is in the {v}.", "You will find the {e} in the {v}.", "The {e} is kept in the {v}.", "We put the {e} into the {v}."), ("Where is the {e}?", "Where can I find the {e}?", "Where is the {e} kept?", "In what place is the {e}?"), "thing"),
    ("thing", ("The {e} belongs to {v}.", "{v} owns the {e}.", "The owner of the {e} is {v}."), ("Who owns the {e}?", "Whose {e} is it?", "Who is the owner of the {e}?", "To whom does the {e} belong?"), "name"),
    ("thing", ("The code of the {e} is {v}.", "The {e} has the code {v}.", "The {e} carries the number {v}."), ("What is the code of the {e}?", "Which code does the {e} have?", "What number does the {e} carry?"), "code"),
    ("thing", ("The {e} was made in {v}.", "The {e} comes from {v}."), ("Where was the {e} made?", "Where does the {e} come from?"), "city"),
    ("thing", ("The {e} is {v}.", "The color of the {e} is {v}."), ("What color is the {e}?", "What is the color of the {e}?", "Which color does the {e} have?"), "color"),
    ("thing", ("The {e} arrives on {v}.", "The {e} will be delivered on {v}.", "Delivery of the {e} is on {v}."), ("When does the {e} arrive?", "When will the {e} be delivered?", "On what date does the {e} arrive?"), "date"),
    ("thing", ("The {e} opens at {v}.", "From {v} on, the {e} is open."), ("When does the {e} open?", "At what time does the {e} open?", "What time does the {e} open?"), "clock"),
    ("thing", ("The {e} is made of {v}.", "They make the {e} from {v}."), ("What is the {e} made of?", "Which material is the {e} made of?"), "word"),
    ("thing", ("The warranty on the {e} lasts {v}.", "The {e} has a warranty of {v}."), ("How long is the warranty on the {e}?", "How long does the warranty on the {e} last?"), "measure"),
    ("city", ("The capital of {e} is {v}.", "{v} is the capital of {e}."), ("What is the capital of {e}?", "Which city is the capital of {e}?"), "city"),
    ("city", ("{e} has {v} inhabitants.", "{v} people live in {e}.", "The population of {e} is {v}."), ("How many people live in {e}?", "What is the population of {e}?", "How many inhabitants does {e} have?"), "int"),
    ("city", ("The mayor of {e} is {v}.", "{v} is the mayor of {e}."), ("Who is the mayor of {e}?", "What is the name of the mayor of {e}?"), "name"),
    ("city", ("{e} is famous for its {v}.", "{e} is known for its {v}."), ("What is {e} famous for?", "What is {e} known for?"), "thing"),
    ("city", ("The river through {e} is called {v}.", "The river {v} flows through {e}."), ("Which river flows through {e}?", "What is the river through {e} called?"), "name"),
)  # fmt: skip
MORE_RELATIONS: tuple[tuple[str, tuple[str, ...], tuple[str, ...], str], ...] = (
    ("thing", ("Either party may end the {e} agreement with {v} notice.", "The notice period of the {e} agreement is {v}."), ("What is the notice period of the {e} agreement?", "How long is the notice period for the {e} agreement?", "With how much notice can the {e} agreement be ended?"), "measure"),
    ("thing", ("The {e} contract runs until {v}.", "The {e} contract ends on {v}.", "The {e} contract expires on {v}."), ("When does the {e} contract end?", "When does the {e} contract expire?", "Until when does the {e} contract run?"), "date"),
    ("company", ("{e} must pay within {v}.", "Payment by {e} is due within {v}."), ("Within what time must {e} pay?", "When must {e} pay?", "How long does {e} have to pay?"), "measure"),
    ("company", ("The liability of {e} is limited to {v}.", "Damages owed by {e} are capped at {v}."), ("What is the liability of {e} limited to?", "At what amount are the damages of {e} capped?", "What is the limit of {e}'s liability?"), "amount"),
    ("name", ("{e} studied {v}.", "{e} has a degree in {v}."), ("What did {e} study?", "In what subject does {e} have a degree?"), "word"),
    ("name", ("{e} drives a {v}.", "The car of {e} is a {v}."), ("What does {e} drive?", "What car does {e} have?", "Which car does {e} drive?"), "thing"),
    ("name", ("{e} plays the {v}.", "The instrument of {e} is the {v}."), ("What does {e} play?", "Which instrument does {e} play?"), "word"),
    ("name", ("{e} arrived at {v}.", "It was {v} when {e} arrived."), ("When did {e} arrive?", "At what time did {e} arrive?"), "clock"),
    ("name", ("{e}'s phone number is {v}.", "You can call {e} at {v}."), ("What is {e}'s phone number?", "Under which number can I call {e}?", "How can I call {e}?"), "phone"),
    ("name", ("{e} sits in room {v}.", "The office of {e} is {v}."), ("Which room does {e} sit in?", "Where does {e} sit?", "What is the office of {e}?"), "code"),
    ("company", ("{e} bought {v} last year.", "{e} took over {v}.", "{e} acquired {v}."), ("Which company did {e} buy?", "Whom did {e} take over?", "What did {e} acquire?"), "company"),
    ("company", ("{e} made a profit of {v}.", "The profit of {e} was {v}."), ("How much profit did {e} make?", "What was the profit of {e}?"), "amount"),
    ("company", ("Its customers reach {e} at {v}.", "The website of {e} is {v}."), ("What is the website of {e}?", "Where do customers reach {e}?"), "url"),
    ("thing", ("Use the {e} only with {v}.", "The {e} needs {v} to work."), ("What does the {e} need?", "What should the {e} be used with?"), "word"),
    ("thing", ("The {e} was invented by {v}.", "{v} invented the {e}."), ("Who invented the {e}?", "By whom was the {e} invented?"), "name"),
    ("thing", ("The {e} holds up to {v}.", "The capacity of the {e} is {v}."), ("How much does the {e} hold?", "What is the capacity of the {e}?"), "measure"),
    ("thing", ("To reset the {e}, press the {v}.", "The {v} resets the {e}."), ("How do I reset the {e}?", "What resets the {e}?", "What must I press to reset the {e}?"), "thing"),
    ("thing", ("The {e} can be returned within {v}.", "Returns of the {e} are accepted for {v}."), ("How long can the {e} be returned?", "Within what time can I return the {e}?"), "measure"),
    ("thing", ("The {e} is stored in {v}.", "All data of the {e} is kept in {v}."), ("Where is the {e} stored?", "Where is the data of the {e} kept?"), "city"),
    ("city", ("The largest building in {e} is the {v}.", "The {v} is the largest building in {e}."), ("What is the largest building in {e}?", "Which building in {e} is the largest?"), "thing"),
    ("city", ("The train to {e} leaves at {v}.", "At {v} there is a train to {e}."), ("When does the train to {e} leave?", "What time is the train to {e}?"), "clock"),
    ("city", ("The hotel in {e} is called {v}.", "In {e} we stayed at {v}."), ("What is the hotel in {e} called?", "Where did we stay in {e}?"), "company"),
    ("city", ("{e} lies {v} from here.", "The distance to {e} is {v}."), ("How far is {e}?", "What is the distance to {e}?"), "measure"),
)  # fmt: skip
RELATIONS = RELATIONS + MORE_RELATIONS
ATTRIBUTES = """price color weight height width length size age name title code number owner location date deadline limit fee penalty term
duration capacity speed password author editor manager director leader goal budget cost address phone language currency rate score
temperature pressure voltage version status model brand material shape taste smell sound origin purpose notice refund warranty discount
minimum maximum total average balance rent salary bonus holiday lunch break policy rule clause liability cap damage payment delivery""".split()
GENERIC = (
    "The {a} of {e} is {v}.",
    "{E} has a {a} of {v}.",
    "The {a} for {e} is {v}.",
    "For {e}, the {a} is {v}.",
    "{E}: {a} {v}.",
    "The {a} of {e} is set to {v}.",
    "As for {e}, its {a} is {v}.",
    "The {a} of {e} was {v}.",
    "Our {a} for {e} is {v}.",
    "{v} is the {a} of {e}.",
    "The {a} of {e} shall be {v}.",
    "The {a} clause of {e} says {v}.",
    "The {a} of {e} is limited to {v}.",
    "{E} comes with a {a} of {v}.",
)
GENERIC_ASK = (
    "What is the {a} of {e}?",
    "What is the {a} for {e}?",
    "Which {a} does {e} have?",
    "Tell me the {a} of {e}.",
    "What {a} does {e} have?",
    "{a} of {e}?",
    "Give me the {a} of {e}.",
    "Do you know the {a} of {e}?",
    "What does it say about the {a} of {e}?",
    "How is the {a} of {e} given?",
    "Please find the {a} of {e}.",
    "What's the {a} of {e}?",
)


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
    return w.rng.choices((relation, attribute, event, statement), (40, 36, 36, 16))[0](w)


def facts_for(w: Words, count: int) -> list[Fact]:
    """Facts of one passage; often of the same kind, so that question and sentence must be matched by their names."""
    style = w.rng.random()
    if style < 0.25:
        make = w.pick((relation, attribute, event, statement))
        return [make(w) for _ in range(count)]
    if style < 0.45:  # one relation for several entities
        kind, statements, questions, value_kind = w.pick(RELATIONS)
        made = []
        for _ in range(min(count, 5)):
            entity, value = w.kind(kind), str(w.kind(value_kind))
            made.append(
                Fact(
                    upper_first(w.pick(statements).format(e=entity, v=value)),
                    [(w.pick(questions).format(e=entity), value)],
                )
            )
        return made + [fact(w) for _ in range(count - len(made))]
    if style < 0.65:  # several relations of one entity
        kind = w.pick(("name", "company", "thing", "city"))
        entity = w.kind(kind)
        made = []
        for _, statements, questions, value_kind in w.some([r for r in RELATIONS if r[0] == kind], min(count, 4)):
            value = str(w.kind(value_kind))
            made.append(
                Fact(
                    upper_first(w.pick(statements).format(e=entity, v=value)),
                    [(w.pick(questions).format(e=entity), value)],
                )
            )
        return made + [fact(w) for _ in range(count - len(made))]
    return [fact(w) for _ in range(count)]


def passage(w: Words, count: int) -> tuple[str, list[Fact]]:
    facts = facts_for(w, count)
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
    """A passage and one to three questions on it."""
    count = count or w.pick((1, 2, 2, 3, 3, 4, 5, 6, 8))
    text, facts = passage(w, count)
    questions = [_question(w, facts, text) for _ in range(w.pick((1, 1, 2, 2, 3, 4)))]
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


def _question(w: Words, facts: list[Fact], text: str) -> tuple[str, str]:
    if w.chance(0.17):
        question, _ = w.pick(fact(w).answers)  # about something else: new names, perhaps an attribute the text has
        if w.chance(0.3):
            names = [word.rstrip(".,:") for word in text.split() if word[:1].isupper() and word not in STARTS]
            about = w.invented() if w.chance(0.4) else f"{w.pick(ATTRIBUTES)} {w.pick(NOUNS)}"
            if names:
                question = w.pick(("What is the {a} of {e}?", "Which {a} does {e} have?")).format(
                    a=about, e=w.pick(names)
                )
        return question, UNKNOWN
    return w.pick(w.pick(facts).answers)


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


def title(w: Words) -> Conversation:
    """A title (the main clause) or a summary (the first sentence) of a short text, by extraction."""
    past, _ = w.pick(VERBS)
    who = w.pick(
        (
            w.person(),
            w.company(),
            f"the {w.pick(('city', 'village', 'school', 'police', 'museum', 'council'))} of {w.city()}",
        )
    )
    core = f"{who} {past} {w.pick(('a', 'the', 'its', f'{w.number(2, 40)}'))} {w.thing()}"
    tail = w.pick(
        (
            "",
            f" on {w.pick((w.date(), w.date()))}",
            f" in {w.city()}",
            f" after {w.integer()} {w.pick(('days', 'weeks', 'years'))}",
            f", {w.name()} said",
        )
    )
    lead = upper_first(core) + tail + "."
    body = " ".join(w.pick((lambda: filler(w), lambda: fact(w).text))() for _ in range(w.number(1, 4)))
    if w.chance(0.6):
        ask = w.pick(
            (
                "Make a title for this text: {t}",
                "Give this text a title.\n\n{t}",
                "{t}\n\nTitle:",
                "Write a headline: {t}",
                "What would be a good title?\n{t}",
                "Headline for this text:\n{t}",
                "Suggest a title.\n\n{t}",
                "{t}\n\nFind a title for it.",
                "Title this: {t}",
                "I need a headline for this article: {t}",
            )
        )
        return Conversation([user(ask.format(t=f"{lead} {body}")), assistant(upper_first(core))])
    ask = w.pick(
        (
            "Summarize: {t}",
            "Summarize this text in one sentence.\n\n{t}",
            "{t}\n\nSummary:",
            "Give a one-line summary: {t}",
            "Sum this up: {t}",
            "{t}\n\nWhat is this about, in one line?",
            "TL;DR: {t}",
            "Write a short summary of the following text.\n{t}",
            "In one sentence: {t}",
            "Shorten this to one sentence: {t}",
            "Please summarise this for me: {t}",
        )
    )
    return Conversation([user(ask.format(t=f"{lead} {body}")), assistant(lead)])
