"""One choice: llama.cpp's events → the caller's pieces. Pure: no I/O, no clock.

Stop sequences are found here and not in llama.cpp: there they would also match inside a model's reasoning and inside
tool calls, and the log probabilities of text it holds back come without that text.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from msgspec import UNSET, UnsetType

from homeport.core.chat import (
    Choice,
    ChoiceLogprobs,
    ChunkChoice,
    Delta,
    FinishReason,
    FunctionCall,
    FunctionDelta,
    ResponseMessage,
    TokenLogprob,
    ToolCall,
    ToolCallDelta,
    TopLogprob,
)
from homeport.core.parsers import ContentText, Event, OutputParser, ReasoningText, ToolCallArguments, ToolCallStart
from homeport.engines.llama_cpp.server import CompletionEvent, TokenProbability


class StopMatcher:
    """Passes text on up to the first stop sequence to be completed; holds back what may be the beginning of one."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = stops
        self._held = ""
        self.held = 0  # characters held back, or cut off once stopped
        self.stopped = False

    def feed(self, text: str) -> str:
        if not self._stops or self.stopped:
            return "" if self.stopped else text
        text = self._held + text
        found = [(start + len(stop), start) for stop in self._stops if (start := text.find(stop)) >= 0]
        if found:
            start = min(found)[1]
            self.stopped, self._held, self.held = True, "", len(text) - start
            return text[:start]
        longest = max(map(len, self._stops)) - 1
        start = next(
            (
                i
                for i in range(max(0, len(text) - longest), len(text))
                if any(s.startswith(text[i:]) for s in self._stops)
            ),
            len(text),
        )
        self._held, self.held = text[start:], len(text) - start
        return text[:start]

    def finish(self) -> str:
        """The output is over: what was held back."""
        text, self._held = self._held, ""
        if not self.stopped:
            self.held = 0
        return text


class LogprobQueue:
    """Entries wait until their text has been passed on, so that those of a stop sequence are never sent."""

    def __init__(self, top: int) -> None:
        self._top = top
        self._waiting: deque[tuple[int, TokenLogprob]] = deque()  # where the token begins, in characters
        self._received = 0
        self.dropped = True  # what comes before content, marks and blank space, belongs to none

    def add(self, probabilities: list[TokenProbability]) -> None:
        for item in probabilities:
            tops = [TopLogprob(_printable(t), t.logprob, t.bytes) for t in item.top_logprobs[: self._top]]
            self._waiting.append((self._received, TokenLogprob(item.token, item.logprob, item.bytes, tops)))
            self._received += len(item.token)

    def take(self, held: int, *, cut: bool) -> list[TokenLogprob]:
        """Entries whose text is out while `held` characters are not. `cut`: what is not out now never will be."""
        taken = []
        out = self._received - held
        while self._waiting and (self._waiting[0][0] < out if cut else self._ends(0) <= out):
            taken.append(self._waiting.popleft()[1])
        if cut:
            self._waiting.clear()
        return taken

    def _ends(self, index: int) -> int:
        return self._waiting[index + 1][0] if index + 1 < len(self._waiting) else self._received

    def drop(self) -> None:
        """What waits belongs to reasoning or to a tool call: OpenAI gives no log probabilities of those."""
        self._waiting.clear()
        self.dropped = True

    def begin(self, text: str) -> None:
        """Content begins, and this is all that has come of it. What came since `drop` before that goes the same way."""
        self.dropped, size, kept = False, len(text.encode()), 0
        while size > 0 and kept < len(self._waiting):
            kept += 1
            size -= len(self._waiting[-kept][1].bytes or ())
        while len(self._waiting) > kept:
            self._waiting.popleft()

    def end(self) -> None:
        """Nothing follows."""
        if self.dropped:
            self._waiting.clear()


def _printable(item: TokenProbability) -> str:
    """A token that was not chosen, as OpenAI writes one that is no whole character: "bytes:\\xe2\\x82"."""
    try:
        return bytes(item.bytes).decode()
    except UnicodeDecodeError:
        return "bytes:" + "".join(f"\\x{byte:02x}" for byte in item.bytes)


def _text_of(events: Sequence[Event]) -> str:
    """The content that comes before anything else."""
    text = ""
    for event in events:
        if not isinstance(event, ContentText):
            break
        text += event.text
    return text


