"""Which skill comes how often, alone or after others, in short conversations and long ones."""

from __future__ import annotations

from collections.abc import Callable

from ..render import Conversation, Message, assistant, system, user
from . import chat, exercises, extraction, memory, passages, steering, titles, tool_skills
from .words import Words

Skill = Callable[[Words], Conversation]


def _plain(make: Callable[[Words], list[Message]]) -> Skill:
    return lambda w: Conversation(make(w))


SKILLS: dict[str, tuple[Skill, float]] = {
    "session": (tool_skills.session, 14), "single_call": (tool_skills.single_call, 16), "parallel_calls": (tool_skills.parallel_calls, 12), "no_call": (tool_skills.no_call, 11),
    "extract": (extraction.extract, 30), "extract_by_tool": (extraction.extract_by_tool, 4), "span": (passages.span, 20), "title": (titles.title, 5),
    "memory": (_plain(memory.memory), 11), "greet": (_plain(chat.greet), 3), "identity": (_plain(chat.identity), 2), "refuse": (_plain(chat.refuse), 3),
    "steered": (steering.steered, 8), "sentiment": (_plain(exercises.sentiments), 4), "sums": (_plain(exercises.sums), 6), "repeat": (_plain(exercises.repeats), 1),
}  # fmt: skip
_NAMES, _WEIGHTS = list(SKILLS), [weight for _, weight in SKILLS.values()]


def sample(w: Words, skill: str = "") -> Conversation:
    """One training conversation."""
    if not skill and w.chance(0.065 * w.level):
        return long(w)
    name = skill or w.rng.choices(_NAMES, _WEIGHTS)[0]
    conversation = SKILLS[name][0](w)
    has_system = conversation.messages[0]["role"] == "system"
    if name == "steered":
        return conversation
    if w.chance(0.05 * w.level):  # talk before it that does not matter
        at = 1 if has_system else 0
        conversation.messages[at:at] = memory.between(w)
    if w.chance(0.04 * w.level):
        conversation.messages += memory.between(w)
    if not has_system and w.chance(0.35 * w.level):
        conversation.messages.insert(0, system(steering.backdrop(w)))
    if not conversation.tools and w.chance(0.05) and name not in ("refuse", "extract"):  # tools at hand, none needed
        conversation.tools = tool_skills.tool_list(w, [tool_skills.any_use(w)], 4)
    return conversation


NOTE = ("Note: {}", "Remember this: {}", "For your records: {}", "{}", "Just so you know: {}", "Write down: {}", "I tell you that {}", "Keep this: {}")  # fmt: skip


def noted(w: Words) -> list[Message]:
    """Something to remember that nobody asks for: names and numbers to be passed over."""
    return [user(w.pick(NOTE).format(passages.fact(w).text)), assistant(memory.NOTED)]


def aside(w: Words) -> list[Message]:
    """A turn or more that have nothing to do with what comes next."""
    make = w.pick((memory.between, noted, noted, exercises.repeat, lambda w: passages.span(w, 2).messages))
    return [m for m in make(w) if m["role"] in ("user", "assistant") and "tool_calls" not in m]


def long(w: Words) -> Conversation:
    """Up to about 2,000 tokens: long passages, many turns, a tool call or a memory far from where its words stand."""
    kind = w.rng.random()
    if kind < 0.4:
        return passages.span(w, w.number(12, 75))
    if kind < 0.9:
        inner = Conversation(memory.memory(w)) if w.chance(0.5) else tool_skills.session(w)
        turns: list[Message] = []
        longest = w.number(10, 40)
        while len(turns) < longest:
            turns += aside(w)
        at = 0 if inner.tools else 2
        inner.messages[at:at] = turns
        return _well_formed(inner)
    text = " ".join(w.pick((passages.filler, lambda w: passages.fact(w).text))(w) for _ in range(w.number(5, 40)))
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
