"""all-MiniLM-L6-v2 in float32 numpy, straight from the published weights: what our embeddings are measured against."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from homeport.engines.minilm.write_gguf import read_pinned, read_safetensors

Array = np.ndarray[Any, np.dtype[np.float32]]
HEADS, EPSILON = 12, 1e-12


def reference(texts: Sequence[str], source: Path) -> tuple[list[list[int]], Array]:
    """Token ids with [CLS] and [SEP], and vectors as rows. In a process of its own with one thread: numpy's many spin,
    and on a busy machine take ten times as long."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.engines.bert_reference", str(source)],
        input=json.dumps(list(texts)),
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    return found["tokens"], np.array(found["vectors"], np.float32)


class Reference:
    """The tokenizer of the authors' own library, and the forward pass as BERT's paper has it."""

    def __init__(self, source: Path) -> None:
        tensors = read_safetensors(read_pinned(source / "model.safetensors"))
        self.weights = {name: tensor.copy() for name, tensor in tensors.items()}  # aligned: numpy is fast then
        self.tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()

    def tokens(self, text: str) -> list[int]:
        """Token ids with [CLS] and [SEP]."""
        ids: list[int] = self.tokenizer.encode(text).ids
        return ids

    def embed(self, tokens: Sequence[int]) -> Array:
        """The mean over the last layer, as a unit vector; float32, shape (384,)."""
        w = self.weights
        x = (
            w["embeddings.word_embeddings.weight"][list(tokens)]
            + w["embeddings.position_embeddings.weight"][: len(tokens)]
            + w["embeddings.token_type_embeddings.weight"][0]
        )
        x = self._normalise(x, "embeddings.LayerNorm")
        for layer in range(6):
            x = self._layer(x, f"encoder.layer.{layer}")
        mean = x.mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean), np.float32)

    def _layer(self, x: Array, at: str) -> Array:
        query, key, value = (
            self._linear(x, f"{at}.attention.self.{name}").reshape(len(x), HEADS, -1).transpose(1, 0, 2)
            for name in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(query.shape[-1]))
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        attended = (scores / scores.sum(axis=-1, keepdims=True)) @ value
        attended = self._linear(attended.transpose(1, 0, 2).reshape(x.shape), f"{at}.attention.output.dense")
        x = self._normalise(x + attended, f"{at}.attention.output.LayerNorm")
        hidden = _gelu(self._linear(x, f"{at}.intermediate.dense"))
        return self._normalise(x + self._linear(hidden, f"{at}.output.dense"), f"{at}.output.LayerNorm")

    def _linear(self, x: Array, name: str) -> Array:
        return x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def _normalise(self, x: Array, name: str) -> Array:
        centred = x - x.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + EPSILON)
        return np.asarray(scaled * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"], np.float32)


def _gelu(x: Array) -> Array:
    """x · Φ(x) with the error function by Abramowitz and Stegun 7.1.26 (error below 1.5e-7): numpy has none."""
    z = np.abs(x) / np.sqrt(2)
    t = 1 / (1 + 0.3275911 * z)
    poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    erf = np.sign(x) * (1 - poly * np.exp(-z * z))
    return np.asarray(0.5 * x * (1 + erf), np.float32)


if __name__ == "__main__":
    model = Reference(Path(sys.argv[1]))
    tokens = [model.tokens(text) for text in json.load(sys.stdin)]
    print(json.dumps({"tokens": tokens, "vectors": [model.embed(ids).tolist() for ids in tokens]}))
