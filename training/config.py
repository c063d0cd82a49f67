"""The two sizes of the model. Everything that is a number and might be tuned stands here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Settings:
    """The small setting: what two CPU cores can teach in an hour and a half."""

    dim: int = 192
    layers: int = 4
    head_dim: int = 64
    ffn: int = 576
    theta: float = 1_000_000.0
    context: int = 4096
    pieces: int = 1800  # vocabulary before known words with a leading blank are added
    minutes: float = 85.0
    batch_tokens: int = 1536
    rate: float = 1.5e-3
    decay: float = 0.6  # share of the run over which the rate falls to (nearly) nothing
    copying: float = 0.04  # share of pure copying batches
    compile: bool = True
    seed: int = 1
    save_every: float = 120.0
    check_every: float = 900.0

    @classmethod
    def large(cls) -> Settings:
        return cls(dim=384, layers=8, ffn=1024, minutes=60.0, batch_tokens=65_536, rate=1.2e-3)
