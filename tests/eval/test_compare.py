"""A run after another: what differs in how they were made, and what of the figures is more than noise."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.statement import CorpusError
from eval.compare import compare_with, leaves, read_run
from eval.report import Asked, Change, Comparison
from tests.eval.reports import REPORT
from tests.eval.suites.mangling import ANYTHING, mangled

SETTINGS: dict[str, object] = {"weights": {"words": 0.2}, "fitted_on": ["ab"], "caf\u00e9": None}


def asked(number: int, **measures: float | None) -> Asked:
    found = replace(REPORT.questions[0], id=f"q{number}", question=f"Question {number}?")
    return replace(found, measures=measures, answerable=None)


def run(*questions: Asked, **changes: object) -> dict[str, Any]:
    """The JSON of a run."""
    report = replace(REPORT, questions=questions, settings=SETTINGS)
    parts: dict[str, Any] = json.loads(json.dumps(asdict(report)))
    return parts | changes


def save(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def compared(path: Path, *questions: Asked, settings: dict[str, object] | None = None) -> Comparison:
    return compare_with(path, REPORT.suite, REPORT.index, settings or SETTINGS, questions)


def changed(path: Path, name: str, before: list[float], now: list[float]) -> Change:
    """The change of one measure of several questions."""
    earlier = [asked(n, **{name: value}) for n, value in enumerate(before)]
    later = [asked(n, **{name: value}) for n, value in enumerate(now)]
    (change,) = compared(save(path, run(*earlier)), *later).changes
    return change


def test_a_gain_in_every_question_is_better(tmp_path: Path) -> None:
    found = changed(tmp_path / "r.json", "recall", [0.25] * 8, [0.75] * 8)
    # of the 2^8 choices of signs two have a mean as far out
    assert found == Change("recall", 8, 0.25, 0.75, 0.5, None, None, 2 / 256, "better")


def test_where_less_is_better_the_same_gain_is_worse(tmp_path: Path) -> None:
    for name in ("Brier", "false-answer rate"):
        assert changed(tmp_path / "r.json", name, [0.0] * 8, [1.0] * 8).verdict == "worse"
        assert changed(tmp_path / "r.json", name, [1.0] * 8, [0.0] * 8).verdict == "better"
    assert changed(tmp_path / "r.json", "recall", [1.0] * 8, [0.0] * 8).verdict == "worse"


def test_what_chance_could_bring_is_noise(tmp_path: Path) -> None:
    found = changed(tmp_path / "r.json", "recall", [0.5] * 8, [1.0] * 4 + [0.0] * 2 + [0.5] * 2)
    # of the 2^6 choices of signs of .5 all but the 20 of three and three are as far out as four and two
    assert (found.before, found.now, found.difference, found.p) == (0.5, 0.625, 0.125, 44 / 64)
    assert found.verdict == "noise"


def test_six_questions_must_change_to_tell(tmp_path: Path) -> None:
    five = changed(tmp_path / "r.json", "recall", [0.0] * 8, [1.0] * 5 + [0.0] * 3)
    assert (five.difference, five.p, five.verdict) == (5 / 8, 2 / 32, "too few")
    six = changed(tmp_path / "r.json", "recall", [0.0] * 8, [1.0] * 6 + [0.0] * 2)
    assert (six.difference, six.p, six.verdict) == (6 / 8, 2 / 64, "better")


def test_equal_runs_are_the_same(tmp_path: Path) -> None:
    found = changed(tmp_path / "r.json", "recall", [0.25, 0.5], [0.25, 0.5])
    assert found == Change("recall", 2, 0.375, 0.375, 0.0, None, None, 1.0, "same")
    one = changed(tmp_path / "r.json", "recall", [0.25], [0.5])
    assert one == Change("recall", 1, 0.25, 0.5, 0.25, None, None, 1.0, "too few")


def test_questions_of_both_runs_that_are_eligible_in_both(tmp_path: Path) -> None:
    before = [asked(1, recall=0.5, RR=None), asked(2, recall=None, RR=1.0), asked(3, recall=1.0, RR=1.0)]
    now = [asked(1, recall=1.0, RR=1.0), asked(2, recall=1.0, RR=None), asked(4, recall=0.0, RR=0.0)]
    found = compared(save(tmp_path / "r.json", run(*before)), *now)
    assert (found.run, found.only_before, found.only_now, found.changed_gold) == ("r.json", 1, 1, 0)
    assert found.changes == (Change("recall", 1, 0.5, 1.0, 0.5, None, None, 1.0, "too few"),)


def test_a_question_in_other_words_is_another(tmp_path: Path) -> None:
    before = [asked(1, recall=0.5), replace(asked(2, recall=0.5), question="Else?")]
    found = compared(save(tmp_path / "r.json", run(*before)), asked(1, recall=0.5), asked(2, recall=1.0))
    assert (found.only_before, found.only_now) == (1, 1)
    assert [change.count for change in found.changes] == [1]


def test_a_question_with_another_known_answer_is_not_compared(tmp_path: Path) -> None:
    before = [asked(n, recall=0.0, RR=0.5) for n in range(9)]
    now = [asked(n, recall=1.0, RR=0.5) for n in range(1, 9)]
    # nothing but what the suite says has made these three better
    now[:3] = [replace(question, gold="another") for question in now[:3]]
    found = compared(save(tmp_path / "r.json", run(*before)), *now)
    assert (found.only_before, found.only_now, found.changed_gold) == (1, 0, 3)
    told = [(change.name, change.count, change.verdict) for change in found.changes]
    assert told == [("recall", 5, "too few"), ("RR", 5, "same")]


def test_the_old_run_is_not_judged_by_a_new_gold(tmp_path: Path) -> None:
    before = [replace(asked(n), answerable=n < 8, confidence=1 - n / 20) for n in range(16)]
    now = [replace(question, answerable=n % 2 == 0, gold="another") for n, question in enumerate(before[:4])]
    path = save(tmp_path / "r.json", run(*before))
    # by the new answers the order of the first four would be .75 right
    assert {change.count for change in compared(path, *now, *before[4:]).changes} == {12}
    auroc = {change.name: change for change in compared(path, *now, *before[4:]).changes}["AUROC"]
    assert (auroc.before, auroc.now, auroc.verdict) == (1.0, 1.0, "same")


def test_no_question_in_common(tmp_path: Path) -> None:
    path = save(tmp_path / "r.json", run(asked(1, recall=0.5)))
    found = f"{path}: none of its 1 questions is asked in this run with the same known answer"
    with pytest.raises(CorpusError, match=re.escape(f"{found} (0 with another)")):
        compared(path, asked(2, recall=0.5))
    with pytest.raises(CorpusError, match=re.escape(f"{found} (1 with another)")):
        compared(path, replace(asked(1, recall=0.5), gold="another"))


def test_what_is_different_in_how_they_were_made(tmp_path: Path) -> None:
    question = asked(1, recall=1.0)
    path = save(
        tmp_path / "r.json",
        run(
            question,
            index=asdict(replace(REPORT.index, generation=3)),
            settings={"weights": {"words": 0.3}, "fitted_on": ["ab", "cd"], "caf\u00e9": False},
        ),
    )
    assert compared(path, question).conditions == (
        "index.generation: 3 before, 4 now",
        "settings.caf\u00e9: false before, null now",
        'settings.fitted_on[1]: "cd" before, nothing now',
        "settings.weights.words: 0.3 before, 0.2 now",
    )
    assert compared(save(path, run(question)), question).conditions == ()


def test_leaves_stand_in_order_by_their_names() -> None:
    nested = {"b": {"x": 1, "a": [True, {"c": None}]}, "a": (), "e": {}, "t": "word"}
    assert list(leaves(nested).items()) == [
        *(("b.x", 1), ("b.a[0]", True), ("b.a[1].c", None), ("a", ()), ("e", {}), ("t", "word")),
    ]
    assert leaves(3) == {"": 3}


def test_what_became_empty_is_said(tmp_path: Path) -> None:
    question = asked(1, recall=1.0)
    path = save(tmp_path / "r.json", run(question, settings=SETTINGS | {"fitted_on": []}))
    assert compared(path, question).conditions == (
        "settings.fitted_on: [] before, nothing now",
        'settings.fitted_on[0]: nothing before, "ab" now',
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "no JSON of a run: Expecting property name"),
        ("[" * 100_000, "no JSON of a run: maximum recursion depth exceeded"),
        (
            '{"id": "q1"}\n{"id": "q2"}\n',
            "no JSON of a run: Extra data: line 2 column 1 (char 13); accepted: what"
            " communique eval --save writes",
        ),
        ("[]", "no run: list; accepted: what communique eval --save writes"),
        (
            '{"questions": 3}',
            "no run: an object without format; accepted: what communique eval --save writes",
        ),
        ('{"format": 2}', "format 2, where this version has 1; accepted: what communique eval --save writes"),
        (
            '{"format": null}',
            "format None, where this version has 1; accepted: what communique eval --save writes",
        ),
        ('{"format": 1}', "questions[0]: expected id, question, gold and measures"),
        ('{"format": 1, "questions": [{"id": 1}]}', "questions[0]: expected id, question, gold and measures"),
        (
            '{"format": 1, "questions": [{"id": "1", "question": "?", "measures": {}}]}',
            "questions[0]: expected id, question, gold and measures",
        ),
        ('{"format": 1, "questions": []}', "suite: expected an object"),
        ('{"format": 1, "questions": [], "suite": {}, "index": 3}', "index: expected an object"),
    ],
)
def test_what_is_no_run(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "r.json"
    path.write_text(content)
    with pytest.raises(CorpusError, match=re.escape(f"{path}: {message}")):
        read_run(path)
    with pytest.raises(CorpusError, match=re.escape(f"{path}: {message}")):
        compared(path, asked(1, recall=1.0))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="cannot be read: No such file"):
        read_run(tmp_path / "r.json")


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "1e999", "-1", "2", f"1{'0' * 400}", '"1"', "[]", "null"]
)
def test_what_is_no_measure_is_passed_over(tmp_path: Path, value: str) -> None:
    path = tmp_path / "r.json"
    now = asked(1, recall=1.0, RR=0.5), asked(2, recall=1.0, RR=0.5)
    path.write_text(json.dumps(run(*now)).replace('"recall": 1.0', f'"recall": {value}', 1))
    assert [(change.name, change.count) for change in compared(path, *now).changes] == [
        ("recall", 1),
        ("RR", 2),
    ]


def test_settings_that_are_deep_or_cannot_be_printed(tmp_path: Path) -> None:
    path, question = tmp_path / "r.json", asked(1, recall=1.0)
    deep = f"{'[' * 900}1{']' * 900}"
    content = json.dumps(run(question, settings=SETTINGS | {"deep": "DEEP", "\ud800": "\udfff"}))
    path.write_text(content.replace('"DEEP"', deep))
    found = compared(path, question).conditions
    assert found == (
        f"settings.deep{'[0]' * 900}: 1 before, nothing now",
        'settings.\\ud800: "\\udfff" before, nothing now',
    )


@given(mangled(run(asked(1, recall=0.5), asked(2, recall=1.0))) | ANYTHING)
def test_whatever_a_file_holds_it_is_compared_or_named(
    tmp_path_factory: pytest.TempPathFactory, content: object
) -> None:
    path = save(tmp_path_factory.mktemp("c") / "r.json", content)
    error, changes = "", None
    try:
        changes = compared(path, asked(1, recall=0.5), asked(2, recall=1.0))
    except CorpusError as raised:
        error = str(raised)
    assert changes or error.startswith(f"{path}: ")
    if changes:
        json.dumps(asdict(changes), ensure_ascii=False, allow_nan=False).encode()
        assert changes.only_now + changes.changed_gold <= 1
        assert all(change.verdict in ("same", "too few") for change in changes.changes)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=6))
def test_a_difference_is_now_less_before(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[float, float]]
) -> None:
    path = tmp_path_factory.mktemp("c") / "r.json"
    found = changed(path, "recall", [before for before, _ in pairs], [now for _, now in pairs])
    assert found.difference == pytest.approx(found.now - found.before)
    assert 0 < found.p <= 1
    assert (found.verdict == "same") == all(before == now for before, now in pairs)
    # one way or the other, it takes six to tell
    assert (found.verdict == "too few") == (0 < sum(before != now for before, now in pairs) < 6)


def test_what_no_single_question_has_is_compared_too(tmp_path: Path) -> None:
    def told(number: int, answerable: bool, confidence: float) -> Asked:
        return replace(
            asked(number), answerable=answerable, answered=True, confidence=confidence, citations=()
        )

    before = [told(n, n % 2 == 0, 0.5) for n in range(20)]
    now = [told(n, n % 2 == 0, 0.75 if n % 2 == 0 else 0.25) for n in range(20)]
    path = save(tmp_path / "run.json", run(*before))
    changes = {change.name: change for change in compared(path, *now).changes}
    auroc = changes["AUROC"]
    assert (auroc.before, auroc.now, auroc.difference, auroc.count) == (0.5, 1.0, 0.5, 20)
    assert auroc.verdict == "better"
    # nobody abstained, and nothing that was cited answers, in both
    assert "abstention precision" not in changes
    names = ("abstention recall", "AURC", "AUGRC")
    assert [(changes[name].difference, changes[name].verdict) for name in names] == [(0.0, "same")] * 3


def test_a_run_that_does_not_say_what_was_answered_is_compared_in_the_rest(tmp_path: Path) -> None:
    question = replace(asked(1, recall=0.5), answerable=True)
    rows = run(question)
    del rows["questions"][0]["citations"]
    (change,) = compared(save(tmp_path / "run.json", rows), question).changes
    assert change.name == "recall"
