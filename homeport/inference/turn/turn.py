"""What a turn is: everything `play` has to know, of which nothing is looked up anywhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Literal, Protocol, runtime_checkable

from msgspec import Struct, field

from homeport.core.answers import Usage
from homeport.core.items import Item
from homeport.inference.turn.events import ToolEnded, ToolProgress
from homeport.inference.turn.links import Link

Body = dict[str, Any]

MAX_ROUNDS = 32


class Turn(Struct, kw_only=True):
    """One answer of an assistant, however many rounds of tools it takes.

    Played again with the `made`, `rounds` and `spent` that were committed last, it goes on from there.
    """

    id: str  # of the run or response; with a call's id, the key under which a tool does its work once
    model: str
    instructions: str | None = None
    history: list[Item]  # what was there before, oldest first
    made: list[Item] = field(default_factory=list)  # by this turn, function_call_outputs of the caller included
    rounds: int = 0
    refusals: int = 0  # rounds with calls that were refused or failed, since it is played here
    spent: Usage = field(default_factory=Usage)
    functions: list[Body] = field(default_factory=list)  # the caller's, as chat's `{"type": "function", "function"}`
    tool_choice: Any = "auto"  # as chat's; a server tool is named as a function. Holds for the first round
    parallel_tool_calls: bool | None = None
    response_format: Body | None = None
    sampling: Body = field(default_factory=dict)  # temperature, top_p, reasoning_effort, … under chat's names
    max_rounds: int = MAX_ROUNDS
    max_tool_calls: int | None = (
        None  # of server tools, which are offered no more at the limit; calls beyond are not made
    )
    max_completion_tokens: int | None = None  # of all rounds together
    max_prompt_tokens: int | None = None  # of all rounds together
    truncation: Literal["auto", "disabled"] = "disabled"  # auto: what doesn't fit is left out, oldest first
    last_messages: int | None = None  # of the history
    working_memory_tokens: int | None = None  # of the history, where `last_messages` doesn't say how much of it


class Stream(Protocol):
    """An open generation: blocks of canonical chat chunks, with the usage at its end (`inference.complete`)."""

    @property
    def usage(self) -> Usage | None: ...
    def __aiter__(self) -> AsyncIterator[bytes]: ...
    async def aclose(self) -> None: ...


# Asks the model: a chat request as canonical JSON, to be streamed. Raises ApiError.
Generate = Callable[[Body], Awaitable[Stream]]
# Exact prompt tokens of a chat request. Raises ApiError where that can't be known.
Count = Callable[[Body], Awaitable[int]]


class ServerTool(Protocol):
    """A tool that runs here. The model sees it as a function."""

    @property
    def function(self) -> Body:
        """`{"name", "description", "parameters"}`; arguments are checked by the schema before a call is begun."""

    def begun(self, item_id: str, arguments: Body) -> Item:
        """The call as an item in progress."""

    def call(self, item: Item, key: str) -> AsyncIterator[ToolProgress | ToolEnded]:
        """Do it; the last event is the only ToolEnded. `key` is the same whenever the same call is made again."""


@runtime_checkable
class Linkable(Protocol):
    """A tool of the server that makes files, which messages may link to."""

    async def linked(self, container_id: str, link: Link) -> tuple[dict[str, Any], str | None] | None:
        """The annotation for a link, and the file that was made of the container's. None: the link leads nowhere."""
