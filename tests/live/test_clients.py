"""Other people's clients, unchanged: what they send is what users of Homeport will send.

The model is random, so these show that requests are understood, streams parse and constraints hold. Whether a model
makes sense is for its evaluation.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import instructor
import pytest
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel, Field, SecretStr
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from tests.support import LiveServer

# Their own deprecations and unclosed clients are not ours to fail on.
pytestmark = pytest.mark.filterwarnings("ignore")


class Reading(BaseModel):
    """Small and bounded: a random model must come to an end of it."""

    ok: bool
    level: int = Field(ge=0, le=999)
    unit: str = Field(pattern="^(c|f)$")


@tool
def get_weather(unit: str) -> str:
    """The weather here. `unit`: c or f."""
    return "sunny"


@pytest.fixture
def langchain(server: LiveServer) -> ChatOpenAI:
    return ChatOpenAI(
        model="gpt-4o-mini", base_url=server.base_url, api_key=SecretStr(server.key), max_retries=0, max_tokens=60
    )


def test_langchain_chats_and_streams(langchain: ChatOpenAI) -> None:
    whole = langchain.invoke("Hello")
    assert whole.usage_metadata is not None
    assert whole.usage_metadata["output_tokens"] > 0
    parts = list(langchain.stream("Hello", stream_usage=True))
    assert len(parts) > 1
    assert any(part.usage_metadata for part in parts)


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_langchain_gets_structured_output(langchain: ChatOpenAI, method: str) -> None:
    assert isinstance(langchain.with_structured_output(Reading, method=method).invoke("Read the meter."), Reading)


def test_langchain_offers_tools(langchain: ChatOpenAI) -> None:
    answer = langchain.bind_tools([get_weather], tool_choice="none").invoke("How is the weather?")
    assert not answer.tool_calls


def test_langchain_embeds_token_lists(server: LiveServer) -> None:
    """By default it cuts texts into OpenAI's tokens first; that has to be turned off, as its documentation says."""
    embeddings = OpenAIEmbeddings(
        model="text-embedding-3-small",
        base_url=server.base_url,
        api_key=SecretStr(server.key),
        check_embedding_ctx_length=False,
    )
    assert len(embeddings.embed_query("hello")) == 384


@pytest.mark.anyio
async def test_pydantic_ai_gets_text_and_types(server: LiveServer) -> None:
    async with AsyncOpenAI(base_url=server.base_url, api_key=server.key, max_retries=0) as sdk:
        model = OpenAIChatModel("gpt-4o-mini", provider=OpenAIProvider(openai_client=sdk))
        said = await Agent(model).run("Hello", model_settings={"max_tokens": 20})
        assert isinstance(said.output, str)
        typed = await Agent(model, output_type=Reading).run("Read the meter.", model_settings={"max_tokens": 200})
        assert isinstance(typed.output, Reading)


@pytest.mark.parametrize("mode", [instructor.Mode.TOOLS, instructor.Mode.JSON_SCHEMA, instructor.Mode.TOOLS_STRICT])
def test_instructor_gets_types(server: LiveServer, mode: instructor.Mode) -> None:
    with OpenAI(base_url=server.base_url, api_key=server.key, max_retries=0) as sdk:
        reading = instructor.from_openai(sdk, mode=mode).chat.completions.create(
            model="gpt-4o-mini",
            response_model=Reading,
            max_retries=0,
            max_tokens=200,
            messages=[{"role": "user", "content": "Read the meter."}],
        )
    assert isinstance(reading, Reading)


@pytest.fixture
def llm(server: LiveServer, tmp_path: Path) -> Iterator[list[str]]:
    (tmp_path / "extra-openai-models.yaml").write_text(
        f"- model_id: homeport\n  model_name: gpt-4o-mini\n  api_base: {server.base_url}\n"
        "  api_key_name: homeport\n  supports_schema: true\n"
    )
    program = [str(Path(sys.executable).with_name("llm"))]
    env = os.environ | {"LLM_USER_PATH": str(tmp_path)}
    subprocess.run([*program, "keys", "set", "homeport", "--value", server.key], env=env, check=True)
    before = os.environ.get("LLM_USER_PATH")
    os.environ["LLM_USER_PATH"] = str(tmp_path)
    yield program
    os.environ.pop("LLM_USER_PATH")
    if before is not None:
        os.environ["LLM_USER_PATH"] = before


def test_the_llm_command_streams_and_keeps_a_schema(llm: list[str]) -> None:
    said = subprocess.run([*llm, "-m", "homeport", "-o", "max_tokens", "20", "hello"], capture_output=True, check=True)
    assert said.stdout.strip()
    command = [*llm, "-m", "homeport", "--schema", "ok bool, fine bool", "-o", "max_tokens", "100", "hello"]
    typed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert set(json.loads(typed)) == {"ok", "fine"}
