"""Measures of a whole suite: counts, what is not eligible, and two runs compared."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_score, recall_score, roc_auc_score

from eval.abstaining import STATISTICS, Judged, compare_all, measure_all


def made(answered: str, answerable: str, confidence: list[float], loss: str) -> Judged:
    flags = [np.array([char == "1" for char in text], np.bool_) for text in (answered, answerable, loss)]
    return Judged(flags[0], flags[1], np.array(confidence, np.float64), flags[2].astype(np.float64))


SOME = made("110100", "111000", [0.9, 0.8, 0.2, 0.7, 0.3, 0.1], "010111")


def test_each_is_over_the_questions_it_is_a_share_of() -> None:
    found = {measure.name: (measure.value, measure.count) for measure in measure_all(SOME)}
    # kept back: the third, fifth and sixth, of which two are unanswerable; of three unanswerable, two
    assert found["abstention precision"] == (2 / 3, 3)
    assert found["abstention recall"] == (2 / 3, 3)
    assert found["abstention F1"] == (2 / 3, 6)
    # of nine pairs .2 stands below .7 and .3
    assert found["AUROC"] == (7 / 9, 6)
    assert [count for name, (_, count) in found.items() if name not in ("AUROC",)][3:] == [6] * 4


def test_the_interval_holds_the_value_but_of_ece_there_is_none() -> None:
    for measure in measure_all(SOME):
        if measure.name == "ECE":
            assert (measure.low, measure.high) == (None, None)
        else:
            assert measure.value is not None
            assert measure.low is not None
            assert measure.high is not None
            assert measure.low <= measure.value <= measure.high


def test_they_agree_with_scikit_learn() -> None:
    silent, none = ~SOME.answered, ~SOME.answerable
    expected = [measure(none, silent) for measure in (precision_score, recall_score, f1_score)]
    expected.append(roc_auc_score(SOME.answerable, SOME.confidence))
    assert [STATISTICS[name](*SOME.parts) for name in list(STATISTICS)[:4]] == pytest.approx(expected)


@pytest.mark.parametrize("answerable", ["11", "00"])
def test_telling_apart_needs_both(answerable: str) -> None:
    measures = {found.name: found for found in measure_all(made("10", answerable, [0.6, 0.4], "00"))}
    for name in list(STATISTICS)[:4]:
        assert (measures[name].value, measures[name].count, measures[name].low) == (None, 0, None)
    assert measures["AURC"].value == 0.0


def test_nothing_is_compared_where_there_is_nothing() -> None:
    nothing = made("", "", [], "")
    assert list(compare_all(nothing, nothing)) == []
    assert [(found.value, found.count) for found in measure_all(nothing)] == [(None, 0)] * 8


def test_a_run_is_the_same_as_itself_and_worse_than_a_better_one() -> None:
    assert {change.verdict for change in compare_all(SOME, SOME)} == {"same"}
    sure = made("111000" * 4, "111000" * 4, [0.9, 0.9, 0.9, 0.1, 0.1, 0.1] * 4, "000111" * 4)
    turned = made("000111" * 4, "111000" * 4, [0.1, 0.1, 0.1, 0.9, 0.9, 0.9] * 4, "000111" * 4)
    changes = {change.name: change for change in compare_all(sure, turned)}
    assert (changes["AUROC"].before, changes["AUROC"].now) == (1.0, 0.0)
    assert {changes[name].verdict for name in ("AUROC", "abstention F1", "AURC", "ECE")} == {"worse"}
    assert changes["ECE"].difference == pytest.approx(0.8)
