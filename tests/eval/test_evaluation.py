"""An evaluation from its paths to its report."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from corpus.statement import CorpusError
from eval.evaluation import Progresses, Request, evaluate, time_questions
from eval.report import Report
from eval.timings import Timings
from index.schema import StoreError
from service.confidence import load_calibration
from tests.eval.asking import (
    ROWS,
    SHIPS,
    few_resamples,
    loading,
    no_model,
    settings_of,
    write_beir,
    write_corpus,
    write_rows,
)
from tests.index.fakes import NoEncoder, WordEncoder

pytestmark = pytest.mark.usefixtures("rough")


@pytest.fixture
def rough(monkeypatch: pytest.MonkeyPatch) -> None:
    few_resamples(monkeypatch)


@pytest.fixture
def request_of(tmp_path: Path) -> Request:
    """The three questions over Kenya and Haiti, with baselines."""
    suite, corpus = write_rows(tmp_path / "suite.jsonl"), write_corpus(tmp_path / "corpus")
    return Request((suite,), (corpus,), baselines=True)


def evaluated(request: Request, data: Path) -> Report:
    report, _ = evaluate(request, settings_of(data), load=loading(WordEncoder()))
    return report


def written(report: Report) -> str:
    return json.dumps(asdict(report), ensure_ascii=False, allow_nan=False)


def test_two_runs_give_the_same_bytes_and_the_second_needs_no_model(
    request_of: Request, tmp_path: Path
) -> None:
    first = evaluate(request_of, settings_of(tmp_path / "data"), load=loading(WordEncoder()))
    second = evaluate(request_of, settings_of(tmp_path / "data"), load=no_model)
    assert written(first[0]) == written(second[0])
    assert first == second
    elsewhere = evaluated(request_of, tmp_path / "elsewhere")
    assert written(elsewhere) == written(first[0])


def test_the_report_and_its_worst_cases(request_of: Request, tmp_path: Path) -> None:
    report, worst = evaluate(request_of, settings_of(tmp_path / "data"), load=loading(WordEncoder()))
    assert [question.id for question in report.questions] == ["q1", "q2", "q3"]
    assert [baseline.name for baseline in report.baselines] == ["BM25", "dense", "RRF"]
    names = [measure.name for measure in report.measures]
    for baseline in report.baselines:
        assert [measure.name for measure in baseline.measures] == names[: len(baseline.measures)]
    assert {measure.name: measure.value for measure in report.measures}["evidence recall@5"] == 1.0
    assert report.is_sound
    assert report.comparison is None
    assert {case.asked.id for case in worst} <= {"q1", "q2", "q3"}
    plain = evaluated(replace(request_of, baselines=False), tmp_path / "data")
    assert plain == replace(report, baselines=())


def test_against_itself_every_verdict_is_the_same(request_of: Request, tmp_path: Path) -> None:
    path = tmp_path / "before.json"
    path.write_text(written(evaluated(request_of, tmp_path / "data")), encoding="utf-8")
    comparison = evaluated(replace(request_of, against=path), tmp_path / "data").comparison
    assert comparison is not None
    assert (comparison.run, comparison.conditions) == ("before.json", ())
    assert (comparison.only_before, comparison.only_now) == (0, 0)
    assert {change.verdict for change in comparison.changes} == {"same"}
    eligible = {change.name: change.count for change in comparison.changes}
    assert eligible["evidence recall@10"] == 2
    assert eligible["Brier"] == 3
    assert eligible["false-answer rate"] == 1


def test_progress_hears_of_every_question(request_of: Request, tmp_path: Path) -> None:
    heard: list[str] = []

    @contextmanager
    def asking(total: int) -> Iterator[Callable[[int], None]]:
        yield lambda done: heard.append(f"{done} of {total}")

    settings, load = settings_of(tmp_path / "data"), loading(WordEncoder())
    evaluate(request_of, settings, Progresses(asking=asking), load)
    assert heard == ["1 of 3", "2 of 3", "3 of 3"]
    other = write_rows(tmp_path / "other.jsonl", ROWS[1:])
    evaluate(replace(request_of, threshold_from=(other,)), settings, Progresses(asking=asking), load)
    assert heard[3:] == ["1 of 2", "2 of 2", "1 of 3", "2 of 3", "3 of 3"]


def test_a_threshold_chosen_on_another_file(request_of: Request, tmp_path: Path) -> None:
    other = write_rows(tmp_path / "other.jsonl", [row | {"id": f"{row['id']}x"} for row in ROWS])
    shipped = evaluated(request_of, tmp_path / "data")
    chosen = evaluated(replace(request_of, threshold_from=(other,)), tmp_path / "data")
    sure = {question.id: question.confidence for question in shipped.questions}
    assert sure["q3"] < min(sure["q1"], sure["q2"])
    calibration = chosen.settings["calibration"]
    assert isinstance(calibration, dict)
    assert calibration["threshold"] == pytest.approx((sure["q3"] + min(sure["q1"], sure["q2"])) / 2)
    assert [file["name"] for file in calibration["threshold_chosen_on"]] == ["other.jsonl"]
    assert [question.answered for question in chosen.questions] == [True, True, False]
    assert chosen.notes[0] == (
        "The threshold was chosen on 3 of these 3 questions: on others it will do worse."
    )  # by other ids
    assert not [note for note in shipped.notes if note.startswith("The threshold")]
    before = shipped.settings["calibration"]
    assert isinstance(before, dict)
    assert before["threshold"] == load_calibration("words").threshold
    assert before["threshold_chosen_on"] == "as it ships"


def test_a_threshold_chosen_on_the_suite_itself_is_said(request_of: Request, tmp_path: Path) -> None:
    report = evaluated(replace(request_of, threshold_from=request_of.suite), tmp_path / "data")
    assert [note for note in report.notes if note.startswith("The threshold was chosen")] == [
        "The threshold was chosen on 3 of these 3 questions: on others it will do worse."
    ]


def test_what_cannot_be_done_is_said_before_anything_is_encoded(request_of: Request, tmp_path: Path) -> None:
    beir = write_beir(tmp_path / "sea", {"a": SHIPS})
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    for request, message in (
        (replace(request_of, against=broken), f"{broken}: no JSON"),
        (replace(request_of, threshold_from=(beir,)), "a threshold is chosen on JSONL suites"),
        (Request((beir,), threshold_from=request_of.suite), "a threshold is chosen on JSONL suites"),
    ):
        with pytest.raises(CorpusError, match=re.escape(message)):
            evaluate(request, settings_of(tmp_path / "data"), load=no_model)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("is_threshold", [False, True])
def test_a_bad_line_is_told_before_anything_is_encoded(
    request_of: Request, tmp_path: Path, is_threshold: bool
) -> None:
    wrong = {**ROWS[0], "id": "w", "nuggets": [{"fact": "f", "quotes": [{"doc": "kenya", "quote": "War"}]}]}
    bad = write_rows(tmp_path / "bad.jsonl", [*ROWS[1:], wrong])
    request = (
        replace(request_of, threshold_from=(bad,)) if is_threshold else replace(request_of, suite=(bad,))
    )
    message = f"{bad}:3: nuggets[0].quotes[0].quote: 'War' does not stand in 'kenya'"
    with pytest.raises(CorpusError, match=re.escape(message)):
        evaluate(request, settings_of(tmp_path / "data"), load=loading(NoEncoder()))
    with pytest.raises(AssertionError, match=r"^encoded "):  # which it does where the lines are good
        evaluate(request_of, settings_of(tmp_path / "data"), load=loading(NoEncoder()))
    evaluated(request_of, tmp_path / "data")
    write_corpus(tmp_path / "corpus", {"peru": "Peru asks for peace and for trade."})
    with pytest.raises(CorpusError, match=re.escape(message)):  # where only some of the corpus is new
        evaluate(request, settings_of(tmp_path / "data"), load=loading(NoEncoder()))


def test_a_line_about_what_is_gone_is_told_too(request_of: Request, tmp_path: Path) -> None:
    evaluated(request_of, tmp_path / "data")
    (tmp_path / "corpus" / "haiti.md").unlink()
    write_corpus(tmp_path / "corpus", {"peru": "Peru asks for peace and for trade."})
    with pytest.raises(CorpusError, match="'haiti' is no statement of the collection"):
        evaluate(request_of, settings_of(tmp_path / "data"), load=loading(NoEncoder()))


def test_a_threshold_needs_both_kinds_of_question(request_of: Request, tmp_path: Path) -> None:
    answerable = write_rows(tmp_path / "answerable.jsonl", ROWS[:2])
    with pytest.raises(CorpusError, match=re.escape(f"{answerable}: 2 of 2 questions are answerable")):
        evaluated(replace(request_of, threshold_from=(answerable,)), tmp_path / "data")


def test_a_suite_of_questions_needs_an_index(request_of: Request, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no statements in"):
        evaluated(replace(request_of, corpus=()), tmp_path / "data")


def test_a_suite_without_quotes_is_evaluated_too(tmp_path: Path) -> None:
    beir = write_beir(tmp_path / "sea", {"a": SHIPS, "b": "Debt grows."}, "Which ships?")
    report, worst = evaluate(Request((beir,)), settings_of(tmp_path / "data"), load=loading(WordEncoder()))
    values = {measure.name: (measure.value, measure.count) for measure in report.measures}
    assert values["statement nDCG@10"] == (1.0, 1)
    assert values["evidence recall@10"] == values["AUROC"] == values["ECE"] == (None, 0)
    assert (report.risk_coverage, report.reliability, report.slices, worst) == ((), (), (), ())
    assert (report.suite.form, report.suite.unknown) == ("beir", 1)


def test_time_is_told_of_the_same_questions(request_of: Request, tmp_path: Path) -> None:
    found = time_questions(request_of, settings_of(tmp_path / "data"), load=loading(WordEncoder()))
    assert isinstance(found, Timings)
    assert (found.questions, found.statements, found.passages) == (3, 2, 3)
    assert [stage.name for stage in found.stages] == ["encode", "search", "answer", "total"]
