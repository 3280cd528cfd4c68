"""The questions that went worst, with what a person needs to see why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from corpus.paragraphs import paragraph_at
from corpus.statement import Statement
from eval.measures.evidence import supported
from eval.report import Asked, Case, ShownEvidence, ShownPassage
from eval.run import DEPTH, Outcome
from eval.suites.suite import Span
from service.answer import who_and_when, written_date

_SHOWN = 5  # passages of a case
_LONGEST = 1200  # characters of a passage that are shown


def cases(
    outcomes: Sequence[Outcome],
    questions: Sequence[Asked],
    statements: Mapping[str, Statement],
    threshold: float,
) -> tuple[Case, ...]:
    """The questions of which something is wrong, worst first, then in the order of the suite.

    An answerable one is as bad as its evidence is not found, found late and not cited, in equal parts; one
    that nothing answers, but is answered, as bad as it is confident.
    """
    rated = [(badness(question), place) for place, question in enumerate(questions)]
    worst = sorted((-bad, place) for bad, place in rated if bad > 0)
    return tuple(_case(outcomes[place], questions[place], statements, threshold) for _, place in worst)


def badness(question: Asked) -> float:
    """In [0, 1], 0 where nothing is wrong."""
    if question.answerable is False:
        return question.confidence if question.answered else 0.0
    names = ("evidence recall@10", "passage RR@10", "nugget recall")
    values = [value for name in names if (value := question.measures[name]) is not None]
    if not values and (ranking := question.measures["statement nDCG@10"]) is not None:
        values = [ranking]
    return 1 - sum(values) / len(values) if values else 0.0


def problem(question: Asked, found: Sequence[str], relevant: Sequence[str], threshold: float) -> str:
    """What went wrong first between question and answer; `found` are statements, best passage first.

    What is of one sort is the same up to a colon.
    """
    if question.answerable is False:
        return "answered, though nothing answers it"
    place = next((rank for rank, statement in enumerate(found, 1) if statement in relevant), None)
    if place is None:
        return f"no passage of the right statement among the first {DEPTH}"
    if not question.evidence_ranks:
        return f"the right statement comes late: at rank {len(dict.fromkeys(found[:place]))}"
    best = min((rank for rank in question.evidence_ranks if rank), default=None)
    if best is None:
        return f"the right statement is found, but none of its passages with evidence: at rank {place}"
    if best > 10:
        return f"evidence comes late: at rank {best}"
    return _answer_problem(question, best, threshold)


def _answer_problem(question: Asked, best: int, threshold: float) -> str:
    facts, told = len(question.evidence_ranks), {n for cited in question.citations for n in cited.nuggets}
    missed = sum(rank is None or rank > 10 for rank in question.evidence_ranks)
    if not question.answered:
        sure = f"confidence {question.confidence:.2f}, threshold {threshold:.2f}"
        return f"evidence is found, but not answered: rank {best}, {sure}"
    if not told:
        return f"evidence is found, but other sentences are quoted: rank {best}"
    if missed:
        return f"facts are missing among the first 10 passages: {missed} of {facts}"
    if len(told) < facts:
        return f"facts are found, but not quoted: {facts - len(told)} of {facts}"
    return f"evidence is not first: at rank {best}"


def _case(outcome: Outcome, question: Asked, statements: Mapping[str, Statement], threshold: float) -> Case:
    found = [passage.span.statement for passage in outcome.found]
    cited = [
        _shown(rank, Span(c.statement_id, c.start, c.end), c.nuggets, statements)
        for rank, c in enumerate(question.citations, 1)
    ]
    return Case(
        asked=question,
        problem=problem(question, found, list(outcome.gold.relevant), threshold),
        evidence=tuple(_evidence(outcome, question, statements)),
        found=tuple(
            _shown(rank, hit.span, supported(hit.span, outcome.gold.nuggets), statements)
            for rank, hit in enumerate(outcome.found[:_SHOWN], 1)
        ),
        cited=tuple(cited),
    )


def _evidence(outcome: Outcome, question: Asked, statements: Mapping[str, Statement]) -> list[ShownEvidence]:
    cited = {nugget for citation in question.citations for nugget in citation.nuggets}
    told = zip(outcome.gold.nuggets, question.evidence_ranks, strict=True)
    shown = [
        _wanted(nugget.fact, nugget.evidence[0], rank, number in cited, statements)
        for number, (nugget, rank) in enumerate(told)
    ]
    if shown:
        return shown
    found = list(dict.fromkeys(passage.span.statement for passage in outcome.found))
    return [
        _wanted("", Span(key, 0, 300), found.index(key) + 1 if key in found else None, False, statements)
        for key in outcome.gold.relevant
    ]


def _wanted(
    fact: str, quote: Span, rank: int | None, is_cited: bool, statements: Mapping[str, Statement]
) -> ShownEvidence:
    shown = _shown(0, quote, (), statements)
    return ShownEvidence(
        fact, shown.text, quote.statement, shown.who, shown.date, shown.paragraph, rank, is_cited
    )


def _shown(
    rank: int, span: Span, nuggets: tuple[int, ...], statements: Mapping[str, Statement]
) -> ShownPassage:
    statement = statements[span.statement]
    text = " ".join(statement.text[span.start : span.end].split())
    return ShownPassage(
        rank=rank,
        statement_id=statement.id,
        title=statement.title,
        who=who_and_when(replace(statement, date="")),
        date=written_date(statement.date),
        paragraph=paragraph_at(statement.text, statement.title, span.start),
        text=text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …",
        nuggets=nuggets,
    )
