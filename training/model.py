"""A plain Llama decoder, small enough to read in one sitting; `convert.py` writes it as llama.cpp reads it.

What is unusual are its first weights: see `wiring.py`.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


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
    """Cosines and sines of the rotary position embedding, in the two-halves layout (as Hugging Face stores it)."""
    freq = frequencies(cfg)
    angles = torch.outer(torch.arange(length).float(), freq)
    angles = torch.cat([angles, angles], -1)
    return angles.cos(), angles.sin()


def frequencies(cfg: ModelConfig) -> Tensor:
    return cfg.theta ** (-torch.arange(0, cfg.head_dim, 2).float() / cfg.head_dim)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    first, second = x.chunk(2, -1)
    return x * cos + torch.cat([-second, first], -1) * sin


def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Causal attention. Written out, it takes half the time of torch's kernel for CPUs, up to a length."""
    length = q.shape[2]
    if q.is_cuda or length > 640:  # the scores no longer fit the caches
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
    later = torch.ones(length, length, dtype=torch.bool, device=q.device).triu(1)
    scores = (q / math.sqrt(q.shape[3])) @ k.transpose(2, 3)
    return torch.softmax(scores.masked_fill(later, -torch.inf), -1, dtype=q.dtype) @ v


class Block(nn.Module):
    def __init__(self, cfg: ModelConfig) -> None:
        super().__init__()
        self.cfg = cfg
        self.attn_norm = nn.RMSNorm(cfg.dim, eps=cfg.eps)
        self.ffn_norm = nn.RMSNorm(cfg.dim, eps=cfg.eps)
        self.q, self.k, self.v, self.o = (nn.Linear(cfg.dim, cfg.dim, bias=False) for _ in range(4))
        self.gate = nn.Linear(cfg.dim, cfg.ffn, bias=False)
        self.up = nn.Linear(cfg.dim, cfg.ffn, bias=False)
        self.down = nn.Linear(cfg.ffn, cfg.dim, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, places: Tensor | None = None) -> Tensor:
        """With `places` (indices into the flattened batch), only those positions are carried on."""
        batch, length, _ = x.shape
        h = self.attn_norm(x)
        shape = (batch, length, 3 * self.cfg.heads, self.cfg.head_dim)
        qkv = F.linear(h, torch.cat([self.q.weight, self.k.weight, self.v.weight]))  # one large product, not three
        q, k, v = qkv.view(shape).transpose(1, 2).chunk(3, 1)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        mixed = attend(q, k, v)
        mixed = mixed.transpose(1, 2).reshape(x.shape)
        if places is not None:
            x, mixed = x.reshape(-1, self.cfg.dim)[places], mixed.reshape(-1, self.cfg.dim)[places]
        x = x + self.o(mixed)
        gate, up = F.linear(self.ffn_norm(x), torch.cat([self.gate.weight, self.up.weight])).chunk(2, -1)
        return x + self.down(F.silu(gate) * up)


class Llama(nn.Module):
    def __init__(self, cfg: ModelConfig) -> None:
        super().__init__()
        self.cfg = cfg
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

    def hidden(self, tokens: Tensor, places: Tensor | None = None) -> Tensor:
        """The final states; with `places` only there, which spares most of the last layer."""
        x = self.embed(tokens) * self.cfg.loudness
        cos, sin = self.cos[: tokens.shape[1]].to(x.dtype), self.sin[: tokens.shape[1]].to(x.dtype)
        for block in self.blocks[:-1]:
            x = block(x, cos, sin)
        x = self.blocks[-1](x, cos, sin, places)
        return self.norm(x)

    def logits(self, hidden: Tensor) -> Tensor:
        return F.linear(hidden, self.embed.weight)  # tied: a copied embedding is a prediction of its token
