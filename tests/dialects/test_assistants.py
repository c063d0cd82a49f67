"""The third document's assistants, threads and messages, as OpenAI's."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from homeport.dialects import NORMALISERS
from tests.support import LiveServer, live_server

LEGAL = {
    "name": "Legal Advisor AI",
    "persona": "You are a senior legal advisor.",
    "instructions": "Answer only based on the provided documents. Cite sources.",
    "model": "homeport-small",
    "tools": [
        {"type": "file_search", "vector_store_ids": ["vs_1"], "max_num_results": 5},
        {"type": "code_interpreter", "enabled": True},
        {"type": "function", "name": "retrieve_clauses", "parameters": {"type": "object", "properties": {}}},
    ],
}
REVIEW = {
    "role": "user",
    "content": [
        {"type": "text", "text": "Review this contract for exclusivity clauses."},
        {"type": "file", "file_id": "file-1"},
        {"type": "image_url", "image_url": "https://example.com/a.png"},
    ],
}
SEARCHED = {"file_id": "file-1", "tools": [{"type": "file_search"}]}


def rewritten(operation: str, body: dict[str, Any]) -> dict[str, Any]:
    once = copy.deepcopy(body)
    NORMALISERS[operation](once)
    twice = copy.deepcopy(once)
    NORMALISERS[operation](twice)
    assert twice == once
    return once


def test_assistant() -> None:
    assert rewritten("createAssistant", LEGAL) == {
        "name": "Legal Advisor AI",
        "instructions": f"{LEGAL['persona']}\n\n{LEGAL['instructions']}",
        "model": "homeport-small",
        "tools": [
            {"type": "file_search", "file_search": {"max_num_results": 5}},
            {"type": "code_interpreter"},
            {
                "type": "function",
                "function": {"name": "retrieve_clauses", "parameters": LEGAL["tools"][2]["parameters"]},
            },  # type: ignore[index]
        ],
        "tool_resources": {"file_search": {"vector_store_ids": ["vs_1"]}},
    }


def test_a_tool_that_is_off() -> None:
    body = {"tools": [{"type": "code_interpreter", "enabled": False}, {"type": "file_search"}]}
    assert rewritten("modifyAssistant", body) == {"tools": [{"type": "file_search"}]}


def test_message() -> None:
    expected = {
        "role": "user",
        "content": [
            REVIEW["content"][0],
            {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        ],
        "attachments": [SEARCHED],
    }
    assert rewritten("createMessage", REVIEW) == expected
    assert rewritten("createThread", {"messages": [REVIEW]}) == {"messages": [expected]}
    assert rewritten("createRun", {"additional_messages": [REVIEW]}) == {"additional_messages": [expected]}
    assert rewritten("createThreadAndRun", {"thread": {"messages": [REVIEW]}}) == {"thread": {"messages": [expected]}}


@pytest.mark.parametrize(
    "body",
    [
        {"tools": [{"type": "file_search", "vector_store_ids": ["vs_1"]}], "tool_resources": "x"},
        {
            "tools": [{"type": "file_search", "vector_store_ids": ["vs_1"]}],
            "tool_resources": {"file_search": {"vector_store_ids": ["vs_2"]}},
        },
        {"tools": [7, None], "persona": 7, "instructions": "x"},
        {"content": "just text"},
        {"content": [{"type": "file", "file_id": "file-1", "more": 1}]},
    ],
)
def test_what_is_not_recognised_is_left_to_be_judged(body: dict[str, Any]) -> None:
    for operation in NORMALISERS:
        assert rewritten(operation, body) == body


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with live_server() as server:
        yield server


@pytest.mark.parametrize("prefix", ["/v1", "/v2"])
def test_over_http(server: LiveServer, prefix: str) -> None:
    with httpx.Client(
        base_url=server.base_url.removesuffix("/v1") + prefix, headers={"Authorization": f"Bearer {server.key}"}
    ) as http:
        store = http.post("/vector_stores", json={"name": "Contracts"}).json()
        tool = {"type": "file_search", "vector_store_ids": [store["id"]]}
        made = http.post("/assistants", json=LEGAL | {"tools": [tool]})
        assert made.status_code == 200, made.text
        assert made.json()["tools"] == [{"type": "file_search"}]
        assert made.json()["tool_resources"] == {"file_search": {"vector_store_ids": [store["id"]]}}
        assert made.json()["instructions"].startswith("You are a senior legal advisor.\n\nAnswer only")
        refused = http.post("/assistants", json=LEGAL | {"tools": [], "privacy": {"mode": "strict"}})
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, "privacy")


def test_a_thread_that_knows_its_assistant(server: LiveServer) -> None:
    """The third document starts a thread with an assistant; a run on it needn't name one."""
    with httpx.Client(base_url=server.base_url, headers={"Authorization": f"Bearer {server.key}"}) as http:
        assistant = http.post("/assistants", json={"model": "homeport-small"}).json()["id"]
        thread = http.post("/threads", json={"assistant_id": assistant, "metadata": {"case_id": "CASE-2026-0456"}})
        assert thread.status_code == 200, thread.text
        assert (thread.json()["assistant_id"], thread.json()["status"]) == (assistant, "active")
        runs = f"/threads/{thread.json()['id']}/runs"
        run = http.post(runs, json={"additional_messages": [{"role": "user", "content": "Hello"}]})
        assert run.status_code == 200, run.text
        assert run.json()["assistant_id"] == assistant
        assert http.post("/threads", json={"assistant_id": "asst_none"}).status_code == 404
        bare = http.post("/threads", json={}).json()["id"]
        refused = http.post(f"/threads/{bare}/runs", json={})
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, "assistant_id")
        assert http.post("/threads/runs", json={}).json()["error"]["code"] == "missing_required_parameter"
