"""Circuits that copy and look up, written into the *initial* weights of a plain Llama.

Gradient descent finds "look where this token stood before, and copy what came next" by itself, but only after many more
tokens than two CPU cores see in an hour. Wired, copying unseen words works from the first step, and so does a show of
hands on which tool a request means; training is left with learning when to do which.
All of it is ordinary weights; those in `fixed` are not trained.

Dimension 0 of every embedding is the same constant, which gives heads a score that depends on the position alone. Some
more dimensions are kept free of what tells tokens apart, for flags and for notes:
- layer 0 notes the token before (`back_one`), the one before that (`back_two`), an average of the last dozen (`near`)
  and which tool of the list this is a part of (`tool`);
- heads of layer 1 compare the present token (and the one before) with those notes and copy what followed there; one
  looks up each word of a request where it was read before: what stood `near` it is `found`, and the tool whose part it
  is has its `vote`, unless the word is a common one or was never read;
- a head of layer 2 gathers what the last words have found, makes it likelier to be said, and counts their votes;
- where a value of JSON begins, another says what stands after the key elsewhere, however many common words are between
  ("Color: red", "the color is red"): layer 0 notes the latest rare token (`rare`), layer 1 hands that on (`label`);
- a head of layer 3 copies as those of layer 1 do, but from the tool that has the votes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .model import Block, Llama, frequencies


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What is known of the tokens beforehand; all lists have one entry a token.

    `kin` is the first token that differs only in case or a leading blank, and `forms` says whether the token has such a
    blank, such a capital. `marks` is n for the number of the n-th tool of a list, 0 for what begins a message and -1
    for all else. `common` (0 to 1) is how usual the token is, in any form; `filler` the same, but no digit or letter is
    usual, since values begin with them; and for `passing` nor is a comma or what else ends a phrase. `assistant` is the
    token before an answer, `call` the one before a tool's name; `opens` begin a key, `colon` ends it.
    """

    kin: list[int]
    forms: list[tuple[bool, bool]]
    marks: list[int]
    common: list[float]
    filler: list[float]
    passing: list[float]
    assistant: int
    call: int
    opens: list[int]
    colon: int


Fixed = list[tuple[Tensor, Any]]
"""Parameters, and the index of what training must leave as it is."""


def wire(model: Llama, lexicon: Lexicon) -> Fixed:
    """Writes the circuits. What they note must stay clean to be of use later on: those rows are returned."""
    with torch.no_grad():
        return _Wiring(model, lexicon).fixed


