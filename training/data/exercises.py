"""Small exercises: the sentiment of a review, sums, repeating what was said."""

from __future__ import annotations

from ..render import Message, assistant, user
from .rough import rough
from .words import STATES, Words, upper_first

POSITIVE = """good great excellent wonderful fantastic amazing lovely superb brilliant perfect nice pleasant delightful outstanding phenomenal
terrific awesome beautiful comfortable reliable fast helpful friendly fresh tasty delicious sturdy impressive marvelous charming elegant useful
solid stunning smooth clever generous cheerful fabulous magnificent remarkable""".split()
NEGATIVE = """bad awful terrible horrible poor disappointing broken useless dreadful ugly boring slow noisy dirty cheap weak mediocre annoying
unpleasant rude cold stale bland faulty flimsy uncomfortable unreliable overpriced tinny blurry disgusting pathetic worthless lousy shoddy
defective dull frustrating unacceptable nasty""".split()

REVIEWS = (
    "The {x} {v} {a}.",
    "This {x} {v} {a}.",
    "I find the {x} {a}.",
    "What a{n} {a} {x}!",
    "{A} {x}.",
    "The {x} was {a} and the {y} was {b}.",
    "A{n} {a} {x}, really.",
    "I think this {x} is {a}. The {y} is {b} too.",
    "{A}! The {x} is {b}.",
    "Bought the {x} last week. It is {a}.",
    "My {x} arrived and it {v} {a}.",
    "The staff was {a} and the {x} {b}.",
    "Such a{n} {a} {x}.",
    "The {x} looks {a}, feels {b}.",
    "We had a{n} {a} time at the {x}.",
    "It is a{n} {a} {x} with a{m} {b} {y}.",
    "Everything about the {x} is {a}.",
    "Honestly, the {x} is {a}.",
    "The {x} turned out {a}.",
    "Absolutely {a} {x}.",
)
LIKED = (
    "I love this {x}.",
    "I like the {x} a lot.",
    "I am very happy with the {x}.",
    "I would buy this {x} again.",
    "The {x} works well.",
    "Best {x} ever.",
    "I recommend this {x}.",
    "Five stars for the {x}.",
    "The {x} is not bad at all.",
    "I enjoyed the {x}.",
    "We are delighted with the {x}.",
)
HATED = (
    "I hate this {x}.",
    "I do not like the {x}.",
    "I am unhappy with the {x}.",
    "I want my money back for the {x}.",
    "The {x} does not work.",
    "Worst {x} ever.",
    "I cannot recommend this {x}.",
    "One star for the {x}.",
    "The {x} is not good.",
    "The {x} broke after a day.",
    "Do not buy the {x}.",
    "I regret buying the {x}.",
)
NEUTRAL = (
    "The {x} is {c}.",
    "The {x} arrived on {d}.",
    "I bought a {x}.",
    "The {x} weighs {m}.",
    "It is a {x}.",
    "The {x} has a {y}.",
    "The {x} was delivered to {p}.",
    "The {x} is ok.",
    "The {x} is average.",
    "There is a {x} in the box.",
)
ASK_SENTIMENT = (
    "Is this review positive or negative? {t}",
    "Classify the sentiment: {t}",
    'Sentiment of "{t}"?',
    "{t}\n\nSentiment:",
    "Is the sentiment positive, negative or neutral?\n{t}",
    "What is the sentiment of this text? {t}",
    "Classify as positive, negative or neutral: {t}",
    "Positive or negative? {t}",
    "Review: {t}\nSentiment:",
    "Tell me the sentiment of this review: {t}",
    "Does the writer like it? Answer positive or negative.\n{t}",
    "Rate the sentiment of the following.\n\n{t}",
    "{t}\n\nIs that positive or negative?",
    "Label this review: {t}",
    "Analyze the sentiment: {t}",
    "Decide whether this is positive or negative: {t}",
)


def sentiments(w: Words) -> list[Message]:
    return [message for _ in range(w.number(2, 5)) for message in sentiment(w)]


def sentiment(w: Words) -> list[Message]:
    x, y = w.noun(), w.noun()
    label = w.pick(("positive", "negative", "positive", "negative", "neutral"))
    if label == "neutral":
        text = w.pick(NEUTRAL).format(x=x, y=y, c=w.color(), d=w.when(), m=w.measure(), p=w.city())
    else:
        text = opinion(w, label == "positive", x, y)
        if w.chance(0.25):
            text += " " + opinion(w, label == "positive", w.noun(), w.noun())
    if w.chance(0.35):
        aside = w.pick(
            (
                f"I bought the {x} in {w.city()}.",
                f"{w.name()} gave it to me.",
                f"We used it for {w.measure()}.",
                f"It came with a {y}.",
                f"My {w.noun()} needs one.",
                f"That is what {w.name()} says, too.",
            )
        )
        text = f"{aside} {text}" if w.chance(0.5) else f"{text} {aside}"
    ask = w.pick(ASK_SENTIMENT) if w.chance(0.5) else _ask_label(w)
    while label == "neutral" and "neutral" not in ask and ("ositive" in ask):
        ask = w.pick(ASK_SENTIMENT) if w.chance(0.5) else _ask_label(w)
    return [user(ask.format(t=text)), assistant(label)]


