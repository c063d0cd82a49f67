"""Turns a conversation into the text that the model sees, by the same chat template that the GGUF file carries."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

TEMPLATE = Path(__file__).with_name("template.jinja")

#: Around text of an assistant that the model reads but is not trained on (keys that a grammar will force, say).
UNTRAINED_OPEN, UNTRAINED_CLOSE = "\ue000", "\ue001"

_ANSWER = re.compile(r"<\|im_start\|>assistant\n(.*?<\|im_end\|>)", re.DOTALL)
_UNTRAINED = re.compile(f"{UNTRAINED_OPEN}(.*?){UNTRAINED_CLOSE}", re.DOTALL)

Message = dict[str, Any]
Tool = dict[str, Any]


@dataclass(slots=True)
class Conversation:
    messages: list[Message]
    tools: list[Tool] = field(default_factory=list)


def user(text: str) -> Message:
    return {"role": "user", "content": text}


def assistant(text: str) -> Message:
    return {"role": "assistant", "content": text}


def system(text: str) -> Message:
    return {"role": "system", "content": text}


def tool_result(text: str) -> Message:
    return {"role": "tool", "content": text}


def calls(*named: tuple[str, dict[str, Any]]) -> Message:
    return {"role": "assistant", "content": "", "tool_calls": [{"name": n, "arguments": a} for n, a in named]}


def untrained(text: str) -> str:
    return f"{UNTRAINED_OPEN}{text}{UNTRAINED_CLOSE}"


def to_json(value: Any) -> str:
    """JSON as llama.cpp's template engine writes it: a blank after comma and colon, keys in their order, UTF-8."""
    return json.dumps(value, ensure_ascii=False)


@cache
def _template() -> jinja2.Template:
    env = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, autoescape=False)
    env.filters["tojson"] = to_json
    return env.from_string(TEMPLATE.read_text())


def render(conversation: Conversation, generate: bool = False) -> str:
    tools = conversation.tools or None
    return _template().render(messages=conversation.messages, tools=tools, add_generation_prompt=generate)


def render_for_training(conversation: Conversation) -> tuple[str, list[tuple[int, int]]]:
    """The text and the character ranges that carry loss: the assistant's answers up to and with their end mark."""
    marked = render(conversation)
    skipped: list[tuple[int, int]] = []
    parts: list[str] = []
    length = last = 0
    for match in _UNTRAINED.finditer(marked):
        before = marked[last : match.start()]
        parts += [before, match[1]]
        start = length + len(before)
        length = start + len(match[1])
        skipped.append((start, length))
        last = match.end()
    text = "".join(parts) + marked[last:]
    spans: list[tuple[int, int]] = []
    for match in _ANSWER.finditer(text):
        start, end = match.span(1)
        for low, high in skipped:
            if start <= low < end:
                if start < low:
                    spans.append((start, low))
                start = high
        spans.append((start, end))
    return text, spans
