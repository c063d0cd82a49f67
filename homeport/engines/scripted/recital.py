"""From a rule to what a choice says, token by token: stop sequences and token limits applied. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from msgspec import Struct

from homeport.core import chat
from homeport.engines.scripted.script import Rule, ScriptedChunk
from homeport.errors import EngineError

_TOKEN = re.compile(r"\s*\S+|\s+")
_ARGUMENT_PIECE = 12  # characters; models send arguments in pieces too


def split_tokens(text: str) -> list[str]:
    """The tokens of a text: words with the white space before them. Joined they are the text again."""
    return _TOKEN.findall(text)


class Piece(Struct):
    """One streamed delta, due `delay_s` after the one before."""

    delta: chat.Delta
    delay_s: float = 0.0


class Recital(Struct):
    """All that one choice says."""

    content: str | None
    reasoning: str | None
    tool_calls: list[chat.ToolCall]
    finish_reason: chat.FinishReason
    tokens: int
    reasoning_tokens: int
    pieces: list[Piece]


def recite(
    rule: Rule, said: str, index: int, request: chat.ChatRequest | chat.CompletionRequest, call_ids: Iterator[str]
) -> Recital:
    """What choice `index` of the answer says. `said`: the text that stands for `{input}`."""
    is_chat = isinstance(request, chat.ChatRequest)
    limit = request.token_limit if isinstance(request, chat.ChatRequest) else request.max_tokens
    left = limit if limit is not None else 1 << 62
    pieces: list[Piece] = []

    thought = (rule.reasoning or "").replace("{input}", said) if is_chat else ""
    reasoning, reasoning_tokens = _cut_tokens(thought, left)
    left -= reasoning_tokens
    pieces += [Piece(chat.Delta(reasoning_content=token)) for token in split_tokens(reasoning)]

    chunks = _chunks(rule, said, index)
    whole = _cut_at_stop("".join(chunk.text for chunk in chunks), request.stop)
    content, used = _cut_tokens(whole, left)
    left -= used
    pieces += [Piece(chat.Delta(content=chunk.text), chunk.delay_s) for chunk in _cut_chunks(chunks, len(content))]

    calls = []
    cut = (reasoning, content) != (thought, whole)
    scripted_calls = rule.tool_calls if is_chat and not cut else []
    if isinstance(request, chat.ChatRequest) and request.parallel_tool_calls is False:
        scripted_calls = scripted_calls[:1]
    for position, call in enumerate(scripted_calls):
        arguments, used = _cut_tokens(call.arguments_text, left)
        cut = arguments != call.arguments_text
        left -= used
        calls.append(chat.ToolCall(next(call_ids), chat.FunctionCall(call.name, arguments)))
        pieces += _call_pieces(position, calls[-1])
        if cut:
            break

    tokens = (limit if limit is not None else 1 << 62) - left
    finish: chat.FinishReason = "length" if cut else rule.finish_reason or ("tool_calls" if calls else "stop")
    return Recital(
        content=content if content or not calls else None,
        reasoning=reasoning or None,
        tool_calls=calls,
        finish_reason=finish,
        tokens=tokens,
        reasoning_tokens=reasoning_tokens,
        pieces=pieces,
    )


def check_format(recital: Recital, request: chat.ChatRequest) -> None:
    """A script can't be made to follow a schema, but it must not pass plain text off as JSON either."""
    wants_json = isinstance(request.response_format, chat.JsonObjectFormat | chat.JsonSchemaFormat)
    if wants_json and not recital.tool_calls and recital.finish_reason != "length":
        try:
            msgspec.json.decode(recital.content or "")
        except (msgspec.DecodeError, RecursionError):
            raise EngineError(
                "The script's reply is no JSON, which `response_format` asks for.", retryable=False
            ) from None


def _chunks(rule: Rule, said: str, index: int) -> list[ScriptedChunk]:
    """The reply in the pieces in which it is streamed: cut by hand, or one a token."""
    if rule.chunks is not None:
        return [ScriptedChunk(chunk) if isinstance(chunk, str) else chunk for chunk in rule.chunks]
    reply = rule.reply or ""
    text = reply if isinstance(reply, str) else reply[index % len(reply)]
    return [ScriptedChunk(token) for token in split_tokens(text.replace("{input}", said))]


def _cut_at_stop(text: str, stop: chat.Stop) -> str:
    ends = [text.find(word) for word in ([stop] if isinstance(stop, str) else stop or []) if word]
    return text[: min((end for end in ends if end >= 0), default=len(text))]


def _cut_tokens(text: str, limit: int) -> tuple[str, int]:
    """The first `limit` tokens of a text, and how many they are."""
    tokens = split_tokens(text)[:limit]
    return "".join(tokens), len(tokens)


def _cut_chunks(chunks: list[ScriptedChunk], length: int) -> Iterator[ScriptedChunk]:
    for chunk in chunks:
        if length <= 0:
            return
        yield ScriptedChunk(chunk.text[:length], chunk.delay_s)
        length -= len(chunk.text)


def _call_pieces(position: int, call: chat.ToolCall) -> Iterator[Piece]:
    """A tool call as models stream it: the name first, then the arguments bit by bit."""
    opening = chat.ToolCallDelta(position, call.id, "function", chat.FunctionDelta(call.function.name, ""))
    yield Piece(chat.Delta(tool_calls=[opening]))
    arguments = call.function.arguments
    for start in range(0, len(arguments), _ARGUMENT_PIECE):
        part = chat.FunctionDelta(arguments=arguments[start : start + _ARGUMENT_PIECE])
        yield Piece(chat.Delta(tool_calls=[chat.ToolCallDelta(position, function=part)]))
