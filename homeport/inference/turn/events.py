"""What happens in a turn, in order: the vocabulary of `play`, from which each API makes its own events.

    RoundStarted
      ItemStarted · TextDelta | RefusalDelta | ReasoningDelta | ArgumentsDelta | Cited … · ItemEnded
      …
    RoundEnded                                     everything the model said in this round
      CallRefused …                                its arguments don't fit: the model is told
      ToolStarted · ToolProgress … · ToolEnded …   tools of the server
    RoundStarted …
    NeedsOutputs | Ended                           always the last, and the only one of its kind

Items are those of `core.items`. Their ids are made when they start, so that every delta can name its item.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from msgspec import Struct

from homeport.core.answers import Usage
from homeport.core.items import Item
from homeport.errors import ApiError

IncompleteReason: TypeAlias = Literal["max_completion_tokens", "max_prompt_tokens", "content_filter"]


class RoundStarted(Struct, frozen=True):
    """The model is asked. `number` counts the turn's rounds from 1."""

    number: int


class ItemStarted(Struct, frozen=True):
    """`item` as far as it is known: empty content, empty arguments. A call's `name` is known."""

    item: Item


class TextDelta(Struct, frozen=True):
    """A piece of a message's text part. Its place: after all that came before. `logprobs`: its tokens, where asked for,
    as Responses have them."""

    item_id: str
    text: str
    logprobs: list[dict[str, Any]] = []


class RefusalDelta(Struct, frozen=True):
    item_id: str
    text: str


class ReasoningDelta(Struct, frozen=True):
    item_id: str
    text: str


class ArgumentsDelta(Struct, frozen=True):
    """A piece of a call's arguments (JSON text), also of a server tool's call."""

    item_id: str
    text: str


class Cited(Struct, frozen=True):
    """A citation in a message's text, as Responses' annotation: `{"type": "file_citation", "index", …}`.

    `file_id`: the file that a container's one was made, where it was (`container_file_citation`).
    """

    item_id: str
    annotation: dict[str, Any]
    file_id: str | None = None


class ItemEnded(Struct, frozen=True):
    """The item, whole. The call of a server tool has yet to be made: its status is `in_progress`."""

    item: Item


class RoundEnded(Struct, frozen=True):
    """To be committed before what follows: a turn that is played again goes on from here. `usage`: this round's."""

    items: list[Item]
    usage: Usage
    finish_reason: str | None


class CallRefused(Struct, frozen=True):
    """A function call (`item`, its status `incomplete`) whose arguments break its schema; `output` tells the model."""

    item: Item
    output: Item


class ToolStarted(Struct, frozen=True):
    item: Item


class ToolProgress(Struct, frozen=True):
    """`item` as far as the call has come: the code interpreter's outputs until now. `new`: what is new of them."""

    item: Item
    new: list[dict[str, Any]]


class ToolEnded(Struct, frozen=True):
    """To be committed: the item with its results takes the place of the one in progress."""

    item: Item


class NeedsOutputs(Struct, frozen=True):
    """The turn waits for its caller: these function calls need their outputs."""

    calls: list[Item]


class Ended(Struct, frozen=True):
    status: Literal["completed", "incomplete", "failed"]
    reason: IncompleteReason | None = None  # of an incomplete one
    error: ApiError | None = None  # of a failed one


TurnEvent: TypeAlias = (
    RoundStarted
    | ItemStarted
    | TextDelta
    | RefusalDelta
    | ReasoningDelta
    | ArgumentsDelta
    | Cited
    | ItemEnded
    | RoundEnded
    | CallRefused
    | ToolStarted
    | ToolProgress
    | ToolEnded
    | NeedsOutputs
    | Ended
)
