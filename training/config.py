"""The two sizes of the model. Everything that is a number and might be tuned stands here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Settings:
    """The small setting: what two CPU cores can teach in an hour and three quarters."""

    dim: int = 320
    layers: int = 6
    head_dim: int = 64
    ffn: int = 384
    theta: float = 1e10
    context: int = 4096
    pieces: int = 2500  # vocabulary before known words with a leading blank are added
    minutes: float = 105.0
    batch_tokens: int = 3072  # of all workers together
    prompt_share: float = 0.5  # of the prompt's tokens are to be predicted, too, which makes the beginning quicker
    listen: float = 0.5  # share of the run over which that falls to none
    prompt_weight: float = 0.5  # how much one of them counts beside a token of an answer
    rate: float = 0.8e-3
    ramp: float = 0.45  # share of the run over which the conversations grow from easy and short to what they shall be
    decay: float = 0.85  # share of the run over which the rate falls to (nearly) nothing
    copying: float = 0.04  # share of pure copying batches
    seed: int = 1
    save_every: float = 120.0
    check_every: float = 3600.0

    @classmethod
    def large(cls) -> Settings:
        """13 million parameters, which is just under 15 MB in eight bits."""
        return cls(dim=384, layers=8, ffn=832, minutes=60.0, batch_tokens=65_536)
