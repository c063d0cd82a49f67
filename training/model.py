"""A plain Llama decoder, small enough to read in one sitting, whose weights llama.cpp runs unchanged.

The only unusual part is `wire`: it writes induction heads ("find where this token stood before, copy what came next")
into the *initial* weights. Gradient descent does find that circuit by itself, but only after many more tokens than two
CPU cores see in an hour; wired, copying unseen words works from the first step and training is left with learning what
to copy when.
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
        x = self.embed(tokens)
        cos, sin = self.cos[: tokens.shape[1]].to(x.dtype), self.sin[: tokens.shape[1]].to(x.dtype)
        for block in self.blocks[:-1]:
            x = block(x, cos, sin)
        x = self.blocks[-1](x, cos, sin, places)
        return self.norm(x)

    def logits(self, hidden: Tensor) -> Tensor:
        return F.linear(hidden, self.embed.weight)  # tied: a copied embedding is a prediction of its token


@torch.no_grad()
def wire(model: Llama, kin: list[int], forms: list[tuple[bool, bool]]) -> None:
    """Writes copying and looking-up circuits into fresh weights.

    `kin[t]` is the first token that differs from token `t` only in case or a leading blank, and `forms[t]` says whether
    `t` has such a blank, such a capital. Kin start out as one vector plus one for the blank and one for the capital,
    the same for all words: ` where` matches `Where`, and turning the one into the other is the same step for every
    word, so that a word read after a blank can be answered after a quote.

    Dimension 0 of every embedding is the same constant: it gives heads a score that depends on the position alone. Four
    subspaces are kept free of embeddings, for notes:
    - layer 0 notes the token before (`back_one`), the one before that (`back_two`) and an average of the last dozen
      (`near`);
    - heads of layer 1 compare the present token (and the one before) with those notes and copy the token found to the
      output; one copies what stood `near` it into `found`: of a word in a request, the surroundings where it was read;
    - a head of layer 2 gathers what the last words have found, and makes it likelier to be said.
    """
    cfg, std = model.cfg, model.cfg.embed_std
    first, second, third = model.blocks[0], model.blocks[1], model.blocks[2]
    freq, half, size = frequencies(cfg), cfg.head_dim // 2, cfg.head_dim
    still = (freq < 0.002).nonzero().squeeze(1)  # pairs of dimensions hardly turned over 1,000 positions
    still = still[-(cfg.dim // 14) :]
    still = torch.cat([still, still + half])
    rank = len(still)
    back_one, back_two, near, found = (1 + part * rank + torch.arange(rank) for part in range(4))
    reserved = slice(0, 1 + 4 * rank)

    table = model.embed.weight
    family, form = torch.randn_like(table)[torch.tensor(kin)], torch.tensor(forms).float() @ torch.randn(2, cfg.dim)
    table.copy_((0.8 * family + 0.4 * form) * std + 0.4 * table)
    table[:, reserved] = 0
    table[:, 0] = std * math.sqrt(cfg.dim) * 0.25
    constant = (table[:, 0].mean() / table.pow(2).mean(1).sqrt().mean()).item()
    basis = orthogonal(cfg.dim)[:rank]

    def look_back(block: Block, head: int, offset: int, pairs: slice, strength: float) -> None:
        """The head looks `offset` tokens back: sharply if the quick `pairs` say so, softly if slower ones do."""
        rows = slice(head * size, (head + 1) * size)
        angle = torch.zeros(half)
        angle[pairs] = strength / constant
        for weight in (block.q.weight, block.k.weight):
            weight[rows] *= 0.1
        block.k.weight[rows, 0] = torch.cat([angle, torch.zeros(half)])
        block.q.weight[rows, 0] = torch.cat([angle * torch.cos(-offset * freq), angle * torch.sin(-offset * freq)])

    def match(head: int, older: float, gain: float = 2.8) -> None:
        """The head of layer 1 looks at what followed the present token; `older` is how much the one before counts."""
        rows, dims = slice(head * size, (head + 1) * size), head * size + still
        gain *= math.sqrt(36 / rank)
        second.q.weight[rows] = second.k.weight[rows] = 0
        second.q.weight[dims] = gain * basis
        second.q.weight[dims[:, None], back_one[None]] += gain * older * turn
        second.k.weight[dims[:, None], back_one[None]] = gain * torch.eye(rank)
        second.k.weight[dims[:, None], back_two[None]] = gain * older * turn

    def carry(block: Block, head: int, read: Tensor, write: Tensor) -> None:
        """The head adds `read` (rows) of what it sees, by way of `write` (columns), to what it stands on."""
        columns = head * size + torch.arange(len(read))
        block.v.weight[columns] = read
        block.o.weight[:, head * size : (head + 1) * size] = 0
        block.o.weight[:, columns] = write

    space, turn = torch.eye(cfg.dim), orthogonal(rank)
    for block, notes in ((first, (back_one, back_two, near)), (second, (found,))):
        for note in notes:
            block.o.weight[note] = block.down.weight[note] = 0
    for head, (note, gain) in enumerate(((back_one, 1.0), (back_two, 1.0), (near, 1.2))):
        carry(first, head, basis, gain * std * space[:, note])  # an average of many tokens is shorter than one
    look_back(first, 0, 1, slice(0, 6), 7.0)
    look_back(first, 1, 2, slice(0, 6), 7.0)
    look_back(first, 2, 0, slice(4, 9), 5.7)
    for head, older in enumerate((0.0, 0.7, 1.0)):
        match(head, older)
        copy = orthogonal(cfg.dim)[:size]
        carry(second, head, copy, copy.T * 2.0 * std * math.sqrt(cfg.dim / size))
    if cfg.heads > 3:
        match(3, 0.0)
        carry(second, 3, space[near], std * space[:, found])
        look_back(third, 0, 0, slice(5, 9), 9.0)
        carry(third, 0, space[found], basis.T * 2.0 * std * math.sqrt(cfg.dim / rank))


def orthogonal(size: int) -> Tensor:
    return torch.linalg.qr(torch.randn(size, size))[0]
