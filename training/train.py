"""Training: conversations made on the fly, loss on the assistant's words, a schedule that follows the clock.

The learning rate falls with the share of the *time* used, so a run ends well annealed on any machine. The clock counts
at most ten ordinary steps for one (a paused process does not lose its schedule), and `--finish-by` bends the schedule
to a deadline.
"""

from __future__ import annotations

import argparse
import json
import math
import mmap
import multiprocessing
import os
import random
import statistics
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "16384")  # a matrix product of a new shape is compiled first

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor

from . import kernels
from .config import Settings
from .data import mixture
from .data.words import Words
from .model import Llama, ModelConfig
from .render import Conversation, render_for_training
from .tokenizer import ASSISTANT, CALL, CONTROL, ORDINALS, STARTS, TEXT_TOKENS, save
from .wiring import Lexicon, wire

POOL = 3072  # examples to choose a batch from
SHORTEST, LONGEST = 130, 2560  # tokens; what is longer is left out, in the beginning and at the end of the ramp


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


def fitting(length: int) -> int:
    """One more than a multiple of 16 (of 64 for long ones): what is read is a token shorter than what is said."""
    step = 16 if length <= 513 else 64
    return -(-(length - 1) // step) * step + 1


def batches(
    tokenizer: Tokenizer, tokens: int, longest: int, words: Words, order: random.Random
) -> Iterator[tuple[Tensor, Tensor]]:
    """Endless batches of about so many tokens, each of examples of nearly one length: little is spent on padding.

    Workers with the same `order` take batches of about the same length at the same time, and make new examples at the
    same time, so that none waits. Lengths are rounded up (`fitting`): a new shape costs as much again as using it.
    """
    pool: list[Example] = []
    while True:
        if len(pool) < POOL - 512:
            limit = SHORTEST + (longest - SHORTEST) * words.level**3  # short ones first: more answers to learn from
            while len(pool) < POOL:
                made = encode(tokenizer, [mixture.sample(words) for _ in range(256)])
                pool += [example for example in made if len(example.ids) < limit]
            pool.sort(key=lambda example: len(example.ids))
        last = int(order.random() * len(pool))
        rows = max(2, tokens // (fitting(len(pool[last].ids)) - 1))  # one row alone would be compiled apart
        first = max(0, last + 1 - rows)
        chosen = pool[first : first + rows]
        del pool[first : first + rows]
        yield to_tensors(chosen, fitting(len(chosen[-1].ids)))


def copy_batch(words: Words, tokenizer: Tokenizer, tokens: int) -> tuple[Tensor, Tensor]:
    """Nothing but copying: random tokens or invented words, a stretch of which comes twice; loss on the second time."""
    length = words.pick((97, 129, 257))
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
    """All tokens of a few letters, from which words may be invented that no syllable makes."""
    return sorted(text for text in tokenizer.get_vocab() if len(text) <= 5 and text.isascii() and text.isalpha())


def lexicon_of(tokenizer: Tokenizer, samples: int = 2000) -> Lexicon:
    """What the model's first weights know of the tokens."""
    seen: dict[str, int] = {}
    kin, forms = [], []
    for text, index in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1]):
        word = text.removeprefix("Ġ") if len(text) > 1 else text
        plain = word.lower() if len(text) > 1 else word
        kin.append(seen.setdefault(plain, index))
        forms.append((word != text, word != plain))
    marks = [-1] * len(kin)
    for number, text in enumerate(ORDINALS):
        marks[tokenizer.token_to_id(text)] = number + 1
    for text in STARTS:
        marks[tokenizer.token_to_id(text)] = 0
    words, counts = Words(random.Random(0)), Counter[int]()
    for example in encode(tokenizer, [mixture.sample(words) for _ in range(samples)]):
        counts.update({kin[index] for index in example.ids})
    spelled = {index for text, index in tokenizer.get_vocab().items() if text.removeprefix("Ġ").isalnum()}
    common = [min(1.0, 2 * counts[index] / samples) if number in spelled else 1.0 for number, index in enumerate(kin)]
    tokens = [text for text, _ in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])]
    begins = [len(text) == 1 and text.isascii() and text.isalnum() and text != "a" for text in tokens]
    filler = [0.0 if begins[index] else share for index, share in enumerate(common)]
    passing = [0.0 if tokens[index] in (",", ".", ";", "Ċ", '",') else share for index, share in enumerate(filler)]
    opens = [tokenizer.token_to_id(text) for text in ('{"', 'Ġ"', 'Ġ{"')]
    assistant, call, colon = (tokenizer.token_to_id(text) for text in (ASSISTANT, CALL, '":'))
    return Lexicon(kin, forms, marks, common, filler, passing, assistant, call, opens, colon)


def tokenizer_of(folder: Path, settings: Settings) -> Tokenizer:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "tokenizer.json"
    return Tokenizer.from_file(str(path)) if path.exists() else save(path, settings.pieces)


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


