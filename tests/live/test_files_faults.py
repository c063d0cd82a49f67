"""Files when things go wrong: kills, callers that hang up or dawdle, full disks, forms that are none."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import openai
import pytest
from openai import OpenAI

from homeport.jobs.queue import SYSTEM, enqueue
from homeport.storage.database import Database
from homeport.storage.database import database_url as make_url
from tests.files_server import NO_ENGINE, environment, files_server, on_disk
from tests.live.wire import Wire, request
from tests.openai_spec import httpx
from tests.support import LiveServer

CONTENT = os.urandom(1_000_000)
FORM = "Content-Type: multipart/form-data; boundary=b"
HEAD = b'--b\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nuser_data\r\n'
FILE = b'--b\r\ncontent-disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
END = b"\r\n--b--\r\n"
MB = 1024 * 1024


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    """One that no test harms."""
    with files_server() as running:
        yield running


@pytest.fixture
def sdk(server: LiveServer) -> Iterator[OpenAI]:
    with client(server) as made:
        yield made


def client(server: LiveServer) -> OpenAI:
    return OpenAI(base_url=server.base_url, api_key=server.key, max_retries=0, timeout=60)


def begin(server: LiveServer, length: int, path: str = "/v1/files") -> bytes:
    """The head of a form whose body has `length` bytes."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: h",
        f"Authorization: Bearer {server.key}",
        FORM,
        f"Content-Length: {length}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def until(condition: Callable[[], object], timeout_s: float = 30) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.02)


def partial(server: LiveServer) -> list[Path]:
    return list((server.folder / "data" / "files" / ".partial").iterdir())


def memory_mb(server: LiveServer) -> float:
    """The most that the API's process has ever held."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


async def sweep_now(url: str) -> None:
    """Have the server's own job done before its time."""
    database = Database(make_url(url, Path()))
    await database.open()
    await database.write(lambda c: enqueue(c, "files.sweep", None, project_id=SYSTEM))
    await database.close()


# --- kills -----------------------------------------------------------------------------


def test_a_kill_during_an_upload(database_url: str, tmp_path: Path) -> None:
    server = LiveServer(tmp_path, NO_ENGINE, env=environment(database_url)).start()
    with client(server) as sdk:
        kept = sdk.files.create(file=("kept.bin", CONTENT), purpose="user_data")
        upload = sdk.uploads.create(
            filename="big.bin", purpose="assistants", bytes=2 * len(CONTENT), mime_type="application/pdf"
        )
        first = sdk.uploads.parts.create(upload.id, data=CONTENT)
    body = HEAD + FILE + CONTENT * 3
    with Wire(server) as file, Wire(server) as part:
        file.send(begin(server, len(body) + 1000) + body)
        content = FILE.replace(b'"file"', b'"data"') + CONTENT * 2
        part.send(begin(server, len(content) + 1000, f"/v1/uploads/{upload.id}/parts") + content)
        until(lambda: sum(path.stat().st_size > 0 for path in partial(server)) == 2)
        server.kill()
    left = partial(server)
    assert len(left) == 2
    orphan = tmp_path / "data" / "files" / f"file-{'x' * 24}"  # killed between its bytes and its row
    orphan.write_bytes(CONTENT)
    for path in (*left, orphan):
        os.utime(path, (1, 1))
    with LiveServer(tmp_path, NO_ENGINE, env=environment(database_url)) as again, client(again) as sdk:
        assert [file.id for file in sdk.files.list()] == [kept.id]
        assert sdk.files.content(kept.id).read() == CONTENT
        second = sdk.uploads.parts.create(upload.id, data=CONTENT[::-1])
        done = sdk.uploads.complete(upload.id, part_ids=[first.id, second.id])
        assert done.file is not None
        assert sdk.files.content(done.file.id).read() == CONTENT + CONTENT[::-1]
        asyncio.run(sweep_now(database_url))
        until(lambda: not any(path.exists() for path in (*left, orphan)))
        assert on_disk(again) == {".owner", kept.id, first.id, second.id}


def test_a_kill_while_an_upload_is_completed(database_url: str, tmp_path: Path) -> None:
    """Whether the file was made or not, completing again has it, once."""
    content = os.urandom(8 * MB)
    server = LiveServer(tmp_path, NO_ENGINE, env=environment(database_url)).start()
    with client(server) as sdk:
        upload = sdk.uploads.create(
            filename="a.bin", purpose="user_data", bytes=4 * len(content), mime_type="video/mp4"
        )
        part_ids = [sdk.uploads.parts.create(upload.id, data=content).id for _ in range(4)]
    with Wire(server) as wire:
        body = json.dumps({"part_ids": part_ids, "md5": hashlib.md5(content * 4).hexdigest()}).encode()
        wire.send(request(server, body, path=f"/v1/uploads/{upload.id}/complete"))
        time.sleep(0.03)  # into the middle of it, on most machines; at any time it must hold
        server.kill()
    with LiveServer(tmp_path, NO_ENGINE, env=environment(database_url)) as again, client(again) as sdk:
        done = sdk.uploads.complete(upload.id, part_ids=part_ids)
        assert done.file is not None
        assert [file.id for file in sdk.files.list()] == [done.file.id]
        assert sdk.files.content(done.file.id).read() == content * 4


