"""A turn: an assistant's answer with all its rounds of tools, as a stream of events and without any I/O of its own.

    turn        what a turn is, and what it needs from outside: a model, tools, a token counter
    events      what happens in it
    play        the loop
    round       the model's stream as items
    messages    items as the model reads them, and what is left out where there are too many
    citations   marks in the text as annotations
    code        the code in a call's arguments, while they are written
    links       links to files that code has made, as annotations

Runs and responses are two views on the same events (`resources`). A turn is played again after a crash with the items
that were committed: it asks the model again for a round that was not, and calls only tools that have no result.
"""

from homeport.inference.turn.events import (
    ArgumentsDelta,
    CallRefused,
    Cited,
    Ended,
    IncompleteReason,
    ItemEnded,
    ItemStarted,
    NeedsOutputs,
    ReasoningDelta,
    RefusalDelta,
    RoundEnded,
    RoundStarted,
    TextDelta,
    ToolEnded,
    ToolProgress,
    ToolStarted,
    TurnEvent,
)
from homeport.inference.turn.links import Link
from homeport.inference.turn.play import added, play, reasoning_tokens, request
from homeport.inference.turn.turn import Body, Count, Generate, ServerTool, Stream, Turn

__all__ = [
    "ArgumentsDelta",
    "Body",
    "CallRefused",
    "Cited",
    "Count",
    "Ended",
    "Generate",
    "IncompleteReason",
    "ItemEnded",
    "ItemStarted",
    "Link",
    "NeedsOutputs",
    "ReasoningDelta",
    "RefusalDelta",
    "RoundEnded",
    "RoundStarted",
    "ServerTool",
    "Stream",
    "TextDelta",
    "ToolEnded",
    "ToolProgress",
    "ToolStarted",
    "Turn",
    "TurnEvent",
    "added",
    "play",
    "reasoning_tokens",
    "request",
]
