from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.llm.dates import MONTHS, dates, without_dates


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2024-11-04", [(2024, 11, 4)]),
        ("2024-11", [(2024, 11, 0)]),
        ("the 4th day of November, 2024", [(2024, 11, 4)]),
        ("Nov. 4, 2024", [(2024, 11, 4)]),
        ("4-6 November", [(0, 11, 4), (0, 11, 6)]),
        ("Sept 4 and 6", [(0, 9, 6), (0, 9, 4)]),
        ("4.11.2024", [(2024, 11, 4)]),
        ("since November", [(0, 11, 0)]),
        ("we may, in 2024,", []),
    ],
)
def test_dates(text: str, days: list[tuple[int, int, int]]) -> None:
    assert [date[:3] for date in dates(text)] == days


def test_they_are_crossed_out() -> None:
    assert without_dates("on 4 May 2024, at 5") == "on xxxxxxxxxx, at 5"


@given(st.integers(1000, 9999), st.integers(1, 12), st.integers(1, 28))
def test_a_day_is_the_same_however_it_is_written(year: int, month: int, day: int) -> None:
    name = MONTHS[month - 1].title()
    forms = (f"{day} {name} {year}", f"{name} {day}, {year}", f"{year}-{month:02}-{day:02}")
    assert {dates(form)[0][:3] for form in forms} == {(year, month, day)}
