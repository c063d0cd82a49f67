"""The snippets of docs/vector-stores.md run as they are written."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Any

import pytest

from homeport import OpenAI
from tests.retrieval_server import retrieval_server

PAGE = Path(__file__).parent.parent.parent / "docs" / "vector-stores.md"
FILES = {
    "travel.md": "# Travel\n\nBook trains, not planes, below six hours.",
    "holidays.txt": "Everybody has 30 days off a year, and their birthday.",
    "expenses.md": "# Expenses\n\nTaxis are paid for after ten in the evening. Reimbursement takes a week.",
}


def test_snippets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    snippets = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(snippets) == 2
    with retrieval_server() as server, OpenAI(base_url=server.base_url, api_key=server.key) as client:
        with contextlib.ExitStack() as opened:  # a snippet leaves its files to the interpreter
            names: dict[str, Any] = {
                "client": client,
                "open": lambda name, mode: opened.enter_context(Path(name).open(mode)),
            }
            for snippet in snippets:
                exec(snippet, names)
        first, *_ = names["found"].data
        assert first.filename == "expenses.md"
    assert "holidays.txt Everybody has 30 days" in capsys.readouterr().out
