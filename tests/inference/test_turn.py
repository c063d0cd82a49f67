from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest

from homeport.core.items import Item
from homeport.errors import RateLimitError, UnsupportedParameter
from homeport.inference.turn import (
    Body,
    CallRefused,
    Cited,
    Ended,
    ItemEnded,
    NeedsOutputs,
    RoundEnded,
    TextDelta,
    ToolEnded,
    ToolProgress,
    ToolStarted,
    play,
)
from tests.inference.turns import WEATHER, Model, names, said, turn

ASK = """
[[rules]]
role = "user"
tool_calls = [{name = "get_weather", arguments = {city = "Tokyo"}}]

[[rules]]
reply = "It rains."
"""
pytestmark = pytest.mark.anyio


class Recorded:
    """What an engine streams: deltas in an order that no script can give."""

    usage = None

    def __init__(self, *deltas: Body) -> None:
        chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
        choices.append({"index": 0, "delta": {}, "finish_reason": "stop"})
        self._blocks = [b"data: %b\n\n" % msgspec.json.encode(chunk | {"choices": [choice]}) for choice in choices]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for block in self._blocks:
            yield block

    async def aclose(self) -> None: ...


class Library:
    """A search that always finds the same."""

    function: ClassVar[Body] = {
        "name": "file_search",
        "parameters": {
            "type": "object",
            "properties": {"queries": {"type": "array", "items": {"type": "string"}}},
            "required": ["queries"],
        },
    }

    def __init__(self) -> None:
        self.keys: list[str] = []

    def begun(self, item_id: str, arguments: Body) -> Item:
        queries = arguments.get("queries", [])
        return {"id": item_id, "type": "file_search_call", "queries": queries, "status": "in_progress"}

    async def call(self, item: Item, key: str) -> AsyncIterator[ToolProgress | ToolEnded]:
        self.keys.append(key)
        found = {"file_id": "file-1", "filename": "animals.txt", "text": "Giraffes are tall.", "score": 0.9}
        yield ToolEnded(item | {"results": [found], "status": "completed"})


async def test_answer(tmp_path: Path) -> None:
    model = Model(tmp_path, '[[rules]]\nreasoning = "Let me see."\nreply = "Hello there."')
    played = turn("Hi", instructions="Be kind.", sampling={"temperature": 0.5})
    events = await model.play(played)
    assert names(events) == [
        *("RoundStarted", "ItemStarted", "ReasoningDelta", "ItemEnded"),
        *("ItemStarted", "TextDelta", "ItemEnded", "RoundEnded", "Ended"),
    ]
    reasoning, message = played.made
    assert reasoning["content"] == [{"type": "reasoning_text", "text": "Let me see."}]
    assert message["content"][0]["text"] == "Hello there."
    assert message["status"] == "completed"
    assert {event.item_id for event in events if isinstance(event, TextDelta)} == {message["id"]}
    assert events[-1] == Ended("completed")
    assert played.spent.completion_tokens == 5
    assert model.asked[0]["messages"][0] == {"role": "system", "content": "Be kind."}
    assert model.asked[0]["temperature"] == 0.5


async def test_thoughts_alone_are_an_answer_that_says_nothing(tmp_path: Path) -> None:
    model = Model(tmp_path, '[[rules]]\nreasoning = "Let me see."\nreply = ""')
    played = turn("Hi")
    events = await model.play(played)
    assert events[-1] == Ended("completed")
    assert len(model.asked) == 1  # it is not asked again and again for what it did not say
    assert [item["type"] for item in played.made] == ["reasoning", "message"]
    assert played.made[1]["content"] == []


async def test_thoughts_after_an_answer_do_not_undo_it() -> None:
    asked = 0

    async def generate(body: Body) -> Recorded:
        nonlocal asked
        asked += 1
        return Recorded({"content": "Hello."}, {"reasoning_content": "Was that right?"})

    played = turn("Hi")
    events = [event async for event in play(played, generate, {})]
    assert (events[-1], asked) == (Ended("completed"), 1)
    assert [item["type"] for item in played.made] == ["message", "reasoning"]


