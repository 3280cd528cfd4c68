from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from eval.measures.selective import augrc, aurc, coverage_at_risk, risk_coverage
from eval.measures.statistics import Floats

LEVELS = st.sampled_from([0.1, 0.5, 0.9])
QUESTIONS = st.lists(st.tuples(LEVELS, st.sampled_from([0.0, 0.25, 1 / 3, 1.0])), min_size=1, max_size=12)


def array(*values: float) -> Floats:
    return np.array(values, float)


def columns(questions: list[tuple[float, float]]) -> tuple[Floats, Floats]:
    return np.array([c for c, _ in questions]), np.array([loss for _, loss in questions])


def test_worked_example() -> None:
    confidence, loss = array(0.9, 0.8, 0.1), array(0, 1, 0)
    # Mean losses of the 1, 2, 3 most confident: 0, 1/2, 1/3; their losses over all three: 0, 1/3, 1/3
    assert aurc(confidence, loss) == pytest.approx((0 + 1 / 2 + 1 / 3) / 3)
    assert augrc(confidence, loss) == pytest.approx((0 + 1 / 3 + 1 / 3) / 3)
    coverage, risk = risk_coverage(confidence, loss)
    assert coverage.tolist() == pytest.approx([1 / 3, 2 / 3, 1])
    assert risk.tolist() == pytest.approx([0, 1 / 2, 1 / 3])
    assert coverage_at_risk(confidence, loss, 0.05) == pytest.approx(1 / 3)
    assert coverage_at_risk(confidence, loss, 0.4) == 1  # 2/3 of them is over, but not all of them


def test_equal_confidences_share_their_loss() -> None:
    confidence, loss = array(0.9, 0.9, 0.1), array(0, 1, 0)
    # The two that tie count 1/2 each: 1/2, 1/2, 1/3 and 1/6, 1/3, 1/3
    assert aurc(confidence, loss) == pytest.approx((1 / 2 + 1 / 2 + 1 / 3) / 3)
    assert augrc(confidence, loss) == pytest.approx((1 / 6 + 1 / 3 + 1 / 3) / 3)
    coverage, risk = risk_coverage(confidence, loss)
    assert coverage.tolist() == pytest.approx([2 / 3, 1])
    assert risk.tolist() == pytest.approx([1 / 2, 1 / 3])
    assert coverage_at_risk(confidence, loss, 0.05) == 0  # one of the two alone cannot be answered


@pytest.mark.parametrize(
    ("confidence", "loss", "expected"),
    [
        ((), (), (None, None, None)),
        ((0.5,), (0.0,), (0.0, 0.0, 1.0)),
        ((0.5,), (1.0,), (1.0, 1.0, 0.0)),
        ((0.5,) * 4, (0.0, 1.0, 0.0, 1.0), (0.5, 0.3125, 0.0)),  # (1/8 + 2/8 + 3/8 + 4/8) / 4
        ((0.1, 0.2), (0.0, 0.0), (0.0, 0.0, 1.0)),
        ((0.1, 0.2), (1.0, 1.0), (1.0, 0.75, 0.0)),  # (1/2 + 2/2) / 2
    ],
)
def test_edges(
    confidence: tuple[float, ...], loss: tuple[float, ...], expected: tuple[float | None, ...]
) -> None:
    arrays = array(*confidence), array(*loss)
    assert (aurc(*arrays), augrc(*arrays), coverage_at_risk(*arrays)) == expected


def test_a_risk_of_exactly_a_twentieth_is_allowed() -> None:
    loss = array(*[0.0] * 19, 1.0, 1.0)
    assert coverage_at_risk(np.linspace(1, 0, 21), loss) == pytest.approx(20 / 21)


def test_the_curve_of_nothing_is_empty() -> None:
    coverage, risk = risk_coverage(array(), array())
    assert (coverage.tolist(), risk.tolist()) == ([], [])


@given(st.lists(st.tuples(LEVELS, st.sampled_from([0.0, 0.25, 1.0])), min_size=1, max_size=5))
def test_ties_are_the_mean_over_all_their_orders(questions: list[tuple[float, float]]) -> None:
    confidence, loss = columns(questions)
    count = len(questions)
    areas, generalised = [], []
    for order in itertools.permutations(range(count)):
        if all(confidence[a] >= confidence[b] for a, b in itertools.pairwise(order)):
            sums = [sum(loss[list(order[:k])]) for k in range(1, count + 1)]
            areas.append(sum(total / k for k, total in enumerate(sums, 1)) / count)
            generalised.append(sum(sums) / count**2)
    assert aurc(confidence, loss) == pytest.approx(np.mean(areas))
    assert augrc(confidence, loss) == pytest.approx(np.mean(generalised))


@given(QUESTIONS, st.floats(0, 1))
def test_coverage_by_trying_every_threshold(questions: list[tuple[float, float]], risk: float) -> None:
    confidence, loss = columns(questions)
    answered = [confidence >= threshold for threshold in confidence]
    best = max((float(kept.mean()) for kept in answered if loss[kept].mean() <= risk - 1e-9), default=0.0)
    loose = max((float(kept.mean()) for kept in answered if loss[kept].mean() <= risk + 1e-9), default=0.0)
    found = coverage_at_risk(confidence, loss, risk)
    assert found is not None
    assert best <= found <= loose


@given(st.lists(st.tuples(LEVELS, st.sampled_from([0.0, 1.0])), min_size=2, max_size=30))
def test_augrc_follows_from_the_auroc(questions: list[tuple[float, float]]) -> None:
    # Pairs of a wrong one ranked above a right one, and of two wrong ones with themselves, over n ** 2
    # (Traub et al. 2024, section 3).
    confidence, loss = columns(questions)
    wrong, right = int(loss.sum()), int((1 - loss).sum())
    if wrong and right:
        discordant = (1 - roc_auc_score(1 - loss, confidence)) * wrong * right
        expected = (wrong * (wrong + 1) / 2 + discordant) / len(questions) ** 2
        assert augrc(confidence, loss) == pytest.approx(expected)


@given(QUESTIONS)
def test_the_order_of_input_never_matters(questions: list[tuple[float, float]]) -> None:
    one = columns(questions)
    for other in (columns(questions[::-1]), columns(sorted(questions))):
        assert (aurc(*one), augrc(*one), coverage_at_risk(*one)) == (
            aurc(*other),
            augrc(*other),
            coverage_at_risk(*other),
        )
        assert [axis.tolist() for axis in risk_coverage(*one)] == [
            axis.tolist() for axis in risk_coverage(*other)
        ]


@given(QUESTIONS)
def test_bounds_and_what_only_the_order_of_confidences_decides(questions: list[tuple[float, float]]) -> None:
    confidence, loss = columns(questions)
    coverage, risk = risk_coverage(confidence, loss)
    assert coverage[-1] == 1
    assert (np.diff(coverage) > 0).all()
    assert risk[-1] == pytest.approx(loss.mean())
    area, generalised = aurc(confidence, loss), augrc(confidence, loss)
    assert area is not None
    assert generalised is not None
    assert 0 <= generalised <= area + 1e-12 <= 1 + 2e-12
    assert generalised <= (len(loss) + 1) / (2 * len(loss)) + 1e-12
    assert area == aurc(confidence * 2 + 1, loss)
    perfect, worst = aurc(-loss, loss), aurc(loss, loss)
    assert perfect is not None
    assert worst is not None
    assert perfect - 1e-12 <= area <= worst + 1e-12
