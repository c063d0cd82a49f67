"""Facts that the user tells and asks for later."""

from __future__ import annotations

from ..render import Message, assistant, user
from .chat import greet, identity, refuse
from .exercises import one_sum, sentiment
from .rough import rough
from .words import ANIMALS, Words, upper_first

TELL_NAME = (
    "Hi, my name is {}.",
    "I am {}.",
    "Hello! {} here.",
    "My name is {}.",
    "You can call me {}.",
    "I'm {}",
    "Call me {}.",
    "Hey, I'm {}!",
    "This is {}.",
    "Hello, my name is {}. How are you?",
    "People call me {}.",
    "my name is {}",
    "Hi! I am {}, nice to meet you.",
    "The name is {}.",
    "Good morning, I am {}.",
    "They call me {}.",
    "Let me introduce myself: {}.",
    "Name's {}.",
    "I go by {}.",
    "It's {} again.",
)
ASK_NAME = (
    "What is my name?",
    "What's my name?",
    "Do you remember my name?",
    "Who am I?",
    "Say my name.",
    "Do you know my name?",
    "Can you tell me my name?",
    "What am I called?",
    "Tell me my name.",
    "What was my name again?",
    "how am i called",
    "Do you still know who I am?",
    "What did I say my name was?",
    "And what is my name?",
    "Please repeat my name.",
)
#: what the user tells, what he asks later, the answer, the kind
FACTS: tuple[tuple[tuple[str, ...], tuple[str, ...], str, str], ...] = (
    (("I live in {}.", "My home is in {}.", "I moved to {} recently.", "I am from {}.", "I'm living in {}"), ("Where do I live?", "Which city do I live in?", "What city am I from?", "Where is my home?", "Where am I from?"), "You live in {}.", "city"),
    (("I work as a {}.", "I am a {} by profession.", "My job is {}.", "I earn my money as a {}."), ("What is my job?", "What do I do for a living?", "What do I work as?", "What's my profession?"), "You work as a {}.", "job"),
    (("I work at {}.", "I work for {}.", "My employer is {}."), ("Where do I work?", "Who do I work for?", "Who is my employer?", "Which company do I work for?"), "You work at {}.", "company"),
    (("I am {} years old.", "I'm {} years old", "My age is {}.", "I turned {} this year."), ("How old am I?", "What is my age?", "Do you know how old I am?", "Tell me my age."), "You are {} years old.", "int"),
    (("I like {}.", "I really like {}.", "I love {}.", "I enjoy {}."), ("What do I like?", "What do I love?", "What do I enjoy?", "Which thing do I like?"), "You like {}.", "word"),
    (("I was born on {}.", "My birthday is {}.", "My date of birth is {}."), ("When is my birthday?", "When was I born?", "What is my date of birth?", "On what day is my birthday?"), "Your birthday is {}.", "date"),
    (("My meeting is at {}.", "I have a meeting at {}.", "The meeting starts at {}."), ("When is my meeting?", "At what time is my meeting?", "What time does my meeting start?"), "Your meeting is at {}.", "clock"),
    (("I have a {} called Rex.", "My pet is a {}.", "I own a {}."), ("What pet do I have?", "Which animal do I own?", "What is my pet?"), "You have a {}.", "animal"),
    (("I bought a {} today.", "Today I bought a {}.", "I have just bought a {}."), ("What did I buy?", "What did I buy today?", "Which thing did I buy?"), "You bought a {}.", "thing"),
    (("I am travelling to {}.", "My trip goes to {}.", "I am going to {} next week."), ("Where am I going?", "Where does my trip go?", "Where am I travelling?"), "You are going to {}.", "city"),
    (("I am allergic to {}.", "I have an allergy to {}.", "I can't eat {}."), ("What am I allergic to?", "Which allergy do I have?", "What can't I eat?"), "You are allergic to {}.", "word"),
)  # fmt: skip
OWNED = "favorite color|favourite food|favorite city|dog|cat|sister|brother|mother|father|wife|husband|boss|best friend|email|phone number|favorite number|password|code word|favorite book|car|street|school|teacher|doctor|team|lucky number|order number|room number|bike|daughter|son|project|company|locker code|flight number|nickname|favorite animal|hobby|instrument|home town|deadline|budget|account number|favorite drink|favorite movie|neighbor|manager|hotel|seat|shoe size".split(
    "|"
)
PEOPLE = frozenset(
    "dog cat sister brother mother father wife husband boss teacher doctor son daughter manager neighbor".split()
) | {"best friend"}
TELL_OWNED = (
    "My {a} is {v}.",
    "Remember that my {a} is {v}.",
    "Please remember: my {a} is {v}.",
    "My {a} is {v}, don't forget it.",
    "Note that my {a} is {v}.",
    "I want you to know that my {a} is {v}.",
    "my {a} is {v}",
    "By the way, my {a} is {v}.",
    "Keep in mind that my {a} is {v}.",
    "For later: my {a} is {v}.",
    "Just so you know, my {a} is {v}.",
)
TELL_CALLED = (
    "My {a} is called {v}.",
    "My {a}'s name is {v}.",
    "The name of my {a} is {v}.",
    "I have a {a} named {v}.",
    "My {a} has the name {v}.",
    "I have a {a}, {v}.",
)
ASK_OWNED = (
    "What is my {a}?",
    "What's my {a}?",
    "Do you remember my {a}?",
    "Tell me my {a}.",
    "Which {a} do I have?",
    "What did I say my {a} was?",
    "Can you tell me what my {a} is?",
    "What was my {a}?",
    "Please repeat my {a}.",
    "And my {a}?",
    "Do you know my {a}?",
    "What about my {a}?",
)
ASK_CALLED = (
    "What is my {a} called?",
    "What is the name of my {a}?",
    "What's my {a}'s name?",
    "Who is my {a}?",
    "How is my {a} called?",
    "What is my {a}?",
    "Do you remember the name of my {a}?",
    "Tell me the name of my {a}.",
)
NOTED = "Noted."
NOT_TOLD = "You have not told me."


