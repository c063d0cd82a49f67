"""What names mean to a pool: models, pins, aliases, defaults."""

from __future__ import annotations

import time

import msgspec
import pytest

from homeport.config import Config, ConfigError, EngineConfig
from homeport.core.aliases import ALIASES
from homeport.core.chat import CompletionRequest, EmbeddingRequest
from homeport.core.models import ModelInfo
from homeport.engines.base import Engine
from homeport.engines.build import build_engines
from homeport.engines.names import Names
from homeport.errors import BadRequestError, ModelNotFound
from tests.engines.pools import Start, chat, said, says

pytestmark = pytest.mark.anyio


async def test_every_built_in_alias_is_answered_by_the_default_model(start: Start) -> None:
    pool = await start({"a": says("from a")})
    for alias, kind in ALIASES.items():
        if kind == "chat":
            assert await said(pool, alias) == "from a"
    assert await said(pool, "gpt-4.5-mini@2026-04-15") == "from a"
    assert await said(pool, "") == "from a"


async def test_the_order_in_which_names_are_looked_up(start: Start) -> None:
    pool = await start(
        {"a": says("a: {input}", "own", "gpt-4o", "shared"), "b": says("b: {input}", "shared", "only-b")},
        models={"gpt-4-turbo": {"engine": "b", "name": "only-b"}},
        aliases={"gpt-4o-mini": "only-b", "fast": "quick", "quick": "gpt-4-turbo", "gpt-4o": "only-b"},
    )
    expected = {
        "gpt-4-turbo": "b",  # configured
        "gpt-4o": "b",  # an alias of the operator's goes before what an engine reports
        "gpt-4o-mini": "b",  # and before the built-in ones
        "fast": "b",  # aliases may lead to aliases
        "shared": "a",  # reported twice: the first engine
        "gpt-4-32k": "b",  # built in: the default, which is the first configured model
        "gpt-4-32k@2026-01-01": "b",
        "own@2026-01-01": "a",
        "fast@2026-01-01": "b",
    }
    assert {name: (await said(pool, name))[0] for name in expected} == expected


# AssistantSupportedModels of OpenAI's specification.
SUPPORTED = """
gpt-5 gpt-5-mini gpt-5-nano gpt-5-2025-08-07 gpt-5-mini-2025-08-07 gpt-5-nano-2025-08-07 gpt-4.1 gpt-4.1-mini
gpt-4.1-nano gpt-4.1-2025-04-14 gpt-4.1-mini-2025-04-14 gpt-4.1-nano-2025-04-14 o3-mini o3-mini-2025-01-31 o1
o1-2024-12-17 gpt-4o gpt-4o-2024-11-20 gpt-4o-2024-08-06 gpt-4o-2024-05-13 gpt-4o-mini gpt-4o-mini-2024-07-18
gpt-4.5-preview gpt-4.5-preview-2025-02-27 gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-0125-preview gpt-4-turbo-preview
gpt-4-1106-preview gpt-4-vision-preview gpt-4 gpt-4-0314 gpt-4-0613 gpt-4-32k gpt-4-32k-0314 gpt-4-32k-0613
gpt-3.5-turbo gpt-3.5-turbo-16k gpt-3.5-turbo-0613 gpt-3.5-turbo-1106 gpt-3.5-turbo-0125 gpt-3.5-turbo-16k-0613
"""


async def test_whatever_assistants_were_made_with_is_answered(start: Start) -> None:
    """By what its name without the date stands for."""
    pool = await start({"a": says("a", "m"), "b": says("b", "n")}, default_model="m", aliases={"gpt-4o": "n"})
    for name in SUPPORTED.split():
        assert await said(pool, name) == ("b" if name.startswith("gpt-4o") and "mini" not in name else "a"), name
    for unknown in ("gpt-7", "m-2024-08-06", "gpt-4o-2024-08"):
        with pytest.raises(ModelNotFound):
            await said(pool, unknown)


async def test_a_former_name_that_means_something_else_does_not_fall_to_the_default(start: Start) -> None:
    pool = await start({"a": says("a", "m")}, default_model="m", aliases={"gpt-4o": "gone", "gpt-5": "gone"})
    for name in ("gpt-4o", "gpt-4o-2024-08-06", "gpt-5", "gpt-5@2026-01-01", "gpt-5-2025-08-07"):
        with pytest.raises(ModelNotFound):
            await said(pool, name)
    assert await said(pool, "o3-mini") == "a"


async def test_a_pin_that_is_a_model_of_its_own_is_that_model(start: Start) -> None:
    pool = await start({"a": says("now", "m"), "b": says("then", "m@2026-04-15")})
    assert await said(pool, "m@2026-04-15") == "then"
    assert await said(pool, "m@2025-01-01") == "now"
    for name in ("m@latest", "m@२०२५-०१-०१"):
        with pytest.raises(ModelNotFound):
            await said(pool, name)


