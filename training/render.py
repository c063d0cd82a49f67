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

_ANSWER = re.compile(r"<\|im_start\|>assistant\n(.*?<\|im_end\|>)", re.DOTALL)

Message = dict[str, Any]
Tool = dict[str, Any]


@dataclass(slots=True)
class Conversation:
    messages: list[Message]
    tools: list[Tool] = field(default_factory=list)
    schema: dict[str, Any] | None = None  # that answers follow


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


def to_json(value: Any) -> str:
    """JSON as llama.cpp's template engine writes it: a blank after comma and colon, keys in their order, UTF-8."""
    return json.dumps(value, ensure_ascii=False)


@cache
def _template() -> jinja2.Template:
    env = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, autoescape=False)
    env.filters["tojson"] = to_json
    return env.from_string(TEMPLATE.read_text())


def render(conversation: Conversation, generate: bool = False) -> str:
    wanted = {"type": "json_schema", "json_schema": {"name": "answer", "schema": conversation.schema}}
    return _template().render(
        messages=conversation.messages,
        tools=conversation.tools or None,
        response_format=wanted if conversation.schema else None,
        add_generation_prompt=generate,
    )


def render_for_training(conversation: Conversation) -> tuple[str, list[tuple[int, int]]]:
    """The text and the character ranges that carry loss: the assistant's answers up to and with their end mark."""
    text = render(conversation)
    return text, [match.span(1) for match in _ANSWER.finditer(text)]
