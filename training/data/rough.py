"""Roughens what users say, so that the model listens to the words that matter and not to whole templates."""

from __future__ import annotations

from collections.abc import Iterable

from .words import Words, upper_first

#: Little words that a request can do without.
LITTLE = frozenset(
    """the a an my our please can could would you me for of to i want need like is are it what how there now this that with do
    does did have has be will tell give just on at in your we us let's some""".split()
)
ASIDES = """Well|Actually|Honestly|By the way|Listen|Look|Okay|Right|Excuse me|Sorry to bother you|One more thing|I was wondering|If possible
If you do not mind|When you have a moment|As I said before|My friend asked me this|I am in a hurry|This is important|It has been a long day|My boss wants to know
I have been thinking|You may find this strange|Somebody told me to ask|Before I forget|Just out of curiosity|I hope you are well|Let me think|Good that you are here
Here is what I want|Here is my question|I am new here|It is late already|I really need this|Maybe you know|Perhaps you can do this|Everybody talks about it""".replace(
    "\n", "|"
).split("|")
ENDS = "Can you manage that?|That would be lovely.|I am waiting.|It is urgent.|Take your time.|No hurry.|That is everything.|Is that okay?|I owe you one.|Let me know.|You are the best.|What do you think?|I rely on you.|Do it well.|That is my wish.".split(
    "|"
)


def rough(w: Words, text: str, keep: Iterable[str] = ()) -> str:
    """The text, at times with an aside before or after it, or without some of its little words; all of `keep` stays."""
    if not w.chance(0.3 * w.level):
        return text
    kind = w.rng.random()
    made = text
    if kind < 0.4:
        aside = w.pick(ASIDES)
        mark = w.pick((", ", ". ", ": ", " - ", "... "))
        made = (
            aside
            + mark
            + (upper_first(text) if mark[0] == "." else text[:1].lower() + text[1:] if w.chance(0.6) else text)
        )
    elif kind < 0.65:
        made = text + ("" if text.endswith((".", "!", "?")) else ".") + " " + w.pick(ENDS)
    elif kind < 0.7:
        extra = " ".join(w.invented() for _ in range(w.number(1, 3)))
        made = w.pick(
            (
                f"{upper_first(extra)}. {text}",
                f"{text} {extra}" if not text.endswith((".", "?", "!")) else f"{text} {upper_first(extra)}.",
                f"{extra}, {text}",
            )
        )
    else:
        made = " ".join(word for word in text.split(" ") if word.lower() not in LITTLE or w.chance(0.5))
        if w.chance(0.3):
            made = made.rstrip(".?!")
    return made if made and all(str(part) in made for part in keep) else text
