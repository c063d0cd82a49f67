"""Training: conversations made on the fly, loss on the assistant's words, a schedule that follows the clock.

The learning rate falls with the share of the *time* used, so a run ends well annealed on any machine. The clock counts
at most ten ordinary steps for one (a paused process does not lose its schedule), and `--finish-by` bends the schedule
to a deadline.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor

from .config import Settings
from .data import mixture
from .data.words import Words
from .model import Llama, ModelConfig, wire
from .render import Conversation, render_for_training
from .tokenizer import CONTROL, TEXT_TOKENS, save

LENGTHS = (64, 96, 128, 160, 192, 256, 320, 384, 512, 640, 768, 1024, 1536, 2048)


@dataclass(slots=True)
class Example:
    ids: list[int]
    wanted: list[bool]


def encode(tokenizer: Tokenizer, conversations: list[Conversation]) -> list[Example]:
    rendered = [render_for_training(conversation) for conversation in conversations]
    examples = []
    for encoding, (_, spans) in zip(
        tokenizer.encode_batch([text for text, _ in rendered], add_special_tokens=False), rendered, strict=True
    ):
        wanted, ahead = [], iter(spans)
        low, high = next(ahead, (0, 0))
        for start, _ in encoding.offsets:
            while start >= high and (following := next(ahead, None)) is not None:
                low, high = following
            wanted.append(low <= start < high)
        examples.append(Example(encoding.ids, wanted))
    return examples


def to_tensors(examples: list[Example], length: int) -> tuple[Tensor, Tensor]:
    ids, wanted = (
        torch.zeros(len(examples), length, dtype=torch.long),
        torch.zeros(len(examples), length, dtype=torch.bool),
    )
    for row, example in enumerate(examples):
        ids[row, : len(example.ids)] = torch.tensor(example.ids)
        wanted[row, : len(example.ids)] = torch.tensor(example.wanted)
    return ids, wanted


def batches(tokenizer: Tokenizer, tokens: int, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Endless batches of one length each, so that little is spent on padding."""
    make, rng = mixture.stream(seed, word_pieces(tokenizer)), random.Random(seed)
    waiting: dict[int, list[Example]] = {length: [] for length in LENGTHS}
    while True:
        ready = []
        for example in encode(tokenizer, [make() for _ in range(256)]):
            length = next((size for size in LENGTHS if size > len(example.ids)), None)
            if length is None:
                continue
            row = waiting[length]
            row.append(example)
            if len(row) * length >= tokens and len(row) > 1:  # a batch of one row would be compiled apart
                ready.append(to_tensors(row, length + 1 if length < LENGTHS[0] else length))
                waiting[length] = []
        rng.shuffle(ready)
        yield from ready


