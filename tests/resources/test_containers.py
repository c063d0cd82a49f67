"""Containers through the official SDK, on both databases: every body as OpenAI specifies it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import openai
import pytest
from openai import OpenAI
from sqlalchemy import create_engine, select, update

from homeport.storage import containers as rows
from homeport.storage.database import database_url
from tests.files_server import NO_ENGINE, environment, files_server, on_disk
from tests.live.test_conformance import Judged
from tests.live.test_files_faults import begin
from tests.live.wire import Wire
from tests.openai_spec import httpx
from tests.support import LiveServer, live_server

CONTENT = os.urandom(300_000)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest) -> Iterator[LiveServer]:
    url = None if request.param == "sqlite" else request.getfixturevalue("postgres").new_database()
    with files_server(url) as running:
        running.database_url = url  # type: ignore[attr-defined]
        yield running


@pytest.fixture(scope="module")
def sdk(server: LiveServer) -> Iterator[Judged]:
    with Judged(server) as client:
        yield client


@pytest.fixture
def container(sdk: Judged) -> Any:
    return sdk.containers.create(name="Box")


def change(server: LiveServer, container_id: str, **fields: Any) -> None:
    """What no request can do: let time pass, and make a container somebody else's."""
    engine = create_engine(database_url(server.database_url, server.folder / "data"))  # type: ignore[attr-defined]
    with engine.begin() as connection:
        project_id = fields.pop("project_id", None)
        if project_id is not None:
            for table in (rows.table, rows.files_table):
                where = table.c.id == container_id if table is rows.table else table.c.container_id == container_id
                connection.execute(update(table).where(where).values(project_id=project_id))
        else:
            owner = connection.execute(
                select(rows.table.c.project_id).where(rows.table.c.id == container_id)
            ).scalar_one()
            container = rows.containers.retrieve(connection, owner, container_id)
            rows.containers.update(connection, owner, msgspec.structs.replace(container, **fields))
    engine.dispose()


# --- containers ------------------------------------------------------------------


def test_a_container_s_life(sdk: Judged) -> None:
    made = sdk.containers.create(
        name="Mine", memory_limit="4g", expires_after={"anchor": "last_active_at", "minutes": 5}
    )
    assert made.id.startswith("cntr_")
    assert (made.object, made.name, made.status, made.memory_limit) == ("container", "Mine", "running", "4g")
    assert made.expires_after is not None
    assert (made.expires_after.anchor, made.expires_after.minutes) == ("last_active_at", 5)
    assert abs(made.created_at - time.time()) < 60
    assert made.last_active_at == made.created_at
    found = sdk.containers.retrieve(made.id)
    assert found.model_dump() == made.model_dump()
    assert made.id in [each.id for each in sdk.containers.list()]
    sdk.containers.delete(made.id)
    for gone in (sdk.containers.retrieve, sdk.containers.delete, sdk.containers.files.list):
        with pytest.raises(openai.NotFoundError, match=made.id):
            gone(made.id)
    sdk.passed()


def test_defaults(sdk: Judged) -> None:
    made = sdk.containers.create(name="Box")
    assert made.memory_limit == "1g"
    assert made.expires_after is not None
    assert made.expires_after.minutes == 20
    sdk.passed()


def test_lists(sdk: Judged) -> None:
    made = [sdk.containers.create(name=f"Listed {number % 2}").id for number in range(4)]
    newest = [each.id for each in sdk.containers.list(limit=3)]
    assert newest[:4] == made[::-1][:4], "all pages, newest first"
    page = sdk.containers.list(limit=2)
    assert (page.has_more, [each.id for each in page.data]) == (True, made[:1:-1])
    assert [each.id for each in sdk.containers.list(order="asc", after=made[0]).data][:3] == made[1:]
    assert [each.id for each in sdk.containers.list(name="Listed 1").data] == [made[3], made[1]]
    assert sdk.containers.list(name="Nobody").data == []
    with pytest.raises(openai.BadRequestError) as unknown:
        sdk.containers.list(after="cntr_none")
    assert unknown.value.param == "after"
    sdk.passed()


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({}, "name"),
        ({"name": "x", "memory_limit": "16g"}, "memory_limit"),
        ({"name": "x", "memory_limit": "2g"}, "memory_limit"),
        ({"name": "x", "expires_after": {"anchor": "last_active_at", "minutes": 0}}, "expires_after.minutes"),
        ({"name": "x", "expires_after": {"anchor": "created_at", "minutes": 5}}, "expires_after.anchor"),
        ({"name": "x", "network_policy": {"type": "allowlist", "allowed_domains": ["a.b"]}}, "network_policy"),
        ({"name": "x", "skills": [{"type": "skill_reference", "skill_id": "s"}]}, "skills"),
        ({"name": "x", "colour": "red"}, "colour"),
    ],
)
def test_what_is_refused(sdk: Judged, asked: dict[str, Any], param: str) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        sdk.post("/containers", body=asked, cast_to=object)
    assert refused.value.param == param
    sdk.passed()


