from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_score, recall_score, roc_auc_score

from eval.measures.abstention import (
    Figures,
    abstention_f1,
    abstention_precision,
    abstention_recall,
    answer_rate,
    auroc,
    choose_threshold,
    false_answer_rate,
    judge,
)

MEASURES = (answer_rate, false_answer_rate, abstention_precision, abstention_recall, abstention_f1)
QUESTIONS = st.lists(
    st.tuples(st.sampled_from([0.1, 0.3, 0.5, 0.7, 0.9]), st.booleans()), min_size=1, max_size=20
)


def test_figures_by_hand() -> None:
    confidence = np.array([0.9, 0.8, 0.3, 0.7, 0.2])
    answerable = np.array([True, True, True, False, False])
    # Answered: two of three answerable and one of two others; abstained: one wrongly, one rightly.
    # Of six pairs .9 and .8 win four, .3 wins one.
    assert judge(confidence, answerable, threshold=0.5) == Figures(
        answer_rate=2 / 3, false_answer_rate=0.5, precision=0.5, recall=0.5, f1=0.5, auroc=5 / 6
    )


def test_a_question_at_the_threshold_is_answered() -> None:
    assert judge(np.array([0.5, 0.4]), np.array([True, False]), 0.5) == Figures(1.0, 0.0, 1.0, 1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("answered", "answerable", "expected"),
    [
        ([], [], (None, None, None, None, None)),
        ([True], [True], (1.0, None, None, None, None)),
        ([False], [True], (0.0, None, 0.0, None, None)),
        ([True], [False], (None, 1.0, None, 0.0, 0.0)),
        ([False], [False], (None, 0.0, 1.0, 1.0, 1.0)),
        ([True, True], [True, False], (1.0, 1.0, None, 0.0, 0.0)),
        ([False, False], [True, False], (0.0, 0.0, 0.5, 1.0, 2 / 3)),  # 2 * 1 / (2 + 1)
        ([False, True], [True, False], (0.0, 1.0, 0.0, 0.0, 0.0)),
    ],
)
def test_nothing_to_judge_is_not_zero(
    answered: list[bool], answerable: list[bool], expected: tuple[float | None, ...]
) -> None:
    arrays = np.array(answered, bool), np.array(answerable, bool)
    assert tuple(measure(*arrays) for measure in MEASURES) == expected


def test_auroc_counts_ties_half() -> None:
    # .9 beats both, .5 ties with one and beats the other: (1 + 1 + .5 + 1) / 4
    assert auroc(np.array([0.9, 0.5]), np.array([0.5, 0.1])) == 0.875
    assert auroc(np.array([1.0]), np.array([0.0])) == 1
    assert auroc(np.array([0.0]), np.array([1.0])) == 0
    assert auroc(np.array([0.5] * 3), np.array([0.5] * 2)) == 0.5


def test_auroc_needs_both_kinds() -> None:
    some, none = np.array([0.5]), np.array([])
    assert auroc(some, none) is auroc(none, some) is auroc(none, none) is None


@given(QUESTIONS, st.floats(0, 1))
def test_as_scikit_learn_says(questions: list[tuple[float, bool]], threshold: float) -> None:
    confidence, answerable = np.array([c for c, _ in questions]), np.array([a for _, a in questions])
    figures, abstained = judge(confidence, answerable, threshold), confidence < threshold
    if abstained.any():
        assert figures.precision == pytest.approx(precision_score(~answerable, abstained, zero_division=0))
    if not answerable.all():
        assert figures.recall == pytest.approx(recall_score(~answerable, abstained))
        assert figures.f1 == pytest.approx(f1_score(~answerable, abstained))
    if figures.auroc is not None:
        assert figures.auroc == pytest.approx(roc_auc_score(answerable, confidence))


@given(QUESTIONS, st.floats(0, 1), st.permutations(range(20)))
def test_order_does_not_matter(
    questions: list[tuple[float, bool]], threshold: float, order: list[int]
) -> None:
    confidence, answerable = np.array([c for c, _ in questions]), np.array([a for _, a in questions])
    other = np.array([place for place in order if place < len(questions)])
    assert judge(confidence, answerable, threshold) == judge(confidence[other], answerable[other], threshold)


@given(QUESTIONS)
def test_a_higher_threshold_never_answers_more(questions: list[tuple[float, bool]]) -> None:
    confidence, answerable = np.array([c for c, _ in questions]), np.array([a for _, a in questions])
    rates = [judge(confidence, answerable, threshold) for threshold in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)]
    for more, less in itertools.pairwise(rates):
        if more.answer_rate is not None and less.answer_rate is not None:
            assert less.answer_rate <= more.answer_rate
        if more.recall is not None and less.recall is not None:
            assert less.recall >= more.recall


def test_the_threshold_keeps_the_answer_rate() -> None:
    confidence = np.array([0.9, 0.6, 0.5, 0.2])
    answerable = np.array([True, True, False, True])
    # Above .5 two of three are answered; all three only by answering everything.
    assert choose_threshold(confidence, answerable, least_answer_rate=0.6) == pytest.approx(0.55)
    assert choose_threshold(confidence, answerable, least_answer_rate=2 / 3) == pytest.approx(0.55)
    assert choose_threshold(confidence, answerable, least_answer_rate=1.0) == 0.0


@given(QUESTIONS.filter(lambda questions: len({answerable for _, answerable in questions}) == 2))
def test_no_other_threshold_is_better(questions: list[tuple[float, bool]]) -> None:
    confidence, answerable = np.array([c for c, _ in questions]), np.array([a for _, a in questions])
    chosen = judge(confidence, answerable, choose_threshold(confidence, answerable))
    assert chosen.answer_rate is not None
    assert chosen.answer_rate >= 0.85
    others = [judge(confidence, answerable, threshold) for threshold in np.linspace(0, 1, 21)]
    assert (chosen.f1 or 0) >= max((f.f1 or 0) for f in others if (f.answer_rate or 0) >= 0.85)


@pytest.mark.parametrize("answerable", [[True, True], [False, False], []])
def test_a_threshold_needs_both_kinds(answerable: list[bool]) -> None:
    message = rf"{sum(answerable)} of {len(answerable)} questions are answerable; need both kinds"
    with pytest.raises(ValueError, match=message):
        choose_threshold(np.linspace(0, 1, len(answerable)), np.array(answerable, bool))