def test_kills_while_files_are_acknowledged(tmp_path: Path, database_url: str) -> None:
    """Whatever was acknowledged before a kill is whole after it, and nothing else is listed."""
    acknowledged: dict[str, bytes] = {}
    for _ in range(2):
        server = LiveServer(tmp_path, NO_ENGINE, env=environment(database_url)).start()
        stop = threading.Event()

        def send(url: str = server.base_url, key: str = server.key, stop: threading.Event = stop) -> None:
            with OpenAI(base_url=url, api_key=key, max_retries=0) as sdk:
                while not stop.is_set():
                    content = os.urandom(200_000)
                    try:
                        acknowledged[sdk.files.create(file=("a", content), purpose="vision").id] = content
                    except (openai.OpenAIError, OSError):
                        return

        threads = [threading.Thread(target=send) for _ in range(4)]
        wanted = len(acknowledged) + 10
        for thread in threads:
            thread.start()
        until(lambda wanted=wanted: len(acknowledged) >= wanted)
        server.kill()
        stop.set()
        for thread in threads:
            thread.join()
    with LiveServer(tmp_path, NO_ENGINE, env=environment(database_url)) as again, client(again) as sdk:
        listed = {file.id for file in sdk.files.list()}
        assert set(acknowledged) <= listed
        for file_id in listed:  # one that was committed as the server died may not have been acknowledged
            content = sdk.files.content(file_id).read()
            assert content == acknowledged.get(file_id, content)
            assert len(content) == 200_000


# --- callers ---------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"", HEAD, HEAD + FILE, HEAD + FILE + CONTENT * 3, HEAD + FILE + CONTENT + END])
def test_a_caller_that_hangs_up(server: LiveServer, sdk: OpenAI, body: bytes) -> None:
    before, listed = on_disk(server), len(sdk.files.list().data)
    with Wire(server) as wire:
        wire.send(begin(server, len(body) + 5) + body)
        if len(body) > len(CONTENT):
            until(lambda: partial(server))
    until(lambda: on_disk(server) == before)
    assert len(sdk.files.list().data) == listed


def test_a_caller_that_dawdles_keeps_nobody_waiting(server: LiveServer, sdk: OpenAI) -> None:
    body = HEAD + FILE + CONTENT * 2 + END
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(Wire(server)) for _ in range(20)]
        for wire in wires:
            wire.send(begin(server, len(body)) + body[:-1_000_001])
        made = sdk.files.create(file=("a", CONTENT), purpose="vision")
        assert sdk.files.content(made.id).read() == CONTENT
        for wire in wires:
            wire.send(body[-1_000_001:])
        for wire in wires:
            assert wire.receive().status == 200


def test_a_caller_that_stalls_is_cut(tmp_path: Path) -> None:
    config = NO_ENGINE + "[timeouts]\nrequest_s = 0.5\n"
    with LiveServer(tmp_path, config) as server, Wire(server) as wire:
        wire.send(begin(server, 10_000_000) + HEAD + FILE + CONTENT)
        answer = wire.receive()
        assert (answer.status, answer.error["code"]) == (408, "request_timeout")
        until(lambda: on_disk(server) == {".owner"})


def test_a_caller_that_reads_slowly(server: LiveServer, sdk: OpenAI) -> None:
    made = sdk.files.create(file=("a", CONTENT * 40), purpose="vision")
    before_mb = memory_mb(server)
    head = f"GET /v1/files/{made.id}/content HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {server.key}\r\n\r\n".encode()
    with Wire(server) as wire:
        wire.send(head)
        wire.socket.recv(1, socket.MSG_PEEK)
        assert sdk.files.list().data
        assert wire.receive().body == CONTENT * 40
    with Wire(server) as wire:  # and hangs up
        wire.send(head)
        wire.socket.recv(1, socket.MSG_PEEK)
    assert memory_mb(server) - before_mb < 30
    sdk.files.delete(made.id)


# --- sizes -----------------------------------------------------------------------------


def test_a_file_that_says_it_is_too_large_is_refused_unread(server: LiveServer) -> None:
    before = on_disk(server)
    with Wire(server) as wire:
        wire.send(begin(server, 513 * MB) + HEAD + FILE)
        answer = wire.receive()
        assert answer.status == 413
        assert answer.error["param"] == "file"
        assert "536870912" in answer.error["message"]
        assert answer.headers["connection"] == "close"
    assert on_disk(server) == before