class _Wiring:
    def __init__(self, model: Llama, lexicon: Lexicon) -> None:
        self.cfg, self.std = model.cfg, model.cfg.embed_std
        self.frequencies, self.size = frequencies(self.cfg), self.cfg.head_dim
        still = (self.frequencies < 0.002).nonzero().squeeze(1)  # pairs hardly turned over 1,000 positions
        self.still = torch.cat([still, still + self.size // 2])
        rank, tools = len(self.still), max(lexicon.marks)
        around = self.cfg.dim // 12
        sizes = [1, rank, rank, around, around, tools, tools, 14, 14, *[1] * 15]
        parts = torch.arange(sum(sizes)).split(sizes)
        _, self.back_one, self.back_two, self.near, self.found, self.tool, self.vote, *flags = parts
        self.rare, self.label, self.mark, self.start, self.assistant, self.said, self.common, *flags = flags
        self.call, self.called, self.opens, self.opened, self.colon, self.valued, *flags = flags
        self.filler, self.filled, self.passing, self.even = flags
        self.free = torch.arange(sum(sizes), self.cfg.dim)  # these tell tokens apart
        self.space = torch.eye(self.cfg.dim)
        # Marks are chosen among by their position alone, so all of them must stay as long as they are.
        marks = (torch.tensor(lexicon.marks) >= 0).nonzero().squeeze(1)
        flagged = torch.cat([parts[0], self.tool, self.vote, *parts[9:]])
        kept = torch.cat([flagged, self.back_one])
        labels = torch.cat([self.back_one, self.rare, self.label])
        self.fixed: Fixed = [(model.embed.weight, marks), (model.embed.weight, (slice(None), kept))]
        self.embed(model.embed.weight, lexicon)
        self.basis, self.turn = self.mixed(rank), orthogonal(rank)
        first, second, third, fourth = model.blocks[:4]
        exact = torch.cat([flagged, self.back_two, labels])
        for block in model.blocks:
            self.clear(block, exact)
        until_read = (first, exact), (second, torch.cat([flagged, labels])), (third, flagged)
        for block, notes in until_read:
            self.fixed += [(block.o.weight, notes), (block.down.weight, notes)]
        self.clear(first, torch.cat([self.near, self.found]))
        self.clear(second, self.found)
        for block in (first, second, third, fourth):
            self.fix(torch.arange(self.cfg.dim), block.attn_norm.weight)
        self.note(first)
        for head, older in enumerate((0.0, 0.7, 1.0)):
            self.match(second, head, older)
            self.copy(second, head)
        self.look_up(second, 3)
        self.hand_on(second, 4)
        self.gather(third, 0)
        self.fill(third, 1)
        self.select(fourth, 0)

    # -- embeddings --------------------------------------------------------------------------------------------------

    def embed(self, table: Tensor, lexicon: Lexicon) -> None:
        """Kin start as one vector plus one for the blank and one for the capital, the same for all words: ` where`
        matches `Where`, and turning the one into the other is the same step for every word, so that a word read after a
        blank can be answered after a quote. All are of one length, or the longer ones would be overlooked."""
        std, marks = self.std, torch.tensor(lexicon.marks)
        family = torch.randn_like(table)[torch.tensor(lexicon.kin)]
        form = torch.tensor(lexicon.forms).float() @ torch.randn(2, self.cfg.dim)
        table.copy_((0.85 * family + 0.35 * form) * std + 0.3 * table)
        table[:, self.free] *= std * math.sqrt(len(self.free)) / table[:, self.free].norm(dim=1, keepdim=True)
        table[:, : self.free[0]] = 0
        unit = std * math.sqrt(self.cfg.dim) * 0.25
        flag = unit / 2
        table[:, self.mark] = flag * (marks >= 0).float()[:, None]
        table[:, self.start] = flag * (marks == 0).float()[:, None]
        table[:, self.common] = flag * torch.tensor(lexicon.common)[:, None]
        table[:, self.filler] = flag * torch.tensor(lexicon.filler)[:, None]
        table[:, self.passing] = flag * torch.tensor(lexicon.passing)[:, None]
        table[lexicon.opens, self.opens] = table[lexicon.colon, self.colon] = flag
        table[lexicon.assistant, self.assistant] = table[lexicon.call, self.call] = flag
        for number, dim in enumerate(self.tool):
            table[:, dim] = flag * (marks == number + 1)
        table[:, self.even] = (7 * flag**2 - table[:, : self.free[0]].pow(2).sum(1, keepdim=True)).sqrt()
        table[:, 0] = unit
        self.constant = unit / table.pow(2).mean(1).sqrt().mean().item()  # as the heads of layer 0 see it

    # -- parts of circuits -------------------------------------------------------------------------------------------

    def mixed(self, rows: int) -> Tensor:
        """So many directions among those that tell tokens apart."""
        directions = torch.zeros(rows, self.cfg.dim)
        directions[:, self.free] = orthogonal(len(self.free))[:rows]
        return directions

    def clear(self, block: Block, notes: Tensor) -> None:
        """Nothing but what is wired writes there at first."""
        block.o.weight[notes] = block.down.weight[notes] = 0

    def fix(self, rows: Tensor, *weights: Tensor) -> None:
        """Training leaves these rows alone: a circuit that is of no use yet would not outlive the first minutes."""
        self.fixed += [(weight, rows) for weight in weights]

    def look_back(self, block: Block, head: int, offset: int, pairs: slice, strength: float) -> None:
        """The head looks `offset` tokens back: sharply if the quick `pairs` say so, softly if slower ones do."""
        rows, half = slice(head * self.size, (head + 1) * self.size), self.size // 2
        angle = torch.zeros(half)
        angle[pairs] = strength / self.constant
        block.q.weight[rows] = block.k.weight[rows] = 0
        turned = -offset * self.frequencies
        block.k.weight[rows, 0] = torch.cat([angle, torch.zeros(half)])
        block.q.weight[rows, 0] = torch.cat([angle * torch.cos(turned), angle * torch.sin(turned)])

    def match(self, block: Block, head: int, older: float, gain: float = 2.8, rank: int = 0) -> Tensor:
        """The head looks at what followed the present token; `older` is how much the one before counts.

        Returns the dimensions that it leaves for other reasons to look somewhere.
        """
        rank = rank or len(self.still)
        rows, dims = slice(head * self.size, (head + 1) * self.size), head * self.size + self.still
        gain *= math.sqrt(36 / rank)
        block.q.weight[rows] = block.k.weight[rows] = 0
        here, before = dims[:rank], self.turn[:rank]
        block.q.weight[here] = gain * self.basis[:rank]
        block.q.weight[here[:, None], self.back_one[None]] += gain * older * before
        block.k.weight[here[:, None], self.back_one[None]] = gain * torch.eye(len(self.still))[:rank]
        block.k.weight[here[:, None], self.back_two[None]] = gain * older * before
        return dims[rank:]

    def carry(self, block: Block, head: int, *ways: tuple[Tensor, Tensor]) -> None:
        """The head adds what it sees, read by the rows of a matrix, to what it stands on, by the columns of another."""
        read, write = torch.cat([way[0] for way in ways]), torch.cat([way[1] for way in ways], 1)
        columns = head * self.size + torch.arange(len(read))
        block.v.weight[columns] = read
        block.o.weight[:, head * self.size : (head + 1) * self.size] = 0
        block.o.weight[:, columns] = self.std * self.cfg.loudness * write

    def copy(self, block: Block, head: int, gain: float = 2.0) -> None:
        """What the head sees is likelier to be said next."""
        directions = self.mixed(self.size)
        self.carry(block, head, (directions, gain * directions.T * math.sqrt(len(self.free) / self.size)))

    # -- circuits ----------------------------------------------------------------------------------------------------

    def note(self, block: Block) -> None:
        space, gain, size = self.space, 0.65, self.size
        self.look_back(block, 0, 1, slice(0, 6), 7.0)
        before = (self.basis, gain * space[:, self.back_one])
        flags = (self.call, self.called), (self.colon, self.valued), (self.filler, self.filled)
        self.carry(block, 0, before, *((space[flag], 2 * gain * space[:, noted]) for flag, noted in flags))
        self.look_back(block, 1, 2, slice(0, 6), 7.0)
        opened = (space[self.opens], 2 * gain * space[:, self.opened])
        self.carry(block, 1, (self.basis, gain * space[:, self.back_two]), opened)
        self.look_back(block, 2, 0, slice(4, 9), 5.7)
        around = 1.2 * gain * space[:, self.near]  # an average of many tokens is shorter than one
        self.carry(block, 2, (self.basis[: len(self.near)], around))
        self.look_back(block, 3, 0, slice(4, 9), 12.0)  # the latest mark: recency decides between marks alone
        spare = 3 * size + self.still[-1]
        block.q.weight[spare, 0] = block.k.weight[spare, self.mark] = 30.0 / self.constant
        answer = (space[self.assistant], 2 * space[:, self.said])
        self.carry(block, 3, (space[self.tool], 2 * space[:, self.tool]), answer)
        self.look_back(block, 4, 0, slice(2, 8), 16.0)
        spare = 4 * size + self.still[-1]
        block.q.weight[spare, 0], block.k.weight[spare, self.passing] = 22.0 / self.constant, -22.0 / self.constant
        self.carry(block, 4, (self.basis[: len(self.rare)], gain * space[:, self.rare]))
        exact = torch.cat([torch.arange(2 * size), torch.arange(3 * size, 5 * size)])
        self.fix(exact, block.q.weight, block.k.weight, block.v.weight)
        self.fix(torch.arange(self.cfg.dim), block.o.weight)  # what tells tokens apart is the same wherever they stand

    def look_up(self, block: Block, head: int) -> None:
        space = self.space
        (spare,) = self.match(block, head, 0.0, rank=len(self.still) - 1)
        block.q.weight[spare, 0] = block.k.weight[spare, self.start] = 4.1  # where a word finds nothing, it looks here
        block.q.weight[spare, self.common] = 12.0
        surroundings = (space[self.near], space[:, self.found])
        self.carry(block, head, surroundings, (space[self.tool], space[:, self.vote]))
        rows = head * self.size + torch.arange(self.size)
        self.fix(rows, block.q.weight, block.k.weight)
        self.fix(rows[len(self.near) :][: len(self.tool)], block.v.weight)

    def hand_on(self, block: Block, head: int) -> None:
        """Notes the latest rare token as the token before the last one saw it."""
        self.look_back(block, head, 2, slice(0, 6), 7.0)
        self.carry(block, head, (self.space[self.rare], self.space[:, self.label]))
        rows = head * self.size + torch.arange(self.size)
        self.fix(rows, block.q.weight, block.k.weight, block.v.weight)

    def fill(self, block: Block, head: int) -> None:
        """Looks at the second token of what follows the key, and says the one before it: a note of it is clean, while
        the token itself already stands among what may come next."""
        rows, dims = slice(head * self.size, (head + 1) * self.size), head * self.size + self.still
        block.q.weight[rows] = block.k.weight[rows] = 0
        here, (none, filler, opened) = dims[: len(self.rare)], dims[-3:]
        block.q.weight[here], block.k.weight[here] = 7.8 * self.space[self.rare], 7.8 * self.space[self.label]
        # Where no value begins, and for keys found nowhere, the head looks at beginnings of messages.
        block.q.weight[none, 0], block.q.weight[none, self.valued], block.k.weight[none, self.start] = 16.0, -11.0, 16.0
        block.q.weight[filler, 0] = block.q.weight[opened, 0] = 8.0
        block.k.weight[filler, self.filled] = block.k.weight[opened, self.opened] = -8.0  # no value begins so
        said = 14.0 * self.basis.T * math.sqrt(len(self.free) / len(self.back_one))
        self.carry(block, head, (self.space[self.back_one], said))
        self.fix(torch.stack([none, filler, opened]), block.q.weight, block.k.weight)

    def gather(self, block: Block, head: int) -> None:
        space, spare = self.space, head * self.size + self.still[-1]
        self.look_back(block, head, 0, slice(5, 9), 6.0)
        block.q.weight[spare, 0] = 8.0
        block.k.weight[spare, torch.cat([self.tool, self.said])] = -8.0  # users vote: not the list itself, nor answers
        block.k.weight[spare, self.vote] = 2.5  # and of their words those that have found something
        said = 2.0 * self.basis[: len(self.found)].T * math.sqrt(len(self.free) / len(self.found))
        self.carry(block, head, (space[self.found], said), (space[self.vote], 2.0 * space[:, self.vote]))
        rows = head * self.size + torch.arange(self.size)
        self.fix(rows, block.q.weight, block.k.weight)
        self.fix(rows[len(self.found) :][: len(self.vote)], block.v.weight)

    def select(self, block: Block, head: int) -> None:
        dims = self.match(block, head, 0.0, gain=0.7, rank=24)
        tools, name, none = dims[: len(self.tool)], dims[len(self.tool)], dims[len(self.tool) + 1]
        block.q.weight[tools] = 10.0 * self.space[self.vote]
        block.k.weight[tools] = 10.0 * self.space[self.tool]
        block.q.weight[name, self.call] = block.k.weight[name, self.called] = 16.0
        # Elsewhere than at the beginning of a call, the head looks at the beginnings of messages.
        block.q.weight[none, 0], block.q.weight[none, self.call], block.k.weight[none, self.start] = 9.0, -20.0, 9.0
        self.copy(block, head, 5.0)
        self.fix(torch.cat([tools, name[None], none[None]]), block.q.weight, block.k.weight)


def orthogonal(size: int) -> Tensor:
    return torch.linalg.qr(torch.randn(size, size))[0]