async def test_function_call_waits_for_its_output_and_goes_on(tmp_path: Path) -> None:
    model = Model(tmp_path, ASK)
    played = turn("Weather?", functions=[WEATHER], tool_choice="required")
    events = await model.play(played)
    assert isinstance(events[-1], NeedsOutputs)
    (call,) = events[-1].calls
    assert (call["name"], call["arguments"]) == ("get_weather", '{"city":"Tokyo"}')
    output = {"id": "fco_1", "type": "function_call_output", "call_id": call["call_id"], "output": "rain"}
    played.made = [*played.made, output | {"status": "completed"}]
    events = await model.play(played)
    assert played.made[-1]["content"][0]["text"] == "It rains."
    assert played.rounds == 2
    assert [message["role"] for message in model.asked[-1]["messages"]] == ["user", "assistant", "tool"]
    assert "tool_choice" not in model.asked[-1]  # else it would call for ever
    assert events[-1] == Ended("completed")


async def test_invalid_arguments_go_back_to_the_model(tmp_path: Path) -> None:
    wrong = '[[rules]]\ntimes = 1\ntool_calls = [{name = "get_weather", arguments = {town = "Tokyo"}}]\n'
    model = Model(tmp_path, wrong + ASK.replace('role = "user"', 'role = "tool"\ntimes = 1'))
    events = await model.play(turn("Weather?", functions=[WEATHER]))
    (refused,) = [event for event in events if isinstance(event, CallRefused)]
    assert "town" in refused.output["output"]
    assert model.asked[1]["messages"][-1]["content"] == refused.output["output"]
    assert isinstance(events[-1], NeedsOutputs)
    assert len(events[-1].calls) == 1


async def test_a_model_that_never_learns_fails(tmp_path: Path) -> None:
    model = Model(tmp_path, '[[rules]]\ntool_calls = [{name = "get_weather", arguments = "no"}]')
    events = await model.play(turn("Weather?", functions=[WEATHER]))
    assert len(model.asked) == 4
    assert isinstance(events[-1], Ended)
    assert events[-1].status == "failed"
    assert events[-1].error is not None
    assert events[-1].error.code == "invalid_tool_calls"


async def test_server_tool_and_citation(tmp_path: Path) -> None:
    script = """
    [[rules]]
    role = "user"
    tool_calls = [{name = "file_search", arguments = {queries = ["giraffes"]}}]

    [[rules]]
    chunks = ["Tall", "【", "1†", "x】, they are【9】."]
    """
    model, library = Model(tmp_path, script), Library()
    played = turn("Giraffes?")
    events = await model.play(played, {"file_search": library})
    assert names(events)[5:] == [
        *("ToolStarted", "ToolEnded", "RoundStarted", "ItemStarted"),
        *("TextDelta", "Cited", "TextDelta", "ItemEnded", "RoundEnded", "Ended"),
    ]
    search, message = played.made
    assert library.keys == [f"run_1:{search['id']}"]
    part = message["content"][0]
    assert part["text"] == "Tall, they are【9】."
    note = {"type": "file_citation", "index": 4, "file_id": "file-1", "filename": "animals.txt"}
    assert part["annotations"] == [note]
    assert [event.annotation for event in events if isinstance(event, Cited)] == [note]
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert text == part["text"]
    assert "【1】 animals.txt" in model.asked[1]["messages"][-1]["content"]


async def test_goes_on_after_any_committed_event(tmp_path: Path) -> None:
    script = """
    [[rules]]
    role = "user"
    tool_calls = [{name = "file_search", arguments = {queries = ["giraffes"]}}]

    [[rules]]
    reply = "Tall."
    """
    model, library = Model(tmp_path, script), Library()
    played = turn("Giraffes?")
    made: list[list[Item]] = []
    for event in await model.play(played, {"file_search": library}):
        if isinstance(event, RoundEnded):
            made.append([*(made[-1] if made else []), *event.items])
        elif isinstance(event, ToolEnded):
            made.append([event.item if item["id"] == event.item["id"] else item for item in made[-1]])
    asked = []
    for committed in made:
        again = turn("Giraffes?", made=committed)
        before = len(model.asked)
        assert (await model.play(again, {"file_search": library}))[-1] == Ended("completed")
        assert [item["type"] for item in again.made] == ["file_search_call", "message"]
        asked.append(len(model.asked) - before)
    assert asked == [1, 1, 0]
    assert len(set(library.keys)) == 1
    assert len(library.keys) == 2  # not again once its result was there


