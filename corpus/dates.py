"""Dates as precise as their source: "2024", "2024-11" or "2024-11-04"."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime

_FORMS = ("%d %B %Y", "%B %d, %Y", "%d %b %Y", "%b %d, %Y", "%d.%m.%Y", "%Y/%m/%d", "%B %Y", "%b %Y")
_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


def parse_date(value: str) -> str:
    """The ISO form of a written date, no more precise than it was written.

    Examples: "4 November 2024" -> "2024-11-04", "November 2024" -> "2024-11", "2024" -> "2024";
    a time of day is dropped. Raises ValueError naming the value and the accepted forms.
    """
    value = " ".join(value.split())
    day = re.split(r"[T ]\d{2}:\d{2}", value)[0]
    if iso := _ISO.fullmatch(day):
        year, month, number = (int(part) if part else 1 for part in iso.groups())
        try:
            date(year, month, number)
        except ValueError as error:
            raise _rejected(value) from error
        return day
    for form in _FORMS:
        try:
            parsed = datetime.strptime(day, form)
        except ValueError:
            continue
        return parsed.strftime("%Y-%m-%d" if "%d" in form else "%Y-%m")
    raise _rejected(value)


def first_day(value: str) -> str:
    """The first day a date can mean: "2024-11" -> "2024-11-01"."""
    return value + "-01-01"[3 * value.count("-") :]


def last_day(value: str) -> str:
    """The last day a date can mean: "2024-02" -> "2024-02-29"."""
    if value.count("-") == 0:
        return f"{value}-12-31"
    if value.count("-") == 1:
        year, month = map(int, value.split("-"))
        return f"{value}-{calendar.monthrange(year, month)[1]:02d}"
    return value


def can_lie(value: str, first: str, last: str) -> bool:
    """Whether a date, which may be "" for unknown, can be one of the days from `first` to `last`."""
    return bool(value) and first_day(value) <= last and last_day(value) >= first


def _rejected(value: str) -> ValueError:
    return ValueError(
        f"{value!r} is not a date; write it as 2024-11-04, 2024-11, 2024, 4 November 2024 or November 2024"
    )
