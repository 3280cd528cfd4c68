from __future__ import annotations

import math

import numpy as np
import pytest
import pytrec_eval
from hypothesis import example, given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from eval.measures.ranked import ranked

NAMES = ("recall@10", "RR@10", "nDCG@10")
NONE = dict.fromkeys(NAMES)
ZERO = dict.fromkeys(NAMES, 0.0)
LETTERS = [chr(97 + i) for i in range(14)]


def test_worked_example() -> None:
    # Found a (grade 2), b (none), c (1); d (1) is not found. Recall 2/3, first rank 1.
    # DCG = 2/log2(2) + 1/log2(4) = 2.5; ideal 2/log2(2) + 1/log2(3) + 1/log2(4) = 2.5 + 1/log2(3)
    values = ranked({"q": {"a": 2, "c": 1, "d": 1}}, {"q": ["a", "b", "c"]}, NAMES)["q"]
    assert values == pytest.approx(
        {"recall@10": 2 / 3, "RR@10": 1, "nDCG@10": 2.5 / (2.5 + 1 / math.log2(3))}
    )


def test_the_gain_is_the_grade() -> None:
    # Grades 1, 3 at ranks 1, 2: (1 + 3/log2(3)) / (3 + 1/log2(3)); 2 ** grade - 1 would make 7 of 3
    values = ranked({"q": {"a": 1, "b": 3}}, {"q": ["a", "b"]}, ["nDCG@10"])["q"]
    assert values["nDCG@10"] == pytest.approx((1 + 3 / math.log2(3)) / (3 + 1 / math.log2(3)))


@pytest.mark.parametrize(("rank", "expected"), [(1, 1.0), (2, 0.5), (10, 0.1), (11, 0.0)])
def test_the_reciprocal_rank_is_cut_at_ten(rank: int, expected: float) -> None:
    found = [*(str(i) for i in range(rank - 1)), "a"]
    assert ranked({"q": {"a": 1}}, {"q": found}, ["RR@10"]) == {"q": {"RR@10": expected}}


def test_recall_is_of_all_that_is_relevant_however_many() -> None:
    relevant = {str(i): 1 for i in range(20)}
    found = {"q": [str(i) for i in range(30)]}
    assert ranked({"q": relevant}, found, ["recall@5", "recall@10", "recall@100"]) == {
        "q": {"recall@5": 0.25, "recall@10": 0.5, "recall@100": 1.0}
    }


@pytest.mark.parametrize(
    ("relevant", "found", "expected"),
    [
        ({}, {}, {}),
        ({"q": {}}, {}, {"q": NONE}),
        ({"q": {}}, {"q": ["a"]}, {"q": NONE}),
        ({}, {"q": ["a"]}, {"q": NONE}),
        ({"q": {"a": 0}}, {"q": ["a"]}, {"q": NONE}),
        ({"q": {"a": -1}}, {"q": ["a"]}, {"q": NONE}),
        ({"q": {"a": 1}}, {}, {"q": ZERO}),
        ({"q": {"a": 1}}, {"q": []}, {"q": ZERO}),
        ({"q": {"a": 1}}, {"q": ["b"]}, {"q": ZERO}),
        ({"q": {"a": 1}}, {"r": ["a"]}, {"q": ZERO, "r": NONE}),
        ({"q": {"a": 1}, "r": {}}, {"q": ["a"]}, {"q": dict.fromkeys(NAMES, 1.0), "r": NONE}),
        ({"q": {"a": 1, "b": 0, "c": -2}}, {"q": ["a", "b", "c"]}, {"q": dict.fromkeys(NAMES, 1.0)}),
    ],
)
def test_what_is_missing(
    relevant: dict[str, dict[str, int]],
    found: dict[str, list[str]],
    expected: dict[str, dict[str, float | None]],
) -> None:
    assert ranked(relevant, found, NAMES) == expected


def test_no_document_is_found_twice() -> None:
    with pytest.raises(ValueError, match=r"question 'q': a document is found twice in \['a', 'b', 'a'\]"):
        ranked({"q": {"a": 1}}, {"q": ["a", "b", "a"]}, NAMES)


def test_a_measure_that_is_not_known() -> None:
    with pytest.raises(NameError, match="measure not found: goodness"):
        ranked({"q": {"a": 1}}, {"q": ["a"]}, ["goodness@3"])


@given(
    st.dictionaries(st.text(max_size=5), st.lists(st.text(max_size=5), unique=True, max_size=6), max_size=4)
)
@example({"a b": ["x y", "x\ty", "", "x", "\n", " x"]})
@example({"\x00": ["x\x00y", "x\x00z", "x", "é", "e\u0301", "\u2028", "\ud800"]})
def test_ids_may_be_of_any_characters(found: dict[str, list[str]]) -> None:
    relevant = {
        question: {document: 1 for document in documents[1:3]} for question, documents in found.items()
    }
    expected = {  # relevant at ranks 2 and 3, as far as there are so many
        0: None,
        1: (1 / math.log2(3)) / 1,
        2: (1 / math.log2(3) + 1 / 2) / (1 + 1 / math.log2(3)),
    }
    for question, values in ranked(relevant, found, NAMES).items():
        count = len(relevant[question])
        assert values["nDCG@10"] == (pytest.approx(expected[count]) if count else None)
        assert values["recall@10"] == (1 if count else None)
        assert values["RR@10"] == (0.5 if count else None)


GRADES = st.dictionaries(st.sampled_from(LETTERS), st.integers(0, 4)).filter(
    lambda grades: any(grades.values())
)
FOUND = st.lists(st.sampled_from(LETTERS), unique=True)


@given(GRADES, FOUND)
def test_as_trec_eval_says(grades: dict[str, int], found: list[str]) -> None:
    values = ranked({"q": grades}, {"q": found}, NAMES)["q"]
    run = {"q": {document: 1000.0 - rank for rank, document in enumerate(found)}}
    reference = pytrec_eval.RelevanceEvaluator({"q": grades}, {"ndcg_cut.10", "recall.10"}).evaluate(run)
    first = pytrec_eval.RelevanceEvaluator({"q": grades}, {"recip_rank"}).evaluate(run) if found else {}
    if found:
        within = first["q"]["recip_rank"] if first["q"]["recip_rank"] >= 0.1 else 0
        assert values["nDCG@10"] == reference["q"]["ndcg_cut_10"]
        assert values["recall@10"] == reference["q"]["recall_10"]
        assert values["RR@10"] == pytest.approx(within)
    else:
        assert values == ZERO


@given(GRADES, st.permutations(LETTERS))
def test_ndcg_as_scikit_learn_says(grades: dict[str, int], found: list[str]) -> None:
    truth = np.array([[grades.get(document, 0) for document in found]])
    scores = -np.arange(len(found), dtype=float)[None]
    value = ranked({"q": grades}, {"q": found}, ["nDCG@10"])["q"]["nDCG@10"]
    assert value == pytest.approx(ndcg_score(truth, scores, k=10))


@given(GRADES, FOUND)
def test_bounds_and_the_best_order(grades: dict[str, int], found: list[str]) -> None:
    best = sorted(LETTERS, key=lambda document: -grades.get(document, 0))
    values = ranked({"q": grades, "best": grades}, {"q": found, "best": best}, NAMES)
    for name in NAMES:
        value, ceiling = values["q"][name], values["best"][name]
        assert value is not None
        assert ceiling is not None
        assert 0 <= value <= ceiling <= 1 + 1e-12
    assert values["best"]["nDCG@10"] == pytest.approx(1)
