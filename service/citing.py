"""Evidence to what an answer holds of it: citations, and sentences that are quotations."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from corpus.paragraphs import paragraph_at
from service.answer import AnswerSentence, Citation, who_and_when
from service.evidence import Evidence


def cite(number: int, evidence: Evidence) -> Citation:
    """The citation of a quote, with its mark."""
    statement, passage = evidence.hit.statement, evidence.hit.passage
    return Citation(
        n=number,
        statement_id=statement.id,
        version=statement.version,
        title=statement.title,
        issuers=statement.issuers,
        speakers=statement.speakers,
        date=statement.date,
        kind=statement.kind,
        url=statement.url,
        paragraph=paragraph_at(statement.text, statement.title, evidence.start),
        start=evidence.start,
        end=evidence.end,
        quote=evidence.quote,
        passage=(passage.start, passage.end),
    )


def quotations(evidence: Sequence[Evidence]) -> tuple[AnswerSentence, ...]:
    """Each quote with its mark; the first of a statement says who speaks, and when."""
    sentences = []
    for _, group in groupby(enumerate(evidence, 1), key=lambda numbered: numbered[1].hit.statement.id):
        for place, (number, found) in enumerate(group):
            said = f"{who_and_when(found.hit.statement)}: " if place == 0 else ""
            quote = " ".join(found.quote.split())
            sentences.append(AnswerSentence(f"{said}“{quote}” [{number}]", (number,), 1.0))
    return tuple(sentences)
