"""The questions that went worst, with what a person needs to see why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from corpus.paragraphs import paragraph_at
from corpus.statement import Statement
from eval.measures.evidence import is_part, supported, supports
from eval.report import Asked, Case, Cited, ShownEvidence, ShownPassage
from eval.run import DEPTH, Outcome
from eval.suites.suite import GoldQuestion, Nugget, Span
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

    An answerable one is as bad as its evidence is not found, found late and not cited, and as other things
    are cited, in equal parts; one that nothing answers, but is answered, as bad as it is confident.
    """
    rated = [(badness(question), place) for place, question in enumerate(questions)]
    worst = sorted((-bad, place) for bad, place in rated if bad > 0)
    return tuple(_case(outcomes[place], questions[place], statements, threshold) for _, place in worst)


def badness(question: Asked) -> float:
    """In [0, 1], 0 where nothing is wrong."""
    if question.answerable is False:
        return question.confidence if question.answered else 0.0
    names = ("evidence recall@10", "passage RR@10", "nugget recall", "citation precision")
    values = [value for name in names if (value := question.measures[name]) is not None]
    if not values and (ranking := question.measures["statement nDCG@10"]) is not None:
        values = [ranking]
    return 1 - sum(values) / len(values) if values else 0.0


def problem(question: Asked, gold: GoldQuestion, found: Sequence[str], threshold: float) -> str:
    """What went wrong first between question and answer; `found` are statements, best passage first.

    What is of one sort is the same up to a colon.
    """
    if question.answerable is False:
        return "answered, though nothing answers it"
    place = next((rank for rank, statement in enumerate(found, 1) if statement in gold.relevant), None)
    if place is None:
        return f"no passage of the right statement among the first {DEPTH}"
    if not question.evidence_ranks:
        return f"the right statement comes late: at rank {len(dict.fromkeys(found[:place]))}"
    best = min((rank for rank in question.evidence_ranks if rank), default=None)
    if best is None:
        return f"the right statement is found, but none of its passages with evidence: at rank {place}"
    if best > 10:
        lost = question.evidence_ranks.count(None)
        rest = f", {lost} of {len(question.evidence_ranks)} facts nowhere" if lost else ""
        return f"evidence comes late: at rank {best}{rest}"
    return _answer_problem(question, gold, best, threshold)


def _answer_problem(question: Asked, gold: GoldQuestion, best: int, threshold: float) -> str:
    facts, told = len(question.evidence_ranks), {n for cited in question.citations for n in cited.nuggets}
    missed = sum(rank is None or rank > 10 for rank in question.evidence_ranks)
    if not question.answered:
        sure = f"confidence {question.confidence:.3f}, threshold {threshold:.3f}"
        return f"evidence is found, but not answered: rank {best}, {sure}"
    if not told:
        quoted = "less than half" if _is_partly_cited(question, gold) else "none"
        return f"evidence is found, but {quoted} of it is quoted: rank {best}"
    if missed:
        return f"facts are missing among the first 10 passages: {missed} of {facts}"
    if len(told) < facts:
        return f"some facts are found, but not quoted: {facts - len(told)} of {facts}"
    if best > 1:
        return f"evidence is not first: at rank {best}"
    beside = sum(not cited.nuggets for cited in question.citations)
    return f"what is no evidence is quoted beside it: {beside} of {len(question.citations)} quotes"


def _is_partly_cited(question: Asked, gold: GoldQuestion) -> bool:
    evidence = [quote for nugget in gold.nuggets for quote in nugget.evidence]
    return any(is_part(_span(cited), quote) for cited in question.citations for quote in evidence)


def _span(cited: Cited) -> Span:
    return Span(cited.statement_id, cited.start, cited.end)


def _case(outcome: Outcome, question: Asked, statements: Mapping[str, Statement], threshold: float) -> Case:
    found = [passage.span.statement for passage in outcome.found]
    cited = [
        _shown(rank, _span(citation), citation.nuggets, statements)
        for rank, citation in enumerate(question.citations, 1)
    ]
    return Case(
        asked=question,
        problem=problem(question, outcome.gold, found, threshold),
        evidence=tuple(_evidence(outcome, question, statements)),
        found=tuple(
            _shown(rank, hit.span, supported(hit.span, outcome.gold.nuggets), statements)
            for rank, hit in enumerate(outcome.found[:_SHOWN], 1)
        ),
        cited=tuple(cited),
    )


def _evidence(outcome: Outcome, question: Asked, statements: Mapping[str, Statement]) -> list[ShownEvidence]:
    told = enumerate(zip(outcome.gold.nuggets, question.evidence_ranks, strict=True))
    shown = []
    for number, (nugget, rank) in told:
        cited = [_span(citation) for citation in question.citations if number in citation.nuggets]
        quote = _met(nugget, [outcome.found[rank - 1].span] if rank else cited)
        shown.append(_wanted(nugget.fact, quote, rank, bool(cited), statements))
    if shown:
        return shown
    found = list(dict.fromkeys(passage.span.statement for passage in outcome.found))
    return [
        _wanted("", Span(key, 0, 300), found.index(key) + 1 if key in found else None, False, statements)
        for key in outcome.gold.relevant
    ]


def _met(nugget: Nugget, spans: Sequence[Span]) -> Span:
    """Of quotes that state the same, the one that a span supports, else the first."""
    met = (quote for span in spans for quote in nugget.evidence if supports(span, quote))
    return next(met, nugget.evidence[0])


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
