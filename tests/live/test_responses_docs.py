"""The snippets of docs/responses.md run as they are written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from homeport import OpenAI
from tests.support import live_server

PAGE = Path(__file__).parent.parent.parent / "docs" / "responses.md"


def test_snippets(capsys: pytest.CaptureFixture[str]) -> None:
    snippets = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(snippets) == 4
    with live_server() as server, OpenAI(base_url=server.base_url, api_key=server.key) as client:
        names = {"client": client}
        for snippet in snippets:
            exec(snippet, names)
    assert capsys.readouterr().out.rstrip().endswith(("completed", "incomplete"))
