"""The records of an answer; their fields are those of the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from corpus.statement import Speaker, Statement
from index.hits import Filters, Hit
from service.llm.support import Failure

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a quote stands: `text[start:end] == quote` in that version of the statement.

    `paragraph` is the number of the one it starts in; `n` is the mark in the answer, counted from 1;
    `passage` is (start, end) of the paragraph, or part of one, around the quote.
    """

    n: int
    statement_id: str
    version: str
    title: str
    issuers: tuple[str, ...]
    speakers: tuple[Speaker, ...]
    date: str
    kind: str
    url: str
    paragraph: int
    start: int
    end: int
    quote: str
    passage: tuple[int, int]


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """A sentence of an answer, the citations that bear it out, and how far they do, in [0, 1].

    The support of a quotation is 1: it is what it cites. That of a sentence of a language model is
    service.llm.support.support.
    """

    text: str
    citations: tuple[int, ...]
    support: float


@dataclass(frozen=True, slots=True)
class Dropped:
    """A sentence of a language model that is not passed on, and why not; its text is not kept."""

    reasons: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class Searched:
    """How much was searched: statements and passages that pass the filters, and the filters."""

    statements: int
    passages: int
    filters: Filters


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, or that there is none among what was searched.

    confidence  the estimated probability that the question is answered by the statements searched
    id          depends on the question, the filters and the citations alone, and on the sentences where a
                language model wrote them
    nearest     passages that do not answer, given with not_found only
    generator   who wrote the sentences: "extractive" are quotations
    models      "encoder", "confidence", and "llm" where one was asked to write
    timings_ms  "retrieve", "answer" (choosing the evidence), and "write" where a language model was asked
    notice      one line for people where the answer is not all that was asked for; else ""
    dropped     sentences of a language model that did not pass the checks, in order
    """

    id: str
    question: str
    status: Literal["answered", "not_found"]
    confidence: float
    answer: str
    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]
    searched: Searched
    nearest: tuple[Hit, ...]
    generator: Literal["extractive", "llm"]
    models: dict[str, str]
    timings_ms: dict[str, float]
    notice: str = ""
    dropped: tuple[Dropped, ...] = ()


def who_and_when(statement: Statement | Citation) -> str:
    """Who says something, and when, as it is put before a quote.

    Examples: "Lula da Silva (Brazil), 2024"; "European Union and Republic of Korea, joint statement,
    4 November 2024"; a statement of which neither is known is named by its title or id.
    """
    if len(statement.issuers) == 1 and len(statement.speakers) == 1:
        who = f"{statement.speakers[0].name} ({statement.issuers[0]})"
    else:
        who = _listed(statement.issuers) or _listed(tuple(speaker.name for speaker in statement.speakers))
    kind = statement.kind if len(statement.issuers) > 1 else ""
    name = statement.statement_id if isinstance(statement, Citation) else statement.id
    return ", ".join(filter(None, (who or statement.title or name, kind, written_date(statement.date))))


def written_date(date: str) -> str:
    """An ISO date as people write it: "2024-11-04" -> "4 November 2024", "2024-11" -> "November 2024"."""
    year, *rest = date.split("-")
    numbers = [int(part) for part in rest]
    month = _MONTHS[numbers[0] - 1] if numbers else ""
    return " ".join(filter(None, (*(str(day) for day in numbers[1:]), month, year)))


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
