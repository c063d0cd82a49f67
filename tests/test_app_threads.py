"""Types are known before there are threads: two threads' first uses of one at once would crash the process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# A thread stays long where msgspec, about to learn a type, reads its annotations: the others come just then.
FIRST_USES = """
import sys, threading, time
import msgspec
from homeport.app import Homeport
from homeport.config import load
from homeport.resources.responses.commits import ResponseObject

Homeport(load(flags={"server.data_dir": sys.argv[1]}))

def linger(frame, event, _):
    if event == "call" and frame.f_code.co_name == "get_class_annotations":
        time.sleep(0.2)

def use(after_s):
    time.sleep(after_s)
    try:
        msgspec.convert({"metadata": {"of": "the last member"}}, ResponseObject)
    except msgspec.ValidationError:
        pass

threading.setprofile(linger)
threads = [threading.Thread(target=use, args=[number / 20]) for number in range(40)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("alive")
"""


def test_first_uses_at_once(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FIRST_USES, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "alive\n"), done.stderr
