"""Judges what goes over the wire by OpenAI's own specification, as scripts/extract_openai_subset.py cuts it out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

try:  # the SDK's HTTP client, by its newer or its older name
    import httpx2 as httpx
except ImportError:
    import httpx  # type: ignore[no-redef]

SPEC = json.loads((Path(__file__).parent / "spec" / "openai-subset.json").read_text())
_REGISTRY = Registry().with_resource("urn:openai", Resource.from_contents(SPEC, default_specification=DRAFT202012))
_EVENTS = {
    "POST /chat/completions": "CreateChatCompletionStreamResponse",
    "POST /completions": "CreateCompletionResponse",
}
_RESPONSE_EVENTS = {  # each is judged by its own schema: `ResponseStreamEvent` would say no more than that none fits
    SPEC["components"]["schemas"][name]["properties"]["type"]["enum"][0]: name
    for name in (
        event["$ref"].rpartition("/")[2] for event in SPEC["components"]["schemas"]["ResponseStreamEvent"]["anyOf"]
    )
}
_PREFIX = re.compile(r"^/v\d+(?=/)")
# What the specification calls a string of JSON, or nothing, where the live API sends the bytes.
BINARY = {"GET /files/{file_id}/content", "GET /containers/{container_id}/files/{file_id}/content"}


@cache
def _validator(pointer: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"urn:openai#{pointer}"}, registry=_REGISTRY)


def violations(schema: str, value: Any) -> list[str]:
    """What is wrong with `value` as one of OpenAI's component schemas."""
    return _errors(f"/components/schemas/{schema}", value)


def _errors(pointer: str, value: Any) -> list[str]:
    return [
        f"{'/'.join(map(str, error.absolute_path)) or 'the body'}: {error.message[:200]}"
        for error in _validator(pointer).iter_errors(value)
    ]


@cache
def _templates() -> list[tuple[re.Pattern[str], str]]:
    """How the paths of each operation look, those with the fewest parameters first. Only a model's name has slashes."""
    names = sorted(SPEC["responses"], key=lambda name: name.count("{"))
    return [
        (re.compile(re.sub(r"\{(\w+)\}", lambda found: ".+" if found[1] == "model" else "[^/]+", name)), name)
        for name in names
    ]


def operation(method: str, path: str) -> str | None:
    """The operation of the specification that a request belongs to."""
    asked = f"{method} {_PREFIX.sub('', path)}"
    return next((name for pattern, name in _templates() if pattern.fullmatch(asked)), None)


def judge(method: str, path: str, status: int, content_type: str, body: bytes) -> list[str]:
    """What is wrong with a response; nothing is said about operations that aren't OpenAI's."""
    if status >= 400:
        return violations("ErrorResponse", json.loads(body)) if "json" in content_type else ["an error that is no JSON"]
    name = operation(method, path)
    if name is None:
        return []
    if "event-stream" in content_type:
        return list(_stream_violations(name, body.decode()))
    if name in BINARY:
        return [] if content_type == "application/octet-stream" else [f"content-type {content_type}"]
    if content_type != "application/json":
        return [f"content-type {content_type}"]
    escaped = name.replace("~", "~0").replace("/", "~1").replace(" ", "%20").replace("{", "%7B").replace("}", "%7D")
    return _errors(f"/responses/{escaped}/{status}", json.loads(body))


def _stream_violations(name: str, text: str) -> Iterator[str]:
    events = text.split("\n\n")
    if events.pop() != "":
        yield "the stream ends within an event"
    if not events or _data(events[-1]) != "[DONE]":
        yield "the stream has no [DONE]"
    events = [event for event in events[:-1] if not event.startswith(":")]
    if "/responses" in name:
        yield from response_violations([json.loads(_data(event)) for event in events])
        return
    if "/threads" in name:
        for event in events:
            shown = {"event": event.partition("\n")[0].removeprefix("event: "), "data": json.loads(_data(event))}
            yield from (f"{shown['event']} {violation}" for violation in violations("AssistantStreamEvent", shown))
        return
    for event in events:
        data = json.loads(_data(event))
        schema = "ErrorResponse" if "event: error" in event.splitlines() else _EVENTS[name]
        yield from (f"event {violation}" for violation in violations(schema, data))


def response_violations(events: list[dict[str, Any]]) -> Iterator[str]:
    for event in events:
        kind = event["type"]
        yield from (f"{kind} {violation}" for violation in violations(_RESPONSE_EVENTS[kind], event))
    numbers = [event["sequence_number"] for event in events]
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        yield f"sequence numbers {numbers}"


def _data(event: str) -> str:
    return "\n".join(line.removeprefix("data: ") for line in event.split("\n") if line.startswith("data: "))


class JudgingTransport(httpx.HTTPTransport):
    """The SDK's transport; keeps a verdict of every response that passes: `(operation or path, status, wrong)`."""

    def __init__(self) -> None:
        super().__init__()
        self.verdicts: list[tuple[str, int, list[str]]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        method, path = request.method, request.url.path

        def whole(body: bytes) -> None:
            wrong = judge(method, path, response.status_code, response.headers.get("content-type", ""), body)
            self.verdicts.append((operation(method, path) or path, response.status_code, wrong))

        response.stream = _Tee(response.stream, whole)
        return response


class _Tee(httpx.SyncByteStream):
    def __init__(self, stream: Any, whole: Callable[[bytes], None]) -> None:
        self._stream = stream
        self._whole: Callable[[bytes], None] | None = whole
        self._pieces: list[bytes] = []

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._stream:
            self._pieces.append(piece)
            yield piece

    def close(self) -> None:  # the SDK reads a stream up to [DONE], not to its end
        self._stream.close()
        if self._whole is not None:
            self._whole(b"".join(self._pieces))
            self._whole = None
