"""The built-in embedding model for tests: its file is made once and kept, because that takes a second."""

from __future__ import annotations

import os
from pathlib import Path

from homeport.engines.minilm import weights, write_gguf

_KEPT = Path(__file__).parent / ".models"


def source() -> Path:
    """The published weights."""
    found = weights.locate(_KEPT)
    assert found is not None, f"the tests need the weights: {weights.GET_WEIGHTS}"
    return found


def with_model(data_dir: Path) -> Path:
    """`data_dir`, with the file in it that a server would make."""
    made = _KEPT / f"minilm-{int(Path(write_gguf.__file__).stat().st_mtime)}.gguf"
    if not made.exists():
        write_gguf.write_gguf(source(), made)
    target = weights.gguf_path(data_dir)
    target.parent.mkdir(parents=True, exist_ok=True)
    os.link(made, target)
    return data_dir
