from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.statement import CorpusError
from eval.calibrate import Model, best_threshold, fit, judge, matrix, out_of_fold, record
from index.question import Question
from service.confidence import Calibration, Signals, load_calibration, measure
from service.evidence import choose
from tests.service.asking import make_hit

SENTENCE = "Kenya sent 40 officers to Port Sudan."
EVIDENCE = choose(Question("Kenya"), [make_hit((SENTENCE, 0.6))])


def test_signals_of_a_question_that_is_answered() -> None:
    question = Question(
        "How many officers did Kenya send to Port Bell?", issuers=("Kenya",), terms=("officers",)
    )
    # of the names Kenya, Port and Bell the passage and its heading hold two
    assert measure(question, EVIDENCE) == Signals(similarity=0.6, names=2 / 3, scope=1.0, kind=1.0)


def test_signals_of_a_question_for_another_issuer_and_another_kind() -> None:
    question = Question("Which sanctions did Chile adopt?", issuers=("Chile",), terms=("sanctions", "adopt"))
    assert measure(question, EVIDENCE) == Signals(similarity=0.6, names=0.0, scope=0.0, kind=0.0)


def test_a_short_question_whose_words_are_all_there() -> None:
    # both its words are in the sentence: half of 1 is more than the cosine
    found = choose(Question("Which officers sent?"), [make_hit((SENTENCE, 0.2))])
    assert measure(Question("Which officers sent?", terms=("officers", "sent")), found).similarity == 0.5


def test_a_question_without_names_has_the_middle_value() -> None:
    assert measure(Question("Why is it so?"), EVIDENCE).names == 0.5


def test_the_joint_statement_is_a_name_that_a_joint_statement_bears() -> None:
    joint = choose(Question("Who?"), [make_hit((SENTENCE, 0.6), issuers=("Kenya", "Chile"))])
    question = Question("Who signed the joint statement?")
    assert (measure(question, joint).names, measure(question, EVIDENCE).names) == (1.0, 0.0)


def test_no_evidence_has_no_signals() -> None:
    assert measure(Question("Why?"), ()) == Signals(0.0, 0.0, 0.0, 0.0)


def test_confidence_is_the_logistic_function_of_the_signals() -> None:
    calibration = Calibration("m", -1.0, (2.0, 1.0, 0.0, 0.5), threshold=0.7)
    # -1 + 2 * .5 + 1 * 1 + .5 * 1 = 1.5
    assert calibration.confidence(Signals(0.5, 1.0, 1.0, 1.0)) == pytest.approx(1 / (1 + math.exp(-1.5)))


UNIT = st.floats(0, 1)


@given(st.tuples(UNIT, UNIT, UNIT, UNIT), st.integers(0, 3), UNIT)
def test_the_packaged_model_only_rises_with_a_signal(
    values: tuple[float, ...], place: int, higher: float
) -> None:
    calibration = load_calibration("all-MiniLM-L6-v2")
    raised = [max(value, higher) if i == place else value for i, value in enumerate(values)]
    assert 0 < calibration.confidence(Signals(*values)) <= calibration.confidence(Signals(*raised)) < 1


def test_the_packaged_calibration_knows_its_encoder() -> None:
    assert load_calibration("all-MiniLM-L6-v2").is_calibrated
    assert not load_calibration("another").is_calibrated


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"coefficients": {"similarity": 1}},
            "coefficients: of similarity; accepted: similarity, names, scope, kind",
        ),
        ({"threshold": "high"}, "cannot be read as a calibration: could not convert string to float: 'high'"),
        ({"model": None, "intercept": None}, "cannot be read as a calibration"),
    ],
)
def test_a_wrong_calibration_is_refused(tmp_path: Path, change: dict[str, object], message: str) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(json.dumps(_record() | change), encoding="utf-8")
    with pytest.raises(CorpusError, match=message) as error:
        load_calibration("m", path)
    assert str(path) in str(error.value)


def test_a_calibration_without_a_field_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(CorpusError, match="no field 'coefficients'"):
        load_calibration("m", path)


def test_what_is_recorded_is_what_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(json.dumps(_record()), encoding="utf-8")
    assert load_calibration("m", path) == Calibration(
        "m", -0.5, (1.0, 2.0, 0.0, 3.0), 0.25, is_calibrated=True
    )


def _record() -> dict[str, object]:
    figures = judge(np.array([0.9, 0.1]), np.array([True, False]), 0.25)
    model = Model(-0.5, np.array([1.0, 2.0, 0.0, 3.0]))
    return record(model, 0.25, figures, encoder="m", files=["dev.jsonl"], date="2024-01-31")


def test_figures_by_hand() -> None:
    confidence = np.array([0.9, 0.8, 0.3, 0.7, 0.2])
    answerable = np.array([True, True, True, False, False])
    figures = judge(confidence, answerable, threshold=0.5)
    # answered: two of three answerable and one of two others; abstained: one wrongly, one rightly
    assert figures.answer_rate == pytest.approx(2 / 3)
    assert (figures.false_answer_rate, figures.precision, figures.recall, figures.f1) == (0.5, 0.5, 0.5, 0.5)
    # of six pairs .9 and .8 win four, .3 wins one
    assert figures.auroc == pytest.approx(5 / 6)


def test_the_threshold_keeps_the_answer_rate() -> None:
    confidence = np.array([0.9, 0.6, 0.5, 0.2])
    answerable = np.array([True, True, False, True])
    assert best_threshold(confidence, answerable, least_answer_rate=0.6) == pytest.approx(0.55)
    assert best_threshold(confidence, answerable, least_answer_rate=1.0) == 0.0


def test_a_signal_that_tells_the_kinds_apart_gets_the_weight_and_a_contrary_one_none() -> None:
    answerable = np.arange(40) % 2 == 0
    useful = answerable * 1.0 + np.linspace(0, 0.9, 40)
    contrary = -useful
    model = fit(np.column_stack([useful, contrary]), answerable, ridge=1.0)
    assert model.coefficients[0] > 1
    assert model.coefficients[1] == 0
    # at its optimum the mean confidence is the share of the answerable, as the intercept is not penalised
    assert model.confidence(np.column_stack([useful, contrary])).mean() == pytest.approx(0.5)


def test_one_kind_of_question_is_not_enough() -> None:
    with pytest.raises(ValueError, match="3 of 3 questions are answerable; need both kinds"):
        fit(np.zeros((3, 1)), np.array([True, True, True]), ridge=1.0)


def test_out_of_fold_is_the_same_each_time_and_blind_to_noise() -> None:
    answerable = np.arange(30) % 3 != 0
    signals = np.random.default_rng(1).random((30, 2))
    first = out_of_fold(signals, answerable, ridge=3.0, repeats=3)
    assert first.shape == (3, 30)
    np.testing.assert_array_equal(first, out_of_fold(signals, answerable, ridge=3.0, repeats=3))


def test_matrix_has_the_columns_of_the_signals() -> None:
    np.testing.assert_array_equal(matrix([Signals(0.1, 0.2, 0.3, 0.4)]), [[0.1, 0.2, 0.3, 0.4]])
    assert matrix([]).shape == (0, 4)
