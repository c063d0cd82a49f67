"""The tiny real model that the engine tests run on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def tiny_model() -> Path:
    """A llama-architecture GGUF with random weights: 4096 tokens of context, ChatML with Hermes tools. Built once."""
    script = ROOT / "scripts" / "build_tiny_model.py"
    path = ROOT / "tests" / ".models" / "tiny.gguf"
    if not path.exists() or path.stat().st_mtime < script.stat().st_mtime:
        subprocess.run([sys.executable, str(script), str(path)], check=True)
    return path
