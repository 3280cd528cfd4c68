"""What is asked of the index and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass

from corpus.dates import first_day, last_day
from corpus.metadata import Described
from corpus.statement import Passage, Sentence, Statement


@dataclass(frozen=True, slots=True)
class Filters:
    """Which statements may be searched; an empty field does not filter.

    issuers    canonical names; a statement of any of them passes
    statements ids
    date_from, date_to  ISO dates, inclusive; a statement passes if its date can lie between them
    languages  ISO 639-1 codes
    """

    issuers: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()
    date_from: str = ""
    date_to: str = ""
    languages: tuple[str, ...] = ()

    def allow(self, statement: Described) -> bool:
        """Whether a statement passes; one without a date passes no date filter."""
        if self.date_from and (not statement.date or last_day(statement.date) < first_day(self.date_from)):
            return False
        if self.date_to and (not statement.date or first_day(statement.date) > last_day(self.date_to)):
            return False
        return (
            (not self.issuers or not set(self.issuers).isdisjoint(statement.issuers))
            and (not self.statements or statement.id in self.statements)
            and (not self.languages or statement.language in self.languages)
        )


@dataclass(frozen=True, slots=True)
class Highlight:
    """A sentence of a hit and its similarity to the matter of the question, a cosine in [-1, 1]."""

    sentence: Sentence
    similarity: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found: a higher `score` is better; highlights are all its sentences, best first."""

    row: int
    statement: Statement
    passage: Passage
    score: float
    highlights: tuple[Highlight, ...]

    @property
    def text(self) -> str:
        """The passage as it stands in its statement, without white space around it."""
        return self.statement.text[self.passage.start : self.passage.end].strip()
