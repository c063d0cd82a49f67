"""The model that ships, through a real server with no configuration: the short form of `training.evaluate`.

A seed draws the held-out cases and decoding is greedy. A floor lies a little beneath what was measured when the model
was made: it gives way to another machine's rounding, not to a broken file, template, tokenizer or grammar.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from homeport.engines.build import BUILT_IN_CHAT
from tests.support import LiveServer, live_server
from training.evaluate import NAMES, Client, Score, evaluate
from training.heldout.draw import Case, user

CASES, SEED = 10, 3
#: Of ten held-out cases of each skill, how many must be right.
FLOORS = {
    "greeting and stop": 9,
    "says what it is": 8,
    "declines what is too hard": 8,
    "known tools, arguments exact": 8,
    "tools never seen": 7,
    "two parallel calls": 3,
    "small talk with tools at hand": 9,
    "answer from a tool's result": 7,
    "JSON, schema only": 5,
    "span from a passage": 8,
    "says when it is not there": 8,
    "memory": 9,
    "system prompt": 9,
    "sentiment": 8,
    "one-digit sums": 9,
    "two-digit sums": 9,
    "title": 8,
    "one-line summary": 5,
    "long: memory over 1,000-2,000 tokens": 6,
}


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with live_server() as running:
        yield running


@pytest.fixture(scope="module")
def scores(server: LiveServer) -> dict[str, Score]:
    client = Client(server.base_url, server.key, BUILT_IN_CHAT)
    return {score.skill: score for score in evaluate(client, CASES, SEED, list(FLOORS))}


@pytest.mark.parametrize("skill", FLOORS)
def test_the_model_does_what_its_card_says(scores: dict[str, Score], skill: str) -> None:
    score = scores[skill]
    wrong = "\n".join(f"{case.messages[-1]['content']!r} -> {answer}" for case, answer in score.wrong)
    assert score.right >= FLOORS[skill], f"{score.right} of {score.asked}:\n{wrong}"


def test_tools_of_any_schema_can_be_listed(server: LiveServer) -> None:
    parts: dict[str, Any] = {
        "nullable": {"type": ["string", "null"]},
        "either": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        "one_of": {"enum": [1, "two", None]},
        "many": {"type": "array", "items": {"type": "string"}, "description": 'a list of "words"'},
        "anything": {},
    }
    functions: list[dict[str, Any]] = [
        {"name": "bare"},
        {"name": "empty", "description": "takes nothing", "parameters": {"type": "object", "properties": {}}},
        {"name": "odd", "parameters": {"type": "object", "properties": parts}},
    ]
    case = Case([user("Hello!")], lambda answer: True, [{"type": "function", "function": f} for f in functions])
    assert Client(server.base_url, server.key, BUILT_IN_CHAT).ask(case).finish in ("stop", "tool_calls")


def test_answers_of_any_schema_can_be_shown(server: LiveServer) -> None:
    """As Pydantic writes them: references, what may be missing, a type that holds itself."""
    parts: dict[str, Any] = {"type": "array", "items": {"$ref": "#/$defs/Item"}, "maxItems": 1}
    item = _strict({"name": {"type": "string", "description": "Its name", "maxLength": 20}, "parts": parts})
    schema = _strict(
        {
            "items": {"type": "array", "items": {"$ref": "#/$defs/Item"}, "maxItems": 2},
            "count": {"anyOf": [{"type": "integer", "maximum": 99}, {"type": "null"}]},
            "first": {"anyOf": [{"$ref": "#/$defs/Item"}, {"type": "null"}]},
            "kind": {"enum": ["big", 3, None]},
            "note": {"type": ["string", "null"], "description": "What else is said", "maxLength": 20},
        }
    )
    schema["$defs"] = {"Item": item}
    case = Case([user("Two lamps and a big chair.")], lambda answer: True, schema=schema)
    answer = Client(server.base_url, server.key, BUILT_IN_CHAT).ask(case)
    assert answer.finish in ("stop", "length"), answer
    if answer.finish == "stop":
        jsonschema.validate(json.loads(answer.content), schema)


def test_references_that_multiply_are_shown_in_part(server: LiveServer) -> None:
    """Whole, this schema has 30 ** 6 values; it is also that of a tool."""
    multiplied = {
        f"Level{level}": _strict({f"p{place}": {"$ref": f"#/$defs/Level{(level + 1) % 3}"} for place in range(30)})
        for level in range(3)
    }
    schema = _strict({f"p{place}": {"$ref": "#/$defs/Level0"} for place in range(30)}) | {"$defs": multiplied}
    function = {"name": "multiply", "description": "Multiplies", "parameters": schema}
    case = Case([user("Hello!")], lambda answer: True, [{"type": "function", "function": function}])
    assert Client(server.base_url, server.key, BUILT_IN_CHAT).ask(case).finish in ("stop", "tool_calls", "length")


def test_a_schema_too_large_to_be_shown_is_followed_all_the_same(server: LiveServer) -> None:
    story = "A long story of what is meant. " * 20  # forty of them would be more than the context
    schema = _strict({f"place_{number}_of_many": {"enum": [number], "description": story} for number in range(40)})
    case = Case([user("Count!")], lambda answer: True, schema=schema)
    answer = Client(server.base_url, server.key, BUILT_IN_CHAT).ask(case)
    assert answer.finish in ("stop", "length"), answer
    assert answer.content.startswith('{"place_0_of_many": 0, ')


def _strict(properties: dict[str, Any]) -> dict[str, Any]:
    required = list(properties)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def test_every_floor_is_of_a_skill() -> None:
    assert set(FLOORS) <= NAMES
