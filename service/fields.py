"""Records as JSON objects, with the names of the API."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal, NotRequired, cast

from typing_extensions import TypedDict  # typing's own does for pydantic only from Python 3.12 on

from index.hits import Hit
from index.rows import Entry
from service.answer import Answer
from service.verify import Check, CheckStatus

_HIGHLIGHTS = 3  # a hit knows all its sentences; readers want the best


class SpeakerFields(TypedDict):
    """Who speaks, in which post, for whom; empty where the source does not say."""

    name: str
    post: str
    issuer: str


class SpanFields(TypedDict):
    """Characters `start` to `end` of a statement's canonical text."""

    start: int
    end: int


class FilterFields(TypedDict):
    """Which statements were searched; an empty field does not filter."""

    issuers: list[str]
    statements: list[str]
    date_from: str
    date_to: str
    languages: list[str]


class SearchedFields(TypedDict):
    """How many statements and passages pass the filters, and the filters."""

    statements: int
    passages: int
    filters: FilterFields


class HitFields(TypedDict):
    """A passage found: `text` stands at `start` to `end`; highlights are its best sentences, best first."""

    statement_id: str
    version: str
    title: str
    issuers: list[str]
    speakers: list[SpeakerFields]
    date: str
    kind: str
    url: str
    paragraph: int
    start: int
    end: int
    text: str
    score: float
    highlights: list[SpanFields]


class CitationFields(TypedDict):
    """Where a quote stands: `text[start:end] == quote` in that version; `passage` is around it."""

    n: int
    statement_id: str
    version: str
    title: str
    issuers: list[str]
    speakers: list[SpeakerFields]
    date: str
    kind: str
    url: str
    paragraph: int
    start: int
    end: int
    quote: str
    passage: tuple[int, int]


class SentenceFields(TypedDict):
    """A sentence of an answer, the numbers of its citations, and how far they bear it out, in [0, 1]."""

    text: str
    citations: list[int]
    support: float


class FailureFields(TypedDict):
    """Why a sentence that a language model wrote was not passed on."""

    check: str
    detail: str


class DroppedFields(TypedDict):
    """A sentence that was not passed on."""

    reasons: list[FailureFields]


class AnswerFields(TypedDict):
    """An answer, or that there is none; `nearest`, which does not answer, comes with not_found alone."""

    id: str
    question: str
    status: Literal["answered", "not_found"]
    confidence: float
    answer: str
    sentences: list[SentenceFields]
    citations: list[CitationFields]
    searched: SearchedFields
    nearest: NotRequired[list[HitFields]]
    generator: Literal["extractive", "llm"]
    models: dict[str, str]
    timings_ms: dict[str, float]
    notice: str
    dropped: list[DroppedFields]


class DifferenceFields(TypedDict):
    """Where a quote and its statement part: at a character of the quote, what each of them says."""

    position: int
    quoted: str
    original: str
    reason: str


class CheckFields(TypedDict):
    """What became of a citation; `spans` are where its pieces stand."""

    statement_id: str
    quote: str
    version: str
    start: int | None
    end: int | None
    status: CheckStatus
    message: str
    spans: list[tuple[int, int]]
    difference: DifferenceFields | None
    current_version: str
    is_current: bool


class StatementFields(TypedDict):
    """A statement without its text; `version` is the sha256 of the current one."""

    id: str
    title: str
    issuers: list[str]
    speakers: list[SpeakerFields]
    date: str
    kind: str
    language: str
    url: str
    version: str
    source: str


def hit_fields(hit: Hit) -> HitFields:
    """A hit: its statement, its place in the canonical text, and its best sentences, the best first."""
    statement, passage = hit.statement, hit.passage
    start, end = span_of(hit)
    return {
        "statement_id": statement.id,
        "version": statement.version,
        "title": statement.title,
        "issuers": list(statement.issuers),
        "speakers": [cast("SpeakerFields", asdict(speaker)) for speaker in statement.speakers],
        "date": statement.date,
        "kind": statement.kind,
        "url": statement.url,
        "paragraph": passage.paragraph,
        "start": start,
        "end": end,
        "text": hit.text,
        "score": round(hit.score, 4),
        "highlights": [
            {"start": highlight.sentence.start, "end": highlight.sentence.end}
            for highlight in hit.highlights[:_HIGHLIGHTS]
        ],
    }


def span_of(hit: Hit) -> tuple[int, int]:
    """(start, end) of `hit.text` in its statement."""
    found = hit.statement.text[hit.passage.start : hit.passage.end]
    start = hit.passage.start + len(found) - len(found.lstrip())
    return start, start + len(hit.text)


def answer_fields(answer: Answer) -> AnswerFields:
    """An answer; `nearest` only where there is none."""
    fields = asdict(answer) | {"nearest": [hit_fields(hit) for hit in answer.nearest]}
    if answer.status == "answered":
        del fields["nearest"]
    return cast("AnswerFields", fields)


def check_fields(check: Check) -> CheckFields:
    """What became of a claim, beside the claim itself."""
    fields = asdict(check)
    claim: dict[str, Any] = fields.pop("claim")
    return cast("CheckFields", claim | fields)


def entry_fields(entry: Entry) -> StatementFields:
    """A statement without its text."""
    fields = asdict(entry.metadata) | {"version": entry.version, "source": entry.source}
    return cast("StatementFields", fields)
