"""The order of candidates: every part of the score by itself, then shares and invariants."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.issuers import load_issuers
from corpus.statement import Statement
from index.question import Question, understand
from index.ranking import Candidates, Weights, is_open, rank, relevance, wanted_words

NOTHING = Weights(*[0] * 8)
PERIOD = (("2024-01-01", "2024-12-31"),)
KENYA, HAITI = Statement("k", "", issuers=("Kenya",)), Statement("h", "", issuers=("Haiti",))
BOTH = Statement("b", "", issuers=("Haiti", "Kenya"))


def candidates(
    dense: list[float],
    statements: list[Statement] | None = None,
    sentence: list[float] | None = None,
    words: list[float] | None = None,
) -> Candidates:
    zeros = [0.0] * len(dense)
    return Candidates(
        np.arange(10, 10 + len(dense)),
        np.array(dense, np.float32),
        np.array(sentence or zeros, np.float32),
        np.array(zeros, np.float32),
        np.array(words or zeros, np.float32),
        statements or [Statement("s", "")] * len(dense),
    )


def scored(question: Question, found: Candidates, weights: Weights) -> list[float]:
    return [round(float(score), 5) for score in relevance(question, found, weights)]


def test_similarity_is_relative_to_the_best() -> None:
    assert scored(Question(""), candidates([0.4, 0.8, -0.4]), NOTHING) == [0.5, 1.0, -0.5]


def test_sentences_and_words_are_averaged_in() -> None:
    kenya = Statement("k", "", issuers=("Kenya",), date="2024")
    found = candidates([0.8, 0.4], [kenya, kenya], sentence=[0.2, 0.6], words=[0, 30])
    # Half and half, passages and sentences: .5 and .5, so 1 and 1; then .8 * 1 + .2 * (0 / 30, 30 / 30)
    weights = replace(NOTHING, sentence=0.5, words=0.2)
    assert scored(Question("", issuers=("Kenya",)), found, weights) == [0.8, 1.0]
    assert scored(Question("", dates=PERIOD), found, weights) == [0.8, 1.0]
    # Open: .6 * 1 + .4 * (0 / 30, 30 / 30)
    weights = replace(NOTHING, sentence=0.5, open_words=0.4)
    for question in OPEN:
        assert scored(question, found, weights) == [0.6, 1.0]


OPEN = (
    Question("all"),
    Question("all", issuers=("NATO",)),
    Question("all", dates=(("2022-01-01", "2022-12-31"),)),
    Question("all", issuers=("Kenya",), asks_who=True),
)


def test_open_is_what_names_nobody_and_no_time_of_the_statements() -> None:
    kenya = [Statement("k", "", issuers=("Kenya",), date="2024")]
    assert [is_open(question, kenya) for question in OPEN] == [True] * 4
    for named in (Question("all", ("NATO", "Kenya")), Question("all", (), PERIOD)):
        assert not is_open(named, kenya)
        assert is_open(named, [])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("How does Kenya see the 2030 Agenda?", "How does see the 2030 Agenda?"),
        ("What did Nairobi say of Haiti's police in 2024?", "What did say of Haiti's police in ?"),
        ("Kenya and Haiti on ships, 2023-2024", "and Haiti on ships,"),
        ("Kenya or Haiti, 2022 or 2024", "or Haiti, 2022 or"),
        # Nothing is asked for but names that count, so they are the words.
        ("What did Kenya say in 2024?", "What did Kenya say in 2024?"),
        # Open: no name of theirs, or it is what the statements are about.
        ("Haiti's ships in 2022", "Haiti's ships in 2022"),
        ("Which countries thank Kenya for ships?", "Which countries thank Kenya for ships?"),
    ],
)
def test_words_wanted_are_without_the_names_that_the_statements_have(text: str, wanted: str) -> None:
    statements = [Statement("k", "", issuers=("Kenya",), date="2024-09-26"), Statement("s", "")]
    assert wanted_words(understand(text, load_issuers(), {}), statements) == wanted


def test_an_institution_is_held_where_its_issuer_is() -> None:
    question = understand("What does the European Commission want of ships?", load_issuers(), {})
    union = Statement("u", "", issuers=("European Union",))
    assert wanted_words(question, [union]) == "What does the want of ships?"


def test_nothing_found_by_words_or_by_vectors_is_zero() -> None:
    assert scored(Question(""), candidates([0, 0]), Weights()) == [0, 0]
    assert scored(Question(""), candidates([]), Weights()) == []


def test_named_issuers() -> None:
    weights = replace(NOTHING, issuer=0.3, first_issuer=0.05, joint=0.1)
    found = candidates([0, 0, 0, 0], [KENYA, HAITI, BOTH, Statement("s", "")])
    assert scored(Question("", issuers=("Kenya", "Haiti")), found, weights) == [0.35, 0.3, 0.45, 0]
    assert scored(Question("", issuers=("NATO", "Kenya")), found, weights) == [0.35, 0, 0.35, 0]
    assert scored(Question("", issuers=("Kenya",), asks_who=True), found, weights) == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("date", "expected"),
    [("2024", 0.2), ("2024-09", 0.2), ("2024-09-30", 0.2), ("2024-10", 0), ("2023", 0), ("", 0)],
)
def test_a_date_counts_if_the_statement_can_be_of_it(date: str, expected: float) -> None:
    question = Question("", dates=(("2022-01-01", "2022-12-31"), ("2024-09-01", "2024-09-30")))
    found = candidates([0], [Statement("s", "", date=date)])
    assert scored(question, found, replace(NOTHING, date=0.2)) == [expected]


def order(question: Question, found: Candidates, weights: Weights, k: int = 9) -> list[int]:
    return [int(position) for position in rank(question, found, k, weights)[0]]


def test_several_issuers_share_the_top() -> None:
    found = candidates([1.0, 0.95, 0.9, 0.89, 0.5], [KENYA, KENYA, KENYA, HAITI, HAITI])
    one, two = Question("", issuers=("Kenya",)), Question("", issuers=("Kenya", "Haiti"))
    weights = replace(NOTHING, repeat=0.1)
    assert order(one, found, weights) == [0, 1, 2, 3, 4]
    # After the first, Kenya's others are worth .85 and .8; after Haiti's .89, its other is worth .4.
    assert order(two, found, weights) == [0, 3, 1, 2, 4]
    assert [round(float(score), 5) for score in rank(two, found, 9, weights)[1]] == [
        1.0,
        0.89,
        0.85,
        0.7,
        0.4,
    ]


def test_several_periods_share_the_top() -> None:
    old, new = Statement("o", "", date="2022"), Statement("n", "", date="2024")
    found = candidates([1.0, 0.95, 0.9], [new, new, old])
    question = Question("", dates=(("2022-01-01", "2022-12-31"), ("2024-01-01", "2024-12-31")))
    weights = replace(NOTHING, repeat=0.1)
    assert order(question, found, weights) == [0, 2, 1]
    assert order(Question("", dates=question.dates[1:]), found, weights) == [0, 1, 2]


def test_a_question_for_issuers_spreads_over_all() -> None:
    found = candidates([1.0, 0.95, 0.9], [KENYA, KENYA, HAITI])
    weights = replace(NOTHING, repeat=0.1)
    assert order(Question("", asks_who=True), found, weights) == [0, 2, 1]
    assert order(Question(""), found, weights) == [0, 1, 2]


def test_ties_go_to_the_lower_row() -> None:
    rows = np.array([7, 3, 5])
    same = np.full(3, 0.5, np.float32)
    found = Candidates(rows, same, same, same, same, [KENYA] * 3)
    assert [int(rows[i]) for i in order(Question(""), found, Weights())] == [3, 5, 7]


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="'words': 3, 'statements': 1"):
        candidates([0, 0, 0], [KENYA])


QUESTIONS = st.sampled_from(
    [
        Question(""),
        Question("", issuers=("Kenya", "Haiti")),
        Question("", asks_who=True),
        Question("", dates=(("2022-01-01", "2022-12-31"), ("2024-01-01", "2024-12-31"))),
    ]
)
SIGNS = st.tuples(
    st.sampled_from([0.0, 0.25, 0.5, 1.0]),
    st.sampled_from([0.0, 3.0]),
    st.sampled_from([KENYA, HAITI, BOTH, Statement("x", "", date="2024"), Statement("y", "", date="2022")]),
)


@given(QUESTIONS, st.lists(SIGNS, max_size=12), st.integers(0, 13))
def test_a_shorter_ranking_is_the_head_of_a_longer_one(
    question: Question, signs: list[tuple[float, float, Statement]], k: int
) -> None:
    dense, words, statements = ([sign[i] for sign in signs] for i in range(3))
    found = Candidates(
        np.arange(len(signs)),
        np.array(dense, np.float32),
        np.array(dense, np.float32),
        np.array(words, np.float32),
        np.array(words, np.float32),
        statements,  # type: ignore[arg-type]
    )
    positions, scores = rank(question, found, len(signs))
    head, best = rank(question, found, k)
    assert sorted(positions.tolist()) == list(range(len(signs)))
    assert head.tolist() == positions[:k].tolist()
    assert best.tolist() == scores[:k].tolist()
    assert (np.diff(scores) <= 0).all()
