"""Engines over HTTP: the models they list, how long their contexts are, and their tokenizers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec import UNSET

from homeport.engines.openai_http import OpenAIHTTPEngine
from homeport.errors import ApiError, EngineError, UnsupportedParameter
from tests.engines.raw_peer import CLOSE, RawPeer, Request, chat, engine_for, whole

pytestmark = pytest.mark.anyio


def by_path(answers: dict[str, Any]) -> Callable[[Request], bytes]:
    """A peer's routes: path → JSON, or a function of the request's JSON."""

    def answer(request: Request) -> bytes:
        found = answers.get(request.line.split()[1])
        if found is None:
            return whole({"detail": "Not Found"}, 404)
        value = found(request.json) if callable(found) else found
        return value if isinstance(value, bytes) else whole(value)

    return answer


def listed(*items: dict[str, Any]) -> dict[str, Any]:
    return {"object": "list", "data": [{"object": "model", **item} for item in items]}


# --- models ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "length"),
    [
        ({"id": "m", "max_model_len": 32768, "owned_by": "vllm"}, 32768),
        ({"id": "m", "meta": {"n_ctx_train": 8192, "n_vocab": 5}, "owned_by": "llamacpp"}, 8192),
        ({"id": "m", "meta": {"n_ctx_train": 8192, "n_ctx": 4096}}, 4096),
        ({"id": "m", "context_length": 1000.0, "top_provider": {}}, 1000),
        ({"id": "m", "context_window": 131072}, 131072),
        ({"id": "m", "max_model_len": None, "created": None, "owned_by": None}, UNSET),
        ({"id": "m", "context_length": -1, "meta": None, "created": 1.5}, UNSET),
    ],
)
async def test_context_lengths_as_servers_tell_them(item: dict[str, Any], length: Any) -> None:
    async with RawPeer(by_path({"/v1/models": listed(item)})) as peer, engine_for(peer) as engine:
        [info] = await engine.models()
    assert (info.id, info.context_length) == ("m", length)
    assert isinstance(info.created, int)
    assert isinstance(info.owned_by, str)


async def test_ollama_is_asked_model_by_model_and_once() -> None:
    shown = {"a": {"model_info": {"llama.context_length": 131072, "llama.block_count": 16}}, "b": {"model_info": {}}}
    routes = {
        "/v1/models": listed(*({"id": name, "owned_by": "library"} for name in ("a", "b", "c"))),
        "/api/show": lambda asked: shown.get(asked["model"], whole({"error": "no such model"}, 404)),
    }
    async with RawPeer(by_path(routes)) as peer, engine_for(peer) as engine:
        for _ in range(2):
            assert [info.context_length for info in await engine.models()] == [131072, UNSET, UNSET]
    assert len(peer.requests) == 2 + 3


async def test_the_configuration_goes_before_what_a_peer_says() -> None:
    peer = RawPeer(by_path({"/v1/models": listed({"id": "m", "max_model_len": 5})}))
    async with peer, engine_for(peer, context_length=4096) as engine:
        assert [info.context_length for info in await engine.models()] == [4096]
    async with peer, engine_for(peer, models=("x", "y")) as engine:
        assert [info.id for info in await engine.models()] == ["x", "y"]


async def test_a_peer_without_a_list_has_an_empty_one() -> None:
    async with RawPeer(by_path({})) as peer, engine_for(peer) as engine:
        assert await engine.models() == []


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (whole(b"<html>", 200, content_type="text/html"), "no list of models"),
        (whole({"data": "nothing"}), "no list of models"),
        (whole(b'{"data": ["\xff"]}'), "no list of models"),
        (whole(b'{"data": ' + b"[" * 5000), "no list of models"),
        (whole(b"<html>", 502, content_type="text/html"), "502 with text/html to GET /models"),
        (whole({"error": {"message": "who are you?"}}, 401), "credentials"),
        ([CLOSE], "closed the connection"),
    ],
)
async def test_a_list_that_is_none(answer: Any, says: str) -> None:
    async with RawPeer(answer) as peer, engine_for(peer) as engine:
        with pytest.raises(EngineError, match=says):
            await engine.models()


async def test_what_has_no_name_is_left_out() -> None:
    body = {"data": [{"id": "a"}, {"name": "b"}, "c", {"id": 7}, None]}
    async with RawPeer(whole(body)) as peer, engine_for(peer) as engine:
        assert [info.id for info in await engine.models()] == ["a"]


# --- tokens ------------------------------------------------------------------------

MESSAGES = [{"role": "user", "content": "Hello"}]
TOOLS = [{"type": "function", "function": {"name": "f"}}]


def vllm(asked: dict[str, Any]) -> Any:
    """As vLLM's /tokenize: a prompt or messages."""
    if "messages" in asked:
        tokens = list(range(5 + 3 * len(asked.get("tools", [])) + asked["add_generation_prompt"]))
    else:
        tokens = [1] * asked["add_special_tokens"] + [ord(letter) for letter in asked["prompt"]]
    return {"tokens": tokens, "count": len(tokens), "max_model_len": 4096, "token_strs": None}