def test_no_network_can_be_asked_for(sdk: Judged) -> None:
    assert sdk.containers.create(name="x", network_policy={"type": "disabled"}).status == "running"
    sdk.passed()


def test_another_project_s(sdk: Judged, server: LiveServer, container: Any) -> None:
    files = sdk.containers.files
    file = files.create(container.id, file=("a.txt", b"a"))
    change(server, container.id, project_id="proj_other")
    assert container.id not in [each.id for each in sdk.containers.list()]
    for call in (
        lambda: sdk.containers.retrieve(container.id),
        lambda: sdk.containers.delete(container.id),
        lambda: files.list(container.id),
        lambda: files.create(container.id, file=("b.txt", b"b")),
        lambda: files.create(container.id, file_id="file-none"),
        lambda: files.retrieve(file.id, container_id=container.id),
        lambda: files.content.retrieve(file.id, container_id=container.id),
        lambda: files.delete(file.id, container_id=container.id),
    ):
        with pytest.raises(openai.NotFoundError, match="cntr_"):
            call()
    sdk.passed()


# --- files -----------------------------------------------------------------------


def test_a_file_s_life(sdk: Judged, server: LiveServer, container: Any) -> None:
    files = sdk.containers.files
    made = files.create(container.id, file=("sales.csv", CONTENT))
    assert made.id.startswith("cfile_")
    assert (made.object, made.container_id, made.bytes) == ("container.file", container.id, len(CONTENT))
    assert (made.path, made.source) == ("/mnt/data/sales.csv", "user")
    assert files.retrieve(made.id, container_id=container.id).model_dump() == made.model_dump()
    assert [each.id for each in files.list(container.id)] == [made.id]
    assert files.content.retrieve(made.id, container_id=container.id).read() == CONTENT
    part = files.content.retrieve(made.id, container_id=container.id, extra_headers={"Range": "bytes=1-3"})
    assert part.read() == CONTENT[1:4]
    files.delete(made.id, container_id=container.id)
    for gone in (files.retrieve, files.content.retrieve, files.delete):
        with pytest.raises(openai.NotFoundError, match=made.id):
            gone(made.id, container_id=container.id)
    assert files.list(container.id).data == []
    sdk.passed()


def test_a_file_in_place_of_another(sdk: Judged, server: LiveServer, container: Any) -> None:
    files = sdk.containers.files
    before = on_disk(server)
    first = files.create(container.id, file=("a.txt", b"first"))
    second = files.create(container.id, file=("a.txt", b"the second"))
    assert second.id == first.id, "a file's id stays"
    assert second.bytes == 10
    assert files.content.retrieve(first.id, container_id=container.id).read() == b"the second"
    assert len(on_disk(server) - before) == 1
    sdk.passed()


def test_copies_of_uploaded_files(sdk: Judged) -> None:
    uploads = [sdk.files.create(file=("data.csv", content), purpose="user_data") for content in (b"1", b"22")]
    container = sdk.containers.create(name="Copies", file_ids=[file.id for file in uploads])
    files = sdk.containers.files
    listed = files.list(container.id, order="asc").data
    assert [file.path for file in listed] == ["/mnt/data/data.csv", f"/mnt/data/{uploads[1].id}-data.csv"]
    assert [file.bytes for file in listed] == [1, 2]
    again = files.create(container.id, file_id=uploads[0].id)
    assert again.id == listed[0].id, "it is there already"
    sdk.files.delete(uploads[0].id)
    assert files.content.retrieve(again.id, container_id=container.id).read() == b"1", "a copy"
    with pytest.raises(openai.NotFoundError):
        files.create(container.id, file_id=uploads[0].id + "x")
    sdk.passed()


