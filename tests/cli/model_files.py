"""GGUF files, written by the gguf package as converters do."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

SIZE = 400_000


def write_model(
    path: Path, architecture: str = "llama", *, pooling: gguf.PoolingType | None = None, size: int = SIZE
) -> Path:
    """A file with a header like a real one's, a vocabulary, and `size` bytes of weights."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_name("Test")
    writer.add_context_length(4096)
    writer.add_array(f"{architecture}.rope.scaling", [1.0, 2.0, 3.0])
    writer.add_array("general.tags", ["one", "two"])
    if pooling is not None:
        writer.add_pooling_type(pooling)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list([f"token {number}" for number in range(100)])
    weights = np.random.default_rng(0).integers(0, 255, size // 4 * 4, dtype=np.uint8).view(np.float32)
    writer.add_tensor("weights", weights)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def model_bytes(path: Path) -> bytes:
    return write_model(path).read_bytes()
