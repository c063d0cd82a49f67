"""Real servers on one database: keys on every replica, kills under load, a full disk, a database that goes away."""

from __future__ import annotations

import concurrent.futures
import contextlib
import resource
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from tests.files_server import NO_ENGINE, environment
from tests.postgres import postgres_server
from tests.support import LiveServer, live_server

PATIENCE_S = 60


def client(server: LiveServer, key: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.Client(base_url=server.base_url, headers=headers, verify=False, timeout=PATIENCE_S)


def status(server: LiveServer, key: str) -> int:
    with client(server, key) as http:
        return http.get("/models").status_code


def key_ids(server: LiveServer) -> set[str]:
    with client(server, server.key) as http:
        return {key["id"] for key in http.get("/api_keys").json()["data"]}


def readiness(server: LiveServer) -> tuple[int, str]:
    with client(server, server.key) as http:
        answer = http.get(f"{server.url}/readyz")
        return answer.status_code, answer.text


def until(reached: Callable[[], bool], within_s: float = PATIENCE_S) -> float:
    """Seconds until it was."""
    started_s = time.monotonic()
    while not reached():
        assert time.monotonic() - started_s < within_s
        time.sleep(0.005)
    return time.monotonic() - started_s


@contextlib.contextmanager
def keys_being_made(server: LiveServer, threads: int = 6) -> Iterator[list[tuple[str, str]]]:
    """(id, key) of those that the server acknowledged so far, by many callers who go on whatever happens."""
    made: list[tuple[str, str]] = []
    over = threading.Event()

    def make() -> None:
        while not over.is_set():
            time.sleep(0.01)
            with contextlib.suppress(httpx.TransportError), client(server, server.key) as http:
                while not over.is_set():
                    answer = http.post("/api_keys", json={})
                    if answer.status_code == 200:
                        made.append((answer.json()["id"], answer.json()["key"]))
                    else:
                        assert answer.status_code == 503
                        assert answer.json()["error"]["code"] == "storage_unavailable"
                        assert answer.headers["retry-after"] == "1"
                        time.sleep(0.01)

    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        callers = [pool.submit(make) for _ in range(threads)]
        try:
            yield made
        finally:
            over.set()
            for caller in callers:
                caller.result()


# --- replicas ------------------------------------------------------------------------


def test_a_key_works_and_is_refused_on_every_replica(database_url: str) -> None:
    env = environment(database_url)
    with live_server(NO_ENGINE, env=env) as one, live_server(NO_ENGINE, env=env) as other:
        assert status(one, one.key) == status(other, one.key) == 200  # the second took nothing from the first
        for maker, user in ((one, other), (other, one)):
            with client(maker, one.key) as http:
                made = http.post("/api_keys", json={}).json()
            assert status(maker, made["key"]) == 200
            until(lambda made=made, user=user: status(user, made["key"]) == 200)
            with client(user, one.key) as http:
                assert http.delete(f"/api_keys/{made['id']}").json()["deleted"] is True
            assert status(user, made["key"]) == 401
            until(lambda made=made, maker=maker: status(maker, made["key"]) == 401)


def test_replicas_that_start_together_share_the_admin_key_of_the_environment(database_url: str) -> None:
    env = environment(database_url)
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(live_server(NO_ENGINE, env=env))
        refused: list[int] = []
        over = threading.Event()

        def ask() -> None:
            while not over.is_set():
                if (answer := status(first, first.key)) != 200:
                    refused.append(answer)

        asking = threading.Thread(target=ask)
        asking.start()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            starts = [pool.submit(stack.enter_context, live_server(NO_ENGINE, env=env)) for _ in range(2)]
            servers = [start.result() for start in starts]
        over.set()
        asking.join()
        assert refused == []
        assert [status(server, first.key) for server in servers] == [200, 200]
        assert key_ids(first) == {"key_environment"}


# --- faults --------------------------------------------------------------------------


def test_a_kill_under_writes_loses_nothing_acknowledged(database_url: str) -> None:
    with live_server(NO_ENGINE, env=environment(database_url)) as server, keys_being_made(server) as made:
        for _ in range(2):
            before = len(made)
            until(lambda before=before: len(made) >= before + 30)
            server.kill()
            acknowledged = list(made)
            server.start()
            assert {id for id, _ in acknowledged} <= key_ids(server)
            assert status(server, acknowledged[-1][1]) == 200


def test_a_full_disk_refuses_writes_until_there_is_space() -> None:
    with live_server(NO_ENGINE) as server, keys_being_made(server) as made:
        until(lambda: len(made) >= 20)
        assert readiness(server) == (200, "ready")
        unlimited = resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        until(lambda: readiness(server) == (503, "The server's database can't be used at this moment."))
        while_full = len(made)
        assert {id for id, _ in made[:while_full]} <= key_ids(server)
        assert status(server, made[0][1]) == 200
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, unlimited)
        until(lambda: len(made) >= while_full + 20)
        until(lambda: readiness(server) == (200, "ready"))
        server.kill()
        acknowledged = list(made)
        server.start()
        assert {id for id, _ in acknowledged} <= key_ids(server)


def test_a_database_server_that_crashes_and_comes_back() -> None:
    with (
        postgres_server(durable=False) as postgres,
        live_server(NO_ENGINE, env=environment(postgres.new_database())) as server,
        keys_being_made(server) as made,
    ):
        until(lambda: len(made) >= 20)
        postgres.crash()
        until(lambda: readiness(server) == (503, "The server's database can't be used at this moment."))
        assert status(server, made[0][1]) == 200  # keys are known, and what needs no database works
        postgres.start()
        while_down = len(made)
        until(lambda: len(made) >= while_down + 20)
        until(lambda: readiness(server) == (200, "ready"))
        acknowledged = list(made)
        assert {id for id, _ in acknowledged} <= key_ids(server)
        said = [line for line in server.output if "homeport.storage" in line]
        assert len(said) < 20, said  # not a line for each request
        assert not any("Traceback" in line for line in server.output)


def test_a_data_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "homeport.db").mkdir()
    with pytest.raises(AssertionError, match="did not start") as failed, LiveServer(tmp_path, NO_ENGINE):
        raise NotImplementedError
    said = str(failed.value).partition("\n")[2]
    assert said.startswith("Error: ")
    assert said.count("\n") == 1
