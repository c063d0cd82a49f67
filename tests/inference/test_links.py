"""Links to files that code has made, as models write them."""

from __future__ import annotations

from homeport.inference.turn.links import container_of, links


def test_links_as_models_write_them() -> None:
    text = "[a](sandbox:/mnt/data/my%20table.csv), (sandbox:/mnt/data/a b.png) or sandbox:/mnt/data/out/c.txt."
    found = links(text)
    assert [link.path for link in found] == ["my table.csv", "a b.png", "out/c.txt"]
    assert text[found[2].start : found[2].end] == "sandbox:/mnt/data/out/c.txt"
    named = "[t](sandbox:/mnt/data/report (1).csv). [u](<sandbox:/mnt/data/my table.csv>) (sandbox:/mnt/data/a(2).txt)"
    assert [link.path for link in links(named)] == ["report (1).csv", "my table.csv", "a(2).txt"]
    assert links("no sandbox: here, sandbox:/etc/passwd") == []


def test_the_container_of_the_newest_call() -> None:
    calls = [{"type": "code_interpreter_call", "container_id": name} for name in ("cntr_1", "cntr_2", "")]
    assert container_of([*calls, {"type": "message"}]) == "cntr_2"
    assert container_of([]) is None
