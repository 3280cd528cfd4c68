"""The order of passages found: what each search says of them, and what the question names.

Measured on the 75 answerable development questions over 578 statements, with 200 candidates of the dense
and 200 of the lexical search and 50 more of each issuer named. Every candidate has its score by words: with
that of the search alone, and for the whole question, recall@10 is .879 instead of .912. No weight moved by a
third changes recall@10 by more than .013. Scores are relative to the best, which does as well as minimum and
maximum and does not depend on how many are fetched. What else was tried is in eval/TRIED.md.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, fields
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from corpus.dates import can_lie
from corpus.metadata import Described
from index.question import Name, Question

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each sign counts, in units of the best candidate's similarity.

    In brackets evidence recall@10 and MRR@10 without that sign, of .912 and .743 with all of them; a
    difference below .03 is chance there.

    sentence      share of the best sentence in the similarity (.890, .723)
    words         share of BM25+ in the whole (.924, .722; of 250 other questions MRR@10 .680 instead of .734)
    open_words    the same for an open question (see is_open): names match headings, other words what is
                  said (.892, .726; nDCG@10 on SciFact .705 instead of .750, with the share of `words` .735)
    issuer        added for a statement of an issuer that the question names (.756, .606)
    first_issuer  and if it is the one named first, most often the one asked about (.916, .737)
    joint         and for each further one: a joint statement (.899, .737)
    date          added for a statement that can be of a date in the question (.880, .677)
    repeat        lost for each passage above of the same share (.913, .740)
    """

    sentence: float = 0.5
    words: float = 0.2
    open_words: float = 0.4
    issuer: float = 0.3
    first_issuer: float = 0.05
    joint: float = 0.1
    date: float = 0.3
    repeat: float = 0.03


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Passages that some search found, aligned by position, no row twice.

    rows        (n,) int64, of the passages; they break ties
    dense       (n,) cosine of question and headed passage
    sentence    (n,) the best cosine of question and a sentence of the passage
    lexical     (n,) BM25 score of the question, 0 for what the search by words did not bring
    words       (n,) BM25+ score of what the question asks for (see wanted_words), 0 where no word is shared
    statements  n, the statement of each passage
    Raises ValueError if their lengths differ.
    """

    rows: Rows
    dense: Floats
    sentence: Floats
    lexical: Floats
    words: Floats
    statements: Sequence[Described]

    def __post_init__(self) -> None:
        lengths = {field.name: len(getattr(self, field.name)) for field in fields(self)}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"the parts have lengths {lengths}; they must be one")


# Positions in the candidates of at most k, best first, and their scores, which never rise.
Ranking: TypeAlias = Callable[[Question, Candidates, int], tuple[Rows, Floats]]


def rank(
    question: Question, candidates: Candidates, k: int, weights: Weights | None = None
) -> tuple[Rows, Floats]:
    """Positions in `candidates` of the k best, best first, and their scores, which never rise.

    The head of a longer ranking is the shorter ranking; ties go to the lower row. Where the question names
    several issuers or periods, or asks which issuers, each gets its share: a passage loses a little for
    every passage above it of the same share.
    """
    weights = weights or Weights()
    scores = relevance(question, candidates, weights)
    shares = _shares(question, candidates.statements)
    taken = np.zeros(len(scores), bool)
    order: list[int] = []
    found: list[float] = []
    for _ in range(min(k, len(scores))):
        best = int(np.lexsort((candidates.rows, -scores, taken))[0])
        order.append(best)
        found.append(float(scores[best]))
        taken[best] = True
        if shares[best] >= 0:
            scores = np.where(shares == shares[best], scores - np.float32(weights.repeat), scores)
    return np.array(order, np.int64), np.array(found, np.float32)


def relevance(question: Question, candidates: Candidates, weights: Weights) -> Floats:
    """(n,) scores of the candidates one by one: a similarity of at most 1, and what issuer and date add."""
    named = () if question.asks_who else _speaking(question, candidates.statements)
    dated = {s.id: weights.date for s in candidates.statements if _period(question, s) is not None}
    words = weights.open_words if is_open(question, candidates.statements) else weights.words
    similarity = (1 - weights.sentence) * candidates.dense + weights.sentence * candidates.sentence
    scores = (1 - words) * _normal(similarity) + words * _normal(candidates.words)
    bonus = {
        statement.id: _issuer_bonus(named, statement, weights) + dated.get(statement.id, 0)
        for statement in candidates.statements
    }
    added = np.array([bonus[statement.id] for statement in candidates.statements], np.float32)
    return (scores + added).astype(np.float32)


def is_open(question: Question, statements: Sequence[Described]) -> bool:
    """Whether a question names no issuer or date of any of the statements, or asks which issuers."""
    return question.asks_who or not (
        _speaking(question, statements) or any(_period(question, s) is not None for s in statements)
    )


def wanted_words(question: Question, statements: Sequence[Described]) -> str:
    """The text whose words are looked for in passages of the statements.

    Issuers and dates that any of them has count by themselves; in words they would favour the passages
    that happen to be short below the same heading. Those that none has are what it is about: over
    statements of 2024 "How does Kenya see the 2030 Agenda?" -> "How does see the 2030 Agenda?"
    """
    if is_open(question, statements):
        return question.text
    return question.without(name for name in question.names if _is_held(name, statements))


def _is_held(name: Name, statements: Sequence[Described]) -> bool:
    """Whether any of the statements is of an issuer, or can be of a date, that the name stands for."""
    return any(
        not set(name.issuers).isdisjoint(statement.issuers)
        or any(can_lie(statement.date, *period) for period in name.dates)
        for statement in statements
    )


def _speaking(question: Question, statements: Sequence[Described]) -> tuple[str, ...]:
    """The issuers named in the question that issued any of the statements."""
    found = {issuer for statement in statements for issuer in statement.issuers}
    return tuple(issuer for issuer in question.issuers if issuer in found)


def _normal(scores: Floats) -> Floats:
    """Relative to the best, which does not depend on how many are fetched."""
    best = scores.max(initial=0)
    return scores / best if best > 0 else np.zeros_like(scores)


def _issuer_bonus(named: Sequence[str], statement: Described, weights: Weights) -> float:
    matched = [issuer for issuer in named if issuer in statement.issuers]
    if not matched:
        return 0.0
    first = weights.first_issuer if named[0] in matched else 0.0
    return weights.issuer + first + weights.joint * (len(matched) - 1)


def _period(question: Question, statement: Described) -> int | None:
    """The first date of the question that can be the statement's."""
    return next((i for i, period in enumerate(question.dates) if can_lie(statement.date, *period)), None)


def _shares(question: Question, statements: Sequence[Described]) -> npt.NDArray[np.int64]:
    """(n,) a number for each share of the question, -1 for passages outside all shares."""
    if question.asks_who:
        return _numbered([statement.issuers for statement in statements])
    named = _speaking(question, statements)
    issuers = [next((name for name in named if name in statement.issuers), None) for statement in statements]
    periods = [_period(question, statement) for statement in statements]
    by_issuer, by_period = len(named) > 1, len(set(periods) - {None}) > 1
    if not by_issuer and not by_period:
        return np.full(len(statements), -1, np.int64)
    parts = zip(issuers, periods, strict=True)
    return _numbered(
        [
            None
            if (by_issuer and issuer is None) or (by_period and period is None)
            else (issuer if by_issuer else None, period if by_period else None)
            for issuer, period in parts
        ]
    )


def _numbered(shares: Sequence[Hashable]) -> npt.NDArray[np.int64]:
    numbers = {share: number for number, share in enumerate(dict.fromkeys(shares))}
    return np.array([-1 if share is None else numbers[share] for share in shares], np.int64)