@pytest.mark.parametrize(
    ("wanted", "engine"), [(None, "a"), ("of-b", "b"), ("nick", "b"), ("of-b@2026-04-15", "b"), ("gpt-4o", "a")]
)
async def test_default_model(start: Start, wanted: str | None, engine: str) -> None:
    scripts = {"a": says("a", "of-a"), "b": says("b", "of-b")}
    pool = await start(scripts, default_model=wanted, aliases={"nick": "of-b"})
    assert await said(pool) == engine
    assert await said(pool, "gpt-4o") == engine


async def test_an_unknown_model_is_openais_404(start: Start) -> None:
    pool = await start({"a": says("a")})
    for attempt in (pool.answer(chat("nope")), pool.stream(chat("nope")), pool.tokenize("x", "nope")):
        with pytest.raises(ModelNotFound) as caught:
            await attempt
        assert caught.value.status == 404
        assert caught.value.envelope()["error"] == {
            "message": "The model `nope` does not exist or you do not have access to it.",
            "type": "invalid_request_error",
            "param": None,
            "code": "model_not_found",
        }
    with pytest.raises(ModelNotFound) as caught:
        await pool.model("nope")
    assert caught.value.param == "model"


async def test_a_model_is_not_asked_for_what_it_can_not_do(start: Start) -> None:
    pool = await start({"a": says("a", "chatty")})
    with pytest.raises(BadRequestError, match="not an embedding model") as caught:
        await pool.answer(EmbeddingRequest(model="chatty", input="x"))
    assert caught.value.param == "model"
    with pytest.raises(BadRequestError, match="no default model"):
        await pool.answer(EmbeddingRequest(input="x"))
    assert (await pool.answer(CompletionRequest(model="chatty", prompt="x"))).usage is not None


async def test_a_circle_of_aliases_is_a_config_error(start: Start) -> None:
    with pytest.raises(ConfigError, match=r"aliases\.a: a → b → a is a circle"):
        await start({"e": says("x")}, aliases={"a": "b", "b": "a"})


async def test_models_are_listed_with_what_aliases_stand_for(start: Start) -> None:
    pool = await start(
        {"a": "context_length = 4096\n" + says("a", "m", "n")},
        models={"big": {"engine": "a", "name": "n", "context_length": 2048}},
        aliases={"quick": "m"},
    )
    listed = {info.id: info for info in await pool.models()}
    assert list(listed)[:4] == ["big", "m", "n", "quick"]
    assert set(listed) == {"big", "m", "n", "quick", *(name for name, kind in ALIASES.items() if kind == "chat")}
    assert (listed["big"].context_length, listed["m"].context_length) == (2048, 4096)
    assert (listed["quick"].alias_of, listed["gpt-4o"].alias_of) == ("m", "big")
    assert listed["m"].alias_of is msgspec.UNSET
    assert await pool.model("quick") == listed["quick"]
    assert await pool.model("gpt-4o@2026-04-15") == listed["big"]


async def test_tokens_go_to_the_model_that_is_named(start: Start) -> None:
    pool = await start({"a": says("a", "m"), "b": says("b", "n")})
    tokens = await pool.tokenize("two words", "n")
    assert await pool.detokenize(tokens, "n") == "two words"
    with pytest.raises(BadRequestError):
        await pool.detokenize(tokens, "m")  # the other engine has not handed these out
    assert await pool.count_chat(chat("gpt-4o")) == 3


async def test_looking_up_a_name_is_cheap(start: Start) -> None:
    pool = await start({"a": says("a")})
    request = chat("gpt-4o")
    laps = []
    for _ in range(5):
        started_s = time.perf_counter()
        for _ in range(2000):
            pool.answer(request).close()
        laps.append((time.perf_counter() - started_s) / 2000)
    assert min(laps) < 5e-6  # 0.4 µs on an idle machine; the bound only catches a change of kind


def test_what_is_stored_decides_before_what_is_called_so() -> None:
    """Vectors outlive a list: the default embedding model is one that declares itself, if there is one."""
    config = Config(engines={"far": EngineConfig(url="http://far"), "near": EngineConfig(url="http://near")})
    engines: dict[str, Engine] = build_engines(config)
    declared = ModelInfo(id="minilm", created=0, capabilities=("embeddings",))
    guessed = ModelInfo(id="nomic-embed-text", created=0)
    chatty = ModelInfo(id="llama", created=0)

    def default(far: list[ModelInfo] | None, near: list[ModelInfo]) -> str | None:
        target = Names(config, engines, {"far": far, "near": near}).find("", "embeddings")
        return target.name if target else None

    assert default([chatty, guessed], [declared]) == "minilm"
    assert default(None, [declared]) == "minilm"
    assert default([chatty, guessed], [chatty]) == "nomic-embed-text"
    assert default(None, [guessed]) is None
    assert default([chatty], []) is None