async def test_wrong_arguments_of_a_server_tool(tmp_path: Path) -> None:
    script = """
    [[rules]]
    role = "user"
    tool_calls = [{name = "file_search", arguments = {q = 1}}]

    [[rules]]
    reply = "I can't."
    """
    model, library = Model(tmp_path, script), Library()
    played = turn("Giraffes?")
    await model.play(played, {"file_search": library})
    assert [item["status"] for item in played.made] == ["failed", "completed"]
    assert library.keys == []


async def test_budgets(tmp_path: Path) -> None:
    model = Model(tmp_path, '[[rules]]\nreply = "one two three four"')
    played = turn("Hi", max_completion_tokens=2)
    events = await model.play(played)
    assert events[-1] == Ended("incomplete", "max_completion_tokens")
    assert played.made[-1]["content"][0]["text"] == "one two"
    assert played.made[-1]["status"] == "incomplete"
    model = Model(tmp_path, ASK)
    events = await model.play(turn("Weather?", functions=[WEATHER], max_prompt_tokens=3), counting=True)
    assert events == [events[0], Ended("incomplete", "max_prompt_tokens")]
    assert model.asked == []


async def test_a_budget_of_prompt_tokens_where_none_can_be_counted(tmp_path: Path) -> None:
    async def count(_body: Any) -> int:
        raise UnsupportedParameter("This engine offers no tokenizer.", param="model")

    model = Model(tmp_path, '[[rules]]\nreply = "ok"')
    for limit, ended in ((1000, Ended("completed")), (3, Ended("incomplete", "max_prompt_tokens"))):
        played = turn("What will the weather be tomorrow?", max_prompt_tokens=limit)
        assert [event async for event in play(played, model.generate, {}, count)][-1] == ended
    assert len(model.asked) == 1


async def test_refused_calls_are_counted_by_rounds(tmp_path: Path) -> None:
    bad, good = (f'{{name = "file_search", arguments = {{{given}}}}}' for given in ("q = 1", 'queries = ["x"]'))
    mixed = f"[[rules]]\ntimes = 1\ntool_calls = [{', '.join([bad, good] * 4)}]\n[[rules]]\nreply = 'ok'"
    assert (await Model(tmp_path, mixed).play(turn("Hi"), {"file_search": Library()}))[-1] == Ended("completed")
    model = Model(tmp_path, f"[[rules]]\ntool_calls = [{bad}]")
    last = (await model.play(turn("Hi"), {"file_search": Library()}))[-1]
    assert isinstance(last, Ended)
    assert last.error is not None
    assert "calls that can't be made in 4 rounds" in last.error.message
    assert len(model.asked) == 4


async def test_truncation(tmp_path: Path) -> None:
    model = Model(tmp_path, 'context_length = 30\n[[rules]]\nreply = "ok"')
    history = [said(f"{number} two three four five", role) for number in range(20) for role in ("user", "assistant")]
    refused = await model.play(turn("", history=history[:-1]))
    assert isinstance(refused[-1], Ended)
    assert refused[-1].status == "failed"
    assert (await model.play(turn("", history=history[:-1], truncation="auto")))[-1] == Ended("completed")
    sent = model.asked[-1]["messages"]
    assert sent[0]["role"] == "user"
    assert sent[-1]["content"] == "19 two three four five"
    assert 1 <= len(sent) <= 4
    assert len(model.asked) <= 5  # the one that was refused, and few: the engine says how much is too much
    model = Model(tmp_path, '[[rules]]\nreply = "ok"')
    await model.play(turn("", history=history[:-1], last_messages=3))
    assert len(model.asked[-1]["messages"]) == 3
    await model.play(turn("", history=history[:-1], max_prompt_tokens=20), counting=True)
    assert len(model.asked[-1]["messages"]) == 3


async def test_working_memory(tmp_path: Path) -> None:
    """The newest turns of so many of the model's own tokens, whatever their bytes; the last turn in any case."""
    model = Model(tmp_path, '[[rules]]\nreply = "ok"')
    words = "two three four five " * 20
    history = [said(f"{number} {words}", role) for number in range(20) for role in ("user", "assistant")]
    await model.play(turn("", history=history[:-1], working_memory_tokens=600), counting=True)
    sent = model.asked[-1]["messages"]
    assert sent[0]["role"] == "user"
    assert 400 <= await model.count({"model": "scripted", "messages": sent}) <= 620
    await model.play(turn("", history=history[:-1], working_memory_tokens=10_000), counting=True)
    assert len(model.asked[-1]["messages"]) == 39
    await model.play(turn("", history=history[:-1], working_memory_tokens=1))
    assert [message["role"] for message in model.asked[-1]["messages"]] == ["user"]
    await model.play(turn("", history=history[:-1], working_memory_tokens=600, last_messages=21), counting=True)
    assert len(model.asked[-1]["messages"]) == 21  # what the caller asks for goes first


