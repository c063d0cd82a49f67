"""Stream parsers: the text of a model's output, in pieces of any size, becomes events. Pure: no I/O, no clock.

    format = detect_format(chat_template)                                  # once per model
    parser = OutputParser(format, tools={"get_weather"}, in_reasoning=format.opens_reasoning(prompt))
    for piece in output:
        events += parser.feed(piece)
    events += parser.finish()

However the output is cut into pieces, the concatenated result (content, reasoning, each call's name and arguments) is
the same. Arguments stream as they arrive; only what may still turn out to be a tag is held back.

What counts as a call:
- Nothing, where no tools are offered.
- A call of a function that was offered. OpenAI never calls any other, so callers look names up without a thought; a
  small model that invents one has said something, not called anything: it is content.
- After a family's own tag (`<tool_call>`, `[TOOL_CALLS]`, …), or bare JSON (Llama 3) at the start of the answer.
- What looks like a call but has no readable name is content, verbatim. Once a name is known the call has begun, and its
  arguments are passed on as written, broken JSON included: callers must validate them, as with OpenAI.
"""

from __future__ import annotations

from homeport.core.parsers.events import ContentText, Event, ReasoningText, ToolCallArguments, ToolCallStart
from homeport.core.parsers.formats import Family, ModelFormat, detect_family, detect_format
from homeport.core.parsers.output import OutputParser

__all__ = [
    "ContentText",
    "Event",
    "Family",
    "ModelFormat",
    "OutputParser",
    "ReasoningText",
    "ToolCallArguments",
    "ToolCallStart",
    "detect_family",
    "detect_format",
]
