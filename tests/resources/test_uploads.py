"""Uploads in parts through the official SDK and over plain HTTP, on both databases."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import openai
import pytest

from tests.files_server import files_server, on_disk
from tests.live.test_conformance import Judged
from tests.openai_spec import httpx
from tests.support import LiveServer

CONTENT = os.urandom(2_500_000)
NEW: dict[str, Any] = {"filename": "a.bin", "purpose": "user_data", "bytes": len(CONTENT), "mime_type": "video/mp4"}


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


def test_the_sdk_s_chunked_upload(sdk: Judged, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(CONTENT)
    done = sdk.uploads.upload_file_chunked(
        file=path, mime_type="video/mp4", purpose="user_data", part_size=1_000_000, md5=hashlib.md5(CONTENT).hexdigest()
    )
    assert done.status == "completed"
    assert done.file is not None
    assert (done.file.filename, done.file.bytes) == ("film.mp4", len(CONTENT))
    assert sdk.files.content(done.file.id).read() == CONTENT
    assert sdk.files.retrieve(done.file.id) == done.file
    assert [operation for operation, _ in sdk.passed()] == [
        "POST /uploads",
        *["POST /uploads/{upload_id}/parts"] * 3,
        "POST /uploads/{upload_id}/complete",
        "GET /files/{file_id}/content",
        "GET /files/{file_id}",
    ]


def test_parts_at_the_same_time_in_another_order(sdk: Judged, server: LiveServer) -> None:
    upload = sdk.uploads.create(**NEW, expires_after={"anchor": "created_at", "seconds": 3600})
    assert (upload.status, upload.bytes, upload.file) == ("pending", len(CONTENT), None)
    assert upload.expires_at == upload.created_at + 3600
    cuts = range(0, len(CONTENT), 400_000)
    with ThreadPoolExecutor(4) as pool:
        parts = list(
            pool.map(lambda at: sdk.uploads.parts.create(upload.id, data=CONTENT[at : at + 400_000]), reversed(cuts))
        )
    part_ids = [part.id for part in reversed(parts)]
    done = sdk.uploads.complete(upload.id, part_ids=part_ids)
    assert done.file is not None
    assert done.file.expires_at == done.file.created_at + 3600
    assert sdk.files.content(done.file.id).read() == CONTENT
    assert sdk.uploads.complete(upload.id, part_ids=part_ids) == done
    sdk.files.delete(done.file.id)
    assert not set(part_ids) & on_disk(server)
    with pytest.raises(openai.BadRequestError) as refused:
        sdk.uploads.complete(upload.id, part_ids=part_ids)
    assert refused.value.code == "upload_completed"
    sdk.passed()


def test_a_cancelled_upload(sdk: Judged, server: LiveServer) -> None:
    upload = sdk.uploads.create(**NEW)
    part = sdk.uploads.parts.create(upload.id, data=CONTENT)
    assert part.id in on_disk(server)
    assert sdk.uploads.cancel(upload.id).status == "cancelled"
    assert part.id not in on_disk(server)
    for call in (
        lambda: sdk.uploads.parts.create(upload.id, data=b"x"),
        lambda: sdk.uploads.complete(upload.id, part_ids=[part.id]),
    ):
        with pytest.raises(openai.BadRequestError) as refused:
            call()
        assert refused.value.code == "upload_cancelled"
    sdk.passed()


@pytest.mark.parametrize(
    ("changed", "param"),
    [
        ({"bytes": 0}, "bytes"),
        ({"bytes": 8 * 1024**3 + 1}, "bytes"),
        ({"bytes": "many"}, "bytes"),
        ({"purpose": "nothing"}, "purpose"),
        ({"purpose": "batch"}, "filename"),
        ({"filename": ""}, "filename"),
        ({"filename": "a/b"}, "filename"),
        ({"filename": "x" * 300}, "filename"),
        ({"filename": None}, "filename"),
        ({"filename": "a.txt\n"}, "filename"),
        ({"mime_type": "text\n"}, "mime_type"),
        ({"expires_after": {"anchor": "created_at", "seconds": 1}}, "expires_after.seconds"),
        ({"model": "m"}, "model"),
    ],
)
def test_uploads_that_are_refused(http: httpx.Client, changed: dict[str, Any], param: str) -> None:
    answer = http.post("/uploads", json=NEW | changed)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ([], "data"),
        ([("data", ("a", b""))], "data"),
        ([("data", ("a", b"x")), ("data", ("a", b"x"))], "data"),
        ([("data", ("a", b"x")), ("purpose", (None, "batch"))], "purpose"),
        ([("file", ("a", b"x"))], "file"),
    ],
)
def test_parts_that_are_refused(http: httpx.Client, server: LiveServer, fields: list[Any], param: str) -> None:
    upload = http.post("/uploads", json=NEW).json()["id"]
    before = on_disk(server)
    body = (
        {"files": fields}
        if fields
        else {"content": b"--b--\r\n", "headers": {"content-type": "multipart/form-data; boundary=b"}}
    )
    answer = http.post(f"/uploads/{upload}/parts", **body)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    assert on_disk(server) == before


def test_a_part_that_is_too_large(http: httpx.Client, server: LiveServer) -> None:
    upload = http.post("/uploads", json=NEW).json()["id"]
    before = on_disk(server)

    def endless() -> Iterator[bytes]:
        yield b'--b\r\ncontent-disposition: form-data; name="data"; filename="x"\r\n\r\n'
        while True:
            yield CONTENT

    answer = http.post(
        f"/uploads/{upload}/parts", content=endless(), headers={"content-type": "multipart/form-data; boundary=b"}
    )
    assert answer.status_code == 413
    assert answer.json()["error"] == {
        "message": "`data` is larger than 67108864 bytes.",
        "type": "invalid_request_error",
        "param": "data",
        "code": "request_too_large",
    }
    assert on_disk(server) == before


def test_unknown_uploads(http: httpx.Client) -> None:
    for path, body in (
        ("parts", {"files": {"data": b"x"}}),
        ("complete", {"json": {"part_ids": ["part_x"]}}),
        ("cancel", {}),
    ):
        assert http.post(f"/uploads/upload_nothing/{path}", **body).status_code == 404  # type: ignore[arg-type]
