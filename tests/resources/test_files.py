"""Files through the official SDK and over plain HTTP, on both databases: every body as OpenAI specifies it."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from homeport.core import jsonl
from homeport.errors import RequestTooLarge
from homeport.resources.files import _Received
from homeport.storage.blobs import Blobs
from homeport.web.multipart import Form
from tests.files_server import files_server, on_disk
from tests.live.test_conformance import Judged
from tests.openai_spec import httpx
from tests.support import LiveServer

CONTENT = os.urandom(300_000)
HOUR = {"anchor": "created_at", "seconds": 3600}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest) -> Iterator[LiveServer]:
    url = None if request.param == "sqlite" else request.getfixturevalue("postgres").new_database()
    with files_server(url) as running:
        yield running


@pytest.fixture(scope="module")
def sdk(server: LiveServer) -> Iterator[Judged]:
    with Judged(server) as client:
        yield client


@pytest.fixture
def http(server: LiveServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.base_url, headers={"Authorization": f"Bearer {server.key}"}) as session:
        yield session


def batch_line(custom_id: str, **changed: Any) -> bytes:
    line = {"custom_id": custom_id, "method": "POST", "url": "/v1/chat/completions", "body": {"model": "m"}} | changed
    return json.dumps(line).encode() + b"\n"


def test_a_file_s_life(sdk: Judged, server: LiveServer) -> None:
    made = sdk.files.create(file=("notes.txt", CONTENT), purpose="assistants", expires_after=HOUR)  # type: ignore[arg-type]
    assert (made.filename, made.bytes, made.purpose, made.status) == (
        "notes.txt",
        len(CONTENT),
        "assistants",
        "processed",
    )
    assert made.expires_at == made.created_at + 3600
    assert abs(made.created_at - time.time()) < 60
    assert sdk.files.retrieve(made.id) == made
    assert made in sdk.files.list().data
    assert sdk.files.wait_for_processing(made.id) == made
    assert sdk.files.content(made.id).read() == CONTENT
    assert sdk.files.delete(made.id).deleted is True
    for gone in (sdk.files.retrieve, sdk.files.content, sdk.files.delete):
        with pytest.raises(openai.NotFoundError, match=made.id):
            gone(made.id)
    assert made.id not in on_disk(server)
    assert [status for _, status in sdk.passed()] == [200] * 6 + [404] * 3


@pytest.mark.parametrize("purpose", ["assistants", "vision", "user_data", "evals"])
def test_a_purpose_that_takes_anything(sdk: Judged, purpose: Any) -> None:
    made = sdk.files.create(file=("x.bin", b"\x00\xff"), purpose=purpose)
    assert made.purpose == purpose
    assert made.expires_at is None
    sdk.passed()


@pytest.mark.parametrize("source", ["path", "stream", "bytes"])
def test_ways_of_giving_a_file(sdk: Judged, tmp_path: Path, source: str) -> None:
    path = tmp_path / "report é.pdf"
    path.write_bytes(CONTENT)
    with path.open("rb") as stream:
        made = sdk.files.create(
            file={"path": path, "stream": stream, "bytes": CONTENT}[source],
            purpose="user_data",  # type: ignore[arg-type]
        )
    assert made.filename == ("upload" if source == "bytes" else "report é.pdf")
    assert sdk.files.content(made.id).read() == CONTENT
    sdk.passed()


def test_lists_are_pages(sdk: Judged) -> None:
    made = [sdk.files.create(file=(f"{n}.txt", b"x"), purpose="vision" if n % 2 else "user_data") for n in range(5)]
    ids = [file.id for file in made]
    assert [file.id for file in sdk.files.list().data][:5] == ids[::-1]
    assert [file.id for file in sdk.files.list(order="asc").data][-5:] == ids
    assert [file.id for file in sdk.files.list(purpose="vision").data][:2] == [ids[3], ids[1]]
    page = sdk.files.list(limit=2)
    assert ([file.id for file in page.data], page.has_more) == ([ids[4], ids[3]], True)
    assert [file.id for file in sdk.files.list(limit=2, after=page.data[-1].id).data] == [ids[2], ids[1]]
    assert ids[::-1] == [
        file.id for file, _ in zip(sdk.files.list(limit=2), range(5), strict=False)
    ]  # the SDK turns pages
    for wrong in (
        {"limit": 0},
        {"limit": 10_001},
        {"order": "up"},
        {"after": "file-nothing"},
        {"extra_query": {"x": 1}},
        {"purpose": "\0"},
    ):
        with pytest.raises(openai.BadRequestError):
            sdk.files.list(**wrong)  # type: ignore[arg-type]
    sdk.passed()


# --- rules of purposes -----------------------------------------------------------------


def test_files_for_batches(sdk: Judged) -> None:
    lines = b"".join(batch_line(f"r-{n}") for n in range(2000)) + b"\n"
    made = sdk.files.create(file=("requests.jsonl", lines), purpose="batch")
    assert made.expires_at == made.created_at + 30 * 86_400
    assert sdk.files.content(made.id).read() == lines
    sdk.passed()


@pytest.mark.parametrize(
    "example",
    [
        {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho", "weight": 1}]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "?"}]}], "reference_answer": "42"},
        {"prompt": "a", "completion": "b"},
        {
            "input": {"messages": [{"role": "user", "content": "Hi"}]},
            "preferred_output": [{"role": "assistant", "content": "a"}],
            "non_preferred_output": [{"role": "assistant", "content": "b"}],
        },
    ],
)
def test_files_for_fine_tuning(sdk: Judged, example: dict[str, Any]) -> None:
    lines = "\n".join([json.dumps(example)] * 10).encode()
    assert sdk.files.create(file=("train.jsonl", lines), purpose="fine-tune").status == "processed"
    sdk.passed()


GOOD = batch_line("a")
HELLO = b'{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]}\n'
WRONG: dict[str, tuple[str, str, bytes, str, str | None]] = {
    "no jsonl": ("batch", "a.json", GOOD, "Batch API. Must be .jsonl", None),
    "no jsonl either": ("fine-tune", "a.txt", HELLO, "Fine-Tuning API. Must be .jsonl", None),
    "only blank lines": ("batch", "a.jsonl", b"\n \n", "no lines", "empty_file"),
    "no JSON": ("batch", "a.jsonl", GOOD + b"\n{", "Line 3: .*valid JSON", "invalid_json_line"),
    "no object": ("batch", "a.jsonl", GOOD + b"[1]", "Line 2: .*no JSON object", "invalid_json_line"),
    "a CSV": ("batch", "a.jsonl", b"1,2,3\n", "Line 1: .*valid JSON", "invalid_json_line"),
    "a weight that is none": (
        "fine-tune",
        "a.jsonl",
        b'{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho", "weight": 2}]}\n',
        "Line 1: Invalid value: '2'. Supported values are: '0' and '1'",
        "invalid_value",
    ),
    "a CSV for training": ("fine-tune", "a.jsonl", b'"a","b"\n', "Line 1: .*valid JSON", "invalid_json_line"),
    "an array over lines": ("batch", "a.jsonl", b"[\n" + GOOD + b"]", "Line 1: .*valid JSON", "invalid_json_line"),
    "wrong, then no JSON": ("batch", "a.jsonl", b'{"custom_id": 5, junk', "Line 1: .*valid JSON", "invalid_json_line"),
    "wrong, then too deep": (
        "batch", "a.jsonl", b'{"custom_id": 5, "x": ' + b"[" * 100_000, "Line 1: .*valid JSON", "invalid_json_line"
    ),
    "no UTF-8": ("batch", "a.jsonl", GOOD + b'{"custom_id": "\xff"}', "Line 2: .*UTF-8", "invalid_json_line"),
    "a byte order mark": ("batch", "a.jsonl", b"\xef\xbb\xbf" + GOOD, "Line 1: .*valid JSON", "invalid_json_line"),
    "too deep": ("batch", "a.jsonl", b'{"body":' * 100_000, "Line 1: ", "invalid_json_line"),
    "no custom_id": ("batch", "a.jsonl", b'{"method": "POST"}', "Line 1: .*'custom_id'", "missing_required_parameter"),
    "a custom_id twice": ("batch", "a.jsonl", GOOD * 2, "Line 2: .*custom_id `a`", "duplicate_custom_id"),
    "another method": ("batch", "a.jsonl", batch_line("a", method="GET"), "Line 1: .*'GET'", "invalid_value"),
    "another url": (
        "batch", "a.jsonl", GOOD + batch_line("b", url="/v1/embeddings"), "Line 2: .*embeddings", "mismatched_endpoint"
    ),
    "a body that is none": ("batch", "a.jsonl", batch_line("a", body="x"), "Line 1: .*'body'", "invalid_type"),
    "too many": (
        "batch",
        "a.jsonl",
        b"".join(b'{"custom_id":"%d","method":"POST","url":"/v1/x","body":{}}\n' % n for n in range(50_001)),
        "Line 50001: ",
        "too_many_requests",
    ),
    "no messages": (
        "fine-tune", "a.jsonl", HELLO + b'{"text": "x"}', "Line 2: .*'messages'", "missing_required_parameter"
    ),
    "messages of nobody": ("fine-tune", "a.jsonl", b'{"messages": []}', "Line 1: .*'messages'", "empty_array"),
    "an unknown role": (
        "fine-tune",
        "a.jsonl",
        HELLO + b'{"messages": [{"role": "wizard", "content": "x"}]}',
        "Line 2: .*'wizard'",
        "invalid_value",
    ),
    "nobody answers": (
        "fine-tune",
        "a.jsonl",
        b'{"messages": [{"role": "user", "content": "x"}]}',
        "Line 1: .*assistant",
        "missing_assistant_message",
    ),
    "two kinds of examples": (
        "fine-tune", "a.jsonl", HELLO + b'{"prompt": "a", "completion": "b"}', "Line 2: ", "missing_required_parameter"
    ),
}  # fmt: skip


@pytest.mark.parametrize("purpose_first", [True, False])
@pytest.mark.parametrize("name", WRONG)
def test_a_file_that_breaks_its_purpose_s_rules(
    http: httpx.Client, server: LiveServer, name: str, purpose_first: bool
) -> None:
    purpose, filename, content, message, code = WRONG[name]
    before = on_disk(server)
    fields = [("purpose", (None, purpose)), ("file", (filename, content))]
    answer = http.post("/files", files=fields if purpose_first else fields[::-1])
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert re.search(message, error["message"]), error["message"]
    assert (error["param"], error["code"]) == ("file", code)
    assert on_disk(server) == before


@pytest.mark.anyio
async def test_a_file_that_is_too_large_for_its_late_purpose_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jsonl, "MAX_BATCH_BYTES", 1000)
    fields: list[Any] = [("file", ("a.jsonl", b"\n" * 1001)), ("purpose", (None, "batch"))]
    sent = httpx.Request("POST", "http://x", files=fields)

    async def body() -> AsyncIterator[bytes]:
        yield sent.read()

    blobs = Blobs(tmp_path)
    with pytest.raises(RequestTooLarge):
        await _Received(blobs).read(Form(sent.headers, body()))
    await blobs.close()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


# --- forms -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"expires_after[anchor]": "created_at", "expires_after[seconds]": "7200"},
        {"expires_after": json.dumps({"anchor": "created_at", "seconds": 7200})},
    ],
)
@pytest.mark.parametrize("file_first", [True, False])
def test_forms_of_an_expiry(http: httpx.Client, fields: dict[str, str], file_first: bool) -> None:
    parts: list[Any] = [(name, (None, value)) for name, value in fields.items()]
    file = [("file", ("a.txt", b"x"))]
    answer = http.post(
        "/files", files=[("purpose", (None, "user_data")), *(file + parts if file_first else parts + file)]
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["expires_at"] == answer.json()["created_at"] + 7200


REFUSED: dict[str, tuple[list[Any], str, str | None]] = {
    "nothing": ([("x", (None, ""))], "x", "unknown_parameter"),
    "no file": ([("purpose", (None, "vision"))], "file", "missing_required_parameter"),
    "no purpose": ([("file", ("a", b"x"))], "purpose", "missing_required_parameter"),
    "another purpose": ([("purpose", (None, "batch_output")), ("file", ("a", b"x"))], "purpose", "invalid_value"),
    "an empty file": ([("purpose", (None, "vision")), ("file", ("a", b""))], "file", "empty_file"),
    "two files": ([("purpose", (None, "vision")), ("file", ("a", b"x")), ("file", ("b", b"y"))], "file", None),
    "two purposes": (
        [("purpose", (None, "batch")), ("file", ("a.jsonl", GOOD)), ("purpose", (None, "fine-tune"))], "purpose", None
    ),
    "a field too many": (
        [("purpose", (None, "vision")), ("file", ("a", b"x")), ("model", (None, "m"))], "model", "unknown_parameter"
    ),
    "too soon": (
        [("purpose", (None, "vision")), ("file", ("a", b"x")), ("expires_after[anchor]", (None, "created_at")),
         ("expires_after[seconds]", (None, "5"))],
        "expires_after.seconds", "integer_below_min_value",
    ),
    "no anchor": (
        [("purpose", (None, "vision")), ("file", ("a", b"x")), ("expires_after[seconds]", (None, "3600"))],
        "expires_after.anchor", "missing_required_parameter",
    ),
    "a number that is none": (
        [("purpose", (None, "vision")), ("file", ("a", b"x")), ("expires_after[anchor]", (None, "created_at")),
         ("expires_after[seconds]", (None, "soon"))],
        "expires_after.seconds", "invalid_type",
    ),
    "JSON that is none": (
        [("purpose", (None, "vision")), ("file", ("a", b"x")), ("expires_after", (None, "{"))], "expires_after", None
    ),
    "JSON that is too deep": (
        [("purpose", (None, "vision")), ("file", ("a", b"x")), ("expires_after", (None, '{"a":' * 3_000))],
        "expires_after", None,
    ),
    "a long field": ([("purpose", (None, "x" * 20_000)), ("file", ("a", b"x"))], "purpose", "request_too_large"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_forms_that_are_refused(http: httpx.Client, server: LiveServer, name: str) -> None:
    fields, param, code = REFUSED[name]
    before = on_disk(server)
    answer = http.post("/files", files=fields)
    assert answer.status_code == (413 if code == "request_too_large" else 400)
    error = answer.json()["error"]
    assert (error["param"], error["code"]) == (param, code), error
    assert answer.headers["x-request-id"]
    assert on_disk(server) == before


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("plain.txt", "plain.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\report.docx", "report.docx"),
        ("/", "upload"),
        ("..", ".."),
        ("日本語 ñ 🎉.md", "日本語 ñ 🎉.md"),
        ('say "hi".txt', 'say "hi".txt'),
        ("semi;colon=x.txt", "semi;colon=x.txt"),
        ("x" * 251 + ".txt", "x" * 251 + ".txt"),
        ("x" * 300, None),
        ("nul\x00.txt", "nul%00.txt"),  # as the client writes it
        ("line\r\nfeed.txt", None),
    ],
)
def test_names_of_files(http: httpx.Client, server: LiveServer, given: str, kept: str | None) -> None:
    answer = http.post("/files", files={"file": (given, b"x")}, data={"purpose": "user_data"})
    if kept is None:
        assert answer.status_code == 400
        assert answer.json()["error"]["param"] == "file" or "multipart" in answer.text
        return
    assert answer.status_code == 200, answer.text
    assert answer.json()["filename"] == kept
    assert answer.json()["id"] in on_disk(server)
    disposition = http.get(f"/files/{answer.json()['id']}/content").headers["content-disposition"]
    assert disposition.startswith('attachment; filename="')
    assert disposition.isascii()


# --- content ---------------------------------------------------------------------------


def test_content_and_ranges(http: httpx.Client) -> None:
    made = http.post("/files", files={"file": ("a.html", CONTENT)}, data={"purpose": "user_data"}).json()
    url = f"/files/{made['id']}/content"
    whole = http.get(url)
    assert whole.headers["content-type"] == "application/octet-stream"
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.content == CONTENT
    head = http.head(url)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(CONTENT)), b"")
    size = len(CONTENT)
    for asked, start, end in (
        ("bytes=0-0", 0, 1),
        ("bytes=10-99", 10, 100),
        (f"bytes={size - 5}-", size - 5, size),
        ("bytes=-7", size - 7, size),
        (f"bytes=-{size * 2}", 0, size),
        (f"bytes=5-{size * 2}", 5, size),
        (f"bytes=1-{2**64}", 1, size),  # what some clients say for "to the end"
    ):
        part = http.get(url, headers={"range": asked})
        assert (part.status_code, part.content) == (206, CONTENT[start:end]), asked
        assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{size}"
    for asked in ("bytes=0-1,5-6", "lines=0-1", "bytes=-", "bytes=b-a", f"bytes={'9' * 5000}-"):
        assert http.get(url, headers={"range": asked}).status_code == 200
    for asked in (f"bytes={size}-", "bytes=-0", "bytes=9-3"):
        refused = http.get(url, headers={"range": asked})
        assert (refused.status_code, refused.headers["content-range"]) == (416, f"bytes */{size}")
    assert http.get(url, headers={"range": "bytes=0-0", "if-range": whole.headers["etag"]}).status_code == 206
    assert http.get(url, headers={"range": "bytes=0-0", "if-range": '"other"'}).status_code == 200


@pytest.mark.parametrize("file_id", ["file-nothing", "..%2f..%2fhomeport.db", "x" * 5000, "%00", "é"])
def test_ids_that_name_nothing(http: httpx.Client, file_id: str) -> None:
    for method, path in (("GET", ""), ("GET", "/content"), ("DELETE", "")):
        answer = http.request(method, f"/files/{file_id}{path}")
        assert answer.status_code == 404, (method, path)
        assert answer.json()["error"]["type"] == "invalid_request_error"