def _ask_label(w: Words) -> str:
    kind = w.pick(
        ("review", "comment", "feedback", "message", "text", "post", "statement", "remark", "note", "sentence")
    )
    choice = w.pick(
        (
            "positive or negative",
            "positive, negative or neutral",
            "negative or positive",
            "positive/negative/neutral",
            "good or bad in tone, positive or negative",
        )
    )
    ask = w.pick((
        f"Is this {kind} {choice}?", f"Say whether the {kind} is {choice}.", f"How does this {kind} sound, {choice}?", f"Sort this {kind} into {choice}.", f"Judge the {kind}: {choice}?", f"Find the sentiment of the {kind} ({choice}).",
        f"A customer left this {kind}. {upper_first(choice)}?", f"Which sentiment has the {kind}, {choice}?", f"What do you think of this {kind}: {choice}?", f"Mark the {kind} as {choice}.", f"Sentiment ({choice})?", f"The {kind} is {choice}, which?",
    ))  # fmt: skip
    text = w.pick(("{t}", "{t}", '"{t}"'))
    return w.pick(
        (
            f"{ask} {text}",
            f"{ask}\n{text}",
            f"{ask}\n\n{text}",
            f"{text}\n{ask}",
            f"{text} {ask}",
            f"{upper_first(kind)}: {text}\n{ask}",
        )
    )


def opinion(w: Words, positive: bool, x: str, y: str) -> str:
    if w.chance(0.25):
        return w.pick(LIKED if positive else HATED).format(x=x)
    mine = POSITIVE if positive else NEGATIVE
    a, b = w.pick(mine), w.pick(mine)
    if w.chance(0.1):
        a = "not " + w.pick(NEGATIVE if positive else POSITIVE)
        return f"The {x} is {a}."
    return w.pick(REVIEWS).format(
        x=x,
        y=y,
        a=a,
        b=b,
        A=upper_first(a),
        v=w.pick(("is", "was", "is really", "is very", "is so")),
        n="n" if a[0] in "aeiou" else "",
        m="n" if b[0] in "aeiou" else "",
    )


ASK_SUM = (
    "What is {a} + {b}?",
    "{a} + {b}",
    "{a}+{b}",
    "{a} + {b} =",
    "How much is {a} + {b}?",
    "What is {a} plus {b}?",
    "Add {a} and {b}.",
    "{a} plus {b}",
    "Calculate {a} + {b}",
    "What's {a}+{b}?",
    "{a} plus {b}?",
    "Sum of {a} and {b}?",
    "What is the sum of {a} and {b}?",
    "Compute {a} + {b}.",
    "How much is {a} and {b}?",
    "{a}+{b}=?",
    "what is {a}+{b}",
    "Can you add {a} and {b}?",
    "What do you get when you add {a} to {b}?",
    "Work out {a} + {b}",
    "If I have {a} and get {b} more, how many do I have?",
    "Tell me {a} plus {b}.",
)


#: Any of the first in any of the second.
SUMS = (
    "{a} + {b}",
    "{a}+{b}",
    "{a} plus {b}",
    "the sum of {a} and {b}",
    "{a} and {b} together",
    "{a} added to {b}",
    "{a} and {b} in total",
)
ASK_RESULT = (
    "What is {s}?", "What's {s}?", "What does {s} make?", "Give me {s}", "{s} is what?", "Can you tell me {s}?", "{s} makes?", "Please compute {s}.", "I need {s}", "Solve {s}", "Math: {s}", "My homework: {s}", "The result of {s}, please.",
    "How much do you get for {s}?", "Answer this: {s}", "Help me with {s}", "{s}, how much?", "{s} =", "What number is {s}?", "Find {s}", "Next: {s}", "And {s}?", "One more: {s}", "Work it out: {s}", "Could you calculate {s}?", "I wonder what {s} is.", "A sum: {s}", "Say what {s} comes to.",
)  # fmt: skip


def one_sum(w: Words) -> list[Message]:
    high = w.pick((9, 9, 20, 99, 99, 99, 99, 99))
    a, b = w.number(0, high), w.number(0, w.pick((9, high, high)))
    ask = w.pick(ASK_SUM) if w.chance(0.4) else w.pick(ASK_RESULT).format(s=w.pick(SUMS))
    return [user(upper_first(rough(w, ask.format(a=a, b=b)))), assistant(str(a + b))]


def sums(w: Words) -> list[Message]:
    """Several at once: a sum is few tokens and there are ten thousand of them to learn."""
    return [message for _ in range(w.number(4, 10)) for message in one_sum(w)]


ASK_REPEAT = (
    "Repeat: {t}",
    "Say {t}",
    "Echo: {t}",
    "Copy this: {t}",
    "Repeat after me: {t}",
    'Say "{t}"',
    "Write {t}",
    "Please say {t}",
    "Repeat the following:\n{t}",
    "Print {t}",
    "Respond with {t}",
    "Reply with: {t}",
    "Just say {t}",
    "Answer with the words {t}",
    "Say exactly: {t}",
    "Type {t}",
)


def repeats(w: Words) -> list[Message]:
    return [message for _ in range(w.number(1, 4)) for message in repeat(w)]


def repeat(w: Words) -> list[Message]:
    text = " ".join(
        w.pick((w.invented, w.invented, w.noun, w.name, w.code, lambda: str(w.integer()), lambda: w.pick(STATES)))()
        for _ in range(w.number(1, 6))
    )
    return [user(w.pick(ASK_REPEAT).format(t=text)), assistant(text)]
