"""What the processes take from the machine before they serve."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FEW = """
import resource, sys
from homeport.config import load
from homeport.server import prepare

resource.setrlimit(resource.RLIMIT_NOFILE, (256, int(sys.argv[2])))
prepare(load(flags={"server.data_dir": sys.argv[1]}))
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


def test_a_process_takes_all_the_descriptors_it_may_have(tmp_path: Path) -> None:
    asked = [sys.executable, "-c", FEW, str(tmp_path), "2000"]
    assert subprocess.run(asked, capture_output=True, text=True, timeout=60, check=True).stdout == "2000 2000\n"
