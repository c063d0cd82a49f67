"""Questions put in words that search finds more with, by the default chat model."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable

import msgspec

from homeport.core.answers import ChatCompletion
from homeport.core.chat import ChatRequest
from homeport.core.decode import chat_request
from homeport.core.metering import UsageRecord
from homeport.engines.base import Answer
from homeport.errors import ApiError
from homeport.ids import new_request_id

log = logging.getLogger(__name__)

_INSTRUCTIONS = (
    "Rewrite the user's question as a query for a search engine. Keep names, numbers and technical words, drop what is "
    "only politeness, and correct misspelt words. Answer with the query on one line and nothing else."
)
_MAX_TOKENS = 96
_MAX_GROWTH = 2.0  # a query much longer than the question is an answer, not a query
_TIMEOUT_S = 15.0
_WORD = re.compile(r"\w{3,}")

AnswerChat = Callable[[ChatRequest], Awaitable[Answer]]


class Rewriter:
    """`answer` asks a chat model, `record` notes what was used."""

    def __init__(self, answer: AnswerChat, record: Callable[[UsageRecord], None]) -> None:
        self._answer = answer
        self._record = record

    async def rewrite(self, query: str, project_id: str) -> str:
        """A better query; the same one where the model fails or speaks nonsense. Never fails."""
        messages = [{"role": "system", "content": _INSTRUCTIONS}, {"role": "user", "content": query}]
        request = chat_request(
            {"messages": messages, "temperature": 0, "max_tokens": _MAX_TOKENS}, normalise=lambda data: None
        )
        started_at, started_s = time.time(), time.perf_counter()
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                answer = await self._answer(request)
            completion = msgspec.json.decode(answer.body, type=ChatCompletion)
        except (ApiError, TimeoutError, msgspec.MsgspecError) as error:
            log.warning("a query was not rewritten: %s", error or "it took too long")
            return query
        usage, duration_s = completion.usage, time.perf_counter() - started_s
        self._record(
            UsageRecord(
                *(started_at, new_request_id(), project_id, "", "chat", completion.model, 200),
                *(usage.prompt_tokens, 0, usage.completion_tokens, duration_s, None),
            )
        )
        said = completion.choices[0].message.content or ""
        return said_well(query, said) or query


def said_well(query: str, said: str) -> str | None:
    """What a model said, if it can be a rewriting of the query: one line, about as long, about the same thing."""
    rewritten = said.strip().strip("\"'`").strip()
    if not rewritten or "\n" in rewritten or len(rewritten) > max(len(query) * _MAX_GROWTH, 80):
        return None
    words, kept = (set(_WORD.findall(text.casefold())) for text in (query, rewritten))
    return rewritten if words & kept or not words else None
