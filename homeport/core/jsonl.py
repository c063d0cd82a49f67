"""JSONL files for batches and fine-tuning: checked line by line as they come, so that an error names its line.

What is checked is the shape that every use needs; what a model or endpoint makes of a line is seen when it runs.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Raw, Struct

from homeport.core.violations import explain
from homeport.errors import BadRequestError, RequestTooLarge

MAX_LINE_BYTES = 64 * 1024 * 1024  # as large as a request's body may be
MAX_BATCH_LINES = 50_000
MAX_BATCH_BYTES = 200 * 1024 * 1024

# --- shapes --------------------------------------------------------------------


class BatchLine(Struct):
    """One request of a batch."""

    custom_id: Annotated[str, Meta(min_length=1, max_length=512)]
    method: Literal["POST"]
    url: Annotated[str, Meta(pattern="^/")]
    body: dict[str, Raw]


class TrainingMessage(Struct):
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[dict[str, Any]] | None = None
    name: str | None = None
    tool_calls: list[dict[str, Any]] | None = None
    tool_call_id: str | None = None
    function_call: dict[str, Any] | None = None
    weight: Literal[0, 1] | None = None


Messages = Annotated[list[TrainingMessage], Meta(min_length=1)]


class ChatExample(Struct):
    """Supervised and reinforcement fine-tuning. The latter has members of its own, for its grader."""

    messages: Messages
    tools: list[dict[str, Any]] | None = None
    functions: list[dict[str, Any]] | None = None
    parallel_tool_calls: bool | None = None


class PreferenceInput(Struct):
    messages: Messages
    tools: list[dict[str, Any]] | None = None
    parallel_tool_calls: bool | None = None


class PreferenceExample(Struct):
    """Direct preference optimisation."""

    input: PreferenceInput
    preferred_output: Messages
    non_preferred_output: Messages


class CompletionExample(Struct):
    """Fine-tuning of models that complete text."""

    prompt: str
    completion: str


# --- rules ---------------------------------------------------------------------


def check_for(purpose: str, param: str = "file") -> Check | None:
    """What a new file of this purpose has to pass; None where it may be anything. `param`: whom errors name."""
    kinds = {"batch": BatchCheck, "fine-tune": TrainingCheck}
    return kinds[purpose](param) if purpose in kinds else None


class Check:
    """Feed it a file in pieces, then call `finish`. Both raise BadRequestError. Blank lines are passed over."""

    def __init__(self, param: str) -> None:
        self.lines = 0  # those that were not blank
        self._param = param
        self._number = 0  # of the line at hand, from 1
        self._rest: list[bytes] = []  # of the line that isn't whole yet
        self._rest_bytes = 0
        self.size_bytes = 0

    def feed(self, piece: bytes) -> None:
        self.size_bytes += len(piece)
        first, newline, others = piece.partition(b"\n")
        self._rest.append(first)
        self._rest_bytes += len(first)
        if self._rest_bytes > MAX_LINE_BYTES:
            raise self._error(f"it is longer than {MAX_LINE_BYTES} bytes.", number=self._number + 1)
        if newline:
            self._line(b"".join(self._rest))
            *whole, last = others.split(b"\n")
            for line in whole:
                self._line(line)
            self._rest, self._rest_bytes = [last], len(last)

    def finish(self) -> None:
        self._line(b"".join(self._rest))
        if not self.lines:
            raise BadRequestError("The file has no lines.", param=self._param, code="empty_file")

    def check(self, line: bytes) -> None:
        """One line that isn't blank."""
        raise NotImplementedError

    def _line(self, line: bytes) -> None:
        self._number += 1
        line = line.strip()
        if line:
            self.lines += 1
            self.check(line)

    def _decode(self, line: bytes, decoder: msgspec.json.Decoder[Any]) -> Any:
        try:
            line.decode()
            return decoder.decode(line)
        except UnicodeDecodeError:
            raise self._error("it is not UTF-8.", "invalid_json_line") from None
        except msgspec.ValidationError as error:
            value = self._decode(line, _ANYTHING)  # its end may be no JSON
            if not isinstance(value, dict):
                raise self._error(f"it is no JSON object ({line[:40]!r}).", "invalid_json_line") from None
            told = explain(error, value, decoder.type)
            raise self._error(told.message, told.code) from None
        except (msgspec.DecodeError, RecursionError):
            raise self._error("it is not parseable as valid JSON.", "invalid_json_line") from None

    def _error(self, message: str, code: str | None = None, *, number: int | None = None) -> BadRequestError:
        return BadRequestError(f"Line {number or self._number}: {message}", param=self._param, code=code)


class BatchCheck(Check):
    def __init__(self, param: str) -> None:
        super().__init__(param)
        self._decoder = msgspec.json.Decoder(BatchLine)
        self._custom_ids: set[str] = set()
        self._url = ""

    def feed(self, piece: bytes) -> None:
        super().feed(piece)
        if self.size_bytes > MAX_BATCH_BYTES:
            raise RequestTooLarge(f"A file for a batch may have {MAX_BATCH_BYTES} bytes.", param=self._param)

    def check(self, line: bytes) -> None:
        request: BatchLine = self._decode(line, self._decoder)
        if self.lines > MAX_BATCH_LINES:
            raise self._error(f"a batch may have {MAX_BATCH_LINES} requests.", "too_many_requests")
        if request.custom_id in self._custom_ids:
            raise self._error(f"its custom_id `{request.custom_id}` was used before.", "duplicate_custom_id")
        self._custom_ids.add(request.custom_id)
        self._url = self._url or request.url
        if request.url != self._url:
            raise self._error(
                f"its url `{request.url}` is not that of the lines before, `{self._url}`.", "mismatched_endpoint"
            )


class TrainingCheck(Check):
    def __init__(self, param: str) -> None:
        super().__init__(param)
        self._decoder: msgspec.json.Decoder[Any] | None = None

    def check(self, line: bytes) -> None:
        if self._decoder is None:
            self._decoder = msgspec.json.Decoder(self._kind(line))
        example = self._decode(line, self._decoder)
        if isinstance(example, ChatExample) and all(message.role != "assistant" for message in example.messages):
            members = self._decode(line, _OBJECT).keys()
            if members <= set(ChatExample.__struct_fields__):
                raise self._error("its messages have none of the assistant's.", "missing_assistant_message")

    def _kind(self, line: bytes) -> type[Struct]:
        """Which kind of examples a file has, by its first."""
        members = self._decode(line, _OBJECT)
        if "input" in members:
            return PreferenceExample
        return CompletionExample if "prompt" in members else ChatExample


_ANYTHING = msgspec.json.Decoder()
_OBJECT = msgspec.json.Decoder(dict[str, Any])
