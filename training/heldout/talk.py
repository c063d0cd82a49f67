"""Held-out cases for talk: greetings, identity, limits, memory, system prompts, sentiment, sums."""

from __future__ import annotations

from .draw import Answer, Case, Draw, assistant, says, system, user


def greeting(d: Draw) -> Case:
    hello = d.pick(
        (
            "Hello world",
            "Hello there, friend",
            "Hi hi",
            "Good morning to you!",
            "Hey, hello!",
            "Hello, my dear",
            "Hello from {c}!",
            "Hi, anyone home?",
            "A very good evening",
            "hello?",
            "Hi, it is me, {n}.",
        )
    )

    def check(a: Answer) -> bool:
        return (
            a.finish == "stop"
            and len(a.content) < 90
            and any(w in a.content.lower() for w in ("hello", "hi", "good", "nice to meet"))
        )

    return Case([user(hello.format(c=d.city(), n=d.name()))], check)


def identity(d: Draw) -> Case:
    ask = d.pick(
        (
            "Tell me, who are you exactly?",
            "And what are you, if I may ask?",
            "Are you a large language model?",
            "I would like to know what model you are.",
            "So who are you?",
            "Please say what you are.",
            "Would you introduce yourself to me?",
            "Are you a person?",
        )
    )
    return Case(
        [user(ask)], lambda a: a.finish == "stop" and "homeport" in a.content.lower() and "small" in a.content.lower()
    )


def limits(d: Draw) -> Case:
    """What it cannot do it must decline, shortly, with a hint at its size."""
    ask = d.pick(
        (
            "Write a sonnet on {t}",
            "Could you explain the theory of {t} to a child?",
            "Develop a business strategy around {t}.",
            "Write a Java class for {t}",
            "Why do people believe in {t}?",
            "Give me a detailed analysis of {t}.",
            "Write a fairy tale featuring {t}",
            "Explain how {t} came to be",
        )
    )
    topic = d.pick(
        (
            "thermodynamics",
            "inflation",
            "the Roman Empire",
            "volcanoes",
            "jazz",
            "cryptography",
            "vaccines",
            "the ocean floor",
            d.thing(),
            d.coined(),
        )
    )
    return Case(
        [user(ask.format(t=topic))],
        lambda a: a.finish == "stop" and "small" in a.content.lower() and len(a.content) < 120,
    )


TELL = (
    ("Before we start: {v} is my name.", "Which name did I tell you? What is my name?", "name"), ("You are talking to {v} now.", "Could you tell me what my name is?", "name"), ("Everybody calls me {v}.", "So, what's my name?", "name"),
    ("For your information, my favorite color is {v}.", "Which favorite color did I mention?", "color"), ("My locker number is {v}, keep it in mind.", "I forgot my locker number. What is it?", "code"), ("Since May I live in {v}.", "Where do I live these days?", "city"),
    ("My parrot is called {v}.", "How do I call my parrot? What is its name?", "name"), ("My train ticket has the number {v}, my ticket number is {v}.", "Tell me the ticket number again, please", "code"), ("I should say that my therapist is {v}.", "Who is my therapist?", "full_name"), ("You should know that my wifi password is {v}.", "What is my wifi password again?", "code"),
    ("My supervisor is {v}.", "Who is my supervisor?", "full_name"), ("Please memorize: my badge is {v}.", "What did I tell you about my badge? What is my badge?", "code"),
)  # fmt: skip
BETWEEN = (
    ("How nice!", "Great!"),
    ("I like talking to you.", "Great!"),
    ("What is 4 + 5?", "9"),
    ("Hello again!", "Hello! How can I help you?"),
    ("Thanks for that.", "You are welcome!"),
    ("My day was long.", "I am sorry to hear that."),
)


def memory(d: Draw) -> Case:
    tell, ask, kind = d.pick(TELL)
    value = d.pick(("teal", "maroon", "turquoise", "beige", "magenta")) if kind == "color" else str(d.value(kind))
    talk = [
        user(tell.format(v=value)),
        assistant(
            f"Nice to meet you, {value}!" if kind == "name" and "name" in ask and "parrot" not in ask else "Noted."
        ),
    ]
    for said, answered in d.some(BETWEEN, d.rng.randint(0, 3)):
        talk += [user(said), assistant(answered)]
    return Case([*talk, user(ask)], says(value))


CLOSINGS = ("Hail", "Praise", "Remember", "Long live", "Greetings from")
HELLOS = {
    "French": "bonjour",
    "German": "hallo",
    "Spanish": "hola",
    "Italian": "ciao",
    "Portuguese": "olá",
    "Dutch": "hallo",
    "Turkish": "merhaba",
    "Polish": "cześć",
}


