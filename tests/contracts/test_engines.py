"""What `engines.base` promises, held by every engine: embedded, over HTTP and scripted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from homeport.config import EngineConfig, TimeoutsConfig
from homeport.core.answers import ChatChunk, ChatCompletion, Completion, Usage
from homeport.core.chat import ChatRequest
from homeport.core.decode import decode_chat, decode_completion
from homeport.engines.base import Engine
from homeport.engines.llama_cpp.engine import LlamaCppEngine
from homeport.engines.openai_http import OpenAIHTTPEngine
from homeport.engines.scripted import ScriptedEngine
from homeport.errors import ApiError
from tests.support import LiveServer

pytestmark = pytest.mark.anyio

SCRIPT = """
[[rules]]
reply = "one two three four five six seven eight"
"""


@pytest.fixture(params=["llama_cpp", "openai", "scripted"])
async def engine(
    request: pytest.FixtureRequest, tiny_model: Path, server: LiveServer, tmp_path: Path
) -> AsyncIterator[tuple[Engine, str]]:
    """An engine, started, and its own name for its model."""
    timeouts, made, name = TimeoutsConfig(), None, "tiny"
    if request.param == "llama_cpp":
        config = EngineConfig(type="llama_cpp", path=str(tiny_model), threads=1, slots=4)
        made = LlamaCppEngine("tiny", config, timeouts)
    elif request.param == "openai":
        made = OpenAIHTTPEngine("peer", EngineConfig(url=server.base_url), timeouts, server.key)
    else:
        script = tmp_path / "script.toml"
        script.write_text(SCRIPT)
        made = ScriptedEngine("tiny", EngineConfig(type="scripted", script=str(script)), timeouts)
    await made.start()
    if request.param == "scripted":
        name = (await made.models())[0].id
    yield made, name
    await made.close()


def chat(**fields: Any) -> ChatRequest:
    body = {"model": "tiny", "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 5, "seed": 1} | fields
    return decode_chat(msgspec.json.encode(body), lambda _: None)


async def chunks_of(engine: Engine, model: str, request: ChatRequest) -> list[ChatChunk]:
    """Every event of a stream, each block checked to be canonical."""
    found = []
    async for block in await engine.stream(request, model):
        assert block.endswith(b"\n\n")
        for event in block[:-2].split(b"\n\n"):
            assert event.startswith(b"data: {")
            assert b"\n" not in event
            found.append(msgspec.json.decode(event[6:], type=ChatChunk))
    return found


async def test_it_lists_its_models(engine: tuple[Engine, str]) -> None:
    made, name = engine
    assert name in [model.id for model in await made.models()]
    assert made.healthy()


async def test_a_whole_answer_is_openais_and_says_what_it_cost(engine: tuple[Engine, str]) -> None:
    made, name = engine
    answer = await made.answer(chat(), name)
    body = msgspec.json.decode(answer.body, type=ChatCompletion)
    assert body.choices[0].finish_reason in ("stop", "length")
    assert answer.usage is not None
    assert answer.usage == body.usage
    assert 0 < answer.usage.completion_tokens <= 5
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


async def test_a_stream_is_the_same_answer_in_pieces(engine: tuple[Engine, str]) -> None:
    made, name = engine
    whole = msgspec.json.decode((await made.answer(chat(), name)).body, type=ChatCompletion)
    chunks = await chunks_of(made, name, chat(stream=True, stream_options={"include_usage": True}))
    assert len({chunk.id for chunk in chunks}) == 1
    parts = [choice for chunk in chunks for choice in chunk.choices]
    text = "".join(part.delta.content for part in parts if isinstance(part.delta.content, str))
    assert text == whole.choices[0].message.content
    assert [part.finish_reason for part in parts if part.finish_reason] == [whole.choices[0].finish_reason]
    assert chunks[-1].choices == []
    usage = chunks[-1].usage
    assert isinstance(usage, Usage)
    assert (usage.prompt_tokens, usage.completion_tokens) == (whole.usage.prompt_tokens, whole.usage.completion_tokens)


async def test_usage_ends_every_stream_whether_it_was_asked_for_or_not(engine: tuple[Engine, str]) -> None:
    made, name = engine
    chunks = await chunks_of(made, name, chat(stream=True))
    assert chunks[-1].choices == []
    assert chunks[-1].usage


async def test_several_choices_have_their_indexes(engine: tuple[Engine, str]) -> None:
    made, name = engine
    whole = msgspec.json.decode((await made.answer(chat(n=3), name)).body, type=ChatCompletion)
    assert [choice.index for choice in whole.choices] == [0, 1, 2]
    chunks = await chunks_of(made, name, chat(n=3, stream=True))
    ended = [choice.index for chunk in chunks for choice in chunk.choices if choice.finish_reason]
    assert sorted(ended) == [0, 1, 2]


async def test_completions_too(engine: tuple[Engine, str]) -> None:
    made, name = engine
    request = decode_completion(msgspec.json.encode({"prompt": "Hello", "max_tokens": 3}), lambda _: None)
    answer = await made.answer(request, name)
    assert msgspec.json.decode(answer.body, type=Completion).choices[0].finish_reason
    assert answer.usage


async def test_counting_first_is_counting_right(engine: tuple[Engine, str]) -> None:
    made, name = engine
    counted = await made.count_chat(chat(), name)
    answer = await made.answer(chat(), name)
    assert answer.usage is not None
    assert counted == answer.usage.prompt_tokens
    tokens = await made.tokenize("Hello world", name)
    assert await made.detokenize(tokens, name) == "Hello world"


async def test_closing_a_stream_is_idempotent_and_leaves_the_engine_well(engine: tuple[Engine, str]) -> None:
    made, name = engine
    blocks = await made.stream(chat(stream=True, max_tokens=2000), name)
    await blocks.__anext__()
    await blocks.aclose()
    await blocks.aclose()
    assert (await made.answer(chat(), name)).usage


async def test_a_cancelled_wait_leaves_the_engine_well(engine: tuple[Engine, str]) -> None:
    made, name = engine
    task = asyncio.create_task(made.answer(chat(max_tokens=3000), name))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await made.answer(chat(), name)).usage


async def test_a_model_it_does_not_have_is_an_api_error(engine: tuple[Engine, str]) -> None:
    made, _ = engine
    if isinstance(made, LlamaCppEngine):  # it runs one model, whatever it is called: the pool knows the names
        assert (await made.answer(chat(), "no-such-model")).usage
        return
    with pytest.raises(ApiError) as refused:
        await made.answer(chat(), "no-such-model")
    assert refused.value.status == 404
