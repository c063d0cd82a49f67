"""Most servers are not root. Theirs must hold as well, without the step that drops root."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).with_name("ordinary_user.py")
ROOT = PROGRAM.parent.parent.parent


def test_a_server_that_is_not_root(tmp_path: Path) -> None:
    folder = tmp_path / "sandboxes"
    folder.mkdir()
    folder.chmod(0o777)
    run = subprocess.run(
        [sys.executable, str(PROGRAM), str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    said = json.loads(run.stdout)
    assert said.pop("user") != 0
    assert said == {
        "drops_root": False,
        "works": ["completed", "2"],
        "state": ["completed", "(1000, ['in.txt', 'out.txt'])"],
        "shadow": ["failed", "FileNotFoundError: [Errno 2] No such file or directory: '/etc/shadow'"],
        "first": ["failed", "PermissionError: [Errno 13] Permission denied: '/proc/1/mem'"],
        "kill": ["failed", "ProcessLookupError: [Errno 3] No such process"],
        "settings": ["failed", "PermissionError: [Errno 13] Permission denied: '/proc/sys/kernel/panic'"],
        "network": ["failed", "OSError: [Errno 101] Network is unreachable"],
        "memory": ["out_of_memory", ""],
        "again": ["completed", "['in.txt', 'out.txt']"],
        "files": ["in.txt", "out.txt"],
    }
