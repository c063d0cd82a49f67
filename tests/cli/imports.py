"""`homeport import openai-threads` as a command."""

from __future__ import annotations

import json
from typing import Any

from tests.cli.terminal import homeport

URL = "HOMEPORT_STORAGE_DATABASE_URL"


def brought(*arguments: str, status: int = 0, **where: str) -> Any:
    """The summary of an import."""
    done = homeport("import", "openai-threads", "--json", *arguments, **where)
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout)
