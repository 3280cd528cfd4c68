from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.measures.evidence import (
    citation_precision,
    citation_recall,
    evidence_ranks,
    evidence_recall,
    evidence_reciprocal_rank,
    f1,
    is_part,
    supported,
    supports,
)
from eval.suites.suite import Nugget, Span

NUGGETS = (
    Nugget("first", (Span("a", 0, 10), Span("b", 0, 10))),
    Nugget("second", (Span("a", 20, 30),)),
)
FOUND = (Span("c", 0, 99), Span("b", 0, 4), Span("b", 0, 9), Span("a", 0, 99))

SPANS = st.builds(
    lambda statement, start, length: Span(statement, start, start + length),
    st.sampled_from("abc"),
    st.integers(0, 20),
    st.integers(1, 10),
)
FINDS = st.lists(SPANS, max_size=6)
FACTS = st.lists(
    st.builds(Nugget, st.just("fact"), st.lists(SPANS, min_size=1, max_size=3).map(tuple)), max_size=4
)


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (Span("a", 0, 15), True),  # 5 of 10
        (Span("a", 0, 14), False),  # 4 of 10
        (Span("a", 12, 17), True),  # inside
        (Span("a", 12, 16), False),
        (Span("a", 20, 30), False),  # beside
        (Span("b", 0, 30), False),
    ],
)
def test_support_is_half_of_the_characters(span: Span, expected: bool) -> None:
    assert supports(span, Span("a", 10, 20)) is expected


def test_half_of_an_odd_quote_is_rounded_up() -> None:
    assert supports(Span("a", 0, 2), Span("a", 0, 3))
    assert not supports(Span("a", 0, 1), Span("a", 0, 3))


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (Span("a", 10, 20), True),
        (Span("a", 10, 13), True),  # one of several sentences of the quote
        (Span("a", 7, 13), True),  # half of the sentence
        (Span("a", 6, 13), False),
        (Span("a", 0, 15), True),  # half of the quote
        (Span("a", 0, 14), False),
        (Span("a", 20, 30), False),
        (Span("b", 10, 20), False),
    ],
)
def test_a_sentence_is_evidence_by_half_of_the_shorter(sentence: Span, expected: bool) -> None:
    assert is_part(sentence, Span("a", 10, 20)) is expected


def test_a_span_supports_every_nugget_that_it_holds() -> None:
    assert [supported(span, NUGGETS) for span in FOUND] == [(), (), (0,), (0, 1)]
    assert supported(Span("a", 0, 9), ()) == ()


def test_recall_counts_nuggets_by_rank() -> None:
    assert evidence_ranks(FOUND, NUGGETS) == (3, 4)
    assert [evidence_recall(FOUND, NUGGETS, k) for k in (1, 2, 3, 4, 20)] == [0, 0, 0.5, 1, 1]
    assert [evidence_reciprocal_rank(FOUND, NUGGETS, k) for k in (1, 2, 3, 20)] == [0, 0, 1 / 3, 1 / 3]


def test_what_is_not_found_has_no_rank() -> None:
    assert evidence_ranks(FOUND[:3], NUGGETS) == (3, None)
    assert evidence_ranks((), NUGGETS) == (None, None)
    assert evidence_ranks(FOUND, ()) == ()


def test_citations_of_one_question() -> None:
    # Of four citations two support a nugget; of two nuggets both are supported.
    assert (citation_precision(FOUND, NUGGETS), citation_recall(FOUND, NUGGETS)) == (0.5, 1.0)
    # Two citations of one nugget are both right, and the other nugget is left out.
    twice = (Span("a", 0, 10), Span("b", 0, 10))
    assert (citation_precision(twice, NUGGETS), citation_recall(twice, NUGGETS)) == (1.0, 0.5)


def test_f1_is_the_harmonic_mean() -> None:
    assert f1(0.5, 1.0) == pytest.approx(2 / 3)  # 2 * .5 / 1.5
    assert (f1(1, 1), f1(0, 1), f1(0, 0)) == (1, 0, 0)


@pytest.mark.parametrize(
    ("found", "nuggets", "expected"),
    [
        ((), (), (None, None, None, None)),
        (FOUND, (), (None, None, None, None)),
        ((), NUGGETS, (0.0, 0.0, None, 0.0)),
        (FOUND[:1], NUGGETS, (0.0, 0.0, 0.0, 0.0)),
        (FOUND[3:], NUGGETS, (1.0, 1.0, 1.0, 1.0)),
    ],
)
def test_nothing_to_judge_is_not_zero(
    found: tuple[Span, ...], nuggets: tuple[Nugget, ...], expected: tuple[float | None, ...]
) -> None:
    assert expected == (
        evidence_recall(found, nuggets, 10),
        evidence_reciprocal_rank(found, nuggets, 10),
        citation_precision(found, nuggets),
        citation_recall(found, nuggets),
    )


def characters(span: Span) -> set[tuple[str, int]]:
    return {(span.statement, place) for place in range(span.start, span.end)}


@given(SPANS, SPANS)
def test_support_by_counting_characters(span: Span, quote: Span) -> None:
    quoted = characters(quote)
    assert supports(span, quote) == (len(characters(span) & quoted) >= len(quoted) / 2)


@given(FINDS, FACTS, st.integers(1, 8))
def test_ranks_and_recall_by_trying_every_pair(found: list[Span], nuggets: list[Nugget], k: int) -> None:
    pairs = [(rank, place) for rank, span in enumerate(found, 1) for place in supported(span, nuggets)]
    ranks = [min((rank for rank, at in pairs if at == place), default=None) for place in range(len(nuggets))]
    assert list(evidence_ranks(found, nuggets)) == ranks
    if nuggets:
        within = {place for rank, place in pairs if rank <= k}
        assert evidence_recall(found, nuggets, k) == len(within) / len(nuggets)
        first = min((rank for rank, _ in pairs if rank <= k), default=None)
        assert evidence_reciprocal_rank(found, nuggets, k) == (1 / first if first else 0)


@given(FINDS, FACTS, st.integers(1, 5))
def test_recall_rises_with_depth_and_citations_have_no_order(
    found: list[Span], nuggets: list[Nugget], k: int
) -> None:
    if nuggets:
        less, more = evidence_recall(found, nuggets, k), evidence_recall(found, nuggets, k + 1)
        assert less is not None
        assert more is not None
        assert 0 <= less <= more <= 1
    backwards = found[::-1]
    assert citation_precision(backwards, nuggets) == citation_precision(found, nuggets)
    assert citation_recall(backwards, nuggets) == citation_recall(found, nuggets)
