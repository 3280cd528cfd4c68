"""Which questions went worst, and what went wrong first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from corpus.statement import Speaker, Statement
from eval.cases import badness, cases, problem
from eval.report import Asked, Cited, ShownEvidence, ShownPassage
from eval.run import Outcome
from eval.suites.suite import GoldQuestion, Nugget, Span
from tests.eval.asking import outcome

STATEMENTS = {
    "k": Statement(
        "k",
        "Debate\nWe ask\nfor peace. Ships sail.\n\nWater is clean.",
        "Debate",
        ("Kenya",),
        (Speaker("Ada Obi"),),
        "2024-11-04",
    ),
    "h": Statement("h", "word " * 400),
}
PEACE, SHIPS, WATER = Span("k", 7, 24), Span("k", 25, 36), Span("k", 38, 53)
NUGGETS = (Nugget("peace", (PEACE,)), Nugget("water", (WATER, PEACE)))
NAMES = ("evidence recall@10", "passage RR@10", "nugget recall", "statement nDCG@10", "citation precision")


def asked(
    *values: float | None,
    answerable: bool | None = True,
    answered: bool = True,
    confidence: float = 0.8,
    ranks: tuple[int | None, ...] = (),
    told: tuple[tuple[int, ...], ...] = (),
) -> Asked:
    """A question with the values of NAMES, and citations that support nuggets."""
    return Asked(
        id="q",
        kind="",
        grade="",
        question="?",
        answerable=answerable,
        gold="",
        issuers=(),
        dates=(),
        answered=answered,
        confidence=confidence,
        measures={name: values[n] if n < len(values) else None for n, name in enumerate(NAMES)},
        evidence_ranks=ranks,
        hits=(),
        citations=tuple(Cited("k", "v", 1, 7, 24, nuggets, "valid") for nuggets in told),
    )


def test_how_bad_a_question_is() -> None:
    assert badness(asked(1.0, 1.0, 1.0)) == 0
    assert badness(asked(0.5, 0.25, 0.0)) == 0.75
    assert badness(asked(0.5, None, 0.0)) == 0.75
    assert badness(asked(None, None, None, 0.25)) == 0.75
    assert badness(asked(1.0, 1.0, 1.0, None, 0.5)) == 0.125
    assert badness(asked(answerable=None)) == 0  # nothing is known of it
    assert badness(asked(answerable=False, confidence=0.7)) == 0.7
    assert badness(asked(answerable=False, answered=False)) == 0


@pytest.mark.parametrize(
    ("question", "found", "expected"),
    [
        (asked(answerable=False), ["k"], "answered, though nothing answers it"),
        (asked(ranks=(None,)), ["h", "h"], "no passage of the right statement among the first 100"),
        (asked(ranks=(None,)), [], "no passage of the right statement among the first 100"),
        (asked(), ["h", "h", "x", "k"], "the right statement comes late: at rank 3"),
        (asked(ranks=(None, None)), ["h", "k"],
         "the right statement is found, but none of its passages with evidence: at rank 2"),
        (asked(ranks=(12, 11)), ["k"], "evidence comes late: at rank 11"),
        (asked(ranks=(None, 11)), ["k"], "evidence comes late: at rank 11, 1 of 2 facts nowhere"),
        (asked(ranks=(None, 10)), ["k"], "evidence is found, but none of it is quoted: rank 10"),
        (asked(ranks=(2, 37), answered=False, confidence=0.514), ["k"],
         "evidence is found, but not answered: rank 2, confidence 0.514, threshold 0.570"),
        (asked(ranks=(2, 1), told=((),)), ["k"],
         "evidence is found, but less than half of it is quoted: rank 1"),
        (asked(ranks=(2, None, 11), told=((0,),)), ["k"],
         "facts are missing among the first 10 passages: 2 of 3"),
        (asked(ranks=(2, 3), told=((0,), (0,))), ["k"], "some facts are found, but not quoted: 1 of 2"),
        (asked(ranks=(2, 3), told=((0,), (1,))), ["k"], "evidence is not first: at rank 2"),
        (asked(ranks=(1,), told=((0,), (), ())), ["k"],
         "what is no evidence is quoted beside it: 2 of 3 quotes"),
    ],
)  # fmt: skip
def test_what_went_wrong_first(question: Asked, found: list[str], expected: str) -> None:
    whole = Nugget("all", (Span("k", 0, 53),))  # what is cited is a third of it
    gold = GoldQuestion("q", "?", nuggets=(whole,), relevant={"k": 1})
    assert problem(question, gold, found, 0.57) == expected


def test_what_is_quoted_may_be_no_evidence_at_all() -> None:
    gold = GoldQuestion("q", "?", nuggets=(Nugget("", (WATER,)),), relevant={"k": 1})
    found = problem(asked(ranks=(3,), told=((),)), gold, ["k"], 0.57)
    assert found == "evidence is found, but none of it is quoted: rank 3"


def test_of_alternatives_the_one_that_was_met_is_shown() -> None:
    gold = GoldQuestion("q", "?", "", "", True, (Nugget("either", (WATER, PEACE, SHIPS)),), {"k": 1})

    def shown(question: Asked, *found: Span) -> str:
        (case,) = cases([outcome(gold, found, answered=True)], [question], STATEMENTS, 0.5)
        return case.evidence[0].quote

    assert shown(asked(0.0, 0.5, 0.0, ranks=(2,)), Span("h", 0, 9), SHIPS) == "Ships sail."
    assert shown(asked(0.0, 0.0, 1.0, ranks=(None,), told=((0,),))) == "We ask for peace."
    assert shown(asked(0.0, 0.0, 0.0, ranks=(None,))) == "Water is clean."


def answered(name: str, *found: Span) -> Outcome:
    relevant = {"k": 1}
    return outcome(GoldQuestion(name, "?", "", "", True, NUGGETS, relevant), found, answered=True)


def test_a_case_with_what_a_person_needs() -> None:
    question = asked(0.5, 1.0, 0.5, ranks=(1, None), told=((0,),))
    (case,) = cases([answered("q", PEACE, Span("h", 0, 1999))], [question], STATEMENTS, 0.5)
    kenya = {"who": "Ada Obi (Kenya)", "date": "4 November 2024"}
    peace = ShownPassage(1, "k", "Debate", **kenya, paragraph=1, text="We ask for peace.", nuggets=(0, 1))
    assert case.asked is question
    assert case.problem == "facts are missing among the first 10 passages: 1 of 2"
    assert case.evidence == (
        ShownEvidence("peace", "We ask for peace.", "k", **kenya, paragraph=1, rank=1, cited=True),
        ShownEvidence("water", "Water is clean.", "k", **kenya, paragraph=2, rank=None, cited=False),
    )
    assert case.found == (
        peace,
        ShownPassage(2, "h", "", "h", "", 1, f"{('word ' * 400)[:1200]} …", ()),
    )
    assert case.cited == (replace(peace, nuggets=(0,)),)


def test_five_passages_are_shown() -> None:
    question = asked(0.5, 1.0, 0.5, ranks=(1, None))
    (case,) = cases([answered("q", *[SHIPS] * 7)], [question], STATEMENTS, 0.5)
    assert [(shown.rank, shown.text, shown.nuggets) for shown in case.found] == [
        (rank, "Ships sail.", ()) for rank in range(1, 6)
    ]


def test_documents_without_quotes_are_shown_from_their_start() -> None:
    gold = GoldQuestion("q", "?", relevant={"k": 1, "h": 2})
    ranked = outcome(gold, [Span("x", 0, 1), SHIPS, PEACE])
    (case,) = cases(
        [ranked],
        [asked(None, None, None, 0.2, answerable=None)],
        STATEMENTS | {"x": Statement("x", "X")},
        0.5,
    )
    assert case.problem == "the right statement comes late: at rank 2"
    assert [(shown.quote[:12], shown.statement_id, shown.rank) for shown in case.evidence] == [
        ("Debate We as", "k", 2),
        ("word word wo", "h", None),
    ]


def test_the_worst_come_first() -> None:
    bad = [0.5, 1.0, 0.0, *[0.25] * 40]
    outcomes = [answered(f"q{n}", PEACE) for n in range(len(bad))]
    questions = [
        replace(asked(1 - value, ranks=(1, 1), told=((0, 1),)), id=f"q{n}") for n, value in enumerate(bad)
    ]
    found = cases(outcomes, questions, STATEMENTS, 0.5)
    assert [case.asked.id for case in found] == ["q1", "q0", *(f"q{n}" for n in range(3, 43))]
    assert cases(outcomes[2:3], questions[2:3], STATEMENTS, 0.5) == ()
