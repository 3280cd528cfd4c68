"""Reading suites, and every measure against a worked example."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.statement import CorpusError, Statement
from eval.__main__ import main
from eval.gold import (
    GoldQuestion,
    Nugget,
    Outcome,
    Rate,
    Reply,
    Span,
    System,
    aurc,
    auroc,
    citation_precision,
    evidence_recall,
    read_gold,
    reciprocal_rank,
    summarise,
    supports,
)

TEXT = "We will open\ntwo schools. We regret the delay. We will open two schools."
STATEMENTS = {"a": Statement("a", TEXT)}
ROW = {
    "id": "q1",
    "kind": "fact",
    "question": "How many schools?",
    "answerable": True,
    "nuggets": [{"fact": "two", "quotes": [{"doc": "a", "quote": "open two  schools"}]}],
}
NUGGETS = (
    Nugget("first", (Span("a", 0, 10), Span("b", 0, 10))),
    Nugget("second", (Span("a", 20, 30),)),
)


def write(folder: Path, *rows: object) -> Path:
    path = folder / "suite.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), "utf-8")
    return path


def test_a_quote_is_found_wherever_it_stands_up_to_white_space(tmp_path: Path) -> None:
    assert read_gold(write(tmp_path, ROW, ""), STATEMENTS) == (
        GoldQuestion(
            "q1", "fact", "How many schools?", True, (Nugget("two", (Span("a", 8, 24), Span("a", 55, 71))),)
        ),
    )
    assert TEXT[8:24] == "open\ntwo schools"
    assert TEXT[55:71] == "open two schools"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{", "suite.jsonl:2: no JSON"),
        ("[1]", "suite.jsonl:2: list; accepted: an object"),
        ({**ROW, "id": 7}, "suite.jsonl:2: id: 7; accepted: a str"),
        (ROW, "suite.jsonl:2: id: 'q1' is used twice"),
        ({**ROW, "kind": "riddle"}, "suite.jsonl:2: kind: 'riddle'; accepted: fact, position"),
        ({**ROW, "answerable": False}, "suite.jsonl:2: nuggets: 1 with answerable False"),
        ({**ROW, "nuggets": [{"fact": "x", "quotes": []}]}, "suite.jsonl:2: nuggets[0]: quotes: empty"),
        (
            {**ROW, "nuggets": [{"fact": "x", "quotes": [{"doc": "z", "quote": "x"}]}]},
            "suite.jsonl:2: nuggets[0].quotes[0].doc: 'z' is no statement",
        ),
        (
            {**ROW, "nuggets": [{"fact": "x", "quotes": [{"doc": "a", "quote": "three schools"}]}]},
            "suite.jsonl:2: nuggets[0].quotes[0].quote: 'three schools' does not stand in 'a'",
        ),
    ],
)
def test_what_is_no_question_is_named(tmp_path: Path, row: object, message: str) -> None:
    with pytest.raises(CorpusError) as raised:
        read_gold(write(tmp_path, ROW, row), STATEMENTS)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (Span("a", 0, 15), True),  # 5 of 10
        (Span("a", 0, 14), False),  # 4 of 10
        (Span("a", 12, 17), True),
        (Span("a", 20, 30), False),
        (Span("b", 0, 30), False),
    ],
)
def test_support_is_half_of_the_characters(span: Span, expected: bool) -> None:
    assert supports(span, Span("a", 10, 20)) is expected


def test_recall_and_rank() -> None:
    found = [Span("c", 0, 99), Span("b", 0, 5), Span("b", 0, 9), Span("a", 0, 99)]
    assert [evidence_recall(found, NUGGETS, k) for k in (1, 2, 3, 4, 20)] == [0, 0.5, 0.5, 1, 1]
    assert [reciprocal_rank(found, NUGGETS, k) for k in (1, 2, 20)] == [0, 0.5, 0.5]
    assert citation_precision(found, NUGGETS) == 0.75
    assert evidence_recall([], NUGGETS, 10) == reciprocal_rank([], NUGGETS, 10) == 0


def test_auroc_counts_ties_half() -> None:
    # .9 beats both, .5 ties with one and beats the other: (1 + 1 + .5 + 1) / 4
    assert auroc([0.9, 0.5], [0.5, 0.1]) == 0.875
    assert auroc([1], [0]) == 1
    assert auroc([0], [1]) == 0


def test_aurc() -> None:
    # Mean losses of the 1, 2, 3 most confident: 0, 1/2, 1/3
    assert aurc([0.9, 0.8, 0.1], [0, 1, 0]) == pytest.approx((0 + 1 / 2 + 1 / 3) / 3)
    # The two that tie count 1/2 each: 1/2, 1/2, 1/3
    assert aurc([0.9, 0.9, 0.1], [0, 1, 0]) == pytest.approx((1 / 2 + 1 / 2 + 1 / 3) / 3)


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.5, 0.9]), st.sampled_from([0.0, 1.0])), min_size=1))
def test_aurc_does_not_depend_on_input_order(pairs: list[tuple[float, float]]) -> None:
    shuffled = sorted(pairs)
    one = aurc([c for c, _ in pairs], [loss for _, loss in pairs])
    assert aurc([c for c, _ in shuffled], [loss for _, loss in shuffled]) == pytest.approx(one)


def gold(name: str, nuggets: tuple[Nugget, ...] = ()) -> GoldQuestion:
    return GoldQuestion(name, "fact" if nuggets else "unanswerable", name, bool(nuggets), nuggets)


def test_summary_of_four_questions() -> None:
    good, bad = Span("b", 0, 10), Span("c", 0, 10)
    outcomes = [
        Outcome(gold("q1", NUGGETS), (bad, good), Reply(True, 0.9, (good, bad))),
        Outcome(gold("q2", NUGGETS[1:]), (), Reply(False, 0.2, ())),
        Outcome(gold("q3"), (bad,), Reply(True, 0.6, (bad,))),
        Outcome(gold("q4"), (bad,), Reply(False, 0.1, ())),
    ]
    assert summarise(outcomes) == {
        "recall@1": Rate(0.0, 2),
        "recall@5": Rate(0.25, 2),  # q1 1/2, q2 0
        "recall@10": Rate(0.25, 2),
        "recall@20": Rate(0.25, 2),
        "MRR@10": Rate(0.25, 2),
        "citation recall": Rate(0.25, 2),
        "citation precision": Rate(0.5, 1),  # q2 cites nothing
        "answer rate": Rate(0.5, 2),
        "false-answer rate": Rate(0.5, 2),
        "abstention precision": Rate(0.5, 2),  # q4 of q2, q4
        "abstention recall": Rate(0.5, 2),  # q4 of q3, q4
        "abstention F1": Rate(0.5, 4),
        "AUROC": Rate(0.75, 4),  # .9 beats .6 and .1, .2 beats .1
        "AURC": Rate((0 + 1 / 2 + 1 / 3 + 2 / 4) / 4, 4),
    }


@pytest.mark.parametrize("question", [gold("q", NUGGETS), gold("q")])
def test_what_cannot_be_judged_has_no_value(question: GoldQuestion) -> None:
    rates = summarise([Outcome(question, (), Reply(True, 0.5, ()))])
    empty = {name for name, rate in rates.items() if rate.value is None}
    always = {"citation precision", "abstention precision", "AUROC", "AURC"}
    only = {"false-answer rate", "abstention recall", "abstention F1"}
    if question.answerable:
        assert empty == always | only
    else:
        assert empty == (always | {"answer rate", "MRR@10", "citation recall"}) | {
            f"recall@{k}" for k in (1, 5, 10, 20)
        }
    assert summarise([])["recall@10"] == Rate(None, 0)


def test_the_command_reports_on_all_suites(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    span = Span("a", 0, 24)
    system = System(STATEMENTS, lambda text, k: [span], lambda text: Reply(True, 1.0, (span,)))
    path = write(tmp_path, ROW)
    assert main([str(path), "--data", str(tmp_path)], lambda folder, model: system) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in lines if line.endswith("1.000  of 1")] == [
        *(f"recall@{k}" for k in (1, 5, 10, 20)),
        *("MRR@10", "citation recall", "citation precision", "answer rate"),
        *("recall@10, fact", "MRR@10, fact"),
    ]
    assert "false-answer rate       -    of 0" in lines
    path.write_text("{")
    assert main([str(path)], lambda folder, model: system) == 2
    assert f"{path}:1: no JSON" in capsys.readouterr().err
