"""A statement to read, whole or in parts, as a JSON object."""

from __future__ import annotations

from dataclasses import asdict
from typing import cast

from typing_extensions import TypedDict

from corpus.paragraphs import Paragraph, paragraphs
from corpus.statement import Statement
from service.fields import SpeakerFields

READ_LIMIT = 20_000  # characters in one part, some 5,000 tokens: a long speech


class ParagraphFields(TypedDict):
    """Where a paragraph stands, and the number it is cited by."""

    paragraph: int
    start: int
    end: int


class PartFields(TypedDict):
    """`text` is what stands from `start` to `end` of a version of a statement."""

    statement_id: str
    version: str
    is_current: bool
    title: str
    issuers: list[str]
    speakers: list[SpeakerFields]
    date: str
    kind: str
    url: str
    language: str
    length: int
    paragraph_count: int
    last_paragraph: int
    start: int
    end: int
    next_start: int | None
    text: str
    paragraphs: list[ParagraphFields]


def part_fields(
    statement: Statement,
    is_current: bool,
    first: int | None = None,
    last: int | None = None,
    start: int | None = None,
) -> PartFields:
    """What stands from paragraph `first` to `last`, and from character `start` on: at most READ_LIMIT of it.

    A longer part ends with a paragraph if it can; `next_start` says where to read on, None at the end.
    Raises ValueError if nothing stands there.
    """
    places = paragraphs(statement.text, statement.title)
    chosen = [place for place in places if _between(first, place.number, last)]
    low = max(chosen[0].start, start or 0) if chosen else 0
    if not chosen or low >= chosen[-1].end:
        numbers = [place.number for place in places] or [0]
        raise ValueError(
            f"nothing stands {_written(first, last, start)}: statement {statement.id!r} has paragraphs"
            f" {min(numbers)} to {max(numbers)} and {len(statement.text)} characters"
        )
    high = _cut(chosen, low)
    return {
        "statement_id": statement.id,
        "version": statement.version,
        "is_current": is_current,
        "title": statement.title,
        "issuers": list(statement.issuers),
        "speakers": [cast("SpeakerFields", asdict(speaker)) for speaker in statement.speakers],
        "date": statement.date,
        "kind": statement.kind,
        "url": statement.url,
        "language": statement.language,
        "length": len(statement.text),
        "paragraph_count": len(places),
        "last_paragraph": max(place.number for place in places),
        "start": low,
        "end": high,
        "next_start": high if high < chosen[-1].end else None,
        "text": statement.text[low:high],
        "paragraphs": [
            {"paragraph": place.number, "start": place.start, "end": place.end}
            for place in places
            if place.start < high and place.end > low
        ],
    }


def _between(first: int | None, number: int, last: int | None) -> bool:
    return (first is None or first <= number) and (last is None or number <= last)


def _cut(chosen: list[Paragraph], low: int) -> int:
    """Where a part that starts at `low` ends."""
    within = [place.end for place in chosen if low < place.end <= low + READ_LIMIT]
    return max(within, default=low + READ_LIMIT)


def _written(first: int | None, last: int | None, start: int | None) -> str:
    """Example: 9, None, 0 -> "from paragraph 9 from character 0"."""
    parts = {"from paragraph": first, "to paragraph": last, "from character": start}
    return " ".join(f"{word} {number}" for word, number in parts.items() if number is not None) or "here"
