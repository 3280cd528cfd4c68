"""Baselines over five passages, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.statement import Statement
from eval.rankings import (
    BASELINES,
    IDEAS,
    STEPS,
    between_extremes,
    by_meaning,
    by_reciprocal_ranks,
    by_words,
    plain_words,
    with_neighbours,
    with_statement,
)
from index.question import Question
from index.ranking import Candidates, Ranking, Weights, rank

KENYA = Statement("k", "", issuers=("Kenya",), date="2024")
HAITI = Statement("h", "", issuers=("Haiti",), date="2023")
ROWS = [50, 40, 30, 20, 10]  # the lower row stands later: ties are told from positions


def candidates(dense: list[float], lexical: list[float], sentence: list[float] | None = None) -> Candidates:
    return Candidates(
        np.array(ROWS[: len(dense)], np.int64),
        np.array(dense, np.float32),
        np.array(sentence or dense, np.float32),
        np.array(lexical, np.float32),
        np.array(lexical, np.float32),
        [KENYA, HAITI, KENYA, HAITI, KENYA][: len(dense)],
    )


FIVE = candidates([0.9, 0.5, 0.7, 0.5, 0.1], [0, 8, 3, 0, 8])


def order(ranking: Ranking, k: int, question: Question = Question("")) -> list[int]:  # noqa: B008  (frozen)
    return [ROWS[position] for position in ranking(question, FIVE, k)[0].tolist()]


def test_by_words_finds_only_shared_words_and_breaks_ties_by_row() -> None:
    assert order(by_words, 5) == [10, 40, 30]
    assert by_words(Question(""), FIVE, 2)[1].tolist() == [8.0, 8.0]


def test_by_meaning_is_the_cosine_of_passages() -> None:
    assert order(by_meaning, 5) == [50, 30, 20, 40, 10]
    assert by_meaning(Question(""), FIVE, 2)[1].tolist() == pytest.approx([0.9, 0.7])


def test_reciprocal_ranks_are_summed() -> None:
    # by words: 10, 40, 30; by meaning: 50, 30, 20, 40, 10
    expected = {
        10: Fraction(1, 61) + Fraction(1, 65),
        40: Fraction(1, 62) + Fraction(1, 64),
        30: Fraction(1, 63) + Fraction(1, 62),
        20: Fraction(1, 63),
        50: Fraction(1, 61),
    }
    positions, scores = by_reciprocal_ranks(Question(""), FIVE, 5)
    assert [ROWS[at] for at in positions.tolist()] == [30, 10, 40, 50, 20]
    assert scores.tolist() == pytest.approx([float(expected[row]) for row in (30, 10, 40, 50, 20)], rel=1e-6)


def test_reciprocal_ranks_of_equal_sums_go_to_the_lower_row() -> None:
    found = candidates([0.9, 0.5], [1, 2])
    assert by_reciprocal_ranks(Question(""), found, 2)[0].tolist() == [1, 0]


def test_the_last_step_is_the_default_and_each_adds_signs() -> None:
    question = Question("", issuers=("Haiti",), dates=(("2024-01-01", "2024-12-31"),))
    default = Weights()
    none = Weights(*[0] * 8)
    words = replace(none, words=default.words, open_words=default.open_words)
    first = partial(rank, weights=words)
    assert list(STEPS)[-1] == "+ shares: the default"
    assert STEPS["+ shares: the default"] is rank
    assert order(STEPS["dense + BM25"], 5, question) == order(first, 5, question)
    # dense / .9 and BM25 / 8 at .8 and .2, and .35 for Haiti (rows 40 and 20): .994, .794; 50 has .8
    assert order(STEPS["+ issuer"], 5, question)[0] == 40


def test_names_are_among_the_words_until_what_stands_for_them_counts() -> None:
    # Dense alike; of the whole question row 50 has the words, of what is asked for row 40.
    found = replace(candidates([0.5, 0.5], [8, 2]), words=np.array([1, 4], np.float32))
    question = Question("", dates=(("2024-01-01", "2024-12-31"),))  # row 50, .3 if dates count
    # .8 and .2 * (1, .25); with .3 for the date; .8 and .2 * (.25, 1) with .3; so with sentences, alike too
    expected = {
        "dense + BM25": [1.0, 0.85],
        "+ issuer": [1.0, 0.85],
        "+ date": [1.3, 0.85],
        "+ BM25+ of what is asked for": [1.15, 1.0],
        "+ best sentence": [1.15, 1.0],
        "+ shares: the default": [1.15, 1.0],
    }
    scores = {name: ranking(question, found, 2)[1].tolist() for name, ranking in STEPS.items()}
    assert scores == {name: pytest.approx(values) for name, values in expected.items()}


def test_ideas_change_candidates_as_they_say() -> None:
    found = Candidates(
        np.array([10, 11, 12, 14], np.int64),
        np.array([0.9, 0.5, 0.7, 0.1], np.float32),
        np.array([0.2, 0.4, 0.6, 0.3], np.float32),
        np.array([0, 8, 3, 0], np.float32),
        np.array([1, 2, 3, 4], np.float32),
        [KENYA, KENYA, HAITI, HAITI],
    )
    assert plain_words(found).words.tolist() == [0, 8, 3, 0]
    spread = between_extremes(found)
    assert spread.dense.tolist() == pytest.approx([1, 0.5, 0.75, 0])
    assert spread.sentence.tolist() == pytest.approx([0, 0.5, 1, 0.25])
    # Rows 10 and 11 are neighbours, 12 is another statement's, and 13 is no candidate.
    beside = with_neighbours(found).sentence
    assert beside.tolist() == pytest.approx([0.2 + 0.2 * 0.4, 0.4 + 0.2 * 0.2, 0.6, 0.3])
    assert with_statement(found).dense.tolist() == pytest.approx(
        [0.9, 0.8 * 0.5 + 0.2 * 0.9, 0.7, 0.8 * 0.1 + 0.2 * 0.7]
    )


def test_ideas_change_the_order() -> None:
    # Haiti's two come first, whatever the others say.
    haiti = Question("", issuers=("Haiti",))
    assert order(IDEAS["issuer and date as filters"], 5, haiti) == [40, 20, 50, 30, 10]
    # Open: .6 * (1, .556, .778, .556, .111) + .4 * (0, 1, .375, 0, 1) = .6, .733, .617, .333, .467
    assert order(rank, 5) == [40, 30, 50, 10, 20]
    # and .8, .2 of the same: .8, .644, .697, .444, .289
    assert order(IDEAS["open questions as others"], 5) == [50, 30, 40, 20, 10]


def test_nothing_found_is_nothing_ranked() -> None:
    nothing = candidates([], [])
    for ranking in (*BASELINES.values(), *STEPS.values(), *IDEAS.values()):
        assert ranking(Question(""), nothing, 5)[0].tolist() == []


LISTS = st.lists(st.tuples(st.sampled_from([0.1, 0.5, 0.9]), st.sampled_from([0.0, 2.0, 5.0])), max_size=5)


@given(LISTS, st.integers(0, 6), st.sampled_from(sorted(BASELINES)))
def test_the_head_of_a_longer_ranking_is_the_shorter_one(
    signs: list[tuple[float, float]], k: int, name: str
) -> None:
    found = candidates([dense for dense, _ in signs], [lexical for _, lexical in signs])
    positions, scores = BASELINES[name](Question(""), found, len(signs))
    head, best = BASELINES[name](Question(""), found, k)
    assert head.tolist() == positions[:k].tolist()
    assert best.tolist() == scores[:k].tolist()
    assert (np.diff(scores) <= 0).all()
