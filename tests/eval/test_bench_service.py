"""The arithmetic of the benchmark; what it measures nobody asserts."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.bench_service import TEMPLATES, percentile, summary, table


@pytest.mark.parametrize(
    ("values", "share", "found"),
    [
        ([4, 1, 3, 2], 0.5, 2),
        (range(1, 101), 0.5, 50),
        (range(1, 101), 0.95, 95),
        (range(1, 101), 0.99, 99),
        (range(1, 51), 0.99, 50),
        ([7], 0.5, 7),
        ([7, 9], 0.0, 7),
        ([7, 9], 1.0, 9),
    ],
)
def test_percentiles(values: list[float], share: float, found: float) -> None:
    assert percentile(values, share) == found


@given(st.lists(st.floats(0, 100), min_size=1), st.floats(0, 1))
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9
    assert sum(value < found for value in values) <= share * len(values)


def test_no_values() -> None:
    assert math.isnan(percentile([], 0.5))


def test_a_summary_is_in_milliseconds() -> None:
    assert summary([0.001, 0.002, 0.0034]) == {"count": 3, "p50": 2.0, "p95": 3.4, "p99": 3.4}


def test_the_table() -> None:
    row = {"count": 2, "p50": 1.0, "p95": 20.0, "p99": 300.0}
    one = {"search": row, "answers": row, "server_p50_ms": 0.8, "errors": []}
    many = {"search": row, "answers": row, "errors": ["503 (1)"], "clients": 16, "seconds": 60.1}
    many |= {"per_second": 33.3, "client_cores": 0.1}
    shown = table({"statements": 3, "passages": 9, "alone": one, "together": many}).splitlines()
    assert shown[2].split() == ["alone,", "search", "2", "1.0", "20.0", "300.0"]
    assert shown[4].split() == ["answers", "inside", "the", "server:", "p50", "0.8"]
    assert shown[-2:] == [
        "16 clients together, 60 s: 33.3 requests/s; they used 0.10 of a core",
        "errors: 503 (1)",
    ]


def test_questions_vary() -> None:
    assert len(set(TEMPLATES)) == len(TEMPLATES) == 65
    assert {template.format("Chad") for template in TEMPLATES} != set(TEMPLATES)
