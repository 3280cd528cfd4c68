"""Which sentences of the passages found answer a question together."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from corpus.statement import Sentence, Statement
from index.hits import Hit
from index.question import Question
from service.asked import compares, speaks
from service.sentences import RankedSentence, ranked_sentences

# Chosen on the development questions in coarse steps: the next step of any moves citation F1 by under .03,
# but without _BESIDE it is .04 to .06 lower.
_NEAR = 0.1  # how far below the best sentence another may score
_FACET_NEAR = 0.25  # the same for the best sentence of each issuer or date asked about
_BESIDE = 0.2  # how far below a chosen sentence its neighbour may score to be quoted with it
_MOST = 3  # sentences chosen for an ordinary question, before their neighbours
_MOST_FACETS = 6  # sentences chosen for a question about several issuers or dates
_REPEATED = 0.6  # share of the shorter sentence's words from which one sentence repeats another

_ANAPHOR = re.compile(r"[\W_]*(?:This|These|That|Those|It|Its|They|Their|Such|He|She|His|Her)\b")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Sentences of a hit that follow one another, to be quoted as one; `score` is that of the best of them.

    A score is a cosine with additions of a few tenths: it orders the evidence of one question.
    """

    hit: Hit
    sentences: tuple[Sentence, ...]
    score: float

    @property
    def start(self) -> int:
        """Where the quote starts in the statement's text."""
        return self.sentences[0].start

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.sentences[-1].end

    @property
    def quote(self) -> str:
        """The sentences as they stand in the statement."""
        return self.hit.statement.text[self.start : self.end]


def choose(question: Question, hits: Sequence[Hit]) -> tuple[Evidence, ...]:
    """The few sentences that answer a question together; none only if no hit has a sentence with words.

    A question about several issuers or dates gets the best sentences of each, up to six in all, any other
    up to three; with them come neighbours that answer nearly as well or say what "This" or "They" is.
    Order: issuers as the question names them, then the others, the best first; of one issuer by date; in
    one statement as they stand.
    """
    candidates = ranked_sentences(question, hits)
    if not candidates:
        return ()
    return _in_order(question, _joined(_select(question, candidates), candidates))


def _select(question: Question, candidates: Sequence[RankedSentence]) -> list[RankedSentence]:
    facets = [_facets(question, candidate.hit.statement) for candidate in candidates]
    if not any(facets):
        facets = [("",)] * len(candidates)
    served = {facet for found in facets for facet in found}
    most = _MOST_FACETS if len(served) > 1 else _MOST
    share = -(-most // len(served))
    taken: Counter[str] = Counter()
    first: dict[str, float] = {}
    chosen: list[RankedSentence] = []
    for candidate, serves in zip(candidates, facets, strict=True):
        wanted = any(
            taken[facet] < share and candidate.score >= _least(first.get(facet), candidates[0].score)
            for facet in serves
        )
        if wanted and len(chosen) < most and not any(_repeats(candidate, other) for other in chosen):
            chosen.append(candidate)
            taken.update(serves)
            first |= {facet: candidate.score for facet in serves if facet not in first}
    return chosen


def _least(first: float | None, best: float) -> float:
    """The least score a facet's next sentence needs, after the first one's score, if it has one."""
    return best - _FACET_NEAR if first is None else first - _NEAR


def _facets(question: Question, statement: Statement) -> tuple[str, ...]:
    """What a statement can answer for, of the issuers or dates the question asks about apart."""
    if question.asks_who:
        return ("; ".join(statement.issuers),)
    if len(question.dates) > 1:
        return tuple(first for first, last in question.dates if speaks(statement, (first, last)))
    if len(question.issuers) > 1 and compares(question):
        return tuple(issuer for issuer in question.issuers if issuer in statement.issuers)
    return ("",)


def _repeats(candidate: RankedSentence, other: RankedSentence) -> bool:
    shorter = min(len(candidate.stems), len(other.stems))
    return len(candidate.stems & other.stems) >= _REPEATED * shorter


def _joined(chosen: Iterable[RankedSentence], candidates: Iterable[RankedSentence]) -> list[Evidence]:
    """Each chosen sentence with the neighbours that belong to it; what follows one another is one quote."""
    scores = {(candidate.hit.row, candidate.place): candidate.score for candidate in candidates}
    own = {(candidate.hit.row, candidate.place): candidate.own for candidate in candidates}
    hits = {candidate.hit.row: candidate.hit for candidate in chosen}
    wanted = {place for candidate in chosen for place in _with_neighbours(candidate, own)}
    joined: list[Evidence] = []
    for row, place in sorted(wanted):
        sentence, score = hits[row].passage.sentences[place], scores[row, place]
        if (row, place - 1) in wanted:
            last = joined.pop()
            joined.append(Evidence(last.hit, (*last.sentences, sentence), max(last.score, score)))
        else:
            joined.append(Evidence(hits[row], (sentence,), score))
    return joined


def _with_neighbours(
    candidate: RankedSentence, own: Mapping[tuple[int, int], float]
) -> Iterator[tuple[int, int]]:
    """A neighbour belongs if it answers nearly as well, or if it says what "This" or "They" stands for."""
    row, place = candidate.hit.row, candidate.place
    yield row, place
    leans = _ANAPHOR.match(candidate.text) is not None
    for beside in (place - 1, place + 1):
        near = own.get((row, beside), -math.inf) >= candidate.own - _BESIDE
        if near or (leans and beside < place and (row, beside) in own):
            yield row, beside


def _in_order(question: Question, evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    by_score = sorted(evidence, key=lambda found: (-found.score, found.hit.row, found.start))
    others = list(dict.fromkeys(found.hit.statement.issuers for found in by_score))

    def key(found: Evidence) -> tuple[int, str, str, int]:
        statement = found.hit.statement
        named = [question.issuers.index(issuer) for issuer in statement.issuers if issuer in question.issuers]
        rank = min(named) if named else len(question.issuers) + others.index(statement.issuers)
        return rank, statement.date, statement.id, found.start

    return tuple(sorted(by_score, key=key))
