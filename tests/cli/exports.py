"""Exports as people have them: OpenAI's objects, as its API showed them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Exported = dict[str, Any]

ASSISTANT: Exported = {
    "id": "asst_abc123",
    "object": "assistant",
    "created_at": 1_700_000_000,
    "name": "Tutor",
    "description": None,
    "model": "gpt-4o",
    "instructions": "Be kind.",
    "tools": [
        {"type": "file_search", "file_search": {"ranking_options": {"ranker": "auto", "score_threshold": 0.0}}},
        {"type": "function", "function": {"name": "add", "parameters": {"type": "object", "properties": {}}}},
    ],
    "top_p": 0.5,
    "temperature": 0.25,
    "reasoning_effort": None,
    "tool_resources": {"file_search": {"vector_store_ids": ["vs_old"]}},
    "metadata": {"team": "a"},
    "response_format": "auto",
    "a_member_of_tomorrow": 1,
}
CITING = "See【4:0†a.pdf】and [it](sandbox:/mnt/data/x.csv)."
ANNOTATIONS: list[Exported] = [
    {
        "type": "file_citation",
        "text": "【4:0†a.pdf】",
        "start_index": 3,
        "end_index": 14,
        "file_citation": {"file_id": "file-old"},
    },
    {
        "type": "file_path",
        "text": "sandbox:/mnt/data/x.csv",
        "start_index": 23,
        "end_index": 46,
        "file_path": {"file_id": "file-made"},
    },
]


def thread(id: str, created_at: int = 1_700_000_100, **members: Any) -> Exported:
    return {
        "id": id,
        "object": "thread",
        "created_at": created_at,
        "metadata": {},
        "tool_resources": {},
    } | members


def text(value: str, annotations: Iterable[Exported] = ()) -> Exported:
    return {"type": "text", "text": {"value": value, "annotations": list(annotations)}}


def message(id: str, thread_id: str, content: str | list[Exported], created_at: int, **members: Any) -> Exported:
    return {
        "id": id,
        "object": "thread.message",
        "created_at": created_at,
        "thread_id": thread_id,
        "assistant_id": None,
        "run_id": None,
        "role": "user",
        "content": [text(content)] if isinstance(content, str) else content,
        "attachments": [],
        "metadata": {},
    } | members


def talk(thread_id: str, count: int, *, size: int = 20) -> list[Exported]:
    """Messages of a thread, two a second: questions and answers of `size` characters and their number."""
    return [
        message(
            f"msg_{thread_id}_{number}",
            thread_id,
            f"{number} {'x' * size}",
            1_700_000_000 + number // 2,
            role="assistant" if number % 2 else "user",
        )
        for number in range(count)
    ]


def write(path: Path, *objects: Any) -> str:
    """As JSON Lines. Returns the path as an argument."""
    path.write_text("".join(f"{json.dumps(each)}\n" for each in objects))
    return str(path)
