from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.llm.numbers import numbers


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("two hundred and fifty thousand", [{250_000}]),
        ("half a million", [{500_000}]),
        ("one and a half million", [{1_500_000}]),
        ("1,5 million", [{1_500_000}]),
        ("5 000 tons", [{5_000}]),
        ("$1.2bn", [{1_200_000_000}]),
        ("5m", [{5, 5_000_000}]),
        ("three quarters", [{Fraction(3, 4)}]),
        ("a third", [{3, Fraction(1, 3)}]),
        ("the twenty-first", [{21}]),
        ("twenty-five percent", [{Fraction(1, 4)}]),
        ("two thousand percent", [{20}]),
        ("2 to 3 million", [{2, 2_000_000}, {3_000_000}]),
        ("10 or 15 percent", [{10, Fraction(1, 10)}, {Fraction(3, 20)}]),
        ("two and three", [{2}, {3}]),
        ("from 4 November 2024", []),
        ("AK-47 and B2", []),
    ],
)
def test_numbers(text: str, values: list[set[int | Fraction]]) -> None:
    assert [set(number.values) for number in numbers(text)] == values


def test_where_they_stand() -> None:
    text = "On 4 May 1.2 million fled, a third of us."
    assert [text[one.start : one.end] for one in numbers(text)] == ["1.2 million", "third"]
    assert [one.factor for one in numbers(text)] == [1_000_000, 1]


@given(st.integers(0, 10**12))
def test_digits_with_and_without_commas_are_the_same(value: int) -> None:
    (plain,), (grouped,) = numbers(f"some {value} tons"), numbers(f"some {value:,} tons")
    assert plain.values == grouped.values == {value}
