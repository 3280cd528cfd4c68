"""The order of passages found: what each search says of them, and what the question names.

Measured on the 75 answerable development questions over 578 statements, with 200 candidates of the dense
and 200 of the lexical search, 50 more of each issuer named, and the BM25 score of every candidate: where
passages of a named issuer lack theirs, recall@10 falls by .04 and more. No weight moved by a third changes
recall@10 by more than .022. Scores are relative to the best, which does as well as minimum and maximum and
does not depend on how many are fetched. Averaging in the neighbours' similarity brought nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from corpus.dates import can_lie
from corpus.metadata import Described
from index.question import Question

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each sign counts, in units of the best candidate's similarity.

    In brackets evidence recall@10 and MRR@10 without that sign, of .912 and .731 with all of them.

    sentence      share of the best sentence in the similarity (.889, .716)
    lexical       share of BM25 in the whole (.903, .683)
    open_*        the same for a question that names no issuer or date of the candidates, or asks which
                  issuers: names match headings, other words match what is said. They cost nothing above,
                  and nDCG@10 on SciFact is .745 with them, about .726 without
    issuer        added for a statement of an issuer that the question names (.842, .670)
    first_issuer  and if it is the one named first, most often the one asked about (.892, .727)
    joint         and for each further one: a joint statement (.899, .729)
    date          added for a statement that can be of a date in the question (.869, .661)
    repeat        lost for each passage above of the same share (.886, .731)
    """

    sentence: float = 0.3
    lexical: float = 0.2
    open_sentence: float = 0.5
    open_lexical: float = 0.4
    issuer: float = 0.3
    first_issuer: float = 0.05
    joint: float = 0.1
    date: float = 0.2
    repeat: float = 0.03


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Passages that some search found, aligned by position, no row twice.

    rows        (n,) int64, of the passages; they break ties
    dense       (n,) cosine of question and headed passage
    sentence    (n,) the best cosine of question and a sentence of the passage
    lexical     (n,) BM25 score, 0 where no word is shared
    statements  n, the statement of each passage
    Raises ValueError if their lengths differ.
    """

    rows: Rows
    dense: Floats
    sentence: Floats
    lexical: Floats
    statements: Sequence[Described]

    def __post_init__(self) -> None:
        lengths = [
            len(part) for part in (self.rows, self.dense, self.sentence, self.lexical, self.statements)
        ]
        if len(set(lengths)) > 1:
            raise ValueError(
                f"rows, dense, sentence, lexical, statements have lengths {lengths}; they must be one"
            )


def rank(
    question: Question, candidates: Candidates, k: int, weights: Weights | None = None
) -> tuple[npt.NDArray[np.int64], Floats]:
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
    is_open = question.asks_who or not (named or dated)
    sentence = weights.open_sentence if is_open else weights.sentence
    lexical = weights.open_lexical if is_open else weights.lexical
    similarity = (1 - sentence) * candidates.dense + sentence * candidates.sentence
    scores = (1 - lexical) * _normal(similarity) + lexical * _normal(candidates.lexical)
    bonus = {
        statement.id: _issuer_bonus(named, statement, weights) + dated.get(statement.id, 0)
        for statement in candidates.statements
    }
    added = np.array([bonus[statement.id] for statement in candidates.statements], np.float32)
    return (scores + added).astype(np.float32)


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