async def test_an_engine_that_fails(tmp_path: Path) -> None:
    model = Model(tmp_path, '[[rules]]\nerror = {status = 429, message = "Slow down."}')
    events = await model.play(turn("Hi"))
    assert isinstance(events[-1], Ended)
    assert isinstance(events[-1].error, RateLimitError)
    model = Model(tmp_path, '[[rules]]\nreply = "one two three"\ndie_after = 2')
    played = turn("Hi")
    events = await model.play(played)
    assert isinstance(events[-1], Ended)
    assert events[-1].status == "failed"
    assert played.made == []  # nothing that wasn't finished


async def test_a_call_that_was_not_made_before_a_crash_is_answered(tmp_path: Path) -> None:
    """Also where the model has said something after it."""
    model = Model(tmp_path, '[[rules]]\nreply = "They are tall."')
    call = Library().begun("fs_1", {"queries": ["giraffes"]})
    played = turn("How tall are giraffes?", made=[call, said("I am looking.", "assistant")], rounds=1)
    events = await model.play(played, {"file_search": Library()})
    assert events[-1] == Ended("completed")
    assert played.made[-1]["content"][0]["text"] == "They are tall."
    assert model.asked[0]["messages"][-1]["role"] == "tool"


async def test_a_call_that_was_made_before_a_crash_is_answered(tmp_path: Path) -> None:
    """What the model said after it in the same round is no answer."""
    model = Model(tmp_path, '[[rules]]\nreply = "They are tall."')
    call = Library().begun("fs_1", {"queries": ["giraffes"]}) | {"status": "completed", "results": []}
    played = turn("How tall are giraffes?", made=[call, said("I am looking.", "assistant")], rounds=1)
    events = await model.play(played, {"file_search": Library()})
    assert events[-1] == Ended("completed")
    assert played.made[-1]["content"][0]["text"] == "They are tall."
    assert model.asked[0]["messages"][-1]["role"] == "tool"


async def test_too_many_rounds_and_calls(tmp_path: Path) -> None:
    search = '[[rules]]\ntool_calls = [{name = "file_search", arguments = {queries = ["x"]}}]\n'
    model = Model(tmp_path, search + '[[rules]]\nreply = "Enough."')
    events = await model.play(turn("Hi", max_rounds=3), {"file_search": Library()})
    assert isinstance(events[-1], Ended)
    assert events[-1].status == "failed"
    assert len(model.asked) == 3
    played = turn("Hi", max_tool_calls=2)
    await model.play(played, {"file_search": Library()})
    assert [item["type"] for item in played.made] == ["file_search_call", "file_search_call", "message"]


async def test_calls_beyond_the_limit_are_not_made(tmp_path: Path) -> None:
    """Functions of the caller's are offered all the same."""
    search = '{name = "file_search", arguments = {queries = ["x"]}}'
    script = f'[[rules]]\ntimes = 1\ntool_calls = [{search}, {search}, {search}]\n[[rules]]\nreply = "Enough."'
    model, library = Model(tmp_path, script), Library()
    played = turn("Hi", max_tool_calls=2, functions=[WEATHER], tool_choice="required")
    events = await model.play(played, {"file_search": library})
    assert [item.get("status") for item in played.made] == ["completed", "completed", "incomplete", "completed"]
    assert sum(isinstance(event, ToolStarted) for event in events) == 2
    assert model.asked[1]["tools"] == [WEATHER]
    assert "tool_choice" not in model.asked[1]
    assert model.asked[1]["messages"][-1]["content"] == "This call was not made."


async def test_an_empty_answer_is_a_message(tmp_path: Path) -> None:
    model = Model(tmp_path, '[[rules]]\nreply = ""')
    played = turn("Hi")
    events: list[Any] = await model.play(played)
    assert [event.item["content"] for event in events if isinstance(event, ItemEnded)] == [[]]
    assert events[-1] == Ended("completed")
