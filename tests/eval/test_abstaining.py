"""Measures of a whole suite: counts, what is not eligible, and two runs compared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_score, recall_score, roc_auc_score

from eval.abstaining import STATISTICS, Judged, compare_all, measure_all
from eval.measures.statistics import compare_of, interval


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
    # of the three answers the second and the fourth are wrong
    assert found["selective risk"] == (2 / 3, 3)
    # of nine pairs .2 stands below .7 and .3
    assert found["AUROC"] == (7 / 9, 6)
    assert [count for _, count in found.values()][5:] == [6] * 4


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
    names = ("abstention precision", "abstention recall", "abstention F1", "AUROC")
    assert [STATISTICS[name](*SOME.parts) for name in names] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("answerable", "loss", "eligible"),
    [
        ("11", "00",
         {"selective risk": 0.0, "ECE": 0.5, "AURC": 0.0, "AUGRC": 0.0, "coverage at 5 % risk": 1.0}),
        ("00", "11", {"abstention recall": 0.5, "selective risk": 1.0, "ECE": 0.5}),
    ],
)  # fmt: skip
def test_of_one_kind_of_question_little_is_to_be_said(
    answerable: str, loss: str, eligible: dict[str, float]
) -> None:
    measures = measure_all(made("10", answerable, [0.6, 0.4], loss))
    assert {found.name: found.value for found in measures if found.value is not None} == eligible
    assert {found.count for found in measures if found.value is None} == {0}


def test_the_share_of_answers_that_is_wrong_is_compared() -> None:
    before = made("11111111", "1" * 8, [0.9] * 8, "11111110")
    now = replace(before, answered=np.arange(8) == 7, loss=before.loss)
    changes = {change.name: change for change in compare_all(before, now)}
    change = changes["selective risk"]
    assert (change.before, change.now, change.verdict) == (7 / 8, 0.0, "better")


def test_nothing_is_compared_where_there_is_nothing() -> None:
    nothing = made("", "", [], "")
    assert list(compare_all(nothing, nothing)) == []
    assert [(found.value, found.count) for found in measure_all(nothing)] == [(None, 0)] * 9


def test_an_interval_without_width_is_none_but_of_a_share() -> None:
    right = made("1" * 20 + "0" * 20, "1" * 20 + "0" * 20, [0.9] * 20 + [0.1] * 20, "0" * 20 + "1" * 20)
    found = {measure.name: measure for measure in measure_all(right)}
    for name in ("abstention precision", "abstention recall"):
        assert (found[name].value, found[name].count) == (1.0, 20)
        assert (found[name].low, found[name].high) == interval(np.ones(20))
    for name in ("abstention F1", "AUROC"):
        assert (found[name].value, found[name].low, found[name].high) == (1.0, None, None)


def random_run(seed: int, gain: float) -> Judged:
    """100 questions, answered rightly where they can be; the confidence tells these apart by some gain."""
    random = np.random.default_rng(seed)
    answerable = np.arange(100) % 2 == 0
    confidence = 1 / (1 + np.exp(-random.normal(gain * answerable, 1.0)))
    return Judged(confidence > 0.6, answerable, confidence, 1.0 - answerable)


def test_a_run_on_another_scale_is_compared_by_its_order() -> None:
    before, now = random_run(1, 0.6), random_run(2, 1.7)
    low = replace(now, confidence=now.confidence**3 / 20)  # answers the same
    changes = {change.name: change for change in compare_all(before, now)}
    rescaled = {change.name: change for change in compare_all(before, low)}
    assert [name for name in STATISTICS if changes[name] != rescaled[name]] == ["ECE"]
    assert rescaled["AUROC"].verdict == "better"
    assert rescaled["AUROC"].before == STATISTICS["AUROC"](*before.parts)
    # mixed, low confidences of the one run fall below all of the other, whoever is right
    raw = compare_of(STATISTICS["AUROC"], before.parts, low.parts)
    assert raw is not None
    assert raw.p > 2 * rescaled["AUROC"].p


def test_a_run_rescaled_is_the_same_but_for_its_calibration() -> None:
    run = random_run(3, 1.0)
    changes = compare_all(run, replace(run, confidence=run.confidence / 10))
    assert [change.name for change in changes if change.verdict != "same"] == ["ECE"]


def test_what_was_wrong_in_no_question_and_is_in_none_is_the_same() -> None:
    before = made("1111", "1110", [0.9, 0.8, 0.7, 0.6], "0000")
    now = made("1111", "1110", [0.6, 0.7, 0.8, 0.9], "0000")
    changes = {change.name: change for change in compare_all(before, now)}
    assert {changes[name].verdict for name in ("AURC", "AUGRC", "coverage at 5 % risk")} == {"same"}
    assert (changes["AURC"].difference, changes["AURC"].low, changes["AURC"].p) == (0.0, None, 1.0)
    assert changes["AUROC"].verdict == "too few"


def test_as_many_questions_are_compared_as_there_are_however_many_are_in_a_share() -> None:
    before = made("000111111", "000011111", [0.1] * 3 + [0.9] * 6, "000100000")
    now = made("011111111", "000011111", [0.1] + [0.9] * 8, "011100000")
    changes = {change.name: change for change in compare_all(before, now)}
    # three were kept back before and one is now, all rightly; of the four to be kept back three and one
    shares = [changes[f"abstention {name}"] for name in ("precision", "recall")]
    assert [(share.before, share.now, share.count) for share in shares] == [(1.0, 1.0, 9), (0.75, 0.25, 9)]
    assert [share.verdict for share in shares] == ["same", "too few"]
    assert {change.count for change in changes.values()} == {9}


def test_what_a_statistic_does_not_read_is_no_change_to_it() -> None:
    answerable = "1" * 8 + "0" * 8
    before = made("1" * 16, answerable, [0.9] * 16, "0" * 16)
    answers = replace(before, answered=np.arange(16) > 7)  # kept back: all that can be answered
    found = {change.name: (change.difference, change.verdict) for change in compare_all(before, answers)}
    assert found["abstention recall"] == (0.0, "same")
    assert {found[name] for name in ("AUROC", "ECE", "AURC", "AUGRC")} == {(0.0, "same")}
    # of those that cannot five are kept back now, or six; that eight others are too is nothing to the recall
    for answered, verdict in ((3, "too few"), (2, "better")):
        answers = replace(before, answered=np.arange(16) // 8 * (np.arange(16) - 8 < answered) > 0)
        found = {change.name: (change.difference, change.verdict) for change in compare_all(before, answers)}
        assert found["abstention recall"] == ((8 - answered) / 8, verdict)
    # eight are right that were wrong, of which the order of the confidences knows nothing
    wrong = replace(before, loss=np.repeat([0.0, 1.0], 8))
    found = {change.name: (change.difference, change.verdict) for change in compare_all(wrong, before)}
    assert found["AUROC"] == (0.0, "same")
    assert found["AURC"] == (-0.5, "better")


def test_a_run_is_the_same_as_itself_and_worse_than_a_better_one() -> None:
    assert {change.verdict for change in compare_all(SOME, SOME)} == {"same"}
    sure = made("111000" * 4, "111000" * 4, [0.9, 0.9, 0.9, 0.1, 0.1, 0.1] * 4, "000111" * 4)
    turned = made("000111" * 4, "111000" * 4, [0.1, 0.1, 0.1, 0.9, 0.9, 0.9] * 4, "000111" * 4)
    changes = {change.name: change for change in compare_all(sure, turned)}
    assert (changes["AUROC"].before, changes["AUROC"].now) == (1.0, 0.0)
    assert {changes[name].verdict for name in ("AUROC", "abstention F1", "AURC", "ECE")} == {"worse"}
    assert changes["ECE"].difference == pytest.approx(0.8)
