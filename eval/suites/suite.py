"""The records of a suite: questions, and what would answer them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from typing import Literal, TypeAlias

from corpus.statement import Statement

Form: TypeAlias = Literal["jsonl", "beir", "squad"]


@dataclass(frozen=True, slots=True)
class Span:
    """`text[start:end]` of a statement."""

    statement: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Nugget:
    """A fact that a full answer gives, and every span that states it; one is enough."""

    fact: str
    evidence: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question and what would answer it.

    kind        as the suite names it; "" if it names none
    grade       of an unanswerable question, how far off it is, as the suite names it; "" if it does not
    answerable  None if the suite does not say
    nuggets     none if nothing in the collection answers, or if the suite gives no spans
    relevant    statements that hold an answer, and how relevant each is, from 1 up
    itself      the id of the statement that is this question, which does not count as found; "" if none is
    """

    id: str
    text: str
    kind: str = ""
    grade: str = ""
    answerable: bool | None = None
    nuggets: tuple[Nugget, ...] = ()
    relevant: Mapping[str, int] = field(default_factory=dict)
    itself: str = ""

    @property
    def holding(self) -> tuple[str, ...]:
        """The statements that hold evidence, in order of first mention."""
        return tuple(dict.fromkeys(q.statement for nugget in self.nuggets for q in nugget.evidence))

    @property
    def text_digest(self) -> str:
        """The first 8 hex digits of the SHA-256 of the question, whatever its case and white space."""
        return hashlib.sha256(" ".join(self.text.casefold().split()).encode()).hexdigest()[:8]

    @property
    def digest(self) -> str:
        """The first 16 hex digits of the SHA-256 of what would answer it: `answerable`, the evidence of each
        nugget, and `relevant`; not of their order nor of the words of a fact, which no measure reads."""
        nuggets = sorted(sorted(astuple(quote) for quote in nugget.evidence) for nugget in self.nuggets)
        told = json.dumps([self.answerable, nuggets, sorted(self.relevant.items())])
        return hashlib.sha256(told.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class SuiteFile:
    """A file a suite was read from: its name without folders, and the SHA-256 of its bytes in hex."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Suite:
    """Questions in the order of their files, ids unique, every span inside its statement.

    name        the stems of its files, as "dev + test", or the name of its folder
    statements  the collection it brings; empty if it is asked over an index
    """

    name: str
    form: Form
    files: tuple[SuiteFile, ...]
    questions: tuple[GoldQuestion, ...]
    statements: tuple[Statement, ...] = ()
