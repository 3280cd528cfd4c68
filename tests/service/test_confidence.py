from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.statement import CorpusError
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
RECORD = {
    "model": "m",
    "fitted_on": [{"name": "one.jsonl", "sha256": "0f"}, {"name": "two.jsonl", "sha256": "1e"}],
    "intercept": -0.5,
    "coefficients": {"similarity": 1.0, "names": 2.0, "scope": 0.0, "kind": 3.0},
    "threshold": 0.25,
    "questions": ["ab", "cd"],
}


@given(st.tuples(UNIT, UNIT, UNIT, UNIT), st.integers(0, 3), UNIT)
def test_the_packaged_model_only_rises_with_a_signal(
    values: tuple[float, ...], place: int, higher: float
) -> None:
    calibration = load_calibration("all-MiniLM-L6-v2")
    raised = [max(value, higher) if i == place else value for i, value in enumerate(values)]
    assert 0 < calibration.confidence(Signals(*values)) <= calibration.confidence(Signals(*raised)) < 1


def test_the_packaged_calibration_knows_its_encoder_and_its_questions() -> None:
    packaged = load_calibration("all-MiniLM-L6-v2")
    assert packaged.is_calibrated
    assert not load_calibration("another").is_calibrated
    assert [name[:8] for name in packaged.fitted_on] == ["f9dff801", "c5f6752c"]
    assert len(packaged.questions) == 108


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"coefficients": {"similarity": 1}},
            "coefficients: of similarity; accepted: similarity, names, scope, kind",
        ),
        ({"threshold": "high"}, "cannot be read as a calibration: could not convert string to float: 'high'"),
        ({"model": None, "intercept": None}, "cannot be read as a calibration"),
        ({"fitted_on": ["one.jsonl"]}, "cannot be read as a calibration: string indices must be integers"),
        ({"fitted_on": [{"name": "one.jsonl"}]}, "no field 'sha256'"),
    ],
)
def test_a_wrong_calibration_is_refused(tmp_path: Path, change: dict[str, object], message: str) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(json.dumps(RECORD | change), encoding="utf-8")
    with pytest.raises(CorpusError, match=message) as error:
        load_calibration("m", path)
    assert str(path) in str(error.value)


def test_a_calibration_without_a_field_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(CorpusError, match="no field 'coefficients'"):
        load_calibration("m", path)


def test_a_calibration_is_read(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(json.dumps(RECORD), encoding="utf-8")
    expected = Calibration(
        "m", -0.5, (1.0, 2.0, 0.0, 3.0), 0.25, True, ("0f", "1e"), questions=frozenset({"ab", "cd"})
    )
    assert load_calibration("m", path) == expected
    assert load_calibration("other", path) == replace(expected, is_calibrated=False)