def memory(w: Words) -> list[Message]:
    """One to three facts about the user, other talk in between, then questions, some about what was never said."""
    told: list[tuple[str, str]] = []
    messages: list[Message] = []
    for _ in range(w.pick((1, 1, 1, 2, 2, 3))):
        tell, ask, answer, ack = _fact(w)
        if answer.split(" is ")[0] in {a.split(" is ")[0] for _, a in told}:
            continue
        told.append((ask, answer))
        messages += [user(tell), assistant(ack)]
        if len(told) == 1 and w.chance(0.12):
            _, ask2, answer2, _ = second = _fact(w)
            if second[3] != ack or answer2[:12] != answer[:12]:
                messages[-2] = user(f"{tell} {upper_first(second[0])}")
                told.append((ask2, answer2))
    for _ in range(w.pick((0, 0, 1, 1, 2, 3))):
        messages += between(w)
    w.rng.shuffle(told)
    for ask, answer in told[: w.pick((1, 1, 2, 3))]:
        messages += [user(rough(w, ask)), assistant(answer)]
        if w.chance(0.12):
            messages += between(w)
    if w.chance(0.12):
        _, ask, answer, _ = _fact(w)
        if all(answer.split()[:3] != a.split()[:3] for _, a in told):
            messages += [user(ask), assistant(NOT_TOLD)]
    return messages


def _fact(w: Words) -> tuple[str, str, str, str]:
    """What is told, the question, its answer, and what is said on hearing it."""
    kind = w.rng.random()
    if kind < 0.4:
        name = w.person()
        return w.pick(TELL_NAME).format(name), w.pick(ASK_NAME), f"Your name is {name}.", f"Nice to meet you, {name}!"
    if kind < 0.65:
        tells, asks, answer, value_kind = w.pick(FACTS)
        value = w.pick(ANIMALS) if value_kind == "animal" else str(w.kind(value_kind))
        return w.pick(tells).format(value), w.pick(asks), answer.format(value), NOTED
    owned = w.pick(OWNED) if w.chance(0.6) else w.thing()
    value = str(w.kind(w.pick(("name", "name", "word", "color", "thing", "code", "int", "city", "state"))))
    if owned in PEOPLE or w.chance(0.15):
        value = w.name()
        return (
            w.pick(TELL_CALLED + TELL_OWNED[:2]).format(a=owned, v=value),
            w.pick(ASK_CALLED).format(a=owned),
            f"Your {owned} is {value}.",
            NOTED,
        )
    return (
        w.pick(TELL_OWNED).format(a=owned, v=value),
        w.pick(ASK_OWNED).format(a=owned),
        f"Your {owned} is {value}.",
        NOTED,
    )


def between(w: Words) -> list[Message]:
    return w.pick((greet, greet, identity, refuse, one_sum, sentiment))(w)
