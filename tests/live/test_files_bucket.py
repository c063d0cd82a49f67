"""A server that keeps its files in a bucket, behind a real S3 server."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest
from openai import OpenAI

from tests.files_server import NO_ENGINE, files_server, on_disk
from tests.s3 import S3Server, s3_server
from tests.support import LiveServer

CONTENT = os.urandom(12_000_000)  # several parts of S3's own


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    with s3_server() as running:
        yield running


def test_files_and_uploads_in_a_bucket(s3: S3Server) -> None:
    bucket = s3.new_bucket()
    env = s3.env | {"HOMEPORT_STORAGE_FILES_URL": f"s3://{bucket}/homeport"}
    with files_server(env=env) as server, OpenAI(base_url=server.base_url, api_key=server.key, max_retries=0) as sdk:
        made = sdk.files.create(file=("a.bin", CONTENT), purpose="user_data")
        assert sdk.files.content(made.id).read() == CONTENT
        part = sdk.files.with_raw_response.content(made.id, extra_headers={"range": "bytes=5000000-5000009"})
        assert part.content == CONTENT[5_000_000:5_000_010]
        upload = sdk.uploads.upload_file_chunked(
            file=CONTENT,
            filename="b.bin",
            bytes=len(CONTENT),
            mime_type="video/mp4",
            purpose="user_data",
            part_size=7_000_000,
            md5=hashlib.md5(CONTENT).hexdigest(),
        )
        assert upload.file is not None
        assert sdk.files.content(upload.file.id).read() == CONTENT
        for wrong in (b"{}", b"{}\n" * 5_000_000):
            with pytest.raises(openai.BadRequestError):
                sdk.files.create(file=("a.jsonl", wrong), purpose="batch")
        assert s3.unfinished(bucket) == 0
        for file in sdk.files.list():
            sdk.files.delete(file.id)
        assert s3.keys(bucket) == {"homeport/.owner"}
        assert on_disk(server) == set()


def test_a_store_that_stalls_is_not_the_caller_s_fault(s3: S3Server, tmp_path: Path) -> None:
    """The caller's time limit stands still while the server doesn't read."""
    env = s3.env | {"HOMEPORT_STORAGE_FILES_URL": f"s3://{s3.new_bucket()}"}
    with (
        LiveServer(tmp_path, NO_ENGINE + "[timeouts]\nrequest_s = 0.5\n", env=env) as server,
        OpenAI(base_url=server.base_url, api_key=server.key, max_retries=0) as sdk,
    ):
        s3.pause()
        timer = threading.Timer(2.0, s3.go_on)  # four times what a caller would be given
        timer.start()
        made = sdk.files.create(file=("a.bin", CONTENT * 4), purpose="user_data")
        timer.join()
        assert sdk.files.content(made.id).read() == CONTENT * 4


def test_a_bucket_that_can_t_be_reached() -> None:
    env = {"HOMEPORT_STORAGE_FILES_URL": "s3://bucket", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "us-east-1"}
    with (
        files_server(env=env | keys) as server,
        OpenAI(base_url=server.base_url, api_key=server.key, max_retries=0) as sdk,
    ):
        with pytest.raises(openai.InternalServerError) as refused:
            sdk.files.create(file=("a", b"x"), purpose="vision")
        assert (refused.value.status_code, refused.value.code) == (503, "storage_unavailable")
        assert sdk.files.list().data == []
