"""Which statements pass a filter, and the text of a hit."""

from __future__ import annotations

import pytest

from corpus.metadata import Metadata
from corpus.statement import Passage, Sentence, Statement
from index.hits import Filters, Hit

JOINT = Statement("j", "", issuers=("Kenya", "Chad"), date="2024-11", language="en")


@pytest.mark.parametrize(
    ("filters", "passes"),
    [
        (Filters(), True),
        (Filters(issuers=("Chad",)), True),
        (Filters(issuers=("Mali", "Kenya")), True),
        (Filters(issuers=("Mali",)), False),
        (Filters(issuers=("chad",)), False),
        (Filters(statements=("x", "j")), True),
        (Filters(statements=("x",)), False),
        (Filters(languages=("fr", "en")), True),
        (Filters(languages=("fr",)), False),
        (Filters(issuers=("Chad",), languages=("fr",)), False),
        (Filters(date_from="2024", date_to="2024"), True),
        (Filters(issuers=("Chad",), statements=("j",), date_from="2024-11", languages=("en",)), True),
    ],
)
def test_every_filter_that_is_set_must_be_passed(filters: Filters, passes: bool) -> None:
    assert filters.allow(JOINT) is passes


@pytest.mark.parametrize(
    ("date", "date_from", "date_to", "passes"),
    [
        ("2024-11-04", "2024-11-04", "2024-11-04", True),
        ("2024-11-04", "2024-11-05", "", False),
        ("2024-11-04", "", "2024-11-03", False),
        ("2024-11", "2024-11-30", "", True),
        ("2024-11", "2024-12", "", False),
        ("2024-11", "", "2024-11-01", True),
        ("2024-11", "", "2024-10", False),
        ("2024", "2024-12-31", "", True),
        ("2024", "2025", "", False),
        ("2024", "2023-05", "2024-01-01", True),
        ("2024-02", "2024-02-29", "", True),
        ("2023-02", "2023-02-29", "", False),
        ("2024-12-31", "", "2024", True),
        ("2025-01-01", "", "2024", False),
        ("", "", "", True),
        ("", "2024", "", False),
        ("", "", "2024", False),
    ],
)
def test_a_date_passes_if_it_can_lie_between(date: str, date_from: str, date_to: str, passes: bool) -> None:
    filters = Filters(date_from=date_from, date_to=date_to)
    assert filters.allow(Statement("a", "", date=date)) is passes
    assert filters.allow(Metadata("a", date=date)) is passes


def test_the_text_of_a_hit_is_its_passage_without_the_space_around_it() -> None:
    statement = Statement("a", "One. Two.\n\n  Three.\n\n")
    hit = Hit(3, statement, Passage(9, 21, 2, 2, (Sentence(13, 19),)), 0.5, ())
    assert hit.text == "Three."