def llama_cpp(asked: dict[str, Any]) -> Any:
    """As llama.cpp's /tokenize: `content`, nothing for what it does not know."""
    content = asked.get("content", "")
    return {"tokens": [1] * bool(asked.get("add_special")) + [ord(letter) for letter in content]}


def sglang(asked: dict[str, Any]) -> Any:
    if "prompt" not in asked:
        return whole({"object": "error", "message": "prompt: Field required", "code": 400}, 400)
    return {"tokens": [ord(letter) for letter in asked["prompt"]], "count": len(asked["prompt"]), "max_model_len": 9}


def text_of(key: str) -> Callable[[dict[str, Any]], Any]:
    return lambda asked: {key: "".join(map(chr, asked["tokens"]))}


SERVERS = {
    "vllm": {"/tokenize": vllm, "/detokenize": text_of("prompt")},
    "llama.cpp": {
        "/tokenize": llama_cpp,
        "/detokenize": text_of("content"),
        "/apply-template": lambda asked: {"prompt": f"<user>{asked['messages'][0]['content']}"},
    },
    "sglang": {"/tokenize": sglang, "/detokenize": text_of("text")},
}


@pytest.mark.parametrize("server", SERVERS)
async def test_text_to_tokens_and_back(server: str) -> None:
    async with RawPeer(by_path(SERVERS[server])) as peer, engine_for(peer) as engine:
        tokens = await engine.tokenize("Hi!", "m")
        assert tokens == [72, 105, 33]
        assert await engine.detokenize(tokens, "m") == "Hi!"
        if server != "sglang":
            assert await engine.tokenize("Hi!", "m", special=True) == [1, *tokens]


async def test_a_chat_is_counted_by_the_peers_own_template() -> None:
    async with RawPeer(by_path(SERVERS["vllm"])) as peer, engine_for(peer) as engine:
        assert await engine.count_chat(chat(messages=MESSAGES), "m") == 6
        assert await engine.count_chat(chat(messages=MESSAGES, tools=TOOLS, temperature=1), "m") == 9
        assert set(peer.requests[-1].json) == {"model", "messages", "tools", "add_generation_prompt"}
    async with RawPeer(by_path(SERVERS["llama.cpp"])) as peer, engine_for(peer) as engine:
        assert await engine.count_chat(chat(messages=MESSAGES), "m") == 1 + len("<user>Hello")
        assert peer.requests[-1].json["parse_special"] is True


NO_UTF8 = dict.fromkeys(("/tokenize", "/detokenize"), lambda _: whole(b'{"tokens": "\xff"}'))


@pytest.mark.parametrize(
    "routes", [{}, SERVERS["sglang"], {"/tokenize": {"tokens": "many"}}, {"/tokenize": [1]}, NO_UTF8]
)
async def test_a_peer_without_a_tokenizer_is_named(routes: dict[str, Any]) -> None:
    async def attempts(engine: OpenAIHTTPEngine) -> None:
        if routes is not SERVERS["sglang"]:
            with pytest.raises(UnsupportedParameter, match="`far` offers no tokenizer"):
                await engine.tokenize("x", "m")
            with pytest.raises(UnsupportedParameter, match="`far` offers no tokenizer"):
                await engine.detokenize([1], "m")
        with pytest.raises(UnsupportedParameter, match="`far` offers no tokenizer") as caught:
            await engine.count_chat(chat(messages=MESSAGES), "m")
        assert (caught.value.status, caught.value.param) == (400, "model")

    async with RawPeer(by_path(routes)) as peer, engine_for(peer) as engine:
        await attempts(engine)
        assert engine.healthy()


async def test_what_a_tokenizer_refuses_is_told() -> None:
    refused = whole({"error": {"message": "Token id 99999 is out of vocabulary", "code": 400}}, 400)
    async with RawPeer(by_path({"/detokenize": lambda _: refused})) as peer, engine_for(peer) as engine:
        with pytest.raises(ApiError, match="out of vocabulary") as caught:
            await engine.detokenize([99999], "m")
    assert caught.value.status == 400


async def test_a_tokenizer_that_fails_is_a_failing_engine() -> None:
    async with RawPeer(whole({"detail": "x"}, 500)) as peer, engine_for(peer) as engine:
        with pytest.raises(EngineError, match="failed: x"):
            await engine.tokenize("x", "m")
    async with RawPeer([CLOSE]) as peer, engine_for(peer) as engine:
        with pytest.raises(EngineError, match="closed the connection"):
            await engine.tokenize("x", "m")
