"""A copy-safe tokenizer: a word never seen is cut the same way after a blank, a quote or a brace.

Copying is what the model is for, and an induction head copies token by token: `Zuvanor` in the question must be the
same tokens as `Zuvanor` in the JSON it goes into. Ordinary byte-pair encoding breaks this, as it merges the blank with
whatever follows. Here
- merges inside words are learned from words of the templates only, never from invented ones;
- the blank merges last, and only onto a whole known word;
- digits stay single, and punctuation merges only as JSON needs it.
The pieces of text between words are cut as in GPT-2, which llama.cpp implements under the same name.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

from .data import mixture
from .data.words import Words
from .render import render_for_training

PAD, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
#: The beginnings of a message are one token each: the fewer tokens stand between a request and its answer, the better.
ASSISTANT = f"{START}assistant\n"
STARTS = (f"{START}system\n", f"{START}user\n", ASSISTANT)
CONTROL = (PAD, START, END, *STARTS)
#: The number of a tool in its list; from the ninth on they come again.
ORDINALS = tuple(f"\n<{number}> " for number in range(1, 9))
CALL = '<tool_call>\n{"name": "'
#: Whole tokens for the fixed parts of tools and calls. Where one begins another, both llama.cpp and tokenizers take the
#: longer; apart from that they overlap nowhere.
TEXT_TOKENS = (
    CALL, '", "arguments": {"', "}}\n</tool_call>", "<tool_response>\n", "\n</tool_response>",
    "<tools>", "</tools>", " <string>", " <integer>", " <number>", *ORDINALS,
)  # fmt: skip
PUNCTUATION = (
    '{"',
    '":',
    'Ġ"',
    '",',
    '"}',
    "Ġ{",
    'Ġ{"',
    '"},',
    '"]',
    "Ġ[",
    'Ġ["',
    "}}",
    "],",
    '"}}',
    "Ġ(",
    "Ġ+",
    "Ġ=",
    "Ġ-",
    "},",
)


def _corpus(samples: int, seed: int) -> Counter[str]:
    """How often each piece of text between blanks occurs in conversations whose names are all invented."""
    words = Words(random.Random(seed), fresh_only=True)
    split = pre_tokenizers.ByteLevel(add_prefix_space=False)
    counts: Counter[str] = Counter()
    for _ in range(samples):
        text, _ = render_for_training(mixture.sample(words))
        for fixed in (*CONTROL, *TEXT_TOKENS):
            text = text.replace(fixed, "\n")
        counts.update(piece for piece, _ in split.pre_tokenize_str(text))
    return counts


def build(size: int = 2000, samples: int = 12_000, seed: int = 7) -> Tokenizer:
    """Learns the merges. `size` bounds the pieces without a blank; known words with one come on top."""
    counts = _corpus(samples, seed)
    decode = decoders.ByteLevel().decode
    bare: Counter[str] = Counter()
    for piece, count in counts.items():
        word = piece.removeprefix("Ġ")
        if decode([word]).isalpha() and (len(word) > 1):
            bare[word] += count
    known = {word: count for word, count in bare.items() if count >= samples // 500}

    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    corpus = [decode([word]) for word, count in sorted(known.items()) for _ in range(max(1, min(50, count // 50)))]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    learner.train_from_iterator(
        corpus, trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False, min_frequency=1)
    )
    learned = json.loads(learner.to_str())["model"]
    merges: list[tuple[str, str]] = [tuple(merge) for merge in learned["merges"]]

    vocab = {token: index for index, token in enumerate((*CONTROL, *TEXT_TOKENS))}
    for token in [*alphabet, *("".join(merge) for merge in merges)]:
        vocab.setdefault(token, len(vocab))
    for joined in PUNCTUATION:
        merges.append(("Ġ", '{"') if joined == 'Ġ{"' else (joined[:-1], joined[-1]))
        vocab.setdefault(joined, len(vocab))
    for piece, count in sorted(counts.items()):
        word = piece.removeprefix("Ġ")
        if word != piece and len(word) > 2 and word in vocab and word in known and count >= samples // 300:
            merges.append(("Ġ", word))
            vocab[piece] = len(vocab)

    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in CONTROL])
    tokenizer.add_tokens([AddedToken(text, special=False, normalized=False) for text in TEXT_TOKENS])
    return tokenizer


def merges_of(tokenizer: Tokenizer) -> list[str]:
    return [" ".join(merge) for merge in json.loads(tokenizer.to_str())["model"]["merges"]]


def save(path: Path, size: int) -> Tokenizer:
    tokenizer = build(size)
    path.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(path))
    return tokenizer
