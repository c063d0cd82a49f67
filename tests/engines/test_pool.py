"""The pool: what names mean, fallback, lists of models that change. On scripted engines and real HTTP peers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

import homeport
from homeport.config import Config, ConfigError, EngineConfig
from homeport.core.aliases import ALIASES
from homeport.core.chat import ChatRequest, CompletionRequest, EmbeddingRequest
from homeport.core.models import ModelInfo
from homeport.core.sse import payloads
from homeport.engines.base import Engine
from homeport.engines.build import BUILT_IN_CHAT, build_engines
from homeport.engines.names import Names
from homeport.engines.pool import Pool
from homeport.errors import ApiError, BadRequestError, EngineError, ModelNotFound, Overloaded

pytestmark = pytest.mark.anyio

Start = Callable[..., Any]


def chat(model: str = "", **fields: Any) -> ChatRequest:
    messages = [{"role": "user", "content": "Hello"}]
    return msgspec.convert({"model": model, "messages": messages, **fields}, ChatRequest)


async def said(pool: Pool, model: str = "") -> str:
    body = msgspec.json.decode((await pool.answer(chat(model))).body)
    return str(body["choices"][0]["message"]["content"])


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Make and start a pool of scripted engines: name → its script, or the rules of it."""
    pools = []

    async def start(scripts: dict[str, str], **config: Any) -> Pool:
        engines = {}
        for name, script in scripts.items():
            path = tmp_path / f"{name}.toml"
            path.write_text(script)
            engines[name] = {"type": "scripted", "script": str(path)}
        server = {"data_dir": str(tmp_path / "data")}
        whole = msgspec.convert({"engines": engines, "server": server, **config}, Config)
        pools.append(Pool(whole, {name: build_engines(whole)[name] for name in engines}))
        await pools[-1].start()
        return pools[-1]

    yield start
    for pool in pools:
        await pool.close()


def says(text: str, *models: str) -> str:
    names = f"models = {list(models)}\n" if models else ""
    return f'{names}[[rules]]\nreply = "{text}"'


def fails(status: int, model: str) -> str:
    return f'models = ["{model}"]\n[[rules]]\nerror = {{status = {status}, message = "E{status}"}}'


# --- names -----------------------------------------------------------------------


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


async def test_a_pin_that_is_a_model_of_its_own_is_that_model(start: Start) -> None:
    pool = await start({"a": says("now", "m"), "b": says("then", "m@2026-04-15")})
    assert await said(pool, "m@2026-04-15") == "then"
    assert await said(pool, "m@2025-01-01") == "now"
    with pytest.raises(ModelNotFound):
        await said(pool, "m@latest")


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


# --- fallback --------------------------------------------------------------------

CHAIN = {
    "models": {
        "main": {"engine": "a", "name": "x", "fallback": ["second", "third"]},
        "second": {"engine": "b", "name": "y"},
        "third": {"engine": "c", "name": "z"},
    }
}


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_failing_engine_is_stood_in_for(start: Start, status: int) -> None:
    pool = await start({"a": fails(status, "x"), "b": fails(500, "y"), "c": says("c", "z")}, **CHAIN)
    assert await said(pool, "main") == "c"
    blocks = await pool.stream(chat("main"))
    text = [payload async for block in blocks for payload in payloads(block)]
    assert b'"content":"c"' in b"".join(text)


@pytest.mark.parametrize("status", [400, 401, 404, 422, 429])
async def test_a_callers_own_mistake_is_not(start: Start, status: int) -> None:
    pool = await start({"a": fails(status, "x"), "b": says("b", "y"), "c": says("c", "z")}, **CHAIN)
    for attempt in (pool.answer, pool.stream):
        with pytest.raises(ApiError, match=f"E{status}"):
            await attempt(chat("main"))


async def test_when_all_fail_the_error_is_that_of_the_model_asked_for(start: Start) -> None:
    pool = await start({"a": fails(503, "x"), "b": fails(400, "y"), "c": fails(500, "z")}, **CHAIN)
    with pytest.raises(Overloaded, match="E503") as caught:
        await pool.answer(chat("main"))
    assert caught.value.headers == {"retry-after": "1"}


