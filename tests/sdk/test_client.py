"""`from homeport import OpenAI`: where it connects, what it sends, and that it stays the official client."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import openai
import pytest
from pydantic import BaseModel

import homeport
from homeport import AsyncOpenAI, OpenAI
from tests.sdk.recorder import Recorder, recorder

MESSAGES = [{"role": "user", "content": "Hi"}]


@pytest.fixture
def noted() -> Iterator[Recorder]:
    with recorder() as running:
        yield running


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOMEPORT_BASE_URL", "OPENAI_BASE_URL", "HOMEPORT_API_KEY", "OPENAI_API_KEY", "OPENAI_ADMIN_KEY"):
        monkeypatch.delenv(name, raising=False)


# --- exports -------------------------------------------------------------------------


def test_exports_are_lazy_and_complete() -> None:
    program = (
        "import sys, homeport; assert 'openai' not in sys.modules; homeport.OpenAI; assert 'openai' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    assert set(homeport.__all__) == {"AsyncOpenAI", "OpenAI", "__version__"}
    for name in homeport.__all__:
        assert getattr(homeport, name)
    with pytest.raises(AttributeError, match="no attribute 'Other'"):
        _ = homeport.Other


def test_without_the_official_client_the_remedy_is_named() -> None:
    program = "import sys; sys.modules['openai'] = None\nfrom homeport import OpenAI"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert result.stderr.rstrip().endswith(
        "ImportError: The SDK extends the official client: pip install '.[sdk]' in Homeport's checkout"
    )


# --- where to, and as whom -----------------------------------------------------------


def test_base_url(monkeypatch: pytest.MonkeyPatch) -> None:
    def base_url(**options: str) -> str:
        with OpenAI(api_key="k", **options) as client:
            return str(client.base_url)

    assert base_url() == "http://127.0.0.1:8000/v1/"
    monkeypatch.setenv("OPENAI_BASE_URL", "http://openai.test/v1")
    assert base_url() == "http://openai.test/v1/"
    monkeypatch.setenv("HOMEPORT_BASE_URL", "http://homeport.test/v2")
    assert base_url() == "http://homeport.test/v2/"
    assert base_url(base_url="http://argument.test/v3") == "http://argument.test/v3/"


def test_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(openai.OpenAIError, match="pass `api_key` or set HOMEPORT_API_KEY"):
        OpenAI()
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai")
    with OpenAI() as client:
        assert client.api_key == "sk-openai"
    monkeypatch.setenv("HOMEPORT_API_KEY", "sk-homeport")
    with OpenAI() as client:
        assert client.api_key == "sk-homeport"
    with OpenAI(api_key="sk-argument") as client:
        assert client.api_key == "sk-argument"


def test_workspace_and_project(noted: Recorder) -> None:
    with OpenAI(base_url=noted.url, api_key="k", workspace_id="wksp_abc123", project="support-bot") as client:
        client.chat.completions.create(model="m", messages=MESSAGES)
        assert noted.headers["openai-organization"] == "wksp_abc123"
        assert noted.headers["openai-project"] == "support-bot"
        copied = client.with_options(timeout=3)
        assert isinstance(copied, OpenAI)
        copied.chat.completions.create(prompt="also here")
        assert noted.headers["openai-organization"] == "wksp_abc123"
    with pytest.raises(openai.OpenAIError, match="two names of one thing"):
        OpenAI(api_key="k", workspace_id="a", organization="b")


# --- chat ----------------------------------------------------------------------------


def test_documented_parameters_go_out_as_the_official_client_sends_them(noted: Recorder) -> None:
    parameters = {"model": "m", "messages": MESSAGES, "temperature": 0, "metadata": {"a": "b"}, "stop": ["x"]}
    bodies = []
    for kind in (openai.OpenAI, OpenAI):
        with kind(base_url=noted.url, api_key="k") as client:
            client.chat.completions.create(**parameters, extra_body={"vendor": 1})
        bodies.append(noted.body)
    assert bodies[0] == bodies[1] == {**parameters, "vendor": 1}
    assert noted.path == "/v1/chat/completions"


@pytest.mark.parametrize(
    "arguments",
    [
        {"model": "gpt-4-2026", "prompt": "Generate a post.", "max_tokens": 250},
        {"session_id": "sess_1", "messages": MESSAGES},
        {"messages": MESSAGES, "output": ["text", "audio"]},
        {"prompt": "Hi"},
        {"messages": [{"role": "user", "content": [{"type": "audio", "data": "base64"}]}], "model": "m"},
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "https://x/y.png"}]}]},
    ],
)
def test_what_the_documents_send_arrives_unchanged(noted: Recorder, arguments: dict[str, object]) -> None:
    with OpenAI(base_url=noted.url, api_key="k") as client:
        completion = client.chat.completions.create(**arguments)
        assert noted.body == arguments
        assert completion.choices[0].text == "legacy"
        raw = client.chat.completions.with_raw_response.create(**arguments)
        assert noted.body == arguments
        assert raw.parse().choices[0].message.content == '{"n": 1}'


def test_extra_body_wins(noted: Recorder) -> None:
    with OpenAI(base_url=noted.url, api_key="k") as client:
        client.chat.completions.create(messages=MESSAGES, output=["text"], extra_body={"output": ["audio"]})
    assert noted.body == {"messages": MESSAGES, "output": ["audio"]}


def test_streams(noted: Recorder) -> None:
    with OpenAI(base_url=noted.url, api_key="k") as client:
        chunks = list(client.chat.completions.create(prompt="Hi", stream=True))
        assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "Hello"
        assert noted.body == {"prompt": "Hi", "stream": True}
        with client.chat.completions.stream(messages=MESSAGES) as stream:
            assert list(stream.text_stream) == ["Hel", "lo"]
            final = stream.get_final_completion()
        assert final.choices[0].message.content == "Hello"
        assert final.usage is not None
        assert final.usage.total_tokens == 5
        assert noted.body == {"messages": MESSAGES, "stream": True, "stream_options": {"include_usage": True}}
        with client.chat.completions.stream(messages=MESSAGES, stream_options={"include_usage": False}) as stream:
            kinds = [event.type for event in stream]
        assert kinds.count("content.delta") == 2
        assert noted.body["stream_options"] == {"include_usage": False}


class Number(BaseModel):
    n: int


def test_parse(noted: Recorder) -> None:
    with OpenAI(base_url=noted.url, api_key="k") as client:
        for completions in (client.chat.completions, client.beta.chat.completions):
            parsed = completions.parse(model="m", messages=MESSAGES, response_format=Number)
            assert parsed.choices[0].message.parsed == Number(n=1)
        client.chat.completions.parse(messages=MESSAGES, response_format=Number, session_id="s")
    assert set(noted.body) - {"stream"} == {"messages", "response_format", "session_id"}


@pytest.mark.anyio
async def test_asyncio(noted: Recorder) -> None:
    async with AsyncOpenAI(base_url=noted.url, api_key="k", workspace_id="w") as client:
        completion = await client.chat.completions.create(prompt="Hi")
        assert completion.choices[0].text == "legacy"
        assert noted.body == {"prompt": "Hi"}
        assert noted.headers["openai-organization"] == "w"
        chunks = [chunk async for chunk in await client.chat.completions.create(messages=MESSAGES, stream=True)]
        assert len(chunks) == 4
        async with client.chat.completions.stream(messages=MESSAGES) as stream:
            assert [text async for text in stream.text_stream] == ["Hel", "lo"]
            final = await stream.get_final_completion()
        assert final.usage is not None
        parsed = await client.chat.completions.parse(messages=MESSAGES, response_format=Number)
        assert parsed.choices[0].message.parsed == Number(n=1)
