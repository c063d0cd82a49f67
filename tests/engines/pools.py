"""Pools of scripted engines. The fixture `start` is in conftest.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from homeport.core.chat import ChatRequest
from homeport.engines.pool import Pool

Start = Callable[..., Any]


def chat(model: str = "", **fields: Any) -> ChatRequest:
    messages = [{"role": "user", "content": "Hello"}]
    return msgspec.convert({"model": model, "messages": messages, **fields}, ChatRequest)


async def said(pool: Pool, model: str = "") -> str:
    body = msgspec.json.decode((await pool.answer(chat(model))).body)
    return str(body["choices"][0]["message"]["content"])


def says(text: str, *models: str) -> str:
    names = f"models = {list(models)}\n" if models else ""
    return f'{names}[[rules]]\nreply = "{text}"'


def fails(status: int, model: str) -> str:
    return f'models = ["{model}"]\n[[rules]]\nerror = {{status = {status}, message = "E{status}"}}'
