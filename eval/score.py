"""Outcomes to measures: of each question first, and of the suite as means of those."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from eval.measures.calibration import brier
from eval.measures.evidence import (
    citation_precision,
    citation_recall,
    evidence_recall,
    f1,
    supported,
)
from eval.measures.ranked import ranked
from eval.measures.statistics import interval
from eval.report import Measure
from eval.run import Outcome
from eval.suites.suite import Span
from index.store import Store

Scores = dict[str, float | None]  # of one question, by measure; None where it is not eligible
DEPTHS = (1, 5, 10, 20, 100)
_PASSAGE = ("nDCG@10", "RR@10", "recall@10")
_STATEMENT = ("recall@1", "recall@5", "recall@10", "nDCG@10", "RR@10")
Rankings = Callable[[Outcome], Sequence[Span]]
Relevant = Mapping[str, Mapping[str, int]]  # by question: passages, each graded 1


def relevant_passages(outcomes: Sequence[Outcome], store: Store) -> Relevant:
    """For each question, by its id, the passages of the index that support one of its nuggets."""
    holding = {outcome.gold.id: _holding(outcome) for outcome in outcomes}
    wanted = {statement for statements in holding.values() for statement in statements}
    passages: dict[str, list[Span]] = defaultdict(list)
    rows = [row for row, statement in store.rows() if statement in wanted]
    for stored in store.passages(rows).values():
        passage = stored.passage
        passages[stored.statement_id].append(Span(stored.statement_id, passage.start, passage.end))
    return {
        outcome.gold.id: {
            _key(span): 1
            for statement in holding[outcome.gold.id]
            for span in passages[statement]
            if supported(span, outcome.gold.nuggets)
        }
        for outcome in outcomes
    }


def score(outcomes: Sequence[Outcome], relevant: Relevant) -> list[Scores]:
    """The measures of each question, aligned with `outcomes`; `relevant` as relevant_passages.

    evidence recall@k   share of the nuggets that a passage of the first k supports
    passage ...         trec_eval's, relevant being every passage of the index that supports some nugget; 0
                        where none does, as then the texts are cut badly
    statement ...       trec_eval's, a statement ranked by its best passage
    sentence P@1, RR    of the sentences of a statement that holds evidence, searched alone; mean of these
    valid quotes        share of the citations that are verified where they say, whoever is right
    citation ...        over the answerable questions that are answered
    nugget recall       share of the nuggets that the answer cites; 0 where there is none
    answer rate         over the answerable questions, false-answer rate over those that nothing answers
    Brier               squared distance of confidence and answerable (1 or 0)
    """
    retrieval = score_ranking(outcomes, relevant, lambda outcome: [found.span for found in outcome.found])
    return [
        scores | _sentences(outcome) | _answer(outcome)
        for outcome, scores in zip(outcomes, retrieval, strict=True)
    ]


def score_ranking(outcomes: Sequence[Outcome], relevant: Relevant, ranking: Rankings) -> list[Scores]:
    """The retrieval measures of each question, of what `ranking` says was found for it."""
    found = {outcome.gold.id: ranking(outcome) for outcome in outcomes}
    evidence = {outcome.gold.id: _evidence(outcome, found[outcome.gold.id]) for outcome in outcomes}
    passages = ranked(
        relevant,
        {key: list(map(_key, spans)) for key, spans in found.items()},
        _PASSAGE,
    )
    statements = ranked(
        {outcome.gold.id: outcome.gold.relevant for outcome in outcomes},
        {key: list(dict.fromkeys(span.statement for span in spans)) for key, spans in found.items()},
        _STATEMENT,
    )
    return [
        evidence[outcome.gold.id]
        | _named("passage", _passages(outcome, passages[outcome.gold.id]))
        | _named("statement", statements[outcome.gold.id])
        for outcome in outcomes
    ]


def mean(name: str, scores: Sequence[Scores]) -> Measure:
    """The mean of a measure over the questions that are eligible."""
    values = np.array([value for found in scores if (value := found[name]) is not None], np.float64)
    low, high = interval(values) or (None, None)
    return Measure(name, float(values.mean()) if len(values) else None, len(values), low, high)


def _evidence(outcome: Outcome, found: Sequence[Span]) -> Scores:
    nuggets = outcome.gold.nuggets
    return {f"evidence recall@{k}": evidence_recall(found, nuggets, k) if nuggets else None for k in DEPTHS}


def _passages(outcome: Outcome, values: Mapping[str, float | None]) -> Scores:
    """The values, with 0 where there is something to find but no passage that holds enough of it."""
    missing = 0.0 if outcome.gold.nuggets else None
    return {name: missing if value is None else value for name, value in values.items()}


def _sentences(outcome: Outcome) -> Scores:
    ranks = outcome.sentence_ranks
    first = np.mean([rank == 1 for rank in ranks]) if ranks else None
    reciprocal = np.mean([1 / rank if rank else 0.0 for rank in ranks]) if ranks else None
    return {
        "sentence P@1": None if first is None else float(first),
        "sentence RR": None if reciprocal is None else float(reciprocal),
    }


def _answer(outcome: Outcome) -> Scores:
    gold, cited = outcome.gold, [found.span for found in outcome.citations]
    is_given = outcome.answered and bool(gold.nuggets)
    precision = citation_precision(cited, gold.nuggets) if is_given else None
    recall = citation_recall(cited, gold.nuggets) if is_given else None
    valid = [cited.check == "valid" for cited in outcome.citations]
    return {
        "valid quotes": sum(valid) / len(valid) if valid else None,
        "citation precision": precision,
        "citation recall": recall,
        "citation F1": None if precision is None or recall is None else f1(precision, recall),
        "nugget recall": (recall or 0.0) if gold.nuggets else None,
        "answer rate": float(outcome.answered) if gold.answerable else None,
        "false-answer rate": float(outcome.answered) if gold.answerable is False else None,
        "Brier": None if gold.answerable is None else brier(outcome.confidence, gold.answerable),
    }


def _named(level: str, values: Mapping[str, float | None]) -> Scores:
    return {f"{level} {name}": value for name, value in values.items()}


def _key(span: Span) -> str:
    return f"{span.statement}:{span.start}-{span.end}"


def _holding(outcome: Outcome) -> set[str]:
    """The statements that hold evidence."""
    return {quote.statement for nugget in outcome.gold.nuggets for quote in nugget.evidence}
