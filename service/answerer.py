"""A question to an answer made of quotations, or to the finding that there is none."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby

from index.hits import Filters
from index.retriever import Retriever
from service.answer import Answer, AnswerSentence, Citation, Searched, who_and_when
from service.confidence import Calibration, measure
from service.evidence import Evidence, choose

HITS = 20  # passages that sentences are chosen from
NEAREST = 5  # passages shown where there is no answer


class Answerer:
    """Answers by quoting: every sentence is a copy of the text it cites, never written."""

    def __init__(self, retriever: Retriever, calibration: Calibration, models: dict[str, str]) -> None:
        self._retriever = retriever
        self._calibration = calibration
        self._models = models | {"confidence": calibration.model}

    def answer(self, question: str, filters: Filters = Filters(), k: int = HITS) -> Answer:  # noqa: B008  (frozen)
        """The few sentences of the k best passages that answer the question together.

        `not_found` if the confidence is below the calibrated threshold. ValueError as in Retriever.search.
        """
        started = time.perf_counter()
        found = self._retriever.search(question, max(k, NEAREST), filters)
        retrieved = time.perf_counter()
        evidence = choose(found.question, found.hits[:k])
        sure = self._calibration.confidence(measure(found.question, evidence)) if evidence else 0.0
        if sure < self._calibration.threshold:
            evidence = ()
        citations = tuple(map(_citation, range(1, len(evidence) + 1), evidence))
        sentences = _sentences(evidence)
        timings = {
            "retrieve": round(1000 * (retrieved - started), 1),
            "answer": round(1000 * (time.perf_counter() - retrieved), 1),
        }
        return Answer(
            id=_identity(found.question.text, filters, citations),
            question=found.question.text,
            status="answered" if citations else "not_found",
            confidence=round(sure, 4),
            answer=" ".join(sentence.text for sentence in sentences),
            sentences=sentences,
            citations=citations,
            searched=Searched(found.statements, found.passages, filters),
            nearest=() if citations else found.hits[:NEAREST],
            generator="extractive",
            models=self._models,
            timings_ms=timings,
        )


def _citation(number: int, evidence: Evidence) -> Citation:
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
        paragraph=passage.paragraph,
        start=evidence.start,
        end=evidence.end,
        quote=evidence.quote,
        passage=(passage.start, passage.end),
    )


def _sentences(evidence: Sequence[Evidence]) -> tuple[AnswerSentence, ...]:
    """Each quote with its mark; the first of a statement says who speaks, and when."""
    sentences = []
    for _, group in groupby(enumerate(evidence, 1), key=lambda numbered: numbered[1].hit.statement.id):
        for place, (number, found) in enumerate(group):
            said = f"{who_and_when(found.hit.statement)}: " if place == 0 else ""
            quote = " ".join(found.quote.split())
            sentences.append(AnswerSentence(f"{said}“{quote}” [{number}]", (number,), 1.0))
    return tuple(sentences)


def _identity(question: str, filters: Filters, citations: Sequence[Citation]) -> str:
    places = [
        (citation.statement_id, citation.version, citation.start, citation.end) for citation in citations
    ]
    return hashlib.sha256(json.dumps([question, asdict(filters), places]).encode()).hexdigest()[:16]
