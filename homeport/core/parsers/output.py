"""The parser of a whole output: reasoning first, then text with tool calls in it."""

from __future__ import annotations

from collections.abc import Callable, Collection

from homeport.core.parsers.events import ContentText, Event, ReasoningText, ToolCallArguments, ToolCallStart
from homeport.core.parsers.formats import (
    CLOSING_TAGS,
    DEEPSEEK_CALL_BEGIN,
    DEEPSEEK_CALL_END,
    DEEPSEEK_CALLS_BEGIN,
    DEEPSEEK_CALLS_END,
    DEEPSEEK_SEP,
    OPENING_TAGS,
    ModelFormat,
)
from homeport.core.parsers.reader import NAME, SPACE, Reader, Reading, decode_string
from homeport.ids import new_id

# The keys that a call may begin with where no tag says that it is one; any other key makes it an answer in JSON.
_CALL_KEYS = ("name", "parameters", "arguments", "type", "id")
_NO_VALUE = ("", "<", ",", ":", "}", "]")


def _new_call_id() -> str:
    return new_id("call")


class _Text:
    """Text on its way out, without the white space that stands at its ends or around calls only for layout."""

    def __init__(self, emit: Callable[[str], None], *, strip: bool = False, hold: bool = True) -> None:
        self._emit = emit
        self._strip = strip  # white space is no reason to begin
        self._hold = hold  # something may break the text off, so wait with white space until more text comes
        self._begun = False
        self._spaces: list[str] = []
        self._broken_off = False

    def add(self, text: str) -> None:
        if self._strip and not self._begun:
            text = text.lstrip(SPACE)
        body = text.rstrip(SPACE) if self._hold else text
        if body:
            self._emit("".join(self._spaces) + body)
            self._spaces.clear()
            self._begun, self._broken_off = True, False
        if len(body) < len(text):
            self._spaces.append(text[len(body) :])

    @property
    def held(self) -> str:
        return "".join(self._spaces)

    def break_off(self) -> None:
        """A call stands here, or reasoning: the text may be over."""
        self._broken_off = True
        if not self._begun:
            self._spaces.clear()
            self._strip = True

    def finish(self) -> None:
        if self._spaces and not self._broken_off:
            self._emit("".join(self._spaces))
        self._spaces.clear()


