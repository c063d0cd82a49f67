"""`ops.py` for CPUs in bfloat16: C that is compiled where it is used.

`kernels.c` does in one pass over its rows what torch's compiler does in several. `tiles.c` has products and causal
attention for CPUs with AMX; others take torch's.
`python -m training.kernels` compares both, gradients included, and says how long they take.
"""

from __future__ import annotations

import ctypes
import functools
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from . import ops
from .model import Llama, ModelConfig


@functools.cache
def library() -> ctypes.CDLL:
    sources = [Path(__file__).with_name(name) for name in ("kernels.c", "tiles.c")]
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "kernels.so"
        flags = ["-O3", "-march=native", "-ffast-math", "-shared", "-fPIC"]
        flags += ["-mprefer-vector-width=512"] if platform.machine() == "x86_64" else []
        subprocess.run(["cc", *flags, "-o", made, *sources, "-lm"], check=True)
        return ctypes.CDLL(str(made))


def _run(name: str, *arguments: Tensor | int | float) -> None:
    """Calls a function of `kernels.c`: tensors without gaps as pointers, whole numbers as long, others as float."""
    given: list[object] = []
    for argument in arguments:
        if isinstance(argument, Tensor):
            assert argument.is_contiguous()
            given.append(ctypes.c_void_p(argument.data_ptr()))
        else:
            given.append(ctypes.c_long(argument) if isinstance(argument, int) else ctypes.c_float(argument))
    getattr(library(), name)(*given)


class Weights:
    """All weights of a model as one, of which its parameters are parts from now on, with a copy in bfloat16.

    Products are taken with the copy, and what they change lies in another such copy until it is collected. So nothing
    is joined or converted piece by piece, and there is one step of the optimizer, one norm, one exchange of workers.
    No weight may be multiplied with twice before it is collected: the second time would replace the first.
    """

    def __init__(self, model: torch.nn.Module) -> None:
        parameters = list(model.parameters())
        self.all = torch.nn.Parameter(torch.cat([parameter.detach().reshape(-1) for parameter in parameters]))
        self.all.grad = torch.zeros_like(self.all)
        self.copy, self.changes = (torch.zeros_like(self.all, dtype=torch.bfloat16).detach() for _ in range(2))
        start = 0
        for parameter in parameters:
            part = slice(start, start := start + parameter.numel())
            parameter.data = self.all.data[part].view_as(parameter)
            parameter.grad = self.all.grad[part].view_as(parameter)
            parameter.kept = self.copy[part], self.changes[part]  # type: ignore[attr-defined]
        self.renew()

    def renew(self) -> None:
        """After the weights have changed."""
        self.copy.copy_(self.all.data)

    def collect(self) -> None:
        """After the gradients have been computed."""
        assert self.all.grad is not None
        _run("collect", self.changes, self.all.grad, self.all.numel())


