"""A plain Llama decoder, small enough to read in one sitting; `convert.py` writes it as llama.cpp reads it.

What is unusual are its first weights: see `wiring.py`.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from types import ModuleType

import torch
from torch import Tensor, nn

from . import ops


@dataclass(frozen=True, slots=True)
class ModelConfig:
    vocab: int
    dim: int = 256
    layers: int = 4
    head_dim: int = 64
    ffn: int = 704
    theta: float = 1_000_000.0
    context: int = 4096
    eps: float = 1e-5
    loudness: float = 8.0  # of an embedding where it is read, or what layers add soon drowns it

    @property
    def heads(self) -> int:
        return self.dim // self.head_dim

    @property
    def embed_std(self) -> float:
        return 1 / math.sqrt(self.dim)

    def as_dict(self) -> dict[str, float]:
        return asdict(self)


def rotary(cfg: ModelConfig, length: int) -> tuple[Tensor, Tensor]:
    """Cosines and sines of the rotary position embedding."""
    angles = torch.outer(torch.arange(length).float(), frequencies(cfg))
    return angles.cos(), angles.sin()


def frequencies(cfg: ModelConfig) -> Tensor:
    return cfg.theta ** (-torch.arange(0, cfg.head_dim, 2).float() / cfg.head_dim)


class Block(nn.Module):
    def __init__(self, cfg: ModelConfig) -> None:
        super().__init__()
        self.cfg, self.ops = cfg, ops
        self.attn_norm = nn.RMSNorm(cfg.dim, eps=cfg.eps)
        self.ffn_norm = nn.RMSNorm(cfg.dim, eps=cfg.eps)
        self.q, self.k, self.v, self.o = (nn.Linear(cfg.dim, cfg.dim, bias=False) for _ in range(4))
        self.gate = nn.Linear(cfg.dim, cfg.ffn, bias=False)
        self.up = nn.Linear(cfg.dim, cfg.ffn, bias=False)
        self.down = nn.Linear(cfg.ffn, cfg.dim, bias=False)

    def forward(
        self, x: Tensor, added: Tensor | None, cos: Tensor, sin: Tensor, places: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Takes and returns states and what is still to be added to them.

        With `places` (indices into the flattened batch), only those positions are carried on.
        """
        cfg, ops = self.cfg, self.ops
        x, h = ops.add_norm(x, added, self.attn_norm.weight, cfg.eps)
        qkv = ops.linear(h, self.q.weight, self.k.weight, self.v.weight)
        mixed = ops.attention(qkv, cos, sin, cfg.heads)
        if places is not None:
            x, mixed = x.reshape(-1, cfg.dim)[places], mixed.reshape(-1, cfg.dim)[places]
        x, h = ops.add_norm(x, ops.linear(mixed, self.o.weight), self.ffn_norm.weight, cfg.eps)
        gated = ops.gated(ops.linear(h, self.gate.weight, self.up.weight))
        return x, ops.linear(gated, self.down.weight)


class Llama(nn.Module):
    def __init__(self, cfg: ModelConfig) -> None:
        super().__init__()
        self.cfg, self.ops = cfg, ops
        self.embed = nn.Embedding(cfg.vocab, cfg.dim)
        self.blocks = nn.ModuleList(Block(cfg) for _ in range(cfg.layers))
        self.norm = nn.RMSNorm(cfg.dim, eps=cfg.eps)
        cos, sin = rotary(cfg, cfg.context)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        for name, weight in self.named_parameters():
            if weight.dim() != 2:
                continue
            std = cfg.embed_std if name.startswith("embed") else 0.7 / math.sqrt(weight.shape[1])
            if name.endswith(("o.weight", "down.weight")):
                std *= 0.1  # the residual stream starts as the embeddings plus what `wire` writes
            nn.init.normal_(weight, std=std)

    def use(self, ops: ModuleType) -> None:
        """Computes with these functions from now on: `ops` or `kernels`."""
        for part in (self, *self.blocks):
            part.ops = ops

    def hidden(self, tokens: Tensor, places: Tensor | None = None) -> Tensor:
        """The final states; with `places` only there, which spares most of the last layer."""
        x = self.embed(tokens) * self.cfg.loudness
        cos, sin = self.cos[: tokens.shape[1]], self.sin[: tokens.shape[1]]
        added = None
        for block in self.blocks[:-1]:
            x, added = block(x, added, cos, sin)
        x, added = self.blocks[-1](x, added, cos, sin, places)
        return self.ops.add_norm(x, added, self.norm.weight, self.cfg.eps)[1]

    def logits(self, hidden: Tensor) -> Tensor:
        return self.ops.linear(hidden, self.embed.weight)  # tied: a copied embedding is a prediction of its token
