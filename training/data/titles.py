"""Titles and one-line summaries of short texts, by extraction."""

from __future__ import annotations

from ..render import Conversation, assistant, user
from .passages import fact, filler
from .relations import VERBS
from .words import Words, upper_first


def title(w: Words) -> Conversation:
    """A title (the main clause) or a summary (the first sentence) of a short text, by extraction."""
    past, _ = w.pick(VERBS)
    if w.chance(0.3):
        past = f"{w.pick(('has just', 'will have', 'has', 'had'))} {past}"
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
                "What title fits this?\n\n{t}",
                "{t}\n\nHow would you call this text?",
                "Please write a title for the article below.\n{t}",
                "{t}\n\nA title, please.",
                "Invent a heading for: {t}",
                "The following needs a title: {t}",
                "Which headline suits this story?\n{t}",
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
            "Give me the gist: {t}",
            "{t}\n\nSay that in one sentence.",
            "What happened here, in a sentence?\n{t}",
            "{t}\n\nMake it short: one line.",
            "The main point of this text, please: {t}",
            "Condense the text to a sentence.\n\n{t}",
            "I have no time to read this, sum it up: {t}",
            "{t}\n\nWrite a summary of one sentence.",
        )
    )
    return Conversation([user(ask.format(t=f"{lead} {body}")), assistant(lead)])