def test_a_file_of_one_byte_too_many(server: LiveServer, sdk: OpenAI) -> None:
    """Without a length, so that it is only known when it comes. Memory stays as it was all along."""
    sdk.files.create(file=("warm", CONTENT * 20), purpose="vision")
    before, before_mb, listed = on_disk(server), memory_mb(server), len(sdk.files.list().data)

    def body() -> Iterator[bytes]:
        yield HEAD + FILE
        for _ in range(512):
            yield bytes(MB)
        yield b"x" + END

    answer = httpx.post(
        f"{server.base_url}/files",
        content=body(),
        headers={"authorization": f"Bearer {server.key}", "content-type": "multipart/form-data; boundary=b"},
        timeout=60,
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "request_too_large")
    assert memory_mb(server) - before_mb < 20
    until(lambda: on_disk(server) == before)
    assert len(sdk.files.list().data) == listed


# --- disks -----------------------------------------------------------------------------


def test_a_full_disk(database_url: str) -> None:
    """No file of the server may grow beyond 4 MB: as on a full disk, writing fails in the middle."""
    with files_server(database_url) as server, client(server) as sdk:
        kept = sdk.files.create(file=("kept", CONTENT), purpose="vision")
        upload = sdk.uploads.create(filename="a", purpose="vision", bytes=9_000_000, mime_type="image/png")
        before = on_disk(server)
        unlimited = resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (4 * MB, resource.RLIM_INFINITY))
        for write in (
            lambda: sdk.files.create(file=("big", CONTENT * 9), purpose="vision"),
            lambda: sdk.uploads.parts.create(upload.id, data=CONTENT * 9),
        ):
            with pytest.raises(openai.InternalServerError) as refused:
                write()
            assert (refused.value.status_code, refused.value.code) == (507, "storage_full")
        assert on_disk(server) == before
        assert sdk.files.content(kept.id).read() == CONTENT
        sdk.files.create(file=("small", b"x"), purpose="vision")
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, unlimited)
        part = sdk.uploads.parts.create(upload.id, data=CONTENT * 9)
        assert sdk.uploads.complete(upload.id, part_ids=[part.id]).status == "completed"


# --- forms that are none ---------------------------------------------------------------

FORMS: dict[str, tuple[str, bytes]] = {
    "JSON": ("application/json", b"{}"),
    "no type": ("", HEAD + END),
    "no boundary": ("multipart/form-data", HEAD + END),
    "an empty boundary": ('multipart/form-data; boundary=""', HEAD + END),
    "a boundary without end": (f"multipart/form-data; boundary={'b' * 3000}", HEAD + END),
    "another boundary": ("multipart/form-data; boundary=c", HEAD + FILE + b"x" + END),
    "nothing": ("multipart/form-data; boundary=b", b""),
    "no end": ("multipart/form-data; boundary=b", HEAD + FILE + CONTENT),
    "an end in a header": ("multipart/form-data; boundary=b", HEAD + b"--b\r\ncontent-dis"),
    "no name": ("multipart/form-data; boundary=b", b"--b\r\ncontent-disposition: form-data\r\n\r\nx" + END),
    "no disposition": ("multipart/form-data; boundary=b", b"--b\r\ncontent-type: x\r\n\r\nx" + END),
    "a large header": ("multipart/form-data; boundary=b", b"--b\r\nx: " + b"y" * 100_000 + b"\r\n\r\nx" + END),
    "many headers": ("multipart/form-data; boundary=b", b"--b\r\n" + b"x: y\r\n" * 1000 + b"\r\nx" + END),
    "many fields": ("multipart/form-data; boundary=b", HEAD * 200 + END),
    "a header that is none": ("multipart/form-data; boundary=b", b"--b\r\nno colon\r\n\r\nx" + END),
    "a NUL in a name": (
        "multipart/form-data; boundary=b", HEAD + FILE.replace(b"a.bin", b"a\x00.bin") + b"x" + END
    ),
    "noise": ("multipart/form-data; boundary=b", CONTENT),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_forms_that_are_none(server: LiveServer, sdk: OpenAI, name: str) -> None:
    content_type, body = FORMS[name]
    before = on_disk(server)
    headers = {"authorization": f"Bearer {server.key}"} | ({"content-type": content_type} if content_type else {})
    answer = httpx.post(f"{server.base_url}/files", content=body, headers=headers, timeout=30)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert on_disk(server) == before
    assert sdk.files.list().data is not None


def test_a_form_byte_by_byte(server: LiveServer, sdk: OpenAI) -> None:
    """Boundaries that come in pieces, and content that looks like one."""
    content = b"\r\n--\r\n--c--\r\n-- b\r\n--" + b"\r\n" * 5
    body = HEAD + FILE + content + END
    with Wire(server) as wire:
        wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wire.send(begin(server, len(body)))
        for byte in body:
            wire.send(bytes([byte]))
        answer = wire.receive()
    assert answer.status == 200
    assert sdk.files.content(answer.json()["id"]).read() == content


@pytest.mark.parametrize("key", ["", "sk-wrong"])
def test_without_a_key_nothing_is_read(server: LiveServer, key: str) -> None:
    before = on_disk(server)
    with Wire(server) as wire:
        head = begin(server, 400 * MB).replace(server.key.encode(), key.encode())
        wire.send(head + HEAD + FILE + CONTENT)
        answer = wire.receive()
        assert answer.status == 401
        assert answer.headers["connection"] == "close"
    assert on_disk(server) == before
