"""Which skill comes how often, alone or after others, in short conversations and long ones."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from ..render import Conversation, Message, assistant, system, user
from . import chat, exercises, extraction, memory, passages, steering, tool_skills
from .words import Words

Skill = Callable[[Words], Conversation]


def _plain(make: Callable[[Words], list[Message]]) -> Skill:
    return lambda w: Conversation(make(w))


SKILLS: dict[str, tuple[Skill, float]] = {
    "single_call": (tool_skills.single_call, 26), "parallel_calls": (tool_skills.parallel_calls, 6), "no_call": (tool_skills.no_call, 7),
    "extract": (extraction.extract, 16), "extract_by_tool": (extraction.extract_by_tool, 4), "span": (passages.span, 18), "title": (passages.title, 3.5),
    "memory": (_plain(memory.memory), 8), "greet": (_plain(chat.greet), 2), "identity": (_plain(chat.identity), 1.5), "refuse": (_plain(chat.refuse), 3),
    "steered": (steering.steered, 6), "sentiment": (_plain(exercises.sentiment), 4), "sums": (_plain(exercises.sums), 8), "repeat": (_plain(exercises.repeat), 2),
}  # fmt: skip
_NAMES, _WEIGHTS = list(SKILLS), [weight for _, weight in SKILLS.values()]


def sample(w: Words, skill: str = "") -> Conversation:
    """One training conversation."""
    if not skill and w.chance(0.03):
        return long(w)
    name = skill or w.rng.choices(_NAMES, _WEIGHTS)[0]
    conversation = SKILLS[name][0](w)
    has_system = conversation.messages[0]["role"] == "system"
    if name == "steered":
        return conversation
    if w.chance(0.05):  # talk before it that does not matter
        at = 1 if has_system else 0
        conversation.messages[at:at] = memory.between(w)
    if w.chance(0.04):
        conversation.messages += memory.between(w)
    if not has_system and w.chance(0.35):
        conversation.messages.insert(0, system(steering.backdrop(w)))
    if not conversation.tools and w.chance(0.05) and name not in ("refuse", "extract"):  # tools at hand, none needed
        conversation.tools = tool_skills.tool_list(w, [tool_skills.any_use(w)], 4)
    return conversation


def long(w: Words) -> Conversation:
    """Up to about 2,000 tokens: long passages, many turns, a tool call or a memory far from where its words stand."""
    kind = w.rng.random()
    if kind < 0.4:
        return passages.span(w, w.number(20, 75))
    if kind < 0.75:
        inner = Conversation(memory.memory(w)) if w.chance(0.6) else tool_skills.single_call(w)
        turns: list[Message] = []
        while len(turns) < w.pick((20, 30, 40)):
            turns += w.pick(
                (
                    memory.between,
                    exercises.repeat,
                    lambda w: passages.title(w).messages,
                    lambda w: passages.span(w, 3).messages,
                )
            )(w)
        turns = [m for m in turns if m["role"] in ("user", "assistant") and "tool_calls" not in m]
        if inner.tools:
            inner.messages = turns + inner.messages
        else:
            inner.messages = inner.messages[:2] + turns + inner.messages[2:]
        return _well_formed(inner)
    text = " ".join(passages.filler(w) for _ in range(w.number(10, 70)))
    inner = extraction.extract(w)
    inner.messages[-2]["content"] = f"{text}\n\n{inner.messages[-2]['content']}"
    return inner


def _well_formed(conversation: Conversation) -> Conversation:
    """Drops a turn whose partner was filtered out, so that user and assistant take turns."""
    kept: list[Message] = []
    for message in conversation.messages:
        if kept and kept[-1]["role"] == message["role"] == "user":
            kept.append(assistant("All right."))
        elif message["role"] == "assistant" and (not kept or kept[-1]["role"] == "assistant"):
            continue
        kept.append(message)
    return Conversation(kept or [user("Hi"), assistant(chat.GREETING)], conversation.tools)


def stream(seed: int, pieces: Sequence[str]) -> Callable[[], Conversation]:
    w = Words(random.Random(seed), pieces=pieces)
    return lambda: sample(w)
