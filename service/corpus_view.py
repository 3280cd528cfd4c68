"""What there is to ask about, at a glance: issuers, dates, and questions that have answers."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from typing_extensions import TypedDict

from corpus.dates import first_day
from corpus.metadata import Metadata
from corpus.readers import SUFFIXES
from index.retriever import QUESTION_LIMIT
from service.engine import Engine

_EXAMPLES = 4
_TRIED = 12  # questions asked to find those: each takes some milliseconds
_TOPICS = (
    *("climate change", "reform of the Security Council", "the war in Ukraine", "sustainable development"),
    *("nuclear weapons", "human rights", "debt", "Gaza", "migration", "peacekeeping", "trade", "technology"),
)


_TAKE_AN_ARTICLE = frozenset({"African", "Central", "Dominican", "European", "Holy", "Russian", "United"})


class IssuerCount(TypedDict):
    """An issuer and the number of its statements."""

    issuer: str
    statements: int


class LimitFields(TypedDict):
    """Characters of a question, bytes of a request and of an addition, files of an addition."""

    question: int
    body_bytes: int
    upload_bytes: int
    upload_files: int


class AccessFields(TypedDict):
    """Whether a key is needed."""

    read: bool
    write: bool


class CorpusFields(TypedDict):
    """What there is; dates are the first and last possible ones, issuers those of most statements first."""

    statements: int
    passages: int
    generation: int
    issuers: list[IssuerCount]
    date_from: str
    date_to: str
    languages: list[str]
    generators: list[Literal["extractive", "llm"]]
    examples: list[str]
    limits: LimitFields
    suffixes: list[str]
    access: AccessFields


class CorpusView:
    """Computed once for each state of the store; threads may share it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._fields: CorpusFields | None = None

    def fields(self) -> CorpusFields:
        """The view of the store as it is now."""
        with self._lock, self._engine.store() as store:
            if self._fields is None or self._fields["generation"] != store.generation:
                with store.reading():
                    known = [entry.metadata for entry in store.entries().values()]
                    counts, generation = store.counts(), store.generation
                self._fields = self._computed(known, counts["passages"], generation)
            return self._fields

    def _computed(self, known: Sequence[Metadata], passages: int, generation: int) -> CorpusFields:
        settings = self._engine.settings
        issuers = Counter(issuer for metadata in known for issuer in metadata.issuers)
        dates = sorted((metadata.date for metadata in known if metadata.date), key=first_day)
        return {
            "statements": len(known),
            "passages": passages,
            "generation": generation,
            "issuers": [
                {"issuer": issuer, "statements": count}
                for issuer, count in sorted(issuers.items(), key=lambda item: (-item[1], item[0]))
            ],
            "date_from": dates[0] if dates else "",
            "date_to": dates[-1] if dates else "",
            "languages": sorted({metadata.language for metadata in known if metadata.language}),
            "generators": ["extractive", "llm"] if settings.llm else ["extractive"],
            "examples": self._examples(known),
            "limits": {
                "question": QUESTION_LIMIT,
                "body_bytes": settings.limits.body_bytes,
                "upload_bytes": settings.limits.upload_bytes,
                "upload_files": settings.limits.upload_files,
            },
            "suffixes": list(SUFFIXES),
            "access": {
                "read": settings.access.needs_key(is_write=False),
                "write": settings.access.needs_key(is_write=True),
            },
        }

    def _examples(self, known: Sequence[Metadata]) -> list[str]:
        """Questions that these statements answer: each was asked."""
        found = []
        for _, question in zip(range(_TRIED), _candidates(known), strict=False):
            if self._engine.answerer.answer(question, generator="extractive").status == "answered":
                found.append(question)
            if len(found) == _EXAMPLES:
                break
        return found


def _candidates(known: Sequence[Metadata]) -> Iterator[str]:
    """What issuers of the latest statements might say, a joint statement before others."""
    latest = sorted(known, key=lambda metadata: (len(metadata.issuers) > 1, metadata.date, metadata.id))
    who = list(dict.fromkeys(metadata.issuers for metadata in reversed(latest) if metadata.issuers))
    if known and len(who) < _EXAMPLES:
        yield from ("Who signed the statement?", "What do they condemn?", "What do they call for?")
        yield "What are they concerned about?"
    for number, topic in enumerate(_TOPICS if who else ()):
        issuers = who[number % len(who)]
        does = "does" if len(issuers) == 1 else "do"
        yield f"What {does} {' and '.join(map(_with_article, issuers))} say about {topic}?"


def _with_article(issuer: str) -> str:
    first = issuer.split(maxsplit=1)[0]
    takes_one = first in _TAKE_AN_ARTICLE or " of " in issuer or first.endswith(("lands", "ines", "ives"))
    return f"the {issuer}" if takes_one else issuer
