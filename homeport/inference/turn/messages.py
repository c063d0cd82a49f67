"""Items as the messages of a chat request, and which of them to leave out where there are too many.

A server tool's call is shown to the model as what it was to it: a function call and its output.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

import msgspec

from homeport.core.items import Item
from homeport.core.response_items import to_messages

FILE_SEARCH = "file_search"
CODE_INTERPRETER = "code_interpreter"
ITEM_TYPES = {FILE_SEARCH: "file_search_call", CODE_INTERPRETER: "code_interpreter_call"}
PREFIXES = {FILE_SEARCH: "fs", CODE_INTERPRETER: "ci"}
TOOL_NAMES = {kind: name for name, kind in ITEM_TYPES.items()}
_NOT_MADE = "This call was not made."
_MAX_LOGS = 16_000  # characters of a call's logs that the model reads


def messages(instructions: str | None, history: Sequence[Item], made: Sequence[Item]) -> list[dict[str, Any]]:
    """The messages for the next round. Search results of this turn are numbered, to be cited as 【1】.

    Where nothing was said yet, and nothing was instructed, the model is to begin: it is sent an empty message.
    """
    said = to_messages([*_expanded(_paired(history), None), *_expanded(made, count(1))], instructions)
    return said or [{"role": "user", "content": ""}]


def citable(made: Iterable[Item]) -> list[dict[str, Any]]:
    """The search results of a turn in the order of their numbers, which begin at 1."""
    return [found for item in made if item["type"] == "file_search_call" for found in item.get("results") or ()]


def _paired(history: Sequence[Item]) -> list[Item]:
    """Without the calls and outputs that lack their counterpart, as turns leave them that were ended from outside.

    What a user said while a call waited for its output (another turn went on meanwhile) stands after that, as does
    whatever came between the outputs of calls that were made together.
    """
    answers = _answers(history)
    answering = set(answers.values())
    paired: list[Item] = []
    waiting: list[int] = []  # places of outputs

    def tell() -> list[Item]:
        """Those that are waited for, which come later in the history."""
        told = [history[output] for output in waiting]
        answering.difference_update(waiting)
        waiting.clear()
        return told

    for place, item in enumerate(history):
        if item["type"] in TOOL_NAMES and item["status"] == "in_progress":
            continue
        is_output = item["type"] == "function_call_output"
        if waiting and not is_output and paired[-1]["type"] == "function_call_output":
            paired += tell()  # calls that were made together have their outputs together
        if item["type"] == "function_call":
            if place not in answers:
                continue
            waiting.append(answers[place])
        elif is_output:
            if place not in answering:
                continue
            answering.remove(place)
            waiting.remove(place)
        elif item["type"] == "message" and item["role"] != "assistant":
            paired += tell()
        paired.append(item)
    return paired


def _answers(history: Sequence[Item]) -> dict[int, int]:
    """Calls and their outputs, by place.

    An id may come again: in one turn, outputs come in the order of their calls; in a later one, it is the new call's.
    """
    answers: dict[int, int] = {}
    turn = 0
    waiting: dict[str, tuple[int, list[int]]] = {}  # by id: the turn of its newest calls, and those that wait
    for place, item in enumerate(history):
        if item["type"] == "function_call":
            made_in, places = waiting.get(item["call_id"], (turn, []))
            waiting[item["call_id"]] = turn, [*(places if made_in == turn else []), place]
        elif item["type"] == "function_call_output":
            _, places = waiting.get(item["call_id"], (turn, []))
            if places:
                answers[places.pop(0)] = place
        elif item["type"] == "message" and item["role"] != "assistant":
            turn += 1
    return answers


def _spoken(item: Item) -> Item:
    """A message as the model reads it: what code has drawn into an assistant's message is none of its words."""
    if item["type"] != "message" or item["role"] != "assistant":
        return item
    return item | {"content": [part for part in item["content"] if part["type"] != "input_image"]}


def _expanded(items: Iterable[Item], numbers: Iterable[int] | None) -> list[Item]:
    """Calls of server tools become pairs, ahead of function calls that wait for the outputs after them.

    So does what was thought or said after a call: nothing may stand between calls and their outputs.
    """
    expanded: list[Item] = []
    waiting: list[Item] = []
    for item in map(_spoken, items):
        name = TOOL_NAMES.get(item["type"])
        if name is not None:
            arguments = {"queries": item["queries"]} if name == FILE_SEARCH else {"code": item.get("code") or ""}
            call = {"type": "function_call", "call_id": item["id"], "name": name}
            output = _search_output(item, numbers) if name == FILE_SEARCH else _code_output(item)
            expanded.append(call | {"arguments": msgspec.json.encode(arguments).decode()})
            expanded.append({"type": "function_call_output", "call_id": item["id"], "output": output})
        elif item["type"] == "function_call":
            waiting.append(item)
        elif item["type"] == "reasoning" or (item["type"] == "message" and item["role"] == "assistant"):
            if item["type"] == "reasoning" or item["content"]:
                expanded.append(item)
        elif item["type"] != "message" or item["content"]:
            expanded += [*waiting, item]
            waiting = []
    return [*expanded, *waiting]


def _search_output(item: Item, numbers: Iterable[int] | None) -> str:
    if item.get("status") == "incomplete":
        return _NOT_MADE
    if item.get("status") == "failed":
        return 'The search failed. It takes {"queries": ["…"]}.'
    results = item.get("results") or []
    if not results:
        return "Nothing was found."
    if numbers is None:
        return "\n\n".join(f"{found['filename']}:\n{found['text']}" for found in results)
    shown = [
        f"【{number}】 {found['filename']}:\n{found['text']}" for number, found in zip(numbers, results, strict=False)
    ]
    return "\n\n".join(["Cite what you use by its mark, such as 【1】.", *shown])


def _code_output(item: Item) -> str:
    if item.get("status") == "incomplete":
        return _NOT_MADE
    outputs = item.get("outputs") or []
    if item.get("status") == "failed" and not outputs:
        return 'The code was not run. It is given as {"code": "…"}.'
    logs = "".join(output["logs"] for output in outputs if output["type"] == "logs")
    images = sum(output["type"] == "image" for output in outputs)
    if len(logs) > _MAX_LOGS:
        logs = logs[: _MAX_LOGS // 2] + "\n…\n" + logs[-_MAX_LOGS // 2 :]
    shown = f"\n[{images} image{'s' if images > 1 else ''} shown to the user]" if images else ""
    return (logs + shown).strip() or "The code ran and printed nothing."


# --- what to leave out -------------------------------------------------------------------------


def last_messages(history: Sequence[Item], number: int) -> list[Item]:
    """From the `number`th message from the end on."""
    places = [place for place, item in enumerate(history) if item["type"] == "message"]
    return list(history[places[-number] :]) if 0 < number < len(places) else list(history)


def without_oldest(history: Sequence[Item], share: float) -> list[Item] | None:
    """The history without about this share of its turns, the oldest; None where only the last turn is left."""
    starts = turn_starts(history)
    if not starts:
        return None
    return list(history[starts[min(len(starts) - 1, int(len(starts) * share))] :])


def turn_starts(history: Sequence[Item]) -> list[int]:
    """Where the history may be cut. A turn begins with a message of the user's, so that no call loses its output."""
    starts = [place for place, item in enumerate(history) if item["type"] == "message" and item["role"] != "assistant"]
    return [place for place in starts if place > 0]