class OutputParser:
    """One model output being parsed; make a new one for each choice.

    `tools`: the names of the functions offered to the model (empty: no text is ever a call).
    `in_reasoning`: the prompt already opened the reasoning block.
    Where a grammar came with a `prefill` (see `core.grammar.Constraint`), feed it first.
    """

    calls: int  # tool calls begun so far; > 0 at the end means finish_reason "tool_calls"

    def __init__(
        self,
        format: ModelFormat,
        *,
        tools: Collection[str] = (),
        in_reasoning: bool = False,
        new_call_id: Callable[[], str] = _new_call_id,
    ) -> None:
        self.calls = 0
        self._family = format.family
        self._reasoning_tags = format.reasoning_tags
        self._tools = frozenset(tools) if format.family != "plain" else frozenset()
        self._in_reasoning = in_reasoning
        self._new_call_id = new_call_id
        self._arguments_begun = False
        self._events: list[Event] = []
        self._content = _Text(lambda text: self._events.append(ContentText(text)), hold=bool(self._tools))
        self._read = Reader()
        self._run = self._output()
        next(self._run)

    def feed(self, text: str) -> list[Event]:
        """The events that `text` completes; possibly none."""
        if text:
            self._read.append(text)
            next(self._run)
        return self._taken()

    def finish(self) -> list[Event]:
        """The output is over: whatever was held back."""
        self._read.end()
        next(self._run, None)
        self._content.finish()
        return self._taken()

    @property
    def held(self) -> str:
        """What came behind the last event and may still become content."""
        return self._content.held + self._read.unread

    def _taken(self) -> list[Event]:
        events, self._events = self._events, []
        return events

    # --- reasoning and content -----------------------------------------------------------

    def _output(self) -> Reading[None]:
        if self._reasoning_tags is not None:
            yield from self._reasoning(*self._reasoning_tags)
        if self._family == "llama3" and self._tools:
            yield from self._attempt(self._bare_calls())
        tags = OPENING_TAGS[self._family] if self._tools else ()
        while tag := (yield from self._read.until(tags, self._content.add)):
            if not (yield from self._attempt(self._tagged_calls(tag))):
                self._content.add(tag)

    def _reasoning(self, opening: str, closing: str) -> Reading[None]:
        self._read.mark()
        yield from self._read.skip()
        if not (yield from self._read.literal(opening)) or not self._read.accept():
            self._read.back()
            if not self._in_reasoning:
                return
        reasoning = _Text(lambda text: self._events.append(ReasoningText(text)), strip=True)
        yield from self._read.until((closing,), reasoning.add)
        self._content.break_off()

    # --- calls ---------------------------------------------------------------------------

    def _attempt(self, calls: Reading[None]) -> Reading[bool]:
        """Whether a call was found; where none was, reading goes on from where it was before."""
        before = self.calls
        self._read.mark()
        yield from calls
        if self.calls == before:
            self._read.back()
            return False
        return True

    def _start(self, name: str) -> bool:
        if name not in self._tools or not self._read.accept():
            return False
        self._content.break_off()
        self._events.append(ToolCallStart(self.calls, self._new_call_id(), name))
        self.calls += 1
        self._arguments_begun = False
        return True

    def _tagged_calls(self, tag: str) -> Reading[None]:
        if self._family in ("deepseek", "deepseek_v31"):
            yield from self._deepseek_calls(tag)
        elif self._family in ("mistral", "mistral_v11") and (yield from self._read.skip()) not in ("[", "{"):
            yield from self._mistral_call()
        else:
            yield from self._json_calls(CLOSING_TAGS.get(self._family, ""))

    def _bare_calls(self) -> Reading[None]:
        if (yield from self._read.skip()) == "{":
            yield from self._json_calls("", bare=True)

    def _json_calls(self, closing: str, *, bare: bool = False) -> Reading[None]:
        """`{…}`, `[{…}, {…}]`, or several `{…}` one after another."""
        before = self.calls
        yield from self._read.skip()
        yield from self._read.literal("[")
        yield from self._read.skip()
        while (yield from self._json_call(bare)):
            self._read.mark()
            if (yield from self._read.skip(SPACE + ",;")) != "{":
                break
        if self.calls > before:
            self._read.back()
            yield from self._close(closing)

    def _close(self, closing: str) -> Reading[None]:
        """Brackets left open, and the closing tag; where other text comes instead, that is content."""
        self._read.mark()
        yield from self._read.skip(SPACE + "}]")
        if not (yield from self._read.literal(closing, cut=True)) or not self._read.accept():
            self._read.back()

    def _json_call(self, bare: bool) -> Reading[bool]:
        """One `{"name": …, "arguments": {…}}`, its keys in any order. Whether a call was begun."""
        read = self._read
        if not (yield from read.literal("{")):
            return False
        name: str | None = None
        arguments = ""  # where they were written before the name
        begun = False
        while (yield from read.skip()) != "}":
            key = yield from read.string()
            yield from read.skip()
            if key is None or not (yield from read.literal(":")) or (bare and not begun and key not in _CALL_KEYS):
                break
            first = yield from read.skip()
            start = read.position
            if begun or key not in ("name", "arguments", "parameters"):
                if not (yield from read.value()):
                    break
            elif key == "name":
                name = yield from read.string()
                if not name or (bare and name not in self._tools):
                    break
            elif name is None:
                if not (yield from read.value()):
                    break
                arguments = read.since(start)
            else:
                if first in _NO_VALUE or not self._start(name):
                    break
                begun = True
                if not (yield from self._arguments(first)):
                    return True
                read.mark()
            if (yield from read.skip()) not in (",", "}"):
                break
            yield from read.literal(",")
        else:
            yield from read.literal("}")
            if begun:
                if not read.accept():
                    read.back()
            elif begun := name is not None and self._start(name):
                self._arguments_text(_as_arguments(arguments))
            return begun
        if begun:
            read.back()  # what follows the arguments is no part of a call
        return begun

    def _arguments(self, first: str) -> Reading[bool]:
        """Stream the arguments of the call just begun; `first` is their first character. False: cut off or broken."""
        if first in "{[":
            return (yield from self._read.value(self._arguments_text))
        # A string that holds JSON, as in OpenAI's own messages, or a stray null: rare, but some models do it.
        if first == '"':
            whole = yield from self._read.string_content(self._arguments_text)
            if whole and not self._arguments_begun:
                self._arguments_text("{}")
        else:
            parts: list[str] = []
            whole = yield from self._read.value(parts.append)
            self._arguments_text(_as_arguments("".join(parts)))
        return whole

    def _arguments_text(self, text: str) -> None:
        if text:
            self._arguments_begun = True
            self._events.append(ToolCallArguments(self.calls - 1, text))

    def _mistral_call(self) -> Reading[None]:
        """`name[ARGS]{…}`, `name[CALL_ID]id[ARGS]{…}` or `name{…}`."""
        read = self._read
        name = yield from self._name()
        if (yield from read.literal("[CALL_ID]")):
            yield from read.skip(NAME)
        yield from read.literal("[ARGS]")
        if (yield from read.skip()) == "{" and name and self._start(name):
            yield from read.value(self._arguments_text)

    def _deepseek_calls(self, tag: str) -> Reading[None]:
        read = self._read
        if tag == DEEPSEEK_CALLS_BEGIN:
            yield from read.skip()
            if not (yield from read.literal(DEEPSEEK_CALL_BEGIN)):
                return
        while (yield from self._deepseek_call()):
            read.mark()
            yield from read.skip()
            if not (yield from read.literal(DEEPSEEK_CALL_BEGIN)):
                read.back()
                yield from self._close(DEEPSEEK_CALLS_END)
                return
        read.back()

    def _deepseek_call(self) -> Reading[bool]:
        """V3.1: `name<sep>{…}<end>`. V3 and R1: `function<sep>name` and the arguments in a fenced block."""
        read = self._read
        name = yield from self._name()
        if not (yield from read.literal(DEEPSEEK_SEP)):
            return False
        if (yield from read.skip()) != "{":
            name = yield from self._name()
            yield from read.literal("```")
            yield from read.literal("json")
        if (yield from read.skip()) != "{" or not name or not self._start(name):
            return False
        if (yield from read.value(self._arguments_text)):
            yield from self._close("```")
            yield from self._close(DEEPSEEK_CALL_END)
        return True

    def _name(self) -> Reading[str]:
        """A bare function name and the white space after it."""
        start = self._read.position
        yield from self._read.skip(NAME)
        name = self._read.since(start)
        yield from self._read.skip()
        return name


def _as_arguments(text: str) -> str:
    """Arguments that are no object yet: text that holds one is unwrapped, none at all are `{}`."""
    if text.startswith('"'):
        text = decode_string(text) or text
    return "{}" if text in ("", '""', "null") else text
