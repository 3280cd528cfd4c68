"""The report of what came of three questions, and what it says of its own figures."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path

import pytest

from eval.fingerprints import code_digest, index_digest
from eval.indexes import Opened
from eval.report import (
    Asked,
    Cited,
    CurvePoint,
    FoundPassage,
    IndexFields,
    ReliabilityBin,
    Report,
    SuiteFields,
)
from eval.reporting import Threshold, report_on
from eval.run import Outcome, ask
from eval.suites.suite import GoldQuestion, Suite, SuiteFile
from index.encoder import ModelSettings
from index.ranking import Weights
from index.schema import SCHEMA
from service.confidence import Calibration
from tests.eval.asking import ROWS, few_resamples, opening, write_beir, write_corpus, write_rows
from tests.index.fakes import WordEncoder

MODEL = ModelSettings("words")
HALF = Calibration("words", 0.0, (0.0, 0.0, 0.0, 0.0), 0.4)  # .5 wherever there is evidence
FEW = "Fewer than 30 questions (3): look at the intervals before the figures."


@pytest.fixture(autouse=True)
def rough(monkeypatch: pytest.MonkeyPatch) -> None:
    few_resamples(monkeypatch)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    folder = tmp_path_factory.mktemp("reporting")
    corpus, suite = write_corpus(folder / "corpus"), write_rows(folder / "suite.jsonl")
    with opening(suite, folder / "data", [corpus], WordEncoder()) as found:
        yield found


def asked(opened: Opened) -> tuple[Outcome, ...]:
    return ask(opened.suite.questions, opened, HALF, with_baselines=True)


def report(opened: Opened, calibration: Calibration = HALF, chosen_on: Suite | None = None) -> Report:
    return report_on(opened, asked(opened), Threshold(calibration, chosen_on), MODEL)[0]


def test_what_came_of_a_question(opened: Opened) -> None:
    outcome, question = asked(opened)[0], report(opened).questions[0]
    kenya = opened.statements["kenya"]
    start = kenya.text.index("Two ships")
    cited = outcome.citations[0].citation
    assert question == Asked(
        id="q1",
        kind="fact",
        grade="",
        question="How many ships bring food?",
        answerable=True,
        gold=outcome.gold.digest,
        issuers=(),
        dates=(),
        answered=True,
        confidence=0.5,
        measures=question.measures,
        evidence_ranks=(1,),
        hits=question.hits,
        citations=(Cited("kenya", kenya.version, 2, cited.start, cited.end, (0,), "valid"),),
    )
    assert cited.start == start
    assert question.hits[0] == FoundPassage(
        "kenya", 2, start, len(kenya.text), round(outcome.found[0].score, 6), (0,)
    )
    assert [hit.nuggets for hit in question.hits] == [(0,), (), ()]
    assert question.measures["evidence recall@1"] == 1.0
    assert question.measures["false-answer rate"] is None


def test_ten_passages_of_a_question_are_kept(tmp_path: Path) -> None:
    folder = write_beir(tmp_path / "sea", {f"d{n:02}": f"Ships sail {n} times." for n in range(12)})
    with opening(folder, tmp_path / "data", encoder=WordEncoder()) as opened:
        found = report(opened)
    assert len(found.questions[0].hits) == 10
    assert len(asked_spans := {(hit.statement_id, hit.start) for hit in found.questions[0].hits}) == 10
    assert asked_spans < {(f"d{n:02}", 0) for n in range(12)}


def test_the_suite_and_the_index(opened: Opened) -> None:
    found = report(opened)
    assert found.suite == SuiteFields("suite", "jsonl", opened.suite.files, 3, 2, 1, 0)
    assert found.index == IndexFields(
        statements=2,
        passages=3,
        generation=opened.store.generation,
        schema=SCHEMA,
        sha256=index_digest(opened.store, opened.statements),
    )


def test_what_made_it(opened: Opened) -> None:
    settings = report(opened, replace(HALF, fitted_on=("ab",))).settings
    versions = settings["versions"]
    assert isinstance(versions, dict)
    assert versions["numpy"] == version("numpy")
    assert settings == {
        "code": code_digest(),
        "encoder": {"name": "words", "query_prompt": "", "passage_prompt": ""},
        "issuers": "as they ship",
        "ranking": asdict(Weights()),
        "calibration": {
            "model": "words",
            "fitted_on": ["ab"],
            "intercept": 0.0,
            "coefficients": {"similarity": 0.0, "names": 0.0, "scope": 0.0, "kind": 0.0},
            "threshold": 0.4,
            "threshold_chosen_on": "as it ships",
            "threshold_rule": "best F1 of abstaining that answers 0.85 of the answerable",
        },
        "depth": {"retrieved": 100, "answered_from": 20},
        "interval": {"level": 0.95, "resamples": 10_000, "resamples_of_statistics": 1_000},
        "versions": versions,
    }


def test_curves_are_of_the_confidence(opened: Opened) -> None:
    sure = [replace(found, confidence=c) for found, c in zip(asked(opened), (0.9, 0.7, 0.8), strict=True)]
    found, _ = report_on(opened, sure, Threshold(HALF), MODEL)
    # of .9 right, .8 wrong, as nothing answers it, and .7 right
    assert found.risk_coverage == (CurvePoint(1 / 3, 0.0), CurvePoint(2 / 3, 0.5), CurvePoint(1.0, 1 / 3))
    assert found.reliability == (
        ReliabilityBin(0.7, 0.7, 1, 0.7, 1.0),
        ReliabilityBin(0.8, 0.8, 1, 0.8, 0.0),
        ReliabilityBin(0.9, 0.9, 1, 0.9, 1.0),
    )
    flat = report(opened)  # one confidence for all: one point, one bin
    assert flat.risk_coverage == (CurvePoint(1.0, 1 / 3),)
    assert flat.reliability == (ReliabilityBin(0.5, 0.5, 3, 0.5, 2 / 3),)


def test_baselines_in_their_order_with_the_measures_of_retrieval(opened: Opened) -> None:
    found = report(opened)
    assert [baseline.name for baseline in found.baselines] == ["BM25", "dense", "RRF"]
    retrieval = [measure.name for measure in found.measures][:13]
    assert retrieval[-1] == "statement RR@10"
    for baseline in found.baselines:
        assert [measure.name for measure in baseline.measures] == retrieval
        assert baseline.measures[0].count == 2


def notes(opened: Opened, calibration: Calibration, chosen_on: Suite | None = None) -> tuple[str, ...]:
    return report(opened, calibration, chosen_on).notes


def test_what_flatters_is_said(opened: Opened) -> None:
    other = Suite("other", "jsonl", (SuiteFile("other.jsonl", "cd"),), ())
    digests = [question.text_digest for question in opened.suite.questions]
    assert notes(opened, replace(HALF, questions=frozenset({"ab"})), other) == (FEW,)
    fitted = replace(HALF, questions=frozenset({"ab", *digests[1:]}), is_calibrated=False)
    assert notes(opened, fitted, opened.suite) == (
        "The confidence was fitted on 2 of these 3 questions: on others it will do worse.",
        "The threshold was chosen on 3 of these 3 questions: on others it will do worse.",
        "The confidence was fitted for words: for this model it is a rough guess.",
        FEW,
    )


CHOSEN = "The threshold was chosen on 1 of these 3 questions: on others it will do worse."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("how many\n SHIPS bring  food?", (CHOSEN, FEW)),
        ("How many ships bring food", (FEW,)),
    ],
)
def test_a_threshold_chosen_on_one_of_the_questions(opened: Opened, text: str, said: tuple[str, ...]) -> None:
    chosen_on = Suite("other", "jsonl", (SuiteFile("other.jsonl", "cd"),), (GoldQuestion("x", text),))
    assert notes(opened, HALF, chosen_on) == said


def test_what_is_impossible_in_one_paragraph_may_be_answered_in_another(opened: Opened) -> None:
    squad = replace(opened.suite, form="squad")
    assert notes(replace(opened, suite=squad), HALF) == (
        FEW,
        '"is_impossible" speaks of a question\'s own paragraph: another paragraph may answer it, so answers'
        " counted as false may be right.",
    )
    answerable = replace(squad, questions=squad.questions[:2])
    assert notes(replace(opened, suite=answerable), HALF) == (FEW.replace("(3)", "(2)"),)


def test_questions_without_marked_evidence_are_counted(opened: Opened) -> None:
    marked = opened.suite.questions  # but of the third, which nothing answers
    suite = replace(opened.suite, questions=(*marked, GoldQuestion("q4", "Who?", relevant={"kenya": 1})))
    assert notes(replace(opened, suite=suite), HALF) == (
        FEW.replace("(3)", "(4)"),
        "No evidence is marked for 1 of 4 questions: no measure of it counts them.",
    )


def test_thirty_questions_are_not_few(tmp_path: Path, opened: Opened) -> None:
    rows = [ROWS[0] | {"id": f"q{n}"} for n in range(30)]
    suite = write_rows(tmp_path / "many.jsonl", rows)
    with opening(suite, opened.store.folder, encoder=WordEncoder()) as many:
        assert notes(many, HALF) == ()


def test_a_report_is_sound_if_every_quote_stands_where_it_is_said_to(opened: Opened, tmp_path: Path) -> None:
    assert report(opened).is_sound
    corpus, suite = write_corpus(tmp_path / "corpus"), write_rows(tmp_path / "suite.jsonl", ROWS[2:])
    with opening(suite, tmp_path / "data", [corpus], WordEncoder()) as found:
        folder = found.store.folder
    with closing(sqlite3.connect(folder / "statements.sqlite")) as connection, connection:
        connection.execute("UPDATE versions SET text = replace(text, 'so so', 'no so')")
    with opening(suite, folder, encoder=WordEncoder()) as tampered:
        found_of = report(tampered)
    assert not found_of.is_sound
    assert "Quotes that do not stand where they are said to: questions q3." in found_of.notes


def test_one_sentence_of_another_place_is_a_fault(opened: Opened) -> None:
    first, *others = asked(opened)
    wrong = replace(first, citations=tuple(replace(cited, check="misplaced") for cited in first.citations))
    found, _ = report_on(opened, [wrong, *others], Threshold(HALF), MODEL)
    assert not found.is_sound
    assert found.questions[0].measures["valid quotes"] == 0.0


def test_where_a_model_lies_is_not_said(opened: Opened, tmp_path: Path) -> None:
    model, tuned = replace(MODEL, name=str(tmp_path / "tuned")), replace(opened, model_sha256="ab")
    settings = report_on(tuned, asked(opened), Threshold(HALF), model)[0].settings
    assert settings["encoder"] == {
        "name": "tuned",
        "query_prompt": "",
        "passage_prompt": "",
        "sha256": "ab",
    }


def test_another_calibration_is_another_setting(opened: Opened) -> None:
    other = replace(HALF, intercept=1.0, coefficients=(1.0, 2.0, 3.0, 4.0))
    calibration = report(opened, other).settings["calibration"]
    assert isinstance(calibration, dict)
    assert calibration["intercept"] == 1.0
    assert calibration["coefficients"] == {"similarity": 1.0, "names": 2.0, "scope": 3.0, "kind": 4.0}


def test_further_issuers_are_among_the_conditions(opened: Opened) -> None:
    told = replace(opened, issuers_sha256="ab")
    assert report_on(told, asked(told), Threshold(HALF), MODEL)[0].settings["issuers"] == "ab"