class _Linear(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, changes: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        ctx.kept = weight, changes
        rows, (outputs, inputs) = x.numel() // x.shape[-1], weight.shape
        ctx.ours = hasattr(library(), "product") and rows >= 32 and outputs % 32 == inputs % 32 == 0
        if not ctx.ours:
            return torch.nn.functional.linear(x, weight)
        y = x.new_empty(*x.shape[:-1], outputs)
        _run("product", x, weight, y, rows, outputs, inputs)
        return y

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (x,), (weight, changes), (change,) = ctx.saved_tensors, ctx.kept, gradients
        rows = change.reshape(-1, change.shape[-1])
        if ctx.ours:
            d = torch.empty_like(x)
            _run("product_back", x, weight, rows.contiguous(), d, changes, len(rows), *weight.shape)
            return d, None, None
        torch.mm(rows.t(), x.reshape(-1, x.shape[-1]), out=changes)
        return torch.mm(rows, weight).view_as(x), None, None


class _Attention(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, qkv: Tensor, cos: Tensor, sin: Tensor, heads: int) -> Tensor:
        assert qkv.dtype == torch.bfloat16
        batch, length, width = qkv.shape
        ctx.shape = batch, length, heads
        out, sums = qkv.new_empty(batch, length, width // 3), torch.empty(batch, heads, length)
        _run("attention", qkv, cos, sin, out, sums, *ctx.shape)
        ctx.save_for_backward(qkv, cos, sin, out, sums)
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        d = torch.empty_like(ctx.saved_tensors[0])
        _run("attention_back", *ctx.saved_tensors, gradients[0].contiguous(), d, *ctx.shape)
        return d, None, None, None


class _AddNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, added: Tensor, weight: Tensor, eps: float) -> tuple[Tensor, Tensor]:
        assert (x.dtype, added.dtype, weight.dtype) == (torch.float32, torch.bfloat16, torch.float32)
        total, normed = torch.empty_like(x), torch.empty_like(added)
        _run("add_norm", x, added, weight, total, normed, added.numel() // len(weight), len(weight), eps)
        ctx.save_for_backward(total, weight)
        ctx.eps = eps
        return total, normed

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        total, weight = ctx.saved_tensors
        d_total, d_normed = (gradient.contiguous() for gradient in gradients)
        d, d_added, d_weight = torch.empty_like(total), torch.empty_like(d_normed), torch.zeros_like(weight)
        sizes = (total.numel() // len(weight), len(weight), ctx.eps)
        _run("add_norm_back", d_normed, d_total, total, weight, d, d_added, d_weight, *sizes)
        return d, d_added, d_weight, None


class _Gated(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        assert x.dtype == torch.bfloat16
        width = x.shape[-1] // 2
        out = x.new_empty(*x.shape[:-1], width)
        _run("gated", x, out, out.numel() // width, width)
        ctx.save_for_backward(x)
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        d, width = torch.empty_like(x), x.shape[-1] // 2
        _run("gated_back", x, gradients[0].contiguous(), d, x.numel() // (2 * width), width)
        return d


class _Surprise(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, logits: Tensor, targets: Tensor) -> Tensor:
        assert (logits.dtype, targets.dtype) == (torch.bfloat16, torch.int64)
        losses, sums = torch.empty(len(logits)), torch.empty(len(logits))
        _run("surprise", logits, targets, losses, sums, *logits.shape)
        ctx.save_for_backward(logits, targets, sums)
        return losses

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        logits, targets, sums = ctx.saved_tensors
        d = torch.empty_like(logits)
        _run("surprise_back", logits, targets, sums, gradients[0].contiguous(), d, *logits.shape)
        return d, None


def linear(x: Tensor, *weights: Tensor) -> Tensor:
    """Of a model that has `Weights`. Weights that are multiplied together lie one after the other."""
    size = sum(weight.numel() for weight in weights)
    first, last = (weights[place].kept for place in (0, -1))  # type: ignore[attr-defined]
    joint = [torch.as_strided(part, (size // x.shape[-1], x.shape[-1]), (x.shape[-1], 1)) for part in first]
    assert joint[0].data_ptr() + 2 * size == last[0].data_ptr() + 2 * last[0].numel()
    return _Linear.apply(x, *joint)


def attention(qkv: Tensor, cos: Tensor, sin: Tensor, heads: int) -> Tensor:
    """That of `ops` where the CPU has no AMX."""
    ours = hasattr(library(), "attention") and qkv.shape[-1] == 3 * 64 * heads
    return _Attention.apply(qkv, cos, sin, heads) if ours else ops.attention(qkv, cos, sin, heads)


def add_norm(x: Tensor, added: Tensor | None, weight: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    added = torch.zeros_like(x, dtype=torch.bfloat16) if added is None else added
    return _AddNorm.apply(x, added, weight, eps)


def gated(x: Tensor) -> Tensor:
    return _Gated.apply(x)


def surprise(logits: Tensor, targets: Tensor) -> Tensor:
    return _Surprise.apply(logits, targets)


def _compare(name: str, *inputs: Tensor, **options: Any) -> None:
    """Prints how far results and gradients are from those of `ops` in float32, beside those of `ops` in bfloat16."""
    answers, seconds = [], []
    for module, widen in ((ops, True), (ops, False), (globals(), False)):
        make: Callable[..., Any] = module[name] if isinstance(module, dict) else getattr(module, name)
        given = [x.float() if widen and x.is_floating_point() else x for x in inputs]
        given = [x.clone().requires_grad_(x.is_floating_point()) for x in given]
        wanted = [x for x in given if x.requires_grad]
        for _ in range(5):
            began = time.perf_counter()
            out = make(*given, **options)
            parts = out if isinstance(out, tuple) else (out,)
            spent = time.perf_counter() - began
            back = [torch.cos(torch.arange(part.numel())).view_as(part).to(part.dtype) for part in parts]
            began = time.perf_counter()
            gradients = torch.autograd.grad(parts, wanted, back, allow_unused=True)
            spent += time.perf_counter() - began
        answers.append([x.detach().float() for x in (*parts, *gradients) if x is not None])
        seconds.append(spent)
    true, plain, ours = answers
    away = [[((a - b).norm() / b.norm()).item() for a, b in zip(x, true, strict=True)] for x in (ours, plain)]
    print(name, *(f"{a:.4f} ({b:.4f})" for a, b in zip(*away, strict=True)))
    print(f"    {1e3 * seconds[2]:.2f} ms ({1e3 * seconds[1]:.2f})")
    if any(a > 1.5 * b + 0.002 for a, b in zip(*away, strict=True)):
        raise SystemExit(f"{name} is not what ops.py computes")


def _compare_model() -> None:
    """The same of a whole step, with all weights in one."""
    model = Llama(ModelConfig(500, layers=3, ffn=512))
    for block in model.blocks:  # let them matter
        block.o.weight.data *= 10
        block.down.weight.data *= 10
    ids, places, targets = torch.randint(500, (3, 300)), torch.randint(900, (128,)), torch.randint(500, (128,))

    def losses() -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            return model.ops.surprise(model.logits(model.hidden(ids, places)), targets)

    plain = losses()
    plain.mean().backward()
    wanted = torch.cat([p.grad.reshape(-1) for p in model.parameters() if p.grad is not None])
    weights = Weights(model)
    model.use(sys.modules[__name__])
    ours = losses()
    ours.mean().backward()
    weights.collect()
    assert weights.all.grad is not None
    away = ((weights.all.grad - wanted).norm() / wanted.norm()).item(), (ours - plain).abs().max().item()
    print(f"model: gradients {away[0]:.4f}, losses {away[1]:.4f} from those of ops.py")
    if away[0] > 0.03 or away[1] > 0.2:
        raise SystemExit("the model is not what ops.py computes")


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    for batch, length in ((6, 256), (3, 500), (1, 2048)):
        angles = torch.rand(length, 32) * 6
        qkv = (1.5 * torch.randn(batch, length, 768)).bfloat16()
        _compare("attention", qkv, heads=4, cos=angles.cos(), sin=angles.sin())
    _compare("add_norm", torch.randn(1500, 256), torch.randn(1500, 256).bfloat16(), torch.rand(256), eps=1e-5)
    _compare("gated", (3 * torch.randn(1500, 640)).bfloat16())
    _compare("surprise", (5 * torch.randn(300, 3527)).bfloat16(), torch.randint(3527, (300,)))
    _compare_model()


if __name__ == "__main__":
    main()
