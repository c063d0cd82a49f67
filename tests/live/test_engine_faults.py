"""Homeport before engines that misbehave: each fault is an error of the right class in the SDK, and life goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from tests.engines.raw_peer import (
    CLOSE,
    HANG,
    KEY,
    RESET,
    STREAM,
    Answer,
    RawPeer,
    Request,
    chunk,
    completion,
    streamed,
    text_stream,
    whole,
)
from tests.support import LiveServer

pytestmark = pytest.mark.anyio

HTML = b"<html><body>Bad Gateway</body></html>"
PART = STREAM + b"".join(chunk(part) for part in text_stream("Hel", "lo")[:2])


def error(status: int, message: str = "It says no.", **headers: str | int) -> bytes:
    return whole({"error": {"message": message, "type": "x_error", "param": "n", "code": None}}, status, **headers)


# The model that is asked for decides how the peer behaves.
BEFORE: dict[str, tuple[Answer, type[openai.APIStatusError], int, str]] = {
    "closes": ([CLOSE], openai.InternalServerError, 502, "closed the connection"),
    "resets": ([RESET], openai.InternalServerError, 502, "closed the connection"),
    "hangs": ([HANG], openai.InternalServerError, 504, "did not answer in time"),
    "html-502": (whole(HTML, 502, content_type="text/html"), openai.InternalServerError, 502, "502 with text/html"),
    "html-200": (whole(HTML, 200, content_type="text/html"), openai.InternalServerError, 502, "text/html"),
    "no-http": (b"garbage\r\n\r\n", openai.InternalServerError, 502, "not an HTTP answer"),
    "redirects": (whole(b"", 307, location="http://127.0.0.1/"), openai.InternalServerError, 502, "redirect"),
    "wrong-key": (error(401, f"Incorrect API key: {KEY}"), openai.InternalServerError, 502, "credentials"),
    "forbids": (error(403), openai.InternalServerError, 502, "credentials"),
    "refuses": (error(400), openai.BadRequestError, 400, "It says no."),
    "unknown": (error(404, "The model `unknown` does not exist."), openai.NotFoundError, 404, "does not exist"),
    "limits": (error(429, retry_after=7), openai.RateLimitError, 429, "It says no."),
    "breaks": (error(500, "CUDA died"), openai.InternalServerError, 502, "CUDA died"),
    "too-long": (error(400, "maximum context length is 5 tokens"), openai.BadRequestError, 400, "context length"),
}
AFTER: dict[str, tuple[Answer, str]] = {
    "cut": ([PART, 0.05, CLOSE], "closed the connection"),
    "reset": ([PART, 0.05, RESET], "closed the connection"),
    "cut-in-event": ([PART, 0.05, chunk(b'data: {"choices"') + b"0\r\n\r\n"], "within an event"),
    "stall": ([PART, HANG], "did not answer in time"),
    "nonsense": ([PART, 0.05, chunk(b"data: nonsense\n\n"), HANG], "no JSON object"),
    "reports": ([PART, 0.05, chunk(b'data: {"error": {"message": "CUDA died"}}\n\n'), HANG], "CUDA died"),
}


def misbehave(request: Request) -> Answer:
    asked = request.json
    if asked["model"] in BEFORE:
        return BEFORE[asked["model"]][0]
    if asked["model"] in AFTER:
        return AFTER[asked["model"]][0]
    return streamed(*text_stream("Hi")) if asked.get("stream") else whole(completion("Hi"))


@pytest.fixture(scope="module")
async def client(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AsyncOpenAI]:
    folder = tmp_path_factory.mktemp("faults")
    (folder / "spare.toml").write_text('[[rules]]\nreply = "spare"')
    async with RawPeer(misbehave) as peer:
        config = f"""
            [timeouts]
            next_token_s = 0.3
            answer_s = 0.3
            [engines.far]
            url = "{peer.url}"
            api_key = "{KEY}"
            retries = 0
            models = {["good", *BEFORE, *AFTER]}
            [engines.near]
            type = "scripted"
            script = "{folder / "spare.toml"}"
            [models.spare]
            engine = "near"
            name = "scripted"
            """ + "".join(
            f'[models."safe-{name}"]\nengine = "far"\nname = "{name}"\nfallback = ["spare"]\n'
            for name in [*BEFORE, *AFTER]
        )
        server = LiveServer(folder, config)
        await asyncio.to_thread(server.start)
        async with AsyncOpenAI(base_url=server.base_url, api_key=server.key, max_retries=0) as sdk:
            yield sdk
        await asyncio.to_thread(server.stop)
        output = "".join(server.output)
        assert "Traceback" not in output, output
        assert KEY not in output, "the engine's key is in the log"


async def ask(client: AsyncOpenAI, model: str, *, stream: bool = False) -> str:
    request: dict[str, Any] = {"model": model, "messages": [{"role": "user", "content": "Hello"}]}
    if not stream:
        return (await client.chat.completions.create(**request)).choices[0].message.content or ""
    text = ""
    async for part in await client.chat.completions.create(**request, stream=True):
        text += part.choices[0].delta.content or ""
    return text


@pytest.fixture(autouse=True)
async def _next_request_works(client: AsyncOpenAI) -> AsyncIterator[None]:
    yield
    assert await ask(client, "good") == "Hi"
    assert await ask(client, "good", stream=True) == "Hi"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name", BEFORE)
async def test_a_fault_before_the_first_byte(client: AsyncOpenAI, name: str, stream: bool) -> None:
    _, kind, status, says = BEFORE[name]
    with pytest.raises(kind) as caught:
        await ask(client, name, stream=stream)
    assert caught.value.status_code == status
    assert says in caught.value.message
    assert KEY not in caught.value.message
    assert "<" not in caught.value.message
    assert isinstance(caught.value.body, dict)
    assert set(caught.value.body) == {"message", "type", "param", "code"}
    assert caught.value.request_id
    if name == "limits":
        assert caught.value.response.headers["retry-after"] == "7"
    if name == "too-long":
        assert caught.value.code == "context_length_exceeded"


@pytest.mark.parametrize("name", AFTER)
async def test_a_fault_after_the_first_byte(client: AsyncOpenAI, name: str) -> None:
    text = ""
    with pytest.raises(openai.APIError, match=AFTER[name][1]) as caught:
        async for part in await client.chat.completions.create(
            model=name, messages=[{"role": "user", "content": "Hello"}], stream=True
        ):
            text += part.choices[0].delta.content or ""
    assert text == "Hel"
    assert not isinstance(caught.value, openai.APIStatusError)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name", BEFORE)
async def test_another_engine_stands_in_where_that_helps(client: AsyncOpenAI, name: str, stream: bool) -> None:
    kind, status = BEFORE[name][1:3]
    if status >= 500:
        assert await ask(client, f"safe-{name}", stream=stream) == "spare"
    else:
        with pytest.raises(kind):
            await ask(client, f"safe-{name}", stream=stream)


@pytest.mark.parametrize("name", ["cut", "stall"])
async def test_no_engine_stands_in_after_the_first_byte(client: AsyncOpenAI, name: str) -> None:
    with pytest.raises(openai.APIError, match=AFTER[name][1]):
        await ask(client, f"safe-{name}", stream=True)
