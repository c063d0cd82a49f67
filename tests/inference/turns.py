"""Plays turns with the scripted engine: the loop, the decoding of requests and the streams are the real ones."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from homeport import dialects
from homeport.config import EngineConfig, TimeoutsConfig
from homeport.core.decode import chat_request
from homeport.core.items import Item
from homeport.engines.base import Answer, Blocks
from homeport.engines.scripted import ScriptedEngine
from homeport.inference.complete import Generation, complete
from homeport.inference.turn import Body, ServerTool, Turn, TurnEvent, play

WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
    },
}


class Model:
    """A scripted model, and what it was asked."""

    def __init__(self, folder: Path, script: str) -> None:
        file = folder / "script.toml"
        file.write_text(script)
        self.engine = ScriptedEngine("scripted", EngineConfig(type="scripted", script=str(file)), TimeoutsConfig())
        self.asked: list[Body] = []

    async def answer(self, request: Any) -> Answer:
        return await self.engine.answer(request, request.model)

    async def stream(self, request: Any) -> Blocks:
        return await self.engine.stream(request, request.model)

    async def generate(self, body: Body) -> Generation:
        self.asked.append(copy.deepcopy(body))
        return await complete(chat_request(body, dialects.from_chat), router=self)

    async def count(self, body: Body) -> int:
        return await self.engine.count_chat(chat_request(copy.deepcopy(body), dialects.from_chat), "scripted")

    async def play(
        self, turn: Turn, tools: Mapping[str, ServerTool] | None = None, *, counting: bool = False
    ) -> list[TurnEvent]:
        return [event async for event in play(turn, self.generate, tools or {}, self.count if counting else None)]


def said(text: str, role: str = "user") -> Item:
    kind = "output_text" if role == "assistant" else "input_text"
    part = {"type": kind, "text": text}
    return {"id": f"msg_{text}", "type": "message", "role": role, "content": [part], "status": "completed"}


def turn(text: str, **fields: Any) -> Turn:
    fields.setdefault("history", [said(text)])
    return Turn(id="run_1", model="scripted", **fields)


def names(events: list[TurnEvent]) -> list[str]:
    """The kinds of the events, neighbours of one kind as one."""
    kinds = [type(event).__name__ for event in events]
    return [kind for place, kind in enumerate(kinds) if place == 0 or kinds[place - 1] != kind]
