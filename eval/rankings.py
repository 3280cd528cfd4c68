"""Other orders of the same candidates: what the default ranking is held against.

BASELINES are systems of their own, STEPS lead from one search to the default, and IDEAS were tried beside it;
TRIED.md tells what they brought.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from functools import partial
from types import MappingProxyType

import numpy as np

from index.question import Question
from index.ranking import Candidates, Floats, Ranking, Rows, Weights, rank

_RRF = 60  # the constant of Cormack, Clarke & Buettcher 2009
_LIST = 200  # passages of each ranking that are fused: as many as each search fetches


def by_words(question: Question, candidates: Candidates, k: int) -> tuple[Rows, Floats]:
    """By BM25 alone; what shares no word with the question is not found."""
    return _best(candidates.rows, candidates.lexical, np.flatnonzero(candidates.lexical > 0), k)


def by_meaning(question: Question, candidates: Candidates, k: int) -> tuple[Rows, Floats]:
    """By the cosine of question and headed passage alone."""
    return _best(candidates.rows, candidates.dense, np.arange(len(candidates.rows)), k)


def by_reciprocal_ranks(question: Question, candidates: Candidates, k: int) -> tuple[Rows, Floats]:
    """By the sum of 1 / (60 + rank) over the best 200 of both of the above (Cormack et al. 2009).

    Ranks count from 1. Example: first by words, third by meaning -> 1/61 + 1/63
    """
    scores = np.zeros(len(candidates.rows), np.float64)
    for ranking in (by_words, by_meaning):
        order, _ = ranking(question, candidates, _LIST)
        scores[order] += 1 / (_RRF + 1 + np.arange(len(order)))
    return _best(candidates.rows, scores.astype(np.float32), np.arange(len(scores)), k)


def _best(rows: Rows, scores: Floats, among: Rows, k: int) -> tuple[Rows, Floats]:
    """The positions of the k highest of `among`, ties to the lower row, and their scores."""
    order = among[np.lexsort((rows[among], -scores[among]))][:k]
    return order, scores[order]


_NONE = Weights(*[0] * len(fields(Weights)))
_DEFAULT = Weights()


def _with(*signs: str) -> Ranking:
    """The default ranking with these weights alone; the others are 0."""
    kept = {sign: getattr(_DEFAULT, sign) for sign in signs}
    return partial(rank, weights=replace(_NONE, **kept))


def _weighing(**weights: float) -> Ranking:
    """The default ranking with some weights changed."""
    return partial(rank, weights=replace(_DEFAULT, **weights))


def _over(change: Callable[[Candidates], Candidates], ranking: Ranking = rank) -> Ranking:
    """A ranking of changed candidates."""
    return lambda question, candidates, k: ranking(question, change(candidates), k)


def plain_words(candidates: Candidates) -> Candidates:
    """BM25 of the whole question instead of BM25+ of what it asks for."""
    return replace(candidates, words=candidates.lexical)


def between_extremes(candidates: Candidates) -> Candidates:
    """Similarities from 0 for the least to 1 for the best candidate."""
    return replace(candidates, dense=_spread(candidates.dense), sentence=_spread(candidates.sentence))


def with_neighbours(candidates: Candidates) -> Candidates:
    """A fifth of the best sentence of the passages before and after added, if they are candidates."""
    place = {row: at for at, row in enumerate(candidates.rows.tolist())}
    beside = np.zeros(len(place), np.float32)
    for row, at in place.items():
        for other in (place.get(row - 1, at), place.get(row + 1, at)):
            if other != at and candidates.statements[other].id == candidates.statements[at].id:
                beside[at] = max(beside[at], candidates.sentence[other])
    return replace(candidates, sentence=candidates.sentence + np.float32(0.2) * beside)


def with_statement(candidates: Candidates) -> Candidates:
    """A fifth of the similarity is that of the statement's best passage."""
    best: dict[str, float] = {}
    for statement, score in zip(candidates.statements, candidates.dense.tolist(), strict=True):
        best[statement.id] = max(score, best.get(statement.id, score))
    whole = np.array([best[statement.id] for statement in candidates.statements], np.float32)
    return replace(candidates, dense=np.float32(0.8) * candidates.dense + np.float32(0.2) * whole)


def _spread(scores: Floats) -> Floats:
    low, high = scores.min(initial=1), scores.max(initial=-1)
    spread: Floats = (scores - low) / np.float32(max(high - low, 1e-9))
    return spread


BASELINES: Mapping[str, Ranking] = MappingProxyType(
    {"BM25": by_words, "dense": by_meaning, "RRF": by_reciprocal_ranks}
)
_WORDS = ("words", "open_words")
_ISSUER = (*_WORDS, "issuer", "first_issuer", "joint")
_DATE = (*_ISSUER, "date")
_SENTENCE = (*_DATE, "sentence")
# What is asked for leaves out the names that issuer and date stand for: until both count, the whole question.
STEPS: Mapping[str, Ranking] = MappingProxyType(
    {
        "dense + BM25": _over(plain_words, _with(*_WORDS)),
        "+ issuer": _over(plain_words, _with(*_ISSUER)),
        "+ date": _over(plain_words, _with(*_DATE)),
        "+ BM25+ of what is asked for": _with(*_DATE),
        "+ best sentence": _with(*_SENTENCE),
        "+ shares: the default": rank,
    }
)
IDEAS: Mapping[str, Ranking] = MappingProxyType(
    {
        "BM25 of the whole question": _over(plain_words),
        "open questions as others": _weighing(open_words=_DEFAULT.words),
        "all as open questions": _weighing(words=_DEFAULT.open_words),
        "no words, open questions apart": _weighing(words=0),
        "no sentences": _weighing(sentence=0),
        "sentences alone": _weighing(sentence=1),
        "issuer and date as filters": _weighing(issuer=10, date=10),
        "minimum and maximum": _over(between_extremes),
        "neighbouring passages": _over(with_neighbours),
        "best passage of the statement": _over(with_statement),
    }
)
