"""When two questions know the same answer."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from eval.suites.suite import GoldQuestion, Nugget, Span

PEACE, SHIPS, WATER = Span("a", 0, 10), Span("b", 10, 20), Span("\ud800", 5, 9)  # of an id half a character
GOLD = GoldQuestion(
    "q", "?", "fact", "", True, (Nugget("two", (PEACE, SHIPS)), Nugget("clean", (WATER,))), {"a": 1, "b": 2}
)


def test_the_digest_is_of_what_would_answer() -> None:
    told = r'[true, [[["a", 0, 10], ["b", 10, 20]], [["\ud800", 5, 9]]], [["a", 1], ["b", 2]]]'
    assert GOLD.digest == hashlib.sha256(told.encode()).hexdigest()[:16]
    assert GoldQuestion("q", "?").digest == hashlib.sha256(b"[null, [], []]").hexdigest()[:16]


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "r", "text": "What?", "kind": "list", "grade": "near", "itself": "c"},
        {"nuggets": (Nugget("clean", (WATER,)), Nugget("2", (SHIPS, PEACE)))},
        {"relevant": {"b": 2, "a": 1}},
    ],
)
def test_neither_words_nor_order_make_another_answer(changes: dict[str, object]) -> None:
    assert replace(GOLD, **changes).digest == GOLD.digest  # type: ignore[arg-type]


def test_all_else_does() -> None:
    others = (
        replace(GOLD, answerable=False),
        replace(GOLD, answerable=None),
        replace(GOLD, nuggets=GOLD.nuggets[:1]),
        replace(GOLD, nuggets=(*GOLD.nuggets, GOLD.nuggets[0])),
        replace(GOLD, nuggets=(Nugget("two", (PEACE, SHIPS, WATER)),)),
        replace(GOLD, nuggets=(Nugget("two", (PEACE, replace(SHIPS, end=21))), GOLD.nuggets[1])),
        replace(GOLD, relevant={"a": 1, "b": 1}),
        replace(GOLD, relevant={"a": 1}),
    )
    assert len({GOLD.digest, *(other.digest for other in others)}) == 9
