"""Records as JSON objects, with the names of the API."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from index.hits import Hit
from index.rows import Entry
from service.answer import Answer
from service.verify import Check

_HIGHLIGHTS = 3  # a hit knows all its sentences; readers want the best


def hit_fields(hit: Hit) -> dict[str, Any]:
    """A hit: its statement, its place in the canonical text, and its best sentences, the best first."""
    statement, passage = hit.statement, hit.passage
    start, end = span_of(hit)
    return {
        "statement_id": statement.id,
        "version": statement.version,
        "title": statement.title,
        "issuers": list(statement.issuers),
        "speakers": [asdict(speaker) for speaker in statement.speakers],
        "date": statement.date,
        "url": statement.url,
        "paragraph": passage.paragraph,
        "start": start,
        "end": end,
        "text": hit.text,
        "score": round(hit.score, 4),
        "highlights": [asdict(highlight.sentence) for highlight in hit.highlights[:_HIGHLIGHTS]],
    }


def span_of(hit: Hit) -> tuple[int, int]:
    """(start, end) of `hit.text` in its statement."""
    found = hit.statement.text[hit.passage.start : hit.passage.end]
    start = hit.passage.start + len(found) - len(found.lstrip())
    return start, start + len(hit.text)


def answer_fields(answer: Answer) -> dict[str, Any]:
    """An answer; `nearest` only where there is none."""
    fields = asdict(answer) | {"nearest": [hit_fields(hit) for hit in answer.nearest]}
    if answer.status == "answered":
        del fields["nearest"]
    return fields


def check_fields(check: Check) -> dict[str, Any]:
    """What became of a claim, beside the claim itself."""
    fields = asdict(check)
    claim: dict[str, Any] = fields.pop("claim")
    return claim | fields


def entry_fields(entry: Entry) -> dict[str, Any]:
    """A statement without its text."""
    return asdict(entry.metadata) | {"version": entry.version, "source": entry.source}
