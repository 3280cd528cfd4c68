"""Five questions scored by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.statement import Statement
from eval.abstaining import judged, measure_all
from eval.report import Measure
from eval.reporting import asked_of
from eval.run import Outcome
from eval.score import Scores, mean, relevant_passages, score, score_ranking
from eval.suites.suite import GoldQuestion, Nugget, Span
from index.store import Store, open_store
from tests.eval.asking import outcome
from tests.index.fakes import paragraphs, put

# Passages: a paragraph is 192 characters, and two line ends belong to the first.
A1, A2, B1, C1 = Span("a", 0, 194), Span("a", 194, 386), Span("b", 0, 192), Span("c", 0, 192)
FIRST = Span("a", 0, 10)
PEACE = Nugget("peace", (FIRST,))
SHIPS = Nugget("ships", (Span("b", 0, 10), Span("a", 200, 210)))
LOG3 = math.log2(3)

BOTH = outcome(
    GoldQuestion("both", "?", "fact", "", True, (PEACE, SHIPS), {"a": 1, "b": 1}),
    found=[A2, C1, A1],
    cited=[(FIRST, "valid"), (Span("c", 0, 5), "inexact")],
    answered=True,
    confidence=0.8,
    sentence_ranks=(1, None),
    baselines={"words": (C1, B1), "nothing": ()},
)
MISSED = outcome(
    GoldQuestion("missed", "?", "fact", "", True, (PEACE,), {"a": 1}),
    found=[B1],
    cited=[(FIRST, "valid")],
    confidence=0.3,
    sentence_ranks=(2,),
    baselines={"words": (A1,), "nothing": ()},
)
INVENTED = outcome(
    GoldQuestion("invented", "?", "unanswerable", "near", False),
    found=[B1],
    cited=[(B1, "valid")],
    answered=True,
    confidence=0.6,
    baselines={"words": (B1,), "nothing": ()},
)
SILENT = outcome(
    GoldQuestion("silent", "?", "unanswerable", "far", False),
    confidence=0.1,
    baselines={"words": (), "nothing": ()},
)
GRADED = outcome(
    GoldQuestion("graded", "?", relevant={"b": 2, "c": 1}),
    found=[C1, Span("c", 192, 200), B1],
    answered=True,
    baselines={"words": (B1, C1), "nothing": ()},
)
ALL = [BOTH, MISSED, INVENTED, SILENT, GRADED]
RETRIEVAL = (
    *(f"evidence recall@{k}" for k in (1, 5, 10, 20, 100)),
    *(f"passage {name}" for name in ("nDCG@10", "RR@10", "recall@10")),
    *(f"statement {name}" for name in ("recall@1", "recall@5", "recall@10", "nDCG@10", "RR@10")),
)
OWN = ("sentence P@1", "sentence RR", "valid quotes", "citation precision", "citation recall", "citation F1")
RATES = ("nugget recall", "answer rate", "false-answer rate", "Brier")
APART = ("abstention precision", "abstention recall", "abstention F1", "AUROC")
WHOLE = (*APART[:3], "selective risk", "AUROC", "ECE", "AURC", "AUGRC", "coverage at 5 % risk")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = open_store(tmp_path / "data", create=True)
    for name, openings in {"c": ("debt",), "a": ("peace", "ships"), "b": ("water",)}.items():
        put(store, Statement(name, paragraphs(*openings)))
    return store


def rounded(scores: dict[str, float | None], names: tuple[str, ...]) -> list[float | None]:
    return [None if scores[name] is None else round(float(scores[name] or 0), 6) for name in names]


def scored(found: Outcome, store: Store) -> dict[str, float | None]:
    (scores,) = score([found], relevant_passages([found], store))
    assert tuple(scores) == (*RETRIEVAL, *OWN, *RATES)
    return scores


def test_passages_that_support_a_nugget(store: Store) -> None:
    # "a:200-210" is in the second passage of a
    assert relevant_passages(ALL, store) == {
        "both": {"a:0-194": 1, "a:194-386": 1, "b:0-192": 1},
        "missed": {"a:0-194": 1},
        "invented": {},
        "silent": {},
        "graded": {},
    }


def test_an_answer_half_right(store: Store) -> None:
    scores = scored(BOTH, store)
    # ships at rank 1, peace at 3; of three passages the first and the third are found; of a, b only a
    passages = [1.5 / (1 + 1 / LOG3 + 0.5), 1.0, 2 / 3]
    statements = [0.5, 0.5, 0.5, 1 / (1 + 1 / LOG3), 1.0]
    expected = [0.5, 1.0, 1.0, 1.0, 1.0, *passages, *statements]
    assert rounded(scores, RETRIEVAL) == [round(value, 6) for value in expected]
    # sentences 1st and nowhere; one of two citations is verified, supports a nugget, and one of two
    assert rounded(scores, OWN) == [0.5, 0.5, 0.5, 0.5, 0.5, 0.5]
    assert rounded(scores, RATES) == [0.5, 1.0, None, 0.04]


def test_an_answer_kept_back(store: Store) -> None:
    scores = scored(MISSED, store)
    assert rounded(scores, RETRIEVAL) == [0.0] * 13
    assert rounded(scores, OWN) == [0.0, 0.5, 1.0, None, None, None]  # would have cited rightly, but did not
    assert rounded(scores, RATES) == [0.0, 0.0, None, 0.49]


def test_questions_that_nothing_answers(store: Store) -> None:
    invented, silent = scored(INVENTED, store), scored(SILENT, store)
    assert rounded(invented, RETRIEVAL) == rounded(silent, RETRIEVAL) == [None] * 13
    assert rounded(invented, OWN) == [None, None, 1.0, None, None, None]
    assert rounded(silent, OWN) == [None] * 6
    assert rounded(invented, RATES) == [None, None, 1.0, 0.36]
    assert rounded(silent, RATES) == [None, None, 0.0, 0.01]


def test_documents_with_grades_and_nothing_else(store: Store) -> None:
    scores = scored(GRADED, store)
    # c by its best passage, then b: gains 1 and 2 where 2 and 1 were best
    statements = [0.5, 1.0, 1.0, round((1 + 2 / LOG3) / (2 + 1 / LOG3), 6), 1.0]
    assert rounded(scores, RETRIEVAL) == [None] * 8 + statements
    assert rounded(scores, (*OWN, *RATES)) == [None] * 10


def test_an_answer_without_any_right_citation(store: Store) -> None:
    wrong = outcome(BOTH.gold, cited=[(C1, "valid")], answered=True, confidence=1.0)
    scores = scored(wrong, store)
    assert rounded(scores, OWN) == [None, None, 1.0, 0.0, 0.0, 0.0]
    assert rounded(scores, RATES) == [0.0, 1.0, None, 0.0]


def test_evidence_in_a_statement_that_is_not_judged_counts(store: Store) -> None:
    gold = GoldQuestion("odd", "?", answerable=True, nuggets=(PEACE,), relevant={"b": 1})
    assert relevant_passages([outcome(gold)], store) == {"odd": {"a:0-194": 1}}


def test_evidence_that_no_passage_holds_half_of_counts_as_not_found(store: Store) -> None:
    # the passage of b ends after 192 characters of 400
    cut = outcome(
        GoldQuestion("cut", "?", answerable=True, nuggets=(Nugget("wide", (Span("b", 0, 400),)),)), found=[B1]
    )
    assert relevant_passages([cut], store) == {"cut": {}}
    names = RETRIEVAL[:8]
    assert rounded(scored(cut, store), names) == [0.0] * 8
    both = score([cut, BOTH], relevant_passages([cut, BOTH], store))
    assert {mean(name, both).count for name in names} == {2}
    assert mean("passage RR@10", both).value == 0.5
    (words,) = score_ranking([cut], {"cut": {}}, lambda _: ())
    assert rounded(words, names) == [0.0] * 8


def test_other_rankings_are_scored_alike(store: Store) -> None:
    relevant = relevant_passages(ALL, store)
    words = score_ranking(ALL, relevant, lambda found: found.baselines["words"])
    assert [tuple(scores) for scores in words] == [RETRIEVAL] * 5
    # both: c, then b, which states the second nugget
    passages = [1 / LOG3 / (1 + 1 / LOG3 + 0.5), 0.5, 1 / 3]
    statements = [0.0, 0.5, 0.5, 1 / LOG3 / (1 + 1 / LOG3), 0.5]
    expected = [0.0, 0.5, 0.5, 0.5, 0.5, *passages, *statements]
    assert rounded(words[0], RETRIEVAL) == [round(value, 6) for value in expected]
    assert rounded(words[1], RETRIEVAL) == [1.0] * 13
    assert rounded(words[4], RETRIEVAL)[8:] == [0.5, 1.0, 1.0, 1.0, 1.0]
    nothing = score_ranking(ALL, relevant, lambda found: found.baselines["nothing"])
    assert rounded(nothing[0], RETRIEVAL) == [0.0] * 13
    assert rounded(nothing[3], RETRIEVAL) == [None] * 13


def test_the_mean_is_of_the_eligible_alone() -> None:
    scores: list[Scores] = [{"x": 1.0}, {"x": None}, {"x": 0.0}, {"x": 0.5}]
    found = mean("x", scores)
    assert (found.value, found.count) == (0.5, 3)
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low < 0.5 < found.high <= 1
    assert mean("x", scores[:2]) == Measure("x", 1.0, 1, None, None)
    assert mean("x", scores[1:2]) == Measure("x", None, 0, None, None)


def summary(outcomes: list[Outcome], store: Store) -> dict[str, tuple[float | None, int]]:
    scores = score(outcomes, relevant_passages(outcomes, store))
    questions = [asked_of(found, own) for found, own in zip(outcomes, scores, strict=True)]
    measures = [*(mean(name, scores) for name in scores[0]), *measure_all(judged(questions))]
    return {m.name: (m.value if m.value is None else round(m.value, 6), m.count) for m in measures}


def test_the_whole_suite(store: Store) -> None:
    found = summary(ALL, store)
    assert list(found) == [*RETRIEVAL, *OWN, *RATES, *WHOLE]
    assert found["evidence recall@5"] == (0.5, 2)
    assert found["statement RR@10"] == (round(2 / 3, 6), 3)
    assert found["valid quotes"] == (round(2.5 / 3, 6), 3)
    assert found["citation F1"] == (0.5, 1)
    assert found["nugget recall"] == (0.25, 2)
    assert found["answer rate"] == (0.5, 2)
    assert found["false-answer rate"] == (0.5, 2)
    assert found["Brier"] == ((0.04 + 0.49 + 0.36 + 0.01) / 4, 4)
    # Two abstained, one of them rightly; two unanswerable, one of them abstained; 3 of 4 pairs in order
    assert [found[name] for name in APART] == [(0.5, 2), (0.5, 2), (0.5, 4), (0.75, 4)]
    # of the two answers one is to what nothing answers
    assert found["selective risk"] == (0.5, 2)
    assert found["ECE"] == (round((0.2 + 0.7 + 0.6 + 0.1) / 4, 6), 4)
    # .8 right, .6 wrong, .3 right (cited, though kept back), .1 wrong
    assert found["AURC"] == (round((0 + 1 / 2 + 1 / 3 + 2 / 4) / 4, 6), 4)
    assert found["AUGRC"] == ((0 + 1 + 1 + 2) / 16, 4)
    assert found["coverage at 5 % risk"] == (0.25, 4)


def test_without_unanswerable_questions_abstaining_is_not_eligible(store: Store) -> None:
    found = summary([BOTH, MISSED], store)
    assert [found[name] for name in ("false-answer rate", *APART)] == [(None, 0)] * 5
    assert found["ECE"] == (0.45, 2)
    assert found["AURC"] == (0.0, 2)
    assert found["coverage at 5 % risk"] == (1.0, 2)


def test_without_answerable_questions_abstaining_is_not_eligible(store: Store) -> None:
    found = summary([INVENTED, SILENT], store)
    whole = [name for name in WHOLE if name not in ("abstention recall", "selective risk", "ECE")]
    assert [found[name] for name in ("answer rate", *whole)] == [(None, 0)] * (1 + len(whole))
    assert found["false-answer rate"] == found["abstention recall"] == (0.5, 2)
    assert found["selective risk"] == (1.0, 1)


def test_where_nothing_is_abstained_its_precision_is_not_eligible(store: Store) -> None:
    found = summary([BOTH, INVENTED], store)
    assert [found[name] for name in APART] == [(None, 0), (0.0, 1), (0.0, 2), (1.0, 2)]


def test_a_suite_that_does_not_say_what_can_be_answered(store: Store) -> None:
    found = summary([GRADED], store)
    eligible = [name for name, (_, count) in found.items() if count]
    assert eligible == [name for name in RETRIEVAL if name.startswith("statement")]
    assert all(found[name] == (None, 0) for name in found if name not in eligible)


def test_no_questions_at_all() -> None:
    assert [(measure.value, measure.count) for measure in measure_all(judged([]))] == [(None, 0)] * 9


def test_what_answering_would_have_cost(store: Store) -> None:
    outcomes = [*ALL[:4], outcome(replace(BOTH.gold, id="again"))]
    scores = score(outcomes, relevant_passages(outcomes, store))
    found = judged([asked_of(done, own) for done, own in zip(outcomes, scores, strict=True)])
    assert found.loss.tolist() == [0.0, 0.0, 1.0, 1.0, 1.0]