def test_a_file_that_is_not_there_makes_no_container(sdk: Judged) -> None:
    with pytest.raises(openai.NotFoundError, match="file-none"):
        sdk.containers.create(name="Never made", file_ids=["file-none"])
    assert sdk.containers.list(name="Never made").data == []
    sdk.passed()


def test_lists_of_files(sdk: Judged, container: Any) -> None:
    files = sdk.containers.files
    made = [files.create(container.id, file=(f"{number}.txt", b"x")).id for number in range(3)]
    assert [each.id for each in files.list(container.id, limit=2)] == made[::-1]
    assert [each.id for each in files.list(container.id, order="asc", after=made[0]).data] == made[1:]
    sdk.passed()


def test_bad_forms(sdk: Judged, server: LiveServer, container: Any) -> None:
    path = f"{server.base_url}/containers/{container.id}/files"
    with httpx.Client(headers={"Authorization": f"Bearer {server.key}"}) as http:

        def told(**request: Any) -> tuple[int, str | None]:
            answer = http.post(path, **request)
            return answer.status_code, answer.json()["error"]["param"]

        assert told(files={"file": ("..", b"x")}) == (400, None)
        assert told(files={"other": ("a", b"x")}) == (400, "other")
        assert told(files=[("file", ("a", b"x")), ("file", ("b", b"x"))]) == (400, "file")
        assert told(json={}) == (400, "file_id")
        assert told(json={"file_id": "file-none"}) == (404, None)
        assert told(content=b"x", headers={"content-type": "text/plain"})[0] == 400


def test_more_than_a_container_holds(server: LiveServer, container: Any) -> None:
    """Refused by its length, unread."""
    with Wire(server) as wire:
        wire.send(begin(server, 513 << 20, f"/v1/containers/{container.id}/files"))
        answer = wire.receive()
        assert answer.status == 413
        assert answer.error["param"] == "file"


# --- expiry ----------------------------------------------------------------------


def test_what_has_expired(sdk: Judged, server: LiveServer, container: Any) -> None:
    files = sdk.containers.files
    file = files.create(container.id, file=("a.txt", b"a"))
    an_hour_ago = int(time.time()) - 3600
    change(server, container.id, last_active_at=an_hour_ago, expires_at=an_hour_ago + 1200)
    found = sdk.containers.retrieve(container.id)
    assert found.status == "expired"
    assert found.last_active_at == an_hour_ago, "to look at it is no use of it any more"
    for call in (
        lambda: files.list(container.id),
        lambda: files.retrieve(file.id, container_id=container.id),
        lambda: files.content.retrieve(file.id, container_id=container.id),
        lambda: files.create(container.id, file=("b.txt", b"b")),
        lambda: files.delete(file.id, container_id=container.id),
    ):
        with pytest.raises(openai.BadRequestError, match="expired") as refused:
            call()
        assert refused.value.code == "container_expired"
    sdk.containers.delete(container.id)
    sdk.passed()


def test_a_use_puts_it_off(sdk: Judged, server: LiveServer, container: Any) -> None:
    change(server, container.id, last_active_at=container.created_at - 600)
    found = sdk.containers.retrieve(container.id)
    assert found.last_active_at is not None
    assert found.last_active_at >= container.created_at
    sdk.passed()


# --- the server ------------------------------------------------------------------


def test_files_outlive_a_kill(database_url: str) -> None:
    with files_server(database_url) as server:
        with OpenAI(base_url=server.base_url, api_key=server.key) as sdk:
            container = sdk.containers.create(name="Box")
            file = sdk.containers.files.create(container.id, file=("a.txt", CONTENT))
        server.kill()
        server.start()
        with OpenAI(base_url=server.base_url, api_key=server.key) as sdk:
            assert sdk.containers.retrieve(container.id).status == "running"
            assert [each.id for each in sdk.containers.files.list(container.id)] == [file.id]
            assert sdk.containers.files.content.retrieve(file.id, container_id=container.id).read() == CONTENT


def test_without_bubblewrap() -> None:
    """The server starts, and says what to install to who wants a container."""
    with (
        live_server(NO_ENGINE, env=environment(None) | {"PATH": "/nonexistent"}) as server,
        OpenAI(base_url=server.base_url, api_key=server.key, max_retries=0) as sdk,
    ):
        assert sdk.containers.list().data == []
        with pytest.raises(openai.BadRequestError, match="bubblewrap") as refused:
            sdk.containers.create(name="Box")
        assert refused.value.code == "code_interpreter_unavailable"
