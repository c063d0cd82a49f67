"""Two rankings made into one, and the scores that results get."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.retrieval.ranking import Candidate, Ranking, falling, fuse
from homeport.retrieval.words import words

RELEVANCES = st.lists(st.floats(0, 1), max_size=20)


def order(candidates: list[Candidate], ranking: Ranking = Ranking()) -> list[int]:  # noqa: B008
    return [key[0] for key, _ in fuse(candidates, 2.0, ranking)]


NEAR, WORDY, BOTH = Candidate((1, 0), 0.9, 0.0), Candidate((2, 0), 0.1, 2.0), Candidate((3, 0), 0.8, 1.5)


def test_what_both_rankings_know_goes_first() -> None:
    others = [Candidate((4 + n, 0), 0.5, 0.5) for n in range(5)]
    assert order([NEAR, WORDY, BOTH, *others])[0] == 3
    assert order([NEAR, WORDY, BOTH], Ranking(embedding_weight=1, text_weight=0)) == [1, 3, 2]
    assert order([NEAR, WORDY, BOTH], Ranking(embedding_weight=0, text_weight=1)) == [2, 3]
    assert order([NEAR, WORDY, BOTH], Ranking(ranker="none", embedding_weight=0)) == [1, 3, 2]
    assert order([NEAR, WORDY], Ranking(embedding_weight=1, text_weight=5)) == [2, 1]


def test_a_score_says_how_good_a_chunk_is_not_how_it_was_placed() -> None:
    ((_, good),) = fuse([Candidate((1, 0), 0.9, 2.0)], 2.0, Ranking())
    ((_, bad),) = fuse([Candidate((1, 0), 0.1, 0.0)], 2.0, Ranking())
    assert good == pytest.approx(0.95)
    assert bad == pytest.approx(0.05)


@given(RELEVANCES)
def test_scores_fall_and_stay_near_the_relevance(values: list[float]) -> None:
    scores = falling(values)
    assert len(scores) == len(values)
    assert all(later <= earlier + 1e-12 for earlier, later in itertools.pairwise(scores))
    assert sum(scores) == pytest.approx(sum(values))
    if values == sorted(values, reverse=True):
        assert scores == pytest.approx(values)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Vectors' stores, indexed.", ["the", "vector", "stor", "index"]),
        ("running ran runs", ["run", "ran", "run"]),
        ("snake_case HTTP2 x", ["snak", "case", "http2", "x"]),
        ("Café ÜBER straße", ["cafe", "uber", "strass"]),
        ("東京都 タワー", ["東京", "京都", "タワ", "ワー"]),
        ("мама мыла", ["мама", "мыла"]),
        ("हिन्दी भाषा में", ["हिन्दी", "भाषा", "में"]),
        ("தமிழ் மொழி", ["தமிழ்", "மொழி"]),
        ("مُحَمَّد محمد", ["محمد", "محمد"]),
        ("שָׁלוֹם", ["שלום"]),
        ("ရန်ကုန်", ["ရန", "န်", "်က", "ကု", "ုန", "န်"]),
        ("Step 1\ufe0f\u20e3", ["step", "1"]),
        ("Silben\u00adtrennung", ["silbentrennung"]),
        ("", []),
    ],
)
def test_words_of_any_language(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(st.text(max_size=200))
def test_any_text_has_words_or_none(text: str) -> None:
    assert all(word and not any(character.isspace() for character in word) for word in words(text))
