"""What a layer does between its matrix products, in plain torch. `kernels.py` has the same for CPUs, quicker."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def linear(x: Tensor, *weights: Tensor) -> Tensor:
    """The product with several matrices of [outputs, inputs], one after the other: one large product is quicker."""
    return F.linear(x, weights[0] if len(weights) == 1 else torch.cat(weights))


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary position embedding in the two-halves layout, as Hugging Face stores it."""
    first, second = x.chunk(2, -1)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], -1)


def attention(qkv: Tensor, cos: Tensor, sin: Tensor, heads: int) -> Tensor:
    """Causal attention: [batch, length, 3 * dim] -> [batch, length, dim]."""
    batch, length, width = qkv.shape
    q, k, v = qkv.view(batch, length, 3 * heads, width // 3 // heads).transpose(1, 2).chunk(3, 1)
    cos, sin = cos.to(q.dtype), sin.to(q.dtype)
    mixed = F.scaled_dot_product_attention(rotate(q, cos, sin), rotate(k, cos, sin), v, is_causal=True)
    return mixed.transpose(1, 2).reshape(batch, length, width // 3)


def add_norm(x: Tensor, added: Tensor | None, weight: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    """What was added, and that by its root mean square."""
    total = x if added is None else x + added
    return total, F.rms_norm(total, weight.shape, weight, eps)


def gated(x: Tensor) -> Tensor:
    gate, up = x.chunk(2, -1)
    return F.silu(gate) * up


def surprise(logits: Tensor, targets: Tensor) -> Tensor:
    """Nats of each target."""
    return F.cross_entropy(logits.float(), targets, reduction="none")