async def test_a_stream_is_not_started_again_after_its_first_block(start: Start) -> None:
    pool = await start(
        {"a": 'models = ["x"]\n[[rules]]\nreply = "one two"\ndie_after = 2', "b": says("b", "y"), "c": says("c", "z")},
        **CHAIN,
    )
    blocks = await pool.stream(chat("main"))
    received = [await anext(blocks), await anext(blocks)]
    assert b"one" in received[1]
    with pytest.raises(EngineError):
        await anext(blocks)


async def test_what_will_fail_again_is_not_tried_elsewhere(start: Start) -> None:
    unanswerable = 'models = ["x"]\n[[rules]]\nmatch = "never"\nreply = "x"'  # an EngineError that is not retryable
    pool = await start({"a": unanswerable, "b": says("b", "y"), "c": says("c", "z")}, **CHAIN)
    with pytest.raises(EngineError, match="No rule"):
        await pool.answer(chat("main"))


# --- lists that change ---------------------------------------------------------------


class Peer:
    """A real HTTP server that lists models and answers with the name it was asked for; it can be down."""

    def __init__(self) -> None:
        self.models: list[str] = []
        self.lists_asked = 0
        self.delay_s = 0.0
        self.port = 0
        self._server: asyncio.Server | None = None

    async def up(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{self.port}/v1"

    async def down(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = next((int(line[15:]) for line in head.splitlines() if line.startswith("content-length:")), 0)
        body = await reader.readexactly(length)
        await asyncio.sleep(self.delay_s)
        if head.startswith("get"):
            self.lists_asked += 1
            answer: Any = {"object": "list", "data": [{"id": name, "object": "model"} for name in self.models]}
        else:
            text = msgspec.json.decode(body)["model"]
            usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
            answer = {"choices": [{"index": 0, "message": {"content": text}}], "usage": usage}
        data = msgspec.json.encode(answer)
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(data) + data)
        writer.close()


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    peer = Peer()
    yield peer
    await peer.down()


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


async def remote(peer: Peer, *, is_up: bool = True, **config: Any) -> tuple[Pool, Clock]:
    url = await peer.up()
    if not is_up:
        await peer.down()
    clock = Clock()
    whole = msgspec.convert({"engines": {"far": {"url": url, "retries": 0}}, **config}, Config)
    engines = {"far": build_engines(whole)["far"]}
    pool = Pool(whole, engines, clock=clock)
    await pool.start()
    return pool, clock


async def test_a_peers_own_names_pass_through(peer: Peer) -> None:
    peer.models = ["text-embedding-3-small", "whisper-1", "gpt-4o", "big/chat"]
    pool, _ = await remote(peer)
    assert await said(pool, "gpt-4o") == "gpt-4o"  # not the default, though it is an alias too
    assert await said(pool, "gpt-4.5-mini") == "gpt-4o", "the first that sounds like a chat model"
    assert await said(pool, "big/chat@2026-04-15") == "big/chat"
    listed = {info.id: info.alias_of for info in await pool.models()}
    assert listed["text-embedding-3-small"] is msgspec.UNSET
    assert listed["text-embedding-3-large"] == "text-embedding-3-small"
    await pool.close()


async def test_an_unknown_name_asks_the_peer_again_but_not_too_often(peer: Peer) -> None:
    peer.models = ["old"]
    pool, clock = await remote(peer)
    peer.models = ["old", "new"]
    with pytest.raises(ModelNotFound):
        await said(pool, "new")
    assert peer.lists_asked == 1, "the list is fresh"
    clock.now_s += 10
    peer.delay_s = 0.02
    assert await asyncio.gather(*(said(pool, "new") for _ in range(5))) == ["new"] * 5
    assert peer.lists_asked == 2, "five requests, one question"
    clock.now_s += 10
    for _ in range(3):
        with pytest.raises(ModelNotFound):
            await said(pool, "newer")
    assert peer.lists_asked == 3
    await pool.close()


async def test_a_peer_that_is_down_does_not_keep_the_pool_from_starting(peer: Peer) -> None:
    peer.models = ["m"]
    pool, clock = await remote(peer, is_up=False, models={"mine": {"engine": "far", "name": "m"}})
    for name in ("m", "gpt-4o", "nope"):
        with pytest.raises(EngineError, match="The models of the engine `far` are not known"):
            await said(pool, name)
    status = pool.status()["far"]
    assert status.models is None
    assert status.problem
    with pytest.raises(EngineError):
        await said(pool, "mine")
    await peer.up()
    assert await said(pool, "mine") == "m", "a configured name needs no list"
    clock.now_s += 10
    assert await said(pool, "gpt-4o") == "m"
    assert pool.status()["far"].problem is None
    with pytest.raises(ModelNotFound):
        await said(pool, "nope")
    await peer.down()
    clock.now_s += 10
    with pytest.raises(ModelNotFound):
        await said(pool, "nope")  # the last list stays good
    await pool.close()


async def test_a_slow_list_does_not_hold_up_the_start(peer: Peer) -> None:
    peer.models, peer.delay_s = ["m"], 0.65
    started_s = time.perf_counter()
    pool, _ = await remote(peer)
    assert time.perf_counter() - started_s < 0.6
    peer.delay_s = 0.0
    assert await said(pool, "m") == "m", "who asks meanwhile waits for the list"
    await pool.close()


async def test_an_alias_never_means_another_model_because_a_peer_is_down(peer: Peer, tmp_path: Path) -> None:
    url = await peer.up()
    await peer.down()
    script = tmp_path / "near.toml"
    script.write_text(says("near", "near"))
    engines = {"near": {"type": "scripted", "script": str(script)}, "far": {"url": url, "retries": 0}}
    config = msgspec.convert({"engines": engines}, Config)
    clock = Clock()
    pool = Pool(config, {name: build_engines(config)[name] for name in engines}, clock=clock)
    await pool.start()
    assert await said(pool, "") == "near", "the first engine has the default"
    with pytest.raises(EngineError, match="`far`"):
        await said(pool, "gpt-4o")
    peer.models = ["gpt-4o"]
    await peer.up()
    clock.now_s += 10
    assert await said(pool, "gpt-4o") == "gpt-4o"
    assert await said(pool, "gpt-4-turbo") == "near"
    await pool.close()


# --- starting and stopping -----------------------------------------------------------


async def test_a_wrong_engine_fails_the_start_and_is_named(tmp_path: Path) -> None:
    config = msgspec.convert({"engines": {"s": {"type": "scripted", "script": str(tmp_path / "gone.toml")}}}, Config)
    with pytest.raises(ConfigError, match="gone"):
        build_engines(config)
    config = msgspec.convert({"engines": {"o": {"url": "http://x", "api_key_env": "NOT_SET_ANYWHERE"}}}, Config)
    with pytest.raises(ConfigError, match="NOT_SET_ANYWHERE"):
        build_engines(config)


async def test_closing_twice_is_closing_once(start: Start) -> None:
    pool = await start({"a": says("a")})
    await pool.close()
    await pool.close()


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


# --- what there is without being configured --------------------------------------------


def built(tmp_path: Path, **engines: dict[str, Any]) -> list[str]:
    server = {"data_dir": str(tmp_path)}
    return list(build_engines(msgspec.convert({"engines": engines, "server": server}, Config)))


def test_models_in_the_data_directory_are_served_after_those_configured(tmp_path: Path, tiny_model: Path) -> None:
    (tmp_path / "models").mkdir()
    for name in ("mine", "other"):
        (tmp_path / "models" / f"{name}.gguf").symlink_to(tiny_model)
    assert built(tmp_path)[:2] == ["mine", "other"]
    names = built(tmp_path, other={"url": "http://far"})
    assert names[:2] == ["other", "mine"], "a configured engine keeps its name"
    assert BUILT_IN_CHAT not in names


def test_the_built_in_models_fill_what_is_missing(tmp_path: Path) -> None:
    packaged = (Path(homeport.__file__).parent / "models" / f"{BUILT_IN_CHAT}.gguf").exists()
    assert (BUILT_IN_CHAT in built(tmp_path)) == packaged
    assert built(tmp_path, far={"url": "http://far"})[0] == "far"
    assert BUILT_IN_CHAT not in built(tmp_path, far={"url": "http://far"})