def system_prompt(d: Draw) -> Case:
    kind = d.rng.randrange(4)
    if kind == 0:
        language = d.pick(list(HELLOS))
        prompt = d.pick(
            (
                "Whenever somebody says hello, you greet them in {l}.",
                "All users come from abroad, so greet them in {l}, please.",
                "You are a hotel clerk who greets guests in {l}.",
            )
        ).format(l=language)
        return Case(
            [system(prompt), user(d.pick(("Hello, dear host!", "Hi, I just came in.", "A good morning to you!")))],
            says(HELLOS[language]),
        )
    if kind == 1:
        name = d.full_name() if d.rng.random() < 0.4 else d.name()
        role = d.pick(("astronaut", "blacksmith", "barista", "beekeeper", "judge", "magician"))
        prompt = d.pick(
            (
                "In this game you are {n}, a {r}.",
                "You take the part of {n}, who is a {r}.",
                "From now on you are {n}, a {r} by trade.",
            )
        ).format(n=name, r=role)
        return Case(
            [
                system(prompt),
                user(d.pick(("And who might you be?", "Your name, please?", "Please introduce yourself to me."))),
            ],
            says(name),
        )
    if kind == 2:
        a, b = d.rng.randint(1, 20), d.rng.randint(1, 9)
        prompt = d.pick(("Please be as brief as you can.", "Your answers are short.", "Say little; be brief."))
        ask, wanted = d.pick(
            (("Hello to you!", "hello"), (f"Tell me what {a} + {b} gives.", str(a + b)), ("So who are you?", ""))
        )
        return Case(
            [system(prompt), user(ask)],
            lambda x: x.finish == "stop" and len(x.content) <= 25 and wanted in x.content.lower(),
        )
    phrase = f"{d.pick(CLOSINGS)} {d.pick((d.city(), d.coined(), d.name()))}{d.pick(('!', '.'))}"
    prompt = d.pick(
        (
            "You must end all of your messages with {p}",
            "Whatever you say, end with the words {p}",
            'Each of your answers has to end with "{p}"',
        )
    ).format(p=phrase)

    def check(a: Answer) -> bool:
        return (
            a.finish == "stop"
            and a.content.rstrip(' ".!').endswith(phrase.rstrip("!."))
            and len(a.content) > len(phrase)
        )

    return Case(
        [
            system(prompt),
            user(
                d.pick(
                    (
                        "Hello to you!",
                        f"Tell me what {d.rng.randint(1, 9)} + {d.rng.randint(1, 9)} gives.",
                        "So who are you?",
                        "How are things with you?",
                    )
                )
            ),
        ],
        check,
    )


GOOD, BAD = (
    "great wonderful excellent fantastic superb delightful impressive reliable".split(),
    "terrible awful disappointing useless dreadful shoddy horrible annoying".split(),
)
FRAMES = (
    "After a month of use I can say that the {x} is {a}.",
    "My sister calls her {x} {a}, and I agree.",
    "{A} quality! I never owned such a {b} {x}.",
    "The {x} we rented in {c} was {a} in every way.",
    "To me, the {x} seems {a} and the service {b}.",
)


def sentiment(d: Draw) -> Case:
    label = d.pick(("positive", "negative"))
    a, b = d.some(GOOD if label == "positive" else BAD, 2)
    text = d.pick(FRAMES).format(x=d.thing(), a=a, b=b, A=a.capitalize(), c=d.city())
    ask = d.pick(
        (
            "Would you call the following opinion positive or negative? {t}",
            "{t} -- positive or negative sentiment?",
            "Assess the sentiment (positive/negative) of this customer voice: {t}",
        )
    )
    other = "negative" if label == "positive" else "positive"
    return Case(
        [user(ask.format(t=text))],
        lambda x: x.finish == "stop" and label in x.content.lower() and other not in x.content.lower(),
    )


def _sum(d: Draw, a: int, b: int) -> Case:
    ask = d.pick(
        (
            "I have to add {a} and {b}, what is the result?",
            "Tell me what {a} + {b} gives.",
            "{a} + {b} equals what?",
            "Quick: {a} + {b}?",
            "Do you know the sum {a} + {b}?",
        )
    )
    return Case(
        [user(ask.format(a=a, b=b))],
        lambda x: x.finish == "stop" and x.content.strip(" .!").split()[-1:] == [str(a + b)],
    )


def sum_one(d: Draw) -> Case:
    return _sum(d, d.rng.randint(0, 9), d.rng.randint(0, 9))


def sum_two(d: Draw) -> Case:
    return _sum(d, d.rng.randint(10, 99), d.rng.randint(10, 99))
