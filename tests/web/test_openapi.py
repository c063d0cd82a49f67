"""The OpenAPI document and the docs page: complete, valid, and true of the running server.

After a change of the API: HOMEPORT_UPDATE_SNAPSHOTS=1 pytest tests/web/test_openapi.py, and look at the difference.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from msgspec import Struct

from homeport import __version__
from homeport.web import docs_page, openapi
from homeport.web.routes import Route
from tests.support import LiveServer

SNAPSHOT = Path(__file__).parent / "openapi.json"


def send(
    server: LiveServer, method: str, path: str, body: Any = None, *, key: str | None = None
) -> tuple[int, bytes, Any]:
    """(status, body, headers)"""
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(server.url + path, data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.read(), response.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), error.headers


@pytest.fixture(scope="module")
def document(server: LiveServer) -> dict[str, Any]:
    status, body, headers = send(server, "GET", "/openapi.json")
    assert (status, headers["content-type"]) == (200, "application/json")
    found: dict[str, Any] = json.loads(body)
    return found


@pytest.fixture(scope="module")
def page(server: LiveServer) -> str:
    status, body, headers = send(server, "GET", "/docs")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    return body.decode()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def validate(document: dict[str, Any], name: str, instance: Any) -> None:
    """`instance` against a schema of the document."""
    root = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    jsonschema.Draft202012Validator(root).validate(instance)


# --- the document --------------------------------------------------------------------


def test_snapshot(document: dict[str, Any]) -> None:
    assert document["info"]["version"] == __version__
    shown = json.loads(json.dumps(document))
    shown["info"]["version"] = "…"
    text = json.dumps(shown, indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("HOMEPORT_UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(text)
    assert json.loads(SNAPSHOT.read_text()) == shown, "the API has changed; see this file's first lines"


def test_references_and_schemas_are_sound(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    text = json.dumps(document)
    for group, name in re.findall(r'"#/components/(\w+)/([^"]+)"', text):
        assert name in document["components"][group]
    for pattern in re.findall(r'"pattern": ("[^"]+")', text):
        assert r"\Z" not in json.loads(pattern)  # Python's, not JavaScript's
    assert "(wire)" not in text
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    assert {tag["name"] for tag in document["tags"]} == {
        operation["tags"][0] for _, _, operation in operations(document)
    }


def test_everything_described_is_served_under_every_prefix_and_wants_a_key(
    server: LiveServer, document: dict[str, Any]
) -> None:
    prefixes = [entry["url"] for entry in document["servers"]]
    assert prefixes == ["/v1", "/v2", "/v3", "/v26"]
    for method, path, _ in operations(document):
        for prefix in prefixes:
            concrete = prefix + re.sub(r"\{\w+\}", "x", path)
            status, body, _ = send(server, method, concrete, {} if method == "POST" else None)
            assert status == 401, (method, concrete)
            validate(document, "ErrorEnvelope", json.loads(body))


def test_answers_are_as_described(server: LiveServer, document: dict[str, Any]) -> None:
    chat = {"model": "tiny", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 4}
    _, body, _ = send(server, "POST", "/v1/chat/completions", chat, key=server.key)
    validate(document, "ChatCompletion", json.loads(body))
    _, stream, _ = send(server, "POST", "/v1/chat/completions", {**chat, "stream": True}, key=server.key)
    events = [line[6:] for line in stream.decode().splitlines() if line.startswith("data: ")]
    assert events.pop() == "[DONE]"
    for event in events:
        validate(document, "ChatChunk", json.loads(event))
    _, body, _ = send(server, "GET", "/v1/models", key=server.key)
    validate(document, "ModelList", json.loads(body))


# --- the page ------------------------------------------------------------------------


def test_page_loads_nothing_from_elsewhere(server: LiveServer, page: str) -> None:
    assert not re.search(r"<(link|img|iframe|base)\b", page)
    assert set(re.findall(r"(?:href|src)='([^#'][^']*)'", page)) == {"/openapi.json"}
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    _, _, headers = send(server, "GET", "/docs")
    assert f"script-src 'sha256-{digest}'" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]


def test_page_shows_all_and_its_links_lead_somewhere(document: dict[str, Any], page: str) -> None:
    anchors = re.findall(r"id='([^']+)'", page)
    assert len(anchors) == len(set(anchors))
    assert set(re.findall(r"href='#([^']+)'", page)) <= set(anchors)
    for _, _, operation in operations(document):
        assert operation["operationId"] in anchors
        assert html.escape(operation["summary"]) in page
    for name in document["components"]["schemas"]:
        assert f"schema-{name}" in anchors


@pytest.mark.parametrize(
    "operation_id", ["createChatCompletion", "createCompletion", "listModels", "createApiKey", "createEmbedding"]
)
def test_examples_work_as_they_stand(server: LiveServer, page: str, operation_id: str) -> None:
    """A curl command from the page, taken apart and sent."""
    (example,) = re.findall(rf"<h3 id='{operation_id}'>.*?<pre><code>(.*?)</code></pre>", page, re.DOTALL)
    command = html.unescape(re.sub(r"<[^>]+>", "", example))
    path = re.search(r"http://127\.0\.0\.1:8000(\S+)", command)
    method = re.search(r"-X (\w+)", command)
    data = re.search(r"-d '(.*)'$", command, re.DOTALL)
    assert path is not None
    body = json.loads(data[1]) if data else None
    status, answer, _ = send(server, method[1] if method else "GET", path[1], body, key=server.key)
    assert status == 200, answer


class Nasty(Struct):
    """<script>alert('description')</script> & more"""

    name: str = "<b>'default'</b>"


def test_text_of_the_document_is_only_text() -> None:
    async def handler(call: Any) -> Nasty:
        return Nasty()

    route = Route(
        method="POST",
        path="/nasty/{id}",
        operation_id="nasty",
        summary="<img src=x onerror=alert(1)>",
        tag="<i>Tag</i>",
        body=Nasty,
        result=Nasty,
        params=Nasty,
        handler=handler,
    )
    rendered = docs_page.render(openapi.build([route], "<v1>"))
    without_script = rendered.replace(re.findall(r"<script>.*?</script>", rendered, re.DOTALL)[-1], "")
    for tag in ("<script", "<img", "<b>", "<i>", "<v1>"):
        assert tag not in without_script


def test_parameters_of_path_and_query() -> None:
    class Page(Struct):
        after: str
        limit: int = 20

    route = Route(
        method="GET", path="/things/{thing_id}/parts", operation_id="listParts", summary="List.", tag="T", params=Page
    )
    operation = openapi.build([route], "1")["paths"]["/things/{thing_id}/parts"]["get"]
    assert operation["parameters"] == [
        {"name": "thing_id", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "after", "in": "query", "required": True, "schema": {"type": "string"}},
        {"name": "limit", "in": "query", "required": False, "schema": {"type": "integer", "default": 20}},
    ]