def copy_batch(words: Words, tokenizer: Tokenizer, tokens: int) -> tuple[Tensor, Tensor]:
    """Nothing but copying: random tokens or invented words, a stretch of which comes twice; loss on the second time."""
    length = words.pick((96, 128, 256))
    rows, first = tokens // length, len(CONTROL) + len(TEXT_TOKENS)
    ids = torch.randint(first, tokenizer.get_vocab_size(), (rows, length))
    wanted = torch.zeros(rows, length, dtype=torch.bool)
    for row in range(rows):
        if words.chance(0.6):
            text = " ".join(words.invented() for _ in range(length // 2))
            ids[row] = torch.tensor(tokenizer.encode(text, add_special_tokens=False).ids[:length])
        size = words.number(6, length // 2 - 2)
        start = words.number(0, length - 2 * size)
        again = words.number(start + size, length - size)
        ids[row, again : again + size] = ids[row, start : start + size].clone()
        wanted[row, again + 1 : again + size] = True
    return ids, wanted


def word_pieces(tokenizer: Tokenizer) -> list[str]:
    """All tokens that are letters, from which words may be invented that no syllable makes."""
    return sorted(
        {
            token.removeprefix("Ġ")
            for token in tokenizer.get_vocab()
            if token.removeprefix("Ġ").isascii() and token.removeprefix("Ġ").isalpha()
        }
    )


def kin_of(tokenizer: Tokenizer) -> list[int]:
    """For each token, the first one that differs from it only in case or a leading blank."""
    seen: dict[str, int] = {}
    texts = {index: text for text, index in tokenizer.get_vocab().items()}
    return [
        seen.setdefault(texts[i].removeprefix("Ġ").lower() if len(texts[i]) > 1 else texts[i], i)
        for i in range(len(texts))
    ]


class Clock:
    """How far the schedule is, from 0 to 1."""

    def __init__(self, seconds: float, finish_by: float, done: float = 0.0) -> None:
        self.seconds, self.finish_by, self.done = seconds, finish_by, done
        self.recent: deque[float] = deque(maxlen=50)

    def tick(self, spent: float) -> None:
        self.recent.append(spent)
        counted = min(spent, 10 * statistics.median(self.recent))
        left = (1 - self.done) * self.seconds
        if self.finish_by:
            left = min(left, self.finish_by - time.time())
        self.done = min(1.0, self.done + (1 - self.done) * counted / max(left, counted))


class Trainer:
    def __init__(self, settings: Settings, folder: Path, finish_by: float, threads: int) -> None:
        torch.set_num_threads(threads)
        torch.manual_seed(settings.seed)
        self.settings, self.folder = settings, folder
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "tokenizer.json"
        self.tokenizer = Tokenizer.from_file(str(path)) if path.exists() else save(path, settings.pieces)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.cfg = ModelConfig(
            self.tokenizer.get_vocab_size(),
            settings.dim,
            settings.layers,
            settings.head_dim,
            settings.ffn,
            settings.theta,
            settings.context,
        )
        self.model = Llama(self.cfg)
        wire(self.model, kin_of(self.tokenizer))
        self.model.to(self.device)
        self.hidden = torch.compile(self.model.hidden, dynamic=True) if settings.compile else self.model.hidden
        matrices = [p for n, p in self.model.named_parameters() if p.dim() == 2 and not n.startswith("embed")]
        others = [p for n, p in self.model.named_parameters() if p.dim() != 2 or n.startswith("embed")]
        groups = [{"params": matrices, "weight_decay": 0.05}, {"params": others, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=settings.rate, betas=(0.9, 0.98), fused=True)
        self.clock = Clock(settings.minutes * 60, finish_by)
        self.step = self.tokens = 0
        self.trained = 0.0
        self.resume()

    # -- checkpoints -------------------------------------------------------------------------------------------------

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint.pt"

    def save(self) -> None:
        state: dict[str, Any] = {
            "config": self.cfg.as_dict(),
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        state |= {"done": self.clock.done, "step": self.step, "tokens": self.tokens, "trained": self.trained}
        torch.save(state, self.checkpoint.with_suffix(".new"))
        self.checkpoint.with_suffix(".new").replace(self.checkpoint)

    def resume(self) -> None:
        if not self.checkpoint.exists():
            return
        state = torch.load(self.checkpoint, weights_only=True, map_location=self.device)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.clock.done, self.step, self.tokens, self.trained = (
            state[key] for key in ("done", "step", "tokens", "trained")
        )

    # -- learning ----------------------------------------------------------------------------------------------------

    def rate(self) -> float:
        decay = self.settings.decay
        return self.settings.rate * min(1, (self.step + 1) / 100) * max(0.02, min(1, (1 - self.clock.done) / decay))

    def predict(self, ids: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
        """Logits where an answer is wanted, and the tokens wanted there."""
        ids, wanted = ids.to(self.device), wanted.to(self.device)
        places = wanted[:, 1:].reshape(-1).nonzero().squeeze(1)
        with torch.autocast(self.device.type, torch.bfloat16):
            logits = self.model.logits(self.hidden(ids[:, :-1], places))
        return logits.float(), ids[:, 1:].reshape(-1)[places]

    def learn(self, ids: Tensor, wanted: Tensor) -> float:
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate()
        logits, targets = self.predict(ids, wanted)
        loss = F.cross_entropy(logits, targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return loss.item()

    @torch.no_grad()
    def check(self, cases: int) -> dict[str, int]:
        """Per cent of fresh conversations of each skill answered with every token right, given those before it."""
        words, scores = Words(random.Random(4321), pieces=word_pieces(self.tokenizer)), {}
        for skill in mixture.SKILLS:
            examples = [
                e
                for e in encode(self.tokenizer, [mixture.sample(words, skill) for _ in range(cases)])
                if len(e.ids) < LENGTHS[-1]
            ]
            right = 0
            for example in examples:
                length = next(size for size in LENGTHS if size > len(example.ids))
                ids, wanted = to_tensors([example], length)
                places = wanted[0, 1:].nonzero().squeeze(1)
                with torch.autocast(self.device.type, torch.bfloat16):
                    hidden = self.model.hidden(ids[:, :-1].to(self.device))[0][places]
                    best = self.model.logits(hidden).argmax(-1).cpu()
                right += int((best == ids[0, 1:][places]).all())
            scores[skill] = round(100 * right / len(examples))
        return scores

    def run(self) -> None:
        settings = self.settings
        source = batches(self.tokenizer, settings.batch_tokens, settings.seed * 1000 + self.step + 1)
        words = Words(random.Random(settings.seed + self.step), pieces=word_pieces(self.tokenizer))
        losses: deque[float] = deque(maxlen=200)
        last_save, last_check = time.monotonic(), self.trained
        parameters = sum(p.numel() for p in self.model.parameters())
        self.log(event="start", parameters=parameters, vocab=self.cfg.vocab, done=self.clock.done, step=self.step)
        while self.clock.done < 1:
            began = time.monotonic()
            pure = words.chance(settings.copying)
            ids, wanted = copy_batch(words, self.tokenizer, settings.batch_tokens) if pure else next(source)
            losses.append(self.learn(ids, wanted))
            spent = time.monotonic() - began
            self.clock.tick(spent)
            self.trained += spent
            self.step += 1
            self.tokens += ids.numel()
            if self.step % 200 == 0:
                self.log(
                    step=self.step,
                    ktokens=self.tokens // 1000,
                    loss=round(statistics.fmean(losses), 4),
                    done=round(self.clock.done, 4),
                    rate=round(self.rate(), 6),
                    trained=round(self.trained),
                )
            if time.monotonic() - last_save > settings.save_every:
                self.save()
                last_save = time.monotonic()
            if self.trained - last_check > settings.check_every:
                self.log(check=self.check(24))
                last_check = self.trained
        self.save()
        self.log(event="end", check=self.check(60))

    def log(self, **facts: object) -> None:
        line = json.dumps({"at": time.strftime("%H:%M:%S", time.gmtime()), **facts})
        print(line, flush=True)
        with (self.folder / "log.jsonl").open("a") as file:
            file.write(line + "\n")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Train the demo model; an interrupted run goes on where it was saved.")
    parser.add_argument("--out", type=Path, default=Path("training/build"))
    parser.add_argument("--large", action="store_true", help="the setting for a GPU")
    parser.add_argument("--minutes", type=float, help="training time")
    parser.add_argument("--finish-by", type=float, default=0, help="Unix time by which the schedule must have ended")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    settings = Settings.large() if options.large else Settings()
    if options.minutes:
        settings.minutes = options.minutes
    Trainer(settings, options.out, options.finish_by, options.threads).run()


if __name__ == "__main__":
    main()
