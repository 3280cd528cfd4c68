"""Parts of a suite, by what is known of questions and of the statements that answer them."""

from __future__ import annotations

from corpus.statement import Statement
from eval.report import Measure
from eval.score import Scores
from eval.slices import slices
from eval.suites.suite import GoldQuestion
from tests.eval.asking import outcome

STATEMENTS = {
    "k24": Statement("k24", "", issuers=("Kenya",), date="2024"),
    "hk": Statement("hk", "", issuers=("Haiti", "Kenya"), date="2023-05-04"),
    "x": Statement("x", ""),
}
NAMES = ("evidence recall@10", "passage RR@10", "statement recall@10", "citation F1", "answer rate")


def scores(value: float | None, false_answers: float | None = None) -> Scores:
    return {**dict.fromkeys(NAMES, value), "false-answer rate": false_answers, "Brier": 0.5}


def question(name: str, kind: str, grade: str = "", *relevant: str) -> GoldQuestion:
    return GoldQuestion(name, "?", kind, grade, bool(relevant), relevant=dict.fromkeys(relevant, 1))


def test_by_kind_grade_issuer_and_year() -> None:
    asked = [
        (question("1", "list", "", "k24", "hk"), scores(0.5)),
        (question("2", "fact", "", "hk"), scores(1.0)),
        (question("3", "none", "near"), scores(None, 1.0)),
        (question("4", "fact", "", "x"), scores(0.0)),
    ]
    found = slices([outcome(gold) for gold, _ in asked], [values for _, values in asked], STATEMENTS)
    assert [(part.by, part.name, part.questions) for part in found] == [
        ("kind", "fact", 2),
        ("kind", "list", 1),
        ("kind", "none", 1),
        ("grade", "near", 1),
        ("issuer", "Haiti", 2),
        ("issuer", "Kenya", 2),
        ("year", "2023", 2),
        ("year", "2024", 1),
    ]
    by_name = {part.name: part.measures for part in found}
    assert [(measure.name, measure.value, measure.count) for measure in by_name["fact"]] == [
        (name, 0.5, 2) for name in NAMES
    ]
    assert by_name["near"] == (Measure("false-answer rate", 1.0, 1),)
    assert {measure.value for measure in by_name["Kenya"]} == {0.75}
    assert by_name["2024"] == tuple(Measure(name, 0.5, 1) for name in NAMES)


def test_a_question_counts_once_in_a_slice() -> None:
    asked = [question("1", "", "", "k24", "hk"), question("2", "", "", "x")]
    found = slices([outcome(gold) for gold in asked], [scores(1.0), scores(0.0)], STATEMENTS)
    assert [(part.name, part.questions) for part in found if part.by == "issuer"] == [
        ("Haiti", 1),
        ("Kenya", 1),
    ]


def test_what_all_questions_share_is_no_slice() -> None:
    asked = [question("1", "fact", "", "k24"), question("2", "fact", "", "k24")]
    assert slices([outcome(gold) for gold in asked], [scores(1.0)] * 2, STATEMENTS) == ()
    assert slices([], [], STATEMENTS) == ()
