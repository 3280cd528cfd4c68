"""The dates a sentence gives, and which of them its evidence does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_NUMBERS = {name[:3]: number for number, name in enumerate(MONTHS, 1)}

_MONTH = (
    r"(?P<month>Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|Jun(?:e|\.)?|Jul(?:y|\.)?"
    r"|Aug(?:ust|\.)?|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
)
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?(?!\d)"
_YEAR = r"(?P<year>\d{4})(?!\d)"
_TO = r"(?:\s*[-–—]\s*|\s+(?:and|to)\s+)"
_FORMS = tuple(  # where two overlap the first counts
    re.compile(form)
    for form in (
        # 2024-11-04, 2024-11
        r"\b(?P<year>\d{4})-(?P<month>0\d|1[0-2])(?:-(?P<day>\d{2}))?\b(?!-)",
        # 4 November 2024, the 4th day of November, 4-6 November
        rf"\b(?:(?P<other>\d{{1,2}})(?:st|nd|rd|th)?{_TO})?{_DAY}(?:\s+day)?\s+(?:of\s+)?{_MONTH}\b"
        rf"(?:,?\s+(?:of\s+)?{_YEAR})?",
        # November 4, 2024, November 4-6
        rf"\b{_MONTH}\s+(?:the\s+)?{_DAY}(?:{_TO}(?P<other>\d{{1,2}})(?!\d))?(?:,?\s+{_YEAR})?",
        # November 2024
        rf"\b{_MONTH},?\s+(?:of\s+)?{_YEAR}",
        # 4.11.2024
        rf"\b(?P<day>\d{{1,2}})[./](?P<month>\d{{1,2}})[./]{_YEAR}",
        # since November
        rf"\b(?:[Ii]n|[Ss]ince|[Ll]ast|[Tt]his|[Bb]y|[Uu]ntil|[Ee]arly|[Ll]ate|[Mm]id)[\s-]{_MONTH}\b",
    )
)


class Date(NamedTuple):
    """A date at text[start:end]; `year` and `day` are 0 where they are not given."""

    year: int
    month: int
    day: int
    start: int
    end: int


def wrong_dates(sentence: str, evidence: str) -> Iterator[str]:
    """A line for each date of the sentence that agrees with none of the evidence as far as it is precise.

    A year that stands anywhere in the evidence completes a date without one. "Last week" is not read.
    """
    theirs = dates(evidence)
    years = {int(year) for year in re.findall(r"(?<!\d)\d{4}(?!\d)", evidence)}
    for date in dates(sentence):
        if not any(_agree(date, other, years) for other in theirs):
            yield f"the date “{sentence[date.start : date.end]}” is not in the evidence"


def _agree(date: Date, other: Date, years: set[int]) -> bool:
    same_year = date.year in (0, other.year) or (not other.year and date.year in years)
    return same_year and date.month == other.month and date.day in (0, other.day)


def without_dates(text: str) -> str:
    """The text with its dates crossed out, so that every offset stays: "on 4 May 2024" -> "on xxxxxxxxxx"."""
    for date in dates(text):
        text = text[: date.start] + "x" * (date.end - date.start) + text[date.end :]
    return text


@lru_cache(maxsize=512)  # an answer asks for the same evidence again and again
def dates(text: str) -> tuple[Date, ...]:
    """The dates of a text that have a month, by form, not by place; "4-6 May" is two, at the same place."""
    found: list[Date] = []
    for form in _FORMS:
        for match in form.finditer(text):
            if not any(date.start < match.end() and match.start() < date.end for date in found):
                found.extend(_read(match))
    return tuple(found)


def _read(match: re.Match[str]) -> Iterator[Date]:
    groups = match.groupdict()
    month, year = groups["month"], int(groups.get("year") or 0)
    number = int(month) if month.isdigit() else _NUMBERS[month[:3].casefold()]
    days = [day for day in (groups.get("other"), groups.get("day")) if day]
    for day in days or ["0"]:
        yield Date(year, number, int(day), *match.span())
