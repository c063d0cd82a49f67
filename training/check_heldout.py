"""Proves the gap between training and evaluation: no question, word or tool of the one occurs in the data of the other.

python -m training.check_heldout
"""

from __future__ import annotations

import random
import re
import sys

from .data import chat, fields, memory, mixture, relations, steering, words
from .evaluate import SKILLS
from .heldout import draw, talk, texts, tools
from .render import Conversation

#: Short questions that both sides may ask, since there are few ways to ask them; they are answered from other words.
SHARED_SHORT = 24
CHATTER = {said for said, _ in talk.BETWEEN}


def template(text: str) -> str:
    """A text with its names and numbers taken out, so that templates can be compared."""
    return re.sub(r"\s+", " ", re.sub(r"[A-Z][\w/-]*|\d+|\W", " ", text)).strip().lower()


def seen(samples: int, seed: int) -> tuple[set[str], set[str]]:
    """All questions and all names of tools in so many training conversations."""
    source = words.Words(random.Random(seed))
    asked: set[str] = set()
    named: set[str] = set()
    for _ in range(samples):
        conversation: Conversation = mixture.sample(source)
        asked |= {m["content"] for m in conversation.messages if m["role"] == "user"}
        named |= {t["function"]["name"] for t in conversation.tools}
    for make in (chat.greet, chat.identity, memory.memory):  # short, so that one of many may be the very same
        for _ in range(4 * samples):
            asked |= {m["content"] for m in make(source) if m["role"] == "user"}
    return asked, named


def main() -> None:
    problems: list[str] = []
    listed = {"names": words.NAMES, "cities": words.CITIES, "things": words.NOUNS}
    for kind, ours, theirs in (
        ("name", listed["names"], draw.NAMES),
        ("city", listed["cities"], draw.CITIES),
        ("thing", listed["things"], draw.THINGS),
    ):
        problems += [f"{kind} {word!r} is in the training list" for word in set(ours) & set(theirs)]
    asked, named = seen(30_000, 99)
    problems += [f"tool {entry[0]!r} was made in training" for entry in tools.NOVEL if entry[0] in named]
    phrases = [*steering.PHRASES, *(steering.new_phrase(words.Words(random.Random(n))) for n in range(20_000))]
    begun = tuple(f"{begin} " for begin in talk.CLOSINGS)
    problems += [f"phrase {phrase!r} begins as a held-out one" for phrase in phrases if phrase.startswith(begun)]
    shapes = {template(text) for text in asked}
    for skill, make, _ in SKILLS:
        drawer = draw.Draw(5)
        for _ in range(200):
            text = make(drawer).messages[-1]["content"]
            if text in asked and text not in CHATTER:
                problems.append(f"{skill}: {text!r} was asked in training")
            elif len(text) > SHARED_SHORT and template(text) in shapes and len(template(text)) > SHARED_SHORT:
                problems.append(f"{skill}: the phrasing of {text!r} occurs in training")
    stated = {template(s.format(e="X", v="Y")) for _, states, _, _ in relations.RELATIONS for s in states}
    stated |= {template(f"X {clause.format(v='Y')}") for field in fields.FIELDS for clause in field.clauses}
    for statement, *_ in texts.FACTS:
        if template(statement.format(e="X", v="Y")) in stated:
            problems.append(f"statement {statement!r} is a training template")
    print("\n".join(sorted(set(problems))) or "nothing of the evaluation occurs in the training data")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
