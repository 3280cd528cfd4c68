from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from eval.measures.calibration import brier, ece, reliability
from eval.measures.statistics import Flags, Floats
from eval.report import ReliabilityBin

QUESTIONS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.2, 0.5, 0.7, 1.0]), st.booleans()), min_size=1, max_size=20
)
DISTINCT = st.lists(
    st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40, unique_by=lambda question: question[0]
)


def columns(questions: list[tuple[float, bool]]) -> tuple[Floats, Flags]:
    return np.array([c for c, _ in questions], float), np.array([a for _, a in questions], bool)


def brier_score(confidence: Floats, answerable: Flags) -> float:
    return float(
        np.mean([brier(c, a) for c, a in zip(confidence.tolist(), answerable.tolist(), strict=True)])
    )


def test_worked_example() -> None:
    confidence, answerable = columns([(0.9, True), (0.1, False), (0.6, True), (0.4, True)])
    # .01 + .01 + .16 + .36 over 4
    assert brier_score(confidence, answerable) == pytest.approx(0.135)
    # .1 and .4: half are answerable at .25 on the mean; .6 and .9: all at .75; both gaps are .25
    assert ece(confidence, answerable, bins=2) == pytest.approx(0.25)
    assert reliability(confidence, answerable, bins=2) == (
        ReliabilityBin(low=0.1, high=0.4, count=2, confidence=0.25, answerable=0.5),
        ReliabilityBin(low=0.6, high=0.9, count=2, confidence=0.75, answerable=1.0),
    )


def test_bins_are_weighted_by_their_count() -> None:
    # Five bins hold 1 question of .1 and, with equal confidence, 3 of .8: (1 * .1 + 3 * |2/3 - .8|) / 4
    confidence, answerable = columns([(0.8, True), (0.8, False), (0.1, False), (0.8, True)])
    assert ece(confidence, answerable, bins=5) == pytest.approx((0.1 + 3 * (0.8 - 2 / 3)) / 4)


def test_equal_confidences_stand_in_one_bin() -> None:
    confidence, answerable = columns([(0.5, True)] * 3 + [(0.5, False)])
    assert reliability(confidence, answerable) == (ReliabilityBin(0.5, 0.5, 4, 0.5, 0.75),)


def test_nothing_has_no_calibration() -> None:
    nothing = columns([])
    assert ece(*nothing) is None
    assert reliability(*nothing) == ()


@pytest.mark.parametrize(("answerable", "expected"), [(True, 0.0), (False, 1.0)])
def test_sure_of_one_question(answerable: bool, expected: float) -> None:
    one = columns([(1.0, answerable)])
    assert (brier(1.0, answerable), ece(*one)) == (expected, expected)
    assert reliability(*one) == (ReliabilityBin(1.0, 1.0, 1, 1.0, 1.0 - expected),)


@given(QUESTIONS)
def test_brier_as_scikit_learn_says(questions: list[tuple[float, bool]]) -> None:
    confidence, answerable = columns(questions)
    expected = brier_score_loss(answerable.astype(int), confidence, pos_label=1)
    assert brier_score(confidence, answerable) == pytest.approx(expected)


@given(DISTINCT, st.integers(1, 10))
def test_bins_of_distinct_confidences_differ_by_one_at_most(
    questions: list[tuple[float, bool]], bins: int
) -> None:
    table = reliability(*columns(questions), bins)
    counts = [row.count for row in table]
    assert sum(counts) == len(questions)
    assert len(counts) == min(bins, len(questions))
    assert max(counts) - min(counts) <= 1


@given(st.lists(st.booleans(), min_size=12, max_size=12), st.sampled_from([2, 3, 4, 6]))
def test_reliability_as_scikit_learn_says(answerable: list[bool], bins: int) -> None:
    confidence = (np.arange(12) * 5 % 12 + 0.5) / 12  # distinct, not in order
    truth, predicted = calibration_curve(
        answerable, confidence, n_bins=bins, strategy="quantile", pos_label=True
    )
    table = reliability(confidence, np.array(answerable), bins)
    assert [row.answerable for row in table] == pytest.approx(truth.tolist())
    assert [row.confidence for row in table] == pytest.approx(predicted.tolist())


@given(DISTINCT, st.integers(1, 4))
def test_ece_by_splitting_a_sorted_list(questions: list[tuple[float, bool]], size: int) -> None:
    questions = sorted(questions)[: len(questions) // size * size]
    if questions:
        parts = [questions[i : i + size] for i in range(0, len(questions), size)]
        gaps = [abs(sum(c for c, _ in part) - sum(a for _, a in part)) for part in parts]
        assert ece(*columns(questions), bins=len(parts)) == pytest.approx(sum(gaps) / len(questions))


@given(QUESTIONS, st.integers(1, 12))
def test_tables_hold_every_question_in_order(questions: list[tuple[float, bool]], bins: int) -> None:
    confidence, answerable = columns(questions)
    table = reliability(confidence, answerable, bins)
    assert len(table) <= bins
    for row, after in itertools.pairwise(table):
        assert row.high < after.low
    for row in table:
        inside = (confidence >= row.low) & (confidence <= row.high)
        assert row.count == inside.sum()
        assert row.answerable == pytest.approx(answerable[inside].mean())
        assert row.confidence == pytest.approx(confidence[inside].mean())


@given(QUESTIONS, st.integers(1, 12))
def test_ece_is_of_the_bins_of_the_table(questions: list[tuple[float, bool]], bins: int) -> None:
    table = reliability(*columns(questions), bins)
    gaps = [row.count * abs(row.answerable - row.confidence) for row in table]
    assert ece(*columns(questions), bins) == pytest.approx(sum(gaps) / len(questions))


@given(QUESTIONS)
def test_order_does_not_matter_and_bounds(questions: list[tuple[float, bool]]) -> None:
    one, other = columns(questions), columns(questions[::-1])
    assert (ece(*one), reliability(*one)) == (ece(*other), reliability(*other))
    error, squared = ece(*one), brier_score(*one)
    assert error is not None
    assert 0 <= error <= 1
    assert error**2 <= squared + 1e-12  # of a bin the gap squared is at most the mean square (Jensen)
