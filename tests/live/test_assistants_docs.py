"""The snippets of docs/assistants.md run as they are written, one after the other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.minilm import with_model
from tests.support import LiveServer

pytestmark = pytest.mark.filterwarnings("ignore:(deprecated|The Assistants API is deprecated):DeprecationWarning")

PAGE = Path(__file__).parent.parent.parent / "docs" / "assistants.md"


def test_snippets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    snippets = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(snippets) == 4
    with_model(tmp_path / "data")
    with LiveServer(tmp_path) as server:
        names: dict[str, object] = {"base_url": server.base_url, "api_key": server.key}
        try:
            for snippet in snippets:
                exec(snippet, names)
        finally:
            if "client" in names:
                names["client"].close()  # type: ignore[attr-defined]
    said = capsys.readouterr().out
    assert said.startswith(("completed", "incomplete"))
    assert "\nTrue\n['vs_" in said
    assert said.endswith("message_creation completed\n")
