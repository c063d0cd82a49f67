"""`homeport vector-stores` as people use it, against a real server with the real embedding model."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal, homeport
from tests.retrieval_server import retrieval_server


@pytest.fixture(scope="module")
def reach() -> Iterator[dict[str, str]]:
    with retrieval_server() as server:
        yield {"HOMEPORT_BASE_URL": server.base_url, "HOMEPORT_API_KEY": server.key}


@pytest.fixture
def documents(tmp_path: Path) -> list[str]:
    for name, text in (
        ("bread.md", "# Bread\n\nFeed the starter, mix flour and water, let the dough rise."),
        ("giraffe.txt", "The giraffe is the tallest animal on land."),
    ):
        (tmp_path / name).write_text(text)
    return [str(path) for path in sorted(tmp_path.iterdir())]


def run(reach: dict[str, str], *arguments: str) -> str:
    result = homeport("vector-stores", *arguments, **reach)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_a_store_from_the_command_line(reach: dict[str, str], documents: list[str]) -> None:
    store_id = run(reach, "create", "--name", "docs", "--expires-in-days", "3").strip()
    added = run(reach, "add", store_id, *documents, "-a", "year=2024", "-a", "topic=mixed", "--chunk-tokens", "200")
    assert [line.split()[1] for line in added.splitlines()] == documents
    found = json.loads(run(reach, "search", store_id, "What is the highest creature?", "-n", "1", "--json"))
    [result] = found["data"]
    assert (result["filename"], result["attributes"]) == ("giraffe.txt", {"year": 2024, "topic": "mixed"})
    head, text, *_ = run(reach, "search", store_id, "How do I make dough?", "-n", "1").splitlines()
    assert head.endswith("bread.md")
    assert "let the dough rise" in text
    assert run(reach, "search", store_id, "dough", "-a", "year=2023") == ""
    [row] = [line.split() for line in run(reach, "list").splitlines() if store_id in line]
    assert row[:4] == [store_id, "docs", "completed", "2"]
    assert json.loads(run(reach, "list", "--json"))[0]["id"] == store_id
    again = run(reach, "add", store_id, "--file-id", added.split()[0])
    assert again.split()[0] == added.split()[0]
    assert run(reach, "delete", store_id) == f"{store_id} deleted\n"
    gone = homeport("vector-stores", "search", store_id, "x", **reach)
    assert gone.returncode == 1
    assert "No such vector store" in gone.stderr


def test_a_name_that_is_no_utf_8(reach: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.txt")
    path.write_text("Coffee is a drink.")
    store_id = run(reach, "create").strip()
    assert "caf\N{REPLACEMENT CHARACTER}.txt" in run(reach, "add", store_id, str(path))


def test_a_bar_and_what_could_not_be_read(reach: dict[str, str], documents: list[str], tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 64)
    store_id = run(reach, "create").strip()
    with Terminal("vector-stores", "add", store_id, *documents, str(tmp_path / "picture.png"), **reach) as terminal:
        terminal.expect("ingesting")
        terminal.expect("3 of 3 files", 60)
        terminal.expect("picture.png: ")
        terminal.expect("1 of 3 files could not be read")
        assert terminal.wait() == 1


def test_misuse(reach: dict[str, str], documents: list[str]) -> None:
    for arguments, said in (
        (("add", "vs_x"), "Name at least one FILE"),
        (("add", "vs_x", documents[0], "-a", "colour"), "no KEY=VALUE"),
        (("add", "vs_x", documents[0]), "No such vector store"),
    ):
        result = homeport("vector-stores", *arguments, **reach)
        assert result.returncode != 0
        assert said in result.stderr