class Exchange:
    """Means over all workers, through memory that they share. Made before they are forked."""

    def __init__(self, workers: int, size: int) -> None:
        memory = mmap.mmap(-1, 2 * workers * (size + 1) * 4)
        self.boxes = torch.frombuffer(memory, dtype=torch.float32).view(2, workers, size + 1)
        self.all_here = multiprocessing.get_context("fork").Barrier(workers)
        self.turn = 0

    def mean(self, rank: int, values: Tensor, clock: float) -> float:
        """Makes `values` the means over all workers. Returns the clock of the first one."""
        box = self.boxes[self.turn]
        self.turn = 1 - self.turn  # a slower worker may still read this one when the next is written
        box[rank, :-1], box[rank, -1] = values, clock
        self.all_here.wait(900)  # seconds: a worker that has died ends the run, which may be started again
        torch.mean(box[:, :-1], 0, out=values)
        return box[0, -1].item()


def config_of(settings: Settings, vocab: int) -> ModelConfig:
    return ModelConfig(
        vocab, settings.dim, settings.layers, settings.head_dim, settings.ffn, settings.theta, settings.context
    )


class Trainer:
    """Trains, alone or as one of several workers that each see other data and average their gradients."""

    def __init__(
        self, settings: Settings, folder: Path, finish_by: float, rank: int = 0, exchange: Exchange | None = None
    ) -> None:
        self.rank, self.exchange = rank, exchange
        self.workers = exchange.all_here.parties if exchange else 1
        if exchange:
            torch.set_num_threads(1)  # two processes of one thread do half as much again as one of two
        torch.manual_seed(settings.seed)
        self.settings, self.folder = settings, folder
        self.tokenizer = tokenizer_of(folder, settings)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.cfg = config_of(settings, self.tokenizer.get_vocab_size())
        self.model = Llama(self.cfg)
        self.fixed = wire(self.model, lexicon_of(self.tokenizer))
        self.model.to(self.device)
        self.weights: kernels.Weights | None = None
        trained = list(self.model.parameters())
        self.losses = self._losses
        if self.device.type == "cpu":
            self.model.use(kernels)
            self.weights = kernels.Weights(self.model)
            trained = [self.weights.all]
        else:
            self.losses = torch.compile(self._losses, dynamic=True)
        # No weight decay: it would wear off what is fixed.
        self.optimizer = torch.optim.Adam(trained, lr=settings.rate, betas=(0.9, 0.995), fused=True)
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
        if self.weights:
            self.weights.renew()
        self.clock.done, self.step, self.tokens, self.trained = (
            state[key] for key in ("done", "step", "tokens", "trained")
        )

    # -- learning ----------------------------------------------------------------------------------------------------

    def pace(self) -> float:
        """What the learning rates are multiplied with: a short warm-up, a plateau, a root down to nothing."""
        falling = max(0.0, (self.clock.done - 1 + self.settings.decay) / self.settings.decay)
        return min(1, (self.step + 1) / 100) * max(0.01, 1 - math.sqrt(falling))

    def learn(self, ids: Tensor, wanted: Tensor) -> float:
        """One step. Returns the mean loss over the answers; what users and tools say counts a little, too."""
        ids, wanted = ids.to(self.device), wanted.to(self.device)
        share = self.settings.prompt_share * max(0.0, 1 - self.clock.done / self.settings.listen)
        heard = (torch.rand(ids.shape, device=self.device) < share) & (ids != 0)
        weights = torch.where(wanted, 1.0, self.settings.prompt_weight * heard.float())[:, 1:].reshape(-1)
        places = weights.nonzero().squeeze(1)
        unused = -len(places) % 64  # a fitting number of them
        places, weights = F.pad(places, (0, unused)), F.pad(weights[places], (0, unused))
        targets = ids[:, 1:].reshape(-1)[places]
        losses = self.losses(ids[:, :-1].contiguous(), places, targets)
        ((losses * weights).sum() / weights.sum()).backward()
        if self.weights:
            self.weights.collect()
            self.share(self.weights)
        for weight, index in self.fixed:
            assert weight.grad is not None
            weight.grad[index] = 0
        for group in self.optimizer.param_groups:  # now that all workers know the same time
            group["lr"] = self.settings.rate * self.pace()
        torch.nn.utils.clip_grad_norm_(self.optimizer.param_groups[0]["params"], 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=self.weights is None)
        if self.weights:
            self.weights.renew()
        return losses.detach()[weights == 1].mean().item()

    def _losses(self, ids: Tensor, places: Tensor, targets: Tensor) -> Tensor:
        with torch.autocast(self.device.type, torch.bfloat16):
            logits = self.model.logits(self.model.hidden(ids, places))
            return self.model.ops.surprise(logits, targets)

    def share(self, weights: kernels.Weights) -> None:
        """Averages the gradients over the workers, and lets all of them read the first one's clock."""
        if self.exchange and weights.all.grad is not None:
            self.clock.done = self.exchange.mean(self.rank, weights.all.grad, self.clock.done)

    @torch.no_grad()
    def check(self, cases: int) -> dict[str, int]:
        """Per cent of fresh conversations of each skill answered with every token right, given those before it."""
        words, scores = Words(random.Random(4321), pieces=word_pieces(self.tokenizer)), {}
        for skill in mixture.SKILLS:
            examples = [
                e
                for e in encode(self.tokenizer, [mixture.sample(words, skill) for _ in range(cases)])
                if len(e.ids) < LONGEST
            ]
            right = 0
            for example in examples:
                ids, wanted = to_tensors([example], len(example.ids))
                places = wanted[0, 1:].nonzero().squeeze(1)
                with torch.autocast(self.device.type, torch.bfloat16):
                    hidden = self.model.hidden(ids[:, :-1].to(self.device))[0][places]
                    best = self.model.logits(hidden).argmax(-1).cpu()
                right += int((best == ids[0, 1:][places]).all())
            scores[skill] = round(100 * right / len(examples))
        return scores

    def run(self) -> None:
        settings = self.settings
        seed = (settings.seed * 1_000_003 + self.step) * self.workers + self.rank
        words = Words(random.Random(seed), pieces=word_pieces(self.tokenizer))
        size = settings.batch_tokens // self.workers
        order = random.Random(settings.seed + self.step)
        source = batches(self.tokenizer, size, LONGEST, words, order)
        losses: deque[float] = deque(maxlen=200)
        last_save, last_check = time.monotonic(), self.trained
        parameters = sum(p.numel() for p in self.model.parameters())
        if self.rank == 0:
            self.log(event="start", parameters=parameters, vocab=self.cfg.vocab, done=self.clock.done, step=self.step)
        while True:
            began = time.monotonic()
            words.level = min(1.0, self.clock.done / settings.ramp)
            pure = order.random() < settings.copying
            ids, wanted = copy_batch(words, self.tokenizer, size) if pure else next(source)
            losses.append(self.learn(ids, wanted))
            self.step += 1
            self.tokens += ids.numel() * self.workers
            if self.clock.done >= 1:  # all workers read the same clock, so all of them leave here
                break
            if self.rank > 0:
                continue
            spent = time.monotonic() - began
            self.clock.tick(spent)
            self.trained += spent
            if self.step % 200 == 0:
                self.log(
                    step=self.step,
                    ktokens=self.tokens // 1000,
                    loss=round(statistics.fmean(losses), 4),
                    done=round(self.clock.done, 4),
                    pace=round(self.pace(), 3),
                    trained=round(self.trained),
                )
            if time.monotonic() - last_save > settings.save_every:
                self.save()
                last_save = time.monotonic()
            if self.trained - last_check > settings.check_every:
                self.log(check=self.check(12))
                last_check = self.trained
        if self.rank == 0:
            self.save()
            self.log(event="end", check=self.check(24))

    def log(self, **facts: object) -> None:
        line = json.dumps({"at": time.strftime("%H:%M:%S", time.gmtime()), **facts})
        print(line, flush=True)
        with (self.folder / "log.jsonl").open("a") as file:
            file.write(line + "\n")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Train the demo model; an interrupted run goes on where it was saved.")
    parser.add_argument("--out", type=Path, default=Path("training/build"))
    parser.add_argument(
        "--large", action=argparse.BooleanOptionalAction, default=torch.cuda.is_available(), help="default with a GPU"
    )
    parser.add_argument("--minutes", type=float, help="training time")
    parser.add_argument("--finish-by", type=float, default=0, help="Unix time by which the schedule must have ended")
    parser.add_argument("--batch-tokens", type=int, help="tokens a step, if not the setting's")
    parser.add_argument("--workers", type=int, help="processes; as many as there are CPU cores, or one with a GPU")
    options = parser.parse_args(arguments)
    settings = Settings.large() if options.large else Settings()
    if options.minutes:
        settings.minutes = options.minutes
    if options.batch_tokens:
        settings.batch_tokens = options.batch_tokens
    workers = options.workers or (1 if torch.cuda.is_available() else os.cpu_count() or 1)
    tokenizer = tokenizer_of(options.out, settings)  # once, before the workers start
    exchange = None
    if workers > 1:
        with torch.device("meta"):  # its size only; threads would not survive the fork
            model = Llama(config_of(settings, tokenizer.get_vocab_size()))
        exchange = Exchange(workers, sum(p.numel() for p in model.parameters()))
    for rank in range(1, workers):
        task = (settings, options.out, options.finish_by, rank, exchange)
        multiprocessing.get_context("fork").Process(target=work, args=task, daemon=True).start()
    work(settings, options.out, options.finish_by, 0, exchange)


def work(settings: Settings, folder: Path, finish_by: float, rank: int, exchange: Exchange | None) -> None:
    """What each process does."""
    Trainer(settings, folder, finish_by, rank, exchange).run()


if __name__ == "__main__":
    main()
