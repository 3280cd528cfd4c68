from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from corpus.issuers import load_issuers
from corpus.statement import Statement
from eval.calibrate import Model, ask, fit, matrix, out_of_fold, record
from eval.measures.abstention import Figures, judge
from eval.suites.suite import GoldQuestion, Suite, SuiteFile
from index.retriever import Retriever
from index.store import open_store
from service.confidence import Calibration, Signals, load_calibration
from tests.index.fakes import WordEncoder, put

MODEL = Model(-0.5, np.array([1.0, 2.0, 0.0, 3.0]))
WHY, WHO = "f5b2b98b", "1d8176d1"  # the first digits of sha256 of "why?" and "who?"
FILES = (SuiteFile("one.jsonl", "0f"), SuiteFile("two.jsonl", "1e"))
ASKED = (GoldQuestion("q1", "Why?"), GoldQuestion("q2", " WHY? "), GoldQuestion("q3", "Who?"))
SUITE = Suite("one + two", "jsonl", FILES, ASKED)


def test_what_is_recorded_is_what_is_loaded(tmp_path: Path) -> None:
    figures = judge(np.array([0.9, 0.1]), np.array([True, False]), 0.25)
    recorded = record(MODEL, 0.25, figures, encoder="m", suite=SUITE, date="2024-01-31")
    path = tmp_path / "calibration.json"
    path.write_text(json.dumps(recorded), encoding="utf-8")
    assert load_calibration("m", path) == Calibration(
        "m",
        -0.5,
        (1.0, 2.0, 0.0, 3.0),
        0.25,
        is_calibrated=True,
        fitted_on=("0f", "1e"),
        questions=frozenset({WHO, WHY}),
    )
    assert recorded["fitted_on"] == [
        {"name": "one.jsonl", "sha256": "0f"},
        {"name": "two.jsonl", "sha256": "1e"},
    ]


def test_figures_are_rounded_and_may_be_missing() -> None:
    figures = Figures(2 / 3, 0.0, None, 1.0, 1 / 3, 0.79949)
    assert record(MODEL, 0.57149, figures, encoder="m", suite=SUITE, date="2024-01-31") == {
        "model": "m",
        "fitted_on": [{"name": "one.jsonl", "sha256": "0f"}, {"name": "two.jsonl", "sha256": "1e"}],
        "date": "2024-01-31",
        "intercept": -0.5,
        "coefficients": {"similarity": 1.0, "names": 2.0, "scope": 0.0, "kind": 3.0},
        "threshold": 0.571,
        "out_of_fold": {
            "answer_rate": 0.667,
            "false_answer_rate": 0.0,
            "precision": None,
            "recall": 1.0,
            "f1": 0.333,
            "auroc": 0.799,
        },
        "questions": sorted([WHO, WHY]),
    }


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


def test_only_questions_of_which_the_suite_says_whether_they_are_answerable_are_asked(tmp_path: Path) -> None:
    store, encoder = open_store(tmp_path, create=True), WordEncoder()
    put(store, Statement("a", "We talked about water.", issuers=("Kenya",), date="2024"), encoder)
    questions = [
        GoldQuestion("q1", "Who talked about water in Kenya?", answerable=True),
        GoldQuestion("q2", "What about health?"),
        GoldQuestion("q3", "What did Chile say about trade?", answerable=False),
    ]
    signals, answerable = ask(questions, Retriever(store, encoder, load_issuers()))
    assert answerable.tolist() == [True, False]
    # scope: Kenya is the issuer of what is cited, Chile is not
    assert signals[:, 2].tolist() == [1.0, 0.0]
    assert signals[0, 0] == pytest.approx(1.0)  # the cosine of two texts with the one word "water"
