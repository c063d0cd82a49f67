"""How well search finds what a question is about: keywords alone, vectors alone, both. nDCG@10, the real model, SQLite.

The texts are on every machine that has the tests' packages: docstrings of the standard library and of some packages.
The first sentence of one is the question, what follows is the passage that answers it: written by the same person for
the same reader, in other words. Where the passage repeats most of the sentence's words the pair is left out; so are the
names of what is documented, and all passages but one of those that begin alike.

Weights are chosen by half of the questions, and the other half is reported.
"""

from __future__ import annotations

import ast
import asyncio
import hashlib
import inspect
import itertools
import math
import random
import re
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from benchmarks.processes import BUILD
from homeport.config import Config, EngineConfig, ServerConfig
from homeport.core.models import ModelInfo
from homeport.engines.build import build_engines
from homeport.engines.minilm.weights import gguf_path
from homeport.engines.pool import Pool
from homeport.media.chunking import Chunk
from homeport.retrieval import index
from homeport.retrieval.embed import Embedder
from homeport.retrieval.ranking import Ranking
from homeport.retrieval.words import words
from homeport.storage.database import Database, database_url
from tests.minilm import with_model

PASSAGES, QUESTIONS = 1_600, 600
PACKAGES = (
    "sqlalchemy",
    "alembic",
    "numpy",
    "starlette",
    "uvicorn",
    "click",
    "msgspec",
    "hypothesis",
    "_pytest",
    "httpx",
)
FEWEST_WORDS, MOST_WORDS = 30, 250  # of a passage
MOST_SHARED = 0.6  # of the question's words that its passage may have
STORE = "vs_docs"


class Pair(Struct, frozen=True):
    question: str
    passage: str


# --- texts -------------------------------------------------------------------------

_SENTENCE = re.compile(r"(.+?[.!?])(?:\s|$)(.*)", re.DOTALL)
_MARKUP = re.compile(r":\w+:|[`*]+|^\s*[-=~^]{3,}\s*$|^\s*\.\. .*$", re.MULTILINE)


def pairs() -> list[Pair]:
    """All pairs on this machine, in an order that is the same on the next one with the same packages."""
    found: dict[str, Pair] = {}
    for name, docstring in _docstrings():
        match = _SENTENCE.match(_MARKUP.sub("", inspect.cleandoc(docstring)))
        if match is None:
            continue
        question, rest = (" ".join(part.split()) for part in match.groups())
        question = re.sub(rf"\b{re.escape(name)}\b", "it", question)
        passage = " ".join(rest.split()[:MOST_WORDS])
        asked = set(words(question))
        enough = len(passage.split()) >= FEWEST_WORDS and 5 <= len(question.split()) <= 30
        if enough and len(asked & set(words(passage))) <= MOST_SHARED * len(asked):
            found.setdefault(passage[:60].casefold(), Pair(question, passage))
    unique = {pair.question.casefold(): pair for pair in found.values()}
    return sorted(unique.values(), key=lambda pair: hashlib.sha256(pair.passage.encode()).digest())


def _docstrings() -> Iterator[tuple[str, str]]:
    standard, site = Path(sysconfig.get_path("stdlib")), Path(sysconfig.get_path("purelib"))
    folders = [standard, *(site / package for package in PACKAGES)]
    for path in itertools.chain.from_iterable(sorted(folder.rglob("*.py")) for folder in folders):
        inside = path.relative_to(standard).parts if path.is_relative_to(standard) else ()
        if path.is_relative_to(site) != (not inside or inside[0] == "site-packages") or "test" in str(path):
            continue
        try:
            tree = ast.parse(path.read_text())
        except (SyntaxError, UnicodeDecodeError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
                docstring = ast.get_docstring(node, clean=False)
                if docstring:
                    yield getattr(node, "name", path.stem), docstring


# --- measurements ------------------------------------------------------------------


async def embed(texts: list[str]) -> list[bytes]:
    """Their vectors, through an engine as a server has it."""
    with tempfile.TemporaryDirectory() as folder:
        data_dir = with_model(Path(folder))
        engine = EngineConfig(type="llama_cpp", path=str(gguf_path(data_dir)), embedding=True, prewarm=False)
        pool = Pool(
            config := Config(server=ServerConfig(data_dir=folder), engines={"minilm": engine}), build_engines(config)
        )
        await pool.start()

        async def describe(name: str) -> ModelInfo:
            return (await pool.target(name, "embeddings")).info

        embedder = Embedder("minilm", pool.answer, describe, lambda record: None)
        vectors: list[bytes] = []
        for start in range(0, len(texts), 32):
            vectors += await embedder.documents(texts[start : start + 32], "minilm", "bench")
        await pool.close()
    return vectors


async def ndcg(search: index.Search, asked: list[tuple[int, str, bytes]], ranking: Ranking) -> list[float]:
    """Of each question. One passage answers it: the ideal gain is 1, and the gain at place r is 1/log2(1+r)."""
    gains = []
    for number, question, vector in asked:
        hits = await search.search(STORE, question, vector, 10, None, ranking)
        places = [place for place, hit in enumerate(hits, 1) if hit.chunk.index == number]
        gains.append(1 / math.log2(1 + places[0]) if places else 0.0)
    return gains


def _mean(gains: list[float]) -> str:
    """With the standard error."""
    mean = sum(gains) / len(gains)
    error = math.sqrt(sum((gain - mean) ** 2 for gain in gains)) / len(gains)
    return f"{mean:.3f} ± {error:.3f}"


async def measure() -> None:
    found = pairs()
    chosen = random.Random(5).sample(found, min(PASSAGES, len(found)))
    asked_of = chosen[:QUESTIONS]
    shared = [len(set(words(p.question)) & set(words(p.passage))) / len(set(words(p.question))) for p in asked_of]
    print(
        f"{len(chosen)} passages of {len(found)}, {len(asked_of)} questions, which share {_mean(shared)} of their words"
    )
    vectors = await embed([pair.passage for pair in chosen] + [pair.question for pair in asked_of])
    with tempfile.TemporaryDirectory() as folder:
        database = Database(database_url(None, Path(folder)))
        await database.open()
        embedded = [
            (Chunk(pair.passage, at, 0, len(pair.passage), len(pair.passage.split())), [vectors[at]])
            for at, pair in enumerate(chosen)
        ]
        await database.write(lambda c: index.add_chunks(c, STORE, "file-docs", {}, embedded))
        search = index.Search(database, Path(folder) / "indexes")
        asked = [(at, pair.question, vectors[len(chosen) + at]) for at, pair in enumerate(asked_of)]
        await _compare(search, asked[0::2], asked[1::2])
        await search.close()
        await database.close()


async def _compare(search: index.Search, tuning: Any, held_out: Any) -> None:
    for share in (0.0, 0.2, 0.35, 0.5, 0.65, 0.8, 1.0):
        ranking = Ranking(embedding_weight=share, text_weight=1 - share)
        mean = _mean(await ndcg(search, tuning, ranking))
        print(f"  chosen by   vectors {share:4.2f}, keywords {1 - share:4.2f}: {mean}")
    for name, ranking in (
        ("keywords", Ranking(embedding_weight=0)),
        ("vectors", Ranking(ranker="none")),
        ("both", Ranking()),
    ):
        print(f"  reported    {name:<28}: {_mean(await ndcg(search, held_out, ranking))}")


def main() -> None:
    BUILD.mkdir(exist_ok=True)
    asyncio.run(measure())
