"""Filters as people give them."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import normalize

from corpus.dates import parse_date
from corpus.issuers import Issuers
from index.hits import Filters


def read_filters(
    issuers: Issuers,
    named: Sequence[str] = (),
    statements: Sequence[str] = (),
    date_from: str = "",
    date_to: str = "",
    languages: Sequence[str] = (),
) -> Filters:
    """Issuers by any name they have, dates as corpus.dates.parse_date reads them.

    Raises ValueError naming the filter, what was found and what is accepted.
    """
    return Filters(
        issuers=tuple(dict.fromkeys(map(issuers.canonical, named))),
        statements=tuple(normalize("NFC", statement) for statement in statements),
        date_from=_date("date_from", date_from),
        date_to=_date("date_to", date_to),
        languages=tuple(language.lower() for language in languages),
    )


def _date(name: str, value: str) -> str:
    try:
        return parse_date(value) if value else ""
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