class ChatChoice:
    """A choice of a chat completion, as it grows."""

    def __init__(
        self,
        index: int,
        parser: OutputParser,
        *,
        stops: Sequence[str] = (),
        top_logprobs: int | None = None,
        single_call: bool = False,
        prefill: str = "",
    ) -> None:
        self.index = index
        self.finish_reason: FinishReason | None = None
        self.cut = False  # by a stop sequence, or after the only call allowed
        self.tokens = 0  # generated
        self.reasoning_tokens = 0
        self.cached_tokens = 0  # of the prompt
        self._parser = parser
        self._stop = StopMatcher(stops)
        self._logprobs = LogprobQueue(top_logprobs) if top_logprobs is not None else None
        self._single_call = single_call
        self._uncounted = 0  # tokens since the last one known to be reasoning or not
        self._content: list[str] = []
        self._reasoning: list[str] = []
        self._calls: list[tuple[str, str, list[str]]] = []
        self._all_logprobs: list[TokenLogprob] = []
        self._early = self._deltas(parser.feed(prefill)) if prefill else []

    @property
    def done(self) -> bool:
        return self.finish_reason is not None

    @property
    def text(self) -> str:
        return "".join(self._content)

    def feed(self, event: CompletionEvent) -> list[ChunkChoice]:
        """The pieces that an event completes; the last of all carries the finish reason."""
        if event.prompt_progress is not None:
            self.cached_tokens = event.prompt_progress.cache
            return []
        pieces, self._early = self._early, []
        if event.tokens_predicted > self.tokens:
            self._uncounted += event.tokens_predicted - self.tokens
            self.tokens = event.tokens_predicted
        if self._logprobs is not None:
            self._logprobs.add(event.completion_probabilities)
        pieces += self._deltas(self._parser.feed(event.content))
        if event.stop_type is not None and not self.cut:
            pieces += self._deltas(self._parser.finish())
            if rest := self._stop.finish():
                pieces.append(self._text_piece(rest))
        if self.cut or event.stop_type is not None:
            if self._reasoning and not self._content and not self._calls:
                self.reasoning_tokens += self._uncounted  # it never came to an answer
            self.finish_reason = self._reason(event.stop_type)
            if self._logprobs is not None:
                self._logprobs.end()
            pieces.append(ChunkChoice(self.index, Delta(), self._taken(cut=True), self.finish_reason))
        return pieces

    def _reason(self, stop_type: str | None) -> FinishReason:
        if stop_type == "limit" and not self.cut:
            return "length"
        return "tool_calls" if self._calls else "stop"

    def _deltas(self, events: list[Event]) -> list[ChunkChoice]:
        pieces: list[ChunkChoice] = []
        for place, event in enumerate(events):
            if self.cut:
                break
            if isinstance(event, ContentText):
                self._uncounted = 0
                if self._logprobs is not None and self._logprobs.dropped:
                    self._logprobs.begin(_text_of(events[place:]) + self._parser.held)
                text = self._stop.feed(event.text)
                self.cut = self._stop.stopped
                if text:
                    pieces.append(self._text_piece(text))
                continue
            if self._logprobs is not None:
                self._logprobs.drop()
            if isinstance(event, ReasoningText):
                self.reasoning_tokens += self._uncounted
                self._uncounted = 0
                self._reasoning.append(event.text)
                pieces.append(ChunkChoice(self.index, Delta(reasoning_content=event.text)))
            elif isinstance(event, ToolCallStart):
                if self._single_call and self._calls:
                    self.cut = True
                    break
                if rest := self._stop.finish():
                    pieces.append(self._text_piece(rest))
                self._calls.append((event.id, event.name, []))
                pieces.append(self._call_piece(event.index, event.id, FunctionDelta(event.name, "")))
            elif isinstance(event, ToolCallArguments):
                self._calls[event.index][2].append(event.text)
                pieces.append(self._call_piece(event.index, None, FunctionDelta(arguments=event.text)))
        return pieces

    def _text_piece(self, text: str) -> ChunkChoice:
        self._content.append(text)
        return ChunkChoice(self.index, Delta(content=text), self._taken(cut=self._stop.stopped))

    def _taken(self, *, cut: bool) -> ChoiceLogprobs | None:
        entries = self._logprobs.take(self._stop.held, cut=cut) if self._logprobs is not None else []
        self._all_logprobs += entries
        return ChoiceLogprobs(content=entries) if entries else None

    def _call_piece(self, index: int, id: str | None, function: FunctionDelta) -> ChunkChoice:
        call = ToolCallDelta(index, id, "function" if id is not None else None, function)
        return ChunkChoice(self.index, Delta(tool_calls=[call]))

    def whole(self) -> Choice:
        """The finished choice."""
        calls: list[ToolCall] | UnsetType = UNSET
        if self._calls:
            calls = [ToolCall(id, FunctionCall(name, "".join(arguments))) for id, name, arguments in self._calls]
        message = ResponseMessage(
            content=self.text if self._content or not self._calls else None,
            reasoning_content="".join(self._reasoning) if self._reasoning else UNSET,
            tool_calls=calls,
        )
        logprobs = ChoiceLogprobs(content=self._all_logprobs) if self._logprobs is not None else None
        return Choice(self.index, message, self.finish_reason or "stop", logprobs)
